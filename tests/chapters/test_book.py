"""The book: every equation has its proof, every picture its words, every notebook its normal form."""

import contextlib
import copy
import io
import re
import textwrap

import matplotlib
import matplotlib.pyplot as plt
import nbformat
import pytest
import yaml
from helpers.notebooks import (
    BOOK,
    CHAPTERS,
    NUMBERED,
    ROOT,
    code_cells,
    load,
    package_files,
    read,
    spine,
    texts,
)

REFERENCE = re.compile(r"\{eq\}`(eq-[\w-]+)`")
numbered = pytest.mark.parametrize("path", NUMBERED, ids=lambda path: path.stem)
chapters = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def proofs(source):
    """Return the labels that a code cell proves."""
    return [name for verb, name in spine.marks(source) if verb == "Proves"]


def unproved(notebook):
    """Return the labels that no later cell of the same section proves, and proofs of no equation above."""
    open_labels, wrong = [], []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            if cell.source.startswith("#") and open_labels:
                wrong += open_labels  # a new section begins, and an equation has no proof yet
                open_labels = []
            open_labels += spine.labels(cell.source)
        for label in proofs(cell.source) if cell.cell_type == "code" else []:
            if label in open_labels:
                open_labels.remove(label)
            else:
                wrong.append(f"{label} is proved but not stated just above")
    return wrong + open_labels


@chapters
def test_every_equation_is_followed_by_its_proof(path):
    assert unproved(read(path)) == []


@chapters
def test_a_proof_has_an_exact_and_a_numeric_half(path):
    for cell in read(path).cells:
        if cell.cell_type == "code" and proofs(cell.source):
            assert cell.source.count("assert") >= 2, cell.source
            assert "# exact" in cell.source and "numeric" in cell.source, cell.source


@chapters
def test_code_fits_the_column(path):
    """Open code does not scroll; what is folded may be a little wider."""
    for cell in read(path).cells:
        if cell.cell_type == "code":
            folded = spine.marks(cell.source) or cell.metadata.get("tags")
            assert max(map(len, cell.source.splitlines())) <= (100 if folded else 86), cell.source


def bare(code):
    """Return the lines of a piece of code without comments, blank lines and common indentation."""
    lines = [line.split("  #")[0].rstrip() for line in code.splitlines()]
    return textwrap.dedent("\n".join(line for line in lines if line)).splitlines()


def stands_in(block, file):
    """Is the block in the file, line by line, in order, with nothing between (but for comments)?"""
    wanted, lines = bare(block), [line.split("  #")[0].rstrip() for line in file.splitlines()]
    lines = [line for line in lines if line and not line.lstrip().startswith("#")]
    starts = range(len(lines) - len(wanted) + 1)
    return any(bare("\n".join(lines[k : k + len(wanted)])) == wanted for k in starts)


@chapters
def test_code_shown_in_the_text_is_the_code_that_runs(path):
    for text in texts(path):
        for block in re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            assert any(stands_in(block, file) for file in package_files()), block


def test_quoted_code_is_compared_as_one_block():
    file = "def f(x):\n    # a comment\n    y = x + 1\n    if y:\n        return y  # why\n    return 0\n"
    assert stands_in("y = x + 1\nif y:\n    return y\n", file)
    for wrong in ("if y:\n    return y\ny = x + 1\n", "y = x + 1\nreturn y\n", "y = x + 2\n"):
        assert not stands_in(wrong, file)


def test_the_equations_that_docstrings_cite_are_in_the_book():
    stated = {label for path in CHAPTERS for text in texts(path) for label in spine.labels(text)}
    cited = re.findall(r":eq:`(eq-[\w-]+)`", "".join(package_files()))
    assert len(cited) >= 15 and set(cited) <= stated


@chapters
def test_every_marked_cell_names_something_and_asserts(path):
    for cell in read(path).cells:
        if re.match("# (Proves|Refutes|Decides)", cell.source) and cell.cell_type == "code":
            assert spine.marks(cell.source) and "assert" in cell.source, cell.source


