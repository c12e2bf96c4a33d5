"""The pictures of chapter 2: pooling forward and backward, and windows that overlap."""

import numpy as np
import numpy.typing as npt

from cnnlab._checks import Array
from cnnlab.figures._drawing import CELL, Drawing, Panel, number
from cnnlab.pooling import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward

# Four windows: told apart by colour and by their place.
_WINDOWS = ("one", "two", "three", "four")


def _four(image: npt.ArrayLike) -> Array:
    return np.asarray(image)[np.newaxis, :, :, np.newaxis]


def pooled(a: npt.ArrayLike, dp: npt.ArrayLike, size: int = 2) -> Drawing:
    """Draw max and average pooling of one image without overlap: the image, and who receives the errors."""
    image, errors = _four(a), _four(dp)
    p, argmax = max_pool2d(image, size)
    da = max_pool2d_backward(errors, argmax, image.shape, size)
    share = avg_pool2d_backward(errors, image.shape, size)
    height, width = image.shape[1:3]
    window = lambda u, v: _WINDOWS[(u // size * errors.shape[2] + v // size) % 4]
    won = lambda u, v: argmax[0, u // size, v // size, 0] == (u % size) * size + v % size
    everyone = lambda u, v: True
    panels = []
    for title, large, small, names, strong in (
        ("forward: the largest", image, p, ("image a", "p"), won),
        ("backward: the winner gets it", da, errors, ("∂ℒ/∂a", "∂ℒ/∂p"), won),
        ("forward: the mean", image, avg_pool2d(image, size), ("image a", "p"), everyone),
        ("backward: equal shares", share, errors, ("∂ℒ/∂a", "∂ℒ/∂p"), everyone),
    ):
        panel = Panel((width + 3.3) * CELL + 8, height * CELL + 58)
        panel.text(panel.width / 2, 10, title, style="title small")
        panel.grid(4, 28, large[0, :, :, 0], window, strong)
        x, y = 4 + (width + 1.2) * CELL, 28 + (height - len(errors[0])) / 2 * CELL
        panel.grid(x, y, small[0, :, :, 0], lambda u, v: _WINDOWS[(u * errors.shape[2] + v) % 4], everyone)
        ends = (4 + (width + 0.15) * CELL, 28 + height * CELL / 2), (x - 0.12 * CELL, 28 + height * CELL / 2)
        forward = title.startswith("forward")
        panel.arrow(*(ends if forward else ends[::-1]), "a" if forward else "e", 2.2)
        panel.text(4 + width * CELL / 2, panel.height - 12, names[0], "a" if forward else "e", "math")
        panel.text(x + CELL, panel.height - 12, names[1], "a" if forward else "e", "math")
        panels.append(panel)
    told = [", ".join(number(v) for v in values.ravel()) for values in (p, errors, share[:, ::size, ::size])]
    return Drawing(
        f"A {height} by {width} image in four windows and its pooled values. Max pooling keeps the largest of each "
        f"window, {told[0]}; the errors {told[1]} come back to the places of these maxima, and 0 to all others. "
        f"Average pooling keeps the means; each pixel of a window receives a quarter of its error: {told[2]}.",
        panels,
    )


def supports() -> Drawing:
    """Draw ReLU with the lines that touch it at its corner and stay below: their slopes are the subgradients."""
    panel, across, up = Panel(350, 210), 115.0, 90.0
    place = lambda z, y: (170 + across * z, 130 - up * y)
    for slope in (0.25, 0.5, 0.75):
        panel.line([place(-0.7, -slope * 0.7), place(1.25, slope * 1.25)], "e", 1.6, True)
        panel.text(place(1.25, 0)[0] + 20, place(0, slope * 1.25)[1], number(slope), "e", "small")
    panel.line([place(-1.25, 0), place(0, 0), place(1.25, 1.25)], "a", 3)
    panel.text(*place(-0.85, 0.16), "slope 0", "a", "small")
    panel.text(*place(0.72, 1.12), "slope 1", "a", "small")
    panel.text(*place(0, -0.66), "at the corner, every slope from 0 to 1", style="small title")
    return Drawing(
        "The graph of ReLU, flat on the left and rising with slope 1 on the right. Through its corner go three dashed "
        "lines with the slopes one quarter, one half and three quarters; each touches the graph there and lies below it "
        "everywhere else.",
        [panel],
    )
