"""Every figure of the package stands in the book."""

import pytest
from helpers.notebooks import BOOK

figures = pytest.importorskip("cnnlab.figures")


def test_every_figure_stands_in_the_book_under_its_chapters_name():
    pages = "".join(path.read_text(encoding="utf-8") for path in BOOK.glob("*.ipynb"))
    drawn = [
        f"figures.{module.__name__.split('.')[-1]}.{name}("
        for module in figures.CHAPTERS
        for name, function in vars(module).items()
        if getattr(function, "__module__", None) == module.__name__ and name[0].islower()
    ]
    assert len(drawn) > 20 and [call for call in drawn if call not in pages] == []
