"""Exercise of chapter 5: the gradient by the input of a whole layer."""

from collections.abc import Callable

import numpy as np

from cnnlab import convolution, reference
from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section, turned, whole

SUM = Section(5, "How do several channels combine?")
SWAP = Section(5, "Transpose and flip")
HALF = Section(5, "Half of the two operations")
INDEX = Section(5, "One index too few")
RESHAPE = Section(5, "Reshape instead of transpose")
ROTATED = Section(3, "Do the weights need to be rotated?")


def input_grad_tensor(delta: Array, w: Array) -> Array:
    """For each offset, multiply the errors by the kernels and add: over f, at the pixels they came from."""
    samples, height, width, _ = delta.shape
    _, rows, columns, channels = w.shape
    da = np.zeros((samples, height + rows - 1, width + columns - 1, channels))
    for m, n in np.ndindex(rows, columns):
        da[:, m : m + height, n : n + width] += delta @ w[:, m, n]
    return da


def _cases() -> list[Arguments]:
    rng = np.random.default_rng(9)
    sizes = [
        ((1, 1, 1, 1), (1, 1, 2, 1)), ((1, 1, 2, 1), (1, 1, 2, 1)), ((1, 1, 1, 2), (2, 1, 1, 2)), ((1, 1, 2, 2), (2, 1, 2, 2)),
        ((2, 2, 2, 3), (3, 2, 2, 3)), ((1, 2, 3, 2), (2, 2, 2, 1)), ((1, 3, 2, 1), (1, 2, 2, 3)), ((1, 3, 3, 2), (2, 3, 2, 3)), ((1, 3, 3, 2), (2, 2, 2, 3)), ((2, 4, 4, 3), (3, 3, 3, 2)), ((2, 6, 5, 5), (5, 3, 2, 4)),
        ((3, 4, 5, 3), (3, 3, 3, 3)),
    ]  # fmt: skip
    return [(whole(rng, *delta), whole(rng, *w)) for delta, w in sizes]


def _slid(delta: Array, w: Array) -> Array:
    """Pad the errors, and slide kernels (C, KH, KW, F) over them."""
    _, rows, columns, _ = w.shape
    padded = np.pad(delta, ((0, 0), (rows - 1, rows - 1), (columns - 1, columns - 1), (0, 0)))
    return convolution.conv2d(padded, w)


def _swapped(w: Array) -> Array:
    return w.transpose(3, 1, 2, 0)


def one_index(delta: Array, w: Array) -> Array:
    """One index for input and output channels, delta_c * w_cc: each input hears from a single output.

    Where there are fewer kernels than channels, they are used round and round.
    """
    filters = [c % len(w) for c in range(w.shape[3])]
    parts = [
        input_grad_tensor(delta[..., f : f + 1], w[f : f + 1, ..., c : c + 1]) for c, f in enumerate(filters)
    ]
    return np.concatenate(parts, axis=3)


def _over_filters(delta: Array, w: Array, which: slice) -> Array:
    return input_grad_tensor(delta[..., which], w[which])


def assigned(delta: Array, w: Array, stride: int = 1, by_offset: bool = True) -> Array:
    """Scatter with = for +=, offset by offset or output by output."""
    samples, rows, columns, _ = delta.shape
    height, width = stride * (rows - 1) + w.shape[1], stride * (columns - 1) + w.shape[2]
    da = np.zeros((samples, height, width, w.shape[3]))
    if by_offset:
        for m, n in np.ndindex(w.shape[1:3]):
            da[:, m : m + stride * rows : stride, n : n + stride * columns : stride] = delta @ w[:, m, n]
    else:
        for x, y in np.ndindex(rows, columns):
            u, v = stride * x, stride * y
            da[:, u : u + w.shape[1], v : v + w.shape[2]] = np.tensordot(delta[:, x, y], w, axes=1)
    return da


def _each_assigned(delta: Array, w: Array) -> Array:
    """Scatter with = for +=, kernel by kernel and output by output."""
    samples, height, width, filters = delta.shape
    da = np.zeros((samples, height + w.shape[1] - 1, width + w.shape[2] - 1, w.shape[3]))
    for x, y, f in np.ndindex(height, width, filters):
        da[:, x : x + w.shape[1], y : y + w.shape[2]] = delta[:, x, y, f, None, None, None] * w[f]
    return da


def _mixed_samples(delta: Array, w: Array) -> Array:
    return np.repeat(input_grad_tensor(delta, w).sum(axis=0, keepdims=True), len(delta), axis=0)


def _cut(delta: Array, w: Array, start: Callable[[int], int]) -> Array:
    """Keep as many rows and columns as there are errors."""
    u, v = start(w.shape[1]), start(w.shape[2])
    return input_grad_tensor(delta, w)[:, u : u + delta.shape[1], v : v + delta.shape[2]]


