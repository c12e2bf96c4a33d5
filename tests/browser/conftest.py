"""A served book and a browser, one for all tests of this folder."""

import functools
import http.server
import runpy
import shutil
import threading

import pytest
from helpers.pages import BOOK, HTML, SCREENS

sync_api = pytest.importorskip("playwright.sync_api")


@pytest.fixture(scope="session")
def address():
    """Serve the built book, as a reader's browser would get it."""
    assert (HTML / "index.html").exists(), "run `make book` first"

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=HTML))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    names = runpy.run_path(BOOK.parent / "tools" / "chromium.py")["NAMES"]
    executable = next(filter(None, map(shutil.which, names)), None)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, address):
    """Open a page on a screen, wait for its formulas, and hold it to what every page owes."""
    contexts = []

    def visit(page, screen, theme="light"):
        width, height = SCREENS[screen]
        context = browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        context.add_init_script(
            f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
        )
        tab = context.new_page()
        outside, complaints = [], []
        tab.on(
            "request", lambda r: outside.append(r.url) if not r.url.startswith((address, "data:")) else None
        )
        tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.goto(f"{address}/{page}.html")
        tab.wait_for_function("!window.MathJax || (MathJax.startup && MathJax.startup.promise)")
        tab.evaluate("window.MathJax ? MathJax.startup.promise.then(() => true) : true")
        assert outside == [] and complaints == []
        return tab

    yield visit
    for context in contexts:
        context.close()
