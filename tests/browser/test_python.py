"""Python in the page: every cell says what is stored; a reader runs, changes, answers, breaks and stops."""

import json
import os
import re
import statistics
import time

import nbformat
import pytest
from helpers.notebooks import BOOK, CHAPTERS
from helpers.pages import HTML, SCREENS

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

LONG = int(os.environ.get("CNNLAB_PATIENCE", "300")) * 1000  # milliseconds for what may take long
TEXTS = """() => [...document.querySelectorAll("article div.cell")].map((cell) => {
  const text = (e) => {
    const copy = e.cloneNode(true);
    copy.querySelectorAll(".cnnlab-printed, .copybtn, script, style, figcaption, .says, .controls")
      .forEach((x) => x.remove());
    return copy.textContent.replace(/\\s+/g, " ").trim();
  };
  const own = cell.querySelector(".cnnlab-yours");
  const printed = [...cell.children].filter((x) => x.matches(".cell_output:not(.cnnlab-yours)"));
  return [cell.className, own ? text(own) : "", printed.map(text).join(" "),
          [...(own?.querySelectorAll("img") ?? [])].map((image) => image.naturalWidth),
          printed.flatMap((one) => [...one.querySelectorAll("img")]).length];
})"""


@pytest.fixture(scope="session")
def reader(browser):
    """A reader who comes again and again: what has been fetched once is there."""
    context = browser.new_context(viewport={"width": 1280, "height": 1000})
    context.set_default_timeout(LONG)
    yield context
    context.close()


@pytest.fixture
def come(reader, address):
    """Open a page, as the same reader, who has answered nothing yet."""
    tabs = []
    blank = reader.new_page()
    blank.goto(f"{address}/_static/cnnlab.css")
    blank.evaluate("localStorage.clear()")
    blank.close()

    def come(page):
        tab = reader.new_page()
        tab.asked = []
        tab.on("request", lambda request: tab.asked.append(request.url))
        tab.goto(f"{address}/{page}.html")
        tab.locator(".cnnlab-tools").first.wait_for()
        tabs.append(tab)
        return tab

    yield come
    for tab in tabs:
        assert [url for url in tab.asked if not url.startswith((address, "data:", "blob:"))] == []
        tab.close()


def said(tab, text):
    """Wait until the bar says something."""
    tab.locator(".cnnlab-bar [role=status]", has_text=re.compile(text)).wait_for()


def cell_with(tab, code):
    """Return the first cell whose code holds this."""
    return tab.locator("article div.cell", has=tab.locator(".cell_input", has_text=code)).first


def press(cell, name):
    cell.get_by_role("button", name=name, exact=True).click()


def write(cell, text):
    """Put text into the place of what stands in a cell's editor."""
    editor = cell.locator(".cm-content")
    editor.click()
    editor.press("ControlOrMeta+a")
    editor.page.keyboard.insert_text(text)


def ignored(page):
    """Return the numbers of the cells that nbval does not compare: times, trainings, sizes of rounding."""
    cells = [c for c in nbformat.read(BOOK / f"{page}.ipynb", 4).cells if c.cell_type == "code"]
    return {k for k, c in enumerate(cells) if "nbval-ignore-output" in c.metadata.get("tags", [])}


RUNNABLE = [path.stem for path in CHAPTERS if path.stem != "index"]


@pytest.mark.parametrize("page", RUNNABLE)
def test_every_cell_of_a_page_runs_and_says_what_is_stored(come, page):
    tab = come(page)
    tab.get_by_role("button", name="Run this page").click()
    said(tab, "^(Done|A cell has failed|Python could not)")
    assert tab.locator(".cnnlab-error").all_inner_texts() == []
    assert tab.locator(".cnnlab-bar [role=status]").inner_text() == "Done"
    excused = ignored(page)
    compared = 0
    for name, own, printed, widths, pictures in tab.evaluate(TEXTS):
        number = int(re.search(r"cnnlab-cell-(\d+)", name)[1])
        assert len(widths) == pictures and all(width > 100 for width in widths), number
        if number not in excused:
            assert own == printed, number
            compared += bool(printed)
    assert compared


def test_nothing_is_asked_before_the_first_press(come):
    tab = come("07_bias_gradient")
    tab.wait_for_load_state("networkidle")
    ours = [url.split("?")[0].rsplit("/", 1)[1] for url in tab.asked if "/python/" in url or "pyodide" in url]
    assert sorted(ours) == ["python.css", "run.js"]
    size = sum((HTML / "_static" / "python" / name).stat().st_size for name in ours)
    assert size < 10_000


