"""The built pages in a browser: what stands on the first screen, how much code is open, what a key does.

`make test-browser` installs what this needs and builds the book if there is none.
"""

import re

import pytest
from helpers.pages import CHAPTERS, PAGES, SCREENS

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

screens = pytest.mark.parametrize("screen", SCREENS)


@screens
@pytest.mark.parametrize("page", ["index", *CHAPTERS])
def test_the_first_screen_shows_the_question_and_the_picture(look, page, screen):
    tab = look(page, screen)
    box = lambda selector: tab.locator(selector).first.bounding_box()  # noqa: E731
    height = SCREENS[screen][1]
    title, picture = box("article h1"), box("article .cnnlab-figure, article .cell_output img")
    assert title["y"] + title["height"] < height
    seen = min(height, picture["y"] + picture["height"]) - picture["y"]
    assert seen >= min(picture["height"], 0.4 * height), (picture, seen)
    assert picture["y"] < height / 2


@screens
@pytest.mark.parametrize("page", CHAPTERS)
def test_open_code_is_at_most_a_fifth_of_a_page(look, page, screen):
    share = look(page, screen).evaluate(
        """() => {
          const open = [...document.querySelectorAll("article div.cell_input, article div.highlight-python")]
            .filter((e) => !e.closest("details:not([open])") && !e.parentElement.closest(".cell_input"));
          const sum = open.reduce((total, e) => total + e.getBoundingClientRect().height, 0);
          return sum / document.querySelector("article").getBoundingClientRect().height;
        }"""
    )
    print(f"{page} on a {screen}: {share:.1%} open code")
    assert 0 < share <= 0.2


@screens
@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_wider_than_the_column(look, page, screen):
    tab = look(page, screen)
    assert tab.evaluate("document.documentElement.scrollWidth") <= SCREENS[screen][0]
    wide = tab.evaluate(
        """() => [...document.querySelectorAll("article figure, article .cnnlab-figure svg, article img")]
          .filter((e) => e.getBoundingClientRect().right > window.innerWidth + 1).length"""
    )
    assert wide == 0


@pytest.mark.parametrize("page", PAGES)
def test_letters_in_pictures_can_be_read_on_a_phone(look, page):
    """At least 11 pixels: drawings are measured; for matplotlib's letters see `figures._style`."""
    sizes = look(page, "phone").evaluate(
        """() => [
          ...[...document.querySelectorAll("article .cnnlab-figure svg text, article cnnlab-desk svg text")]
            .filter((e) => e.getBoundingClientRect().height)
            .map((e) => [e.textContent, parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a]),
          ...[...document.querySelectorAll("article .cell_output img")]
            .map((e) => [e.alt.slice(0, 40),
              (e.naturalWidth > 800 ? 12 : 9) * (96 / 72) * 2 * e.clientWidth / e.naturalWidth]),
        ]"""
    )
    assert [(words, size) for words, size in sizes if size < 11] == []


@pytest.mark.parametrize(("screen", "theme"), [("desktop", "light"), ("phone", "dark")])
@pytest.mark.parametrize("page", [*PAGES, "bibliography", "search", "404"])
def test_axe_finds_nothing_against_a_page(look, page, screen, theme):
    tab = look(page, screen, theme)
    tab.wait_for_timeout(100)  # until what scrolls can be reached by a key
    found = axe.Axe().run(tab).response["violations"]
    assert [(one["id"], [node["html"][:80] for node in one["nodes"]]) for one in found] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@screens
def test_the_map_leads_to_every_chapter(visit, screen, theme):
    tab = visit("index", screen, theme)
    nodes = tab.locator(".cnnlab-map a")
    assert [node.get_attribute("href") for node in nodes.all()] == [f"{page}.html" for page in CHAPTERS]
    assert min(node.bounding_box()["height"] for node in nodes.all()) >= 40  # room for a finger
    found = axe.Axe().run(tab, context=".cnnlab-map").response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
    nodes.nth(9).click()
    tab.wait_for_url("**/09_general_layer.html")
    tab.go_back()
    nodes.nth(3).focus()
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/03_delta_rule.html")


@pytest.mark.parametrize("page", CHAPTERS)
def test_formulas_are_as_large_as_the_text_around_them(look, page):
    sizes = look(page, "phone").evaluate(
        """() => [...document.querySelectorAll('mjx-container[display="true"]')].map((e) => [
          getComputedStyle(e).fontSize, getComputedStyle(e.closest("section")).fontSize
        ].map(parseFloat))"""
    )
    assert sizes and all(formula >= 0.99 * text for formula, text in sizes)


