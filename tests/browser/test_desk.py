"""The desk: its arithmetic against cnnlab, and the element by mouse, touch and keyboard."""

import numpy as np
import pytest
from helpers.desk_states import COMPARE, random_states
from helpers.notebooks import ROOT

from cnnlab.figures import desk as desks
from cnnlab.reference import convolve2d, correlate2d

axe = pytest.importorskip("axe_playwright_python.sync_playwright")


ARITHMETIC = ROOT / "browser" / "desk" / "arithmetic.js"


def test_its_arithmetic_is_cnnlabs_in_a_browser_too(browser, address):
    tab = browser.new_page()
    tab.goto(f"{address}/index.html")
    worst = tab.evaluate(
        "async ([source, states]) => {"
        + COMPARE
        + 'const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));'
        + "return compare(await import(url), states); }",
        [ARITHMETIC.read_text(encoding="utf-8"), list(random_states(560))],
    )
    tab.close()
    assert worst < 1e-9


# ---- the element

A_3, W_3 = np.arange(9).reshape(3, 3), np.array([[1, 2], [3, 4]])
TOUCHED = [
    "03_delta_rule",
    "04_flip",
    "05_tensors",
    "06_weight_gradient",
    "08_vectorization",
    "09_general_layer",
]


def opened(tab, number=0):
    """Return the page's desk, scrolled into sight."""
    desk = tab.locator("cnnlab-desk").nth(number)
    desk.scroll_into_view_if_needed()
    desk.locator(".says").wait_for()
    return desk


def cell(desk, name, row, column):
    return desk.locator(f'[role="button"][aria-label^="{name}, row {row}, column {column}:"]')


def value(desk, name, row, column):
    text = cell(desk, name, row, column).get_attribute("aria-label").rsplit(": ", 1)[1]
    return float(text.replace("−", "-"))


def lit(desk):
    """Return the labels of the lit cells, without their values."""
    labels = desk.locator(".on").evaluate_all("cells => cells.map(c => c.getAttribute('aria-label'))")
    return {label.rsplit(":", 1)[0] for label in labels}


CENTRE = {
    *(f"kernel w, row {i}, column {j}" for i in range(2) for j in range(2)),
    *(f"output z, row {i}, column {j}" for i in range(2) for j in range(2)),
    *(f"error δ, row {i}, column {j}" for i in range(2) for j in range(2)),
    "image a, row 1, column 1",
    "∂ℒ/∂a, row 1, column 1",
}


def test_the_mouse_lights_whom_a_pixel_fed_and_the_words_say_it(visit):
    desk = opened(visit("03_delta_rule", "desktop"))
    cell(desk, "image a", 1, 1).hover()
    assert lit(desk) == CENTRE
    words = desk.locator(".says").inner_text()
    assert "z(1, 1) through w(0, 0)" in words and words.endswith("= 5")
    cell(desk, "image a", 0, 2).hover()
    assert "fed z(0, 1) through w(0, 1)" in desk.locator(".says").inner_text()


def test_a_finger_does_the_same(browser, address):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    tab = context.new_page()
    tab.goto(f"{address}/03_delta_rule.html")
    desk = opened(tab)
    cell(desk, "image a", 1, 1).tap()
    assert lit(desk) == CENTRE and desk.locator(".edit").count() == 0
    cell(desk, "image a", 1, 1).tap()  # once more: change it
    assert desk.locator(".edit").count() == 1
    context.close()


def test_the_keyboard_walks_and_changes_a_number(visit):
    tab = visit("03_delta_rule", "desktop")
    desk = opened(tab)
    cell(desk, "image a", 0, 0).focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    assert lit(desk) == CENTRE
    assert desk.locator('[tabindex="0"]').count() == desk.locator("svg").count()  # one stop for each grid
    tab.keyboard.press("Enter")
    tab.keyboard.type("-2,5")
    tab.keyboard.press("Enter")
    changed = A_3.astype(float)
    changed[1, 1] = -2.5
    z = correlate2d(changed, W_3)
    assert all(value(desk, "output z", i, j) == z[i, j] for i, j in np.ndindex(2, 2))
    assert (
        tab.evaluate("document.activeElement.getAttribute('aria-label')") == "image a, row 1, column 1: −2.5"
    )
    tab.keyboard.press("Enter")
    tab.keyboard.type("7")
    tab.keyboard.press("Escape")
    assert value(desk, "image a", 1, 1) == -2.5


