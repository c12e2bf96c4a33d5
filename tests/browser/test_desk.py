"""The desk: its arithmetic against cnnlab, and the element by mouse, touch and keyboard."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from test_pages import SCREENS, address, browser, visit  # noqa: F401  (fixtures)

from cnnlab.figures import desk as desks

SOURCE = Path(__file__).parents[2] / "browser" / "desk.js"


def random_states(count):
    """Yield states of all kinds whose expected results cnnlab has computed."""
    rng = np.random.default_rng(11)
    integers = lambda *shape: rng.integers(-9, 10, shape)  # noqa: E731
    for k in range(count):
        stride, padding, dilation = (int(rng.integers(low, high)) for low, high in ((1, 4), (0, 3), (1, 3)))
        H, W = (int(v) for v in rng.integers(5, 9, 2))
        if k % 4 == 0:
            size = int(rng.integers(1, 4))
            shape = ((H - size) // stride + 1, (W - size) // stride + 1)
            kind = "max" if k % 8 else "mean"
            made = desks.pooling_desk(
                integers(H, W), integers(*shape), size=size, stride=stride, label="-", kind=kind
            )
        else:
            C, F, KH, KW = (int(v) for v in rng.integers(1, 4, 4))
            span = lambda n, m, s=stride, p=padding, d=dilation: (n + 2 * p - d * (m - 1) - 1) // s + 1  # noqa: E731
            shape = (F, span(H, KH), span(W, KW))
            if min(shape) < 1:
                continue
            made = desks.desk(
                integers(C, H, W), integers(F, C, KH, KW), integers(*shape), integers(F),
                show=["z"], label="-", stride=stride, padding=padding, dilation=dilation, verb="⋆∗"[k % 2],
            )  # fmt: skip
        yield made.state


STATES = list(random_states(560))
COMPARE = """
const worst = (one, other) => Array.isArray(one)
  ? one.length === other.length ? Math.max(0, ...one.map((value, k) => worst(value, other[k]))) : Infinity
  : Math.abs(one - other);
const compare = (desk, states) => Math.max(...states.map((s) => {
  const r = desk.compute(s);
  return Math.max(...Object.keys(s.results).map((name) => worst(s.results[name], r[name])));
}));
"""


def test_its_arithmetic_is_cnnlabs_under_node(tmp_path):
    if not shutil.which("node"):
        pytest.skip("Node is not installed")
    assert len(STATES) >= 500
    shutil.copy(SOURCE, tmp_path / "desk.mjs")
    (tmp_path / "states.json").write_text(json.dumps(STATES), encoding="utf-8")
    (tmp_path / "run.mjs").write_text(
        'import * as desk from "./desk.mjs"; import { readFileSync } from "fs";'
        + COMPARE
        + 'console.log(compare(desk, JSON.parse(readFileSync("states.json"))));',
        encoding="utf-8",
    )
    run = subprocess.run(["node", "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert float(run.stdout) < 1e-9


def test_its_arithmetic_is_cnnlabs_in_a_browser(browser, address):  # noqa: F811
    tab = browser.new_page()
    tab.goto(f"{address}/index.html")
    worst = tab.evaluate(
        "async ([source, states]) => {"
        + COMPARE
        + 'const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));'
        + "return compare(await import(url), states); }",
        [SOURCE.read_text(encoding="utf-8"), STATES],
    )
    tab.close()
    assert worst < 1e-9


def test_a_wrong_sum_would_be_noticed(browser, address):  # noqa: F811
    tab = browser.new_page()
    tab.goto(f"{address}/index.html")
    wrong = SOURCE.read_text(encoding="utf-8").replace(
        "da[t.c][t.u][t.v] += delta * w", "da[t.c][t.u][t.v] += delta * a"
    )
    worst = tab.evaluate(
        "async ([source, states]) => {"
        + COMPARE
        + 'const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));'
        + "return compare(await import(url), states); }",
        [wrong, STATES[1:20]],
    )
    tab.close()
    assert worst > 1
