"""What runs a page's cells in a browser, here without one: what it shows, tells, and holds back."""

import json
import subprocess
import sys

import pytest
from helpers.notebooks import BOOK, NUMBERED, ROOT, code_cells, read

SOURCE = ROOT / "browser" / "python" / "runner.py"
START = f"""
import json, sys
said = []
space = {{"__name__": "runner", "post": lambda text: said.append(json.loads(text))}}
exec(compile(open({str(SOURCE)!r}, encoding="utf-8").read(), "runner.py", "exec"), space)
run, needs = space["run"], space["needs"]
"""


def told(code):
    """Run code beside the runner in a Python of its own; return what it prints, as JSON."""
    command = [sys.executable, "-X", "utf8", "-c", START + code]
    done = subprocess.run(command, cwd=BOOK, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def shown(source):
    """Return whether a cell came to its end, and what it has sent."""
    return told(f"print(json.dumps([run({source!r}, '<cell 0>'), said]))")


def test_the_last_value_is_shown_and_what_is_printed_comes_before_it():
    ended, said = shown("x = 2\nprint('two')\nx + 1")
    assert ended
    assert said[-1] == {"kind": "display", "data": {"text/plain": "3"}}
    assert "".join(m["text"] for m in said[:-1]) == "two\n"
    assert shown("x = 2") == shown("None") == [True, []]


def test_a_report_is_shown_as_on_the_page_without_style():
    _, (display,) = shown("from cnnlab import exercises\nexercises.check('bias_grad', lambda delta: None)")
    assert display["data"]["text/html"].startswith('<div class="cnnlab-report wait"')
    assert "<style" not in display["data"]["text/html"]


def test_a_figure_is_shown_once_and_closed():
    code = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nfigure = plt.gcf()\nfigure"
    ended, said = shown(code)
    pictures = [m for m in said if "image/png" in m.get("data", {})]
    assert ended and len(pictures) == 1 and pictures[0]["width"] > 100
    assert shown(code + "\nplt.close('all')")[1] == []


@pytest.mark.parametrize(
    ("source", "last", "within"),
    [
        ("def f():\n    return 1 / 0\n\nf()", "ZeroDivisionError: division by zero", "line 2, in f"),
        ("x = (1", "SyntaxError: '(' was never closed", "line 1"),
        ("raise SystemExit(3)", "SystemExit: 3", "line 1"),
        ("import cnnlab\ncnnlab.conv2d(1, 2)", "expected (N, H, W, C)", "line 2"),
        ("def f():\n    f()\n\nf()", "RecursionError", "more times"),
    ],
)
def test_an_error_is_told_by_the_readers_own_lines(source, last, within):
    ended, said = shown(source)
    text = said[-1]["text"]
    assert not ended and said[-1]["kind"] == "error"
    assert last in text.splitlines()[-1] and within in text and "<cell 0>" in text
    assert "runner.py" not in text and len(text) < 3000


def test_a_flood_is_cut_and_the_cell_still_ends():
    ended, said = shown("for k in range(200_000):\n    print(k)")
    text = "".join(m["text"] for m in said)
    assert ended and len(text) < 210_000 and text.endswith("(more was printed than fits here)\n")
    assert len(said) < 2000  # in pieces, not line by line


IMPORTS = """import numpy as np
import sympy
from sympy import Sum
from cnnlab import gradients, symbolic

def two(x):
    return sympy.Integer(2) * x

step = gradients.complex_step_gradient
"""


def test_sympy_is_held_back_until_a_cell_uses_it():
    code = """
first = run(IMPORTS, "<cell 0>")
before = "sympy" in sys.modules
cells = "np.ones(3)", "two(3)", "Sum", "symbolic.gradient", "x = 1", "import sympy\\nsympy.pi"
asked = [needs(cell) for cell in cells]
run("np.ones(3)", "<cell 1>")
between = "sympy" in sys.modules
last = run("two(3)", "<cell 2>")
again = run("symbolic.__name__, Sum.__name__", "<cell 3>")
print(json.dumps([first, before, asked, between, last, again, [m.get("data", m) for m in said]]))
"""
    first, before, asked, between, last, again, said = told(code.replace("IMPORTS", repr(IMPORTS)))
    assert first and last and again and not before and not between
    assert asked == [[], ["sympy"], ["sympy"], ["sympy"], [], ["sympy"]]
    assert [m["text/plain"] for m in said[1:]] == ["6", "('cnnlab.symbolic', 'Sum')"]


def test_matplotlib_is_asked_for_by_pictures_that_need_it():
    code = (
        "print(json.dumps([needs('figures.' + name + '.f(1)') for name in ('pooling', 'desk', 'training')]))"
    )
    assert told(code) == [[], [], ["matplotlib"]]


@pytest.mark.parametrize("path", [NUMBERED[3], NUMBERED[7]], ids=lambda path: path.stem)
def test_a_chapter_runs_through_and_says_what_is_stored(path):
    """The rest of them run in a browser: see tests/browser/test_python.py."""
    cells = code_cells(path)
    code = f"""
results = []
for k, source in enumerate({cells!r}):
    said.clear()
    needs(source)
    results.append([run(source, f"<cell {{k}}>"), list(said)])
print(json.dumps(results))
"""
    results = told(code)
    assert all(ended for ended, _ in results), [said for ended, said in results if not ended]
    printed = ["".join(m["text"] for m in said if m["kind"] == "stream") for _, said in results]
    stored = [
        "".join(o.text for o in cell.outputs if o.output_type == "stream")
        for cell in read(path).cells
        if cell.cell_type == "code"
    ]
    assert printed == stored
