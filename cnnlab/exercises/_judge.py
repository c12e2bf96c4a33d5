"""Decides what a function does: right, or wrong in a way that has a name.

Right means: on every case the same numbers in the same shape, and no argument changed.
A wrong function has the name of a wrong formula if it agrees with it on every case where that formula
differs from the right one.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnlab.exercises._exercise import Arguments, Exercise, Function, Mistake, Section
from cnnlab.exercises._report import Case, Report, differs
from cnnlab.exercises._run import SECONDS, STEPS, Outcome, Status, run

# What has a name in every exercise: the words, with a place for what is known of the case.
GENERAL = {
    "not_yet": "Nothing is wrong yet: the function returns nothing. Write it, and run the cell again.",
    "endless_loop": f"The function did not come to an end in {STEPS:,} lines or {SECONDS:.0f} seconds. Look for a loop "
    "whose condition never becomes false, or for one that does far too much.",
    "interrupted": "The function was interrupted.",
    "calls_the_answer": "The function calls `{}` of cnnlab, which is the answer. Write it yourself; "
    "all other functions of cnnlab may be used.",
    "argument_modified": "The function changes its argument {}. Whoever called it still needs that: "
    "work on a copy, or make a new array.",
    "returns_input": "The function returns its input, {}, unchanged.",
    "constant": "The function returns the same number everywhere, whatever it is given.",
    "raises": "The function stopped with {}.",
    "not_numbers": "The function returns {}, expected {}.",
    "not_finite": "The function returns numbers that are not finite (NaN or infinite).",
    "wrong_shape": "The function returns an array of the wrong shape: {}, expected {}.",
}


@functools.cache
def right_answers(exercise: Exercise) -> tuple[list[Arguments], list[Outcome]]:
    """Return the cases of an exercise, and what is right on each."""
    cases = exercise.cases()
    if exercise.returns != "truth":  # once more with fractions: whole numbers hide what cuts them off
        cases.append(tuple(_quarter(value) for value in cases[-1]))
    return cases, [_formula(exercise.solution, case, exercise) for case in cases]


@functools.cache
def wrong_answers(exercise: Exercise) -> list[tuple[Mistake, list[Outcome]]]:
    """Return what each wrong formula makes of each case; only a wrong function needs it."""
    cases, _ = right_answers(exercise)
    return [
        (mistake, [_formula(formula, case, exercise) for case in cases])
        for mistake in exercise.mistakes
        for formula in mistake.formulas
    ]


def _quarter(value: Any) -> Any:
    return value / 4 if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value


def _formula(formula: Function, case: Arguments, exercise: Exercise) -> Outcome:
    with np.errstate(all="ignore"):
        outcome = run(formula, case, exercise.returns)
    if outcome.status in (
        Status.INTERRUPTED,
        Status.ENDLESS,
    ):  # of ours, none is: somebody has stopped the whole
        raise KeyboardInterrupt
    return outcome


def decides(exercise: Exercise) -> bool:
    """Tell whether the reader's function is itself a test, which answers True or False."""
    return exercise.returns == "truth"


def judge(exercise: Exercise, function: Function, forbidden: Sequence[Function] | None = None) -> Report:
    """Put a function to all cases; it may not call what is forbidden: by default, the answers of cnnlab."""
    forbidden = exercise.answers if forbidden is None else forbidden
    cases, right = right_answers(exercise)
    outcomes: list[Outcome] = []
    for case in cases:
        outcomes.append(run(function, case, exercise.returns, forbidden))
        if outcomes[-1].status in (Status.ENDLESS, Status.INTERRUPTED, Status.NOTHING):
            break
    fails = [not same(one, other, exercise.tolerance) for one, other in zip(outcomes, right, strict=False)]
    verdict = _verdict(exercise, outcomes, fails)
    if verdict is None:
        return Report(exercise.name, True, None, None, f"Right on all {len(cases)} cases.", exercise.see)
    k = verdict.shown
    shown, see = _case(exercise, cases[k], right[k], outcomes[k]), verdict.see or exercise.see
    through = _through(exercise, cases, right, outcomes)
    return Report(exercise.name, False, verdict.name, shown, verdict.words, see, through=through)


