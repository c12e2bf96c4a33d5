"""The exercises: solutions pass, every mistake has its name, and whatever a function does is reported."""

import dataclasses
import subprocess
import sys
import threading
import time
import warnings
from fractions import Fraction

import numpy as np
import pytest
from notebooks import NUMBERED, texts
from right_functions import RIGHT

import cnnlab
from cnnlab import exercises
from cnnlab.exercises import EXERCISES, check, check_answer
from cnnlab.exercises._exercise import Mistake, derived
from cnnlab.exercises._judge import GENERAL, judge

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
    for mistake, formula in [(known, formula) for known in exercise.mistakes for formula in known.formulas]:
        report = judge(exercise, formula)
        assert (report.passed, report.mistake) == (False, mistake.name), (mistake.name, report)
        text, page = str(report), report._repr_html_()
        assert mistake.name in text and mistake.name in page and "expected" in text and "expected" in page
        text.encode()


def test_a_table_made_of_another_leaves_out_only_what_is_there():
    table = [Mistake("sign", "All signs are wrong.", lambda d: -d, lambda d: 0 - d)]
    (made,) = derived(table, lambda formula: lambda d: formula(2 * d))
    assert made.name == "sign" and [formula(1) for formula in made.formulas] == [-2, -2]
    assert derived(table, lambda formula: formula, without=["sign"]) == ()
    with pytest.raises(ValueError, match=r"^without: got \['signs'\], expected names of the table"):
        derived(table, lambda formula: formula, without=["signs"])


@every
def test_there_are_at_least_three_mistakes_with_words_and_a_place_to_read(name):
    exercise = EXERCISES[name]
    assert len({mistake.name for mistake in exercise.mistakes}) >= 3
    headings = {
        (int(path.stem[:2]), line.lstrip("# "))
        for path in NUMBERED
        for text in texts(path)
        for line in text.splitlines()
        if line.startswith("##")
    }
    for section in (exercise.see, *(mistake.see for mistake in exercise.mistakes if mistake.see)):
        assert tuple(section) in headings, section
    for mistake in exercise.mistakes:
        assert mistake.words[0].isupper() or mistake.words[0] in "`∂", mistake
        assert mistake.words.rstrip()[-1] in ".?", mistake
        assert not set(GENERAL) & {mistake.name}


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


class Looping(Exception):
    def __str__(self):
        while True:
            pass


def fails_for_ever(delta):
    raise Looping


class Odd(Exception):
    __traceback__ = 5


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
    (lambda: 0, "raises"),
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


def test_a_function_that_is_not_written_yet():
    def stub(delta):
        raise NotImplementedError

    assert check("bias_grad", stub).mistake == "not_yet"


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
SOFTMAX = RIGHT["softmax_cross_entropy_delta"][0]


def test_zeros_are_only_a_beginning():
    assert check("max_pool_backward", lambda dp, a, size, stride: np.zeros_like(a)).mistake == "constant"


def test_a_step_into_the_imaginary_direction_is_right():
    assert check("directional_derivative", lambda f, x, v: f(x + 1e-20j * v).imag / 1e-20)


def test_warnings_are_no_mistakes():
    assert check("bias_grad", raises_warning).passed


def test_a_report_says_the_line_where_it_happened_and_nothing_of_ours():
    def fails(delta):
        return delta.sum(axis=7)

    report = str(check("bias_grad", fails))
    assert "return delta.sum(axis=7)" in report and "AxisError: axis 7 is out of bounds" in report
    assert "_run.py" not in report and "Traceback" not in report


def test_a_report_shows_the_smallest_case_and_what_was_printed():
    report = check("bias_grad", prints)
    assert report.case.arguments["delta"].size == 2  # a single error is its own mean
    assert (report.case.received == report.case.expected / 2).all()
    assert "It printed:\nshape (1, 1, 2, 1)" in str(report) and "shape (1, 1, 2, 1)" in report._repr_html_()


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

    def one_formula_where_it_fits(d, w):  # that of channels_not_exchanged stops if there are not as many
        if d.shape[3] != w.shape[3]:
            return EXERCISES["input_grad_tensor"].solution(d, w) + 1
        pads = ((0, 0), (w.shape[1] - 1,) * 2, (w.shape[2] - 1,) * 2, (0, 0))
        return cnnlab.conv2d(np.pad(d, pads), w[:, ::-1, ::-1])

    assert judge(EXERCISES["input_grad_tensor"], one_formula_where_it_fits).mistake is None


def test_other_functions_of_cnnlab_may_be_called():
    def by_forward(delta, w):
        pads = ((0, 0), (w.shape[1] - 1,) * 2, (w.shape[2] - 1,) * 2, (0, 0))
        return cnnlab.conv2d(np.pad(delta, pads), w[:, ::-1, ::-1].transpose(3, 1, 2, 0))

    assert check("input_grad_tensor", by_forward)
    assert (
        check("input_grad_tensor", lambda d, w: cnnlab.conv_transpose2d(d, w)).mistake == "calls_the_answer"
    )


def test_a_test_of_gradients_is_told_what_got_through():
    report = check("gradient_test", lambda gradient, f, x: gradient(x).shape == x.shape)
    assert report.mistake == "always_true"
    assert {"kernel_not_rotated", "result_rotated", "mean_for_sum", "one_percent_off"} <= set(report.through)
    assert "kernel_not_rotated" in str(report)
    assert check("gradient_test", lambda gradient, f, x: 1.0).mistake == "not_numbers"


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
    exercises._solved.discard(name)
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
