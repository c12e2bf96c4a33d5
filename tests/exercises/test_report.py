"""What a check says: as text and as tables."""

import numpy as np
import pytest
from helpers.right_functions import RIGHT

from cnnlab.exercises import check


@pytest.mark.parametrize("shape", [(0,), (2, 0, 1, 3), (200,), (2, 3, 4), (1, 2, 1, 2, 1), (30, 30)])
def test_results_of_any_shape_can_be_shown(shape):
    report = check("bias_grad", lambda delta: np.ones(shape) + delta.sum())
    assert "yours" in str(report) and "yours" in report._repr_html_()


def test_a_wrong_number_has_a_cross_and_digits_enough():
    report = check("softmax_cross_entropy_delta", lambda z, y: SOFTMAX(z, y) + 3e-5)
    assert "✗" in str(report).split("yours")[1]
    assert "yours = 3.5 ✗" in str(
        check("output_size", lambda n, k, s, p, d: (n + 2 * p - d * (k - 1) - 1) / s + 1)
    )


SOFTMAX = RIGHT["softmax_cross_entropy_delta"][0]


def test_a_report_shows_the_smallest_case_and_what_was_printed():
    def prints(delta):
        print("shape", delta.shape)
        return delta.mean(axis=(0, 1, 2))

    report = check("bias_grad", prints)
    assert report.case.arguments["delta"].size == 2  # a single error is its own mean
    assert (report.case.received == report.case.expected / 2).all()
    assert "It printed:\nshape (1, 1, 2, 1)" in str(report) and "shape (1, 1, 2, 1)" in report._repr_html_()


def test_a_test_of_gradients_is_told_what_got_through():
    report = check("gradient_test", lambda gradient, f, x: gradient(x).shape == x.shape)
    assert report.mistake == "always_true"
    assert {"kernel_not_rotated", "result_rotated", "mean_for_sum", "one_percent_off"} <= set(report.through)
    assert "kernel_not_rotated" in str(report)
    assert check("gradient_test", lambda gradient, f, x: 1.0).mistake == "not_numbers"