def places(verb, name):
    """Return the pages that have a cell with this mark."""
    return [path.stem for path in CHAPTERS for entry in spine.entries(path) if entry[:2] == (verb, name)]


def test_the_wrong_statements_of_the_note_are_refuted():
    """Each place is named: a cell that goes missing must not hide behind another of the same name."""
    refuted = {name: places("Refutes", name) for name in ("S10", "S20", "S25", "S35")}
    assert refuted == {
        "S10": ["errata"],
        "S20": ["03_delta_rule"],
        "S25": ["errata"],
        "S35": ["06_weight_gradient"],
    }


def test_every_statement_of_the_note_is_decided_and_stands_in_the_errata():
    statements = [f"S{k}" for k in range(1, 42)] + ["S6b"]
    page = "\n".join(texts(BOOK / "errata.ipynb"))
    linked = re.findall(r"^- \*\*(S\w+)\*\*.*\{cells\}`(S\w+)`", page, re.MULTILINE)
    assert sorted(linked) == sorted((name, name) for name in statements)
    for name in statements:
        assert places("Decides", name) or places("Refutes", name), name


def test_the_note_speaks_only_on_its_own_page_and_in_two_boxes():
    pages = {path.stem: "\n".join(cell.source for cell in read(path).cells) for path in CHAPTERS}
    pages |= {path.stem: path.read_text(encoding="utf-8") for path in BOOK.glob("*.md")}
    named = {page: set(re.findall(r"\bS\d+b?\b", text)) for page, text in pages.items() if page != "errata"}
    assert {page: names for page, names in named.items() if names} == {
        "03_delta_rule": {"S20"},
        "06_weight_gradient": {"S35"},
    }


# What is proved for every size: the derivation proper. (Definitions, limits, statements about chance and
# about all functions have no size; they are checked.)
EVERY_SIZE = [
    "eq-rot180",
    "eq-flip",
    "eq-order",
    "eq-delta",
    "eq-vjp",
    "eq-adjoint",
    "eq-avg",
    "eq-avg-backward",
    "eq-pool-transpose",
    "eq-pool-delta",
    "eq-delta-chain",
    "eq-delta-local",
    "eq-delta-inserted",
    "eq-delta-rule",
    "eq-delta-convolution",
    "eq-delta-rotated",
    "eq-delta-transpose",
    "eq-table-correlation",
    "eq-true-forward",
    "eq-table-convolution",
    "eq-opposite-verbs",
    "eq-sum-is-blind",
    "eq-goodfellow",
    "eq-tensor-delta-index",
    "eq-tensor-delta",
    "eq-one-pixel",
    "eq-block-transpose",
    "eq-backward-as-forward",
    "eq-weight-chain",
    "eq-weight-local",
    "eq-weight-gradient",
    "eq-weight-correlation",
    "eq-weight-tensor",
    "eq-trilinear",
    "eq-relu-hides",
    "eq-bias-local",
    "eq-bias-gradient",
    "eq-broadcast",
    "eq-flat",
    "eq-gemm-forward",
    "eq-gemm-weight",
    "eq-gemm-columns",
    "eq-col2im",
    "eq-col2im-transpose",
    "eq-output-size",
    "eq-remainder",
    "eq-filled",
    "eq-dilated-error",
    "eq-general-input",
    "eq-general-weight",
    "eq-general-index",
    "eq-reached",
    "eq-transposed-size",
    "eq-paths",
    "eq-mean-loss",
    "eq-dense",
    "eq-dense-input",
    "eq-dense-weight",
    "eq-dense-bias",
    "eq-flatten",
    "eq-dense-convolution",
]


def test_the_derivation_is_proved_for_every_size():
    kinds = {label: kind for path in CHAPTERS for label, _, kind, _ in spine.ledger(path)}
    assert all(kinds.values())
    assert sorted(label for label, kind in kinds.items() if kind == "for every size") == sorted(EVERY_SIZE)


