"""Decides what a function does: right, or wrong in a way that has a name.

Right means: on every case the same numbers in the same shape, and no argument changed.
How a wrong one gets its name is told in `_naming`.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cnnlab.exercises import _naming
from cnnlab.exercises._exercise import Arguments, Exercise, Function, Section
from cnnlab.exercises._naming import close, right_answers, same
from cnnlab.exercises._report import Case, Report
from cnnlab.exercises._run import SECONDS, STEPS, Outcome, Status, run

# What has a name in every exercise: the words, with a place for what is known of the case.
GENERAL = {
    "not_yet": "Nothing is wrong yet: the function returns nothing. Write it, and run the cell again.",
    "prints_the_answer": "The function prints, and returns nothing: `return` hands a result to whoever called.",
    "different_each_time": "Called twice with the same arguments, the function gives two results: something in it is drawn at random.",
    "endless_loop": f"The function did not come to an end in {STEPS:,} lines or {SECONDS:.0f} seconds. Look for a loop "
    "whose condition never becomes false, or for one that does far too much.",
    "interrupted": "The function was interrupted.",
    "calls_the_answer": "The function calls `{}` of cnnlab, which is the answer. Write it yourself; "
    "all other functions of cnnlab may be used.",
    "argument_modified": "The function changes what it was given: {}. Whoever called it still needs that: "
    "work on a copy, or make a new array.",
    "returns_input": "The function returns its input, {}, unchanged.",
    "constant": "The function returns the same number everywhere, whatever it is given.",
    "raises": "The function stopped with {}.",
    "index_past_the_end": "The function stopped with {}. An index ran past the end of an array: does its range belong to that axis, "
    "and has no other loop the same name?",
    "shapes_do_not_fit": "The function stopped with {}. Two arrays do not fit together: write down the shape of each.",
    "wrong_arguments": "The function stopped with {}. It is called with {} arguments: {}.",
    "not_numbers": "The function returns {}, expected {}.",
    "not_finite": "The function returns numbers that are not finite (NaN or infinite).",
    "wrong_shape": "The function returns an array of the wrong shape: {}, expected {}.",
}


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
    if verdict and verdict.name is None:
        again = (run(function, case, exercise.returns, forbidden) for case in cases)
        if any(
            one.status == Status.VALUE
            and two.status == Status.VALUE
            and not same(one, two, exercise.tolerance)
            for one, two in zip(again, outcomes, strict=False)
        ):
            name = "different_each_time"
            verdict = verdict._replace(name=name, words=GENERAL[name])
    if verdict is None:
        return Report(exercise.name, True, None, None, f"Right on all {len(cases)} cases.", exercise.see)
    k = verdict.shown
    shown, see = _case(exercise, cases[k], right[k], outcomes[k]), verdict.see or exercise.see
    through = _through(exercise, cases, right, outcomes)
    return Report(exercise.name, False, verdict.name, shown, verdict.words, see, through, verdict.also)


class Verdict(NamedTuple):
    """What is wrong with a function."""

    name: str | None  # None: nothing that we know
    words: str
    see: Section | None
    shown: int  # the case to show
    also: str | None = None  # a second mistake


def _verdict(exercise: Exercise, outcomes: list[Outcome], fails: list[bool]) -> Verdict | None:
    """Return what is wrong, or None if nothing is."""
    cases, right = right_answers(exercise)
    k = fails.index(True) if any(fails) else 0
    last = outcomes[-1].status
    ended = {Status.ENDLESS: "endless_loop", Status.INTERRUPTED: "interrupted"}
    if last == Status.NOTHING and len(outcomes) == 1:
        ended[Status.NOTHING] = "prints_the_answer" if outcomes[0].printed.strip() else "not_yet"
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
    general = _generally(exercise, outcomes, k)
    # To hand back what came in, or one number, is said plainly, unless a single mistake does just that.
    plainly = general[0] in ("returns_input", "constant")
    name = _naming.name(exercise, outcomes) if ran else None
    if name and not (plainly and (len(name.mistakes) != 1 or name.apart)):
        return _named(name, outcomes)
    return Verdict(*general, None, k)


def _named(name: _naming.Name, outcomes: list[Outcome]) -> Verdict:
    """Say what explains a function: one mistake, two, or a kind of cases; and where it stops besides."""
    names = [mistake.name for mistake in name.mistakes]
    words = " And besides: ".join(mistake.words for mistake in name.mistakes)
    if name.apart:
        words = f"{words} {name.apart.also}" if names else name.apart.words
        names.append(name.apart.name)
    if not name.whole:
        words = f"On some of the cases this explains it, and there is another mistake. {words}"
    if stop := next((outcome for outcome in outcomes if outcome.status == Status.RAISED), None):
        words += f" On other sizes the function stops with {stop.words}."
    see = name.mistakes[0].see if name.mistakes else None
    return Verdict(names[0], words, see, name.shown, names[1] if len(names) > 1 else None)


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
        kind = _stopped(outcome.words)
        return kind, GENERAL[kind].format(
            outcome.words, len(exercise.parameters), ", ".join(exercise.parameters)
        )
    if outcome.status in (Status.NOTHING, Status.NOT_NUMBERS) or len(outcome.values) != len(expected.values):
        wanted = "True or False" if decides(exercise) else _wanted(expected)
        return "not_numbers", GENERAL["not_numbers"].format(_came(outcome), wanted)
    shapes = [tuple(value.shape for value in one.values) for one in (outcome, expected)]
    if shapes[0] != shapes[1]:
        came, wanted = (str(shape[0] if len(shape) == 1 else shape) for shape in shapes)
        return "wrong_shape", GENERAL["wrong_shape"].format(came, wanted)
    if not all(np.isfinite(value).all() for value in outcome.values):
        return "not_finite", GENERAL["not_finite"]
    what = "answers" if decides(exercise) else "numbers"
    return None, f"The {what} are not right. The mistake is none that we know."


def _stopped(words: str) -> str:
    """Return the name of an exception that says more than that there was one."""
    if words.startswith("IndexError") and "out of bounds" in words:
        return "index_past_the_end"
    if words.startswith("TypeError") and "positional argument" in words and ", in line" not in words:
        return "wrong_arguments"
    shapes = (
        "could not be broadcast",
        "shape-mismatch",
        "not aligned",
        "mismatch in its core dimension",
        "matmul",
        "cannot reshape",
    )
    return "shapes_do_not_fit" if any(sign in words for sign in shapes) else "raises"


def _came(outcome: Outcome) -> str:
    return "nothing here" if outcome.status == Status.NOTHING else outcome.words


def _wanted(expected: Outcome) -> str:
    if len(expected.values) > 1:
        return f"a tuple of {len(expected.values)} arrays"
    return "a number" if expected.values[0].shape == () else "an array of numbers"


def _names(exercise: Exercise, which: Sequence[int]) -> str:
    return " and ".join(f"`{exercise.parameters[k]}`" for k in which)


def _fits(outcome: Outcome, right: Outcome) -> bool:
    """Tell whether an outcome has the shapes of the right one."""
    return [value.shape for value in outcome.values] == [value.shape for value in right.values]


def _arguments(outcome: Outcome, case: Arguments) -> tuple[int, ...]:
    """Return which arguments an outcome consists of; none if a part of it is something else."""
    plain = [None if callable(value) else np.asarray(value, dtype=float) for value in case]
    found = [
        next((k for k, one in enumerate(plain) if one is not None and close(value, one, 0.0)), -1)
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
