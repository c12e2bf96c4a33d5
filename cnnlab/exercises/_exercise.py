"""What an exercise is: a task, its solution, the cases that a function is put to, and the ways to get it wrong."""

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnnlab._checks import Array

Function = Callable[..., Any]
Arguments = tuple[Any, ...]
Choice = Mapping[str, Any]


class Section(NamedTuple):
    """A place in the book: the number of a chapter and the title of a section."""

    chapter: int
    title: str


class Mistake:
    """A mistake under a name that says what it does, what a reader is told, and wrong formulas that make it.

    A formula is a function, or a choice for `Exercise.variant`: {"stride": 1}. Choices of different parts can be made at
    once, so that two mistakes in one function are known without a line of their own.
    `words` must not give the right formula away. Mistakes may share a name, and say in other words how it was
    made. Where formulas of several mistakes give the same, the first in the table counts: so the order of a
    table decides ties, and what is likely stands before what is not.
    """

    def __init__(
        self, name: str, words: str, *formulas: Function | Choice, see: Section | None = None
    ) -> None:
        self.name, self.words, self.see = name, words, see
        self.formulas = tuple(formula for formula in formulas if callable(formula))
        self.choices = tuple(formula for formula in formulas if not callable(formula))


class Apart(NamedTuple):
    """Cases on which a function may be wrong in a way of its own, such as windows with equal maxima.

    `words` are said where it is right on all other cases, and `also` beside the name of another mistake.
    """

    name: str
    words: str
    also: str
    holds: Callable[..., bool]  # of the arguments of a case


def derived(
    table: Sequence[Mistake],
    change: Callable[[Function], Function | Choice],
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
    variant: Function | None = None  # the solution with parts to choose, as keywords: see `Mistake`
    apart: tuple[Apart, ...] = ()
    answers: tuple[Function, ...] = ()  # functions of cnnlab that may not be called: they are the answer
    matrices: tuple[str, ...] = ()  # arguments of two axes that are no images
    level: int = 1  # 1 to 3
    minutes: int = 10
    returns: str = "array"  # or "pair" of arrays, or "truth": True or False
    tolerance: float = 1e-4  # of the largest number: float32 is welcome

    def wrong(self) -> Iterator[tuple[Mistake, Choice | None, Function]]:
        """Yield each mistake with each formula that makes it; its choice, if it is one."""
        for mistake in self.mistakes:
            yield from ((mistake, None, formula) for formula in mistake.formulas)
            for choice in mistake.choices:
                assert self.variant is not None
                yield mistake, choice, functools.partial(self.variant, **choice)

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
