"""The pictures of chapter 5: channels as nodes, kernels as weights, and the sum over output channels."""

import numpy as np
import numpy.typing as npt

from cnnlab.figures._drawing import Drawing, Panel
from cnnlab.figures.animation import Animation, Frame, marked
from cnnlab.reference import convolve2d


def bipartite(channels: int, filters: int) -> Drawing:
    """Draw channels as nodes and kernels as edges: whom one input feeds, and from whom it hears back."""
    left, right = np.linspace(50, 230, channels), np.linspace(82, 198, filters)
    panels = []
    for title, ins, outs, colour in (
        ("forward: whom a_0 feeds", "a_{%d}", "z_{%d}", "a"),
        ("backward: from whom it hears", "∂ℒ/∂a_{%d}", "δ_{%d}", "e"),
    ):
        panel, back = Panel(300, 262), colour == "e"
        panel.text(150, 12, title, style="title math" if not back else "title small")
        for c, f in np.ndindex(channels, filters):
            start, end = (78.0, float(left[c])), (246.0, float(right[f]))
            if c:
                panel.line([start, end], "line", 0.8)
            else:
                panel.arrow(*((end, start) if back else (start, end)), colour, 2.2)
        for f in range(filters):
            at = 0.62 if f == 0 else 0.5
            panel.box(78 + at * 168, left[0] + at * (right[f] - left[0]), f"w_{{{f}0}}", "w", 38)
        for c in range(channels):
            panel.box(44, float(left[c]), ins % c, colour if c == 0 else "line", 68)
        for f in range(filters):
            panel.box(266, float(right[f]), outs % f, colour, 40)
        panels.append(panel)
    return Drawing(
        f"Two graphs of {channels} input channels and {filters} output channels, every input joined to every output. "
        f"Forward: blue arrows lead from input a 0 to all {filters} outputs, each labelled with its own kernel w f 0. "
        f"Backward: orange arrows lead from all {filters} errors back to input a 0, through the same kernels.",
        panels,
    )


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
                marked(f"δ of output {f}", errors[f], ()),
                marked(f"kernel w({f}, {c})", kernels[f, c], ()),
                marked("δ ∗ w", term, ()),
                marked(f"∂ℒ/∂a of input {c}, so far", total, set(np.ndindex(total.shape))),
            )
            text = f"input channel {c}, output channel {f}: convolve, and add"
            frames.append(Frame(grids, text + (", which is now complete" if f == len(kernels) - 1 else "")))
    return Animation(
        "for each input channel, the error of every output channel is convolved with its kernel and added",
        frames,
        way="back",
    )
