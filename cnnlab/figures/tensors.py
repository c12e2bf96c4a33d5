"""The pictures of chapter 5: channels as nodes, kernels as weights, and the sum over output channels."""

import numpy as np

from cnnlab.figures._drawing import Drawing, Panel


def bipartite(channels: int, filters: int) -> Drawing:
    """Draw channels as nodes and kernels as edges: whom one input feeds, and from whom it hears back."""
    left, right = np.linspace(50, 230, channels), np.linspace(82, 198, filters)
    panels = []
    for title, ins, outs, colour in (
        ("forward: whom it feeds", "a_{%d}", "z_{%d}", "a"),
        ("backward: from whom it hears", "∂ℒ/∂a_{%d}", "δ_{%d}", "e"),
    ):
        panel, back = Panel(300, 262), colour == "e"
        panel.text(150, 12, title, style="title small")
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
