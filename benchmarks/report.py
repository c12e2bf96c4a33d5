"""The results of speed.py as a table and as a figure."""

import matplotlib
import matplotlib.pyplot as plt
import numpy as np

from cnnlab._display import COLOURS

SHAPES = [f"L{k}" for k in range(1, 8)]
OTHERS = {"pytorch": "PyTorch", "products": "the products", "textbook": "textbook"}


def geometric_mean(rows, who):
    """Return the mean ratio over L1 to L7, or None if one is missing."""
    ratios = [rows[name][who][0] for name in SHAPES if name in rows and rows[name][who]]
    return float(np.exp(np.mean(np.log(ratios)))) if len(ratios) == len(SHAPES) else None


def table(rows):
    """Write the ratios as lines of text."""

    def written(ratio):
        return "–" if ratio is None else "{:.2f} ({:.2f}–{:.2f})".format(*ratio)

    lines = [f"{'':42}{'cnnlab ms':>9}" + "".join(f"{'÷ ' + name:>20}" for name in OTHERS.values())]
    for name, row in rows.items():
        cells = "".join(f"{written(row[who]):>20}" for who in OTHERS)
        lines.append(f"{name:42}{row['milliseconds']['cnnlab']:9.2f}{cells}")
    means = [geometric_mean(rows, who) for who in OTHERS]
    lines.append(
        f"{'geometric mean, L1 to L7':51}"
        + "".join(f"{mean:20.2f}" if mean else f"{'–':>20}" for mean in means)
    )
    return "\n".join(lines)


def draw(report, path):
    """Draw the ratios to PyTorch, one thread and all; without PyTorch, those to the matrix products."""
    matplotlib.use("Agg")
    who = "pytorch" if geometric_mean(report["threads"]["1"], "pytorch") else "products"
    names = [name for name, row in report["threads"]["1"].items() if row[who]]
    figure, axes = plt.subplots(figsize=(8, 0.34 * len(names) + 1.2), layout="constrained")
    styles = [("o", COLOURS["a"][0], "one thread"), ("s", COLOURS["e"][0], "all cores")]
    for (marker, colour, label), shift, rows in zip(
        styles, (-0.15, 0.15), report["threads"].values(), strict=False
    ):
        middle, low, high = np.array([rows[name][who] for name in names]).T
        spread, places = [middle - low, high - middle], np.arange(len(names)) + shift
        axes.errorbar(middle, places, xerr=spread, fmt=marker, color=colour, label=label)
    axes.axvline(1, color=COLOURS["line"][0], linewidth=1)
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_xscale("log")
    axes.set_xlabel(f"time of cnnlab ÷ time of {OTHERS[who]}")
    axes.invert_yaxis()
    axes.legend()
    figure.savefig(path, dpi=150)
    plt.close(figure)