class Verdict(NamedTuple):
    """What is wrong with a function."""

    name: str | None  # None: nothing that we know
    words: str
    see: Section | None
    shown: int  # the case to show


def _verdict(exercise: Exercise, outcomes: list[Outcome], fails: list[bool]) -> Verdict | None:
    """Return what is wrong, or None if nothing is."""
    cases, right = right_answers(exercise)
    k = fails.index(True) if any(fails) else 0
    last = outcomes[-1].status
    ended = {Status.ENDLESS: "endless_loop", Status.INTERRUPTED: "interrupted"}
    if last == Status.NOTHING and len(outcomes) == 1:
        ended[Status.NOTHING] = "not_yet"
    if last in ended:
        return Verdict(ended[last], GENERAL[ended[last]], None, len(outcomes) - 1)
    for j, outcome in enumerate(outcomes):
        if outcome.called:
            return Verdict("calls_the_answer", GENERAL["calls_the_answer"].format(outcome.called), None, j)
    for j, outcome in enumerate(outcomes):
        if outcome.modified:
            names = _names(exercise, outcome.modified)
            return Verdict("argument_modified", GENERAL["argument_modified"].format(names), None, j)
    if not any(fails):
        return None
    if exercise.returns == "array" and _zeros(outcomes, right):
        return Verdict("constant", GENERAL["constant"], None, k)
    ran = len(outcomes) == len(cases)  # to the end
    if ran and (mistake := find(outcomes, right, wrong_answers(exercise), exercise.tolerance)):
        return Verdict(mistake.name, mistake.words, mistake.see, k)
    return Verdict(*_generally(exercise, outcomes, k), None, k)


def _generally(exercise: Exercise, outcomes: list[Outcome], k: int) -> tuple[str | None, str]:
    """Name what is wrong without a formula: returns its argument, a constant, no numbers, a wrong shape."""
    cases, right = right_answers(exercise)
    given = [_arguments(outcome, case) for outcome, case in zip(outcomes, cases, strict=False)]
    if given[0] and all(which == given[0] for which in given):
        return "returns_input", GENERAL["returns_input"].format(_names(exercise, given[0]))
    if _constant(outcomes, right):
        return "constant", GENERAL["constant"]
    outcome, expected = outcomes[k], right[k]
    if outcome.status == Status.RAISED:
        return "raises", GENERAL["raises"].format(outcome.words)
    if outcome.status in (Status.NOTHING, Status.NOT_NUMBERS) or len(outcome.values) != len(expected.values):
        wanted = "True or False" if decides(exercise) else _wanted(expected)
        return "not_numbers", GENERAL["not_numbers"].format(_came(outcome), wanted)
    shapes = [tuple(value.shape for value in one.values) for one in (outcome, expected)]
    if shapes[0] != shapes[1]:
        came, wanted = (str(shape[0] if len(shape) == 1 else shape) for shape in shapes)
        return "wrong_shape", GENERAL["wrong_shape"].format(came, wanted)
    if not all(np.isfinite(value).all() for value in outcome.values):
        return "not_finite", GENERAL["not_finite"]
    return None, "The numbers are not right. The mistake is none that we know."


def _came(outcome: Outcome) -> str:
    return (
        "nothing here"
        if outcome.status == Status.NOTHING
        else outcome.words or f"{len(outcome.values)} array"
    )


def _wanted(expected: Outcome) -> str:
    if len(expected.values) > 1:
        return f"a tuple of {len(expected.values)} arrays"
    return "a number" if expected.values[0].shape == () else "an array of numbers"


def _names(exercise: Exercise, which: Sequence[int]) -> str:
    return " and ".join(f"`{exercise.parameters[k]}`" for k in which)


def same(one: Outcome, other: Outcome, tolerance: float) -> bool:
    """Tell whether two outcomes are the same numbers in the same shapes; NaN is like nothing."""
    if one.status != Status.VALUE or other.status != Status.VALUE or len(one.values) != len(other.values):
        return False
    return all(_close(x, y, tolerance) for x, y in zip(one.values, other.values, strict=True))


