"""The pictures of chapter 7: one bias feeds every output of its channel, and collects from all of them."""

import numpy as np
import numpy.typing as npt

from cnnlab.figures._drawing import CELL, Drawing, Panel, number


def fed_by_bias(delta: npt.ArrayLike) -> Drawing:
    """Draw each bias below all outputs of its channel, image by image, with the errors that come back.

    `delta` is (N, OH, OW, F), as in the package.
    """
    errors = np.asarray(delta)
    images, rows, columns, filters = errors.shape
    step, across = columns * (CELL + 16), CELL + 16
    panels, told = [], []
    for f in range(filters):
        panel = Panel(images * step + (images - 1) * 18, 96 + rows * across + CELL + 54)
        terms = [number(errors[0, 0, 0, f])] + [
            f"{'−' if value < 0 else '+'} {number(abs(value))}" for value in errors[..., f].ravel()[1:]
        ]
        bottom = 78 + rows * across + 46
        panel.text(panel.width / 2, 10, f"channel {f}", style="title small")
        panel.text(panel.width / 2, 34, f"{' '.join(terms)} = {number(errors[..., f].sum())}", "e", "strong")
        for i in range(images):
            panel.text(i * (step + 18) + step / 2, 62, f"image {i}", style="small")
        for i, x, y in np.ndindex(images, rows, columns):
            left, top = i * (step + 18) + y * across + 8, 78 + x * across
            panel.arrow((left + CELL / 2, top + CELL), (panel.width / 2, bottom), "e")
            panel.square(left, top, [number(errors[i, x, y, f])], "e", True)
        panel.square(panel.width / 2 - CELL / 2, bottom, [f"b({f})"], "w", True)
        panels.append(panel)
        told.append(f"channel {f}: {' '.join(terms)} = {number(errors[..., f].sum())}")
    return Drawing(
        "For each output channel its bias, and above it the errors of all outputs of the channel, image by image. An "
        f"arrow leads from every error down to the bias, which adds them up. {'; '.join(told)}.",
        panels,
    )