def test_what_is_no_number_is_refused_with_a_reason(visit):
    tab = visit("03_delta_rule", "desktop")
    desk = opened(tab)
    for typed, reason in ("abc", 'got "abc", expected a number'), ("1e9", "from −999 to 999"):
        cell(desk, "kernel w", 0, 1).focus()
        tab.keyboard.press("Enter")
        tab.keyboard.type(typed)
        tab.keyboard.press("Enter")
        assert reason in desk.get_by_role("alert").inner_text()
        tab.keyboard.press("Escape")
        assert value(desk, "kernel w", 0, 1) == 2 and desk.get_by_role("alert").count() == 0


def test_an_edited_error_gives_the_gradients_of_cnnlab(visit):
    tab = visit("desk", "desktop")
    desk = opened(tab)
    read = lambda name, h, w: np.array([[value(desk, name, i, j) for j in range(w)] for i in range(h)])  # noqa: E731
    cell(desk, "error δ", 1, 1).dblclick()
    tab.keyboard.type("9")
    tab.keyboard.press("Enter")
    a, w, delta = read("image a", 4, 4), read("kernel w", 2, 2), read("error δ", 3, 3)
    assert delta[1, 1] == 9
    assert (read("∂ℒ/∂a", 4, 4) == convolve2d(delta, w)).all()
    assert (read("∂ℒ/∂w", 2, 2) == correlate2d(a, delta)).all()
    desk.get_by_role("button", name="forward verb").click()
    assert (read("∂ℒ/∂a", 4, 4) == correlate2d(delta, w, "full")).all()
    assert (read("∂ℒ/∂w", 2, 2) == correlate2d(a, delta)[::-1, ::-1]).all()
    assert (read("output z", 3, 3) == convolve2d(a, w, "valid") + 1).all()
    desk.get_by_label("stride").fill("2")
    desk.get_by_label("stride").press("Tab")
    assert desk.locator('[aria-label^="output z, row"]').count() == 4
    desk.get_by_label("stride").fill("9")
    desk.get_by_label("stride").press("Tab")
    assert "expected a whole number from 1 to 3" in desk.locator(".says").inner_text()
    desk.get_by_role("button", name="reset").click()
    assert value(desk, "error δ", 1, 1) == 0 and desk.locator('[aria-label^="output z, row"]').count() == 9


def test_an_error_says_what_it_sends_and_returns_after_a_change_of_size(visit):
    desk = opened(visit("desk", "desktop"))
    cell(desk, "error δ", 2, 1).hover()  # its pixels, 7, 8, 0 and 2, are not its weights
    assert desk.locator(".says").inner_text() == (
        "error δ(2, 1) = 3 sends 3·1 to a(2, 1), 3·2 to a(2, 2), 3·3 to a(3, 1), 3·4 to a(3, 2)"
    )
    for stride in "21":
        desk.get_by_label("stride").fill(stride)
        desk.get_by_label("stride").press("Tab")
    assert value(desk, "error δ", 2, 2) == -2 and value(desk, "error δ", 1, 2) == 1
    desk.get_by_label("stride").fill("3")
    desk.get_by_label("stride").press("Tab")
    cell(desk, "image a", 3, 3).hover()
    assert desk.locator(".says").inner_text() == "pixel (3, 3) fed no output; ∂ℒ/∂a = 0"


