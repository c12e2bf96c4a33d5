"""What a check says, as text and as a table for a notebook."""

from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np

from cnnlab._checks import Array
from cnnlab._display import standalone
from cnnlab.exercises._exercise import Section

_MOST = 4  # slices of an array that are shown


@dataclass(frozen=True, eq=False)
class Case:
    """The smallest input on which a function fails."""

    arguments: dict[str, Any]
    expected: Any
    received: Any  # None if it returned no numbers
    printed: str = ""
    tolerance: float = 1e-4


@dataclass(frozen=True, eq=False)
class Report:
    """What `check` found; true if the function is right."""

    exercise: str
    passed: bool
    mistake: str | None  # its name, or None if it is wrong in no known way
    case: Case | None
    message: str
    see: Section | None = None
    through: list[str] = field(default_factory=list)  # the gradients that a test judged wrongly
    also: str | None = None  # the name of a second mistake

    def __bool__(self) -> bool:
        return self.passed

    def __repr__(self) -> str:
        lines = [f"{self._sign()} {self.exercise}: {self._headline()}", self.message]
        if self.through:
            lines.append("It judged wrongly: " + ", ".join(self.through) + ".")
        if self.case and self.mistake != "not_yet":
            lines += ["", "The smallest case that shows it:"]
            lines += [_indented(title, value, other) for title, value, other in _parts(self.case)]
            if self.case.printed:
                lines.append("It printed:\n" + self.case.printed.rstrip())
        if not self.passed and self.see:
            lines.append(self._pointer())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        kind = "passed" if self.passed else "wait" if self.mistake == "not_yet" else "failed"
        parts = [
            f'<div class="cnnlab-report {kind}" role="group" aria-label="Report on {escape(self.exercise)}: '
            f'{escape(self._headline())} {escape(self.message)}">',
            f"<p><strong>{self._sign()} {escape(self.exercise)}: {escape(self._headline())}</strong></p>",
            f"<p>{_code(self.message)}</p>",
        ]
        if self.through:
            parts.append(f"<p>It judged wrongly: {escape(', '.join(self.through))}.</p>")
        if self.case and self.mistake != "not_yet":
            parts.append('<p>The smallest case that shows it:</p><div class="grids">')
            parts += [_tables(title, value, other) for title, value, other in _parts(self.case)]
            parts.append("</div>")
            if self.case.printed:
                parts.append(f"<p>It printed:</p><pre>{escape(self.case.printed.rstrip())}</pre>")
        if not self.passed and self.see:
            parts.append(f"<p>{escape(self._pointer())}</p>")
        return standalone("".join(parts) + "</div>")

    def _sign(self) -> str:
        return "✓" if self.passed else "○" if self.mistake == "not_yet" else "✗"

    def _headline(self) -> str:
        if self.passed:
            return "right."
        if self.mistake == "not_yet":
            return "not yet."
        names = ", ".join(name for name in (self.mistake, self.also) if name)
        return "not right yet" + (f" ({names})." if names else ".")

    def _pointer(self) -> str:
        assert self.see is not None
        return f"Where to read: chapter {self.see.chapter}, “{_title(self.see.title)}”."


class Page:
    """A few words, and perhaps some code, for reading."""

    def __init__(self, text: str, code: str = "") -> None:
        self.text, self.code = text, code

    def __repr__(self) -> str:
        return "\n".join(part for part in (self.text, self.code.rstrip()) if part)

    def _repr_html_(self) -> str:
        code = f"<pre>{escape(self.code.rstrip())}</pre>" if self.code else ""
        text = f"<p>{_code(self.text)}</p>" if self.text else ""
        return standalone(f'<div class="cnnlab-report wait">{text}{code}</div>')


def _title(title: str) -> str:
    """Write the mathematics in a title as plain characters."""
    for tex, plain in (("\\delta", "δ"), ("\\sigma", "σ"), ("{", ""), ("}", ""), ("$", "")):
        title = title.replace(tex, plain)
    return title


def _parts(case: Case) -> list[tuple[str, Any, Any]]:
    """Return (title, value, what is wrong in it or None) for each thing that a case shows."""
    found: list[tuple[str, Any, Any]] = [(name, value, None) for name, value in case.arguments.items()]
    found.append(("expected", case.expected, None))
    if case.received is not None:
        found.append(("yours", case.received, _wrong(case.received, case.expected, case.tolerance)))
    return found


def _wrong(value: Any, expected: Any, tolerance: float) -> Any:
    """Return where numbers are wrong, as an array of True and False; None where shapes do not fit."""
    if isinstance(value, tuple):
        others = (
            expected if isinstance(expected, tuple) and len(expected) == len(value) else [None] * len(value)
        )
        return tuple(_wrong(one, other, tolerance) for one, other in zip(value, others, strict=True))
    if (
        not isinstance(value, np.ndarray)
        or not isinstance(expected, np.ndarray)
        or value.shape != expected.shape
    ):
        return None
    return differs(value, expected, tolerance)


