"""The pictures of chapter 3: the weights that touched a pixel, and the kernel that slides over the error."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from cnnlab._checks import Array
from cnnlab.figures._drawing import CELL, Drawing, Panel, Place, number, product, total


def row_of_pixels(delta: npt.ArrayLike, w: npt.ArrayLike) -> Drawing:
    """Draw a row of pixels, the outputs above it, and which output each pixel fed through which weight."""
    errors, kernel = np.asarray(delta), np.asarray(w)
    pixels, step = len(errors) + len(kernel) - 1, CELL * 1.5
    panel = Panel(pixels * step, 250)
    left = lambda k: k * step + (step - CELL) / 2
    shift = (len(kernel) - 1) / 2
    for x, error in enumerate(errors):
        centre = left(x + shift)
        for m in range(len(kernel)):
            middle = x + m == pixels // 2
            start, end = (centre + CELL / 2, 78 + CELL), (left(x + m) + CELL / 2, 196)
            panel.arrow(start, end, "e" if middle else "line", 2.4 if middle else 1)
            if middle:
                at = 0.42 if m != 1 else 0.5
                panel.text(
                    start[0] + at * (end[0] - start[0]) + (14 if m <= 1 else -14), start[1] + at * (end[1] - start[1]),
                    number(kernel[m]), "w", "strong",
                )  # fmt: skip
        panel.square(centre, 78, [number(error)], "e", True)
        panel.text(centre + CELL / 2, 62, f"δ({x})", "e", "math")
    for u in range(pixels):
        panel.square(left(u), 196, [f"a({u})"], "a", u == pixels // 2)
    panel.text(pixels * step / 2, 14, "an error goes to the pixels of its window;", style="title small")
    panel.text(pixels * step / 2, 34, "the middle pixel hears from all of them", style="title small")
    return Drawing(
        f"A row of {pixels} pixels and the {len(errors)} outputs above it. Arrows lead from each output's error down "
        "to the pixels of its window. The middle pixel gets one arrow from each output, through a different "
        f"weight each time: {', '.join(number(v) for v in kernel[::-1])} from left to right.",
        [panel],
    )


def turned(w: npt.ArrayLike) -> Drawing:
    """Draw the four windows that cover the centre pixel of a 3 x 3 image, the weights, and their half-turn."""
    kernel = np.asarray(w)
    around = Panel(5 * CELL + 80, 5 * CELL + 48)
    around.text(around.width / 2, 10, "four windows cover the pixel", style="title small")
    for x, y in np.ndindex(2, 2):
        left, top = 16 + y * (2 * CELL + 52), 28 + x * (2 * CELL + 34)
        for m, n in np.ndindex(2, 2):
            touched = (x + m, y + n) == (1, 1)
            around.square(
                left + n * CELL, top + m * CELL, [number(kernel[m, n])], "w" if touched else "line", touched
            )
        around.text(left + CELL, top + 2 * CELL + 13, f"window of z({x},{y})", style="small")
    beside = Panel(2 * CELL + 110, 5 * CELL + 48)
    for k, (title, values, colour) in enumerate(
        (("the kernel w", kernel, "w"), ("as the pixel meets it", kernel[::-1, ::-1], "e"))
    ):
        top = 28 + k * (2 * CELL + 34)
        beside.text(beside.width / 2, top - 12, title, style="title small")
        beside.grid(55, top, values, colour, lambda u, v: True)
    beside.text(beside.width / 2, 28 + 4 * CELL + 34 + 13, "turned by 180°", "e", "small strong")
    names = ", ".join(number(v) for v in kernel[::-1, ::-1].ravel())
    return Drawing(
        "Left: the four windows of a 2 by 2 kernel that cover the centre pixel of a 3 by 3 image, each drawn "
        "where its output is. In each window another weight lies on the pixel, and it is marked. "
        f"Right: the kernel; below it the four marked weights in the places of their outputs, {names}: "
        "the kernel turned by half a turn.",
        [around, beside],
    )


def padded_error(delta: npt.ArrayLike, w: npt.ArrayLike, pixels: Mapping[str, tuple[int, int]]) -> Drawing:
    """Draw, for each named pixel, the turned kernel on the zero-padded error, and the products that count."""
    errors, kernel = np.asarray(delta), np.asarray(w)
    padded, turn = _padded(errors, kernel), kernel[::-1, ::-1]
    rows, columns = kernel.shape
    panels, told = [], []
    real = {(u + rows - 1, v + columns - 1) for u, v in np.ndindex(errors.shape)}
    for name, (x, y) in pixels.items():
        under = {(x + m, y + n): turn[m, n] for m, n in np.ndindex(rows, columns)}
        terms = [product(padded[place], weight) for place, weight in under.items() if place in real]
        result = sum(padded[place] * weight for place, weight in under.items())
        small: dict[Place, str] = {place: f"× {number(weight)}" for place, weight in under.items()}
        panel = Panel(padded.shape[1] * CELL + 8, padded.shape[0] * CELL + 48)
        panel.text(panel.width / 2, 10, f"{name}: ∂ℒ/∂a({x},{y})", "e", "math")
        panel.text(panel.width / 2, 31, total(terms, result), style="small")
        colour = lambda u, v: "e" if (u, v) in real else "line"
        panel.grid(4, 46, padded, colour, lambda u, v: (u, v) in real, small)
        panel.frame(4 + y * CELL, 46 + x * CELL, columns * CELL, rows * CELL, "w")
        panels.append(panel)
        told.append(f"{name}: {total(terms, result)}")
    return Drawing(
        "The 2 by 2 error inside a rim of zeros, with the turned kernel framed on it at three places; only "
        f"products with real errors count. {'; '.join(told)}.",
        panels,
    )


def _padded(delta: Array, w: Array) -> Array:
    """Surround the error with as many zeros as a kernel can stick out."""
    rows, columns = w.shape
    return np.pad(delta, ((rows - 1,) * 2, (columns - 1,) * 2))
