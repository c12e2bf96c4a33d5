"""The pictures of the page on symptoms: what the loss does when one thing is wrong."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from cnnlab.figures import _style


def curves(runs: Mapping[str, Sequence[float]]) -> Figure:
    """Draw the loss of every batch of some runs, a panel each on one scale, and the cost of guessing.

    What is far above the scale leaves it at the top.
    """
    figure, axes = _style.canvas(-(-len(runs) // 2), 2, 1.25 * -(-len(runs) // 2), sharex=True, sharey=True)
    longest = max(map(len, runs.values()))
    for k, (axis, (name, losses)) in enumerate(zip(axes.ravel(), runs.items(), strict=True)):
        steps, found = np.arange(1, len(losses) + 1), np.asarray(losses)
        axis.axhline(np.log(10), color=_style.FAINT, linewidth=0.9, linestyle=":")
        axis.plot(steps, found, color=_style.ACTIVATION if k == 0 else _style.ERROR, linewidth=1.3)
        if np.isnan(found[-1]):
            last = max(1, len(found) - 1)
            end = last, min(found[last - 1], 4.6)
            axis.plot(*end, "x", color=_style.INK)
            axis.annotate(
                "nan",
                end,
                xytext=(5, -3),
                textcoords="offset points",
                fontsize=_style.LETTERS,
            )
        axis.set_title(name)
        axis.set_xlim(0, longest + 1)
        axis.set_ylim(0, 5)
        axis.set_yticks([0, 2, 4])
    for axis in axes[-1]:
        axis.set_xlabel("step")
    return figure
