"""The pictures of chapter 00: a kernel over a digit, where a kernel may lie, and what a layer hands on."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, sliding
from cnnlab.reference import correlate2d


def response(image: npt.ArrayLike, w: npt.ArrayLike, z: npt.ArrayLike, place: tuple[int, int]) -> Figure:
    """Draw an image, a kernel and its output; one window is framed, and the output that it makes."""
    pixels, kernel, outputs = np.asarray(image), np.asarray(w), np.asarray(z)
    figure, axes = _style.canvas(1, 3, 2.7, gridspec_kw={"width_ratios": [1, 0.45, 1]})
    _style.show(axes[0, 0], pixels, "activation")
    _style.show(axes[0, 1], kernel, "weight", limit=1.5 * float(np.abs(kernel).max()))
    drawn = _style.show(axes[0, 2], outputs, "error")
    drawn.set_cmap("RdGy_r")
    for m, n in np.ndindex(kernel.shape):
        axes[0, 1].text(n, m, f"{kernel[m, n]:g}", ha="center", va="center", fontsize=9)
    x, y = place
    rows, columns = kernel.shape
    for one, height, width in ((axes[0, 0], rows, columns), (axes[0, 2], 1, 1)):
        corner = (y - 0.5, x - 0.5)
        one.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=_style.WEIGHT, lw=2))
    for one, title in zip(axes[0], ("image a", "kernel w", "output z"), strict=True):
        one.set_title(title, fontsize=9.5)
    return figure


def animate_forward(a: npt.ArrayLike, w: npt.ArrayLike) -> Animation:
    """Slide the kernel over the image; the output grows entry by entry."""
    image, kernel = np.asarray(a), np.asarray(w)
    return Animation(
        "the kernel slides over the image, one position a step, and each sum of products is one output",
        sliding(("a", "z"), image, kernel, correlate2d(image, kernel)),
    )


def modes(length: int, size: int) -> Figure:
    """Draw the first and the last place of a kernel on an image, for valid, same and full."""
    figure, axes = _style.canvas(1, 3, 2.6)
    starts = {"valid": 0, "same": -((size - 1) // 2), "full": 1 - size}
    outputs = {"valid": length - size + 1, "same": length, "full": length + size - 1}
    for one, (mode, start) in zip(axes[0], starts.items(), strict=True):
        for u, v in np.ndindex(length, length):
            _style.cell(one, v, -u, " ", _style.ACTIVATION)
        last = start + outputs[mode] - 1
        for position, style in ((start, "-"), (last, "--")):
            one.add_patch(
                Rectangle((position, -position - size), size, size, fill=False, edgecolor=_style.WEIGHT,
                          lw=2.2, linestyle=style, zorder=3)
            )  # fmt: skip
        one.set_title(f"{mode}: {outputs[mode]} × {outputs[mode]} outputs", fontsize=9.5)
        _style.frame(one, 0.8 - size, length + size - 0.8, 0.8 - length - size, size - 0.8)
    return figure


def layers() -> Figure:
    """Draw how one layer hands on to the next, and which gradient belongs to which number."""
    figure, axes = _style.canvas(1, 1, 2.2)
    one = axes[0, 0]
    nodes = ("$a^{l-1}$", "$z^l$", "$a^l$", "$z^{l+1}$", "…", "ℒ")
    steps = (r"$\star\,w^l + b^l$", r"$\sigma$", r"$\star\,w^{l+1} + b^{l+1}$", "", "")
    errors = (
        r"$\partial$ℒ/$\partial a^{l-1}$",
        r"$\delta^l$",
        r"$\partial$ℒ/$\partial a^l$",
        r"$\delta^{l+1}$",
        "…",
        "",
    )
    for k, (node, error) in enumerate(zip(nodes, errors, strict=True)):
        pre = node.startswith("$z")
        one.text(
            2 * k, 0, node, ha="center", va="center", fontsize=12,
            bbox={"boxstyle": "round,pad=0.35", "facecolor": _style.PAPER,
                  "edgecolor": _style.ACTIVATION if not pre else _style.INK, "linewidth": 1.8 if pre else 1},
        )  # fmt: skip
        one.text(
            2 * k, -1.05, error, ha="center", va="center", fontsize=12 if pre else 9.5, color=_style.ERROR
        )
        if k < len(steps):
            _style.arrow(one, (2 * k + 0.45, 0.0), (2 * k + 1.5, 0.0), _style.ACTIVATION)
            one.text(2 * k + 1, 0.45, steps[k], ha="center", va="center", fontsize=8.5, color=_style.WEIGHT)
        if k < len(steps):
            _style.arrow(one, (2 * k + 1.35, -1.05), (2 * k + 0.65, -1.05), _style.ERROR)
    one.text(-0.9, 0.95, "forward", color=_style.ACTIVATION, fontsize=9.5, weight="bold")
    one.text(-0.9, -1.75, "backward", color=_style.ERROR, fontsize=9.5, weight="bold")
    _style.frame(one, -1.0, 10.6, -1.9, 1.2)
    return figure