def test_an_exercise_is_answered_wrongly_named_then_rightly_and_kept(come, address):
    tab = come("07_bias_gradient")
    cell = cell_with(tab, 'exercises.check("bias_grad"')
    press(cell, "Check")  # opens the editor: there is nothing to check yet
    assert "def my_bias_grad" in cell.locator(".cm-content").inner_text()
    start = "def my_bias_grad(delta):\n    return delta.{}(axis=(0, 1, 2))\n\n"
    answer = start + 'exercises.check("bias_grad", my_bias_grad)'
    write(cell, answer.format("mean"))
    tab.keyboard.press("Shift+Enter")
    cell.locator(".cnnlab-yours .cnnlab-report.failed").wait_for()
    assert "mean_for_sum" in cell.locator(".cnnlab-yours").inner_text()
    write(cell, answer.format("sum"))
    press(cell, "Check")
    cell.locator(".cnnlab-yours .cnnlab-report.passed").wait_for()
    press(cell, "Hint")
    cell.locator(".cnnlab-yours", has_text="Hint 1 of 3").wait_for()
    tab.reload()
    cell = cell_with(tab, 'exercises.check("bias_grad"')
    press(cell, "Check")
    cell.locator(".cm-content").wait_for()
    assert "delta.sum(axis=(0, 1, 2))" in cell.locator(".cm-content").inner_text()
    kept = json.loads(tab.evaluate("localStorage.getItem('cnnlab:exercise:bias_grad')"))
    assert kept["solved"]
    for kind in (".py", ".ipynb"):
        with tab.expect_download() as taken:
            tab.get_by_role("button", name=f"My answers as {kind}", exact=True).click()
        text = taken.value.path().read_text("utf-8")
        if kind == ".ipynb":
            notebook = nbformat.reads(text, 4)
            nbformat.validate(notebook)
            text = notebook.cells[1].source
        assert "def my_bias_grad(delta):\n    return delta.sum" in text
        assert ("exercises.check" in text) == (kind == ".ipynb")
    press(cell, "As printed")
    assert cell.locator(".cm-content").count() == 0 and cell.locator(".cell_input").is_visible()


def test_the_index_says_what_is_solved(come):
    tab = come("07_bias_gradient")
    for name, solved in (("bias_grad", True), ("correlate2d", True), ("conv2d_forward", False)):
        value = json.dumps({"text": "…", "solved": solved})
        tab.evaluate("([name, text]) => localStorage.setItem(`cnnlab:exercise:${name}`, text)", [name, value])
    tab.evaluate("localStorage.setItem('cnnlab:exercise:output_size', 'not ours')")
    tab.goto(tab.url.replace("07_bias_gradient", "index"))
    said = [item.strip() for item in tab.locator("article li .cnnlab-progress").all_inner_texts()]
    assert said == ["· exercises: 1 of 4 solved", "✓ exercises: 1 of 1 solved"]


def test_the_editor_completes_what_python_knows(come):
    tab = come("07_bias_gradient")
    cell = cell_with(tab, "print(cnnlab.conv2d_bias_grad(delta))")
    press(cell, "Run")
    said(tab, "^Done")
    press(cell, "Edit")
    write(cell, "cnnlab.max_pool2d_b")
    tab.keyboard.press("Control+Space")
    tab.locator(".cm-tooltip-autocomplete", has_text="cnnlab.max_pool2d_backward").wait_for()
    write(cell, "integ")
    tab.keyboard.press("Control+Space")
    tab.locator(".cm-tooltip-autocomplete", has_text="integers").wait_for()


def test_a_file_of_python_that_is_another_is_refused(visit):
    tab = visit("07_bias_gradient", "desktop")
    tab.context.route("**/pyodide/pyodide.asm.mjs", lambda route: route.fulfill(body="let another;"))
    tab.locator(".cnnlab-tools").first.wait_for()
    press(cell_with(tab, "print(cnnlab.conv2d_bias_grad(delta))"), "Run")
    said(tab, "^Python could not be started: pyodide.asm.mjs could not be loaded, or is not the file")


