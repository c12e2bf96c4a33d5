"""The pictures of chapter 02: pooling forward and backward, and windows that overlap."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab._checks import Array
from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, Frame, marked
from cnnlab.pooling import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward

# Four windows: told apart by colour and by the letter of the output that they make.
_WINDOWS = ("#c2557a", "#3f8f4f", "#b58900", "#2f6fb0")


def _four(image: npt.ArrayLike) -> Array:
    return np.asarray(image)[np.newaxis, :, :, np.newaxis]


def pooled(a: npt.ArrayLike, dp: npt.ArrayLike, size: int = 2) -> Figure:
    """Draw max and average pooling of one image without overlap, forward above and backward below."""
    image, errors = _four(a), _four(dp)
    p, argmax = max_pool2d(image, size)
    mean = avg_pool2d(image, size)
    da = max_pool2d_backward(errors, argmax, image.shape, size)
    share = avg_pool2d_backward(errors, image.shape, size)
    figure, axes = _style.canvas(2, 2, 5.0)
    panels = (
        ("max pooling, forward", image, p, "a", "p"),
        ("average pooling, forward", image, mean, "a", "p"),
        ("max pooling, backward", da, errors, "da", "dp"),
        ("average pooling, backward", share, errors, "da", "dp"),
    )
    count = errors.shape[2]
    for k, (one, (title, large, small, below, name)) in enumerate(zip(axes.flat, panels, strict=True)):
        height, width = large.shape[1:3]
        for u, v in np.ndindex(height, width):
            window = (u // size) * count + v // size
            value = large[0, u, v, 0]
            chosen = argmax[0, u // size, v // size, 0] == (u % size) * size + v % size
            strong = bool(chosen) or title.startswith("average")
            _style.cell(one, v, -u, f"{value:g}", _WINDOWS[window % 4], strong=strong)
        for x, y in np.ndindex(small.shape[1:3]):
            _style.cell(one, width + 1.6 + y, -1 - x, f"{small[0, x, y, 0]:g}", _WINDOWS[(x * count + y) % 4])
        ends = (width + 0.15, width + 1.45)
        start, end = ends if k < 2 else ends[::-1]
        colour = _style.ACTIVATION if k < 2 else _style.ERROR
        _style.arrow(one, (start, -height / 2), (end, -height / 2), colour)
        one.text(width / 2, -height - 0.5, below, ha="center", va="center", fontsize=9)
        one.text(width + 2.6, -height + 0.5, name, ha="center", va="center", fontsize=9)
        one.set_title(title, fontsize=9.5)
        _style.frame(one, -0.2, width + 3.8, -height - 0.8, 0.2)
    return figure


def animate_max_pooling(a: npt.ArrayLike, dp: npt.ArrayLike, size: int, stride: int) -> Animation:
    """Move through the windows: each hands its error to its maximum, on top of what lies there already."""
    image, errors = np.asarray(a), np.asarray(dp)
    p, argmax = max_pool2d(_four(image), size, stride=stride)
    da = np.zeros(image.shape, dtype=errors.dtype)
    frames = []
    for x, y in np.ndindex(errors.shape):
        m, n = divmod(int(argmax[0, x, y, 0]), size)
        top = x * stride + m, y * stride + n
        window = {(x * stride + k, y * stride + j) for k, j in np.ndindex(size, size)}
        sum_ = f"{da[top]} + {_style.bracketed(errors[x, y])}"
        text = f"the maximum {p[0, x, y, 0]} stands at {top}: da there = {sum_}"
        da[top] += errors[x, y]
        grids = (
            marked("a", image, window, {top: "max"}),
            marked("dp", errors, {(x, y)}),
            marked("da", da, {top}),
        )
        frames.append(Frame(grids, f"{text} = {da[top]}"))
    return Animation(
        "windows overlap; each in turn adds its error to the pixel that was its maximum",
        frames,
    )
