"""JupyterLite within the book: every chapter opens, and what runs there says what is stored."""

import re

import pytest
import readable
from helpers.notebooks import BOOK, CHAPTERS
from helpers.pages import HTML

PAGES = [path.stem for path in CHAPTERS]
WHOLE = [page for page in PAGES if page[:1] == "0" or page[:2] == "12"]  # 10 and 11 take minutes
MARKUP = re.compile(r"\{(eq|ref|minutes|cite:\w|cells)\}|:::|^\([\w-]+\)=", re.MULTILINE)
NOTEBOOK = "window.jupyterapp?.shell.currentWidget"
READY = f"{NOTEBOOK}?.sessionContext?.session?.kernel?.status === 'idle'"
RUN = f"""async () => {{
  await window.jupyterapp.commands.execute("notebook:run-all-cells");
  return {NOTEBOOK}.content.model.toJSON().cells;
}}"""


@pytest.fixture
def lite(browser, address):
    """Open a chapter in JupyterLite; nothing may be asked of another host."""
    if not (HTML / "lite").exists():
        pytest.skip("JupyterLite is built by `make site`")
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(300_000)
    asked = []
    context.on("request", lambda request: asked.append(request.url))

    def expose(route):
        """Let the test ask the application."""
        answer = route.fetch()
        settings = answer.json()
        settings.setdefault("jupyter-config-data", {})["exposeAppInBrowser"] = True
        route.fulfill(response=answer, json=settings)

    def lite(page):
        tab = context.new_page()
        tab.route("**/lite/jupyter-lite.json*", expose)
        tab.goto(f"{address}/lite/notebooks/index.html?path={page}.ipynb")
        tab.locator(".jp-Notebook .jp-RenderedMarkdown h1").first.wait_for()
        return tab

    yield lite
    context.close()
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []


def told(outputs):
    """Return what outputs say, without what differs from run to run."""
    texts = []
    for output in outputs:
        data = output.get("data", {})
        text = output.get("text") or data.get("text/html") or data.get("text/plain") or ""
        if "image/png" not in data:
            texts.append(re.sub(r"0x[0-9a-f]+", "", "".join(text)).rstrip())
    return [text for text in texts if text]


@pytest.mark.parametrize("page", PAGES)
def test_a_chapter_opens_without_raw_markup(lite, page):
    tab = lite(page)
    for key in ("Home", "End"):
        tab.keyboard.press(f"Control+{key}")
        tab.wait_for_timeout(300)
        assert MARKUP.search(tab.locator(".jp-Notebook").inner_text()) is None
    if page in WHOLE:
        tab.wait_for_function(READY)
        copy = readable.readable(BOOK / f"{page}.ipynb", readable.Book()).cells
        ran, stored = ([c for c in cells if c["cell_type"] == "code"] for cells in (tab.evaluate(RUN), copy))
        for own, printed in zip(ran, stored, strict=True):
            assert [output for output in own["outputs"] if output["output_type"] == "error"] == []
            if "nbval-ignore-output" not in printed.metadata.get("tags", []):
                assert told(own["outputs"]) == told(printed.outputs)
