"""The pictures of the page on speed: where a column of windows lies in memory, and what was measured.

`speed` is what book/data/speed.json holds: for each processor what `make bench` writes.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnlab.figures import _style
from cnnlab.figures._drawing import CELL, Drawing, Panel
from cnnlab.figures.vectorization import _processor


def column_of_runs(rows: int, columns: int, width: int, at: int = 1) -> Drawing:
    """Draw an image, the windows below each other at one column, and where their runs lie in memory."""
    numbers = np.arange(rows * columns)
    inside = lambda k: at <= k % columns < at + width
    image = Panel(columns * CELL + 12, rows * CELL + 36)
    image.text(image.width / 2, 12, "in the image", style="title small")
    image.grid(
        6,
        30,
        numbers.reshape(rows, columns),
        lambda u, v: "a" if inside(v) else "line",
        lambda _, v: inside(v),
    )
    side = 17.0
    memory = Panel(len(numbers) * side + 8, 100)
    memory.text(memory.width / 2, 12, "in memory", style="title small")
    for k in numbers:
        memory.tile(4 + k * side, 34, side - 2, "a" if inside(k) else "line")
    for row in range(rows):
        left = 4 + (row * columns + at) * side
        memory.frame(left - 1, 33, width * side, side, "a")
        if row:
            memory.arrow((left - columns * side + 8, 66), (left + 8, 66), "line")
    memory.text(memory.width / 2, 86, f"{columns} numbers from one run to the next", style="small")
    return Drawing(
        f"An image of {rows} by {columns} pixels; in each row the {width} pixels from column {at} on are marked. Below, "
        f"the {len(numbers)} numbers as they lie in memory: the marked ones are {rows} runs of {width}, at equal distances "
        f"of {columns}.",
        [image, memory],
    )


def rooflines(speed: Sequence[dict[str, Any]]) -> Figure:
    """Draw how fast layers were computed over how much is computed with a byte, below what the machine can do."""
    figure, axes = _style.canvas(len(speed), 1, 3.7 * len(speed), _style.PHONE, sharex=True)
    for one, report in zip(axes[:, 0], speed, strict=True):
        peak, bandwidth = report["roof"]["multiplications a second"], report["roof"]["bytes a second"]
        x = np.geomspace(0.4, 250, 200)
        one.loglog(x, np.minimum(peak, bandwidth * x) / 1e9, color=_style.INK, linewidth=1.4)
        layers = {name: row for name, row in report["threads"]["1"].items() if name.startswith("L")}
        for label, (libraries, moved, mark, colour) in _CONTESTANTS.items():
            for k, (name, row) in enumerate(layers.items()):
                seconds = min(row["milliseconds"].get(library, np.inf) for library in libraries) / 1e3
                point = row["multiplications"] / row[moved], row["multiplications"] / seconds / 1e9
                one.loglog(*point, mark, color=colour, markersize=5, label=label if k == 0 else None)
                if label != "PyTorch":  # at the same place along the axis as cnnlab's
                    one.annotate(name, point, (5, -9), textcoords="offset points", color=colour)
        one.set_title(_processor(report))
        one.set_ylabel("10⁹ multiplications a second")
    axes[-1, 0].set_xlabel("multiplications for each byte that moves")
    axes[0, 0].legend(loc="lower right")
    return figure


_CONTESTANTS = {
    "cnnlab": (("cnnlab",), "bytes", "o", _style.ACTIVATION),
    "PyTorch": (("torch", "torch_channels_last"), "bytes", "^", _style.CONTRAST),
    "textbook im2col": (("textbook",), "bytes with im2col", "s", _style.ERROR),
}
# What a case of the benchmark is: images, their pixels and channels; kernels.
_LAYERS = {
    "L1": "64 × 28×28×1, 8 of 5×5",
    "L2": "64 × 14×14×8, 16 of 5×5",
    "L3": "32 × 32×32×16, 32 of 3×3",
    "L4": "16 × 28×28×64, 64 of 3×3",
    "L5": "8 × 64×64×3, 32 of 3×3, stride 2",
    "L6": "4 × 14×14×128, 128 of 3×3",
    "L7": "16 × 28×28×64, 128 of 1×1",
    "5x5, stride 2": "16 × 32×32×16, 32 of 5×5",
    "depthwise": "16 × 28×28×64, 64 of 3×3, each its channel",
    "max pooling, 2x2, stride 2, 8 channels": "64 × 28×28×8",
    "max pooling, 2x2, stride 2, 64 channels": "16 × 28×28×64",
    "max pooling, 3x3, stride 2, 8 channels": "64 × 28×28×8",
    "max pooling, 3x3, stride 2, 64 channels": "16 × 28×28×64",
    "average pooling, 2x2, stride 2, 8 channels": "64 × 28×28×8",
    "average pooling, 2x2, stride 2, 64 channels": "16 × 28×28×64",
    "average pooling, 3x3, stride 2, 8 channels": "64 × 28×28×8",
    "average pooling, 3x3, stride 2, 64 channels": "16 × 28×28×64",
    "16 training steps": "64 digits a batch, chapter 11's network",
    "one epoch": "5,000 digits, 50 a batch",
}


class Ratios:
    """A table: the time of cnnlab over that of PyTorch, a row for each layer, two columns a processor."""

    def __init__(self, speed: Sequence[dict[str, Any]]) -> None:
        self.heads = [_processor(report) for report in speed]
        self.rows: list[tuple[str, str, list[float]]] = []
        runs = [rows for report in speed for rows in (report["threads"]["1"], report["threads"]["2"])]
        for name, sizes in _LAYERS.items():
            self.rows.append((name, sizes, [rows[name]["pytorch"][0] for rows in runs]))
        seven = np.log([ratios for name, _, ratios in self.rows if name.startswith("L")])
        self.means = [float(mean) for mean in np.exp(seven.mean(axis=0))]

    def __repr__(self) -> str:
        return f"Ratios: {dict(zip(self.heads, self.means[::2], strict=True))}"

    def _repr_html_(self) -> str:
        number = lambda value: f"<td>{value:.2f}</td>"
        line = lambda name, sizes, ratios: (
            f'<tr><th scope="row">{escape(name)}</th><td>{escape(sizes)}</td>'
            + "".join(map(number, ratios))
            + "</tr>"
        )
        heads = "".join(f'<th colspan="2" scope="colgroup">{escape(head)}</th>' for head in self.heads)
        threads = '<th scope="col">one thread</th><th scope="col">two</th>' * len(self.heads)
        body = [line(*row) for row in self.rows]
        body.insert(7, line("mean of L1 to L7", "", self.means))
        return (
            '<div class="cnnlab-ratios"><table class="table" aria-label="The time of cnnlab divided by that of PyTorch, a row for '
            'each layer, with one thread and with two on each processor"><thead>'
            f'<tr><th scope="col" rowspan="2">layer</th><th scope="col" rowspan="2">sizes</th>{heads}</tr>'
            f"<tr>{threads}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
        )


def ratios(speed: Sequence[dict[str, Any]]) -> Ratios:
    """Return the table of all layers that were measured beside PyTorch."""
    return Ratios(speed)
