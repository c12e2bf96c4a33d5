"""Exercises of chapter 1: the slope of a function that can only be called."""

from collections.abc import Callable

import numpy as np

from cnnlab import gradients
from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section

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


def _one_sided(h: float, sign: float = 1.0) -> Callable[[Scalar, Array, Array], float]:
    return lambda f, x, v: sign * (f(x + sign * h * v) - f(x)) / h


def _rough(h: float) -> Callable[[Scalar, Array, Array], float]:
    return lambda f, x, v: (f(x + h * v) - f(x - h * v)) / (2 * h)


def _unit(v: Array) -> Array:
    return np.asarray(v / np.linalg.norm(v))


_STEPS = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
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
        answers=(gradients.directional_check,),
        mistakes=(
            Mistake(
                "one_sided",
                "The difference is taken to one side only. Its error is about as large as the step, which is too much.",
                *(_one_sided(h) for h in _STEPS),
                *(_one_sided(h, -1.0) for h in _STEPS),
                see=Section(1, "How far off is it?"),
            ),
            Mistake("way_counted_once", "Twice as large as it should be. How far apart are the two points?", lambda f, x, v: 2 * directional_derivative(f, x, v)),
            Mistake("half_too_small", "Half of what it should be. How far apart are the two points?", lambda f, x, v: directional_derivative(f, x, v) / 2),
            Mistake("direction_normalized", "The direction has been scaled to length 1. The slope along 2 v is twice the slope along v.", lambda f, x, v: directional_derivative(f, x, _unit(v)), see=DIRECTION),
            Mistake("slope_times_length", "The length of the direction counts twice.", lambda f, x, v: directional_derivative(f, x, v) * float(np.linalg.norm(v)), see=DIRECTION),
            Mistake("direction_ignored", "The direction is not used: this is the slope along (1, 1, …), the sum of the gradient.", lambda f, x, v: directional_derivative(f, x, np.ones_like(x)), see=DIRECTION),
            Mistake("gradient_for_slope", "This is the gradient, an array. What is asked for is one number: its scalar product with v.", lambda f, x, v: gradients.numerical_gradient(f, x), see=DIRECTION),
            Mistake("not_summed", "These are the products of gradient and direction. Their sum is the slope.", lambda f, x, v: gradients.numerical_gradient(f, x) * v, see=DIRECTION),
            Mistake("step_of_one", "A step of length one is no small step: this is how much f changes on the whole way.", lambda f, x, v: f(x + v) - f(x)),
            Mistake("step_of_one", "A step as long as v is no small step.", lambda f, x, v: (f(x + v) - f(x - v)) / 2),
            Mistake("step_too_large", "The step is too large: its square is the size of the error.", *(_rough(h) for h in (0.5, 0.1, 0.05, 1e-2, 5e-3, 3e-3)), see=STEP),
            Mistake(
                "step_too_small",
                "Nothing is left of the difference. If there is one, its step is too small for the digits of a float.",
                *(_rough(h) for h in _FINE),
                *(_one_sided(h) for h in _FINE),
                see=STEP,
            ),
            Mistake("step_not_divided", "A difference of values is not yet a slope: divide by how far apart they are.", *(lambda f, x, v, h=h: f(x + h * v) - f(x - h * v) for h in _STEPS[:-1])),
            Mistake("sign", "The sign is wrong: which of the two values is subtracted?", lambda f, x, v: -directional_derivative(f, x, v)),
            Mistake("size_for_slope", "A slope may be negative.", lambda f, x, v: abs(directional_derivative(f, x, v))),
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
