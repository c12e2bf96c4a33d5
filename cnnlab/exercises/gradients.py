"""Exercises of chapter 1: the slope of a function that can only be called."""

from collections.abc import Callable

import numpy as np

from cnnlab import gradients
from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Exercise, Function, Mistake, Question, Section

NUDGE = Section(1, "Nudge and look: central differences")
STEP = Section(1, "Which step, which tolerance, float32 or float64?")
DIRECTION = Section(1, "A gradient, and a direction")

Scalar = Callable[[Array], float]


def directional_derivative(f: Scalar, x: Array, v: Array) -> float:
    """Go a small step to either side, and divide by the whole way."""
    h = 1e-5
    return (f(x + h * v) - f(x - h * v)) / (2 * h)


# No cast to float in these: a step into the imaginary direction is welcome, too.
def _line(x: Array) -> float:
    return (np.arange(1, x.size + 1) * x.ravel()).sum()


def _squares(x: Array) -> float:
    return (x**2).sum()


def _cubes(x: Array) -> float:
    return (x**3).sum()


def _waves(x: Array) -> float:
    return (np.arange(1, x.size + 1).reshape(x.shape) * np.sin(x)).sum()


def _hill(x: Array) -> float:
    return np.exp(-(x**2).sum() / 8) * x.sum()


def _cases() -> list[Arguments]:
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((2, 3, 4))
    return [
        (_line, np.array([2.0]), np.array([3.0])), (_line, np.array([1.0, 2.0]), np.array([1.0, -1.0])),
        (_squares, np.array([3.0]), np.array([1.0])), (_squares, np.array([1.0, 2.0]), np.array([2.0, -3.0])),
        (_squares, np.array([10.0, 10.0]), np.array([20.0, -20.0])),  # level here, and steeply curved
        (_cubes, np.array([1.0, -2.0, 1.0]), np.array([2.0, 1.0, 3.0])), (_waves, x, y), (_hill, x, y),
    ]  # fmt: skip


def _variant(
    f: Scalar,
    x: Array,
    v: Array,
    *,
    h: float = 1e-5,
    sides: tuple[int, int] = (1, -1),
    divided: Callable[[float, float], float] = lambda difference, way: difference / way,
    direction: Callable[[Array], Array] = lambda v: v,
    then: Callable[[float, Array], float] = lambda slope, v: slope,
) -> float:
    """Measure a slope; the step, the two points, the division and the direction are choices."""
    u = direction(v)
    one, other = (f(x + side * h * u) for side in sides)
    return then(divided(one - other, (sides[0] - sides[1]) * h), v)


def _unit(v: Array) -> Array:
    return np.asarray(v / np.linalg.norm(v))


def _by_entries(rows: bool, restored: bool, h: float, sides: tuple[int, int]) -> Function:
    """Return a loop over the entries of x, or its rows, whose steps are taken back or not; then ⟨gradient, v⟩."""

    def slope(f: Scalar, x: Array, v: Array) -> float:
        x, gradient = x.astype(float), np.zeros(x.shape)
        start = f(x)
        for k in range(len(x)) if rows else np.ndindex(x.shape):
            before = x[k].copy() if rows else x[k]
            x[k] = before + h
            up = f(x)
            if sides[1] < 0:
                x[k] = before - h
            gradient[k] = (up - (f(x) if sides[1] < 0 else start)) / ((sides[0] - sides[1]) * h)
            if restored:
                x[k] = before
        return float((gradient * v).sum())

    return slope


_STEPS = (1e-1, 5e-2, 2e-2, 1e-2, 5e-3, 2e-3, 1e-3, 5e-4, 2e-4, 1e-4, 1e-5, 1e-6, 1e-7)
_TENS = tuple(10.0**-k for k in range(1, 8))
_FINE = tuple(10.0**-k for k in range(12, 21))