@pytest.mark.parametrize("page", CHAPTERS)
def test_equations_and_figures_carry_the_number_of_their_chapter(look, page):
    tab, chapter = look(page, "desktop"), str(int(page[:2]))
    numbers = [re.sub(r"[^\d.]", "", text) for text in tab.locator("article span.eqno").all_inner_texts()]
    assert numbers == [f"{chapter}.{k}" for k in range(1, len(numbers) + 1)]
    captions = tab.locator("article figure span.caption-number").all_inner_texts()
    assert [c.split()[-1] for c in captions] == [f"{chapter}.{k}" for k in range(1, len(captions) + 1)]
    assert tab.locator("article h1").inner_text().startswith(f"{chapter} · ")


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_proof_is_one_line_that_a_key_opens(visit, page):
    tab = visit(page, "desktop")
    lines = tab.locator("details.folded > summary")
    texts = lines.all_inner_texts()
    assert all(re.search(r"— (show|see)", text) for text in texts)
    shut = "document.querySelectorAll('details.folded[open]').length"
    assert tab.evaluate(shut) == 0
    proof = tab.locator("details.proof > summary").first
    assert re.match(r"✓ \(\d+\.\d+\)", proof.inner_text())
    proof.focus()
    tab.keyboard.press("Enter")
    assert tab.evaluate(shut) == 1 and tab.locator("details.folded[open] .cell_input").first.is_visible()


def test_a_refutation_looks_different_from_a_proof(look):
    tab = look("03_delta_rule", "desktop")
    proof, refutation = (tab.locator(f"details.{kind} > summary").first for kind in ("proof", "refutation"))
    assert refutation.inner_text().startswith("✗ ") and "fails" in refutation.inner_text()
    style = "e => getComputedStyle(e.parentElement).borderLeftStyle"
    assert proof.evaluate(style) != refutation.evaluate(style)


def sheets(tab, paper="A4"):
    """Print a page; return how many sheets it takes."""
    margin = dict.fromkeys(("top", "right", "bottom", "left"), "12mm")  # as book.css asks a printer for
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", tab.pdf(format=paper, margin=margin)))


def test_a_chapter_prints_on_few_sheets_with_nothing_cut_and_no_answer_shown(visit):
    tab = visit("02_pooling", "desktop")
    assert sheets(tab) <= 12
    tab.emulate_media(media="print")
    tab.set_viewport_size({"width": 700, "height": 1000})  # about a sheet of A4
    cut = tab.evaluate(
        """() => [...document.querySelectorAll("article :is(pre, table, figure, mjx-container[display])")]
          .filter((e) => e.offsetWidth && e.scrollWidth > e.clientWidth + 2 && e.clientWidth).length"""
    )
    assert cut == 0
    answers = tab.locator("article details.sd-dropdown .sd-summary-content, article .solution pre")
    assert answers.count() >= 3 and not any(box.is_visible() for box in answers.all())


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_formula_card_prints_on_one_page(visit, paper):
    assert sheets(visit("card", "desktop"), paper) == 1


def test_a_link_to_a_folded_proof_leads_to_its_line(visit):
    tab = visit("errata", "desktop")
    tab.locator("a[href*='03_delta_rule.html#refutes-s20']").first.click()
    tab.wait_for_url("**/03_delta_rule.html#refutes-s20")
    tab.wait_for_function(  # the theme scrolls smoothly, and formulas still take their height
        """() => { const y = document.querySelector("summary:has(#refutes-s20)").getBoundingClientRect().y;
        return y >= 0 && y < innerHeight / 2; }"""
    )
    assert tab.locator("summary:has(#refutes-s20)").is_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_drawings_have_no_slab_and_take_the_colours_of_the_page(look, theme):
    tab = look("02_pooling", "phone", theme)
    grounds = tab.evaluate(
        """() => [...document.querySelectorAll("article .cell_output, article .cell_output .text_html")]
          .filter((e) => e.querySelector(".cnnlab-figure, .cnnlab-animation"))
          .map((e) => getComputedStyle(e).backgroundColor)"""
    )
    assert grounds and set(grounds) <= {"rgba(0, 0, 0, 0)", "transparent"}
    ink = tab.locator(".cnnlab-figure text").first.evaluate("e => getComputedStyle(e).fill")
    assert ink == {"light": "rgb(34, 37, 42)", "dark": "rgb(228, 230, 233)"}[theme]
