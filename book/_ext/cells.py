"""What the browser is told of a page's code cells; no Sphinx in it."""

import nbformat

# Cells that take minutes in a browser: page, what is in them, minutes; and for the small version what is
# written otherwise, and from where on nothing is left.
HEAVY = (
    (
        "10_hidden_errors",
        "# The results in numbers",
        8,
        {
            'rules = {"right"': 'small, y_train = small[:500], y_train[:500]\nrules = {"right"',
            "range(5)": "range(2)",
        },
        "\nmeans = ",
    ),
    (
        "11_training",
        "first = fit(trained",
        10,
        {
            "trained = digit_network": "train = train[0][:600], train[1][:600]\ntrained = digit_network",
            "epochs=8": "epochs=3",
            "epochs=4": "epochs=1",
            "accuracy >= 0.97": "accuracy >= 0.5",
        },
        None,
    ),
)


def code_cells(path):
    """Return the code cells of a notebook, and for each its position among all cells."""
    cells = nbformat.read(path, as_version=4).cells
    return [(position, cell) for position, cell in enumerate(cells) if cell.cell_type == "code"]


def small(source, changes, end):
    """Return the small version of a cell."""
    for old, new in changes.items():
        assert old in source, f"HEAVY: {old} is not in the cell"
        source = source.replace(old, new)
    return source.split(end)[0] if end else source


def described(page, cell):
    """Return what the page needs to know of a cell."""
    known = {"source": cell.source}
    if "imports" in cell.metadata.get("tags", []):
        known["imports"] = True
    for name, mark, minutes, changes, end in HEAVY:
        if name == page and mark in cell.source:
            known |= {"minutes": minutes, "small": small(cell.source, changes, end)}
    return known
