"""Exercises of chapter 4: the other convention, where the forward pass is a true convolution."""

from collections.abc import Callable

import numpy as np

from cnnlab._checks import Array
from cnnlab.exercises import _planar, delta_rule, weight_gradient
from cnnlab.exercises._exercise import (
    Arguments,
    Exercise,
    Mistake,
    Question,
    Section,
    derived,
    rotated,
    whole,
)
from cnnlab.reference import convolve2d, correlate2d

OTHER = Section(4, "If the forward pass is a true convolution")
DW = Section(4, "Is the gradient by the weights rotated?")


def input_grad_true_convolution(delta: Array, k: Array) -> Array:
    """Forward flips, so backward does not: slide the kernel over the errors as it is."""
    rows, columns = k.shape
    padded = np.pad(delta, ((rows - 1, rows - 1), (columns - 1, columns - 1)))
    return correlate2d(padded, k)


def weight_grad_true_convolution(delta: Array, a: Array) -> Array:
    """Correlate image and errors; the kernel lay turned on the image, so the result is turned."""
    return rotated(correlate2d(a, delta))


def _images() -> list[Arguments]:
    rng = np.random.default_rng(8)
    sizes = [
        ((1, 2), (1, 3)),
        ((2, 1), (3, 1)),
        ((2, 2), (3, 3)),
        ((2, 3), (4, 4)),
        ((3, 2), (5, 5)),
        ((2, 2), (4, 4)),
        ((3, 3), (5, 5)),
        ((3, 3), (4, 5)),
        ((6, 5), (8, 6)),
    ]
    return [(whole(rng, *errors), whole(rng, *image)) for errors, image in sizes]


def _of_turned(formula: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    """Return a formula of the other convention: a layer that flips is one that does not, with a turned kernel."""
    return lambda d, k: formula(d, rotated(k))


def _turned_result(formula: Callable[[Array, Array], Array]) -> Callable[[Array, Array], Array]:
    return lambda d, a: rotated(formula(d, a))


_ROTATES = Mistake(
    "kernel_rotated",
    "The kernel is turned. That is the rule for a layer that correlates; this one flips in its forward pass already.",
    lambda d, k: convolve2d(d, k),
    see=OTHER,
)

EXERCISES = (
    Exercise(
        solution=input_grad_true_convolution,
        title="Backward, if forward flips",
        task="""
Now the forward pass is the valid part of a *true convolution* of an image `a` (H, W) with a kernel `k` (KH, KW):
z(x, y) is the sum of a(x + KH − 1 − m, y + KW − 1 − n) k(m, n).
`delta` (OH, OW) is the gradient by `z`.
Return the gradient by `a`, of shape (OH + KH − 1, OW + KW − 1).
""",
        hints=(
            "This layer is the layer of chapter 3 with another kernel. With which?",
            "With k turned by 180°. Put that into the rule of chapter 3, which turns its kernel. How often is k turned now?",
        ),
        cases=delta_rule.input_grad_cases,
        see=OTHER,
        mistakes=(
            _ROTATES,
            Mistake("one_axis_flipped", "The kernel's rows are in reverse order. Here it slides over the errors as it is.", lambda d, k: correlate2d(d, k[::-1], "full"), see=OTHER),
            Mistake("one_axis_flipped", "The kernel's columns are in reverse order. Here it slides over the errors as it is.", lambda d, k: correlate2d(d, k[:, ::-1], "full"), see=OTHER),
            *derived((*delta_rule.INPUT_GRAD, delta_rule.HALF_PADDED), _of_turned, without=["kernel_not_rotated", "one_axis_flipped"]),
            Mistake("kernel_transposed", "The kernel is transposed.", lambda d, k: correlate2d(d, k.T, "full"), see=OTHER),
            Mistake("valid_for_full", "The kernel stays wholly inside the errors (and is turned). Every pixel of the image has fed some output.", lambda d, k: convolve2d(d, k, "valid"), see=OTHER),
            Mistake("same_for_full", "The result has the shape of the errors (and the kernel is turned). The image is larger than the output.", lambda d, k: convolve2d(d, k, "same"), see=OTHER),
            Mistake("moved_the_other_way", "Each error goes to pixels around the corner: the offset KH − 1, KW − 1 of the forward pass is missing.", _planar.other_way, see=OTHER),
            Mistake("overwritten", "Each pixel keeps only what came last: `=` where `+=` belongs.", _planar.last_to_arrive, see=OTHER),
        ),
        level=2,
        minutes=10,
    ),
    Exercise(
        solution=weight_grad_true_convolution,
        title="The weights, if forward flips",
        task="""
The same layer: the valid part of a true convolution of `a` (H, W) with `k`.
`delta` (OH, OW) is the gradient by `z`.
Return the gradient by `k`, of shape (H − OH + 1, W − OW + 1).
""",
        hints=(
            "Which pixel does the weight k(0, 0) meet at the output (0, 0)? Not the first of the window.",
            "Write the layer as one that correlates with k turned. The gradient by that turned kernel is the correlation of image and errors, a ⋆ δ.",
            "Turning the kernel turns its gradient. So what must be done with this result?",
        ),
        cases=_images,
        see=DW,
        mistakes=(
            Mistake("result_not_rotated", "This is the gradient for a layer that correlates. Here the kernel lay turned on the image: which weight met the first pixel?", lambda d, a: correlate2d(a, d), see=DW),
            Mistake("error_rotated", "This is a true convolution of image and errors: the errors are turned. It is the result that turns.", lambda d, a: convolve2d(a, d, "valid"), see=DW),
            Mistake("image_rotated", "The image is turned. It is the result that turns.", lambda d, a: correlate2d(rotated(a), d), see=DW),
            Mistake("one_axis_flipped", "One axis of the errors is flipped. It is the result that turns, on both axes.", *(lambda d, a, by=by: weight_grad_true_convolution(d[:: by[0], :: by[1]], a) for by in ((-1, 1), (1, -1))), see=DW),
            *derived(
                weight_gradient.PLAIN, _turned_result, see=DW,
                without=["result_rotated", "error_rotated", "image_rotated", "one_axis_flipped"],
            ),
        ),
        level=3,
        minutes=12,
    ),
)  # fmt: skip

QUESTIONS = {
    "04-a": Question((5, -3, 13, 6), (
        ((2, 3, 1, 15), "This is the rule for a layer that correlates. This one flips forward."),
        ((15, 1, 3, 2), "This is the rule for a layer that correlates, and turned besides."),
        ((6, 13, -3, 5), "These are turned: the first pixel comes first."),
        ((5, -3, 13), "There are four pixels, one more than outputs."),
    ), "The first output is z(0) = 2 a(1) + 5 a(0). Which weight has met the first pixel?"),
    "04-b": Question(2, (
        (1, "`np.rot90(w, 2)` turns the kernel; and `convolve2d`?"),
        (0, "What does `np.rot90(w, 2)` do to the kernel? And `convolve2d`?"),
        (3, "The forward pass correlates: it does not flip."),
        (4, "Half a turn flips both axes at once: it counts as one."),
    ), "Both `np.rot90(w, 2)` and `convolve2d` may turn the kernel; the correlation does not."),
}  # fmt: skip
