"""The pictures of chapter 10: what a test sees of a wrong gradient, and how well wrong gradients train."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cnnlab._checks import Array
from cnnlab.figures._drawing import CELL, Drawing, Panel, number


def same_sum(right: npt.ArrayLike, wrong: npt.ArrayLike, direction: npt.ArrayLike) -> Drawing:
    """Draw two gradients of equal shape and sum, and a direction that tells them apart."""
    u = np.asarray(direction)
    panels, told = [], []
    for title, values in (("right", np.asarray(right)), ("wrong", np.asarray(wrong))):
        rows, columns = values.shape
        panel = Panel(158, rows * CELL + 126)
        panel.text(79, 12, title, style="title small")
        panel.grid(79 - columns * CELL / 2, 28, values, "e")
        below = 28 + rows * CELL
        slope = int((values * u).sum())
        for k, line in enumerate(
            (f"shape {rows}×{columns}", f"sum {number(values.sum())}", f"along u: {slope}")
        ):
            panel.text(79, below + 22 + 24 * k, line, style="strong" if k == 2 else "")
        panels.append(panel)
        told.append(f"the {title} one {values.tolist()} has the sum {values.sum()} and along u {slope}")
    panel = Panel(158, u.shape[0] * CELL + 126)
    panel.text(79, 12, "a direction u", style="title small")
    panel.grid(79 - u.shape[1] * CELL / 2, 28, u, "ink")
    return Drawing(
        f"Two gradients of the same shape, and a direction u of random integers {u.tolist()}: {'; '.join(told)}.",
        [*panels, panel],
        width=540,
    )


def matrix(tests: Mapping[str, Sequence[bool]], names: Sequence[str]) -> Drawing:
    """Draw which test sees which mistake: a row a test, a numbered column a mistake; the names stand beside it."""
    rows, columns = len(tests), len(names)
    side, left = 25.0, 156.0
    panel = Panel(left + columns * side + 2, 34 + rows * side)
    for k in range(columns):
        panel.text(left + (k + 0.5) * side, 14, str(k + 1), style="title")
    for row, (name, seen) in enumerate(tests.items()):
        y = 30 + row * side
        panel.text(left / 2 - 4, y + side / 2, name, style="small")
        for k, caught in enumerate(seen):
            panel.tile(left + k * side, y, side, "line" if caught else "e")
            sign, style = ("✓", "faint") if caught else ("○", "strong")
            panel.text(left + (k + 0.5) * side, y + side / 2, sign, style=style)
    key = Panel(190, 34 + columns * side)
    for k, name in enumerate(names):
        key.text(16, 30 + (k + 0.5) * side, str(k + 1), style="title")
        key.text(108, 30 + (k + 0.5) * side, name, style="small")
    told = "; ".join(
        f"{name}: {_list([k + 1 for k, caught in enumerate(seen) if not caught])}"
        for name, seen in tests.items()
    )
    key_told = ", ".join(f"{k} {name}" for k, name in enumerate(names, start=1))
    return Drawing(
        f"A table of {rows} tests and {columns} numbered mistakes: a tick where the test sees the mistake, a circle "
        f"where it is blind to it. The mistakes are: {key_told}. Blind are, {told}.",
        [panel, key],
    )


def _list(numbers: Sequence[int]) -> str:
    return "to " + ", ".join(map(str, numbers)) if numbers else "to none"


def trained(accuracies: Mapping[str, npt.ArrayLike]) -> Drawing:
    """Draw mean and standard error of the accuracy for each label; the runs of a label differ in their seed."""
    top, height, left, step = 16.0, 220.0, 46.0, 28.0
    panel = Panel(left + step * len(accuracies) + 4, top + height + 40)
    points = {name: _mean_and_error(np.asarray(runs)) for name, runs in accuracies.items()}
    low = np.floor(50 * min(mean - spread for mean, spread in points.values())) / 50
    high = np.ceil(50 * max(mean + spread for mean, spread in points.values())) / 50

    def place(value: float) -> float:
        return float(top + height * (high - value) / (high - low))

    for mark in np.arange(low, high + 0.001, 0.02):
        panel.line([(left - 6, place(mark)), (panel.width, place(mark))], "line", 0.6)
        panel.text(20, place(mark), f"{100 * mark:.0f} %", style="small")
    for k, (name, (mean, spread)) in enumerate(points.items()):
        x, colour = left + (k + 0.5) * step, "a" if k == 0 else "e"
        panel.line([(x, place(mean - spread)), (x, place(mean + spread))], colour, 3)
        for end in (mean - spread, mean + spread):
            panel.line([(x - 5, place(end)), (x + 5, place(end))], colour, 2)
        panel.tile(x - 3, place(mean) - 3, 6, colour)
        panel.text(x, top + height + 20, name, style="title small")
    return Drawing(
        "Accuracy on test digits, mean and standard error over several seeds, for the right gradient and for each "
        "numbered mistake, for a first layer that never learns (f) and for a second one whose kernels never learn (o); "
        f"the scale goes from {100 * low:.0f} to {100 * high:.0f} percent. All of them learn, and several lie as high as "
        "the right one.",
        [panel],
    )


def _mean_and_error(runs: Array) -> tuple[float, float]:
    return float(runs.mean()), float(runs.std(ddof=1) / np.sqrt(len(runs)))
