"""One test for each exercise that is set; students hand in submission.py beside this file.

usage: python -m pytest test_submission.py
"""

import pytest
import submission

from cnnlab.exercises import check

SET = ["input_grad_2d", "weight_grad_2d", "bias_grad"]


@pytest.mark.parametrize("name", SET)
def test_exercise(name):
    function = getattr(submission, name, None)
    assert function is not None, f"there is no function {name} in submission.py"
    report = check(name, function)
    assert report.passed, f"\n{report}"
