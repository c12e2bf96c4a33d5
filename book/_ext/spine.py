"""The spine of the book: which cell proves which equation, which statement of the note it refutes or decides.

A code cell that begins with one of

    # Proves (eq-one), (eq-two)
    # Refutes (S20)
    # Decides (S8), (S13)

belongs to what it names; it may have several such lines.
`tests/test_book.py` holds the book to it; `ledger.py` lists it all.
"""

import re

import nbformat

MARK = re.compile(r"# (Proves|Refutes|Decides) (\(.+\))[ ]*(?:\n|\Z)")
LABEL = re.compile(
    r"^\$\$\s*\((eq-[\w-]+)\)\s*$|^:label:\s*(eq-[\w-]+)\s*$|\\label\{(eq-[\w-]+)\}", re.MULTILINE
)


def labels(text):
    """Return the labels of the equations that a markdown cell states."""
    return [next(filter(None, found)) for found in LABEL.findall(text)]


def marks(code):
    """Return what a code cell does, and to what: [("Proves", "eq-one"), ("Decides", "S8")]."""
    found, position = [], 0
    while line := MARK.match(code, position):
        found += [(line[1], name) for name in re.findall(r"\(([^()]+)\)", line[2])]
        position = line.end()
    return found


def entries(path):
    """Yield (verb, name, section title) for each mark of a chapter, in its order."""
    section = ""
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            for title in re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE):
                section = title
        else:
            for verb, name in marks(cell.source):
                yield verb, name, section