def test_a_wrong_version_belongs_to_an_equation():
    stated = {label for path in CHAPTERS for text in texts(path) for label in spine.labels(text)}
    against = [(path, spine.marks(source)) for path in CHAPTERS for source in code_cells(path)]
    for path, marks in against:
        verbs = [verb for verb, _ in marks]
        assert verbs.count("Against") == verbs.count("Refutes"), (path, marks)
        assert {name for verb, name in marks if verb == "Against"} <= stated, (path, marks)


@numbered
def test_a_chapter_carries_the_number_of_its_file_and_begins_with_its_answer(path):
    notebook = read(path)
    title, answer = re.search(r"^# (.+)\n\n\*\*(.+)\*\*", notebook.cells[0].source, re.MULTILINE).groups()
    assert title.startswith(f"{int(path.stem[:2])} · ") and title.endswith("?") and len(answer) > 40
    assert "imports" in notebook.cells[1].metadata["tags"]  # last on the page, first to run
    picture = notebook.cells[2]
    assert "remove-input" in picture.metadata["tags"] and picture.metadata["mystnb"]["figure"]["caption"]
    sections = [line for text in texts(path) for line in text.splitlines() if line.startswith("## ")]
    assert sections[0] == "## What you need" and sections[-2:] == [
        "## What to remember",
        "## Further reading",
    ]


@numbered
def test_the_exercises_of_a_chapter_are_those_of_the_package(path):
    """Their section is written by tools/exercises.py; sources only, outputs are nbval's."""
    tool = load(ROOT / "tools" / "exercises.py")
    chapter = tool.exercises.CHAPTERS[int(path.stem[:2])]
    written = [(cell.cell_type, cell.source) for cell in tool.section(chapter)]
    sources = [(cell.cell_type, cell.source) for cell in read(path).cells]
    start = sources.index(written[0])
    assert sources[start : start + len(written)] == written, "run `make notebooks`"
    assert sources[start + len(written)][1].startswith("## What to remember")


@numbered
def test_every_question_with_a_number_is_asked_and_has_a_cell(path):
    tool = load(ROOT / "tools" / "exercises.py")
    chapter = tool.exercises.CHAPTERS[int(path.stem[:2])]
    asked = re.findall(r"\*\*(\d\d-\w)\*\* ·", "\n".join(texts(path)))
    cells = re.findall(r'exercises\.check_answer\("(\d\d-\w)", \.\.\.\)', "\n".join(code_cells(path)))
    assert sorted(asked) == sorted(cells) == sorted(chapter.QUESTIONS) and len(asked) >= 2


@numbered
def test_a_chapter_takes_twenty_minutes_at_most(path):
    text, code = spine.reading(path)
    assert text >= 11 and 13 <= text + code <= 20.05
    assert spine.minutes(path) == text + code
    assert any("{minutes}" in text for text in texts(path))


@pytest.mark.parametrize(
    "path",
    [path for path in NUMBERED if path.stem != "11_training"],  # which trains for half a minute
    ids=lambda path: path.stem,
)
def test_open_code_runs_when_copied_after_the_imports(path, monkeypatch):
    """What the page shows unfolded needs only the imports and other code that it shows unfolded."""
    monkeypatch.chdir(BOOK)  # where a notebook runs
    namespace = {}
    matplotlib.use("Agg")
    for cell in read(path).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code" or spine.marks(cell.source) or "nbval-ignore-output" in tags:
            continue
        if "remove-cell" in tags or ("remove-input" in tags and "figures" not in cell.source):
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(cell.source, path.stem, "exec"), namespace)
    plt.close("all")


