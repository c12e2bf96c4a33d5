"""The pictures of chapter 4: what each convention makes of a single bright pixel."""

import numpy as np
import numpy.typing as npt

from cnnlab.figures._drawing import Drawing, Panel, number
from cnnlab.reference import convolve2d, correlate2d


def impulse(kernel: npt.ArrayLike) -> Drawing:
    """Draw a kernel, an image with one bright pixel, and the two combined both ways."""
    w = np.asarray(kernel)
    rows, columns = w.shape
    image = np.zeros((rows + 2, columns + 2), dtype=int)
    image[(rows + 1) // 2, (columns + 1) // 2] = 1
    panels = []
    for sign, title, values, colour in (
        ("w", "the kernel", w, "w"),
        ("a", "a single 1", image, "a"),
        ("a ⋆ w", "correlation: turned", correlate2d(image, w, "same"), "a"),
        ("a ∗ w", "convolution: as it is", convolve2d(image, w, "same"), "a"),
    ):
        side = max(rows, columns) + (2 if values.shape != w.shape else 0)
        panel = Panel(max(side * 30 + 8, 100), side * 30 + 54)
        left = (panel.width - values.shape[1] * 30) / 2
        panel.text(panel.width / 2, 12, sign, "w" if sign == "w" else "a", "math strong")
        panel.text(panel.width / 2, 34, title, style="small title")
        for u, v in np.ndindex(values.shape):
            shown = bool(values[u, v])
            panel.tile(left + v * 30, 50 + u * 30, 30, colour if shown else "line")
            panel.text(
                left + v * 30 + 15,
                65 + u * 30,
                number(values[u, v]),
                "ink" if shown else "line",
                "strong" if shown else "small",
            )
        panels.append(panel)
    return Drawing(
        f"Four grids. A kernel with the rows {', '.join(' '.join(map(str, row)) for row in w.tolist())}. An image with a "
        "single 1 in its middle. Their correlation, a star w, shows the kernel turned upside down around the middle. "
        "Their true convolution, a asterisk w, shows the kernel as it is.",
        panels,
    )
