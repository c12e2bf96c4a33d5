"""Number grids and arrows as SVG: sharp at any size, in the colours of the page, stacked on a phone."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab._display import COLOURS, standalone

CELL = 42.0  # side of a square, in pixels

Place = tuple[int, ...]


class Panel:
    """One drawing, in pixels from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._parts: list[str] = []

    def text(self, x: float, y: float, content: str, colour: str = "ink", style: str = "") -> None:
        """Write centred at a point; "z_0", "a^l" and "w_{01}" are set as mathematics with style "math"."""
        inside = _scripts(content) if "math" in style else escape(content)
        fill = "" if colour == "ink" else f' style="fill: {_ink(colour)}"'
        self._parts.append(f'<text x="{x:g}" y="{y:g}" class="{style}"{fill}>{inside}</text>')

    def square(
        self, x: float, y: float, lines: Sequence[str] = (), colour: str = "line", strong: bool = False
    ) -> None:
        """Draw a cell with up to two lines of text; a strong one has a tinted ground, a thick rim, bold text."""
        ink, width, tint = _ink(colour), 2.4 if strong else 1, 0.2 if strong else 0
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{CELL:g}" height="{CELL:g}" '
            f'style="fill: {ink}; fill-opacity: {tint:g}; stroke: {ink}; stroke-width: {width:g}"/>'
        )
        middle, heights = x + CELL / 2, (0.5,) if len(lines) < 2 else (0.3, 0.73)
        for k, (line, height) in enumerate(zip(lines, heights, strict=False)):
            style = ("strong" if strong else "") + (" small" if k or len(lines) > 1 else "")
            self.text(middle, y + height * CELL, line, "ink" if colour != "line" else "line", style.strip())

    def tile(self, x: float, y: float, side: float, colour: str) -> None:
        """Draw a small square without a number."""
        ink = _ink(colour)
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{side:g}" height="{side:g}" '
            f'style="fill: {ink}; fill-opacity: .14; stroke: {ink}; stroke-width: .8"/>'
        )

    def frame(
        self, x: float, y: float, width: float, height: float, colour: str, dashed: bool = False
    ) -> None:
        """Draw the outline of a window."""
        dash = "; stroke-dasharray: 7 5" if dashed else ""
        self._parts.append(
            f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" '
            f'style="fill: none; stroke: {_ink(colour)}; stroke-width: 3.2{dash}"/>'
        )

    def arrow(
        self, start: tuple[float, float], end: tuple[float, float], colour: str, width: float = 1.6
    ) -> None:
        """Draw an arrow whose tip lies on `end`."""
        (x, y), (u, v) = start, end
        length = float(np.hypot(u - x, v - y))
        dx, dy = (u - x) / length, (v - y) / length
        base = u - 9 * dx, v - 9 * dy
        wings = f"{base[0] - 4.2 * dy:.1f},{base[1] + 4.2 * dx:.1f} {base[0] + 4.2 * dy:.1f},{base[1] - 4.2 * dx:.1f}"
        ink = _ink(colour)
        self._parts.append(
            f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{base[0]:.1f}" y2="{base[1]:.1f}" '
            f'style="stroke: {ink}; stroke-width: {width:g}"/>'
            f'<polygon points="{u:.1f},{v:.1f} {wings}" style="fill: {ink}"/>'
        )

    def line(
        self, points: Iterable[tuple[float, float]], colour: str, width: float = 2, dashed: bool = False
    ) -> None:
        """Draw straight pieces through points."""
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dash = "; stroke-dasharray: 6 4" if dashed else ""
        self._parts.append(
            f'<polyline points="{path}" style="fill: none; stroke: {_ink(colour)}; stroke-width: {width:g}{dash}"/>'
        )

    def box(
        self, x: float, y: float, content: str, colour: str, width: float = 46, style: str = "math"
    ) -> None:
        """Draw a node: a name in a rounded box around a point."""
        self._parts.append(
            f'<rect x="{x - width / 2:g}" y="{y - 16:g}" width="{width:g}" height="32" rx="7" '
            f'style="fill: var(--cnnlab-paper); stroke: {_ink(colour)}; stroke-width: 1.8"/>'
        )
        self.text(x, y, content, style=style)

    def grid(
        self,
        x: float,
        y: float,
        values: npt.ArrayLike,
        colour: str | Callable[[int, int], str],
        strong: Callable[[int, int], bool] | None = None,
        small: Mapping[Place, str] | None = None,
    ) -> None:
        """Draw an array of numbers; `strong` picks the cells that matter, `small` has their second lines."""
        array = np.asarray(values)
        for u, v in np.ndindex(array.shape):
            second = (small or {}).get((u, v))
            lines = [number(array[u, v]), second] if second else [number(array[u, v])]
            ink = colour if isinstance(colour, str) else colour(u, v)
            self.square(x + v * CELL, y + u * CELL, lines, ink, bool(strong and strong(u, v)))

    def link(self, page: str, label: str, x: float, y: float, lines: Sequence[str], width: float) -> None:
        """Draw a box that leads to another notebook of the book; `label` says it to who cannot see it."""
        self._parts.append(f'<a href="{escape(page)}.ipynb" aria-label="{escape(label)}">')
        self._parts.append(
            f'<rect x="{x - width / 2:g}" y="{y - 22:g}" width="{width:g}" height="44" rx="9" '
            f'style="fill: var(--cnnlab-paper); stroke: {_ink("a")}; stroke-width: 1.8"/>'
        )
        self.text(x, y - 9, lines[0], "a", "title")
        self.text(x, y + 9, lines[1], style="small")
        self._parts.append("</a>")

    def svg(self, hidden: bool = True) -> str:
        """Return the drawing; one with links is not hidden from a screen reader."""
        parts = "".join(self._parts)
        size = f'width="{self.width:g}" height="{self.height:g}" viewBox="0 0 {self.width:g} {self.height:g}"'
        access = 'aria-hidden="true"' if hidden else 'role="group"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {access}>{parts}</svg>'


