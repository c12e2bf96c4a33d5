"""What the pages need so that their cells can be run where they are read: see browser/python/.

Every code cell of a page gets its number as a class; beside the pages lie the cells' sources, the package,
the files that cells read, and Python itself, if `tools/python_for_pages.py` has fetched it.
"""

import base64
import hashlib
import json
import shutil
import sys
import zipfile
from pathlib import Path

import cells
import spine
from docutils import nodes
from sphinx.transforms import SphinxTransform

from cnnlab import _display, exercises

BOOK = Path(__file__).parents[1]
ROOT = BOOK.parent
BROWSER = ROOT / "browser" / "python"
sys.path.append(str(ROOT / "tools"))
import python_for_pages

DISTRIBUTION = python_for_pages.LIST


class NumberCells(SphinxTransform):
    """Give each code cell its number among the code cells of its notebook."""

    default_priority = 300

    def apply(self, **kwargs):
        path = Path(self.env.doc2path(self.env.docname))
        if path.suffix != ".ipynb":
            return
        number = {position: k for k, (position, _) in enumerate(cells.code_cells(path))}
        for cell in self.document.findall(nodes.container):
            if cell.get("nb_element") == "cell_code":
                cell["classes"].append(f"cnnlab-cell-{number[cell['cell_index']]}")


def write_package(target):
    """Put the package into one file, as it lies here."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        files = [file for file in (ROOT / "cnnlab").rglob("*") if file.suffix in (".py", ".npz")]
        files += [ROOT / "browser" / name for name in ("style.css", *_display.SCRIPTS)]
        for file in sorted(files):
            info = zipfile.ZipInfo(file.relative_to(ROOT).as_posix(), (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def write_pages(folder):
    """Write the cells of every page that has some, and the files that they read."""
    (folder / "cells").mkdir()
    for path in sorted(BOOK.glob("*.ipynb")):
        known = [cells.described(path.stem, cell) for _, cell in cells.code_cells(path)]
        files = spine.read_by(cell["source"] for cell in known)
        for name in files:
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(BOOK / name, folder / name)
        text = json.dumps({"cells": known, "files": {name: name for name in files}}, ensure_ascii=False)
        (folder / "cells" / f"{path.stem}.json").write_text(text, encoding="utf-8")


def distribution():
    """Return the folder that holds Python for the pages: with bytecode, as fetched, or none."""
    folders = python_for_pages.COMPILED, python_for_pages.KEPT
    return next((folder for folder in folders if (folder / "pyodide-lock.json").exists()), None)


def of_file(file, entry):
    """Return size and digest of a file of Python, as a browser checks it: of ours, or of the official one."""
    size, digest = entry["size"], bytes.fromhex(entry["sha256"])
    if file:
        size, digest = file.stat().st_size, hashlib.sha256(file.read_bytes()).digest()
    return {"size": size, "integrity": "sha256-" + base64.b64encode(digest).decode()}


def loaded_for(name, known):
    """Return how many bytes are loaded for a package; for NumPy, with Python itself."""
    packages, found, wanted = DISTRIBUTION["lock"]["packages"], set(), [name]
    while wanted:
        package = packages[wanted.pop()]
        found.add(package["file_name"])
        wanted += package["depends"]
    if name == "numpy":
        found |= {file for file in DISTRIBUTION["files"] if not file.endswith(".whl")}
    else:
        found.discard(packages["numpy"]["file_name"])
    return sum(known[file]["size"] for file in found)


def write_all(app, config):
    """Lay everything beside the pages that Sphinx copies."""
    top = Path(app.outdir).parent / "pages"
    shutil.rmtree(top, ignore_errors=True)
    folder = top / "python"
    shutil.copytree(BROWSER, folder, ignore=shutil.ignore_patterns("*.entry.js", "distribution.json"))
    write_package(folder / "cnnlab.zip")
    write_pages(folder)
    if here := distribution():
        shutil.copytree(here, top / "pyodide")
    known = {name: of_file(here and here / name, entry) for name, entry in DISTRIBUTION["files"].items()}
    settings = {
        "version": DISTRIBUTION["version"],
        "python": "../pyodide/" if here else DISTRIBUTION["official"],
        "cnnlab": "cnnlab.zip",
        "runner": "runner.py",
        "known": known,
        "packages": {
            name: loaded_for(name, known)
            for name in ("numpy", "sympy", "matplotlib", "pillow", "threadpoolctl")
        },
    }
    (folder / "python.json").write_text(json.dumps(settings), encoding="utf-8")
    config.html_static_path.append(str(top))


def add_script(app, pagename, templatename, context, doctree):
    """Give the pages that come from notebooks their buttons."""
    if doctree is not None and app.env.doc2path(pagename).endswith(".ipynb"):
        app.add_js_file("python/run.js", defer="defer")  # no module: see cnnlab_book.py
        app.add_css_file("python/python.css")
    if pagename == "index":
        names = [[exercise.name for exercise in chapter.EXERCISES] for chapter in exercises.CHAPTERS]
        pages = [path.stem for path in sorted(BOOK.glob("[0-9]*.ipynb"))]
        chapters = dict(zip(pages, names, strict=True))
        app.add_js_file("python/progress.js", defer="defer", **{"data-exercises": json.dumps(chapters)})


def setup(app):
    app.add_transform(NumberCells)
    app.connect("config-inited", write_all)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
