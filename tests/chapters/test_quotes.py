"""What is quoted is what runs: quoted lines are executed by the call that the text names beside them.

Before a quoted block the text says "`function` in `cnnlab/file.py`, run by `call`" (the file may have been
named before), and a code cell of the chapter has that very call.
"""

import ast
import contextlib
import io
import re
import sys

import matplotlib
import matplotlib.pyplot as plt
import pytest
from chapters.test_book import bare
from helpers.notebooks import BOOK, NUMBERED, ROOT, read, spine, texts

from cnnlab import convolution, fast, pooling

FILE = re.compile(r"`(cnnlab/[\w/]+\.py)`")
RUN_BY = re.compile(r"`(\w+)`(?: in `cnnlab/[\w/]+\.py`)?, run (?:twice )?by `([^`]+)`")
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)


def quotes(path):
    """Yield (block, function, file, call) for each quoted block of a chapter, by the text before it."""
    for text in texts(path):
        for found in BLOCK.finditer(text):
            files, runs = FILE.findall(text, 0, found.start()), RUN_BY.findall(text, 0, found.start())
            function, call = runs[-1] if runs else ("", "")
            yield found[1], function, files[-1] if files else "", call


QUOTING = [path for path in NUMBERED if list(quotes(path))]
quoting = pytest.mark.parametrize("path", QUOTING, ids=lambda path: path.stem)


def lines_of(block, function, file):
    """Return the numbers of the lines of a function that a block quotes, of each statement the first."""
    source = (ROOT / file).read_text(encoding="utf-8")
    node = next(n for n in ast.walk(ast.parse(source)) if getattr(n, "name", None) == function)
    lines = source.splitlines()
    kept = [k for k in range(node.lineno, node.end_lineno + 1) if bare(lines[k - 1].split("#")[0])]
    for start in range(len(kept)):
        quoted = kept[start : start + len(bare(block))]
        if bare("\n".join(lines[k - 1] for k in quoted)) == bare(block):
            statements = [n for part in node.body for n in ast.walk(part) if isinstance(n, ast.stmt)]
            documentation = node.body[0].lineno if ast.get_docstring(node) else 0
            return {n.lineno for n in statements if n.lineno in quoted} - {documentation}
    raise AssertionError(f"{function} in {file} does not have\n{block}")


def executed(call, namespace, file):
    """Return the lines of a file that a call executes."""
    name, seen = str(ROOT / file), set()

    def trace(frame, event, _):
        if frame.f_code.co_filename != name:
            return None
        seen.add(frame.f_lineno)
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        eval(compile(call, "<call>", "eval"), namespace)
    finally:
        sys.settrace(before)
    return seen


def squeezed(code):
    return re.sub(r"\s+", "", code)


def not_run(path):
    """Say what a chapter quotes and the call that it names does not execute."""
    waiting, wrong, namespace = list(quotes(path)), [], {}
    matplotlib.use("Agg")
    for cell in read(path).cells:
        tags = set(cell.metadata.get("tags", []))
        if cell.cell_type != "code" or "nbval-ignore-output" in tags:
            continue
        here = [quote for quote in waiting if squeezed(quote[3]) in squeezed(cell.source)]
        hidden = tags & {"remove-cell", "remove-input"} and "figures" not in cell.source
        if (spine.marks(cell.source) or hidden) and not here:
            continue  # open code needs none of these
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(cell.source, path.stem, "exec"), namespace)
            for block, function, file, call in here:
                if left := lines_of(block, function, file) - executed(call, namespace, file):
                    wrong.append(f"{call} does not run lines {sorted(left)} of {file}:\n{block}")
        waiting = [quote for quote in waiting if quote not in here]
        if not waiting:
            break
    plt.close("all")
    return wrong + [f"no cell has the call {call!r}" for *_, call in waiting]


@quoting
def test_every_quote_says_where_it_is_from_and_what_runs_it(path):
    for block, function, file, call in quotes(path):
        assert function and file and call, block


@quoting
def test_quoted_lines_are_run_by_the_call_that_the_text_names(path, monkeypatch):
    monkeypatch.chdir(BOOK)  # where a notebook runs
    assert not_run(path) == []


class Fast:
    """`cnnlab.fast`, which takes integers, too: it makes floats of them."""

    def __getattr__(self, name):
        self.checked = lambda *values: getattr(fast, name).checked(*map(as_float, values))
        return self


def as_float(value):
    return value.astype(float) if getattr(value, "ndim", 0) and value.dtype.kind in "iu" else value


@pytest.mark.parametrize(
    "path", [path for path in QUOTING if path.stem[:2] in "00 02 03 05 06 07 08 09"], ids=lambda p: p.stem
)
def test_a_call_that_takes_another_way_is_seen(path, monkeypatch):
    monkeypatch.chdir(BOOK)
    for module in (convolution, pooling):
        monkeypatch.setattr(module, "choose", lambda g, dtype: Fast())
    assert any("does not run lines" in line for line in not_run(path))


def test_a_quote_of_another_function_is_seen():
    with pytest.raises(AssertionError, match="conv2d in .* does not have"):
        lines_of("da = np.zeros(g.image, dtype=delta.dtype)\n", "conv2d", "cnnlab/textbook.py")
    assert lines_of("da = np.zeros(g.image, dtype=delta.dtype)\n", "conv2d_input_grad", "cnnlab/textbook.py")
