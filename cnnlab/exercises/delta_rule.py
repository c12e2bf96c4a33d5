"""Exercises of chapter 3: the error of the layer below, in two dimensions."""

from collections.abc import Callable

import numpy as np

from cnnlab import activations, convolution, reference
from cnnlab._checks import Array
from cnnlab.exercises import _planar
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
from cnnlab.exercises._planar import middle

ROTATED = Section(3, "Do the weights need to be rotated?")
WHY = Section(3, "Why by 180°?")
PATHS = Section(3, "Step 1: sum over all paths")
RANGES = Section(3, "The forward pass, with its ranges")
SLOPE = Section(3, "The derivation")

Slope = Callable[[Array], Array]


def input_grad_2d(delta: Array, w: Array) -> Array:
    """Hand each error back to the pixels it came from, with the weights it came through."""
    da = np.zeros((delta.shape[0] + w.shape[0] - 1, delta.shape[1] + w.shape[1] - 1))
    for m, n in np.ndindex(w.shape):
        da[m : m + delta.shape[0], n : n + delta.shape[1]] += delta * w[m, n]
    return da


def delta_rule_2d(delta_next: Array, w: Array, z: Array, sigma_prime: Slope) -> Array:
    """Back through the kernel, then through the activation, at each pixel by itself."""
    return input_grad_2d(delta_next, w) * sigma_prime(z)


def input_grad_cases() -> list[Arguments]:
    rng = np.random.default_rng(6)
    sizes = [((1, 1), (1, 2)), ((1, 2), (1, 2)), ((2, 1), (2, 1)), ((2, 2), (2, 2)), ((2, 3), (2, 2)), ((3, 3), (1, 3)), ((4, 3), (3, 3)),
             ((4, 4), (3, 2)), ((4, 4), (3, 3)), ((6, 5), (3, 2)), ((4, 6), (2, 4))]  # fmt: skip
    return [(whole(rng, *errors), whole(rng, *kernel)) for errors, kernel in sizes]


def square_slope(z: Array) -> Array:
    """The derivative of z², 2 z."""
    return 2 * z


def relu_slope(z: Array) -> Array:
    """The derivative of the ReLU."""
    return np.where(np.asarray(z) > 0, 1.0, 0.0)


def tanh_slope(z: Array) -> Array:
    """The derivative of tanh."""
    return np.asarray(activations.tanh.derivative(z))


def _activation(z: Array, slope: Slope) -> Array:
    """Return σ(z) for the σ that a slope belongs to."""
    if slope is square_slope:
        return z**2
    return np.tanh(z) if slope is tanh_slope else np.maximum(z, 0)


def _rule_cases() -> list[Arguments]:
    rng = np.random.default_rng(7)
    slopes = (
        square_slope,
        square_slope,
        relu_slope,
        square_slope,
        tanh_slope,
        tanh_slope,
        relu_slope,
        tanh_slope,
        square_slope,
    )
    sizes = [
        ((1, 1), (1, 2)),
        ((1, 2), (1, 2)),
        ((2, 1), (2, 1)),
        ((2, 2), (2, 2)),
        ((3, 2), (2, 2)),
        ((6, 5), (3, 2)),
        ((4, 6), (3, 3)),
        ((3, 3), (3, 2)),
        ((4, 4), (3, 3)),
    ]
    cases = []
    for (errors, kernel), slope in zip(sizes, slopes, strict=True):
        shape = errors[0] + kernel[0] - 1, errors[1] + kernel[1] - 1
        z = whole(rng, *shape) / (1 if slope is square_slope else 2)
        cases.append((whole(rng, *errors), whole(rng, *kernel), z, slope))
    return cases


def _rule_variant(
    d: Array,
    w: Array,
    z: Array,
    slope: Slope,
    *,
    before: Callable[[Array, Array, Slope], Array] = lambda d, z, slope: d,
    through: Callable[[Array, Array], Array] = input_grad_2d,
    then: Callable[[Array, Array, Slope], Array] = lambda da, z, slope: da * slope(z),
) -> Array:
    """Go back; what is done before the kernel, the way through it and what is done after it are choices."""
    return then(through(before(d, z, slope), w), z, slope)


