"""Write the chapters as notebooks that read well anywhere, also where nothing knows MyST.

usage: python tools/readable.py FOLDER

Equations have the book's numbers, references lead from notebook to notebook, exercises are boxes; answers,
solutions, proofs and what a page hides are folded. A copy that its reader has changed stays as it is.
"""

import functools
import hashlib
import inspect
import json
import re
import shutil
import sys
from pathlib import Path

import nbformat
import yaml

from cnnlab import _display, exercises

BOOK = Path(__file__).parents[1] / "book"
sys.path.insert(0, str(BOOK / "_ext"))
import spine  # noqa: E402

WRITTEN = ".written.json"  # what this has written: a copy that is something else is its reader's
HOW = "*Run a cell with Shift+Enter, from the top; a folded one opens by a click on the bar at its left.*"
INSTALL = """# Where cnnlab is missing, as in Colab, install it.
from importlib.util import find_spec

if find_spec("cnnlab") is None:
    %pip install -q "cnnlab[figures,data,fast] @ git+{address}" sympy"""
TITLE = re.compile(r"\((?P<label>[\w-]+)\)=\n#+ (?P<title>.+)")


class Book:
    """What one chapter says of another: where labels stand, and which numbers equations have."""

    def __init__(self):
        self.pages, self.numbers, self.titles = {}, {}, {}
        for path in [*sorted(BOOK.glob("*.ipynb")), *sorted(BOOK.glob("*.md"))]:
            texts = [c.source for c in cells_of(path) if c.cell_type == "markdown"]
            known = [label for text in texts for label in spine.labels(text)]
            first = spine.number(path.stem)
            self.numbers |= {label: f"({first}.{k})" for k, label in enumerate(known, start=1)}
            self.pages |= dict.fromkeys(known, path.stem)
            for text in texts:
                for found in TITLE.finditer(text):
                    self.titles[found["label"]] = found["title"]
                    self.pages[found["label"]] = path.stem
        self.sources = sources((BOOK / "references.bib").read_text(encoding="utf-8"))
        config = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))
        self.address = (config.get("repository") or {}).get("url")  # None until its owner sets it

    def link(self, words, label, here):
        """Lead to a label: within the notebook, or to another; a page that is no notebook is only named."""
        page = self.pages.get(label)
        if page is None or not (BOOK / f"{page}.ipynb").exists():
            return words
        return f"[{words}](#{label})" if page == here else f"[{words}]({page}.ipynb)"


def cells_of(path):
    """Return the cells of a page."""
    if path.suffix == ".md":
        return [nbformat.v4.new_markdown_cell(path.read_text(encoding="utf-8"))]
    return nbformat.read(path, as_version=4).cells


def sources(bib):
    """Return key -> (authors, year) of a bibliography, as a text names them."""
    found = {}
    for entry in re.finditer(r"@\w+\{(?P<key>\w+),(?P<body>.*?)\n\}", bib, re.DOTALL):
        field = lambda name, body=entry["body"]: re.search(rf"{name} = \{{(.*)\}}", body)[1]  # noqa: E731
        names = [re.sub(r"[{}\\'\"`^]", "", name).split()[-1] for name in field("author").split(" and ")]
        few = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
        found[entry["key"]] = few, field("year")
    return found


def plain(text, book, here):
    """Write the MyST of a text as Markdown that everything reads."""
    text = re.sub(r"^\(([\w-]+)\)=\n", r'<a id="\1"></a>\n\n', text, flags=re.MULTILINE)
    for form in spine.FORMS:
        text = re.sub(form, lambda m: equation(m, book), text, flags=re.DOTALL | re.MULTILINE)
    text = boxes(text)
    roles = {
        "eq": lambda label: book.link(book.numbers[label], label, here),
        "ref": lambda given: reference(given, book, here),
        "minutes": lambda _: f"{spine.minutes(BOOK / f'{here}.ipynb'):.0f} minutes",
        "letters": lambda _: spine.new_letters(here),
        "cite:t": lambda key: "{} ({})".format(*book.sources[key]),
        "cite:p": lambda keys: "({})".format("; ".join(", ".join(book.sources[k]) for k in keys.split(","))),
        "cells": lambda name: f"the cell marked ({name})",
    }
    return re.sub(r"\{([\w:]+)\}`([^`]*)`", lambda m: roles[m[1]](m[2]), text)


def equation(found, book):
    """Write a labelled equation with the book's number."""
    number = book.numbers[found["label"]].strip("()")
    return f'<a id="{found["label"]}"></a>\n\n$$\n{found["formula"]}\n\\tag{{{number}}}\n$$'


def reference(given, book, here):
    """Write {ref}`words <label>`, or the title of what a bare label names."""
    found = re.fullmatch(r"(.*?)\s*<([\w-]+)>", given, re.DOTALL)
    words, label = (found[1], found[2]) if found else (book.titles.get(given, given), given)
    return book.link(words, label, here)


