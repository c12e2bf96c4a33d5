"""Every figure of the package stands in the book."""

import importlib
import subprocess
import sys

import pytest
from helpers.notebooks import BOOK

figures = pytest.importorskip("cnnlab.figures")


def test_every_figure_stands_in_the_book_under_its_chapters_name():
    pages = "".join(path.read_text(encoding="utf-8") for path in BOOK.glob("*.ipynb"))
    drawn = [
        f"figures.{module.__name__.split('.')[-1]}.{name}("
        for module in (getattr(figures, chapter) for chapter in figures.CHAPTERS)
        for name, function in vars(module).items()
        if getattr(function, "__module__", None) == module.__name__ and name[0].islower()
    ]
    assert len(drawn) > 20 and [call for call in drawn if call not in pages] == []


def test_only_pictures_that_need_it_load_matplotlib():
    """A reader's browser waits for it: see which chapters draw without."""
    code = "import sys; from cnnlab import figures; figures.{}; print('matplotlib' in sys.modules)"
    loads = {}
    for name in ("desk", "pooling", "delta_rule", "training"):
        done = subprocess.run(
            [sys.executable, "-c", code.format(name)], capture_output=True, text=True, check=True
        )
        loads[name] = done.stdout.strip() == "True"
    assert loads == {"desk": False, "pooling": False, "delta_rule": False, "training": True}


def test_every_module_is_there_by_its_name():
    for name in figures.CHAPTERS:
        assert getattr(figures, name) is importlib.import_module(f"cnnlab.figures.{name}")
    assert set(figures.CHAPTERS) <= set(dir(figures))
    with pytest.raises(AttributeError, match="no attribute 'chapter'"):
        figures.chapter  # noqa: B018
