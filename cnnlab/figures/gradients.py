"""The pictures of chapter 1: paths to the loss, the error of a step, and a kink."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from cnnlab._checks import Array
from cnnlab.figures import _style
from cnnlab.figures._drawing import Drawing, Panel
from cnnlab.figures.animation import Animation, Frame, growing, marked


def paths(names: Sequence[str], first: Sequence[str], second: Sequence[str]) -> Drawing:
    """Draw the paths from one number to the loss through two others, with the derivative along each arrow.

    `names` are input, the two middle numbers and loss; `first` and `second` label the arrows into and out of
    the middle.
    """
    panel = Panel(356, 210)
    places = ((46, 105), (178, 40), (178, 170), (300, 105))
    for k, (a, b) in enumerate(zip(first, second, strict=True)):
        (x, y), (u, v), (s, t) = places[0], places[1 + k], places[3]
        side = -1 if k == 0 else 1
        panel.arrow((x + 30, y + side * 18), (u - 46, v - side * 10), "a")
        panel.arrow((u + 46, v - side * 10), (s - 40, t + side * 18), "a")
        panel.text((x + u) / 2 - 24, (y + v) / 2 + side * 16, a, "e", "math")
        panel.text((u + s) / 2 + 30, (v + t) / 2 + side * 16, b, "e", "math")
    for (x, y), name, width in zip(places, names, (64, 92, 92, 100), strict=True):
        panel.box(x, y, name, "a", width)
    return Drawing(
        f"A graph: {names[0]} on the left; one arrow leads up to {names[1]} with derivative {first[0]}, another down "
        f"to {names[2]} with derivative {first[1]}. From there arrows with the derivatives {second[0]} and {second[1]} "
        f"lead to the loss, {names[3]}.",
        [panel],
    )


def step_errors(steps: npt.ArrayLike, curves: dict[str, dict[str, Array]]) -> Figure:
    """Draw measured errors over the step, one panel per precision, one line per method."""
    figure, axes = _style.canvas(len(curves), 1, 2.6 * len(curves), _style.PHONE, sharex=True, sharey=True)
    styles = {
        "one-sided": ("s:", _style.CONTRAST),
        "central": ("o-", _style.ERROR),
        "complex": ("^--", _style.ACTIVATION),
    }
    for one, (title, methods) in zip(axes[:, 0], curves.items(), strict=True):
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
        one.set_title(title)
        one.set_ylabel("relative error")
    axes[-1, 0].legend(loc="lower left")
    axes[0, 0].invert_xaxis()  # and with it the others
    axes[-1, 0].set_xlabel("step h")
    return figure


def kink(function: Callable[[Array], Array], points: Sequence[float], step: float) -> Figure:
    """Draw a function with a corner, and for each point the line that a central difference sees."""
    figure, axes = _style.canvas(1, len(points), 2.1, sharey=True)
    line = np.linspace(-1.2, 1.2, 241)
    for one, point in zip(axes[0], points, strict=True):
        ends = np.array([point - step, point + step])
        values = function(ends)
        slope = (values[1] - values[0]) / (2 * step)
        one.plot(line, function(line), color=_style.ACTIVATION, linewidth=2)
        one.plot(ends, values, "o--", color=_style.ERROR, linewidth=1.4)
        one.plot([point], function(np.array([point])), "D", color=_style.INK, markersize=4)
        one.set_title(f"at {point:g}:\nslope {slope:g}")
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