def boxes(text):
    """Write directives as quotations, or as what opens by a click."""
    return re.sub(
        r"^:::\{(?P<kind>\w+)\} ?(?P<title>[^\n]*)\n(?P<options>(?::[\w-]+:[^\n]*\n)*)(?P<body>.*?)^:::$",
        box,
        text,
        flags=re.DOTALL | re.MULTILINE,
    )


def box(found):
    """Write one directive."""
    kind, title, body = found["kind"], found["title"], found["body"].strip()
    if kind == "solution":
        name = re.search(r":pyobject: (\w+)", body)[1]
        body = f"```python\n{inspect.getsource(exercises.EXERCISES[name].solution).strip()}\n```"
        title = "Solution"
    if kind in ("solution", "dropdown"):
        return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
    name = re.search(r":label: (ex-[\w-]+)", found["options"])
    head = f"Exercise {numbers_of_exercises()[name[1]]} ({title})" if name else title
    return "\n".join(f"> {line}".rstrip() for line in [f"**{head}**", "", *body.splitlines()])


@functools.cache
def numbers_of_exercises():
    """Return label -> number of every exercise: that of its chapter, and its place there."""
    return {
        "ex-" + exercise.name.replace("_", "-"): f"{chapter}.{k}"
        for chapter, module in enumerate(exercises.CHAPTERS)
        for k, exercise in enumerate(module.EXERCISES, start=1)
    }


def code(cell, book, here):
    """Fold what a page folds or hides; let pictures bring their style along."""
    tags, marks = cell.metadata.get("tags", []), spine.marks(cell.source)
    before = []
    if marks:
        sign, words, _ = spine.line(marks, cell.source, book.numbers.__getitem__)
        before = [nbformat.v4.new_markdown_cell(f"{sign} {words} — *folded below*")]
    if marks or {"remove-input", "remove-cell", "imports", "folded"} & set(tags):
        cell.metadata["jupyter"] = {"source_hidden": True}
    if "remove-cell" in tags:
        cell.metadata["jupyter"]["outputs_hidden"] = True
    for output in cell.outputs:
        if "text/html" in output.get("data", {}):
            output.data["text/html"] = _display.standalone(output.data["text/html"])
    caption = cell.metadata.get("mystnb", {}).get("figure", {}).get("caption")
    after = [nbformat.v4.new_markdown_cell(f"*{plain(caption.strip(), book, here)}*")] if caption else []
    return [*before, cell, *after]


def reads(cells):
    """Say which files of the repository a notebook reads: a download of it alone lacks them."""
    names = [f"`{name}`" for name in spine.read_by(c.source for c in cells if c.cell_type == "code")]
    return f" *It reads {', '.join(names)}, which lies beside it in the repository.*" if names else ""


def readable(path, book):
    """Return a chapter that reads well anywhere."""
    notebook, cells = nbformat.read(path, as_version=4), []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source, book, path.stem)
            cells.append(cell)
        else:
            cells += code(cell, book, path.stem)
    cells.insert(1, nbformat.v4.new_markdown_cell(HOW + reads(notebook.cells)))
    if book.address:
        cells.insert(2, nbformat.v4.new_code_cell(INSTALL.format(address=book.address)))
    for position, cell in enumerate(cells):
        cell.id = f"cell-{position:02}"
    notebook.cells = cells
    nbformat.validate(notebook)
    return notebook


def digest(data):
    return hashlib.sha256(data).hexdigest()


def write_all(folder):
    """Write all chapters into a folder, with the files that they read; return the copies left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    list_of = folder / WRITTEN
    written = json.loads(list_of.read_text()) if list_of.exists() else {}
    book, left = Book(), []
    for path in sorted(BOOK.glob("*.ipynb")):
        target = folder / path.name
        if target.exists() and digest(target.read_bytes()) != written.get(path.name):
            left.append(target)
            continue
        nbformat.write(readable(path, book), target)
        written[path.name] = digest(target.read_bytes())
        for name in spine.read_by(cell.source for cell in cells_of(path) if cell.cell_type == "code"):
            (folder / name).parent.mkdir(exist_ok=True)
            shutil.copyfile(BOOK / name, folder / name)
    list_of.write_text(json.dumps(written))
    return left


def main(folder):
    """Write the chapters, and trust them: a notebook server shows no picture of an unknown one."""
    from nbformat.sign import NotebookNotary

    left = write_all(folder)
    for path in folder.glob("*.ipynb"):
        NotebookNotary().sign(nbformat.read(path, as_version=4))
    for path in left:
        print(f"{path}: yours, and left as it is (delete it to have the book's again)")
    print(f"{folder}: {len(list(folder.glob('*.ipynb')))} notebooks")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