def _close(one: Any, other: Any, tolerance: float) -> bool:
    return one.shape == other.shape and not differs(one, other, tolerance).any()


def _fits(outcome: Outcome, right: Outcome) -> bool:
    """Tell whether an outcome has the shapes of the right one."""
    return [value.shape for value in outcome.values] == [value.shape for value in right.values]


def find(outcomes: list[Outcome], right: list[Outcome], wrong: Any, tolerance: float) -> Mistake | None:
    """Return the mistake whose formula agrees with the outcomes wherever that formula is wrong.

    Where a formula cannot run, a function that makes the same mistake need not stop for the same reason,
    or in the same shape; but it must not fit. At least one array must agree number by number.
    """
    best, most = None, 0
    for mistake, claimed in wrong:
        score = 0
        for outcome, one, true in zip(outcomes, claimed, right, strict=True):
            if same(one, true, tolerance):
                continue  # here the formula is right, by accident
            if one.status == Status.VALUE and outcome.status == Status.VALUE:
                agrees = same(outcome, one, tolerance) or _both_spoilt(outcome, one)
                score += agrees
            else:
                agrees = not (_fits(outcome, true) or _fits(one, true))
            if not agrees:
                break
        else:
            # A function that is right where the formula is right, too, is a better match than one that is not.
            others = sum(
                same(outcome, one, tolerance) for outcome, one in zip(outcomes, claimed, strict=True)
            )
            if score and score + others > most:
                best, most = mistake, score + others
    return best


def _both_spoilt(one: Outcome, other: Outcome) -> bool:
    """Tell whether both have NaN or infinities in the same places, and the same numbers elsewhere."""
    return _fits(one, other) and all(
        np.allclose(x, y, equal_nan=True) for x, y in zip(one.values, other.values, strict=True)
    )


def _arguments(outcome: Outcome, case: Arguments) -> tuple[int, ...]:
    """Return which arguments an outcome consists of; none if a part of it is something else."""
    plain = [None if callable(value) else np.asarray(value, dtype=float) for value in case]
    found = [
        next((k for k, one in enumerate(plain) if one is not None and _close(value, one, 0.0)), -1)
        for value in outcome.values
    ]
    return () if -1 in found else tuple(found)


def _zeros(outcomes: list[Outcome], right: list[Outcome]) -> bool:
    """Tell whether it returns arrays of zeros, as a function does that is only begun."""
    return all(
        _fits(outcome, true) and outcome.values[0].ndim > 0 and not outcome.values[0].any()
        for outcome, true in zip(outcomes, right, strict=False)
    )


def _constant(outcomes: list[Outcome], right: list[Outcome]) -> bool:
    """Tell whether it returns one number everywhere, in all cases, where different ones are right."""
    if any(outcome.status != Status.VALUE for outcome in outcomes):
        return False
    found = {number for outcome in outcomes for value in outcome.values for number in value.flat}
    return len(found) == 1 and len(right) > 1 and bool(np.isfinite(*found))


def _case(exercise: Exercise, case: Arguments, right: Outcome, outcome: Outcome) -> Case:
    """Keep what a report shows; `received` is None if there is nothing to show."""
    arguments = dict(zip(exercise.parameters, case, strict=True))
    expected = _one(right.values)
    received = _one(outcome.values) if outcome.status == Status.VALUE else None
    if decides(exercise):
        expected, received = bool(expected), None if received is None else bool(received)
    return Case(arguments, expected, received, outcome.printed, exercise.tolerance)


def _one(values: Any) -> Any:
    """Return the only value, or the tuple of several."""
    return values[0] if len(values) == 1 else values


def _through(exercise: Exercise, cases: Any, right: list[Outcome], outcomes: list[Outcome]) -> list[str]:
    """List, for a test that a reader wrote, the gradients that it judged wrongly."""
    if not decides(exercise) or outcomes[-1].status == Status.NOTHING:
        return []
    names = [
        case[0].__name__
        for case, true, outcome in zip(cases, right, outcomes, strict=False)
        if not same(outcome, true, 0.0)
    ]
    return list(dict.fromkeys(names))