def test_no_gradient_is_named_where_none_is_shown(visit):
    desk = opened(visit("00_forward", "desktop"))
    cell(desk, "image a", 1, 1).hover()
    assert "∂" not in desk.locator(".says").inner_text()
    cell(desk, "kernel w", 1, 1).hover()
    assert "∂" not in desk.locator(".says").inner_text()


def test_the_slider_steps_through_all_places(visit):
    desk = opened(visit("06_weight_gradient", "desktop"))
    slider = desk.get_by_role("slider")
    assert desk.locator(".count").inner_text() == "1 of 4 (kernel w)"
    slider.fill("3")
    assert "weight w(1, 1) met a(1, 1), a(1, 2), a(2, 1), a(2, 2)" in desk.locator(".says").inner_text()
    assert slider.get_attribute("aria-valuetext") == "4 of 4 (kernel w)"


def test_the_address_brings_a_state_back(visit, browser):
    tab = visit("03_delta_rule", "desktop")
    desk = opened(tab)
    cell(desk, "kernel w", 1, 0).dblclick()
    tab.keyboard.type("8")
    tab.keyboard.press("Enter")
    cell(desk, "image a", 1, 1).hover()
    tab.wait_for_function("decodeURIComponent(location.hash).includes('\"u\":1')")
    link = tab.url
    other = browser.new_page()
    other.goto(link)
    again = opened(other)
    assert value(again, "kernel w", 1, 0) == 8 and lit(again) == CENTRE
    for nonsense in ("nonsense", '{"place": {"array": "x"}}', '{"a": 1, "stride": 99}'):
        other.goto(link.split("#")[0] + "#desk0=" + nonsense)
        other.reload()
        assert value(opened(other), "kernel w", 1, 0) == 3
    other.close()


def test_a_kernel_is_named_by_both_channels(visit):
    desk = opened(visit("05_tensors", "desktop"))
    cell(desk, "image a 1", 0, 0).hover()
    words = desk.locator(".says").inner_text()
    assert "z₀(0, 0) through w₀₁(0, 0)" in words and "z₂(0, 0) through w₂₁(0, 0)" in words
    assert "kernel w₂₁, row 0, column 0" in lit(desk) and "kernel w₂₀, row 0, column 0" not in lit(desk)


def test_desks_of_a_group_move_together(visit):
    tab = visit("04_flip", "desktop")
    one, other = opened(tab, 0), opened(tab, 1)
    cell(one, "image a", 2, 2).hover()  # not where they start
    assert "z(1, 1) through w(1, 1)" in one.locator(".says").inner_text()
    assert "z(1, 1) through w(0, 0)" in other.locator(".says").inner_text()


