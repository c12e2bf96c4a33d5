"""The copies of `make lab`: nothing raw in them, the numbers of the book, and a reader's work left."""

import re

import nbformat
import pytest
from helpers.notebooks import BOOK, CHAPTERS, ROOT, code_cells, load, read, spine, texts

tool = load(ROOT / "tools" / "readable.py")
RAW = re.compile(r"\{[\w:]+\}`|^:::|\$\$\s*\(eq-|^\([\w-]+\)=$|literalinclude", re.MULTILINE)


@pytest.fixture(scope="module")
def book():
    return tool.Book()


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_copy_has_nothing_raw_and_the_same_code(path, book):
    copy = tool.readable(path, book)
    words = [cell.source for cell in copy.cells if cell.cell_type == "markdown"]
    assert [text for text in words if RAW.search(text)] == []
    assert [cell.source for cell in copy.cells if cell.cell_type == "code"] == code_cells(path)
    folded = [c for c in copy.cells if c.metadata.get("jupyter", {}).get("source_hidden")]
    assert [c.source for c in folded] == [
        c.source
        for c in read(path).cells
        if c.cell_type == "code"
        and (spine.marks(c.source) or set(c.metadata.get("tags", [])) - {"nbval-ignore-output"})
    ]
    for cell in copy.cells:
        for output in cell.get("outputs", []):
            if html := output.get("data", {}).get("text/html"):
                assert "<style>" in html  # it stands alone


def test_the_copies_have_the_numbers_of_the_book(book):
    path = BOOK / "03_delta_rule.ipynb"
    tags = re.findall(
        r"\\tag\{([\d.]+)\}", "\n".join(tool.plain(text, book, path.stem) for text in texts(path))
    )
    stated = [label for text in texts(path) for label in spine.labels(text)]
    assert tags == [f"3.{k}" for k in range(1, len(stated) + 1)] and len(tags) > 5
    assert tool.plain("see {eq}`eq-max-local`", book, "03_delta_rule") == "see [(2.1)](02_pooling.ipynb)"
    assert tool.plain("{ref}`the turn <flip>`", book, "03_delta_rule") == "[the turn](04_flip.ipynb)"
    assert tool.plain("{cite:t}`lecun1998`", book, "03_delta_rule") == "LeCun et al. (1998)"


def test_an_exercise_is_a_box_and_its_solution_opens(book):
    path = BOOK / "07_bias_gradient.ipynb"
    text = "\n".join(tool.plain(text, book, path.stem) for text in texts(path))
    assert "> **Exercise 7.1 (What did this bias do?)**\n>\n> `bias_grad`" in text
    assert "<details><summary>Solution</summary>\n\n```python\ndef bias_grad(delta: Array)" in text
    assert "<details><summary>Answers</summary>" in text


def test_what_the_reader_has_changed_is_left_alone(tmp_path):
    assert tool.write_all(tmp_path) == []
    assert (tmp_path / "data" / "torch_vectors.npz").exists()
    mine = tmp_path / "07_bias_gradient.ipynb"
    notebook = nbformat.read(mine, as_version=4)
    notebook.cells[0].source = "mine"
    nbformat.write(notebook, mine)
    assert tool.write_all(tmp_path) == [mine]
    assert nbformat.read(mine, as_version=4).cells[0].source == "mine"
    mine.unlink()
    assert tool.write_all(tmp_path) == [] and mine.exists()


def test_where_the_address_is_set_a_copy_installs_what_is_missing(book, monkeypatch):
    monkeypatch.setattr(book, "address", "https://github.com/someone/cnnlab")
    first = next(c for c in tool.readable(BOOK / "02_pooling.ipynb", book).cells if c.cell_type == "code")
    assert '@ git+https://github.com/someone/cnnlab"' in first.source and "is None" in first.source
    monkeypatch.setattr(book, "address", None)
    assert "git+" not in str(tool.readable(BOOK / "02_pooling.ipynb", book))


def test_a_copy_says_which_files_it_reads(book):
    assert "`data/torch_vectors.npz`" in tool.readable(BOOK / "09_general_layer.ipynb", book).cells[1].source
    assert "data/" not in tool.readable(BOOK / "02_pooling.ipynb", book).cells[1].source
