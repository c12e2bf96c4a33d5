"""check, hint, solution, check_answer: what a reader calls."""

import subprocess
import sys

import numpy as np
import pytest
from helpers.right_functions import RIGHT

import cnnlab
from cnnlab import exercises
from cnnlab.exercises import EXERCISES, _progress, check, check_answer


def test_a_function_that_is_not_written_yet():
    def stub(delta):
        raise NotImplementedError

    assert check("bias_grad", stub).mistake == "not_yet"


def test_other_functions_of_cnnlab_may_be_called():
    def by_forward(delta, w):
        pads = ((0, 0), (w.shape[1] - 1,) * 2, (w.shape[2] - 1,) * 2, (0, 0))
        return cnnlab.conv2d(np.pad(delta, pads), w[:, ::-1, ::-1].transpose(3, 1, 2, 0))

    assert check("input_grad_tensor", by_forward)
    assert (
        check("input_grad_tensor", lambda d, w: cnnlab.conv_transpose2d(d, w)).mistake == "calls_the_answer"
    )


def test_bad_calls_are_refused():
    with pytest.raises(ValueError, match=r"name: got 'bias', expected an exercise such as bias_grad"):
        check("bias", len)
    with pytest.raises(TypeError, match=r"function: got 3, expected a function"):
        check("bias_grad", 3)
    with pytest.raises(ValueError, match=r"label: got '99-a'"):
        check_answer("99-a", 3)


def test_hints_open_one_at_a_time_then_the_solution():
    name = "weight_grad_2d"
    exercises._opened.pop(name, None)
    _progress._here.pop(name, None)
    hints = EXERCISES[name].hints
    for k, words in enumerate(hints, start=1):
        assert "still closed" in str(exercises.solution(name))
        assert str(exercises.hint(name)) == f"Hint {k} of {len(hints)} on {name}: {words}"
    assert str(exercises.hint(name)).endswith(hints[-1])
    assert str(exercises.solution(name)).startswith("def weight_grad_2d(delta: Array, a: Array)")
    check(name, RIGHT[name][2])
    assert f"✓ 06 {name}" in str(exercises.progress())


@pytest.mark.parametrize("label", exercises._QUESTIONS)
def test_questions_know_their_answer_and_the_usual_wrong_ones(label):
    question = exercises._QUESTIONS[label]
    assert check_answer(label, question.answer).passed
    assert check_answer(label, np.array(question.answer)).passed
    for wrong, words in question.wrong:
        report = check_answer(label, wrong)
        assert (report.passed, report.mistake, report.message) == (False, "known_mistake", words), (
            label,
            wrong,
        )
    off = np.array(question.answer, float) * 1.004
    whole = (np.array(question.answer) == np.round(question.answer)).all()
    assert check_answer(label, off).passed == (not whole)
    assert check_answer(label, ...).mistake == "not_yet"
    for strange in (77.5, "seven", [[1, 2], [3]], {}, (1,) * 9):
        report = check_answer(label, strange)
        assert (report.passed, report.mistake) == (False, None)


def test_importing_the_exercises_loads_no_more_than_numpy():
    code = (
        "import sys, cnnlab.exercises; "
        "heavy = {'matplotlib', 'scipy', 'sympy', 'IPython', 'nbformat', 'tqdm'} & set(sys.modules); "
        "sys.exit(str(heavy) if heavy else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
