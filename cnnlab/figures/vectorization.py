"""The pictures of chapter 8: windows as rows of a matrix, and how long each way of computing takes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab._checks import Array
from cnnlab.figures import _style
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


def _rounded(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.1f}"


def ladder(times: Mapping[str, float]) -> Drawing:
    """Draw how long each way takes, relative to the last one and to the one above; logarithmic."""
    *_, last = times.values()
    shortest = min(0.5 * last, *times.values())  # an end of the scale that leaves the last one a bar
    span = np.log10(max(times.values()) / shortest)
    panel = Panel(340, 46 * len(times) + 4)
    above = None
    for k, (name, time) in enumerate(times.items()):
        y = 46 * k + 12
        panel.text(4, y, name, style="small left")
        length = 6 + 160 * np.log10(time / shortest) / span
        panel.line([(4, y + 19), (4 + length, y + 19)], "a", 13)
        says = f"× {_rounded(time / last)}"
        if above:
            says += f" · {_rounded(above / time)} times faster" if above / time >= 1.05 else " · no faster"
        panel.text(12 + length, y + 19, says, style="small left strong")
        above = time
    return Drawing(
        "Bars, one for each way of computing the same layer, on a logarithmic scale: how long it takes relative to the "
        f"last one. From above: {', '.join(times)}.",
        [panel],
    )


def roofline(speed: dict[str, Any]) -> Figure:
    """Draw how fast layers were computed over how much is computed with a byte, below what the machine can do.

    `speed` is what `make bench` writes.
    """
    figure, axes = _style.canvas(1, 1, 3.9, _style.PHONE)
    one = axes[0, 0]
    peak, bandwidth = speed["roof"]["multiplications a second"], speed["roof"]["bytes a second"]
    layers = {name: row for name, row in speed["threads"]["1"].items() if name.startswith("L")}
    x = np.geomspace(0.4, 250, 200)
    one.loglog(x, np.minimum(peak, bandwidth * x) / 1e9, color=_style.INK, linewidth=1.4)
    contestants = {
        "cnnlab": (["cnnlab"], "bytes", "o", _style.ACTIVATION),
        "PyTorch": (["torch", "torch_channels_last"], "bytes", "^", _style.CONTRAST),
        "textbook im2col": (["textbook"], "bytes with im2col", "s", _style.ERROR),
    }
    for label, (libraries, moved, mark, colour) in contestants.items():
        for k, (name, row) in enumerate(layers.items()):
            seconds = min(row["milliseconds"].get(library, np.inf) for library in libraries) / 1e3
            point = row["multiplications"] / row[moved], row["multiplications"] / seconds / 1e9
            one.loglog(*point, mark, color=colour, markersize=5, label=label if k == 0 else None)
            if label == "textbook im2col":
                place = (6, -3) if name == "L5" else (-16, -3)
                one.annotate(name, point, place, textcoords="offset points", fontsize=7, color=colour)
            elif label == "cnnlab":
                place = {"L5": (-15, -3), "L7": (-6, -12)}.get(name, (6, -8))  # beside each other
                one.annotate(name, point, place, textcoords="offset points", fontsize=7, color=colour)
    one.set_xlabel("multiplications for each byte that moves")
    one.set_ylabel("10⁹ multiplications a second")
    one.legend(loc="lower right", fontsize=7.5)
    return figure
