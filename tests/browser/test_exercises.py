"""The exercises on their pages: numbers, folded solutions, and reports that everyone can read."""

import re

import pytest
from helpers.pages import CHAPTERS

from cnnlab.exercises import check

axe = pytest.importorskip("axe_playwright_python.sync_playwright")


@pytest.mark.parametrize("page", CHAPTERS)
def test_exercises_carry_the_number_of_their_chapter_and_a_key_opens_a_solution(visit, page):
    tab = visit(page, "phone")
    titles = tab.locator("article .exercise > .admonition-title").all_inner_texts()
    numbers = [re.match(r"Exercise (\S+)", title)[1] for title in titles]
    assert numbers == [f"{int(page[:2])}.{k}" for k in range(1, len(numbers) + 1)] and numbers
    solutions = tab.locator("article .solution div.highlight")
    assert solutions.count() == len(numbers)
    assert not any(solution.is_visible() for solution in solutions.all())
    tab.locator("article .solution button.toggle-button").first.focus()
    tab.keyboard.press("Enter")
    assert solutions.first.is_visible()


@pytest.mark.parametrize("page", CHAPTERS)
def test_every_starter_says_not_yet(look, page):
    tab = look(page, "desktop")
    reports = tab.locator("article .cnnlab-report")
    assert reports.count() >= 3
    assert all("not yet" in text for text in reports.all_inner_texts())


def wrong():
    """Return a report with grids, code, and something that was printed."""

    def bias_grad(delta):
        print("<b>printed</b>")
        return delta.mean(axis=(0, 1, 2))

    return check("bias_grad", bias_grad)._repr_html_()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("screen", ["desktop", "phone"])
def test_axe_finds_nothing_against_an_exercise_and_a_report(visit, screen, theme):
    tab = visit("07_bias_gradient", screen, theme)
    tab.evaluate("html => document.querySelector('article .cnnlab-report').outerHTML = html", wrong())
    report = tab.locator("article .cnnlab-report.failed")
    assert report.locator("td.wrong").count() == 1 and report.locator("b").count() == 0
    box, column = report.bounding_box(), tab.locator("article").bounding_box()
    assert box["width"] <= column["width"]
    for context in (".cnnlab-report.failed", ".cnnlab-report.wait", ".exercise"):
        found = axe.Axe().run(tab, context=context).response["violations"]
        assert [(v["id"], v["nodes"][0]["html"][:120]) for v in found] == []
