"""Exercises of chapter 0: what a layer computes."""

from collections.abc import Callable

import numpy as np

from cnnlab import convolution, reference
from cnnlab._checks import Array
from cnnlab.exercises import _planar
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section, rotated, turned, whole
from cnnlab.exercises._planar import middle

CORRELATION = Section(0, "Cross-correlation")
CONVOLUTION = Section(0, "True convolution")
PLACES = Section(0, "Where the kernel may lie")
DILATION = Section(9, "The layer, and its size")
CHANNELS = Section(0, "Channels, kernels and the bias")


def correlate2d(a: Array, w: Array) -> Array:
    """Slide the kernel over the image; add up, offset by offset."""
    height, width = a.shape[0] - w.shape[0] + 1, a.shape[1] - w.shape[1] + 1
    z = np.zeros((height, width))
    for m, n in np.ndindex(w.shape):
        z += a[m : m + height, n : n + width] * w[m, n]
    return z


def convolve2d_full(a: Array, w: Array) -> Array:
    """Let each pixel put the kernel, times itself, at its own place."""
    z = np.zeros((a.shape[0] + w.shape[0] - 1, a.shape[1] + w.shape[1] - 1))
    for m, n in np.ndindex(w.shape):
        z[m : m + a.shape[0], n : n + a.shape[1]] += a * w[m, n]
    return z


def conv2d_forward(a: Array, w: Array, b: Array) -> Array:
    """For each offset, multiply the pixels' channels by the kernels' and add."""
    height, width = a.shape[1] - w.shape[1] + 1, a.shape[2] - w.shape[2] + 1
    z = np.zeros((len(a), height, width, len(w))) + b
    for m, n in np.ndindex(w.shape[1:3]):
        z += a[:, m : m + height, n : n + width] @ w[:, m, n].T
    return z


