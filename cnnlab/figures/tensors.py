"""The pictures of chapter 05: channels as nodes, kernels as weights, and the sum over output channels."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, Frame, marked
from cnnlab.reference import convolve2d

_PALE = "#d5d8db"  # edges that are not meant


def bipartite(channels: int, filters: int) -> Figure:
    """Draw channels as nodes and kernels as edges: what one output collects, and what one input gets back."""
    figure, axes = _style.canvas(1, 2, 3.0)
    left = [float(y) for y in np.linspace(1.3, -1.3, channels)]
    right = [float(y) for y in np.linspace(0.8, -0.8, filters)]
    panels = (
        ("forward: $z_0$ collects from every input", "$a_{}$", "$z_{}$", _style.ACTIVATION),
        (r"backward: $\partial$ℒ/$\partial a_0$ collects from every output",
         r"$\partial$ℒ/$\partial a_{}$", r"$\delta_{}$", _style.ERROR),
    )  # fmt: skip
    box = {"boxstyle": "round,pad=0.3", "facecolor": _style.PAPER}
    for back, (one, (title, ins, outs, colour)) in enumerate(zip(axes[0], panels, strict=True)):
        for c, f in np.ndindex(channels, filters):
            chosen = (c if back else f) == 0
            start, end = (0.35, left[c]), (2.65, right[f])
            share = 0.58 if back else 0.42  # where on the edge its kernel's name stands
            x, y = 0.35 + share * 2.3, left[c] + share * (right[f] - left[c])
            if back:
                start, end = end, start
            _style.arrow(one, start, end, colour if chosen else _PALE)
            if chosen:
                name = box | {"boxstyle": "round,pad=0.15", "edgecolor": "none"}
                one.text(x, y, f"$w_{{{f}{c}}}$", ha="center", va="center", fontsize=9.5,
                         color=_style.WEIGHT, bbox=name)  # fmt: skip
        for x, heights, node in ((0, left, ins), (3, right, outs)):
            for k, y in enumerate(heights):
                one.text(x, y, node.format(k), ha="center", va="center", fontsize=10.5,
                         bbox=box | {"edgecolor": colour})  # fmt: skip
        one.set_title(title, fontsize=9.5)
        _style.frame(one, -0.8, 3.5, -1.8, 1.8)
    return figure


def animate_channels(delta: npt.ArrayLike, w: npt.ArrayLike) -> Animation:
    """Go through the pairs of channels: each convolution is added to the gradient of its input channel.

    `delta` holds one plain image per output channel, `w` one plain kernel per output and input channel:
    (F, OH, OW) and (F, C, KH, KW).
    """
    errors, kernels = np.asarray(delta), np.asarray(w)
    frames = []
    for c in range(kernels.shape[1]):
        total = np.zeros_like(convolve2d(errors[0], kernels[0, c]))
        for f in range(len(kernels)):
            term = convolve2d(errors[f], kernels[f, c])
            total = total + term
            grids = (
                marked(f"δ_{f}", errors[f], ()),
                marked(f"w_{f}{c}", kernels[f, c], ()),
                marked(f"δ_{f} * w_{f}{c}", term, ()),
                marked(f"da_{c} so far", total, set(np.ndindex(total.shape))),
            )
            text = f"input channel {c}, output channel {f}: convolve, and add to da_{c}"
            frames.append(Frame(grids, text + (", which is now complete" if f == len(kernels) - 1 else "")))
    return Animation(
        "for each input channel, the error of every output channel is convolved with its kernel and added",
        frames,
    )
