"""The visual language: colours, type and grid that all pictures share."""

from collections.abc import Iterable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from cnnlab._checks import Array
from cnnlab._display import COLOURS, MAPS

# A picture of matplotlib has light paper, which the page turns in the dark: see book/_static/book.css.
PAPER, INK, FAINT, ACTIVATION, WEIGHT, ERROR = (
    COLOURS[name][0] for name in ("paper", "ink", "line", "a", "w", "e")
)
CONTRAST = COLOURS["four"][0]  # the other hue of a pair; differs from ERROR in lightness too

ACTIVATIONS, OUTPUTS = (
    LinearSegmentedColormap.from_list(name, list(MAPS[name])) for name in ("activation", "output")
)
WEIGHTS = plt.get_cmap("BrBG")
ERRORS = plt.get_cmap("PuOr_r")

# Inches, and points of the smallest letters: drawn on a phone, 340 pixels wide, they have 11 pixels or more.
WIDTH, LETTERS = 5.0, 12
PHONE, SMALL = 3.7, 9  # for panels above each other
_RC: Any = {
    "axes.facecolor": PAPER,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same picture everywhere
    "mathtext.fontset": "dejavusans",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
}
_LETTERED = (
    "font.size", "axes.titlesize", "axes.labelsize", "xtick.labelsize", "ytick.labelsize", "legend.fontsize",
)  # fmt: skip


def canvas(
    rows: int, columns: int, height: float, width: float = WIDTH, **options: Any
) -> tuple[Figure, Array]:
    """Return a figure, as wide as the text or as a phone, and its (rows, columns) array of axes."""
    # The figure is made outside of rc_context: the first one starts the notebook's backend, which sets an
    # rc parameter ("interactive") that leaving the context would take back, and no later figure would show.
    figure = plt.figure(figsize=(width, height), dpi=2 * 96, facecolor=PAPER, layout="constrained")
    letters = SMALL if width == PHONE else LETTERS
    sizes = dict.fromkeys(_LETTERED, letters)
    with plt.rc_context(_RC | sizes):
        axes = figure.subplots(rows, columns, squeeze=False, **options)
    return figure, axes


def bar(colours: Colorbar) -> None:
    """Give the numbers of a colour bar, which is made after the canvas, the size of all letters."""
    colours.ax.tick_params(labelsize=LETTERS)


def show(axes: Axes, image: Array, kind: str, limit: float | None = None) -> Any:
    """Draw a plain (H, W) array: "activation" from 0 up, the other kinds around 0."""
    limit = float(np.abs(image).max()) if limit is None else limit
    limit = limit or 1.0  # an image of zeros is drawn in the colour of 0
    low = 0.0 if kind == "activation" else -limit
    colours = {"activation": ACTIVATIONS, "output": OUTPUTS, "weight": WEIGHTS, "error": ERRORS}[kind]
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


def hide(axes: Iterable[Axes]) -> None:
    """Blank axes that have nothing to show."""
    for one in axes:
        one.set_axis_off()
