"""What may be done to any result, or to any argument, has a name in an exercise that does not list it."""

import dataclasses

import numpy as np
import pytest

from cnnlab.exercises import EXERCISES
from cnnlab.exercises._changes import RESULT, changes_of_arguments, square_kinds
from cnnlab.exercises._judge import judge

LAYER = dataclasses.replace(EXERCISES["input_grad_tensor"], answers=())


@pytest.mark.parametrize(
    ("name", "change"), [(mistake.name, change) for mistake, changes in RESULT for change in changes]
)
def test_a_change_of_the_result_has_a_name(name, change):
    report = judge(LAYER, lambda delta, w: change(LAYER.solution(delta, w), delta, w))
    assert not report.passed and report.mistake == name, report


def test_arguments_are_changed_one_at_a_time():
    delta, w = LAYER.cases()[-1]
    for _, change in changes_of_arguments(LAYER):
        one, other = change((delta, w))
        assert (one is delta) != (other is w)
        assert not np.array_equal(one, delta) or not np.array_equal(other, w)


def test_matrices_are_no_images():
    exercise = EXERCISES["col2im"]
    kinds = square_kinds(exercise)
    assert [kind.words.split("`")[1] for kind in kinds[:-1]] == ["input_shape", "size"]
    matrix, *_ = exercise.cases()[0]
    assert not kinds[-1].holds(matrix, (1, 4, 4, 2), (2, 2)) and kinds[-1].holds(matrix, (1, 4, 5, 2), (2, 2))