def _same(da: Array, z: Array, slope: Slope) -> Array:
    return da


# Ways through the kernel that are wrong; other chapters make a whole layer of some.
INPUT_GRAD = (
    Mistake("kernel_not_rotated", "The kernel lies the wrong way round: it slides over the errors as it is, or it was turned and `+=` at x + m turns it once more. At which end of its window has an output seen a pixel through w(0, 0), and at which end does your result have it?", lambda d, w: reference.correlate2d(d, w, "full"), see=ROTATED),
    Mistake("one_axis_flipped", "Only the rows of the kernel are flipped. The columns look the other way, too.", lambda d, w: reference.correlate2d(d, w[::-1], "full"), see=WHY),
    Mistake("one_axis_flipped", "Only the columns of the kernel are flipped. The rows look the other way, too.", lambda d, w: reference.correlate2d(d, w[:, ::-1], "full"), see=WHY),
    Mistake(
        "kernel_transposed",
        "The kernel is transposed. What is transposed in chapter 3 is the large matrix of the layer, not the kernel.",
        lambda d, w: reference.convolve2d(d, w.T),
        lambda d, w: reference.correlate2d(d, w.T, "full"),
        see=Section(3, "The same as a matrix"),
    ),
    Mistake(
        "kernel_transposed",
        "The kernel is turned by 90°.",
        lambda d, w: reference.correlate2d(d, np.rot90(w), "full"),
        lambda d, w: reference.correlate2d(d, np.rot90(w, -1), "full"),
        see=WHY,
    ),
    Mistake(
        "valid_for_full",
        "The kernel stays wholly inside the errors, and the result is smaller than they are. Every pixel of the image has fed some output.",
        _planar.valid_part,
        _planar.exchanging(lambda d, w: reference.convolve2d(d, w)),
        _planar.exchanging(lambda d, w: reference.correlate2d(d, w, "full")),
        lambda d, w: reference.correlate2d(d, w),
        see=RANGES,
    ),
    Mistake(
        "same_for_full",
        "The result has the shape of the errors. The image is larger than the output.",
        lambda d, w: middle(reference.convolve2d(d, w), d.shape),
        lambda d, w: reference.convolve2d(d, w, "same"),
        lambda d, w: reference.correlate2d(d, w, "same"),
        lambda d, w: reference.convolve2d(d, w)[: d.shape[0], : d.shape[1]],
        see=RANGES,
    ),
    Mistake(
        "overwritten",
        "Each pixel keeps only what came last: `=` where `+=` belongs. A pixel feeds several outputs, and all of them report back.",
        _planar.last_to_arrive,
        _planar.last_offset,
        see=PATHS,
    ),
    Mistake("overwritten", "Each pixel keeps only the last product: `=` where `+=` belongs. A pixel feeds several outputs, and all of them report back.", lambda d, w: _planar.last_product(_planar.padded(d, w.shape[0] - 1, w.shape[0] - 1, w.shape[1] - 1, w.shape[1] - 1), rotated(w)), see=PATHS),
    Mistake("result_rotated", "The numbers are right, but turned by 180°.", lambda d, w: rotated(reference.convolve2d(d, w)), see=WHY),
    Mistake("error_rotated", "The errors came in turned by 180°. They stay as they are.", lambda d, w: reference.convolve2d(rotated(d), w), see=WHY),
    Mistake("negative_index", "A negative index counts from the other end in Python: an error from the other side comes in. Outside there is none.", _planar.around_the_corner, see=RANGES),
    Mistake("wraps_around", "What leaves on one side comes back on the other. Outside there are no errors.", lambda d, w: _planar.circular(d, w, -1), see=RANGES),
    Mistake("padded_at_one_end", "All zeros stand in front of the errors; half of them belong behind.", _planar.one_end, see=RANGES),
    Mistake("padded_at_one_end", "All zeros stand behind the errors; half of them belong in front.", _planar.other_end, see=RANGES),
    Mistake("padded_too_wide", "One row and one column of zeros too many on each side. How far may the kernel stand over?", _planar.wide_pads, see=RANGES),
    Mistake("kernel_sizes_swapped", "The rows are padded by the kernel's number of columns, and the columns by its rows.", _planar.swapped_pads, see=RANGES),
    Mistake(
        "kernel_sizes_swapped",
        "Rows and columns are padded alike, as if the kernel were square.",
        lambda d, w: _planar.square_pads(d, w, 0),
        lambda d, w: _planar.square_pads(d, w, 1),
        see=RANGES,
    ),
    Mistake("mean_for_sum", "Each gradient is divided by the number of weights. The paths are added up, not averaged.", lambda d, w: reference.convolve2d(d, w) / w.size, see=PATHS),
    Mistake("weights_missing", "The errors come back without the weights that they went through.", lambda d, w: reference.convolve2d(d, np.ones_like(w)), see=Section(3, "Step 2: one derivative")),
    Mistake("moved_the_other_way", "Each error goes to the pixels above and to the left of its place, and around the corner. It came from those below and to the right.", _planar.other_way, see=SLOPE),
)  # fmt: skip

