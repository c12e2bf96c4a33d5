"""The pictures of chapter 6: the pixels that a weight has met, and the error sliding over the image."""

from collections.abc import Callable, Collection

import numpy as np
import numpy.typing as npt

from cnnlab.figures._drawing import CELL, Drawing, Panel, Place, number, product, total
from cnnlab.reference import correlate2d


def met_pixels(a: npt.ArrayLike, delta: npt.ArrayLike) -> Drawing:
    """Draw, for each weight, the pixels that it met, each with the error of the output that they made."""
    image, errors = np.asarray(a), np.asarray(delta)
    rows, columns = errors.shape
    gradient = correlate2d(image, errors)
    panels, told = [], []
    for m, n in np.ndindex(gradient.shape):
        pairs = [(x + m, y + n, errors[x, y]) for x, y in np.ndindex(errors.shape)]
        terms = [product(image[u, v], error) for u, v, error in pairs]
        small: dict[Place, str] = {(u, v): f"× {number(error)}" for u, v, error in pairs}
        panel = Panel(max(image.shape[1] * CELL + 8, 168), image.shape[0] * CELL + 96)
        x = (panel.width - image.shape[1] * CELL) / 2
        for p, q in np.ndindex(gradient.shape):
            asked = (p, q) == (m, n)
            panel.tile(panel.width / 2 - 16 + 16 * q, 2 + 16 * p, 16, "w" if asked else "line")
            if asked:
                panel.frame(panel.width / 2 - 16 + 16 * q, 2 + 16 * p, 16, 16, "w")
        panel.text(panel.width / 2 - 52, 18, f"w({m},{n})", "w", "math strong")
        panel.text(panel.width / 2, 54, " + ".join(terms), style="small")
        panel.text(panel.width / 2, 76, f"= {number(gradient[m, n])}", style="small title")
        panel.grid(
            x,
            92,
            image,
            _colour_of(small),
            _is_in(small),
            small,
        )
        panel.frame(x + n * CELL, 92 + m * CELL, columns * CELL, rows * CELL, "e")
        panels.append(panel)
        told.append(f"w({m},{n}) met the block at row {m}, column {n}: {total(terms, gradient[m, n])}")
    return Drawing(
        "For each weight of a 2 by 2 kernel the image, with the block of pixels that this weight has met framed; "
        f"below each pixel the error of the output that the two made. {'; '.join(told)}.",
        panels,
        width=400,
    )


def _is_in(places: Collection[Place]) -> Callable[[int, int], bool]:
    return lambda u, v: (u, v) in places


def _colour_of(places: Collection[Place]) -> Callable[[int, int], str]:
    return lambda u, v: "a" if (u, v) in places else "line"
