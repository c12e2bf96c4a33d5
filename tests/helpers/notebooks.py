"""Reading the book: what the tests of the book and of its proofs share."""

import functools
import importlib.util
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
CHAPTERS = sorted(BOOK.glob("*.ipynb"))
NUMBERED = [path for path in CHAPTERS if path.stem[:2].isdigit()]


def load(path):
    """Import a file that is not part of a package."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


spine = load(BOOK / "_ext" / "spine.py")


@functools.cache
def read(path):
    """Return a notebook, parsed once for all tests: who changes it, changes a copy."""
    return nbformat.read(path, as_version=4)


def code_cells(path, measuring=True):
    """Return the sources of code cells; on request without those that train, or measure time."""
    cells = (cell for cell in read(path).cells if cell.cell_type == "code")
    return [c.source for c in cells if measuring or "nbval-ignore-output" not in c.metadata.get("tags", [])]


def texts(path):
    return [cell.source for cell in read(path).cells if cell.cell_type == "markdown"]


def package_files():
    return [file.read_text(encoding="utf-8") for file in sorted(ROOT.glob("cnnlab/**/*.py"))]