def test_what_was_written_for_an_older_edition_is_shown_as_such(come):
    tab = come("07_bias_gradient")
    older = json.dumps({"text": "def my_bias_grad(d):\n    return 7", "edition": "older", "solved": False})
    tab.evaluate("text => localStorage.setItem('cnnlab:exercise:bias_grad', text)", older)
    cell = cell_with(tab, 'exercises.check("bias_grad"')
    press(cell, "Edit")
    cell.locator(".cm-content").wait_for()
    assert "return 7" in cell.locator(".cm-content").inner_text()
    assert "older edition" in cell.locator(".cnnlab-note").inner_text()
    press(cell, "As printed")
    press(cell, "Edit")
    assert "return 7" not in cell.locator(".cm-content").inner_text()


def test_a_question_on_paper_has_a_field(come):
    tab = come("07_bias_gradient")
    cell = cell_with(tab, 'exercises.check_answer("07-a"')
    press(cell, "Check")
    cell.get_by_role("textbox").fill("784")
    tab.keyboard.press("Enter")
    cell.locator(".cnnlab-yours", has_text="The batch has 32 images").wait_for()
    cell.get_by_role("textbox").fill("25088")
    press(cell, "Check")
    cell.locator(".cnnlab-yours .cnnlab-report.passed").wait_for()


def test_a_reader_may_do_anything_and_the_page_stays_alive(come):
    tab = come("07_bias_gradient")
    plain = tab.locator("article div.cell", has=tab.get_by_role("button", name="Run", exact=True)).first
    press(plain, "Edit")
    plain.locator(".cm-content").wait_for()

    def runs(text, kind):
        write(plain, text)
        tab.keyboard.press("Shift+Enter")
        found = plain.locator(f".cnnlab-yours {kind}")
        found.wait_for()
        said(tab, "^(Done|A cell has failed)")
        return found.inner_text()

    assert runs("kept = 6\nkept * 7", "pre") == "42"
    assert "SyntaxError" in runs("x = (1", ".cnnlab-error")
    assert "line 2" in runs("1\nraise ValueError('mine')", ".cnnlab-error")
    flood = runs("for k in range(300_000):\n    print('a line of the flood', k)", "pre.stream")
    assert 100_000 < len(flood) < 250_000 and "more was printed" in flood
    assert tab.evaluate("1 + 1") == 2

    # An endless loop in a check is named; the session goes on.
    exercise = cell_with(tab, 'exercises.check("bias_grad"')
    press(exercise, "Edit")
    write(exercise, 'def f(delta):\n    while True:\n        pass\n\nexercises.check("bias_grad", f)')
    press(exercise, "Check")
    exercise.locator(".cnnlab-yours", has_text="endless_loop").wait_for()
    assert runs("kept + 1", "pre") == "7"

    # Anywhere else the reader stops it: a fresh Python runs again what had run.
    write(plain, "import numpy as np\nwhile True:\n    np.ones((300, 300)) @ np.ones((300, 300))")
    tab.keyboard.press("Shift+Enter")
    tab.get_by_role("button", name="Stop").click(timeout=LONG)
    said(tab, "has run again")
    assert runs("3 * 3", "pre") == "9"

    # A worker that is gone does not take the page with it: that is said, and the next run has a fresh one.
    write(plain, "import js\njs.self.close()\n'last words'")
    tab.keyboard.press("Shift+Enter")
    said(tab, "^(Done|A cell has failed)")
    write(plain, "4 * 4")
    tab.keyboard.press("Shift+Enter")
    plain.locator(".cnnlab-error", has_text="Python has been lost").or_(
        plain.locator("pre", has_text=re.compile("^16$"))
    ).first.wait_for()
    assert runs("5 * 5", "pre") == "25"


def test_a_full_store_breaks_nothing(come):
    tab = come("07_bias_gradient")
    full = "throw new DOMException('full', 'QuotaExceededError')"
    tab.evaluate(f"() => {{ Storage.prototype.setItem = () => {{ {full}; }}; }}")
    cell = cell_with(tab, 'exercises.check("bias_grad"')
    press(cell, "Edit")
    write(cell, 'exercises.check("bias_grad", lambda delta: delta.sum(axis=(0, 1, 2)))')
    press(cell, "Check")
    cell.locator(".cnnlab-yours .cnnlab-report.passed").wait_for()