def output_size(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Count the steps from the first place of the window to its last."""
    reach = dilation * (kernel - 1) + 1
    return (size + 2 * padding - reach) // stride + 1


def _plain_cases() -> list[Arguments]:
    rng = np.random.default_rng(1)
    sizes = [((1, 2), (1, 2)), ((1, 3), (1, 2)), ((3, 1), (2, 1)), ((3, 3), (2, 2)), ((3, 4), (2, 2)), ((4, 3), (1, 3)),
             ((5, 6), (3, 3)), ((4, 4), (2, 2)), ((5, 5), (2, 3)), ((6, 6), (3, 3)), ((8, 6), (3, 2)), ((6, 9), (2, 4))]  # fmt: skip
    return [(whole(rng, *image), whole(rng, *kernel)) for image, kernel in sizes]


def _layer_cases() -> list[Arguments]:
    rng = np.random.default_rng(2)
    sizes = [
        ((1, 1, 1, 1), (1, 1, 1, 1)), ((1, 1, 2, 1), (1, 1, 2, 1)), ((1, 2, 2, 2), (1, 1, 1, 2)), ((2, 3, 3, 2), (2, 2, 2, 2)),
        ((1, 4, 5, 1), (3, 2, 2, 1)), ((1, 4, 4, 2), (2, 2, 3, 2)), ((1, 4, 4, 2), (3, 3, 3, 2)), ((2, 5, 5, 3), (2, 2, 2, 3)), ((3, 5, 4, 3), (3, 3, 2, 3)),
        ((2, 8, 6, 4), (5, 3, 2, 4)),
    ]  # fmt: skip
    return [(whole(rng, *a), whole(rng, *w), whole(rng, w[0])) for a, w in sizes]


def _size_cases() -> list[Arguments]:
    return [(5, 3, 1, 0, 1), (6, 3, 1, 1, 1), (7, 3, 2, 0, 1), (8, 3, 2, 0, 1), (7, 2, 1, 0, 3), (9, 3, 3, 2, 2), (28, 5, 2, 2, 1),
            (8, 2, 3, 0, 1), (10, 1, 4, 1, 5), (31, 4, 3, 2, 3), (13, 3, 4, 3, 1), (17, 4, 5, 2, 2), (19, 3, 4, 1, 2), (224, 7, 2, 3, 1)]  # fmt: skip


def _size_variant(
    n: int,
    k: int,
    s: int,
    p: int,
    d: int,
    *,
    ends: int = 2,
    reach: Callable[[int, int], int] = lambda k, d: d * (k - 1) + 1,
    inside: int = 0,
    step: Callable[[int], int] = lambda s: s,
    rounding: Callable[[float], float] = np.floor,
    plus: int = 1,
) -> float:
    """Count outputs; each part of the formula is a choice."""
    return rounding((n + ends * p - reach(k, d) + inside) / step(s)) + plus


def _no_bias(a: Array, w: Array) -> Array:
    return conv2d_forward(a, w, np.zeros(len(w)))


def _one_index(a: Array, w: Array) -> Array:
    """Convolve channel f with channel f of kernel f, and nothing else."""
    pairs = [_no_bias(a[..., [f % a.shape[3]]], w[[f]][..., [f % a.shape[3]]]) for f in range(len(w))]
    return np.concatenate(pairs, axis=3)


def _shifted_by_one(a: Array, w: Array) -> Array:
    """Start the windows at pixel 1, and pad at the end what is missing there."""
    return correlate2d(_planar.padded(a, 0, 1, 0, 1)[1:, 1:], w)


def _padded_last(a: Array, w: Array) -> Array:
    """Correlate the padded image with = for +=: of each window, only the last product is left."""
    return _planar.last_product(
        _planar.padded(a, w.shape[0] - 1, w.shape[0] - 1, w.shape[1] - 1, w.shape[1] - 1), rotated(w)
    )


EXERCISES = (
    Exercise(
        solution=correlate2d,
        title="Slide a kernel",
        task="""
Write the valid cross-correlation of an image `a` (H, W) with a kernel `w` (KH, KW):
z(x, y) is the sum of a(x + m, y + n) w(m, n) over all offsets m, n.
The kernel lies wholly inside the image, so the result has the shape (H − KH + 1, W − KW + 1).
""",
        hints=(
            "How many places are there for a kernel of two in a row of three pixels?",
            "Fix one offset (m, n). Which rectangle of the image meets this weight, over all places of the kernel?",
            "That rectangle is `a[m : m + height, n : n + width]`. Add up one such piece for each weight.",
        ),
        cases=_plain_cases,
        see=CORRELATION,
        answers=(reference.correlate2d,),
        mistakes=(
            Mistake("kernel_rotated", "This is the valid part of a true convolution: the kernel lies turned by 180° on the image. Here it slides as it is.", lambda a, w: correlate2d(a, rotated(w)), see=CONVOLUTION),
            Mistake("one_axis_flipped", "The kernel's rows are in reverse order. Here it slides as it is.", lambda a, w: correlate2d(a, w[::-1])),
            Mistake("one_axis_flipped", "The kernel's columns are in reverse order. Here it slides as it is.", lambda a, w: correlate2d(a, w[:, ::-1])),
            Mistake("kernel_transposed", "Rows and columns of the kernel are exchanged: which of m and n goes with x?", lambda a, w: correlate2d(a, w.T), see=CORRELATION),
            Mistake("full_for_valid", "The kernel also lies over the rim, where it meets fewer pixels. Valid means: wholly inside.", lambda a, w: reference.correlate2d(a, w, "full"), see=PLACES),
            Mistake("full_for_valid", "The kernel also lies over the rim, where it meets fewer pixels (and it is turned). Valid means: wholly inside.", convolve2d_full, see=PLACES),
            Mistake(
                "same_for_valid",
                "The result has the shape of the image. Valid means: the kernel lies wholly inside, which gives fewer places.",
                lambda a, w: middle(reference.correlate2d(a, w, "full"), a.shape),
                lambda a, w: reference.correlate2d(a, w, "same"),
                lambda a, w: correlate2d(_planar.padded(a, *(w.shape[0] // 2,) * 2, *(w.shape[1] // 2,) * 2), w),
                see=PLACES,
            ),
            Mistake("wraps_around", "Beyond the last pixel the image begins again. Valid means: the kernel lies wholly inside.", lambda a, w: _planar.circular(a, w, 1), see=PLACES),
            Mistake("overwritten", "Only the last product of each window is left: `=` where `+=` belongs.", _planar.last_product),
            Mistake("last_weight_missing", "The last row and the last column of the kernel are not used: a range ends one too early.", lambda a, w: correlate2d(a[: a.shape[0] - 1, : a.shape[1] - 1], w[:-1, :-1])),
            Mistake("mean_for_sum", "Each result is divided by the number of weights: a mean for the sum.", lambda a, w: correlate2d(a, w) / w.size),
            Mistake("shifted_by_one", "All windows begin one pixel too late: indices start at 0.", _shifted_by_one),
            Mistake("image_rotated", "The image is turned by 180°.", lambda a, w: correlate2d(rotated(a), w)),
            Mistake("windows_not_overlapping", "The windows step by the size of the kernel. Here they step by one pixel.", lambda a, w: correlate2d(a, w)[:: w.shape[0], :: w.shape[1]]),
            Mistake("weights_missing", "The pixels of each window are added up without their weights.", lambda a, w: correlate2d(a, np.ones_like(w))),
            Mistake(
                "wraps_around",
                "The kernel is turned, and before the first pixel the image begins again from its end (a circular convolution).",
                lambda a, w: _planar.circular(a, w, -1)[ : a.shape[0] - w.shape[0] + 1, : a.shape[1] - w.shape[1] + 1 ],
                lambda a, w: _planar.circular(a, w, -1),
                see=PLACES,
            ),
            Mistake(
                "same_for_valid",
                "The result has the right shape, but is cut from a larger one at the wrong place.",
                lambda a, w: reference.correlate2d(a, w, "same")[ : a.shape[0] - w.shape[0] + 1, : a.shape[1] - w.shape[1] + 1 ],
                lambda a, w: reference.correlate2d(a, w, "full")[ : a.shape[0] - w.shape[0] + 1, : a.shape[1] - w.shape[1] + 1 ],
                see=PLACES,
            ),
        ),
        level=1,
        minutes=10,
    ),
    Exercise(
        solution=convolve2d_full,
        title="Let every pixel leave its print",
        task="""
Write the full true convolution of an image `a` (H, W) with a kernel `w` (KH, KW):
z(x, y) is the sum of a(x − m, y − n) w(m, n) over all offsets m, n, and the image is 0 outside.
The result has the shape (H + KH − 1, W + KW − 1).
""",
        hints=(
            "What does an image with a single pixel, 1, become?",
            "Turn the question round: to which results does the pixel (u, v) contribute, and with which weight?",
            "With the weight w(m, n) it contributes to (u + m, v + n). So `a * w[m, n]` is added to a rectangle of the result.",
        ),
        cases=_plain_cases,
        see=CONVOLUTION,
        answers=(reference.convolve2d,),
        mistakes=(
            Mistake("kernel_not_rotated", "This is the full cross-correlation: the kernel is not turned, or turned twice. Look at what a single pixel, 1, becomes.", lambda a, w: reference.correlate2d(a, w, "full"), see=Section(0, "One turned kernel lies between them")),
            Mistake("one_axis_flipped", "Only the rows of the kernel are flipped. A turn by 180° flips both axes.", lambda a, w: reference.correlate2d(a, w[::-1], "full")),
            Mistake("one_axis_flipped", "Only the columns of the kernel are flipped. A turn by 180° flips both axes.", lambda a, w: reference.correlate2d(a, w[:, ::-1], "full")),
            Mistake("kernel_transposed", "Rows and columns of the kernel are exchanged: which of m and n goes with x?", lambda a, w: convolve2d_full(a, w.T), see=CONVOLUTION),
            Mistake("valid_for_full", "The kernel stays wholly inside the image. Full means: wherever it meets the image.", _planar.valid_part, _planar.exchanging(convolve2d_full), see=PLACES),
            Mistake("valid_for_full", "The kernel stays wholly inside the image (and is not turned). Full means: wherever it meets the image.", lambda a, w: correlate2d(a, w), see=PLACES),
            Mistake("same_for_full", "The result has the shape of the image. Full means: wherever the kernel meets the image, which is more places.", lambda a, w: middle(convolve2d_full(a, w), a.shape), see=PLACES),
            Mistake("same_for_full", "The result has the shape of the image: the last rows and columns are missing.", lambda a, w: convolve2d_full(a, w)[: a.shape[0], : a.shape[1]], see=PLACES),
            Mistake("wraps_around", "What leaves the image on one side comes back on the other. The image is 0 outside.", lambda a, w: _planar.circular(a, w, -1), see=PLACES),
            Mistake("negative_index", "A negative index counts from the other end in Python, and a pixel comes back. The image is 0 outside.", _planar.around_the_corner),
            Mistake(
                "overwritten",
                "Each place keeps only what came last: `=` where `+=` belongs.",
                _planar.last_to_arrive,
                _planar.last_offset,
            ),
            Mistake("overwritten", "Each place keeps only the last product: `=` where `+=` belongs.", lambda a, w: _padded_last(a, w)),
            Mistake("padded_at_one_end", "All zeros stand in front of the image; half of them belong behind it.", _planar.one_end, see=PLACES),
            Mistake("padded_at_one_end", "All zeros stand behind the image; half of them belong in front of it.", _planar.other_end, see=PLACES),
            Mistake("padded_too_wide", "One row and one column of zeros too many on each side. How far may the kernel stand over?", _planar.wide_pads, see=PLACES),
            Mistake("kernel_sizes_swapped", "The rows are padded by the kernel's number of columns, and the columns by its rows.", _planar.swapped_pads, see=PLACES),
            Mistake(
                "kernel_sizes_swapped",
                "Rows and columns are padded alike, as if the kernel were square.",
                lambda a, w: _planar.square_pads(a, w, 0),
                lambda a, w: _planar.square_pads(a, w, 1),
                see=PLACES,
            ),
            Mistake("image_rotated", "The image came in turned by 180°; or the two arguments are exchanged. It stays as it is.", lambda a, w: convolve2d_full(rotated(a), w)),
            Mistake("mean_for_sum", "Each result is divided by the number of weights: a mean for the sum.", lambda a, w: convolve2d_full(a, w) / w.size),
            Mistake("padded_with_the_edge", "Outside, the image goes on with its last pixel. It is 0 there.", lambda a, w: correlate2d( np.pad(a, ((w.shape[0] - 1,) * 2, (w.shape[1] - 1,) * 2), mode="edge"), rotated(w) ), see=PLACES),
        ),
        level=2,
        minutes=12,
    ),
    Exercise(
        solution=conv2d_forward,
        title="A whole layer, forward",
        task="""
Write what a convolutional layer computes: images `a` (N, H, W, C), kernels `w` (F, KH, KW, C), biases `b` (F,).
Each kernel is laid over all channels at once (cross-correlation, valid, stride 1), and its bias is added.
The result has the shape (N, OH, OW, F).
""",
        hints=(
            "Begin with one image, one kernel and one place: which numbers are multiplied, and over which indices does the sum run?",
            "Over m, n and c. Fix m and n: what is left is a sum over c, for all pixels and all kernels at once.",
            "A sum over c of (N, OH, OW, C) with (F, C) is a matrix product: `a[:, m : m + height, n : n + width] @ w[:, m, n].T`.",
        ),
        cases=_layer_cases,
        see=CHANNELS,
        answers=(convolution.conv2d, reference.conv2d),
        mistakes=(
            Mistake("bias_missing", "The bias is missing.", lambda a, w, b: _no_bias(a, w)),
            Mistake("bias_added_for_each_weight", "The bias is added inside the sum, once for each weight. It is added once for each output.", lambda a, w, b: _no_bias(a, w) + b * w[0].size),
            Mistake("bias_added_for_each_weight", "The bias is added inside the sum over the channels. It is added once for each output.", lambda a, w, b: _no_bias(a, w) + b * w.shape[3]),
            Mistake("bias_added_for_each_weight", "The bias is added inside the sum over the offsets. It is added once for each output.", lambda a, w, b: _no_bias(a, w) + b * w.shape[1] * w.shape[2]),
            Mistake("bias_shared", "All outputs get the bias of the first kernel.", lambda a, w, b: _no_bias(a, w) + b[0]),
            Mistake("bias_shared", "All outputs get the sum of the biases.", lambda a, w, b: _no_bias(a, w) + b.sum()),
            Mistake("bias_subtracted", "The bias is subtracted.", lambda a, w, b: _no_bias(a, w) - b),
            Mistake("bias_name_reused", "What is added is the number of a sample or of a kernel, not its bias: a loop's variable has taken the name of the biases.", lambda a, w, b: _no_bias(a, w) + np.arange(len(a))[:, None, None, None], lambda a, w, b: _no_bias(a, w) + np.arange(len(w)), lambda a, w, b: _no_bias(a, w) + b[np.arange(len(a)) % len(b)][:, None, None, None]),
            Mistake("bias_reversed", "The biases are added in reverse order.", lambda a, w, b: _no_bias(a, w) + b[::-1]),
            Mistake("kernel_rotated", "This is a true convolution: the kernels lie turned by 180° on the images.", lambda a, w, b: conv2d_forward(a, turned(w), b), see=CONVOLUTION),
            Mistake("kernel_rotated", "The kernels are turned in all axes, that of the channels too.", lambda a, w, b: conv2d_forward(a, w[:, ::-1, ::-1, ::-1], b), see=CONVOLUTION),
            Mistake("one_axis_flipped", "The kernels' rows are in reverse order.", lambda a, w, b: conv2d_forward(a, w[:, ::-1], b)),
            Mistake("one_axis_flipped", "The kernels' columns are in reverse order.", lambda a, w, b: conv2d_forward(a, w[:, :, ::-1], b)),
            Mistake("channels_reversed", "The channels are in reverse order.", lambda a, w, b: conv2d_forward(a, w[..., ::-1], b)),
            Mistake("kernel_transposed", "Rows and columns of the kernels are exchanged.", lambda a, w, b: conv2d_forward(a, w.transpose(0, 2, 1, 3), b), see=Section(0, "Rows and columns exchanged")),
            Mistake("channels_not_summed", "Each kernel looks at a single channel. It has one slice for each channel, and all are added up.", lambda a, w, b: _one_index(a, w) + b),
            Mistake("channels_not_summed", "Only the first channel is used. A kernel has one slice for each channel, and all are added up.", lambda a, w, b: conv2d_forward(a[..., :1], w[..., :1], b)),
            Mistake("channels_not_summed", "Only the last channel is left: `=` where `+=` belongs, or a sum that misses the channels.", lambda a, w, b: conv2d_forward(a[..., -1:], w[..., -1:], b)),
            Mistake("channels_averaged", "The channels are averaged. They are added up.", lambda a, w, b: _no_bias(a, w) / w.shape[3] + b),
            Mistake("kernels_mixed", "The outputs of all kernels are added up. Each kernel has an output channel of its own.", lambda a, w, b: _no_bias(a, w).sum(axis=3, keepdims=True) + b),
            Mistake("only_one_kernel", "All output channels come from the first kernel.", lambda a, w, b: np.repeat(_no_bias(a, w[:1]), len(w), axis=3) + b),
            Mistake("only_one_kernel", "All output channels come from the last kernel.", lambda a, w, b: np.repeat(_no_bias(a, w[-1:]), len(w), axis=3) + b),
            Mistake("only_one_sample", "All samples get the result of the first.", lambda a, w, b: np.repeat(conv2d_forward(a[:1], w, b), len(a), axis=0)),
            Mistake("only_one_sample", "Only the first sample is computed.", lambda a, w, b: conv2d_forward(a[:1], w, b)),
            Mistake("samples_mixed", "The samples of the batch are added up. Each has a result of its own.", lambda a, w, b: np.repeat(_no_bias(a, w).sum(axis=0, keepdims=True), len(a), axis=0) + b),
            Mistake("overwritten", "Only the last offset of each window is left: `=` where `+=` belongs.", lambda a, w, b: _no_bias(a[:, w.shape[1] - 1 :, w.shape[2] - 1 :], w[:, -1:, -1:]) + b),
            Mistake("overwritten", "Only the last product of each window is left: `=` where `+=` belongs.", lambda a, w, b: ( _no_bias(a[:, w.shape[1] - 1 :, w.shape[2] - 1 :, -1:], w[:, -1:, -1:, -1:]) + b )),
            Mistake("full_for_valid", "The kernels also lie over the rim. Valid means: wholly inside.", lambda a, w, b: conv2d_forward( np.pad(a, ((0, 0), (w.shape[1] - 1,) * 2, (w.shape[2] - 1,) * 2, (0, 0))), w, b ), see=PLACES),
            Mistake("same_for_valid", "The result has the size of the images. Valid means: the kernels lie wholly inside.", lambda a, w, b: conv2d_forward( np.pad( a, ( (0, 0), ((w.shape[1] - 1) // 2, w.shape[1] // 2), ((w.shape[2] - 1) // 2, w.shape[2] // 2), (0, 0))), w, b), see=PLACES),
            Mistake("mean_for_sum", "A mean of the products for their sum.", lambda a, w, b: _no_bias(a, w) / w[0].size + b),
            Mistake("activation_included", "Negative results are cut off: an activation is no part of this layer.", lambda a, w, b: np.maximum(conv2d_forward(a, w, b), 0)),
            Mistake("orders_mixed", "Windows and kernels are flattened in different orders: (c, m, n) and (m, n, c).", lambda a, w, b: conv2d_forward( a, w.reshape(len(w), w.shape[3], *w.shape[1:3]).transpose(0, 2, 3, 1), b ), see=Section(8, "A trap: two orders of columns")),
            Mistake("orders_mixed", "Windows and kernels are flattened in different orders: (m, n, c) and (c, m, n).", lambda a, w, b: conv2d_forward(a, w.transpose(0, 3, 1, 2).reshape(w.shape), b), see=Section(8, "A trap: two orders of columns")),
            Mistake("kernels_mixed", "The kernels are reshaped where they should be transposed: their numbers are mixed up.", lambda a, w, b: conv2d_forward(a, w.reshape(-1, len(w)).T.reshape(w.shape), b), see=Section(5, "Reshape instead of transpose")),
            Mistake("activation_included", "An activation is applied, which is no part of this layer.", lambda a, w, b: np.tanh(conv2d_forward(a, w, b))),
        ),
        level=2,
        minutes=15,
    ),
    Exercise(
        solution=output_size,
        title="How many outputs?",
        task="""
Count the outputs of a layer along one axis.
There are `size` pixels and `padding` zeros at both ends; `kernel` is the number of its entries, which stand `dilation` pixels apart (1: neighbours); the windows step by `stride`.
A window that does not fit is left out.
All arguments are whole numbers, and at least one window fits.
""",
        hints=(
            "How many pixels does a window reach over, from its first entry to its last, both counted?",
            "The first window begins at 0. Where would the last one begin, if the stride were 1?",
            "With a stride, only every s-th of these places is used: how many multiples of s lie between 0 and the last place?",
        ),
        cases=_size_cases,
        see=PLACES,
        variant=_size_variant,
        mistakes=(
            Mistake("plus_one_missing", "One too few: between 0 and the last place, both are counted.", {"plus": 0}),
            Mistake("plus_one_in_the_quotient", "The 1 is added before the division; it is the first window, and is added after it.", {"plus": 0, "inside": 1}),
            Mistake("plus_one_in_the_quotient", "A 1 too many in the quotient: it is there twice, or the window is taken for too short by one pixel.", {"inside": 1}),
            Mistake("exact_fit_missing", "A window that ends exactly with the last pixel is not counted: `<` where `<=` belongs, or a 1 too many is subtracted.", {"inside": -1}),
            Mistake("padding_once", "The zeros are counted at one end only.", {"ends": 1}),
            Mistake("padding_ignored", "The padding is not counted.", {"ends": 0}),
            Mistake("padding_subtracted", "The padding makes the image smaller here; it makes it larger.", {"ends": -2}),
            Mistake("dilation_ignored", "The dilation is not counted: how far does a window reach whose entries stand apart?", {"reach": lambda k, d: k}, see=DILATION),
            Mistake("dilated_once_too_often", "The window is taken for too long. Between k entries there are k − 1 gaps.", {"reach": lambda k, d: d * k}, {"reach": lambda k, d: d * k + 1}, see=DILATION),
            Mistake("dilation_as_gap", "A dilation of 1 means neighbours: the entries stand `dilation` pixels apart, with `dilation` − 1 pixels between them.", {"reach": lambda k, d: k + d * (k - 1)}, {"reach": lambda k, d: (d + 1) * k}, see=DILATION),
            Mistake("dilation_added", "Every gap of the window grows by the dilation, not only one.", {"reach": lambda k, d: k + d - 1}, {"reach": lambda k, d: k + d}, see=DILATION),
            Mistake("stride_ignored", "The stride is not used: this counts the places of a window that steps by 1.", {"step": lambda s: 1}),
            Mistake("rounded_up", "A window that does not fit is counted: the quotient is rounded up.", {"rounding": np.ceil}),
            Mistake("rounded_to_nearest", "A window that does not fit is counted: the quotient is rounded to the nearest number. Down is right.", {"rounding": np.round}, {"rounding": lambda q: np.floor(q + 0.5)}),
            Mistake("not_rounded", "The result is not always a whole number: `/` for `//`.", {"rounding": lambda q: q}),
            Mistake("stride_divides_the_image", "The stride divides the image. It is the places of the window that it thins out.", lambda n, k, s, p, d: (n + 2 * p) // s - d * (k - 1), lambda n, k, s, p, d: (n + 2 * p) // s - d * (k - 1) - 1 + 1, lambda n, k, s, p, d: n // s + 2 * p - d * (k - 1)),
            Mistake("stride_divides_the_kernel", "Only the kernel's reach is divided by the stride: brackets are missing.", lambda n, k, s, p, d: n + 2 * p - (d * (k - 1) + 1) // s + 1, lambda n, k, s, p, d: n + 2 * p - d * (k - 1) - 1 // s + 1, lambda n, k, s, p, d: n + 2 * p - (d * (k - 1) + 1) / s + 1),
            Mistake("stride_divides_the_image", "The stride divides the image, and the kernel is forgotten.", lambda n, k, s, p, d: (n + 2 * p) // s, lambda n, k, s, p, d: -(-n // s)),
            Mistake("off_by_one", "One too many.", {"plus": 2}),
        ),
        level=1,
        minutes=8,
    ),
)  # fmt: skip


QUESTIONS = {
    "00-a": Question((24, 28, 32), (
        ((23, 28, 33), "One off: a kernel of two has two places in a row of three."),
        ((24, 28, 33), "One too many for `full`: the kernel must meet the image in at least one pixel."),
        ((32, 28, 24), "`valid` is the smallest, `full` the largest."),
    ), "In how many places does a row of 5 lie wholly inside a row of 28?"),
    "00-b": Question((1, 1, -2), (
        ((-1, -1, 2), "This is the full correlation: the kernel must be turned."),
        ((1, 1), "The result is longer than the row: 2 + 2 − 1 numbers."),
        ((1, -2), "The result is longer than the row: 2 + 2 − 1 numbers."),
        ((1, 3, 2), "A sign: the kernel has a −1."),
        ((1, -1, -2), "A sign in the middle."),
    ), "Multiply the polynomials 1 + 2t and 1 − t."),
    "00-c": Question(608, (
        (600, "The biases are missing."),
        (208, "A kernel has a slice for each of the 3 channels."),
        (200, "A kernel has a slice for each of the 3 channels, and there are biases."),
        (624, "A bias for each kernel, not for each of its slices."),
        (83, "There are 8 kernels, each with all its weights."),
    ), "A kernel has 5 · 5 · 3 weights. How many kernels are there?"),
}  # fmt: skip
