"""Exercises that check your own function and name the mistake in it.

Write a function of an exercise (`progress()` lists them all, and the book sets them), then

    from cnnlab.exercises import check
    check("input_grad_2d", my_function)

The report says whether it is right; if not, it shows the smallest case that fails and, where the mistake is
a known one, its name. `hint(name)` opens hints one at a time, `solution(name)` shows the solution after them,
`check_answer("03-a", value)` checks a number that you found on paper.

Every exercise lies in the module of its chapter: its solution, its cases and its mistakes, as functions.
`python -m cnnlab.exercises grade FILE …` grades files of a class.
"""

import difflib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnlab._checks import short
from cnnlab.exercises import (
    _progress,
    bias_gradient,
    delta_rule,
    flip,
    forward,
    general_layer,
    gradients,
    hidden_errors,
    own_layers,
    pooling,
    tensors,
    training,
    vectorization,
    weight_gradient,
)
from cnnlab.exercises._exercise import Exercise, Question, Section
from cnnlab.exercises._judge import judge
from cnnlab.exercises._report import Case, Page, Report

__all__ = [
    "CHAPTERS",
    "EXERCISES",
    "Case",
    "Report",
    "check",
    "check_answer",
    "hint",
    "judge",
    "progress",
    "solution",
]

CHAPTERS = (
    forward, gradients, pooling, delta_rule, flip, tensors, weight_gradient, bias_gradient, vectorization,
    general_layer, hidden_errors, training, own_layers,
)  # fmt: skip

EXERCISES: dict[str, Exercise] = {
    exercise.name: exercise for chapter in CHAPTERS for exercise in chapter.EXERCISES
}
_QUESTIONS: dict[str, Question] = {
    label: question for chapter in CHAPTERS for label, question in chapter.QUESTIONS.items()
}

_opened: dict[str, int] = {}  # hints since Python started: a new notebook begins with the first again


def check(name: str, function: Callable[..., Any]) -> Report:
    """Put your function to the cases of an exercise.

    Parameters
    ----------
    name : str
        The exercise, such as "input_grad_2d".
    function : callable
        Yours; it is called with positional arguments. NumPy decides nothing here: lists, float32, integers and
        fractions are as good as float64.

    Returns
    -------
    Report
        True if the function is right: `passed`; `mistake`, a stable name, or None if it is wrong in no known way;
        `case`, the smallest input that fails, with `expected` and `received`; `message`. It shows itself as text
        and, in a notebook, as tables.

    Raises
    ------
    ValueError
        If there is no such exercise.
    TypeError
        If `function` is no function. Whatever a function does when it is called ends in a report.

    Examples
    --------
    >>> report = check("bias_grad", lambda delta: delta.mean(axis=(0, 1, 2)))
    >>> report.passed, report.mistake
    (False, 'mean_for_sum')
    >>> check("bias_grad", lambda delta: delta.sum(axis=(0, 1, 2)))
    ✓ bias_grad: right.
    Right on all 9 cases.
    """
    exercise = _find(name)
    if not callable(function):
        raise TypeError(f"function: got {short(function)}, expected a function")
    report = judge(exercise, function, forbidden=(*exercise.answers, exercise.solution))
    if report.mistake != "not_yet":
        _progress.note(name, tries=1, solved=int(report.passed))
    return report


def hint(name: str) -> Page:
    """Open the next hint of an exercise; the last one again, when all are open.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> hint("bias_grad")
    Hint 1 of 3 on bias_grad: How many outputs change if one bias changes, and by how much each?
    """
    exercise = _find(name)
    k = min(_opened.get(name, 0) + 1, len(exercise.hints))
    if k > _opened.get(name, 0):
        _progress.note(name, hints=1)
    _opened[name] = k
    return Page(f"Hint {k} of {len(exercise.hints)} on {name}: {exercise.hints[k - 1]}")


def solution(name: str) -> Page:
    """Show the solution of an exercise: once its hints are open, or once you have solved it.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> solution("avg_pool_backward")
    3 hints on avg_pool_backward are still closed: hint("avg_pool_backward") opens the next one.
    """
    exercise = _find(name)
    closed = len(exercise.hints) - _opened.get(name, 0)
    if closed and not _progress.read().get(name, {}).get("solved"):
        are = "hints on {} are" if closed > 1 else "hint on {} is"
        return Page(f'{closed} {are.format(name)} still closed: hint("{name}") opens the next one.')
    return Page("", code=inspect.getsource(exercise.solution))


def progress() -> Page:
    """List all exercises, and what you have tried and solved in all chapters.

    It is kept in one small file of your own, whose place is said at the end; delete it to begin anew.
    The environment variable CNNLAB_PROGRESS names another file, or, empty, none.
    """
    known, lines, all_solved = _progress.read(), [], 0
    for number, chapter in enumerate(CHAPTERS):
        for exercise in chapter.EXERCISES:
            tries, hints, solved = (
                known.get(exercise.name, {}).get(what, 0) for what in ("tries", "hints", "solved")
            )
            all_solved += bool(solved)
            state = "✓" if solved else "✗" if tries else "○"
            notes = [f"{tries} tries" if tries > 1 else f"{tries} try"] * bool(tries)
            notes += [f"{hints} hints" if hints > 1 else f"{hints} hint"] * bool(hints)
            lines.append(f"{state} {number:02} {exercise.name}" + (f" ({', '.join(notes)})" if notes else ""))
    if file := _progress.file():
        lines += ["", f"Kept in {file}"]
    return Page(f"{all_solved} of {len(EXERCISES)} solved", code="\n".join(lines))


def check_answer(label: str, value: Any) -> Report:
    """Check a number, or several, that you found on paper; `...` or None means "not yet".

    Parameters
    ----------
    label : str
        The question, such as "03-a"; it stands in the text of its chapter.
    value : number, or sequence of numbers
        Your answer.

    Returns
    -------
    Report
        As `check` gives it; `mistake` is "known_mistake" where the number is one that a known mistake gives.

    Raises
    ------
    ValueError
        If there is no such question.

    Examples
    --------
    >>> check_answer("00-c", 600).message
    'The biases are missing.'
    """
    if not isinstance(label, str) or label not in _QUESTIONS:
        raise ValueError(f"label: got {short(label)}, expected one of {', '.join(_QUESTIONS)}")
    question, see = _QUESTIONS[label], Section(int(label[:2]), "Questions on paper")
    if value is None or value is Ellipsis:
        return Report(label, False, "not_yet", None, "Put your number in the place of the dots.")
    if _equal(value, question.answer):
        return Report(label, True, None, None, "That is it.", see)
    for wrong, words in question.wrong:
        if _equal(value, wrong):
            return Report(label, False, "known_mistake", None, words)
    return Report(label, False, None, None, f"Not this. {question.hint}")


def _equal(value: Any, other: Any) -> bool:
    """Tell whether two answers are the same numbers; brackets do not matter."""
    try:
        one, two = (np.atleast_1d(np.asarray(x, dtype=float)).ravel() for x in (value, other))
    except Exception:  # whatever an answer is: it is not these numbers
        return False
    # A count is exact; a fraction may be rounded to three digits.
    rounding = 0.0 if (two == np.round(two)).all() else 5e-3
    return one.shape == two.shape and bool(np.allclose(one, two, rtol=rounding, atol=1e-9))


def _find(name: str) -> Exercise:
    if isinstance(name, str) and name in EXERCISES:
        return EXERCISES[name]
    near = difflib.get_close_matches(str(name), EXERCISES, n=3) or EXERCISES
    raise ValueError(f"name: got {short(name)}, expected an exercise such as {', '.join(near)}")
