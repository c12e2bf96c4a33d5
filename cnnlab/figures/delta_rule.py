"""The pictures of chapter 03: which outputs a pixel fed, and the kernel that slides over the padded error."""

import hashlib
import json
from itertools import product

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from cnnlab.figures import _style

_GAP = 0.45  # between the rows of outputs, so that an arrow's head can be seen


def _cell(axes: Axes, left: float, top: float, text: str = "", colour: str = _style.FAINT) -> None:
    """Draw a unit cell. One with a text is coloured and opaque: arrows run behind it."""
    back = _style.PAPER if text else "none"
    axes.add_patch(Rectangle((left, top - 1), 1, 1, facecolor=back, edgecolor=_style.FAINT, lw=0.8))
    if text:
        axes.add_patch(Rectangle((left, top - 1), 1, 1, facecolor=colour, alpha=0.22, edgecolor=colour))
        axes.text(left + 0.5, top - 0.5, text, ha="center", va="center", fontsize=7.5, linespacing=1.5)


def fed_outputs(pixels: dict[str, tuple[int, int]], height: int = 3, width: int = 3) -> Figure:
    """Draw, for each named pixel, the outputs of a 2 x 2 kernel that it fed, and through which weights."""
    figure, axes = _style.canvas(1, len(pixels), 3.7)
    for one, (name, (x, y)) in zip(axes[0], pixels.items(), strict=True):
        for u, v in product(range(height), range(width)):
            chosen = (u, v) == (x, y)
            _cell(one, v, height - u, f"a({u},{v})" if chosen else "", _style.ACTIVATION)
        terms = 0
        for u, v in product(range(height - 1), range(width - 1)):
            m, n = x - u, y - v
            fed = 0 <= m < 2 and 0 <= n < 2
            left, top = 0.5 + v, -1.2 - u * (1 + _GAP)
            _cell(one, left, top, f"z({u},{v})\nw({m},{n})" if fed else "", _style.ERROR)
            if fed:
                terms += 1
                arrow = FancyArrowPatch(
                    (y + 0.5, height - x - 1), (left + 0.5, top), arrowstyle="-|>", mutation_scale=10,
                    color=_style.WEIGHT, shrinkA=0, shrinkB=0, linewidth=1.1, zorder=0.5,
                )  # fmt: skip
                one.add_patch(arrow)
        one.set_title(f"{name}: {terms} output{'s' if terms > 1 else ''}", fontsize=9.5)
        one.set_xlim(-0.2, width + 0.2)
        one.set_ylim(-1.3 - (height - 1) * (1 + _GAP), height + 0.2)
        one.set_aspect("equal")
    _style.hide(list(axes.flat))
    return figure


_PLAYER = """<div id="ID" class="cnnlab-slide" role="group" aria-label="LABEL">
<style>
.cnnlab-slide {font-family: monospace; overflow-x: auto}
.cnnlab-slide table {display: inline-table; border-collapse: collapse; margin: .3rem 1.2rem .3rem 0}
.cnnlab-slide td {border: 1px solid #9aa0a6; width: 2.7rem; height: 2.7rem; text-align: center;
  padding: 0 !important; line-height: 1.15}
.cnnlab-slide td.pad {opacity: .55}
.cnnlab-slide td.on {outline: 3px solid #c05a00; outline-offset: -3px; opacity: 1}
.cnnlab-slide small {display: block; font-size: .72em}
.cnnlab-slide button {font: inherit; min-width: 4.2rem; padding: .35rem .6rem; margin-right: .4rem}
</style>
<div class="grids"></div><p class="sum"></p>
<button type="button" class="back">back</button>
<button type="button" class="play">play</button>
<button type="button" class="step">step</button>
<script>
(() => {
  const root = document.getElementById("ID"), data = DATA, total = data.frames.length;
  const find = name => root.querySelector("." + name);
  let at = 0, timer = null;
  const table = (grid, cell) => "<table>" + grid.map((row, x) =>
    "<tr>" + row.map((value, y) => cell(value, x, y)).join("") + "</tr>").join("") + "</table>";
  const draw = () => {
    const frame = data.frames[at], [rows, columns] = data.size, [top, left] = data.pad;
    const errors = table(data.padded, (value, x, y) => {
      const weight = (data.kernel[x - frame.x] || [])[y - frame.y];
      const real = x >= top && y >= left && x < data.padded.length - top && y < data.padded[0].length - left;
      const under = weight === undefined ? "" : "<small>× " + weight + "</small>";
      return `<td class="${under ? "on" : real ? "" : "pad"}">${value}${under}</td>`;
    });
    const gradient = table(data.result, (value, x, y) => {
      const index = x * columns + y;
      return `<td class="${index === at ? "on" : ""}">${index <= at ? value : ""}</td>`;
    });
    find("grids").innerHTML = errors + gradient;
    find("sum").textContent = frame.text;
  };
  const stop = () => { clearInterval(timer); timer = null; find("play").textContent = "play"; };
  const move = by => { at = (at + by + total) % total; draw(); };
  find("step").onclick = () => { stop(); move(1); };
  find("back").onclick = () => { stop(); move(-1); };
  find("play").onclick = () => {
    if (timer) { stop(); return; }
    find("play").textContent = "pause";
    timer = setInterval(() => move(1), 1400);
  };
  draw();
})();
</script></div>"""


class Slide:
    """An animation for a page or a notebook: the turned kernel slides over the padded error.

    It needs no kernel and loads nothing; it waits for the reader to press "play" or "step", and loops.
    """

    def __init__(self, delta: npt.ArrayLike, w: npt.ArrayLike) -> None:
        errors, kernel = np.asarray(delta), np.asarray(w)
        rows, columns = kernel.shape
        padded = np.pad(errors, ((rows - 1,) * 2, (columns - 1,) * 2))
        rotated = kernel[::-1, ::-1]
        height, width = padded.shape[0] - rows + 1, padded.shape[1] - columns + 1
        result = np.zeros((height, width), dtype=padded.dtype)
        frames = []
        for x, y in product(range(height), range(width)):
            window = padded[x : x + rows, y : y + columns]
            result[x, y] = (window * rotated).sum()
            terms = " + ".join(f"{d}·{k}" for d, k in zip(window.ravel(), rotated.ravel(), strict=True))
            frames.append({"x": x, "y": y, "text": f"da({x},{y}) = {terms} = {result[x, y]}"})
        self._data = {
            "padded": padded.tolist(), "kernel": rotated.tolist(), "result": result.tolist(),
            "pad": [rows - 1, columns - 1], "size": [height, width], "frames": frames,
        }  # fmt: skip

    def __repr__(self) -> str:
        return "Animation: the turned kernel slides over the zero-padded error, one position a step"

    def _repr_html_(self) -> str:
        data = json.dumps(self._data)
        name = "slide-" + hashlib.sha256(data.encode()).hexdigest()[:8]  # two on a page must differ
        return _PLAYER.replace("ID", name).replace("LABEL", repr(self)).replace("DATA", data)
