"""The pictures of chapter 03: which outputs a pixel fed, and the kernel that slides over the padded error."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnlab._checks import Array
from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, sliding
from cnnlab.reference import correlate2d

_GAP = 0.45  # between the rows of outputs, so that an arrow's head can be seen


def fed_outputs(pixels: dict[str, tuple[int, int]], height: int = 3, width: int = 3) -> Figure:
    """Draw, for each named pixel, the outputs of a 2 x 2 kernel that it fed, and through which weights."""
    figure, axes = _style.canvas(1, len(pixels), 3.7)
    for one, (name, (x, y)) in zip(axes[0], pixels.items(), strict=True):
        for u, v in np.ndindex(height, width):
            chosen = (u, v) == (x, y)
            _style.cell(one, v, height - u, f"a({u},{v})" if chosen else "", _style.ACTIVATION)
        terms = 0
        for u, v in np.ndindex(height - 1, width - 1):
            m, n = x - u, y - v
            fed = 0 <= m < 2 and 0 <= n < 2
            left, top = 0.5 + v, -1.2 - u * (1 + _GAP)
            _style.cell(one, left, top, f"z({u},{v})\nw({m},{n})" if fed else "", _style.ERROR)
            if fed:
                terms += 1
                _style.arrow(one, (y + 0.5, height - x - 1), (left + 0.5, top), _style.WEIGHT)
        one.set_title(f"{name}: {terms} output{'s' if terms > 1 else ''}", fontsize=9.5)
        _style.frame(one, -0.2, width + 0.2, -1.3 - (height - 1) * (1 + _GAP), height + 0.2)
    return figure


def padded_error(delta: npt.ArrayLike, w: npt.ArrayLike, pixels: dict[str, tuple[int, int]]) -> Figure:
    """Draw, for each named pixel, the turned kernel on the zero-padded error, and the products that count."""
    errors, kernel = np.asarray(delta), np.asarray(w)
    padded, turned = _padded(errors, kernel), kernel[::-1, ::-1]
    rows, columns = kernel.shape
    figure, axes = _style.canvas(1, len(pixels), 3.1)
    for one, (name, (x, y)) in zip(axes[0], pixels.items(), strict=True):
        terms, total = [], 0
        for u, v in np.ndindex(padded.shape):
            value, text = padded[u, v], str(padded[u, v])
            real = 0 <= u - rows + 1 < errors.shape[0] and 0 <= v - columns + 1 < errors.shape[1]
            if 0 <= u - x < rows and 0 <= v - y < columns:
                weight = turned[u - x, v - y]
                text += f"\n× {weight}"
                total += value * weight
                terms += [_style.product(value, weight)] if real else []
            _style.cell(one, v, -u, text, _style.ERROR if real else _style.FAINT, strong=real)
        one.add_patch(
            Rectangle((y, -x - rows), columns, rows, fill=False, edgecolor=_style.WEIGHT, lw=2.6, zorder=3)
        )
        one.set_title(f"{name}, da({x},{y}):\n{' + '.join(terms)} = {total}", fontsize=8.5)
        _style.frame(one, -0.15, padded.shape[1] + 0.15, -padded.shape[0] - 0.15, 0.15)
    return figure


def animate_delta_rule(delta: npt.ArrayLike, w: npt.ArrayLike) -> Animation:
    """Slide the turned kernel over the zero-padded error; the gradient grows pixel by pixel."""
    errors, kernel = np.asarray(delta), np.asarray(w)
    padded, turned = _padded(errors, kernel), kernel[::-1, ::-1]
    rim = kernel.shape[0] - 1, kernel.shape[1] - 1
    return Animation(
        "the turned kernel slides over the zero-padded error, one position a step, and adds up its products",
        sliding(("padded error", "da"), padded, turned, correlate2d(padded, turned), rim),
    )


def _padded(delta: Array, w: Array) -> Array:
    """Surround the error with as many zeros as a kernel can stick out."""
    rows, columns = w.shape
    return np.pad(delta, ((rows - 1,) * 2, (columns - 1,) * 2))
