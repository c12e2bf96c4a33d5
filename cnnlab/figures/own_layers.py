"""The pictures of chapter 12: which ways lead from one number of a batch to the normalized ones."""

from collections.abc import Sequence

import numpy as np

from cnnlab.figures._drawing import CELL, Drawing, Panel, number


def three_paths(values: Sequence[float], chosen: int) -> Drawing:
    """Draw a column of a batch, its mean and spread, and its normalized values, with the ways from one entry."""
    a = np.asarray(values, dtype=float)
    mean, spread = a.mean(), a.std()
    normal = (a - mean) / spread
    step, top = CELL + 26, 40
    middle, right = 150.0, 296.0
    bottom = top + (len(a) - 1) * step + CELL
    panel = Panel(right + CELL + 8, bottom + 34)
    panel.text(8 + CELL / 2, 14, "a", style="title math")
    panel.text(right + CELL / 2, 14, "normalized", style="title small")
    heights = [top + k * step + CELL / 2 for k in range(len(a))]
    centre = (heights[0] + heights[-1]) / 2
    statistics = ((centre - 44, f"mean {number(mean)}"), (centre + 44, f"spread {number(round(spread, 1))}"))
    start = (8 + CELL, heights[chosen])
    panel.arrow(start, (right, heights[chosen]), "a", 2.6)
    for height, _ in statistics:
        panel.arrow(start, (middle - 6, height), "a")
        for k in range(len(a)):
            panel.arrow((middle + 98, height), (right, heights[k]), "line")
    for height, words in statistics:
        panel.box(middle + 46, height, words, "a", 104, style="small")
    for k, height in enumerate(heights):
        panel.square(8, height - CELL / 2, [number(a[k])], "a" if k == chosen else "line", k == chosen)
        panel.square(right, height - CELL / 2, [number(round(normal[k], 1))], "a", True)
    panel.text(panel.width / 2, bottom + 22, "three ways from one number", style="small")
    told = ", ".join(number(round(value, 1)) for value in normal)
    return Drawing(
        f"On the left the numbers {', '.join(map(number, a))} of a batch, in the middle their mean {number(mean)} and "
        f"their spread {number(round(spread, 1))}, on the right the normalized numbers {told}. From the number "
        f"{number(a[chosen])} one thick arrow leads straight to its own normalized number, one to the mean and one to "
        "the spread; from these, thin arrows lead on to all normalized numbers.",
        [panel],
    )
