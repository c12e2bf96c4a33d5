"""Execute the chapters and store them in one normal form, so that a diff shows only what changed.

usage: python tools/notebooks.py [CHAPTER.ipynb ...]     (default: all in book/)

Normal form: executed top to bottom, counts 1..n, cell ids by position, no metadata but tags and captions,
nothing of stderr (a progress bar is for a live notebook), pictures without style and script.
"""

import base64
import sys
from pathlib import Path

import nbformat
from execute import BOOK, side_by_side

KEPT = ("tags", "mystnb")
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def merged(outputs):
    """Join neighbouring pieces of printed text: how they were cut is a matter of timing."""
    joined = []
    for output in outputs:
        if output.output_type == "stream" and joined and joined[-1].output_type == "stream":
            joined[-1].text += output.text
        else:
            joined.append(output)
    return joined


def normalize(notebook):
    """Bring an executed notebook into normal form, in place."""
    notebook.metadata = {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    count = 0
    for position, cell in enumerate(notebook.cells):
        cell.id = f"cell-{position:02}"
        cell.metadata = {key: cell.metadata[key] for key in KEPT if cell.metadata.get(key)}
        if cell.cell_type != "code":
            continue
        count += 1
        cell.execution_count = count
        cell.outputs = merged([o for o in cell.outputs if o.get("name") != "stderr"])
        for output in cell.outputs:
            output.pop("transient", None)
            if "metadata" in output:
                output.metadata = {}
            if "execution_count" in output:
                output.execution_count = count
    nbformat.validate(notebook)


def store_overview(notebook):
    """Keep the index's picture as a file, for the README."""
    pictures = [
        output.data["image/png"]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    (BOOK / "_static" / "overview.png").write_bytes(base64.b64decode(pictures[0]))


def store(path, notebook, seconds):
    """Write an executed notebook in normal form."""
    normalize(notebook)
    nbformat.write(notebook, path)
    if path.stem == "index":
        store_overview(notebook)


if __name__ == "__main__":
    side_by_side([Path(name) for name in sys.argv[1:]] or BOOK.glob("*.ipynb"), store)
