"""Gives a wrong function its name: which known mistakes explain what it returned.

A mistake explains a function if its formula returns the same numbers on every case that both can be compared on:
a case on which one of them stops is no evidence, for or against. People make two mistakes at once, so formulas
are also tried with a second change, of an argument or of the result; and some mistakes show in certain cases only
(equal maxima, sizes that are not square), so the others are also looked at by themselves.
"""

import functools
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cnnlab.exercises._changes import changes_of_arguments, changes_of_result, kinds
from cnnlab.exercises._exercise import Apart, Arguments, Choice, Exercise, Function, Mistake
from cnnlab.exercises._report import differs
from cnnlab.exercises._run import Outcome, Status, read

Outcomes = Sequence[Outcome]
STOPS = (ArithmeticError, LookupError, TypeError, ValueError)  # where a formula does not fit a case


class Name(NamedTuple):
    """What explains a function: one mistake, or two made at once, or none beside what is wrong apart."""

    mistakes: tuple[Mistake, ...]
    apart: Apart | None  # the kind of cases on which something else is wrong
    shown: int  # the smallest case that shows it
    whole: bool = True  # False: it explains some of the cases, and there is another mistake


@functools.cache
def right_answers(exercise: Exercise) -> tuple[list[Arguments], list[Outcome]]:
    """Return the cases of an exercise, and what is right on each."""
    cases = exercise.cases()
    if exercise.returns != "truth":  # once more with fractions: whole numbers hide what cuts them off
        cases.append(tuple(_quarter(value) for value in cases[-1]))
    return cases, [result_of(exercise.solution, case, exercise) for case in cases]


class Wrong(NamedTuple):
    """A mistake, the choice that makes it if it is one, and what its formula returns on each case."""

    mistake: Mistake
    choice: Choice | None
    formula: Function
    outcomes: list[Outcome]


@functools.cache
def wrong_answers(exercise: Exercise) -> list[Wrong]:
    """Return what each wrong formula makes of each case; only a wrong function needs it."""
    cases, right = right_answers(exercise)
    found = [
        Wrong(mistake, choice, formula, [result_of(formula, case, exercise) for case in cases])
        for mistake, choice, formula in exercise.wrong()
    ]
    whole = [
        (mistake, _then(exercise.solution, change)) for mistake, change in changes_of_result(exercise)
    ] + [
        (mistake, _after(exercise.solution, change))
        for mistake, change in changes_of_arguments(exercise)
        if mistake
    ]
    for mistake, formula in whole:
        outcomes = [result_of(formula, case, exercise) for case in cases]
        if not all(map(functools.partial(same, tolerance=exercise.tolerance), outcomes, right)):
            found.append(Wrong(mistake, None, formula, outcomes))
    return found


def _quarter(value: Any) -> Any:
    return value / 4 if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _then(formula: Function, change: Function) -> Function:
    return lambda *args: change(np.asarray(formula(*args)), *args)


def _changed(outcome: Outcome, change: Function, case: Arguments) -> Outcome:
    """Change a result that is one array."""
    if outcome.status != Status.VALUE:
        return outcome
    try:
        return Outcome(Status.VALUE, (change(outcome.values[0], *case),))
    except STOPS:
        return Outcome(Status.RAISED)


def _after(formula: Function, change: Function) -> Function:
    return lambda *args: formula(*change(args))


def result_of(formula: Function, case: Arguments, exercise: Exercise) -> Outcome:
    """Call a formula of ours, which may stop on a case but neither loops nor prints."""
    copies = tuple(value.copy() if isinstance(value, np.ndarray) else value for value in case)
    try:
        with np.errstate(all="ignore"):
            return read(formula(*copies), exercise.returns)
    except STOPS:
        return Outcome(Status.RAISED)


def same(one: Outcome, other: Outcome, tolerance: float) -> bool:
    """Tell whether two outcomes are the same numbers in the same shapes; NaN is like nothing."""
    if one.status != Status.VALUE or other.status != Status.VALUE or len(one.values) != len(other.values):
        return False
    return all(close(x, y, tolerance) for x, y in zip(one.values, other.values, strict=True))


def close(one: Any, other: Any, tolerance: float) -> bool:
    """Tell whether two arrays have one shape and the same numbers."""
    return one.shape == other.shape and not differs(one, other, tolerance).any()


def _both_spoilt(one: Outcome, other: Outcome) -> bool:
    """Tell whether both have NaN or infinities in the same places, and the same numbers elsewhere."""
    return (
        [x.shape for x in one.values] == [y.shape for y in other.values]
        and not all(np.isfinite(x).all() for x in one.values)
        and all(np.allclose(x, y, equal_nan=True) for x, y in zip(one.values, other.values, strict=True))
    )


@dataclass
class _Evidence:
    """What speaks for a formula: on how many cases it agrees, in how many entries, and what it leaves."""

    cases: int = 0
    entries: int = 0
    both_right: int = 0
    unexplained: int = 0
    stops: int = 0  # on how many cases one of them stops and the other does not
    shown: int = -1


