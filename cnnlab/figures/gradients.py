"""The pictures of chapter 01: paths to the loss, the error of a step, and a kink."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab._checks import Array
from cnnlab.figures import _style
from cnnlab.figures.animation import Animation, Frame, growing, marked


def paths(names: Sequence[str], first: Sequence[str], second: Sequence[str]) -> Figure:
    """Draw an input, the numbers in the middle and a loss; the derivative stands on each arrow.

    `names` are input, middle numbers and loss; `first` and `second` label the arrows into and out of the
    middle.
    """
    figure, axes = _style.canvas(1, 1, 2.6)
    one = axes[0, 0]
    middle = names[1:-1]
    heights = np.linspace(1, -1, len(middle))
    for y, a, b in zip(heights, first, second, strict=True):
        _style.arrow(one, (0.35, y * 0.12), (2.6, y), _style.ACTIVATION)
        _style.arrow(one, (3.4, y), (5.4, y * 0.22), _style.ACTIVATION)
        for x, text in ((1.45, a), (4.45, b)):
            one.text(x, y * 0.82, text, ha="center", va="center", fontsize=9.5, color=_style.ERROR,
                     backgroundcolor=_style.PAPER)  # fmt: skip
    places = [(0, 0), *((3, y) for y in heights), (6, 0)]
    box = {"boxstyle": "round,pad=0.4", "facecolor": _style.PAPER, "edgecolor": _style.ACTIVATION}
    for (x, y), name in zip(places, names, strict=True):
        one.text(x, y, name, ha="center", va="center", fontsize=11, bbox=box)
    _style.frame(one, -0.8, 6.8, -1.4, 1.4)
    return figure


def step_errors(steps: npt.ArrayLike, curves: dict[str, dict[str, Array]]) -> Figure:
    """Draw measured errors over the step, one panel per precision, one line per method."""
    figure, axes = _style.canvas(1, len(curves), 3.1, sharey=True)
    styles = {
        "one-sided": ("s:", _style.CONTRAST),
        "central": ("o-", _style.ERROR),
        "complex": ("^--", _style.ACTIVATION),
    }
    for one, (title, methods) in zip(axes[0], curves.items(), strict=True):
        for name, errors in methods.items():
            mark, colour = styles[name]
            one.loglog(
                steps,
                np.maximum(errors, 1e-17),
                mark,
                color=colour,
                markersize=3.2,
                linewidth=1.2,
                label=name,
            )
        one.set_title(title, fontsize=9.5)
        one.set_xlabel("step h")
        one.invert_xaxis()
        one.legend(fontsize=8, loc="lower left")
    axes[0, 0].set_ylabel("relative error")
    return figure


def kink(function: Callable[[Array], Array], points: Sequence[float], step: float) -> Figure:
    """Draw a function with a corner, and for each point the line that a central difference sees."""
    figure, axes = _style.canvas(1, len(points), 2.2, sharey=True)
    line = np.linspace(-1.2, 1.2, 241)
    for one, point in zip(axes[0], points, strict=True):
        ends = np.array([point - step, point + step])
        values = function(ends)
        slope = (values[1] - values[0]) / (2 * step)
        one.plot(line, function(line), color=_style.ACTIVATION, linewidth=2)
        one.plot(ends, values, "o--", color=_style.ERROR, linewidth=1.4)
        one.plot([point], function(np.array([point])), "D", color=_style.INK, markersize=4)
        one.set_title(f"at {point:g}: measured slope {slope:g}", fontsize=9)
        one.set_xlabel("z")
    axes[0, 0].set_ylabel("relu(z)")
    return figure


def animate_differences(f: Callable[[Array], float], x: npt.ArrayLike) -> Animation:
    """Nudge one entry at a time up and down by 1; half the change of f is that entry of the gradient."""
    point = np.asarray(x)
    gradient = np.zeros_like(point)
    frames = []
    for place in np.ndindex(point.shape):
        unit = np.zeros_like(point)
        unit[place] = 1
        above, below = f(point + unit), f(point - unit)
        gradient[place] = (above - below) / 2
        text = f"(f up − f down) / 2 = ({above:g} − {below:g}) / 2 = {gradient[place]:g}"
        grids = marked("x", point, {place}, {place: "± 1"}), growing("gradient", gradient, place)
        frames.append(Frame(grids, text))
    return Animation(
        "one entry of x at a time is nudged up and down by one; half the change of f enters the gradient",
        frames,
    )
