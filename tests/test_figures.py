"""Animations show the numbers that the package computes; every figure of the package stands in the book."""

import re
from pathlib import Path

import numpy as np
import pytest

from cnnlab import gradients, max_pool2d, max_pool2d_backward
from cnnlab.reference import convolve2d, correlate2d

figures = pytest.importorskip("cnnlab.figures")

BOOK = Path(__file__).parents[1] / "book"

A = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]])
W = np.array([[1, -2, 0], [3, 4, -1]])


def values(grid):
    return [[cell.value for cell in row] for row in grid.rows]


def marks(grid):
    return {(x, y) for x, row in enumerate(grid.rows) for y, cell in enumerate(row) if cell.mark == "on"}


def test_nudging_measures_the_gradient():
    point = np.array([[2, 5], [4, 1]])
    f = lambda x: x[0, 0] * x[0, 1] + x[1, 0] ** 2 - 3 * x[1, 1]  # noqa: E731
    animation = figures.gradients.animate_differences(f, point)
    expected = gradients.numerical_gradient(f, point.astype(float), step=1.0)
    assert values(animation.frames[-1].grids[1]) == expected.tolist()


def test_a_desk_starts_from_the_numbers_of_the_package():
    rng = np.random.default_rng(0)
    a, w = rng.integers(-9, 10, (2, 6, 5)), rng.integers(-9, 10, (3, 2, 2, 3))
    delta, b = rng.integers(-9, 10, (3, 5, 3)), rng.integers(-9, 10, 3)
    for verb in "⋆∗":
        state = figures.desk.desk(a, w, delta, b, show=["z"], label="-", verb=verb).state
        forward = correlate2d if verb == "⋆" else lambda a, w: convolve2d(a, w, "valid")
        back = convolve2d if verb == "⋆" else lambda d, w: correlate2d(d, w, "full")
        turn = (lambda g: g) if verb == "⋆" else (lambda g: g[::-1, ::-1])
        for f in range(3):
            assert state["results"]["z"][f] == (sum(forward(a[c], w[f, c]) for c in range(2)) + b[f]).tolist()
            assert state["results"]["db"][f] == delta[f].sum()
            for c in range(2):
                assert state["results"]["dw"][f][c] == turn(correlate2d(a[c], delta[f])).tolist()
        for c in range(2):
            assert state["results"]["da"][c] == sum(back(delta[f], w[f, c]) for f in range(3)).tolist()
    state = figures.desk.pooling_desk(A, [[1, -2, 3], [2, 4, -1]], size=2, stride=1, label="-").state
    argmax = max_pool2d(A.reshape(1, 3, 4, 1), 2, stride=1)[1]
    dp = np.array([[1, -2, 3], [2, 4, -1]]).reshape(1, 2, 3, 1)
    da = max_pool2d_backward(dp, argmax, (1, 3, 4, 1), 2, stride=1)
    assert state["results"]["da"][0] == da[0, :, :, 0].tolist()


def test_a_desk_is_the_same_at_each_run_and_safe_in_a_page():
    make = lambda label: figures.desk.desk(A, W, [[1, 2], [3, 4]], show=["a", "da"], label=label)  # noqa: E731
    page = make("a <label>")._repr_html_()
    assert page == make("a <label>")._repr_html_() and "a &lt;label&gt;" in page
    still = page[page.index("<div") : page.index("</cnnlab-desk>")]
    assert still.count("<svg") == 2 and ">9<" in still  # what stands there without JavaScript
    assert page.count("<script") == 2 and "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_an_animation_is_the_same_at_each_run_and_safe_in_a_page():
    make = lambda text: figures.Animation("a <label>", [figures.Frame([], text)])  # noqa: E731
    page = make("1 < 2")._repr_html_()
    assert page == make("1 < 2")._repr_html_() and "1 &lt; 2" in page and "a &lt;label&gt;" in page
    name = re.compile(r'id="([\w-]+)"')
    assert name.findall(page) != name.findall(make("2 < 1")._repr_html_())
    assert page.count("visibility: visible") == 1 and page.count('class="frame now"') == 1


def test_every_figure_stands_in_the_book_under_its_chapters_name():
    pages = "".join(path.read_text(encoding="utf-8") for path in BOOK.glob("*.ipynb"))
    drawn = [
        f"figures.{module.__name__.split('.')[-1]}.{name}("
        for module in figures.CHAPTERS
        for name, function in vars(module).items()
        if getattr(function, "__module__", None) == module.__name__ and name[0].islower()
    ]
    assert len(drawn) > 20 and [call for call in drawn if call not in pages] == []
