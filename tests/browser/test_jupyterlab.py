"""`make lab`: what a fresh clone shows in JupyterLab, before any cell has run."""

import json
import os
import re
import subprocess
import sys
import time

import pytest
from helpers.notebooks import ROOT

from .test_lite import MARKUP

pytest.importorskip("jupyterlab")

LOOK = """() => {
  const all = (selector) => [...document.querySelectorAll(`.jp-Notebook ${selector}`)];
  const boxes = all(".cnnlab-figure svg").map((picture) => picture.getBoundingClientRect());
  return [all(".jp-RenderedHTMLCommon").map((part) => part.innerText),
          boxes.map((box) => [box.width, box.height])];
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Write the chapters, and serve them, as `make lab` does; settings and signatures are a new reader's."""
    home = tmp_path_factory.mktemp("reader")
    own = {f"JUPYTER_{name}_DIR": str(home / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    environment = {**os.environ, **own}
    settings = home / "CONFIG" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # all is drawn at once
    subprocess.run(
        [sys.executable, ROOT / "tools" / "readable.py", home / "lab"], env=environment, check=True
    )
    command = [
        sys.executable,
        "-m",
        "jupyter",
        "lab",
        "--no-browser",
        "--port=0",
        "--allow-root",
        home / "lab",
    ]
    options = ["--IdentityProvider.token=", "--LabApp.news_url=None"]
    running = subprocess.Popen([*command, *options], env=environment, stderr=subprocess.DEVNULL)
    try:
        for _ in range(120):
            if files := list((home / "RUNTIME").glob("jpserver-*.json")):
                break
            time.sleep(0.5)
        yield json.loads(files[0].read_text())["url"].replace("localhost", "127.0.0.1")
    finally:
        running.kill()
        running.wait()


@pytest.mark.parametrize("page", ["02_pooling", "07_bias_gradient", "09_general_layer"])
def test_a_chapter_of_a_fresh_clone_reads_well(browser, server, page):
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(60_000)
    tab = context.new_page()
    tab.goto(f"{server}lab/workspaces/{page}/tree/{page}.ipynb")
    notebook = tab.locator(".jp-Notebook").first
    notebook.locator(".jp-RenderedMarkdown h1").first.wait_for()
    notebook.get_by_role("heading", name="What to remember").wait_for()
    texts, sizes = tab.evaluate(LOOK)
    text = "\n".join(texts)
    assert MARKUP.search(text) is None
    assert re.search(r"\d{9,}", text) is None  # a picture without its style is a run of digits
    assert sizes and all(width > 100 and height > 30 for width, height in sizes)
    context.close()