EXERCISES = (
    Exercise(
        solution=directional_derivative,
        title="A slope in one direction",
        task="""
Measure the slope of `f` at `x` along `v`, ⟨∇f, v⟩, by calling `f` and nothing else.
`f` takes an array like `x` and returns a float; `x` and `v` are arrays of one shape, and `v` need not have length 1.
The result is a number, right to five digits.
""",
        hints=(
            "What does f do if x moves a little way h along v? How far has it moved then?",
            "A step to one side errs by about h. What do the errors of the two sides do to each other?",
            "Take f(x + h v) and f(x − h v). Between these two points lies 2 h, not h.",
        ),
        cases=_cases,
        see=NUDGE,
        variant=_variant,
        answers=(gradients.directional_check,),
        mistakes=(
            Mistake("one_sided", "The difference is taken to one side only. Its error is about as large as the step, which is too much.", *({"sides": sides, "h": h} for sides in ((1, 0), (0, -1)) for h in _STEPS), see=Section(1, "How far off is it?")),
            Mistake("both_to_one_side", "Both points lie on one side of x. The errors of two sides cancel; those of one side do not.", *({"sides": sides, "h": h} for sides in ((2, 1), (-1, -2)) for h in _STEPS), see=Section(1, "How far off is it?")),
            Mistake("way_counted_once", "Twice as large as it should be. How far apart are the two points?", {"divided": lambda difference, way: 2 * difference / way}),
            Mistake("half_too_small", "Half of what it should be. How far apart are the two points?", {"divided": lambda difference, way: difference / way / 2}),
            Mistake("brackets_missing", "`/ 2 * h` divides by 2 and multiplies by h. Brackets belong around the way between the two points.", *({"divided": lambda difference, way, h=h: difference / 2 * h, "h": h} for h in _TENS)),
            Mistake("direction_normalized", "The direction has been scaled to length 1. The slope along 2 v is twice the slope along v.", {"direction": _unit}, see=DIRECTION),
            Mistake("slope_times_length", "The length of the direction counts twice.", {"then": lambda slope, v: slope * float(np.linalg.norm(v))}, see=DIRECTION),
            Mistake("divided_by_length", "The slope is divided by the length of v. The slope along 2 v is twice the slope along v.", {"then": lambda slope, v: slope / float((v**2).sum())}, see=DIRECTION),
            Mistake("direction_ignored", "The direction is not used: this is the slope along (1, 1, …), the sum of the gradient.", {"direction": np.ones_like}, see=DIRECTION),
            Mistake("gradient_for_slope", "This is the gradient, an array. What is asked for is one number: its scalar product with v.", lambda f, x, v: gradients.numerical_gradient(f, x), see=DIRECTION),
            Mistake("not_summed", "These are the products of gradient and direction. Their sum is the slope.", lambda f, x, v: gradients.numerical_gradient(f, x) * v, see=DIRECTION),
            Mistake("step_of_one", "A step of length one is no small step: this is how much f changes on the whole way.", {"h": 1.0, "sides": (1, 0)}),
            Mistake("step_of_one", "A step as long as v is no small step.", {"h": 1.0}),
            Mistake("step_too_large", "The step is too large: its square is the size of the error.", *({"h": h} for h in (0.5, 0.1, 0.05, 1e-2, 5e-3, 3e-3)), see=STEP),
            Mistake("step_too_small", "Nothing is left of the difference. If there is one, its step is too small for the digits of a float.", *({"h": h, "sides": sides} for h in _FINE for sides in ((1, -1), (1, 0), (0, -1))), see=STEP),
            Mistake("step_not_divided", "A difference of values is not yet a slope: divide by how far apart they are.", *({"divided": lambda difference, way: difference, "h": h} for h in _TENS[:-1])),
            Mistake("whole_rows_moved", "A loop over the first axis moves whole rows at once. Each entry has a slope of its own.", _by_entries(True, True, 1e-5, (1, -1)), _by_entries(True, True, 1e-6, (1, 0))),
            Mistake("step_left_behind", "A step is not taken back before the next: all later differences are measured somewhere else.", *(_by_entries(False, False, h, sides) for h in _STEPS[:7] for sides in ((1, -1), (1, 0)))),
            Mistake("sign", "The sign is wrong: which of the two values is subtracted?", {"then": lambda slope, v: -slope}),
            Mistake("size_for_slope", "A slope may be negative.", {"then": lambda slope, v: abs(slope)}),
            Mistake("second_derivative", "This measures how the slope changes, not the slope.", lambda f, x, v: (f(x + 1e-4 * v) - 2 * f(x) + f(x - 1e-4 * v)) / 1e-8),
        ),
        level=1,
        minutes=10,
        tolerance=1e-5,
    ),
)  # fmt: skip

QUESTIONS = {
    "01-a": Question(8, (
        (4, "That is the true slope. What does the difference with h = 1 give?"),
        (16, "Divide by the distance of the two points, 2."),
        (15, "This is the step to one side."),
    ), "Put 2 and 0 into x⁴."),
    "01-b": Question(4, (
        (24, "f''' is 24 x. The term has a factor besides."),
        (8, "That is the whole prediction. How much of it is the term with h²?"),
        (2, "The factor is a sixth of h²."),
        (12, "The factor is a sixth of h²; f''' is 24 x."),
    ), "The third derivative of x⁴ is 24 x, and the term is a sixth of h² times it."),
}  # fmt: skip