# It fits no pre-activation, so that it is none of the delta rule's.
HALF_PADDED = Mistake("same_for_full", "The errors are padded by half a kernel. How far may the kernel stand over, so that it meets the first error still?", lambda d, w: reference.correlate2d(_planar.padded(d, *(w.shape[0] // 2,) * 2, *(w.shape[1] // 2,) * 2), rotated(w)), see=RANGES)  # fmt: skip

EXERCISES = (
    Exercise(
        solution=input_grad_2d,
        title="Which outputs did this pixel feed?",
        task="""
Forward, `z` was the valid cross-correlation of an image `a` (H, W) with a kernel `w` (KH, KW).
`delta` (OH, OW) is the gradient by `z`.
Return the gradient by `a`, of shape (OH + KH − 1, OW + KW − 1).
""",
        hints=(
            "One error is 1, all others are 0. Which pixels get something, and how much?",
            "The pixel (x + m, y + n) went into z(x, y) with the weight w(m, n). So this weight carries the error back to it.",
            "For each weight, all errors move by (m, n) and are multiplied by it: `da[m : m + OH, n : n + OW] += delta * w[m, n]`.",
        ),
        cases=input_grad_cases,
        see=SLOPE,
        answers=(convolution.conv2d_input_grad, convolution.conv_transpose2d, reference.conv2d_input_grad, reference.conv_transpose2d),
        mistakes=(
            *INPUT_GRAD,
            HALF_PADDED,
        ),
        level=2,
        minutes=15,
    ),
    Exercise(
        solution=delta_rule_2d,
        title="The delta rule",
        task="""
The next layer computed its `z_next` as the valid cross-correlation of σ(`z`) with a kernel `w`.
`delta_next` is the error of that layer, the gradient by `z_next`.
`z` (H, W) is the pre-activation of this layer; `sigma_prime` is a function, the derivative of σ, for arrays and for numbers.
Return the error of this layer: the gradient by `z`, of shape (H, W).
""",
        hints=(
            "What stands between z and z_next? Two things, one after the other: name them in the order of the forward pass.",
            "Backward they come in reverse order: first through the kernel, which gives the gradient by σ(z). Then?",
            "σ acts on each pixel by itself. So each pixel's gradient is multiplied by its own slope, σ'(z) at that pixel.",
        ),
        cases=_rule_cases,
        see=SLOPE,
        variant=_rule_variant,
        answers=(convolution.conv2d_input_grad, convolution.conv_transpose2d, reference.conv2d_input_grad, reference.conv_transpose2d),
        mistakes=(
            Mistake("slope_missing", "This is the gradient by σ(z). The way back through σ is missing.", {"then": _same}, see=Section(0, "What is $\\delta$?")),
            Mistake("slope_at_gradient", "The slope of σ is taken at the gradient. Where was σ in the forward pass?", {"then": lambda da, z, slope: da * slope(da)}),
            Mistake("slope_at_gradient", "The slope of σ is taken at the gradient, which is then lost.", {"then": lambda da, z, slope: slope(da)}),
            Mistake("slope_of_next_layer", "The slope of σ is taken at the next layer's error. Where was σ in the forward pass?", {"before": lambda d, z, slope: d * slope(d), "then": _same}),
            Mistake("slope_of_next_layer", "The slope is taken at the next layer. The error `delta_next` is by z_next already: no σ lies between the two.", lambda d, w, z, slope: input_grad_2d(d * slope(reference.correlate2d(z, w)), w)),
            Mistake("slope_of_next_layer", "The slope is multiplied before the kernel, at the place of the output. Backward, the kernel comes first.", {"before": lambda d, z, slope: d * slope(z)[: d.shape[0], : d.shape[1]], "then": _same}, {"before": lambda d, z, slope: d * slope(middle(z, d.shape)), "then": _same}),
            Mistake("slope_at_activation", "The slope is taken at σ(z). It is taken at z, where σ was applied.", {"then": lambda da, z, slope: da * slope(_activation(z, slope))}),
            Mistake("slope_at_activation", "The slope is taken at tanh(z). It is taken at z, where σ was applied.", {"then": lambda da, z, slope: da * slope(np.tanh(z))}),
            Mistake("z_for_slope", "The gradient is multiplied by z, not by the slope of σ at z.", {"then": lambda da, z, slope: da * z}),
            Mistake("z_for_slope", "The gradient is multiplied by σ(z), not by the slope of σ at z.", {"then": lambda da, z, slope: da * np.tanh(z)}, {"then": lambda da, z, slope: da * _activation(z, slope)}),
            Mistake("slope_squared", "The slope of σ is there twice.", {"then": lambda da, z, slope: da * slope(z) ** 2}),
            Mistake("slope_of_slope", "`sigma_prime` is applied twice.", {"then": lambda da, z, slope: da * slope(slope(z))}),
            Mistake("slope_added", "The slope is added. The chain rule multiplies.", {"then": lambda da, z, slope: da + slope(z)}),
            Mistake("slope_divides", "The gradient is divided by the slope. The chain rule multiplies.", {"then": lambda da, z, slope: da / slope(z)}),
            Mistake("slope_rotated", "The slopes are turned by 180°: each pixel has its own.", {"then": lambda da, z, slope: da * rotated(slope(z))}),
            Mistake("slope_summed", "The slopes are summed up: each pixel has its own.", {"then": lambda da, z, slope: da * np.sum(slope(z))}),
            Mistake("slope_summed", "The slopes are averaged: each pixel has its own.", {"then": lambda da, z, slope: da * np.mean(slope(z))}),
            *derived(INPUT_GRAD, lambda formula: {"through": formula}, without=["padded_too_wide"]),
        ),
        level=2,
        minutes=15,
    ),
)  # fmt: skip

QUESTIONS = {
    "03-a": Question((2, 3, 1, 15), (
        ((5, -3, 13, 6), "This is what a kernel does that is not turned."),
        ((2, 5, -2, -5, 6, 15), "These are the products. Those that reach the same pixel are added."),
        ((2, 3, 1), "There are four pixels, one more than outputs."),
        ((3, 1), "There are four pixels; two of them feed a single output."),
        ((-3, 13), "There are four pixels, and the kernel must be turned."),
    ), "The first output saw the pixels 0 and 1 with the weights 2 and 5."),
    "03-b": Question((9, 4), (
        ((9, 9), "A pixel near the corner lies in fewer windows."),
        ((9, 3), "Count the windows of two rows and of two columns."),
        ((9, 1), "Only the corner itself feeds a single output."),
        ((25, 4), "Each weight sees the pixel in one place: how many weights are there?"),
        ((9, 2), "Two choices for the row, and two for the column."),
    ), "In how many places can a window of 3 lie so that the row 1 of 5 is in it?"),
}  # fmt: skip