class Drawing:
    """Panels side by side, or under each other where the column is narrow; `label` says what is to be seen.

    `width` is the most that a row of panels may take, in pixels.
    """

    def __init__(self, label: str, panels: Sequence[Panel], width: float | None = None) -> None:
        self.label, self.panels, self.width = label, list(panels), width

    def __repr__(self) -> str:
        return f"Drawing: {self.label}"

    def _repr_html_(self) -> str:
        panels = "".join(panel.svg() for panel in self.panels)
        limit = f' style="max-width: {self.width:g}px"' if self.width else ""
        opening = f'<div class="cnnlab-figure" role="img" aria-label="{escape(self.label)}"{limit}>'
        return standalone(f"{opening}{panels}</div>")


def _ink(colour: str) -> str:
    """Return a colour of the page; a name that the table lacks is an error here, not black there."""
    if colour not in COLOURS:
        raise KeyError(colour)
    return f"var(--cnnlab-{colour})"


def number(value: Any) -> str:
    """Write a number as in print: a real minus sign, no needless digits."""
    text = value if isinstance(value, str) else f"{value:g}"
    return text.replace("-", "−")


def bracketed(value: Any) -> str:
    """Write a number that follows an operator: a negative one stands in brackets."""
    return f"({number(value)})" if value < 0 else number(value)


def product(one: Any, other: Any) -> str:
    """Write a product of two numbers; a negative one stands in brackets."""
    return f"{bracketed(one)}·{bracketed(other)}"


def total(terms: Sequence[str], result: Any) -> str:
    """Write a sum and what it comes to."""
    return f"{' + '.join(terms)} = {number(result)}"


def _scripts(content: str) -> str:
    """Set what follows _ or ^ (a letter, or a group in braces) lower or higher, and smaller."""
    out, k = [], 0
    while k < len(content):
        if content[k] in "_^" and k + 1 < len(content):
            group = (
                content[k + 1 : content.index("}", k)].strip("{") if content[k + 1] == "{" else content[k + 1]
            )
            shift = "sub" if content[k] == "_" else "super"
            out.append(f'<tspan baseline-shift="{shift}" font-size="11">{escape(group)}</tspan>')
            k += 2 + (len(group) + 1 if content[k + 1] == "{" else 0)
        else:
            out.append(escape(content[k]))
            k += 1
    return "".join(out)
