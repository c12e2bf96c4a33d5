"""Chapter 10: wrong gradients of a whole layer, and an exercise that asks for a test of gradients.

The layer is z -> conv2d(sigma(z), w, b).
Each function of `MISTAKES` takes what a backward pass takes, (delta, z, w, sigma), and returns the gradients
by z, w and b, with one mistake in them; `right` is right. For stride 1, without padding.
The wrong formulas are those of the exercises of chapters 5 to 7.
"""

from collections.abc import Callable, Sequence

import numpy as np

from cnnlab import activations, convolution, gradients
from cnnlab._checks import Array
from cnnlab.activations import Activation
from cnnlab.convolution import conv2d_bias_grad, conv2d_input_grad, conv2d_weight_grad
from cnnlab.exercises._exercise import Arguments, Choice, Exercise, Function, Mistake, Question, Section
from cnnlab.exercises.bias_gradient import BIAS_GRAD
from cnnlab.exercises.tensors import INPUT_GRAD
from cnnlab.exercises.weight_gradient import TENSOR

Gradients = tuple[Array, Array, Array]
Gradient = Callable[[Array], Array]
Scalar = Callable[[Array], float]


def _by_name(table: Sequence[Mistake]) -> dict[str, Function]:
    """Return the first formula of each name."""
    return {mistake.name: mistake.formulas[0] for mistake in reversed(table)}


_INPUT, _WEIGHT, _BIAS = _by_name(INPUT_GRAD), _by_name(TENSOR), _by_name(BIAS_GRAD)