def test_every_reader_question_leads_to_an_answer():
    """Each label that the page of questions links to stands above a heading of a chapter."""
    page = "\n".join(texts(BOOK / "faq.ipynb"))
    headings = "\n".join(text for path in CHAPTERS for text in texts(path))
    wanted = re.findall(r"<(q-[\w-]+)>", page)
    assert len(wanted) >= 20
    assert [label for label in wanted if not re.search(rf"\({label}\)=\n#", headings)] == []


def test_the_glossary_has_every_letter_of_every_formula():
    """And says of a letter the chapter in which it stands first."""
    known, first = {}, {}
    for letter, _, chapter in spine.letters():
        known |= dict.fromkeys(spine.letters_of(letter.strip("$")), chapter)
    assert len(known) >= 60
    for path in CHAPTERS:
        found = {
            letter
            for text in texts(path)
            for one in spine.formulas_of(text)
            for letter in spine.letters_of(one)
        }
        assert found - set(known) == set(), path.stem
        if path in NUMBERED:
            for letter in found:
                first.setdefault(letter, int(path.stem[:2]))
    assert {letter: first[letter] for letter in known if letter in first} == {
        letter: chapter for letter, chapter in known.items() if letter in first
    }


def test_letters_are_seen_in_a_formula():
    formula = r"\hat w_{fc}(m) \text{ if } \sigma'(z) \dots \mathbf{q} \pmb{\delta} M^\mathsf{T} \frac12 ℒ"
    wanted = {r"\hat w", "f", "c", "m", r"\sigma", "z", r"\mathbf q", r"\pmb \delta", "M", "ℒ"}
    assert spine.letters_of(formula) == wanted
    assert spine.formulas_of("a $x$ `$y$` \n$$\nz\n$$ (eq-one)") == ["\nz\n", "x"]


def test_labels_are_unique_and_every_reference_has_one():
    sources = [text for path in CHAPTERS for text in texts(path)]
    sources += [page.read_text(encoding="utf-8") for page in BOOK.glob("*.md")]
    stated = [label for source in sources for label in spine.labels(source)]
    assert len(stated) == len(set(stated))
    assert {name for source in sources for name in REFERENCE.findall(source)} <= set(stated)


@chapters
def test_every_label_has_a_formula_for_the_ledger(path):
    """However it is written: an equation whose label is not seen would need no proof."""
    for text in texts(path):
        written = re.findall(r"\$\$\s*\((eq-[\w-]+)\)|:label:\s*(eq-[\w-]+)|\\label\{(eq-[\w-]+)\}", text)
        assert ["".join(found) for found in written] == spine.labels(text)


def test_the_page_of_figures_has_every_module_that_draws():
    page = (BOOK / "api_figures.md").read_text(encoding="utf-8")
    files = {file.stem for file in (ROOT / "cnnlab" / "figures").glob("[!_]*.py")}
    assert set(re.findall(r"automodule:: cnnlab\.figures\.(\w+)", page)) == files


def test_the_checks_above_see_what_they_should():
    cell, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    equation = text("$$\na = b\n$$ (eq-one)")
    proof = cell("# Proves (eq-one)\nassert True  # exact")
    book = nbformat.v4.new_notebook
    assert unproved(book(cells=[equation, proof])) == []
    assert unproved(book(cells=[equation])) == ["eq-one"]
    assert unproved(book(cells=[equation, text("# Next"), proof]))[0] == "eq-one"
    assert unproved(book(cells=[proof])) != []
    for form in (
        "$$\na + b\n$$ (eq-two)",
        "$$ a + b $$ (eq-two)",
        "```{math}\n:label: eq-two\na + b\n```",
        "\\begin{equation}\\label{eq-two}\na + b\n\\end{equation}",
    ):
        assert spine.labels(form) == ["eq-two"] and spine.formulas(form) == {"eq-two": "a + b"}, form
    assert proofs("# Proves (eq-one), (eq-two)\n# Decides (S8)\n") == ["eq-one", "eq-two"]
    assert spine.marks("# Refutes (S10)\n# Decides (S8)\nx")[1:] == [("Decides", "S8")]


