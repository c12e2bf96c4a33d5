"""Measure the steps that chapter 8 and the page on speed show, by running the cells that they print."""

import json
import os
from pathlib import Path

BOOK = Path(__file__).parents[1] / "book"
SHOWN = {"08_vectorization": ("forward", "back", "copy"), "speed": ("fast",)}


def steps():
    """Return the milliseconds of each way, by picture: what the cells leave in `forward_ms` and so on."""
    found, folder = {}, Path.cwd()
    os.chdir(BOOK)  # where a notebook runs
    try:
        for page, names in SHOWN.items():
            namespace = {"__name__": "__main__"}
            for source in _measuring(page):
                exec(compile(source, page, "exec"), namespace)
            found |= {name: namespace[f"{name}_ms"] for name in names}
    finally:
        os.chdir(folder)
    return found


def _measuring(page):
    """Yield the code of a page up to its last measurement, without pictures and proofs."""
    notebook = json.loads((BOOK / f"{page}.ipynb").read_text(encoding="utf-8"))
    cells = [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and not {"remove-input", "remove-cell"} & {*cell["metadata"].get("tags", ())}
    ]
    last = max(k for k, source in enumerate(cells) if "_ms = {" in source)
    return [source for source in cells[: last + 1] if not source.startswith(("# Proves", "# Refutes"))]
