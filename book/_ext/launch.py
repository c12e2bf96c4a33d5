"""Where a chapter can be opened and run: JupyterLite within the site, Colab, Binder; and its download.

All of them get the readable copies of tools/readable.py. Colab and Binder take them from the branch
`notebooks`, which the hosted workflow writes; without the repository's address there is nothing to take.
"""

import os
import sys
from pathlib import Path
from urllib.parse import quote

import nbformat

BOOK = Path(__file__).parents[1]
sys.path.append(str(BOOK.parent / "tools"))
import readable


def places(name, address, site, pathto):
    """Return (what it is called, its address, its icon) of every place that opens a notebook."""
    found = []
    if site:
        lite = f"{pathto('lite/notebooks/index.html', 1)}?path={quote(name)}"
        found.append(("JupyterLite", lite, "fas fa-play"))
    if address.startswith("https://github.com/"):
        repository = address.removeprefix("https://github.com/").strip("/")
        colab = f"https://colab.research.google.com/github/{repository}/blob/notebooks/{name}"
        binder = f"https://mybinder.org/v2/gh/{repository}/notebooks?urlpath=lab/tree/{name}"
        found += [("Colab", colab, "fas fa-cloud"), ("Binder", binder, "fas fa-cloud")]
    return found


def add_buttons(app, pagename, templatename, context, doctree):
    """Give a chapter's page a menu of the places where it can be opened; none leads nowhere."""
    source = app.env.doc2path(pagename) if doctree is not None else ""
    if not source.endswith(".ipynb"):
        return
    address = app.config.html_theme_options.get("repository_url") or ""
    site = os.environ.get("CNNLAB_SITE")  # set by `make site`, which then builds JupyterLite
    links = [
        {"type": "link", "text": text, "url": url, "icon": icon, "tooltip": f"Open in {text}"}
        for text, url, icon in places(Path(source).name, address, site, context["pathto"])
    ]
    if links:
        menu = {"type": "group", "buttons": links, "icon": "fas fa-rocket", "tooltip": "Open and run"}
        context["header_buttons"].insert(0, {**menu, "label": "launch-buttons"})


def write_downloads(app, exception):
    """Let the download of a chapter be a notebook that reads well anywhere."""
    folder = Path(app.outdir) / "_sources"
    if exception or app.builder.name != "html" or not folder.exists():
        return
    book = readable.Book()
    for path in sorted(BOOK.glob("*.ipynb")):
        nbformat.write(readable.readable(path, book), folder / path.name)


def setup(app):
    app.connect("html-page-context", add_buttons, priority=502)  # the theme's own come at 501
    app.connect("build-finished", write_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