def right(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The gradients as they are, for comparison."""
    dz = sigma.derivative(z) * conv2d_input_grad(delta, w, z.shape)
    return dz, conv2d_weight_grad(delta, sigma(z), w.shape), conv2d_bias_grad(delta)


def kernel_not_rotated(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The kernel slides over the errors as it is; or it is turned twice, which is the same."""
    _, dw, db = right(delta, z, w, sigma)
    return sigma.derivative(z) * _INPUT["kernel_not_rotated"](delta, w), dw, db


def channels_not_summed(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """One index for input and output channels: each input hears from a single output."""
    _, dw, db = right(delta, z, w, sigma)
    return sigma.derivative(z) * _INPUT["channels_not_summed"](delta, w), dw, db


def slope_in_weight_gradient(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """A factor sigma'(z) too many in the weight gradient."""
    dz, _, db = right(delta, z, w, sigma)
    return dz, conv2d_weight_grad(delta, sigma(z) * sigma.derivative(z), w.shape), db


def weight_gradient_rotated(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The correlation with its arguments exchanged: the weight gradient turned by 180 degrees."""
    dz, _, db = right(delta, z, w, sigma)
    return dz, _WEIGHT["result_rotated"](delta, sigma(z)), db


def weight_gradient_by_convolution(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """A true convolution of image and error where a correlation belongs: the error is turned."""
    dz, _, db = right(delta, z, w, sigma)
    return dz, _WEIGHT["error_rotated"](delta, sigma(z)), db


def bias_mean(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The mean of the errors of a channel for their sum."""
    dz, dw, _ = right(delta, z, w, sigma)
    return dz, dw, _BIAS["mean_for_sum"](delta)


def bias_shared(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """One bias for all output channels."""
    dz, dw, _ = right(delta, z, w, sigma)
    return dz, dw, _BIAS["bias_shared"](delta)


def divided_by_batch_twice(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """Divided by N although the loss is a mean, and N is in its errors already."""
    dz, _, _ = right(delta, z, w, sigma)
    return dz, _WEIGHT["divided_by_batch"](delta, sigma(z)), _BIAS["divided_by_batch"](delta)


MISTAKES = (
    kernel_not_rotated,
    channels_not_summed,
    slope_in_weight_gradient,
    weight_gradient_rotated,
    weight_gradient_by_convolution,
    bias_mean,
    bias_shared,
    divided_by_batch_twice,
)


def gradient_test(gradient: Gradient, f: Scalar, x: Array) -> bool:
    """Compare with f along a random direction, three times."""
    rng = np.random.default_rng(0)
    for _ in range(3):
        v, h = rng.standard_normal(x.shape), 1e-5
        measured = (f(x + h * v) - f(x - h * v)) / (2 * h)
        claimed = (gradient(x.copy()) * v).sum()
        if not abs(measured - claimed) <= 1e-5 * (abs(measured) + abs(claimed)) + 1e-14:
            return False
    return True


# The layer that the reader's test is put to: nothing about it is special.
_rng = np.random.default_rng(17)
_Z, _W, _B, _DELTA = (
    _rng.standard_normal(shape) for shape in ((2, 3, 4, 2), (3, 2, 3, 2), (3,), (2, 2, 2, 3))
)
_TANH = activations.tanh


def _by_z(z: Array) -> float:
    return float((_DELTA * convolution.conv2d(_TANH(z), _W, _B)).sum())


def _by_w(w: Array) -> float:
    return float((_DELTA * convolution.conv2d(_TANH(_Z), w, _B)).sum())


def _by_b(b: Array) -> float:
    return float((_DELTA * convolution.conv2d(_TANH(_Z), _W, b)).sum())


def squares(x: Array) -> float:
    """The sum of squares."""
    return float((x**2).sum())


def _large(x: Array) -> float:
    return 1e6 * float((x**3).sum())


def _small(x: Array) -> float:
    return 1e-10 * float((x**3).sum())


def _named(name: str, gradient: Gradient) -> Gradient:
    gradient.__name__ = name
    return gradient


def _mutant(name: str, formula: Function, by: int) -> Gradient:
    """Return what a wrong formula of chapter 5, 6 or 7 makes of this layer: by z, w or b."""
    compute: tuple[Gradient, ...] = (
        lambda z: _TANH.derivative(z) * formula(_DELTA, _W),
        lambda w: formula(_DELTA, _TANH(_Z)),
        lambda b: formula(_DELTA),
    )
    return _named(name, compute[by])


def _one_entry_off(x: Array) -> Array:
    gradient = right(_DELTA, x, _W, _TANH)[0]
    gradient[1, 2, 1, 0] += 1
    return gradient


def _mutants() -> list[Arguments]:
    """Return every mistake of chapters 5 to 7 by its first formula, where its result has the right shape."""
    found: list[Arguments] = []
    for by, (table, f, x) in enumerate(
        ((INPUT_GRAD, _by_z, _Z), (TENSOR, _by_w, _W), (BIAS_GRAD, _by_b, _B))
    ):
        for name, formula in _by_name(table).items():
            mutant = _mutant(name, formula, by)
            try:
                fits = mutant(x).shape == x.shape and not np.allclose(
                    mutant(x), right(_DELTA, _Z, _W, _TANH)[by]
                )
            except (ValueError, TypeError):  # a formula that cannot run on this layer
                fits = False
            if fits:
                found.append((mutant, f, x.copy()))
    return found


def _cases() -> list[Arguments]:
    x = np.array([1.0, -2.0])
    cube = np.array([0.5, -1.5, 2.0])
    by_z = lambda z: right(_DELTA, z, _W, _TANH)[0]  # noqa: E731
    return [
        (_named("a right gradient", lambda x: 2 * x), squares, x), (_named("factor_missing", lambda x: x), squares, x),
        (_named("sign", lambda x: -2 * x), squares, x), (_named("a right gradient", lambda x: 3e6 * x**2), _large, cube),
        (_named("factor_missing", lambda x: 1e6 * x**2), _large, cube), (_named("a right gradient", lambda x: 3e-10 * x**2), _small, cube),
        (_named("factor_missing", lambda x: 1e-10 * x**2), _small, cube), (_named("a right gradient", lambda x: 2 * x), squares, np.zeros(3)),
        (_named("a right gradient", by_z), _by_z, _Z.copy()), (_named("one_percent_off", lambda z: 1.01 * by_z(z)), _by_z, _Z.copy()),
        (_named("one_entry_off", _one_entry_off), _by_z, _Z.copy()), (_named("twice", lambda x: 4 * x), squares, x.copy()),
        (_named("half", lambda x: x), squares, x + 1),
        (_named("a right gradient", lambda w: right(_DELTA, _Z, w, _TANH)[1]), _by_w, _W.copy()),
        (_named("slope_in_weight_gradient", lambda w: slope_in_weight_gradient(_DELTA, _Z, w, _TANH)[1]), _by_w, _W.copy()),
        (_named("a right gradient", lambda b: right(_DELTA, _Z, _W, _TANH)[2]), _by_b, _B.copy()),
        *_mutants(),
    ]  # fmt: skip


_KNOWN: dict[tuple[Scalar, bytes], Array] = {}


def _measured(f: Scalar, x: Array) -> Array:
    """Measure a gradient once for each f and x: the wrong tests below ask for it again and again."""
    point = f, x.tobytes()
    if point not in _KNOWN:
        _KNOWN[point] = gradients.numerical_gradient(f, x)
    return _KNOWN[point]


def _entries(relative: float, absolute: float) -> Callable[[Gradient, Scalar, Array], bool]:
    return lambda g, f, x: bool(np.allclose(g(x), _measured(f, x), rtol=relative, atol=absolute))


def _falls(gradient: Gradient, f: Scalar, x: Array) -> bool:
    g = gradient(x)
    return bool(f(x - 1e-4 * g / (np.linalg.norm(g) + 1e-12)) <= f(x))


def _without_zero(gradient: Gradient, f: Scalar, x: Array) -> bool:
    """Compare with a relative error that is 0 / 0 where the gradient is 0."""
    one, other = gradient(x), _measured(f, x)
    return bool(np.linalg.norm(one - other) / (np.linalg.norm(one) + np.linalg.norm(other)) < 1e-5)


_CLAIMS: dict[tuple[Gradient, bytes], Array] = {}


def _claimed(gradient: Gradient, x: Array) -> Array:
    """Return what a gradient claims, computed once: there are hundreds of wrong tests."""
    point = gradient, x.tobytes()
    if point not in _CLAIMS:
        _CLAIMS[point] = gradient(x)
    return _CLAIMS[point]


def _test_variant(
    gradient: Gradient,
    f: Scalar,
    x: Array,
    *,
    look: Callable[[Array], Array] = lambda g: g,
    estimate: Callable[[Scalar, Array], Array] = _measured,
    sign: int = 0,
    scale: str = "both",
    tolerance: float = 1e-5,
) -> bool:
    """Compare; what is looked at, the estimate, the sign of the difference, the scale and the tolerance are choices."""
    claimed, measured = np.asarray(look(_claimed(gradient, x))), np.asarray(look(estimate(f, x)))
    difference = abs(measured - claimed) if sign == 0 else sign * (measured - claimed)
    sizes = {
        "both": np.linalg.norm(measured) + np.linalg.norm(claimed) + 1e-12,
        "unguarded": np.linalg.norm(measured) + np.linalg.norm(claimed),
        "at least 1": max(1.0, abs(measured).max()),
        "none": 1.0,
    }
    return bool((difference <= tolerance * sizes[scale]).all() and (scale != "unguarded" or sizes[scale] > 0))


_TOLERANCES = (1e-2, 1e-4)  # more of them judge no case otherwise


def _each(
    choice: Choice, scales: Sequence[str] = ("both", "unguarded", "at least 1", "none")
) -> list[Choice]:
    """Return a choice with every scale and every tolerance."""
    return [
        {**choice, "scale": scale, "tolerance": tolerance} for scale in scales for tolerance in _TOLERANCES
    ]


def _forward_strictly(gradient: Gradient, f: Scalar, x: Array) -> bool:
    v, h = np.random.default_rng(1).standard_normal(x.shape), 1e-5
    measured, claimed = (f(x + h * v) - f(x)) / h, (gradient(x) * v).sum()
    return bool(abs(measured - claimed) <= 1e-7 * (abs(measured) + abs(claimed)))


BLIND = Section(10, "Why each is blind")
STEP = Section(10, "Which step, which tolerance?")
SCALE = Section(1, "A tolerance without a scale")

EXERCISES = (
    Exercise(
        solution=gradient_test,
        title="Write the test",
        task="""
Write a *test* for gradients.
`f` is a scalar function of an array, `gradient` a function of x that claims to be its gradient, `x` a float array of up to some hundred entries; f is smooth near x.
Return True if the claim is right, and False if it is wrong.
Your test is put to right gradients (large, small, and 0) and to many wrong ones, which have the right shape and are off by a percent or more; the report lists those that it judges wrongly.
""",
        hints=(
            "The slope of f along v can be measured with two calls. What must it be, if the gradient is right?",
            "Why is v = (1, 1, …) a bad direction? Take random numbers.",
            "Compare the difference with the sizes of the two numbers; and think of a gradient that is 0.",
        ),
        cases=_cases,
        see=Section(10, "The recipe"),
        returns="truth",
        variant=_test_variant,
        answers=(gradients.directional_check, gradients.check_vjp),
        mistakes=(
            Mistake("always_true", "This test lets all these wrong gradients pass: it looks at no number, or at none that matters. All of them have the right shape.", lambda g, f, x: True),
            Mistake("always_false", "This test rejects everything, right gradients too.", lambda g, f, x: False),
            Mistake("turned_round", "True and False are exchanged.", lambda g, f, x: not gradient_test(g, f, x)),
            Mistake("sum_only", "This test compares sums: it looks in the direction (1, 1, …) only, and a turned kernel keeps the sum.", *_each({"look": lambda g: g.sum()}), see=BLIND),
            Mistake("size_only", "This test compares lengths: a gradient that is turned, or has the wrong sign, is as long.", *_each({"look": np.linalg.norm}), see=BLIND),
            Mistake("size_only", "This test compares sizes: signs and places may be wrong.", *_each({"look": lambda g: abs(g).sum()}), *_each({"look": abs}), see=BLIND),
            Mistake("largest_only", "This test compares the largest entries only.", *_each({"look": lambda g: g.max()}), see=BLIND),
            Mistake("one_entry_only", "This test looks at the first entry only.", *_each({"look": lambda g: g.ravel()[0]}), see=BLIND),
            Mistake("one_entry_only", "This test looks at the last entry only.", *_each({"look": lambda g: g.ravel()[-1]}), see=BLIND),
            Mistake("signs_only", "This test compares signs only.", lambda g, f, x: bool((np.sign(g(x)) == np.sign(_measured(f, x))).all()), see=BLIND),
            Mistake("falling_is_enough", "This test asks whether f falls along the claimed gradient. Wrong gradients do that, too.", _falls, see=Section(10, "Wrong gradients learn, too")),
            Mistake(
                "tolerance_too_wide",
                "The tolerance is too wide: mistakes of some percent pass.",
                _entries(0.1, 1e-8),
                _entries(0.02, 1e-8),
                see=STEP,
            ),
            Mistake("tolerance_without_scale", "The tolerance does not know how large the gradient is: it rejects large right ones, and lets small wrong ones pass.", *(_entries(0.0, tolerance) for tolerance in (1e-3, 1e-4, 1e-5, 1e-6, 1e-7)), see=SCALE),
            Mistake("tolerance_without_scale", "An absolute tolerance lets every small gradient pass, right or wrong (that of `np.allclose` is 1e-8).", *(_entries(1e-5, tolerance) for tolerance in (1e-4, 1e-5, 1e-6, 1e-8)), see=SCALE),
            Mistake("tolerance_too_narrow", "This test asks for equal numbers. A measured gradient is never exact.", lambda g, f, x: bool((g(x) == _measured(f, x)).all()), see=STEP),
            Mistake("tolerance_too_narrow", "The tolerance is too narrow: no measured gradient is so exact.", _entries(1e-13, 0.0), see=STEP),
            Mistake("one_sided", "A difference to one side is not exact enough for such a tolerance: right gradients are rejected.", _forward_strictly, see=STEP),
            Mistake("size_of_difference_missing", "The difference is compared without its sign removed: what is too large, or too small, passes.", *_each({"sign": 1}), *_each({"sign": -1}), see=Section(10, "The recipe")),
            Mistake("both_points_the_same", "What this test measures is always 0: its two points are one array. `x` by another name is `x`; copy it before each step.", *_each({"estimate": lambda f, x: np.zeros(x.shape)}, ("none",)), see=STEP),
            Mistake("way_counted_once", "Right gradients are rejected: what the test measures is twice as large as it should be, or half. How far apart are its two points?", *_each({"estimate": lambda f, x: 2 * _measured(f, x)}), *_each({"estimate": lambda f, x: _measured(f, x) / 2}), see=STEP),
            Mistake("some_entries_only", "A gradient with a single wrong entry passes: not every entry is looked at.", lambda g, f, x: g.__name__ == "one_entry_off" or gradient_test(g, f, x), see=BLIND),
            Mistake("zero_not_compared", "Where the gradient is 0, a right gradient is rejected: the tolerance there is 0 (or 0/0), or smaller than the error of the difference.", _without_zero, see=Section(10, "The recipe")),
        ),
        level=3,
        minutes=20,
    ),
)  # fmt: skip

QUESTIONS = {
    "10-a": Question(5, (
        (1, "The kernel is not constant, and turning it changes the gradient."),
        (6, "A mean of ones is 1, and their sum is how many there are."),
        (4, "The result is turned, which shows with any image that is not its own turn."),
    ), "All errors are 1: which of the changes leaves them as they are?"),
    "10-b": Question(0.008, (
        (0.8, "That is in percent."),
        (0.01, "There is a factor √(2/π) besides."),
        (0.0008, "The tolerance is divided by the size of the mistake, 0.1."),
        (0.001, "The tolerance is divided by the size of the mistake, 0.1."),
        (0.0064, "So often it happens; the equation bounds it, by a little more."),
    ), "t/|e| is 10⁻³/10⁻¹, times √(2/π)."),
}  # fmt: skip