def differs(one: Array, other: Array, tolerance: float) -> Array:
    """Tell which entries are not the same, up to a part of the largest number; a NaN never is."""
    with np.errstate(all="ignore"):
        largest = abs(other[np.isfinite(other)]).max(initial=1.0)
        return ~np.asarray(abs(one - other) <= tolerance * largest)


def _split(value: Any, bad: Any) -> list[tuple[str, Any, Any]]:
    """Cut a tuple of arrays, or an array of more than two axes, into plain ones; the title says which."""
    if isinstance(value, tuple) and any(isinstance(part, np.ndarray) for part in value):
        marks = bad if isinstance(bad, tuple) else [None] * len(value)
        return [(f"[{k}]", part, one) for k, (part, one) in enumerate(zip(value, marks, strict=True))]
    if not isinstance(value, np.ndarray) or value.ndim < 3 or value.size == 0:
        return [("", value, bad)]
    # Of four axes the pixels are in the middle, in images and in kernels; else they come last.
    pixels = (1, 2) if value.ndim == 4 else (value.ndim - 2, value.ndim - 1)
    outer = [axis for axis in range(value.ndim) if axis not in pixels]
    pieces = []
    for index in np.ndindex(*(value.shape[axis] for axis in outer)):
        place: list[Any] = [slice(None)] * value.ndim
        for axis, k in zip(outer, index, strict=True):
            place[axis] = k
        title = ", ".join(":" if isinstance(k, slice) else str(k) for k in place)
        pieces.append((f"[{title}]", value[tuple(place)], None if bad is None else bad[tuple(place)]))
    return pieces


def _shown(title: str, value: Any, bad: Any) -> tuple[list[tuple[str, Any, Any]], str]:
    """Return what fits, and a remark on what does not."""
    shape = f" of shape {value.shape}" if isinstance(value, np.ndarray) else ""
    pieces = [(title + index, one, marks) for index, one, marks in _split(value, bad)]
    if any(isinstance(one, np.ndarray) and _too_large(one) for _, one, _ in pieces):
        return [], f"{title}: an array{shape}"
    rest = len(pieces) - _MOST
    return pieces[:_MOST], f"and {rest} more like these ({title} is an array{shape})" if rest > 0 else ""


def _too_large(array: Array) -> bool:
    return array.size == 0 or array.size > 150 or array.shape[-1:] > (20,)


def _rows(value: Array, bad: Any) -> list[list[tuple[str, bool]]]:
    """Return the numbers of an array as text, row by row, and whether each is wrong."""
    marks = np.zeros(value.shape, bool) if bad is None else bad
    return [
        [(_number(entry), bool(flag)) for entry, flag in zip(row, flags, strict=True)]
        for row, flags in zip(np.atleast_2d(value), np.atleast_2d(marks), strict=True)
    ]


def _number(value: Any) -> str:
    return f"{float(value):.6g}".replace("-", "−") if value else "0"


def _plainly(value: Any, bad: Any) -> str:
    if callable(value):
        return getattr(value, "__name__", "a function")
    if isinstance(value, (float, np.floating)) or (isinstance(value, np.ndarray) and value.ndim == 0):
        return _number(value) + (" ✗" if bad is not None and bool(bad) else "")
    return str(value)


def _indented(title: str, value: Any, bad: Any) -> str:
    pieces, remark = _shown(title, value, bad)
    lines = []
    for name, one, marks in pieces:
        if not isinstance(one, np.ndarray) or one.ndim == 0:
            lines.append(f"  {name} = {_plainly(one, marks)}")
            continue
        rows = [[text + ("✗" if wrong else " ") for text, wrong in row] for row in _rows(one, marks)]
        width = max(len(text) for row in rows for text in row)
        lines.append(f"  {name} =")
        lines += ["    " + " ".join(text.rjust(width) for text in row).rstrip() for row in rows]
    return "\n".join([*lines, f"  {remark}"] if remark else lines)


def _tables(title: str, value: Any, bad: Any) -> str:
    pieces, remark = _shown(title, value, bad)
    out = []
    for name, one, marks in pieces:
        if not isinstance(one, np.ndarray) or one.ndim == 0:
            out.append(f"<div>{escape(name)} = {escape(_plainly(one, marks))}</div>")
            continue
        rows = "".join(
            "<tr>"
            + "".join(
                f'<td class="wrong">✗ {text}</td>' if wrong else f"<td>{text}</td>" for text, wrong in row
            )
            + "</tr>"
            for row in _rows(one, marks)
        )
        out.append(f"<div><table><caption>{escape(name)}</caption><tbody>{rows}</tbody></table></div>")
    return "".join(out) + (f"<div>{escape(remark)}</div>" if remark else "")


def _code(text: str) -> str:
    """Set what stands between backticks as code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if k % 2 else piece for k, piece in enumerate(pieces))
