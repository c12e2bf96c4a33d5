"""Runs a reader's function so that whatever it does ends in an outcome.

It may raise anything, loop for ever, print, change its arguments, or return an object that misbehaves.
This is no sandbox: it protects a session from mistakes, not from malice.
"""

import contextlib
import ctypes
import io
import linecache
import sys
import sysconfig
import threading
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import numpy as np

from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Function

_LIBRARIES = (
    *{sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")},
    str(Path(__file__).parents[1]),
)
STEPS = 500_000  # lines of Python for one case; of 150 right functions, the slowest takes 108,000
SECONDS = 10.0  # for code that is slow without running many lines


class _Stop(BaseException):
    """Ends a reader's function; not an Exception, so that `except Exception` does not catch it."""


class Status(Enum):
    """How a call ended."""

    VALUE = "with one array, or as many as it should return"
    NOTHING = "with nothing: it is still to be written"
    NOT_NUMBERS = "with something else than numbers"
    RAISED = "with an exception"
    ENDLESS = "not by itself"
    INTERRUPTED = "by its reader's hand"


@dataclass
class Outcome:
    """What became of one call."""

    status: Status
    values: tuple[Array, ...] = ()  # one array, or as many as the function should return
    words: str = ""  # what was raised and where, or what was returned
    printed: str = ""
    modified: tuple[int, ...] = ()  # which arguments were changed
    called: str = ""  # the answer that was called


class _Watch:
    """Counts the lines that run, notes which answers are called, and stops what does not end."""

    def __init__(self, answers: Sequence[Function]) -> None:
        self.codes = {answer.__code__: answer.__name__ for answer in answers}
        self.steps, self.called, self.finished, self.sent = 0, "", False, False
        self.wake = threading.Event()
        self.reader = threading.get_ident()
        self.guard = threading.Thread(target=self._insist, daemon=True)

    def __call__(self, frame: FrameType, event: str, argument: Any) -> "_Watch | None":
        if event == "call" and frame.f_code in self.codes:
            self.called = self.codes[frame.f_code]
        self.steps += 1
        if self.steps > STEPS:
            self.wake.set()
            raise _Stop
        # Of libraries, calls are counted, not lines: they are many, and come to an end.
        return None if frame.f_code.co_filename.startswith(_LIBRARIES) else self

    def _insist(self) -> None:
        """Stop again what has caught the first stop: Python ends the count when it raises."""
        self.wake.wait(SECONDS)
        while not self.finished:
            self.sent = True
            _raise_in(self.reader, _Stop)
            self.wake.clear()
            self.wake.wait(0.05)

    def __enter__(self) -> "_Watch":
        self.before = sys.gettrace()
        with contextlib.suppress(RuntimeError):  # a browser has no threads
            self.guard.start()
        if self.before is None:  # else a debugger is at work, and should be left to it
            sys.settrace(self)
        return self

    def __exit__(self, *raised: Any) -> None:
        while True:
            try:
                sys.settrace(self.before)
                self.finished = True
                self.wake.set()
                if self.guard.ident is not None:
                    self.guard.join()
                for _ in range(1000 * self.sent):  # what was sent arrives here at the latest
                    pass
                return
            except _Stop:
                continue


def _raise_in(thread: int, error: type[BaseException]) -> None:
    """Raise an exception in another thread at its next step."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


_local = threading.local()  # is this thread running a reader's function?


class _Printed(io.StringIO):
    """Keeps the beginning of what is printed, however much that is."""

    def write(self, text: str) -> int:
        if self.tell() < 2000:
            super().write(text[:2000])
        return len(text)

    def close(self) -> None:
        """Stay open: what was printed is read afterwards."""


def run(
    function: Function, arguments: Arguments, returns: str = "array", answers: Sequence[Function] = ()
) -> Outcome:
    """Call `function` on copies of `arguments`; it should return an "array", a "pair" or a "truth"."""
    if getattr(_local, "busy", False):
        raise RuntimeError("check: called inside a function that is being checked, expected a call outside")
    copies = tuple(value.copy() if isinstance(value, np.ndarray) else value for value in arguments)
    watch, printed = _Watch(answers), _Printed()
    outcome = Outcome(Status.NOTHING)
    _local.busy = True
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(printed):
            # A warning is no mistake, also where a class makes errors of them.
            warnings.simplefilter("ignore")
            with watch:
                try:
                    result = function(*copies)
                    if result is not None and result is not Ellipsis:
                        outcome = read(result, returns)
                except BaseException as error:  # described here, where what its __str__ does is watched, too
                    outcome = _raised(error, function)
    except BaseException as error:
        outcome = Outcome(Status.ENDLESS if isinstance(error, _Stop) else Status.RAISED, words="an exception")
    finally:
        _local.busy = False
    outcome.words, outcome.printed = printable(outcome.words), printable(printed.getvalue()[:1000])
    outcome.called = watch.called
    outcome.modified = tuple(
        k for k, (one, other) in enumerate(zip(copies, arguments, strict=True))
        if isinstance(one, np.ndarray) and not _unchanged(one, other)
    )  # fmt: skip
    return outcome


def _unchanged(one: Array, other: Array) -> bool:
    """Tell whether an array is as it was, up to what `x += h; x -= h` leaves behind."""
    if one.dtype != other.dtype or one.shape != other.shape:
        return False
    return np.array_equal(one, other) or bool((abs(one - other) <= 1e-12 * abs(other).max(initial=1.0)).all())


def printable(text: str) -> str:
    """Leave out what a page or a terminal cannot show."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "?" for sign in text)


def read(result: Any, returns: str) -> Outcome:
    """Read a result as arrays of floats, at once: it may be an object that changes, or that pretends."""
    try:
        if returns == "truth":
            return Outcome(Status.VALUE, (_truth(result),))
        if returns == "pair":
            one, other = result
            return Outcome(Status.VALUE, (_floats(one), _floats(other)))
        return Outcome(Status.VALUE, (_floats(result),))
    except (TypeError, ValueError, OverflowError):
        return Outcome(Status.NOT_NUMBERS, words=_described(result))


def _described(result: Any) -> str:
    """Say what came instead of numbers: of a tuple how many parts, of a list whether its rows are equally long."""
    if isinstance(result, tuple):
        return f"a tuple of {len(result)}"
    if isinstance(result, list) and len({len(row) if isinstance(row, list) else -1 for row in result}) > 1:
        return "a list whose rows are not equally long"
    return f"an object of type {type(result).__name__}"


def _floats(result: Any) -> Array:
    array = np.asarray(result)
    if array.dtype.kind == "O":
        if any(isinstance(entry, (str, bytes, np.ndarray)) for entry in array.flat):
            raise TypeError
        array = np.array([float(entry) for entry in array.flat]).reshape(array.shape)
    if array.dtype.kind == "c":
        if not np.allclose(array.imag, 0):
            raise TypeError
        array = array.real
    if array.dtype.kind not in "biuf":
        raise TypeError
    return np.array(array, dtype=float)


def _truth(result: Any) -> Array:
    array = np.asarray(result)
    if array.dtype.kind != "b" or array.shape != ():
        raise TypeError
    return np.array(float(array))


def _raised(error: BaseException, function: Function) -> Outcome:
    if isinstance(error, _Stop):
        return Outcome(Status.ENDLESS)
    if isinstance(error, KeyboardInterrupt):
        return Outcome(Status.INTERRUPTED)
    try:
        message = str(error)
    except Exception:
        message = ""
    text = type(error).__name__ + (f": {message[:300]}" if message else "")
    status = Status.NOTHING if isinstance(error, NotImplementedError) else Status.RAISED
    text = (text + _line(error.__traceback__, function)).replace("`", "'")  # backticks set code in a report
    return Outcome(status, words=text)


def _line(trace: TracebackType | None, function: Function) -> str:
    """Say in which line of the reader's own file it happened."""
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    frames = [
        (frame, number) for frame, number in traceback.walk_tb(trace) if frame.f_code.co_filename == own
    ]
    if not frames:
        return ""
    frame, number = frames[-1]
    source = linecache.getline(frame.f_code.co_filename, number).strip()
    return f", in line {number}" + (f": {source}" if source else "")
