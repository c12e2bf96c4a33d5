"""The pictures of chapter 06: the pixels that a weight has met, and the error sliding over the image."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, sliding
from cnnlab.reference import correlate2d


def met_pixels(a: npt.ArrayLike, delta: npt.ArrayLike) -> Figure:
    """Draw, for each weight, the pixels that it met, each with the error of the output that they made."""
    image, errors = np.asarray(a), np.asarray(delta)
    rows, columns = errors.shape
    gradient = correlate2d(image, errors)
    figure, axes = _style.canvas(1, gradient.size, 2.3)
    for one, (m, n) in zip(axes[0], np.ndindex(gradient.shape), strict=True):
        terms = []
        for u, v in np.ndindex(image.shape):
            text, met = str(image[u, v]), 0 <= u - m < rows and 0 <= v - n < columns
            if met:
                error = errors[u - m, v - n]
                text += f"\n× {error}"
                terms.append(_style.product(image[u, v], error))
            _style.cell(one, v, -u, text, _style.ACTIVATION if met else _style.FAINT, strong=met)
        one.add_patch(
            Rectangle((n, -m - rows), columns, rows, fill=False, edgecolor=_style.ERROR, lw=2.4, zorder=3)
        )
        one.set_title(f"w({m},{n}):\n{' + '.join(terms)}\n= {gradient[m, n]}", fontsize=7.5)
        _style.frame(one, -0.15, image.shape[1] + 0.15, -image.shape[0] - 0.15, 0.15)
    return figure


def animate_weight_gradient(a: npt.ArrayLike, delta: npt.ArrayLike) -> Animation:
    """Slide the error over the image; the gradient of the kernel grows weight by weight."""
    image, errors = np.asarray(a), np.asarray(delta)
    return Animation(
        "the error slides over the image as a kernel does; each place gives the gradient of one weight",
        sliding(("a", "dw"), image, errors, correlate2d(image, errors)),
    )
