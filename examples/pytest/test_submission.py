"""One test for each exercise that is set; students hand in submission.py beside this file.

usage: python -m pytest test_submission.py
"""

import importlib

import pytest

from cnnlab.exercises import check

SET = ["input_grad_2d", "weight_grad_2d", "bias_grad"]


@pytest.mark.parametrize("name", SET)
def test_exercise(name):
    submission = importlib.import_module("submission")  # here, so that its errors belong to a test
    function = getattr(submission, f"my_{name}", None) or getattr(submission, name, None)
    assert function is not None, f"there is no function {name} or my_{name} in submission.py"
    report = check(name, function)
    assert report.passed, f"\n{report}"