@chapters
def test_notebooks_are_stored_executed_and_in_normal_form(path):
    notebook, count = read(path), 0
    for position, cell in enumerate(notebook.cells):
        assert cell.id == f"cell-{position:02}" and set(cell.metadata) <= {"tags", "mystnb"}
        if cell.cell_type != "code":
            continue
        count += 1
        # A cell without a count could pass nbval uncompared.
        assert cell.execution_count == count, "run `make notebooks`"
        assert not {"skip-execution", "raises-exception", "nbval-skip"} & set(cell.metadata.get("tags", []))
        for output in cell.outputs:
            assert output.output_type != "error" and output.get("name") != "stderr"
            assert not re.search(r"/home/|/Users/|/tmp/|/root/|[A-Z]:\\\\", str(output.get("text", "")))
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


@chapters
def test_every_picture_is_described_in_words(path):
    for cell in read(path).cells:
        if any("image/png" in output.get("data", {}) for output in cell.get("outputs", [])):
            image = cell.metadata.get("mystnb", {}).get("image", {})
            assert len(image.get("alt", "").split()) >= 10, cell.source
            assert "figures." in cell.source  # drawing code lives in cnnlab.figures


@chapters
def test_every_drawing_and_animation_is_described_in_words(path):
    for cell in read(path).cells:
        for output in cell.get("outputs", []):
            if html := output.get("data", {}).get("text/html", ""):
                assert re.search(r'aria-label="(\S+ ){9}', html)


def test_nothing_on_a_page_comes_from_outside():
    for path in CHAPTERS:
        assert not re.search(r"(src|href)=.?https?:", str([c.get("outputs") for c in read(path).cells]))


@chapters
def test_what_is_not_compared_is_asserted(path):
    """A cell whose printed output nbval ignores must hold its result by an assertion."""
    for cell in read(path).cells:
        printed = any(output.output_type == "stream" for output in cell.get("outputs", []))
        if "nbval-ignore-output" in cell.metadata.get("tags", []) and printed:
            assert "assert" in cell.source, cell.source


@chapters
def test_one_sentence_a_line(path):
    """A line of prose holds one sentence, so that a diff shows the sentence that changed."""
    for cell in read(path).cells:
        if cell.cell_type != "markdown":
            continue
        prose = re.sub(r"```.*?```|\$\$.*?\$\$|^\|.*$", "", cell.source, flags=re.DOTALL | re.MULTILINE)
        for line in prose.splitlines():
            assert not re.search(r"[a-z$)`][.?!] [A-Z]", line), line


def test_the_map_leads_to_every_chapter():
    leads = re.findall(r"href=.{1,2}?(\w+)\.ipynb", str(read(BOOK / "index.ipynb").cells))
    assert sorted(leads) == [path.stem for path in NUMBERED]


def test_the_table_of_contents_names_every_page():
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    named = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    pages = [path.stem for path in CHAPTERS] + [
        path.stem for path in BOOK.glob("*.md") if path.stem.islower()
    ]
    assert sorted(named) == sorted(pages)


def test_the_api_page_lists_the_whole_public_interface():
    import cnnlab

    page = (BOOK / "api.md").read_text(encoding="utf-8")
    for name in cnnlab.__all__:
        assert re.search(rf"\b{name}\b", page), name


def test_normalizing_twice_changes_nothing():
    tool = load(ROOT / "tools" / "notebooks.py")
    for path in CHAPTERS:
        notebook = copy.deepcopy(read(path))
        tool.normalize(notebook)
        assert notebook == read(path), path.name


@chapters
def test_the_ledger_takes_a_formula_and_nothing_before_it(path):
    """An unlabelled formula stands above some of them; neither it nor the prose between is a part."""
    for label, formula, _, _ in spine.ledger(path):
        assert not re.search(r"\$|\*\*|###|\{eq\}", formula), (label, formula)
