"""The pictures of chapter 0: a kernel over a digit, where a kernel may lie, and what a layer hands on."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnlab.figures import _style
from cnnlab.figures._drawing import Drawing, Panel


def response(image: npt.ArrayLike, w: npt.ArrayLike, z: npt.ArrayLike, place: tuple[int, int]) -> Figure:
    """Draw an image, a kernel and its output; one window is framed, and the output that it makes."""
    pixels, kernel, outputs = np.asarray(image), np.asarray(w), np.asarray(z)
    figure, axes = _style.canvas(1, 3, 2.2, gridspec_kw={"width_ratios": [1, 0.45, 1]})
    _style.show(axes[0, 0], pixels, "activation")
    _style.show(axes[0, 1], kernel, "weight", limit=1.5 * float(np.abs(kernel).max()))
    _style.show(axes[0, 2], outputs, "output")
    for m, n in np.ndindex(kernel.shape):
        axes[0, 1].text(n, m, f"{kernel[m, n]:g}", ha="center", va="center", fontsize=_style.LETTERS)
    x, y = place
    rows, columns = kernel.shape
    for one, height, width in ((axes[0, 0], rows, columns), (axes[0, 2], 1, 1)):
        corner = (y - 0.5, x - 0.5)
        one.add_patch(Rectangle(corner, width, height, fill=False, edgecolor=_style.WEIGHT, lw=2))
    for one, title in zip(axes[0], ("image a", "kernel w", "output z"), strict=True):
        one.set_title(title)
    return figure


def modes(length: int, size: int) -> Drawing:
    """Draw the first and the last place of a kernel on an image, for valid, same and full."""
    starts = {"valid": 0, "same": -((size - 1) // 2), "full": 1 - size}
    outputs = {"valid": length - size + 1, "same": length, "full": length + size - 1}
    panels, side = [], 22.0
    for mode, start in starts.items():
        rim = (size - 1) * side
        panel = Panel(length * side + 2 * rim + 8, length * side + 2 * rim + 32)
        panel.text(
            panel.width / 2, 10, f"{mode}: {outputs[mode]} × {outputs[mode]} outputs", style="title small"
        )
        for u, v in np.ndindex(length, length):
            panel.tile(4 + rim + v * side, 26 + rim + u * side, side, "a")
        last = start + outputs[mode] - 1
        for position, dashed in ((start, False), (last, True)):
            at = rim + position * side
            panel.frame(4 + at, 26 + at, size * side, size * side, "w", dashed)
        panels.append(panel)
    told = "; ".join(f"{mode}: {count} by {count} outputs" for mode, count in outputs.items())
    return Drawing(
        f"Three times a {length} by {length} image with the first place (solid) and the last place (dashed) of a "
        f"{size} by {size} kernel: valid, wholly on the image; same, sticking out a little; full, touching it with "
        f"one corner. {told}.",
        panels,
    )


def layers() -> Drawing:
    """Draw how one layer hands on to the next, and which gradient belongs to which number."""
    panel, step = Panel(364, 178), 75.0
    names = ("a^{l−1}", "z^l", "a^l", "z^{l+1}", "ℒ")
    gradients = ("∂ℒ/∂a^{l−1}", "δ^l", "∂ℒ/∂a^l", "δ^{l+1}", "")
    steps = ("⋆ w + b", "σ", "⋆ w + b", "…")
    panel.text(52, 12, "forward", "a", "title small")
    panel.text(316, 168, "backward", "e", "title small")
    for k, (name, gradient) in enumerate(zip(names, gradients, strict=True)):
        x = 36 + k * step
        panel.box(x, 58, name, "ink" if name == "ℒ" else "a", 42)
        panel.text(x, 130, gradient, "e", "math strong" if gradient.startswith("δ") else "math")
        if k < len(steps):
            panel.arrow((x + 22, 58), (x + step - 22, 58), "a")
            panel.text(
                x + step / 2,
                27,
                steps[k],
                "w" if "w" in steps[k] else "ink",
                "math" if steps[k] != "…" else "",
            )
            panel.arrow((x + step - 18, 102), (x + 18, 102), "e")
    return Drawing(
        "A chain from left to right: the activation a of layer l minus 1, then z of layer l by correlating with w and "
        "adding b, then a of layer l by sigma, then z of layer l plus 1, and so on to the loss. Below, from right to "
        "left, the gradient of each number: a delta under each z, a derivative by a under each a.",
        [panel],
    )