INPUT_GRAD = (
    Mistake("kernel_not_rotated", "The kernels lie the wrong way round: they slide over the errors as they are, or they were turned and `+=` at x + m turns them once more.", lambda d, w: input_grad_tensor(d, turned(w)), see=ROTATED),
    Mistake(
        "one_axis_flipped",
        "Only one axis of the kernels is flipped. A turn by 180° flips rows and columns.",
        lambda d, w: input_grad_tensor(d, w[:, ::-1]),
        lambda d, w: input_grad_tensor(d, w[:, :, ::-1]),
        see=HALF,
    ),
    Mistake("channels_not_exchanged", "The kernels are turned, but f and c keep their places: backward, the sum runs over f.", lambda d, w: _slid(d, turned(w)), see=HALF),
    Mistake("channels_not_exchanged", "The kernels go over the errors as they are: neither turned, nor with f and c exchanged.", lambda d, w: _slid(d, w), see=HALF),
    Mistake(
        "channels_not_exchanged",
        "A reshape does not exchange f and c: it counts on through the numbers as they lie. That needs a transposition.",
        lambda d, w: _slid(d, turned(w).reshape(w.shape[3], *w.shape[1:3], len(w))),
        lambda d, w: _slid(d, w.reshape(w.shape[3], *w.shape[1:3], len(w))),
        see=RESHAPE,
    ),
    Mistake("channels_reversed", "The channels are in reverse order: only rows and columns are flipped.", lambda d, w: input_grad_tensor(d, w[..., ::-1]), see=SWAP),
    Mistake("channels_reversed", "The kernels are in reverse order: only rows and columns are flipped.", lambda d, w: input_grad_tensor(d, w[::-1]), see=SWAP),
    Mistake("channels_reversed", "All four axes of the kernels are flipped. Only rows and columns are.", lambda d, w: input_grad_tensor(d, w[::-1, :, :, ::-1]), see=SWAP),
    Mistake("wrong_axes_turned", "The first two axes of the kernels are turned, f and rows: `np.rot90` turns the axes 0 and 1 if it is not told which.", lambda d, w: input_grad_tensor(d, w[::-1, :, ::-1]), see=SWAP),
    Mistake("samples_reversed", "The samples are in reverse order.", lambda d, w: input_grad_tensor(d, w)[::-1]),
    Mistake("channels_not_summed", "One index for input and output channels: each input channel hears from a single output channel. It has fed all of them.", one_index, see=INDEX),
    Mistake("channels_not_summed", "Only the first output channel reports back. An input channel has fed all of them.", lambda d, w: _over_filters(d, w, slice(1)), see=SUM),
    Mistake("channels_not_summed", "Only the last output channel reports back: `=` where `+=` belongs, or a loop that keeps the last. An input channel has fed all of them.", lambda d, w: _over_filters(d, w, slice(-1, None)), see=SUM),
    Mistake("channels_averaged", "The output channels are averaged. Their reports are added up.", lambda d, w: input_grad_tensor(d, w) / len(w), see=SUM),
    Mistake(
        "mean_for_sum",
        "The result is divided by the number of weights. The paths are added up.",
        lambda d, w: input_grad_tensor(d, w) / (w.shape[1] * w.shape[2]),
        lambda d, w: input_grad_tensor(d, w) / w[0].size,
        see=SUM,
    ),
    Mistake("channels_summed", "All input channels get the same: the sum of what belongs to each. The sum runs over f, not over c.", lambda d, w: np.repeat(input_grad_tensor(d, w).sum(axis=3, keepdims=True), w.shape[3], axis=3), see=SUM),
    Mistake("channels_summed", "The input channels are added up. The sum runs over f, not over c.", lambda d, w: input_grad_tensor(d, w).sum(axis=3, keepdims=True), see=SUM),
    Mistake("channels_summed", "The errors of all output channels are added up before they meet their kernels. Each meets its own.", lambda d, w: input_grad_tensor(np.repeat(d.sum(axis=3, keepdims=True), d.shape[3], axis=3), w), see=SUM),
    Mistake("only_one_channel", "All input channels get what belongs to the first.", lambda d, w: np.repeat(input_grad_tensor(d, w[..., :1]), w.shape[3], axis=3), see=SUM),
    Mistake(
        "samples_mixed",
        "The samples of the batch are added up. Each has its own gradient by the input.",
        _mixed_samples,
        lambda d, w: input_grad_tensor(d, w).sum(axis=0, keepdims=True),
    ),
    Mistake("only_one_sample", "Only the first sample is computed.", lambda d, w: input_grad_tensor(d[:1], w)),
    Mistake("only_one_sample", "All samples get what belongs to the first.", lambda d, w: np.repeat(input_grad_tensor(d[:1], w), len(d), axis=0)),
    Mistake("divided_by_batch", "The result is divided by the number of samples. If the loss is a mean, that is in `delta` already.", lambda d, w: input_grad_tensor(d, w) / len(d), see=Section(7, "Sum or mean?")),
    Mistake(
        "valid_for_full",
        "The kernels stay wholly inside the errors. Every pixel of the image has fed some output.",
        lambda d, w: convolution.conv2d(d, turned(_swapped(w))),
        lambda d, w: convolution.conv2d(d, _swapped(w)),
    ),
    Mistake(
        "same_for_full",
        "The result has as many pixels as the errors. The image is larger than the output.",
        lambda d, w: _cut(d, w, lambda k: 0),
        lambda d, w: _cut(d, w, lambda k: (k - 1) // 2),
        lambda d, w: _cut(d, w, lambda k: k // 2),
    ),
    Mistake("weights_missing", "The errors come back without the weights that they went through.", lambda d, w: input_grad_tensor(d, np.ones_like(w)), see=SUM),
    Mistake("only_one_error", "Every kernel meets the error of one output channel, the first. Each meets its own.", lambda d, w: input_grad_tensor(np.repeat(d[..., :1], d.shape[3], axis=3), w), see=SUM),
    Mistake("errors_missing", "These are sums of weights: the errors do not come in.", lambda d, w: input_grad_tensor(np.ones_like(d), w), see=SUM),
    Mistake("kernel_transposed", "Rows and columns of the kernels are exchanged.", lambda d, w: input_grad_tensor(d, w.transpose(0, 2, 1, 3)), see=SWAP),
    Mistake("kernel_transposed", "Rows and columns of the kernels are exchanged: the order of all axes is turned round, and not f and c alone.", lambda d, w: input_grad_tensor(d, turned(w.transpose(0, 2, 1, 3))), see=SWAP),
    Mistake("result_rotated", "The numbers are right, but turned by 180°.", lambda d, w: turned(input_grad_tensor(d, w))),
    Mistake("error_rotated", "The errors came in turned by 180°. They stay as they are.", lambda d, w: input_grad_tensor(turned(d), w)),
    Mistake(
        "overwritten",
        "Each pixel keeps only what came last: `=` where `+=` belongs.",
        assigned,
        lambda d, w: assigned(d, w, by_offset=False),
        _each_assigned,
    ),
)  # fmt: skip

FEWER_AXES = (
    Mistake("channels_summed", "The input channels are added up. The sum runs over f, not over c.", lambda d, w: input_grad_tensor(d, w).sum(axis=3), see=SUM),
    Mistake("samples_mixed", "The samples of the batch are added up. Each has its own gradient by the input.", lambda d, w: input_grad_tensor(d, w).sum(axis=0)),
)  # fmt: skip

EXERCISES = (
    Exercise(
        solution=input_grad_tensor,
        title="With channels and a batch",
        task="""
Forward, the layer laid kernels `w` (F, KH, KW, C) over images `a` (N, H, W, C): cross-correlation, valid, stride 1.
`delta` (N, OH, OW, F) is the gradient by its output.
Return the gradient by `a`, of shape (N, OH + KH − 1, OW + KW − 1, C).
""",
        hints=(
            "Take one pixel of one channel. Which outputs did it feed, and in which output channels?",
            "In all of them, through the kernel of each. So the sum over paths now runs over f as well as over m and n.",
            "Fix (m, n): the sum over f is a matrix product, `delta @ w[:, m, n]`. It is added to the pixels moved by (m, n).",
        ),
        cases=_cases,
        see=Section(5, "Step 2: add them up"),
        answers=(convolution.conv2d_input_grad, convolution.conv_transpose2d, convolution.conv2d_backward, reference.conv2d_input_grad,
                 reference.conv_transpose2d, reference.conv2d_backward),
        mistakes=INPUT_GRAD + FEWER_AXES,
        level=3,
        minutes=20,
    ),
)  # fmt: skip

QUESTIONS = {
    "05-a": Question((32, 512), (
        ((16, 512), "One for each output channel that the input channel fed. How many are these?"),
        ((32, 32), "Each of the 16 input channels needs as many."),
        ((1, 16), "An input channel has fed every output channel."),
        ((1, 512), "An input channel has fed every output channel: a convolution for each."),
    ), "One convolution for each pair of an input channel and an output channel."),
    "05-b": Question(144, (
        (9, "The output channel has seen all 16 input channels."),
        (16, "In each of the input channels it has seen a window of 3×3."),
        (4608, "Only one output channel has an error: the 32 does not count."),
        (48, "A window of 3×3 has nine pixels."),
    ), "Which pixels, of which channels, has that one output seen?"),
}  # fmt: skip
