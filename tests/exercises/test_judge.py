"""Solutions pass, however they are written, and every mistake has its name."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from helpers.right_functions import RIGHT

import cnnlab
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


def test_a_mistake_is_named_by_the_cases_on_which_its_formula_is_wrong():
    also_wrong_elsewhere = check("bias_grad", lambda d: d.mean(axis=(0, 1, 2)) + (d.size == 1))
    assert also_wrong_elsewhere.mistake == "mean_for_sum"

    def right_for_one_channel(delta):  # the formula of bias_shared does not fit for two; but this one stops
        return delta.sum(axis=(0, 1, 2)) if delta.shape[3] == 1 else 1 / 0

    assert check("bias_grad", right_for_one_channel).mistake == "raises"

    def another_where_it_stops(d, w):  # the formula of channels_not_exchanged stops if there are not as many
        if d.shape[3] != w.shape[3]:
            return EXERCISES["input_grad_tensor"].solution(d, w) + 1
        pads = ((0, 0), (w.shape[1] - 1,) * 2, (w.shape[2] - 1,) * 2, (0, 0))
        return cnnlab.conv2d(np.pad(d, pads), w[:, ::-1, ::-1])

    report = judge(EXERCISES["input_grad_tensor"], another_where_it_stops)
    assert report.mistake == "channels_not_exchanged"  # no case speaks against it
    shown = report.case.arguments
    assert shown["delta"].shape[3] == shown["w"].shape[3]  # a case that it explains


def test_a_case_that_stops_does_not_hide_a_name():
    def stops_beyond_the_edge(d, w):
        if w.shape[0] > 2:
            raise IndexError("index 3 is out of bounds for axis 1 with size 3")
        return cnnlab.reference.correlate2d(d, w, "full")

    report = judge(free("input_grad_2d"), stops_beyond_the_edge)
    assert report.mistake == "kernel_not_rotated" and "axis 1" in report.message


def test_a_name_explains_every_case_or_says_that_it_does_not():
    one_too_many = check("output_size", lambda n, k, s, p, d: (n + 2 * p - d * (k - 1)) // s + 1)
    assert one_too_many.mistake == "plus_one_in_the_quotient"  # not rounded_up, where nothing is rounded

    def another_sometimes(d, w):
        wrong = cnnlab.reference.correlate2d(d, w, "full")
        return wrong if w.shape[0] < 3 else wrong + 1

    assert judge(free("input_grad_2d"), another_sometimes).mistake is None

    def also_wrong_where_the_formula_is_right(dp, a, size, stride):
        da = np.zeros(a.shape)
        for x, y in np.ndindex(dp.shape):
            window = a[x * stride : x * stride + size, y * stride : y * stride + size]
            m, n = np.unravel_index(window.argmax(), window.shape)
            da[x * stride + m, y * stride + n] = dp[x, y]
        return da * (-1 if stride >= size else 1)

    report = check("max_pool_backward", also_wrong_where_the_formula_is_right)
    assert report.mistake == "overwritten" and report.message.startswith("On some of the cases")
    assert report.case.arguments["stride"] < report.case.arguments["size"]  # the case is one that it explains


def test_two_mistakes_have_two_names():
    def mask_and_size(dp, a, size, stride):
        da = np.zeros(a.shape)
        for x, y in np.ndindex(dp.shape):
            window = a[x * size : x * size + size, y * size : y * size + size]
            if window.size:
                da[x * size : x * size + size, y * size : y * size + size] += (window == window.max()) * dp[x, y]
        return da

    report = check("max_pool_backward", mask_and_size)
    assert {report.mistake, report.also} == {"every_maximum", "stride_is_size"}
    assert report.mistake in str(report) and report.also in report._repr_html_()

    naive = lambda z: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    report = check("softmax_cross_entropy_delta", lambda z, y: naive(z) - np.eye(z.shape[1])[y])
    assert {report.mistake, report.also} == {"overflows", "batch_not_divided"}

    def turned_and_averaged(d, a):
        return cnnlab.conv2d_weight_grad(d, a, (d.shape[3], a.shape[1] - d.shape[1] + 1, a.shape[2] - d.shape[2] + 1, a.shape[3]))[:, ::-1, ::-1] / len(d)  # fmt: skip

    report = judge(free("weight_grad_tensor"), turned_and_averaged)
    assert {report.mistake, report.also} == {"divided_by_batch", "result_rotated"}


def test_what_is_wrong_on_some_kind_of_cases_only_is_said_of_them():
    def last_row_first(dp, a, size, stride):  # a way to break ties that nobody has a name for
        da = np.zeros(a.shape)
        for x, y in np.ndindex(dp.shape):
            window = a[x * stride : x * stride + size, y * stride : y * stride + size]
            m, n = np.argwhere(window == window.max())[len(np.argwhere(window == window.max())) // 2]
            da[x * stride + m, y * stride + n] += dp[x, y]
        return da

    assert check("max_pool_backward", last_row_first).mistake == "ties"

    def height_for_width(a, w):
        z = np.zeros((a.shape[0] - w.shape[0] + 1, a.shape[1] - w.shape[1] + 1))
        for x, y, m, n in np.ndindex(*z.shape, w.shape[0], w.shape[0]):
            z[x, y] += a[x + m, (y + n) % a.shape[1]] * w[m, n % w.shape[1]]
        return z

    report = judge(free("correlate2d"), height_for_width)
    assert report.mistake == "only_square" and "`w`" in report.message


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
