"""Solutions pass, however they are written, and every mistake has its name."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from helpers.right_functions import RIGHT

from cnnlab.exercises import EXERCISES, check
from cnnlab.exercises._judge import judge

every = pytest.mark.parametrize("name", EXERCISES)


def free(name):
    """Return an exercise in which everything of cnnlab may be called: wrong formulas do that."""
    return dataclasses.replace(EXERCISES[name], answers=())


@every
def test_the_solution_passes(name):
    report = judge(EXERCISES[name], EXERCISES[name].solution)
    assert report and report.passed and report.mistake is None, report


@every
def test_every_known_mistake_has_its_name_and_a_report_that_can_be_shown(name):
    exercise = free(name)
    for mistake, _, formula in exercise.wrong():
        report = judge(exercise, formula)
        assert (report.passed, report.mistake) == (False, mistake.name), (mistake.name, report)
        text, page = str(report), report._repr_html_()
        assert mistake.name in text and mistake.name in page and "expected" in text and "expected" in page
        text.encode()


def as_float32(function):
    return lambda *args: function(
        *(a.astype(np.float32) if isinstance(a, np.ndarray) and a.dtype.kind == "f" else a for a in args)
    )


def fractions(a):
    out = np.empty(a.shape, dtype=object)
    out[...] = np.vectorize(lambda entry: Fraction(float(entry)), otypes=[object])(a)
    return out


def as_fractions(function):
    def wrapped(*args):
        result = function(*args)
        return tuple(map(fractions, result)) if isinstance(result, tuple) else fractions(np.asarray(result))

    return wrapped


def as_lists(function):
    def wrapped(*args):
        result = function(*args)
        return (
            [part.tolist() for part in result] if isinstance(result, tuple) else np.asarray(result).tolist()
        )

    return wrapped


@every
def test_right_functions_that_are_written_another_way_pass(name):
    exercise = free(name)
    assert len(RIGHT[name]) >= 3
    for function in RIGHT[name]:
        report = judge(exercise, function)
        assert report.passed, (function, report)


@every
@pytest.mark.parametrize("change", [as_float32, as_fractions, as_lists])
def test_other_kinds_of_numbers_pass(name, change):
    if name == "gradient_test" or (name == "directional_derivative" and change is as_float32):
        pytest.skip("returns True or False; needs float64")
    report = judge(EXERCISES[name], change(EXERCISES[name].solution))
    assert report.passed, report


def test_whole_numbers_hide_nothing():
    def cut(dp, shape, size, stride):
        da = np.zeros(shape)
        for x, y in np.ndindex(dp.shape):
            da[x * stride : x * stride + size, y * stride : y * stride + size] += dp[x, y] // size**2
        return da

    assert not check("avg_pool_backward", cut)
    assert not check("weight_grad_2d", lambda d, a: np.trunc(RIGHT["weight_grad_2d"][0](d, a)))


@pytest.mark.parametrize(
    "stable",
    [
        lambda z: np.clip(z, -700, 700),
        lambda z: np.clip(z, -30, 30),
        lambda z: z - z[:, :1],
        lambda z: z - 300,
        lambda z: z - z.max(),
        lambda z: z - z.min(axis=1, keepdims=True),
    ],
)
def test_softmax_is_put_to_large_logits_that_are_close_to_each_other(stable):
    def delta(logits, labels):
        exp = np.exp(stable(logits))
        return (exp / exp.sum(axis=1, keepdims=True) - np.eye(logits.shape[1])[labels]) / len(labels)

    assert not check("softmax_cross_entropy_delta", delta)


def test_zeros_are_only_a_beginning():
    assert check("max_pool_backward", lambda dp, a, size, stride: np.zeros_like(a)).mistake == "constant"


def test_a_step_into_the_imaginary_direction_is_right():
    assert check("directional_derivative", lambda f, x, v: f(x + 1e-20j * v).imag / 1e-20)


def test_a_wrong_shape_that_would_broadcast_does_not_pass():
    report = check("bias_grad", lambda delta: delta.sum(axis=(0, 1, 2), keepdims=True))
    assert report.mistake == "axes_kept"
    assert check("correlate2d", lambda a, w: 1.0).mistake == "constant"


def test_a_step_in_place_that_is_taken_back_changes_nothing():
    def in_place(f, x, v):
        slope, h = 0.0, 1e-6
        for k in range(x.size):
            x.flat[k] += h
            up = f(x)
            x.flat[k] -= 2 * h
            slope += (up - f(x)) / (2 * h) * v.flat[k]
            x.flat[k] += h
        return slope

    assert check("directional_derivative", in_place)
