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
        # Nothing but the served book can be reached, also by a worker.
        blocked = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", blocked])
        yield browser
        browser.close()


def pytest_collection_modifyitems(items):
    """Let the tests that look at one page follow each other: they share a tab (see `look`)."""

    def wanted(item):
        params = item.callspec.params if hasattr(item, "callspec") else {}
        return [str(params.get(name, "")) for name in ("page", "screen", "theme")]

    looking = [item for item in items if "look" in getattr(item, "fixturenames", ())]
    items[:] = [item for item in items if item not in looking] + sorted(looking, key=wanted)


def opened(browser, address, page, screen, theme):
    """Open a page on a screen, wait for its formulas, and hold it to what every page owes."""
    width, height = SCREENS[screen]
    context = browser.new_context(viewport={"width": width, "height": height})
    context.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    tab = context.new_page()
    outside, complaints = [], []
    tab.on("request", lambda r: outside.append(r.url) if not r.url.startswith((address, "data:")) else None)
    tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.goto(f"{address}/{page}.html")
    tab.wait_for_function("!window.MathJax || (MathJax.startup && MathJax.startup.promise)")
    tab.evaluate("window.MathJax ? MathJax.startup.promise.then(() => true) : true")
    assert outside == [] and complaints == []
    return tab


@pytest.fixture
def visit(browser, address):
    """Open pages that a test may change."""
    tabs = []

    def visit(page, screen, theme="light"):
        tabs.append(opened(browser, address, page, screen, theme))
        return tabs[-1]

    yield visit
    for tab in tabs:
        tab.context.close()


@pytest.fixture(scope="session")
def last_tab():
    """Keep the tab that was looked at last, and what it shows."""
    kept = {}
    yield kept
    for tab in kept.values():
        tab.context.close()


@pytest.fixture
def look(browser, address, last_tab):
    """Open a page that a test only looks at: the next test takes the same tab."""

    def look(page, screen, theme="light"):
        wanted = page, screen, theme
        if wanted not in last_tab:
            for tab in last_tab.values():
                tab.context.close()
            last_tab.clear()
            last_tab[wanted] = opened(browser, address, *wanted)
        last_tab[wanted].evaluate("window.scrollTo(0, 0)")
        return last_tab[wanted]

    return look
