"""Animations show the numbers that the package computes; every figure of the package stands in the book."""

import re
from pathlib import Path

import numpy as np
import pytest

from cnnlab import gradients, max_pool2d, max_pool2d_backward
from cnnlab.reference import convolve2d, correlate2d

figures = pytest.importorskip("cnnlab.figures")
from cnnlab.figures._drawing import number  # noqa: E402

BOOK = Path(__file__).parents[1] / "book"

A = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]])
W = np.array([[1, -2, 0], [3, 4, -1]])


def values(grid):
    return [[cell.value for cell in row] for row in grid.rows]


def marks(grid):
    return {(x, y) for x, row in enumerate(grid.rows) for y, cell in enumerate(row) if cell.mark == "on"}


@pytest.mark.parametrize(
    ("animation", "result"),
    [
        (figures.forward.animate_forward(A, W), correlate2d(A, W)),
        (figures.flip.animate_true_convolution(A, W), convolve2d(A, W, "valid")),
        (figures.delta_rule.animate_delta_rule(W, [[1, 2], [3, 4]]), convolve2d(W, [[1, 2], [3, 4]])),
    ],
    ids=["forward", "true convolution", "delta rule"],
)
def test_a_sliding_kernel_adds_up_what_it_says(animation, result):
    assert len(animation.frames) == result.size
    for place, frame in zip(np.ndindex(result.shape), animation.frames, strict=True):
        image, grown = frame.grids
        covered = [cell for row in image.rows for cell in row if cell.mark == "on"]
        assert (
            sum(cell.value * int(cell.small.removeprefix("× ").replace("−", "-")) for cell in covered)
            == result[place]
        )
        assert marks(grown) == {place} and grown.rows[place[0]][place[1]].value == result[place]
        assert frame.text.endswith(f"= {number(result[place])}")
    assert values(animation.frames[-1].grids[1]) == result.tolist()


def test_the_windows_of_max_pooling_hand_on_all_errors():
    dp = np.array([[1, -2, 3], [2, 4, -1]])
    animation = figures.pooling.animate_max_pooling(A, dp, size=2, stride=1)
    argmax = max_pool2d(A.reshape(1, 3, 4, 1), 2, stride=1)[1]
    da = max_pool2d_backward(dp.reshape(1, 2, 3, 1), argmax, (1, 3, 4, 1), 2, stride=1)
    assert values(animation.frames[-1].grids[2]) == da[0, :, :, 0].tolist()
    assert marks(animation.frames[-1].grids[0]) == {(1, 2), (1, 3), (2, 2), (2, 3)}


def test_nudging_measures_the_gradient():
    point = np.array([[2, 5], [4, 1]])
    f = lambda x: x[0, 0] * x[0, 1] + x[1, 0] ** 2 - 3 * x[1, 1]  # noqa: E731
    animation = figures.gradients.animate_differences(f, point)
    expected = gradients.numerical_gradient(f, point.astype(float), step=1.0)
    assert values(animation.frames[-1].grids[1]) == expected.tolist()


def test_an_animation_is_the_same_at_each_run_and_safe_in_a_page():
    make = lambda text: figures.Animation("a <label>", [figures.Frame([], text)])  # noqa: E731
    page = make("1 < 2")._repr_html_()
    assert page == make("1 < 2")._repr_html_() and "1 &lt; 2" in page and "a &lt;label&gt;" in page
    name = re.compile(r'id="([\w-]+)"')
    assert name.findall(page) != name.findall(make("2 < 1")._repr_html_())
    assert page.count("visibility: visible") == 1 and page.count('class="frame now"') == 1


def test_every_figure_stands_in_the_book_under_its_chapters_name():
    pages = "".join(
        path.read_text(encoding="utf-8") for path in [*BOOK.glob("*.ipynb"), *BOOK.glob("_parked/*.ipynb")]
    )
    drawn = [
        f"figures.{module.__name__.split('.')[-1]}.{name}("
        for module in figures.CHAPTERS
        for name, function in vars(module).items()
        if getattr(function, "__module__", None) == module.__name__ and name[0].islower()
    ]
    assert len(drawn) > 20 and [call for call in drawn if call not in pages] == []