class _Search:
    """Compares one function with formulas."""

    def __init__(self, exercise: Exercise, outcomes: Outcomes) -> None:
        self.exercise, self.outcomes = exercise, outcomes
        self.cases, self.right = right_answers(exercise)
        self.fails = [not self.same(one, true) for one, true in zip(outcomes, self.right, strict=True)]

    def same(self, one: Outcome, other: Outcome) -> bool:
        return same(one, other, self.exercise.tolerance)

    def agrees(self, mine: Outcome, theirs: Outcome) -> bool:
        """Tell whether two wrong outcomes are the same; a single number must be so however small it is."""
        if not self.same(mine, theirs):
            return False
        one, other = mine.values[0], theirs.values[0]
        return one.shape != () or bool(np.isclose(one, other, rtol=1e-3, atol=0))

    def evidence(self, claimed: Outcomes, part: Sequence[int]) -> _Evidence | None:
        """Return what speaks for a formula on some of the cases; None if it is contradicted."""
        found = _Evidence()
        for k in part:
            mine, theirs, true = self.outcomes[k], claimed[k], self.right[k]
            formula_right = self.same(theirs, true)
            if not self.fails[k]:
                if not formula_right:
                    return None
                found.both_right += 1
            elif mine.status != Status.VALUE or theirs.status != Status.VALUE:
                found.stops += mine.status == Status.VALUE or theirs.status == Status.VALUE
            elif formula_right:
                found.unexplained += 1
            elif self.agrees(mine, theirs) or _both_spoilt(mine, theirs):
                found.cases += 1
                found.entries += sum(value.size for value in mine.values)
                found.shown = k if found.shown < 0 else found.shown
            elif mine.values[0].size or theirs.values[0].size:  # else there is nothing to compare
                return None
        return found if found.cases else None

    def single(self, part: Sequence[int], whole: bool = True) -> Name | None:
        """Return the known mistake with the most evidence."""
        best, most = None, 0
        for mistake, _, _, claimed in wrong_answers(self.exercise):
            found = self.evidence(claimed, part)
            if found is None or (whole and found.unexplained):
                continue
            if (found.stops or not whole) and (found.cases < 2 or found.entries < 4):
                continue  # too little to be sure
            score = found.cases + found.both_right
            if score > most:
                best, most = Name((mistake,), None, found.shown, whole), score
        return best

    def pair(self, part: Sequence[int]) -> Name | None:
        """Return two mistakes made at once: two choices, or a wrong formula whose argument or result is changed, too."""
        tried = [k for k in part if self.fails[k] and self.outcomes[k].status == Status.VALUE]
        first = next((k for k in tried if self.outcomes[k].values[0].size > 3), tried[0] if tried else None)
        if first is None:
            return None
        for mistakes, at, outcome in _pairs_on(self.exercise, first):
            if not self.agrees(self.outcomes[first], outcome):
                continue
            found = self.evidence([at(k) for k in range(len(self.cases))], part)
            if found and not found.unexplained and found.cases > 1 and found.entries > 3:
                return Name(mistakes, None, found.shown)
        return None


@functools.cache
def _pairs_on(
    exercise: Exercise, k: int
) -> list[tuple[tuple[Mistake, Mistake], Callable[[int], Outcome], Outcome]]:
    """Return all pairs, and what each makes of one case: a few thousand, so that a second function need not wait."""
    found = [(mistakes, at, at(k)) for mistakes, at in _pairs(exercise)]
    return [one for one in found if one[2].status == Status.VALUE]


def _pairs(exercise: Exercise) -> Iterator[tuple[tuple[Mistake, Mistake], Callable[[int], Outcome]]]:
    """Yield two mistakes, and what both together make of a case."""
    cases, _ = right_answers(exercise)
    wrong = wrong_answers(exercise)

    def by(formula: Function) -> Callable[[int], Outcome]:
        return lambda k: result_of(formula, cases[k], exercise)

    def changed(outcomes: Outcomes, change: Function) -> Callable[[int], Outcome]:
        return lambda k: _changed(outcomes[k], change, cases[k])

    chosen = [(one.mistake, one.choice) for one in wrong if one.choice]
    for (one, its), (other, their) in itertools.combinations(chosen, 2):
        if not its.keys() & their.keys():
            assert exercise.variant is not None
            yield (one, other), by(functools.partial(exercise.variant, **its, **their))
    arguments = _named_changes(exercise)
    for mistake, _, formula, outcomes in wrong:
        for second, change in changes_of_result(exercise):
            if second.name != mistake.name:
                yield (mistake, second), changed(outcomes, change)
        for second, change in arguments:
            if second.name != mistake.name:
                yield (mistake, second), by(_after(formula, change))


@functools.cache
def _named_changes(exercise: Exercise) -> list[tuple[Mistake, Function]]:
    """Return the changes of arguments that are mistakes here, under the names that the exercise gives them."""
    cases, right = right_answers(exercise)
    arguments = []
    for _, change in changes_of_arguments(exercise):
        outcomes = [result_of(_after(exercise.solution, change), case, exercise) for case in cases]
        if all(same(one, true, exercise.tolerance) for one, true in zip(outcomes, right, strict=True)):
            continue
        found = _Search(exercise, outcomes).single(range(len(cases)))
        if found and found.whole:
            arguments.append((found.mistakes[0], change))
    return arguments


def name(exercise: Exercise, outcomes: Outcomes) -> Name | None:
    """Return what explains a wrong function's outcomes, one for each case; None if nothing does."""
    search = _Search(exercise, outcomes)
    every = range(len(outcomes))
    if found := search.single(every):
        return found
    if exercise.returns == "truth":  # True and False alone are too little for more than that
        return search.pair(every)
    apart = [(kind, [k for k in every if not kind.holds(*search.cases[k])]) for kind in kinds(exercise)]
    apart = [(kind, part) for kind, part in apart if 1 < len(part) < len(outcomes)]
    for kind, part in apart:
        if not any(search.fails[k] for k in part):
            return Name((), kind, search.fails.index(True))
    if found := search.pair(every):
        return found
    for kind, part in apart:
        if found := search.single(part) or (search.pair(part) if kind in exercise.apart else None):
            return found._replace(apart=kind)
    return search.single(every, whole=False)
