"""The pictures of chapter 04: what each convention makes of a single bright pixel."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, sliding
from cnnlab.reference import convolve2d, correlate2d


def impulse(kernel: npt.ArrayLike) -> Figure:
    """Draw a kernel, an image with one bright pixel, and the two combined both ways."""
    w = np.asarray(kernel)
    rows, columns = w.shape
    image = np.zeros((rows + 2, columns + 2), dtype=int)
    image[(rows + 1) // 2, (columns + 1) // 2] = 1
    figure, axes = _style.canvas(1, 4, 2.5)
    panels = (
        ("kernel w", w, "weight"),
        ("image a: one 1", image, "activation"),
        ("correlation a ⋆ w:\nturned", correlate2d(image, w, "same"), "activation"),
        ("convolution a * w:\nas it is", convolve2d(image, w, "same"), "activation"),
    )
    for one, (title, values, kind) in zip(axes[0], panels, strict=True):
        for x, y in np.ndindex(values.shape):
            shown = values[x, y] != 0
            colour = _style.WEIGHT if kind == "weight" else _style.ACTIVATION
            _style.cell(
                one, y, -x, f"{values[x, y]:g}", colour if shown else _style.FAINT, strong=bool(shown)
            )
        one.set_title(title, fontsize=9)
        height, width = values.shape
        _style.frame(one, -0.15, max(width, columns + 2) + 0.15, -max(height, rows + 2) - 0.15, 0.15)
    return figure


def animate_true_convolution(a: npt.ArrayLike, k: npt.ArrayLike) -> Animation:
    """Slide the turned kernel over the image: the true convolution, where the kernel lies on the image."""
    image, kernel = np.asarray(a), np.asarray(k)
    turned = kernel[::-1, ::-1]
    return Animation(
        "a true convolution forward: the kernel is turned first and then slides over the image",
        sliding(("a", "z"), image, turned, convolve2d(image, kernel, "valid")),
    )