def test_what_could_not_be_loaded_is_said_and_tried_again(come):
    tab = come("07_bias_gradient")
    tab.route("**/python.json", lambda route: route.abort())
    bar = tab.locator(".cnnlab-whole")
    press(bar, "Run this page")
    bar.locator(".cnnlab-note", has_text="could not be started").wait_for()
    tab.unroute("**/python.json")
    cell = cell_with(tab, 'exercises.check_answer("07-a"')
    press(cell, "Check")
    cell.get_by_role("textbox").wait_for()


def test_a_page_that_was_opened_as_a_file_says_how_to_serve_it_and_can_still_be_touched(browser):
    """A browser loads no module from a file: what a page needs at once must be none."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto((HTML / "03_delta_rule.html").as_uri())
    tab.get_by_role("button", name="Run this page").click()
    assert "python -m http.server" in tab.locator(".cnnlab-note").inner_text()
    desk = tab.locator("cnnlab-desk").first
    desk.locator('[role="button"][aria-label^="image a, row 1, column 1:"]').hover()
    assert "z(1, 1) through w(0, 0)" in desk.locator(".says").inner_text()
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_axe_finds_nothing_against_an_editor_and_a_report(visit, screen, theme):
    tab = visit("07_bias_gradient", screen, theme)
    tab.set_default_timeout(LONG)
    cell = cell_with(tab, 'exercises.check("bias_grad"')
    press(cell, "Edit")
    write(cell, 'exercises.check("bias_grad", lambda delta: delta.mean(axis=(0, 1, 2)))')
    press(cell, "Check")
    cell.locator(".cnnlab-yours .cnnlab-report.failed").wait_for()
    assert tab.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen][0]
    for context in (".cnnlab-yours", ".cnnlab-editor", ".cnnlab-tools", ".cnnlab-bar"):
        found = axe.Axe().run(tab, context=context).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


def seconds(act, wait):
    """Return how long something takes."""
    start = time.perf_counter()
    act()
    wait()
    return time.perf_counter() - start


def one_visit(context, address, page):
    """Visit a page and press for its first output; return seconds, and the bytes that came for it."""
    tab, sizes = context.new_page(), []
    tab.set_default_timeout(LONG)
    tab.goto(f"{address}/{page}.html")
    tab.locator(".cnnlab-tools").first.wait_for()
    tab.wait_for_load_state("networkidle")
    tab.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    plain = tab.locator(
        "article div.cell:not(.tag_imports)", has=tab.get_by_role("button", name="Run", exact=True)
    )
    number = tab.locator("article div.cell.tag_imports").get_by_role("button", name="Run", exact=True)
    tab.locator("article details.imports summary").click()
    times = {"ready": seconds(number.click, lambda: said(tab, "^Done"))}
    return tab, plain.first, times, sizes


def test_how_long_it_takes(browser, address):
    """Medians of three, printed; the sizes are held."""
    found = {}
    for page in ("07_bias_gradient", "00_forward"):
        for _ in range(3):
            context = browser.new_context(viewport={"width": 1280, "height": 1000})
            for visit in ("first", "second"):
                tab, cell, times, sizes = one_visit(context, address, page)
                times["first output"] = times["ready"] + seconds(
                    lambda cell=cell: press(cell, "Run"), lambda tab=tab: said(tab, "^Done")
                )
                times["edit"] = seconds(
                    lambda cell=cell: press(cell, "Edit"),
                    lambda cell=cell: cell.locator(".cm-content").wait_for(),
                )
                write(cell, "1 + 1")
                times["small cell"] = seconds(
                    lambda tab=tab: tab.keyboard.press("Shift+Enter"),
                    lambda cell=cell: cell.locator(
                        ".cnnlab-yours pre", has_text=re.compile("^2$")
                    ).wait_for(),
                )
                write(cell, "while True:\n    pass")
                tab.keyboard.press("Shift+Enter")
                said(tab, "^Running")
                times["usable after stop"] = seconds(
                    lambda tab=tab: tab.get_by_role("button", name="Stop", exact=True).click(),
                    lambda tab=tab: said(tab, "^Stopped. What had run before has run again"),
                )
                megabytes = sum(sizes) / 1e6
                for name, value in {**times, "MB": megabytes}.items():
                    found.setdefault((page, visit, name), []).append(value)
                tab.close()
            context.close()
    for key, values in found.items():
        print(*key, f"{statistics.median(values):.2f}")
    for page, most in (("07_bias_gradient", 21), ("00_forward", 35)):
        assert statistics.median(found[page, "first", "MB"]) < most
        assert statistics.median(found[page, "second", "MB"]) < 2
