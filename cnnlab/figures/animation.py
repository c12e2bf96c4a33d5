"""Pictures that move in a static page: frames made beforehand, and three buttons."""

from collections.abc import Collection, Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np

from cnnlab._checks import Array
from cnnlab._display import standalone
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


_BUTTONS = "".join(
    f'<button type="button" class="{name}">{name}</button>' for name in ("back", "play", "step")
)


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
        opening = f'<cnnlab-animation role="group" aria-label="{escape(repr(self))}">'
        body = f'<div class="frames" aria-live="polite">\n{frames}\n</div>\n{_BUTTONS}'
        return standalone(f"{opening}{body}</cnnlab-animation>")


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
