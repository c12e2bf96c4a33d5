"""Whatever a function does ends in an outcome, and leaves nothing behind."""

import dataclasses
import sys
import threading
import time
import warnings

import numpy as np
import pytest

import cnnlab
from cnnlab.exercises import EXERCISES, check
from cnnlab.exercises._exercise import Mistake
from cnnlab.exercises._judge import judge


class Looping(Exception):
    def __str__(self):
        while True:
            pass


class Odd(Exception):
    __traceback__ = 5


# What a function may do besides computing: what came of it, and the name that it gets.
def endless(delta):
    while True:
        pass


def endless_and_deaf(delta):
    while True:
        try:  # noqa: SIM105
            delta = delta + 0
        except:  # noqa: E722
            pass


def endless_generator(delta):
    return sum(1 for _ in iter(int, 1))


def leaves(delta):
    raise SystemExit("done")


def interrupts(delta):
    raise KeyboardInterrupt


def has_no_end(delta):
    return has_no_end(delta)


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError


def fails_unprintably(delta):
    raise Unprintable


def fails_for_ever(delta):
    raise Looping


def fails_oddly(delta):
    raise Odd


def closes(delta):
    sys.stdout.close()
    return delta.mean(axis=(0, 1, 2))


def retypes(delta):
    delta.dtype = [("a", "f8")]
    return np.zeros(2)


def floods(delta):
    print("x" * 10**6)
    return delta.mean(axis=(0, 1, 2))


class EqualToAll:
    """Claims to equal everything, and to be close to it."""

    def __eq__(self, other):
        return True

    __hash__ = None
    shape, ndim, dtype = (1,), 1, np.dtype(float)

    def __sub__(self, other):
        return 0.0


class Explodes:
    def __array__(self, *args, **kwargs):
        raise SystemExit


class Liar(np.ndarray):
    def __eq__(self, other):
        return np.True_

    __hash__ = None


def checks_again(delta):
    return check("bias_grad", checks_again)


def raises_warning(delta):
    warnings.warn("careful", stacklevel=1)
    return delta.sum(axis=(0, 1, 2))


def prints(delta):
    print("shape", delta.shape)
    return delta.mean(axis=(0, 1, 2))


def changes(delta):
    delta *= 2
    return delta.sum(axis=(0, 1, 2)) / 2


STRANGE = [
    (endless, "endless_loop"),
    (endless_and_deaf, "endless_loop"),
    (endless_generator, "endless_loop"),
    (leaves, "raises"),
    (interrupts, "interrupted"),
    (has_no_end, "raises"),
    (fails_unprintably, "raises"),
    (checks_again, "raises"),
    (fails_for_ever, "endless_loop"),
    (fails_oddly, "raises"),
    (closes, "mean_for_sum"),
    (retypes, "argument_modified"),
    (floods, "mean_for_sum"),
    (lambda delta: EqualToAll(), "not_numbers"),
    (lambda delta: Explodes(), "raises"),
    (lambda delta: np.zeros(delta.shape[3]).view(Liar), "constant"),
    (lambda delta: delta, "returns_input"),
    (lambda delta: np.zeros(delta.shape[3]), "constant"),
    (lambda delta: np.full(delta.shape[3], np.nan), "not_finite"),
    (lambda delta: delta.sum(axis=(0, 1, 2)) + np.inf, "not_finite"),
    (lambda delta: delta.sum(axis=(0, 1, 2)) * 1j, "not_numbers"),
    (lambda delta: "seven", "not_numbers"),
    (lambda delta: ["1", "2"], "not_numbers"),
    (lambda delta: [[1], [1, 2]], "not_numbers"),
    (lambda delta: {1: 2}, "not_numbers"),
    (lambda delta: (x for x in (1, 2)), "not_numbers"),
    (lambda delta: np.zeros(0), "wrong_shape"),
    (lambda delta: np.arange(delta.shape[3] + 1.0), "wrong_shape"),
    (lambda delta: None, "not_yet"),
    (lambda delta: ..., "not_yet"),
    (lambda delta: None if delta.size > 1 else delta[0, 0, 0], "not_numbers"),
    (lambda delta: 1 / 0, "raises"),
    (lambda: 0, "wrong_arguments"),
    (lambda delta: delta[0, 0, 0, 99], "index_past_the_end"),
    (lambda delta: delta @ np.zeros((99, 2)), "shapes_do_not_fit"),
    (cnnlab.conv2d_bias_grad, "calls_the_answer"),
    (lambda delta: cnnlab.reference.conv2d_bias_grad(delta), "calls_the_answer"),
    (EXERCISES["bias_grad"].solution, "calls_the_answer"),
    (lambda delta: EXERCISES["bias_grad"].solution(delta), "calls_the_answer"),
    (changes, "argument_modified"),
    (prints, "mean_for_sum"),
    (abs, None),
]


@pytest.mark.parametrize(
    ("function", "name"), STRANGE, ids=[f"{k}-{name}" for k, (_, name) in enumerate(STRANGE)]
)
def test_whatever_a_function_does_ends_in_a_report(function, name):
    before = sys.gettrace(), threading.active_count()
    report = check("bias_grad", function)
    assert not report and not report.passed
    if name:
        assert report.mistake == name, report
    assert str(report) and "cnnlab-report" in report._repr_html_()
    assert (sys.gettrace(), threading.active_count()) == before


def test_a_stop_by_the_user_is_no_answer_that_is_kept(monkeypatch):
    """Ctrl-C while our own formulas run goes through, and leaves nothing wrong behind."""
    exercise = dataclasses.replace(EXERCISES["bias_grad"], mistakes=(INTERRUPTED,))
    with pytest.raises(KeyboardInterrupt):
        judge(exercise, lambda delta: delta.mean(axis=(0, 1, 2)))
    assert judge(exercise, exercise.solution)


def test_two_threads_may_check_at_once():
    reports = []
    threads = [threading.Thread(target=lambda: reports.append(check("bias_grad", slow))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [report.passed for report in reports] == [True, True]


def slow(delta):
    time.sleep(0.02)
    return delta.sum(axis=(0, 1, 2))


def stop(delta):
    raise KeyboardInterrupt


INTERRUPTED = Mistake("stopped", "It was stopped.", stop)


def test_warnings_are_no_mistakes():
    assert check("bias_grad", raises_warning).passed


def test_a_report_says_the_line_where_it_happened_and_nothing_of_ours():
    def fails(delta):
        return delta.sum(axis=7)

    report = str(check("bias_grad", fails))
    assert "return delta.sum(axis=7)" in report and "AxisError: axis 7 is out of bounds" in report
    assert "_run.py" not in report and "Traceback" not in report
