"""Every wrong function that we know of has its name, and no name is given that does not explain it."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import cnnlab
from cnnlab.exercises import EXERCISES, check
from cnnlab.exercises._judge import judge


def free(name):
    """Return an exercise in which everything of cnnlab may be called: wrong formulas do that."""
    return dataclasses.replace(EXERCISES[name], answers=())


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
        return da + (a.shape in ((1, 2), (2, 2)))  # no kind of cases holds both

    report = check("max_pool_backward", also_wrong_where_the_formula_is_right)
    assert report.mistake == "overwritten" and report.message.startswith("On some of the cases")
    assert report.case.arguments["stride"] < report.case.arguments["size"]  # the case is one that it explains


@pytest.mark.parametrize("name", [name for name, one in EXERCISES.items() if one.returns == "array"])
def test_what_nobody_knows_has_no_name(name):
    """A formula that is infinite somewhere does not explain numbers that are just wrong."""
    exercise = free(name)
    report = judge(exercise, lambda *args: exercise.solution(*args) * 1.234 + 0.1)
    assert not report.passed and report.mistake is None, report


def test_a_coin_is_no_test_and_has_no_name_of_a_test():
    coin = np.random.default_rng(0)
    report = check("gradient_test", lambda gradient, f, x: bool(coin.random() > 0.5))
    assert report.mistake in (None, "different_each_time")


def test_two_mistakes_have_two_names():
    def mask_and_size(dp, a, size, stride):
        da = np.zeros(a.shape)
        for x, y in np.ndindex(dp.shape):
            window = a[x * size : x * size + size, y * size : y * size + size]
            if window.size:
                da[x * size : x * size + size, y * size : y * size + size] += (window == window.max()) * dp[
                    x, y
                ]
        return da

    report = check("max_pool_backward", mask_and_size)
    assert {report.mistake, report.also} == {"every_maximum", "stride_is_size"}
    assert report.mistake in str(report) and report.also in report._repr_html_()

    def naive_and_summed(z, y):
        return np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) - np.eye(z.shape[1])[y]

    report = check("softmax_cross_entropy_delta", naive_and_summed)
    assert {report.mistake, report.also} == {"overflows", "batch_not_divided"}

    def turned_and_averaged(d, a):
        return EXERCISES["weight_grad_tensor"].solution(d, a)[:, ::-1, ::-1] / len(d)

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


# Written from the texts of the exercises alone, without sight of the tables of mistakes: loops, padding and
# slices as in homework, two mistakes in a third of them, square sizes in mind in a fifth. Each says what is
# wrong with it in plain words, and what it may be called.
STUDENTS = json.loads(Path(__file__).with_name("students.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "student", STUDENTS, ids=[f"{k}-{one['exercise']}" for k, one in enumerate(STUDENTS)]
)
def test_what_students_get_wrong_has_its_name(student):
    namespace = {}
    exec(student["code"], namespace)
    report = judge(EXERCISES[student["exercise"]], namespace[student["exercise"]])
    names = [name for name in (report.mistake, report.also) if name]
    assert not report.passed and names == student["names"], (student["truth"], report)
