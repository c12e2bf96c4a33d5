"""What an exercise is: a task, its solution, the cases that a function is put to, and the ways to get it wrong."""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnnlab._checks import Array

Function = Callable[..., Any]
Arguments = tuple[Any, ...]


class Section(NamedTuple):
    """A place in the book: the number of a chapter and the title of a section."""

    chapter: int
    title: str


class Mistake:
    """A mistake under a name that says what it does, what a reader is told, and wrong formulas that make it.

    `words` must not give the right formula away. Mistakes may share a name, and say in other words how it was
    made. Where formulas of several mistakes give the same, the first in the table counts: so the order of a
    table decides ties, and what is likely stands before what is not.
    """

    def __init__(self, name: str, words: str, *formulas: Function, see: Section | None = None) -> None:
        self.name, self.words, self.formulas, self.see = name, words, formulas, see


def derived(
    table: Sequence[Mistake],
    change: Callable[[Function], Function],
    *,
    without: Sequence[str] = (),
    see: Section | None = None,
) -> tuple[Mistake, ...]:
    """Return the mistakes of another table with their formulas changed to those of this exercise.

    Those that are not made here, or not wrong here, are left out by name; a name that is not there is refused.
    """
    if unknown := set(without) - {mistake.name for mistake in table}:
        raise ValueError(f"without: got {sorted(unknown)}, expected names of the table")
    return tuple(
        Mistake(mistake.name, mistake.words, *map(change, mistake.formulas), see=see or mistake.see)
        for mistake in table
        if mistake.name not in without
    )


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise; its name and its arguments are those of its solution."""

    solution: Function
    title: str
    task: str
    hints: tuple[str, ...]
    cases: Callable[[], list[Arguments]]  # from tiny to large
    mistakes: tuple[Mistake, ...]
    see: Section
    answers: tuple[Function, ...] = ()  # functions of cnnlab that may not be called: they are the answer
    level: int = 1  # 1 to 3
    minutes: int = 10
    returns: str = "array"  # or "pair" of arrays, or "truth": True or False
    tolerance: float = 1e-4  # of the largest number: float32 is welcome

    @property
    def name(self) -> str:
        """The name that `check` takes."""
        return self.solution.__name__

    @property
    def parameters(self) -> list[str]:
        """The names of the arguments."""
        return list(inspect.signature(self.solution).parameters)


class Question(NamedTuple):
    """A question on paper, in the text of a chapter; its answer is a number, or several."""

    answer: Any
    wrong: Sequence[tuple[Any, str]]  # what one gets by a known mistake, and what is said then
    hint: str


def whole(rng: np.random.Generator, *shape: int) -> Array:
    """Draw small whole numbers, as floats: sums of them are exact, and no entry is 0."""
    return rng.integers(1, 5, shape) * rng.choice([-1.0, 1.0], shape)


def rotated(w: Array) -> Array:
    """Turn a plain (H, W) array by 180 degrees."""
    return w[::-1, ::-1]


def turned(w: Array) -> Array:
    """Turn the two middle axes of a 4-D array by 180 degrees."""
    return w[:, ::-1, ::-1]
