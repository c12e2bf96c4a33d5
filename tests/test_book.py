"""The book: every equation has its proof, every picture its words, every notebook its normal form."""

import re
import textwrap

import nbformat
import pytest
import yaml

from book import BOOK, CHAPTERS, ROOT, load, package_files, read, spine, texts

REFERENCE = re.compile(r"\{eq\}`(eq-[\w-]+)`")
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
    for cell in read(path).cells:
        if cell.cell_type == "code" and "hide-input" not in cell.metadata.get("tags", []):
            assert max(map(len, cell.source.splitlines())) <= 86, cell.source


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


def test_the_wrong_statements_of_the_note_are_refuted():
    """Each place is named: a cell that goes missing must not hide behind another of the same name."""
    refuted = {
        name: [
            path.stem[:2]
            for path in CHAPTERS
            for entry in spine.entries(path)
            if entry[:2] == ("Refutes", name)
        ]
        for name in ("S10", "S20", "S25", "S35")
    }
    assert refuted == {"S10": ["04", "05"], "S20": ["03", "04"], "S25": ["06"], "S35": ["06"]}


def test_every_statement_of_the_note_is_decided_and_stands_in_the_errata():
    marked = {name for path in CHAPTERS for _, name, _ in spine.entries(path)}
    statements = [f"S{k}" for k in range(1, 42)] + ["S6b"]
    page = (BOOK / "errata.md").read_text(encoding="utf-8")
    linked = re.findall(r"^- \*\*(S\w+)\*\*.*\{cells\}`(S\w+)`", page, re.MULTILINE)
    assert sorted(linked) == sorted((name, name) for name in statements)
    assert set(statements) <= marked


def test_every_reader_question_leads_to_an_answer():
    """Each label that the page of questions links to stands above a heading of a chapter."""
    page = (BOOK / "faq.md").read_text(encoding="utf-8")
    headings = "\n".join(text for path in CHAPTERS for text in texts(path))
    wanted = re.findall(r"<(q-[\w-]+)>", page)
    assert len(wanted) >= 20
    assert [label for label in wanted if not re.search(rf"\({label}\)=\n#", headings)] == []


def test_labels_are_unique_and_every_reference_has_one():
    sources = [text for path in CHAPTERS for text in texts(path)]
    sources += [page.read_text(encoding="utf-8") for page in BOOK.glob("*.md")]
    stated = [label for source in sources for label in spine.labels(source)]
    assert len(stated) == len(set(stated))
    assert {name for source in sources for name in REFERENCE.findall(source)} <= set(stated)


def test_the_checks_above_see_what_they_should():
    cell, text = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell
    equation = text("$$\na = b\n$$ (eq-one)")
    proof = cell("# Proves (eq-one)\nassert True  # exact")
    book = nbformat.v4.new_notebook
    assert unproved(book(cells=[equation, proof])) == []
    assert unproved(book(cells=[equation])) == ["eq-one"]
    assert unproved(book(cells=[equation, text("# Next"), proof]))[0] == "eq-one"
    assert unproved(book(cells=[proof])) != []
    assert spine.labels("```{math}\n:label: eq-two\na\n```") == ["eq-two"]
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
def test_every_animation_is_described_in_words(path):
    for cell in read(path).cells:
        for output in cell.get("outputs", []):
            if "<script>" in output.get("data", {}).get("text/html", ""):
                assert re.search(r'aria-label="(\S+ ){9}', output["data"]["text/html"])


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
        notebook = read(path)
        tool.normalize(notebook)
        assert notebook == read(path), path.name
