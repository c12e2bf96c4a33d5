"""The pictures of chapter 11: digits, the error at the loss, descent, curves, kernels, maps, confusion."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab._checks import Array
from cnnlab.figures import _style


def digits(images: npt.ArrayLike, captions: Sequence[object], columns: int = 10) -> Figure:
    """Draw images (count, 28, 28), each under its caption."""
    pictures = np.asarray(images)
    columns = min(columns, len(pictures))
    rows = -(-len(pictures) // columns)
    figure, axes = _style.canvas(rows, columns, rows * (_style.WIDTH / columns + 0.25))
    for one, picture, caption in zip(axes.flat, pictures, captions, strict=False):
        _style.show(one, picture, "activation")
        one.set_title(str(caption))
    _style.hide(list(axes.flat)[len(pictures) :])
    return figure


def loss_error(probabilities: npt.ArrayLike, label: int, names: Sequence[str]) -> Figure:
    """Draw what the network says, what is true, and the difference: the error of each logit."""
    p = np.asarray(probabilities, dtype=float)
    target = np.eye(len(p))[label]
    figure, axes = _style.canvas(3, 1, 4.6, _style.PHONE, sharex=True, sharey=True)
    panels = (
        ("the network says: softmax(z)", p, _style.ACTIVATION),
        ("the truth: one-hot", target, _style.INK),
        (r"the difference: error $\delta$", p - target, _style.ERROR),
    )
    for one, (title, values, colour) in zip(axes[:, 0], panels, strict=True):
        one.bar(
            range(len(p)), values, color=[colour if v >= 0 else _style.CONTRAST for v in values], width=0.6
        )
        for k, value in enumerate(values):
            text = f"{value:+.2f}" if one is axes[2, 0] else f"{value:.2f}"
            above = value >= 0
            one.annotate(
                text, (k, value), xytext=(0, 3 if above else -3), textcoords="offset points",
                ha="center", va="bottom" if above else "top",
            )  # fmt: skip
        one.axhline(0, color=_style.FAINT, linewidth=0.8)
        one.set_title(title)
        one.set_xticks(range(len(p)), names)
        one.set_ylim(-1.35, 1.35)
    return figure


def descent(
    loss: Callable[[Array, Array], Array], paths: dict[str, Array], target: tuple[float, float]
) -> Figure:
    """Draw paths, each (steps, 2), over the level lines of a loss of two parameters."""
    figure, axes = _style.canvas(1, len(paths), 2.5, sharey=True)
    every = np.concatenate([*paths.values(), [target]])
    low, high = every.min(axis=0), every.max(axis=0)
    margin = 0.12 * (high - low)
    x, y = (np.linspace(a, b, 200) for a, b in zip(low - margin, high + margin, strict=True))
    levels = loss(*np.meshgrid(x, y))
    for one, (name, path), colour, mark in zip(
        axes[0], paths.items(), (_style.CONTRAST, _style.ERROR), "so", strict=False
    ):
        one.contour(x, y, np.sqrt(levels), 9, colors=_style.FAINT, linewidths=0.6)
        one.plot(*path.T, marker=mark, markersize=3, linewidth=1.2, color=colour)
        one.plot(*target, marker="*", markersize=11, color=_style.INK)
        one.set_title(f"{name}: {len(path) - 1} steps")
        one.set_xlabel("$w_1$")
    axes[0, 0].set_ylabel("$w_2$")
    return figure


def learning_curves(history: dict[str, list[float]], goal: float) -> Figure:
    """Draw loss (on a logarithmic scale) and accuracy per epoch, and the goal in percent."""
    figure, axes = _style.canvas(2, 1, 4.4, _style.PHONE, sharex=True)
    epochs = np.arange(1, len(history["loss"]) + 1)
    series = (("", "training", _style.ACTIVATION, "o-"), ("validation_", "test", _style.ERROR, "s--"))
    for prefix, name, colour, style in series:
        if prefix + "loss" not in history:
            continue
        axes[0, 0].semilogy(epochs, history[prefix + "loss"], style, color=colour, markersize=3.5, label=name)
        accuracy = 100 * np.asarray(history[prefix + "accuracy"])
        axes[1, 0].plot(epochs, accuracy, style, color=colour, markersize=3.5, label=name)
    axes[0, 0].set_title("loss ℒ (nats, logarithmic)")
    axes[1, 0].set_title("accuracy (percent)")
    axes[1, 0].axhline(goal, color=_style.FAINT, linewidth=0.8, linestyle=":")
    axes[1, 0].set_xlabel("epoch")
    for one in axes[:, 0]:
        one.set_xticks(epochs[:: max(1, len(epochs) // 6)])
        one.legend()
    return figure


def kernels(w: npt.ArrayLike) -> Figure:
    """Draw the kernels of a first layer, shape (F, KH, KW, 1), all on one scale around 0."""
    weights = np.asarray(w)
    limit = float(np.abs(weights).max())
    figure, axes = _style.canvas(1, len(weights), 1.35)
    for f, one in enumerate(axes[0]):
        drawn = _style.show(one, weights[f, :, :, 0], "weight", limit)
        one.set_title(str(f))
    _style.bar(figure.colorbar(drawn, ax=list(axes[0]), fraction=0.02, pad=0.01))
    return figure


def channels(panels: Sequence[tuple[str, npt.ArrayLike]], kind: str, columns: int = 8) -> Figure:
    """Draw the channels of (H, W, C) arrays, a titled panel each, one scale per panel.

    `kind` is "activation" or "error".
    """
    pictures = [_style.mosaic(np.asarray(maps), columns) for _, maps in panels]
    heights = [picture.shape[0] / picture.shape[1] for picture in pictures]
    total = sum(heights) * _style.WIDTH * 0.93 + 0.38 * len(panels)
    figure, axes = _style.canvas(len(panels), 1, total, gridspec_kw={"height_ratios": heights})
    for one, (title, _), picture in zip(axes[:, 0], panels, pictures, strict=True):
        limit = _limit(picture)
        drawn = _style.show(one, picture, kind, limit)
        one.set_title(title, loc="left")
        one.set_frame_on(False)
        _style.bar(figure.colorbar(drawn, ax=one, fraction=0.03, pad=0.01, aspect=12))
    return figure


def _limit(picture: Array) -> float:
    """Return where a scale ends: few numbers are larger, and would leave the others without a colour."""
    shown = np.abs(picture)[np.isfinite(picture) & (picture != 0)]
    return float(np.quantile(shown, 0.98)) if shown.size else 1.0


def blame(image: npt.ArrayLike, gradient: npt.ArrayLike) -> Figure:
    """Draw a plain (H, W) image beside the gradient of the loss by its pixels."""
    figure, axes = _style.canvas(1, 2, 2.4)
    _style.show(axes[0, 0], np.asarray(image), "activation")
    axes[0, 0].set_title("the digit")
    drawn = _style.show(axes[0, 1], np.asarray(gradient), "error", _limit(np.asarray(gradient)))
    axes[0, 1].set_title("gradient by its pixels")
    _style.bar(figure.colorbar(drawn, ax=axes[0, 1], fraction=0.045, pad=0.02))
    return figure


def confusion_matrix(counts: npt.ArrayLike) -> Figure:
    """Draw how often each digit (row) was read as each digit (column), the counts in figures."""
    matrix = np.asarray(counts)
    wrong = matrix * (1 - np.eye(len(matrix), dtype=int))
    figure, axes = _style.canvas(1, 1, 3.4, _style.PHONE)
    one = axes[0, 0]
    one.imshow(wrong, cmap="Greys", vmin=0, vmax=2.5 * max(1, wrong.max()))
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            right = row == column
            one.text(
                column, row, count, ha="center", va="center",
                color=_style.ACTIVATION if right else _style.INK, weight="bold" if not right else "normal",
            )  # fmt: skip
    one.set_xticks(range(len(matrix)))
    one.set_yticks(range(len(matrix)))
    one.set_xlabel("read as")
    one.set_ylabel("written as")
    one.set_xticks(np.arange(len(matrix) + 1) - 0.5, minor=True)
    one.set_yticks(np.arange(len(matrix) + 1) - 0.5, minor=True)
    one.grid(which="minor", color=_style.PAPER, linewidth=1.5)
    one.tick_params(which="both", length=0)
    return figure
