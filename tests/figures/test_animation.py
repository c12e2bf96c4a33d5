"""Animations show the numbers that the package computes."""

import numpy as np
import pytest

from cnnlab import gradients

figures = pytest.importorskip("cnnlab.figures")


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


def test_an_animation_is_the_same_at_each_run_and_safe_in_a_page():
    make = lambda text: figures.Animation("a <label>", [figures.Frame([], text)])  # noqa: E731
    page = make("1 < 2")._repr_html_()
    assert page == make("1 < 2")._repr_html_() and "1 &lt; 2" in page and "a &lt;label&gt;" in page
    assert page.count('class="frame now"') == 1  # what stands there without JavaScript
