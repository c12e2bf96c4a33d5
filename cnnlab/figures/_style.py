"""The visual language: colours, type and grid that all pictures share."""

from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from cnnlab._checks import Array

PAPER, INK, FAINT = "#fcfcfa", "#22252a", "#9aa0a6"
ACTIVATION, WEIGHT, ERROR = "#1f5fa8", "#8c510a", "#c05a00"
CONTRAST = "#5b3a8c"  # the other hue of a pair; differs from ERROR in lightness too

ACTIVATIONS = LinearSegmentedColormap.from_list("activations", ["#f4f7fb", "#7fb0dc", "#0b3060"])
WEIGHTS = plt.get_cmap("BrBG")
ERRORS = plt.get_cmap("PuOr_r")

WIDTH = 7.0  # inches: the width of the text column
_RC: Any = {
    "axes.facecolor": PAPER,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.labelsize": 9,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
    "font.size": 9,
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 8,
    "ytick.labelsize": 8,
    "legend.frameon": False,
}


def canvas(rows: int, columns: int, height: float, **options: Any) -> tuple[Figure, Array]:
    """Return a figure of the text's width and its (rows, columns) array of axes."""
    # The figure is made outside of rc_context: the first one starts the notebook's backend, which sets an
    # rc parameter ("interactive") that leaving the context would take back, and no later figure would show.
    figure = plt.figure(figsize=(WIDTH, height), dpi=2 * 96, facecolor=PAPER, layout="constrained")
    with plt.rc_context(_RC):
        axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, axes


def show(axes: Axes, image: Array, kind: str, limit: float | None = None) -> Any:
    """Draw a plain (H, W) array: "activation" from 0 up, "weight" and "error" around 0."""
    limit = float(np.abs(image).max()) if limit is None else limit
    limit = limit or 1.0  # an image of zeros is drawn in the colour of 0
    low = 0.0 if kind == "activation" else -limit
    colours = {"activation": ACTIVATIONS, "weight": WEIGHTS, "error": ERRORS}[kind]
    drawn = axes.imshow(image, cmap=colours, vmin=low, vmax=limit, interpolation="nearest")
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_color(FAINT)
        side.set_linewidth(0.6)
    return drawn


def mosaic(maps: Array, columns: int, gap: int = 1) -> Array:
    """Lay the channels of an (H, W, C) array side by side, row by row, into one masked image."""
    height, width, count = maps.shape
    rows = -(-count // columns)
    picture = np.full((rows * (height + gap) - gap, columns * (width + gap) - gap), np.nan)
    for c in range(count):
        x, y = (c // columns) * (height + gap), (c % columns) * (width + gap)
        picture[x : x + height, y : y + width] = maps[:, :, c]
    return picture


def bracketed(value: Any) -> str:
    """Write a number that follows an operator: a negative one stands in brackets."""
    return f"({value})" if value < 0 else str(value)


def product(one: Any, other: Any) -> str:
    """Write a product of two numbers."""
    return f"{bracketed(one)}·{bracketed(other)}"


def hide(axes: Iterable[Axes]) -> None:
    """Blank axes that have nothing to show."""
    for one in axes:
        one.set_axis_off()


def cell(
    axes: Axes,
    left: float,
    top: float,
    text: str = "",
    colour: str = FAINT,
    strong: bool = True,
    size: float = 1,
) -> None:
    """Draw a square of the number grid. One with a text is coloured and opaque: arrows run behind it."""
    back = PAPER if text else "none"
    axes.add_patch(Rectangle((left, top - size), size, size, facecolor=back, edgecolor=FAINT, lw=0.8))
    if text:
        alpha = 0.22 if strong else 0.08
        axes.add_patch(Rectangle((left, top - size), size, size, facecolor=colour, alpha=alpha))
        axes.add_patch(Rectangle((left, top - size), size, size, fill=False, edgecolor=colour, lw=0.8))
        middle = left + size / 2, top - size / 2
        axes.text(*middle, text, ha="center", va="center", fontsize=7.5, linespacing=1.4)


def arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float], colour: str) -> None:
    """Draw an arrow between two points, behind the cells."""
    axes.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, color=colour, shrinkA=0, shrinkB=0,
                        linewidth=1.1, zorder=0.5)
    )  # fmt: skip


def frame(axes: Axes, left: float, right: float, bottom: float, top: float) -> None:
    """Show this region of a drawing, undistorted and without axes."""
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_aspect("equal")
    axes.set_axis_off()
