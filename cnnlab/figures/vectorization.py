"""The pictures of chapter 8: windows as rows of a matrix, and how long each way of computing takes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab._checks import Array
from cnnlab.figures._drawing import CELL, Drawing, Panel


def lowering(a: npt.ArrayLike, w: npt.ArrayLike, window: tuple[int, int]) -> Drawing:
    """Draw an image with one window, the matrix of all windows, and its product with the kernel."""
    image, kernel = np.asarray(a), np.asarray(w)
    (KH, KW), (x, y) = kernel.shape, window
    OH, OW = image.shape[0] - KH + 1, image.shape[1] - KW + 1
    cols = np.array([image[u : u + KH, v : v + KW].ravel() for u, v in np.ndindex(OH, OW)])
    row = x * OW + y

    left = Panel(image.shape[1] * CELL + 12, image.shape[0] * CELL + 36)
    left.text(left.width / 2, 12, "a window …", style="title small")
    inside = lambda u, v: x <= u < x + KH and y <= v < y + KW
    left.grid(6, 30, image, lambda u, v: "a" if inside(u, v) else "line", inside)
    left.frame(6 + y * CELL, 30 + x * CELL, KW * CELL, KH * CELL, "w")
    return Drawing(
        f"An image {image.tolist()} with the {KH} by {KW} window at row {x}, column {y} framed. Beside it a matrix with "
        f"a row for each window; row {row} holds the window's numbers {cols[row].tolist()}. The matrix times the kernel "
        f"as a column, {kernel.ravel().tolist()}, is the column of outputs {(cols @ kernel.ravel()).tolist()}.",
        [left, _product(cols, kernel.ravel(), row)],
    )


def _product(cols: Array, kernel: Array, row: int) -> Panel:
    """The matrix, the kernel as a column, and the outputs; one row is marked."""
    rows, columns = cols.shape
    panel = Panel((columns + 2) * CELL + 56, max(rows, columns) * CELL + 36)
    panel.text(columns * CELL / 2, 12, "… is a row", style="title small")
    panel.grid(0, 30, cols, lambda u, v: "a" if u == row else "line", lambda u, v: u == row)
    x = columns * CELL + 16
    panel.text(x - 8, 30 + rows * CELL / 2, "·", style="title")
    panel.grid(x, 30, kernel[:, np.newaxis], "w")
    panel.text(x + CELL + 14, 30 + rows * CELL / 2, "=", style="title")
    outputs = (cols @ kernel)[:, np.newaxis]
    panel.grid(x + CELL + 28, 30, outputs, lambda u, v: "a" if u == row else "line", lambda u, v: u == row)
    return panel


_SHORT = {"(R)": "", " Processor": "", "avx512f": "AVX-512", "avx2": "AVX2"}


def _processor(report: dict[str, Any]) -> str:
    """Return the name of the processor on which a report was measured, as one says it."""
    name = str(report["machine"]["processor"])
    for long, short in _SHORT.items():
        name = name.replace(long, short)
    return name


def ladders(speed: Sequence[dict[str, Any]], which: str) -> Drawing:
    """Draw how long each way takes on each processor that was measured; `speed` is what `make bench` writes."""
    panels = [_ladder(_processor(report), report["steps"][which]) for report in speed]
    said = []
    for report in speed:
        times = report["steps"][which]
        *_, last = times.values()
        told = ", ".join(f"{name} × {_rounded(time / last)}" for name, time in times.items())
        said.append(f"on {_processor(report)}, {told}")
    return Drawing(
        "Bars on a logarithmic scale, one for each way of computing the same layer, and a panel for each processor; how "
        f"many times as long as the last way each takes: {'; '.join(said)}.",
        panels,
    )


def _rounded(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def _ladder(title: str, times: Mapping[str, float]) -> Panel:
    """How long each way takes, relative to the last one and to the one above."""
    *_, last = times.values()
    shortest = min(0.5 * last, *times.values()) / 1.2  # an end of the scale that leaves each one a bar
    span = np.log10(max(times.values()) / shortest)
    panel = Panel(340, 46 * len(times) + 28)
    panel.text(4, 12, title, style="title small left")
    above = None
    for k, (name, time) in enumerate(times.items()):
        y = 46 * k + 38
        panel.text(4, y, name, style="small left")
        length = 6 + 160 * np.log10(time / shortest) / span
        panel.line([(4, y + 19), (4 + length, y + 19)], "a", 13)
        says = f"× {_rounded(time / last)}"
        if above:
            says += _compared(above / time)
        panel.text(12 + length, y + 19, says, style="small left strong")
        above = time
    return panel


def _compared(gain: float) -> str:
    if gain >= 1.05:
        return f" · {_rounded(gain)} times faster"
    return " · as fast" if gain > 0.95 else f" · {_rounded(1 / gain)} times slower"
