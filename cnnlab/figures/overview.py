"""The pictures of the first page: a network, its layers forward and its errors backward; and the book as one."""

import itertools
from collections.abc import Sequence
from html import escape

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch

from cnnlab._checks import Array
from cnnlab._display import standalone
from cnnlab.figures import _style
from cnnlab.figures._drawing import Panel


def _layer(axes: Axes, maps: Array, kind: str) -> None:
    """Draw a layer: image channels as a mosaic about 4 wide, a vector as a column of bars."""
    if maps.ndim == 3:
        columns = {1: 1, 8: 2, 32: 4}.get(maps.shape[2], int(np.ceil(np.sqrt(maps.shape[2]))))
        picture = _style.mosaic(maps, columns)
        _style.show(axes, picture, kind, limit=float(np.nanmax(np.abs(picture))) * 0.7)
        axes.set_frame_on(False)
        return
    colour = _style.ACTIVATION if kind == "activation" else _style.ERROR
    # orange and violet are errors only
    below_zero = _style.FAINT if kind == "activation" else _style.CONTRAST
    colours = [colour if value >= 0 else below_zero for value in maps]
    axes.barh(np.arange(len(maps)), maps, color=colours, height=0.7)
    axes.set_yticks(np.arange(len(maps)), [str(k) for k in range(len(maps))])
    axes.invert_yaxis()
    axes.set_xticks([])
    axes.axvline(0, color=_style.FAINT, linewidth=0.8)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def forward_and_back(names: list[str], activations: list[Array], errors: list[Array]) -> Figure:
    """Draw each layer's output above, and the error that came back to it below.

    `activations` and `errors` hold one (H, W, C) image or one vector per layer, first layer first;
    errors are drawn on one scale per layer, because they shrink on their way.
    """
    widths = [maps.shape[1] / maps.shape[0] if maps.ndim == 3 else 1.0 for maps in activations]
    columns = [{1: 1, 8: 2, 32: 4}.get(maps.shape[-1], 4) if maps.ndim == 3 else 1 for maps in activations]
    ratios = [
        w * c / -(-maps.shape[-1] // c) if maps.ndim == 3 else 0.8
        for w, c, maps in zip(widths, columns, activations, strict=True)
    ]
    figure, axes = _style.canvas(
        2, len(names), 4.2, gridspec_kw={"width_ratios": [max(r, 0.5) for r in ratios]}
    )
    for k, name in enumerate(names):
        _layer(axes[0, k], activations[k], "activation")
        _layer(axes[1, k], errors[k], "error")
        axes[0, k].set_title(name)
    figure.get_layout_engine().set(rect=(0, 0.05, 1, 0.87))  # type: ignore[union-attr,call-arg]
    for y, text, start, end, colour in (
        (0.965, "forward: what each layer computes", 0.06, 0.94, _style.ACTIVATION),
        (0.022, "backward: how much each number is to blame", 0.94, 0.06, _style.ERROR),
    ):
        arrow = FancyArrowPatch(
            (start, y), (end, y), transform=figure.transFigure, arrowstyle="-|>", mutation_scale=16,
            color=colour, linewidth=1.6,
        )  # fmt: skip
        figure.add_artist(arrow)
        figure.text(
            0.5, y, f"  {text}  ", ha="center", va="center", color=colour, fontsize=_style.LETTERS, weight="bold",
            backgroundcolor=_style.PAPER,
        )  # fmt: skip
    return figure


class Map:
    """The book as a network; each node leads to its chapter."""

    def __init__(self, label: str, panel: Panel) -> None:
        self.label, self.panel = label, panel

    def __repr__(self) -> str:
        return f"Map: {self.label}"

    def _repr_html_(self) -> str:
        opening = f'<nav class="cnnlab-figure cnnlab-map" aria-label="{escape(self.label)}">'
        return standalone(f"{opening}{self.panel.svg(hidden=False)}</nav>")


def book_map(layers: Sequence[Sequence[tuple[str, str, str]]]) -> Map:
    """Draw the chapters as the nodes of a network, a layer a row: (page, short name, question) each."""
    step, middle = 92.0, 179.0
    panel = Panel(358, step * len(layers) + 34)
    rows = [_row(len(layer), middle, 30 + 22 + step * k) for k, layer in enumerate(layers)]
    for above, below in itertools.pairwise(rows):
        for x, y in above:
            for u, v in below:
                panel.line([(x, y + 22), (u, v - 22)], "line", 0.9)
    top, bottom = rows[0][0][1], rows[-1][0][1]
    panel.arrow((middle - 96, top), (middle - 96, top + 66), "a", 2.6)
    panel.text(middle - 96, top - 14, "your question", "a", "small title")
    panel.arrow((middle + 96, bottom), (middle + 96, bottom - 66), "e", 2.6)
    panel.text(middle + 96, bottom + 14, "the error", "e", "small title")
    for places, layer in zip(rows, layers, strict=True):
        for (x, y), (page, name, question) in zip(places, layer, strict=True):
            number = str(int(page[:2]))
            panel.link(page, f"Chapter {number}: {question}", x, y, [number, name], 82)
    return Map(
        "The book as a network of chapters, each a link: your question flows down through its layers, and the error "
        "comes back up",
        panel,
    )


def _row(count: int, middle: float, y: float) -> list[tuple[float, float]]:
    """Spread so many nodes evenly around the middle."""
    return [(middle + 90 * (k - (count - 1) / 2), y) for k in range(count)]
