"""Pictures that move in a static page: frames made beforehand, and three buttons."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from cnnlab._checks import Array
from cnnlab.figures._drawing import Place, number


class Cell(NamedTuple):
    """A square of a grid: a number, a smaller line below it, and how it is marked ("" or "on")."""

    value: object = ""
    small: str = ""
    mark: str = ""


class Grid(NamedTuple):
    """A titled table of cells."""

    title: str
    rows: Sequence[Sequence[Cell]]


class Frame(NamedTuple):
    """What one step shows: grids side by side, and a sentence below them."""

    grids: Sequence[Grid]
    text: str


_PAGE = """<div id="ID" class="cnnlab-animation" role="group" aria-label="LABEL">
<style>
.cnnlab-animation .frames {display: grid}
.cnnlab-animation .frame {grid-area: 1 / 1; visibility: hidden; min-width: 0}
.cnnlab-animation .frame.now {visibility: visible}
.cnnlab-animation table {display: inline-table; border-collapse: collapse; margin: 0 1.1rem .4rem 0;
  width: auto; font-family: monospace; font-size: .9rem}
.cnnlab-animation caption {caption-side: top; text-align: left; padding: 0 0 .2rem; font-size: .8rem;
  color: inherit}
.cnnlab-animation td {border: 1px solid #9aa0a6; width: 2.5rem; min-width: 2.5rem; height: 2.5rem;
  text-align: center; padding: 0 !important; line-height: 1.15}
.cnnlab-animation {--mark: #1f5fa8}
html[data-theme="dark"] .cnnlab-animation {--mark: #7db4f0}
.cnnlab-animation td.on {outline: 3px solid var(--mark); outline-offset: -3px; font-weight: 700}
.cnnlab-animation small {display: block; font-size: .72em}
.cnnlab-animation p {margin: .2rem 0 .6rem; min-height: 3em; font-size: .9rem}
.cnnlab-animation button {font: inherit; min-width: 4.2rem; padding: .35rem .6rem; margin-right: .4rem}
</style>
<div class="frames" aria-live="polite">
FRAMES
</div>
<button type="button" class="back">back</button>
<button type="button" class="play">play</button>
<button type="button" class="step">step</button>
<script>
(() => {
  const root = document.getElementById("ID"), find = name => root.querySelector("." + name);
  const frames = root.querySelectorAll(".frame");
  let at = 0, timer = null;
  const move = by => {
    frames[at].classList.remove("now");
    at = (at + by + frames.length) % frames.length;
    frames[at].classList.add("now");
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    find("play").textContent = "play";
    find("frames").setAttribute("aria-live", "polite");
  };
  find("step").onclick = () => { stop(); move(1); };
  find("back").onclick = () => { stop(); move(-1); };
  find("play").onclick = () => {
    if (timer) { stop(); return; }
    find("play").textContent = "pause";
    find("frames").setAttribute("aria-live", "off");
    timer = setInterval(() => move(1), 1400);
  };
})();
</script></div>"""


class Animation:
    """Frames for a page or a notebook, with the buttons back, play and step; it loops.

    It needs no kernel and loads nothing. Without JavaScript, and on paper, the first frame stays.
    `label` says in words what moves.
    """

    def __init__(self, label: str, frames: Sequence[Frame]) -> None:
        self.label, self.frames = label, list(frames)

    def __repr__(self) -> str:
        return f"Animation: {self.label}"

    def _repr_html_(self) -> str:
        frames = "\n".join(_frame(frame, first=k == 0) for k, frame in enumerate(self.frames))
        name = "animation-" + hashlib.sha256(frames.encode()).hexdigest()[:8]  # two on a page must differ
        page = _PAGE.replace("ID", name).replace("LABEL", escape(repr(self)))
        return page.replace("FRAMES", frames)


def _frame(frame: Frame, first: bool) -> str:
    tables = "".join(_table(grid) for grid in frame.grids)
    return f'<div class="frame{" now" if first else ""}">{tables}<p>{escape(frame.text)}</p></div>'


def _table(grid: Grid) -> str:
    rows = "".join(f"<tr>{''.join(map(_square, row))}</tr>" for row in grid.rows)
    return f"<table><caption>{escape(grid.title)}</caption>{rows}</table>"


def _square(cell: Cell) -> str:
    mark = f' class="{cell.mark}"' if cell.mark else ""
    small = f"<small>{escape(cell.small)}</small>" if cell.small else ""
    return f"<td{mark}>{escape(number(cell.value))}{small}</td>"


def marked(
    title: str, values: Array, on: Collection[Place], small: Mapping[Place, str] | None = None
) -> Grid:
    """Show an array; the places in `on` are outlined, those in `small` carry a second line."""
    (height, width), lines = values.shape, small or {}

    def cell(x: int, y: int) -> Cell:
        return Cell(values[x, y], lines.get((x, y), ""), "on" if (x, y) in on else "")

    return Grid(title, [[cell(x, y) for y in range(width)] for x in range(height)])


def growing(title: str, values: Array, at: Place) -> Grid:
    """Show a result entry by entry, in reading order: what comes after `at` is still empty."""
    places = list(np.ndindex(values.shape))
    shown = np.full(values.shape, "", dtype=object)
    for place in places[: places.index(at) + 1]:
        shown[place] = values[place]
    return marked(title, shown, {at})
