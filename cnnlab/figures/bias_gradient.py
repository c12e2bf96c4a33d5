"""The pictures of chapter 07: one bias feeds every output of its channel, and collects from all of them."""

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, Cell, Frame, Grid, marked


def fed_by_bias(delta: npt.ArrayLike) -> Figure:
    """Draw each bias below all outputs of its channel, image by image, with the errors that come back.

    `delta` is (N, OH, OW, F), as in the package.
    """
    errors = np.asarray(delta)
    images, rows, columns, filters = errors.shape
    figure, axes = _style.canvas(1, filters, 2.4)
    step = 1.35 * columns + 0.5  # from one image to the next
    middle, bottom = (images * step - 0.85) / 2, -1.35 * rows - 0.9
    for f, one in enumerate(axes[0]):
        _style.cell(one, middle - 0.5, bottom, f"b({f})", _style.WEIGHT)
        for i, x, y in np.ndindex(images, rows, columns):
            left, top = i * step + 1.35 * y, -1.35 * x
            _style.cell(one, left, top, f"z({x},{y})\n{errors[i, x, y, f]:+d}", _style.ERROR)
            _style.arrow(one, (middle, bottom), (left + 0.5, top - 1), _style.WEIGHT)
        for i in range(images):
            center = i * step + (1.35 * columns - 0.35) / 2
            one.text(center, 0.15, f"image {i}", ha="center", va="bottom", fontsize=8)
        terms = " ".join(f"{value:+d}" for value in errors[..., f].ravel())
        one.set_title(f"channel {f}: db({f}) = {terms} = {errors[..., f].sum()}", fontsize=8.5)
        _style.frame(one, -0.2, images * step - 0.65, bottom - 1.15, 0.6)
    return figure


def animate_bias_gradient(delta: npt.ArrayLike) -> Animation:
    """Walk through all errors, image by image; each is added to the bias of its channel.

    `delta` is (N, OH, OW, F), as in the package.
    """
    errors = np.asarray(delta)
    images, _, _, filters = errors.shape
    db = np.zeros(filters, dtype=errors.dtype)
    frames = []
    for i, x, y, f in np.ndindex(errors.shape):
        before = db[f]
        db[f] += errors[i, x, y, f]
        grids = [
            marked(f"δ, image {j}, channel {k}", errors[j, :, :, k], {(x, y)} if (j, k) == (i, f) else ())
            for j in range(images)
            for k in range(filters)
        ]
        sums = [[Cell(int(value), mark="on" if k == f else "") for k, value in enumerate(db)]]
        text = f"db({f}) = {before} + {_style.bracketed(errors[i, x, y, f])} = {db[f]}"
        frames.append(Frame([*grids, Grid("db", sums)], text))
    return Animation(
        "every error of every image and position is added to the one bias of its channel, one a step", frames
    )