def test_a_pooling_desk_shows_the_winner_of_a_window(visit):
    desk = opened(visit("02_pooling", "desktop"))
    assert desk.locator(".window").count() > 1
    words = desk.locator(".says").inner_text()
    desk.get_by_role("button", name="switch to the mean").click()
    assert desk.locator(".says").inner_text() != words and desk.locator(".window").count() == 0


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", ["desk", *TOUCHED])
def test_it_fits_a_phone_and_a_finger(visit, page, theme):
    tab = visit(page, "phone", theme)
    desk = opened(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    box = desk.bounding_box()
    for grid in desk.locator("svg").all():
        inner = grid.bounding_box()
        assert inner["x"] >= box["x"] - 1 and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
    first = desk.locator('[role="button"]').first.bounding_box()
    assert min(first["width"], first["height"]) >= 24


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", ["desk", "02_pooling", *TOUCHED, "07_bias_gradient", "10_hidden_errors"])
def test_axe_finds_nothing_against_it(visit, page, theme):
    tab = visit(page, "desktop", theme)
    opened(tab)
    found = axe.Axe().run(tab, context="cnnlab-desk").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []


NAMES = {"a": "image a", "w": "kernel w", "b": "bias b", "delta": "error δ"}


def numbers(desk):
    """Return the element's state as arrays, and its results."""
    state = desk.evaluate("d => d.state")
    return {name: np.array(state[name]) for name in NAMES}, desk.evaluate("d => d.result"), state


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", TOUCHED)
def test_on_a_phone_it_is_driven_through_and_stays_right(visit, page, theme):
    """Slider to the end, a change in each array by the keyboard, the switch where there is one, reset."""
    tab = visit(page, "phone", theme)
    desk = opened(tab)
    words = desk.locator(".says").inner_text()
    slider = desk.get_by_role("slider")
    slider.fill(slider.get_attribute("max"))
    assert desk.locator(".says").inner_text() != words and desk.locator(".on").count() > 1
    first, _, state = numbers(desk)
    shown = [name for name in NAMES if name in state["show"]]
    for k, name in enumerate(shown):
        desk.locator(f'[role="button"][aria-label^="{NAMES[name]}"]').last.focus()
        tab.keyboard.press("Enter")
        tab.keyboard.type(str(5 + k))
        tab.keyboard.press("Enter")
    now, found, state = numbers(desk)
    assert all(now[name].ravel()[-1] == 5 + k for k, name in enumerate(shown))
    expected = desks.desk(
        now["a"], now["w"], now["delta"], now["b"], show=state["show"], label="-", verb=state["verb"],
        stride=state["stride"], padding=state["padding"], dilation=state["dilation"],
    ).state["results"]  # fmt: skip
    assert all(np.allclose(found[name], expected[name]) for name in expected)
    desk.get_by_role("button", name="reset").click()
    assert all((numbers(desk)[0][name] == first[name]).all() for name in NAMES)


def test_the_matrix_of_windows_shows_every_copy_of_a_pixel_and_where_a_copy_goes(visit):
    tab = visit("08_vectorization", "desktop")
    desk = opened(tab)
    cell(desk, "image a", 1, 1).hover()
    copies = [name for name in lit(desk) if name.startswith("im2col(a)")]
    assert sorted(copies) == [f"im2col(a), row {k}, column {3 - k}" for k in range(4)]
    cell(desk, "im2col(a)", 2, 1).hover()
    assert desk.locator(".says").inner_text().endswith("column of weight (0, 1): a copy of pixel (1, 1), 4")
    cell(desk, "δ · w", 2, 1).focus()
    words = "row of window (1, 0), column of weight (0, 1): 2·2 = 4, to be added to pixel (1, 1)"
    assert desk.locator(".says").inner_text() == words
    assert "∂ℒ/∂a, row 1, column 1" in lit(desk)
    tab.keyboard.press("ArrowDown")
    assert "window (1, 1)" in desk.locator(".says").inner_text()
    tab.keyboard.press("ArrowDown")  # there is no further row
    assert "window (1, 1)" in desk.locator(".says").inner_text()


def test_the_kernel_turns_at_once_for_who_wants_no_motion(visit):
    tab = visit("03_delta_rule", "desktop")
    kernel = opened(tab).locator(".turnable").first
    duration = "g => getComputedStyle(g).transitionDuration"
    assert kernel.evaluate(duration) == "0.9s"
    tab.emulate_media(reduced_motion="reduce")
    assert kernel.evaluate(duration) == "0s"


def test_without_scripts_the_still_picture_stands_there(browser, address):
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{address}/03_delta_rule.html")
    assert tab.locator("cnnlab-desk .cnnlab-figure svg").count() == 5
    context.close()


def test_a_move_over_a_digit_touches_only_what_changes(visit):
    tab = visit("desk", "desktop")
    touched = tab.evaluate(
        """() => { const desk = document.querySelectorAll("cnnlab-desk")[1]; let changes = 0;
        const count = new MutationObserver((list) => { changes += list.length; });
        count.observe(desk, {attributes: true, subtree: true});
        desk.light({array: "z", f: 0, x: 10, y: 10});
        return new Promise((done) => setTimeout(() => done(changes), 50)); }"""  # of 1,385 cells
    )
    assert 0 < touched < 400
