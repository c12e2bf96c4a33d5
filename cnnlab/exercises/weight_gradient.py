"""Exercises of chapter 6: the gradient by the weights."""

import numpy as np

from cnnlab import convolution, reference
from cnnlab._checks import Array
from cnnlab.exercises import _planar
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section, rotated, turned, whole

STEP = Section(6, "Step 3: put it in")
ORDER = Section(6, "The arguments in the wrong order")
CONVOLUTION = Section(6, "A convolution instead of a correlation")
MEAN = Section(6, "The mean over the batch")
CHANNELS = Section(6, "Channels and the batch")


def weight_grad_2d(delta: Array, a: Array) -> Array:
    """Slide the errors over the image: each weight adds up what it has met."""
    height, width = delta.shape
    dw = np.zeros((a.shape[0] - height + 1, a.shape[1] - width + 1))
    for m, n in np.ndindex(dw.shape):
        dw[m, n] = (delta * a[m : m + height, n : n + width]).sum()
    return dw


def weight_grad_tensor(delta: Array, a: Array) -> Array:
    """The same for each pair (f, c), added up over the batch."""
    _, height, width, filters = delta.shape
    rows, columns = a.shape[1] - height + 1, a.shape[2] - width + 1
    dw = np.zeros((filters, rows, columns, a.shape[3]))
    for m, n in np.ndindex(rows, columns):
        dw[:, m, n] = np.tensordot(delta, a[:, m : m + height, n : n + width], axes=((0, 1, 2), (0, 1, 2)))
    return dw


def _cases() -> list[Arguments]:
    rng = np.random.default_rng(10)
    sizes = [
        ((1, 1), (1, 2)),
        ((1, 2), (1, 3)),
        ((2, 1), (3, 1)),
        ((2, 2), (3, 3)),
        ((2, 3), (3, 5)),
        ((3, 2), (5, 4)),
        ((2, 2), (4, 4)),
        ((3, 3), (5, 5)),
        ((3, 3), (4, 5)),
        ((2, 3), (5, 5)),
        ((6, 5), (8, 6)),
    ]
    return [(whole(rng, *errors), whole(rng, *image)) for errors, image in sizes]


def _layer_cases() -> list[Arguments]:
    rng = np.random.default_rng(11)
    sizes = [
        ((1, 1, 1, 1), (1, 1, 2, 1)), ((1, 1, 2, 1), (1, 1, 3, 1)), ((2, 1, 1, 1), (2, 1, 1, 1)), ((1, 1, 1, 2), (1, 1, 1, 2)),
        ((2, 2, 2, 2), (2, 3, 3, 2)), ((1, 2, 3, 3), (1, 3, 5, 1)), ((3, 3, 2, 2), (3, 4, 4, 3)), ((2, 2, 3, 1), (2, 4, 4, 3)), ((1, 3, 3, 3), (1, 5, 5, 2)), ((2, 3, 3, 2), (2, 4, 5, 3)), ((2, 2, 3, 2), (2, 5, 5, 3)), ((2, 6, 5, 5), (2, 8, 6, 4)),
    ]  # fmt: skip
    return [(whole(rng, *delta), whole(rng, *a)) for delta, a in sizes]


def _kernel_sized(delta: Array, a: Array) -> Array:
    """Sum over a range as large as the kernel, instead of all errors."""
    rows, columns = a.shape[0] - delta.shape[0] + 1, a.shape[1] - delta.shape[1] + 1
    part, dw = delta[:rows, :columns], np.zeros((rows, columns))
    for m, n in np.ndindex(dw.shape):
        dw[m, n] = (part * a[m : m + part.shape[0], n : n + part.shape[1]]).sum()
    return dw


PLAIN = (
    Mistake("result_rotated", "The numbers are right, but turned by 180°, as if image and errors changed places.", lambda d, a: rotated(weight_grad_2d(d, a)), see=ORDER),
    Mistake("error_rotated", "The errors are turned: a true convolution where a correlation belongs. Each error meets the pixel that lay under it.", lambda d, a: weight_grad_2d(rotated(d), a), see=CONVOLUTION),
    Mistake(
        "one_axis_flipped",
        "One axis of the errors is flipped. Nothing is flipped here.",
        lambda d, a: weight_grad_2d(d[::-1], a),
        lambda d, a: weight_grad_2d(d[:, ::-1], a),
        see=CONVOLUTION,
    ),
    Mistake(
        "one_axis_flipped",
        "One axis of the result is flipped. Nothing is flipped here.",
        lambda d, a: weight_grad_2d(d, a)[::-1],
        lambda d, a: weight_grad_2d(d, a)[:, ::-1],
        see=CONVOLUTION,
    ),
    Mistake("full_for_valid", "The errors also lie over the rim of the image. They lie wholly inside: as many places as there are weights.", lambda d, a: reference.correlate2d(a, d, "full")),
    Mistake("full_for_valid", "The errors also lie over the rim of the image (and are turned). They lie wholly inside: as many places as there are weights.", lambda d, a: reference.convolve2d(a, d)),
    Mistake("full_for_valid", "The errors also lie over the rim of the image. They lie wholly inside: as many places as there are weights.", lambda d, a: reference.correlate2d(d, a, "full"), see=ORDER),
    Mistake(
        "same_for_valid",
        "The result has the shape of the image. It has the shape of the kernel: as many places as the errors have inside the image.",
        lambda d, a: reference.correlate2d(a, d, "same"),
        lambda d, a: reference.convolve2d(a, d, "same"),
    ),
    Mistake("mean_for_sum", "The products are averaged over the outputs. A weight is used at each of them, and the paths are added up.", lambda d, a: weight_grad_2d(d, a) / d.size, see=STEP),
    Mistake("divided_by_weights", "The result is divided by the number of weights.", lambda d, a: weight_grad_2d(d, a) / weight_grad_2d(d, a).size, see=STEP),
    Mistake("overwritten", "Each weight keeps only the last product: `=` where `+=` belongs. It was used at every output.", lambda d, a: _planar.last_product(a, d), see=STEP),
    Mistake("errors_summed_first", "This adds up the errors without the pixels that the weight met.", lambda d, a: np.full_like(weight_grad_2d(d, a), d.sum()), see=STEP),
    Mistake("errors_missing", "This adds up the pixels that a weight met, without the errors that they caused.", lambda d, a: weight_grad_2d(np.ones_like(d), a), see=STEP),
    Mistake("image_rotated", "The image is turned by 180°. Nothing is turned here.", lambda d, a: weight_grad_2d(d, rotated(a)), see=CONVOLUTION),
    Mistake("shifted_by_one", "Every weight meets the pixel next to the one that it should: indices start at 0.", lambda d, a: weight_grad_2d(d, _planar.padded(a, 0, 1, 0, 1)[1:, 1:]), see=STEP),
    Mistake("wraps_around", "The image begins again beyond its last pixel.", lambda d, a: _planar.circular(a, d, 1), see=STEP),
    Mistake("result_transposed", "Rows and columns of the result are exchanged.", lambda d, a: weight_grad_2d(d, a).T),
    Mistake("result_transposed", "Rows and columns of the errors are exchanged.", lambda d, a: weight_grad_2d(d.T, a)),
    Mistake("errors_left_out", "The sum runs over as many places as the kernel has weights. It runs over all errors.", _kernel_sized, see=STEP),
)  # fmt: skip

_dw = weight_grad_tensor

TENSOR = (
    Mistake("result_rotated", "The numbers are right, but turned by 180°, as if image and errors changed places.", lambda d, a: turned(_dw(d, a)), see=ORDER),
    Mistake("error_rotated", "The errors are turned: a true convolution where a correlation belongs. Each error meets the pixel that lay under it.", lambda d, a: _dw(turned(d), a), see=CONVOLUTION),
    Mistake("image_rotated", "The images are turned by 180°. Nothing is turned here.", lambda d, a: _dw(d, turned(a)), see=CONVOLUTION),
    Mistake(
        "one_axis_flipped",
        "One axis of the errors is flipped. Nothing is flipped here.",
        lambda d, a: _dw(d[:, ::-1], a),
        lambda d, a: _dw(d[:, :, ::-1], a),
        see=CONVOLUTION,
    ),
    Mistake(
        "one_axis_flipped",
        "One axis of the result is flipped. Nothing is flipped here.",
        lambda d, a: _dw(d, a)[:, ::-1],
        lambda d, a: _dw(d, a)[:, :, ::-1],
        see=CONVOLUTION,
    ),
    Mistake("divided_by_batch", "The result is divided by the number of samples. If the loss is a mean, that is in `delta` already.", lambda d, a: _dw(d, a) / len(d), see=MEAN),
    Mistake("mean_for_sum", "The products are averaged over the outputs. A weight is used at each of them, and the paths are added up.", lambda d, a: _dw(d, a) / d[0, :, :, 0].size, see=STEP),
    Mistake("mean_for_sum", "The products are averaged over samples and outputs. They are added up.", lambda d, a: _dw(d, a) / d[..., 0].size, see=STEP),
    Mistake("only_one_sample", "Only the first sample counts. The weights serve all samples, and all of them report back.", lambda d, a: _dw(d[:1], a[:1]), see=CHANNELS),
    Mistake("only_one_sample", "Only the last sample counts: `=` where `+=` belongs. All samples report back.", lambda d, a: _dw(d[-1:], a[-1:]), see=CHANNELS),
    Mistake("batch_axis_kept", "There is one gradient for each sample. The weights serve all samples: their gradient is the sum.", lambda d, a: np.stack([_dw(d[i : i + 1], a[i : i + 1]) for i in range(len(d))]), see=CHANNELS),
    Mistake("samples_mixed", "Images and errors are added up over the batch before they meet. An error meets the pixels of its own sample only.", lambda d, a: _dw(d.sum(axis=0, keepdims=True), a.sum(axis=0, keepdims=True)), see=CHANNELS),
    Mistake("samples_mixed", "The errors of one sample meet the pixels of another.", lambda d, a: _dw(d[::-1], a), see=CHANNELS),
    Mistake("channels_exchanged", "Kernels and channels have changed places: the result is (F, KH, KW, C).", lambda d, a: _dw(d, a).transpose(3, 1, 2, 0)),
    Mistake("layout_of_another_library", "The result has the order (KH, KW, C, F) of other libraries. Here it is (F, KH, KW, C).", lambda d, a: _dw(d, a).transpose(1, 2, 3, 0), see=Section(0, "How do libraries store a kernel?")),
    Mistake("layout_of_another_library", "The result has the order (KH, KW, F, C). Here it is (F, KH, KW, C).", lambda d, a: _dw(d, a).transpose(1, 2, 0, 3), see=Section(0, "How do libraries store a kernel?")),
    Mistake("layout_of_another_library", "The result has the order (F, C, KH, KW) of other libraries. Here it is (F, KH, KW, C).", lambda d, a: _dw(d, a).transpose(0, 3, 1, 2), see=Section(0, "How do libraries store a kernel?")),
    Mistake("layout_of_another_library", "The result has the order (C, F, KH, KW). Here it is (F, KH, KW, C).", lambda d, a: _dw(d, a).transpose(3, 0, 1, 2), see=Section(0, "How do libraries store a kernel?")),
    Mistake("kernel_transposed", "Rows and columns of the kernels are exchanged.", lambda d, a: _dw(d, a).transpose(0, 2, 1, 3)),
    Mistake("channels_summed", "All slices of a kernel get the same: the sum over the channels. Each slice has met its own channel only.", lambda d, a: np.repeat(_dw(d, a).sum(axis=3, keepdims=True), a.shape[3], axis=3), see=CHANNELS),
    Mistake("channels_summed", "The channels are added up. Each slice of a kernel has its own gradient.", lambda d, a: _dw(d, a).sum(axis=3), see=CHANNELS),
    Mistake("channels_summed", "All kernels get the same: the sum over the output channels. Each kernel has caused its own errors only.", lambda d, a: np.repeat(_dw(d, a).sum(axis=0, keepdims=True), d.shape[3], axis=0), see=CHANNELS),
    Mistake("channels_summed", "The kernels are added up. Each has its own gradient.", lambda d, a: _dw(d, a).sum(axis=0), see=CHANNELS),
    Mistake("channels_averaged", "The result is divided by the number of channels.", lambda d, a: _dw(d, a) / a.shape[3], see=CHANNELS),
    Mistake("only_one_channel", "All slices of a kernel get what the first channel gives.", lambda d, a: np.repeat(_dw(d, a[..., :1]), a.shape[3], axis=3), see=CHANNELS),
    Mistake("only_one_channel", "All kernels get what belongs to the first.", lambda d, a: np.repeat(_dw(d[..., :1], a), d.shape[3], axis=0), see=CHANNELS),
    Mistake("channels_not_paired", "Only pairs with f = c are there. Every output channel has met every input channel.", lambda d, a: _same_channel(d, a), see=CHANNELS),
    Mistake("overwritten", "Each weight keeps only what the last output gave: `=` where `+=` belongs.", lambda d, a: _dw(d[:, -1:, -1:], a[:, d.shape[1] - 1 :, d.shape[2] - 1 :]), see=STEP),
    Mistake("overwritten", "Each weight keeps only the last product: `=` where `+=` belongs.", lambda d, a: _dw(d[-1:, -1:, -1:], a[-1:, d.shape[1] - 1 :, d.shape[2] - 1 :]), see=STEP),
    Mistake("errors_missing", "This adds up the pixels that a weight met, without the errors that they caused.", lambda d, a: _dw(np.ones_like(d), a), see=STEP),
    Mistake(
        "slope_too_many",
        "There is a factor σ' too many: the weights meet a, and δ is by z already.",
        lambda d, a: _dw(d, a * (1 - a**2)),
        lambda d, a: _dw(d, a * (a > 0)),
        see=Section(6, "A famous mistake: a $\\sigma'$ too many"),
    ),
    Mistake(
        "reshaped_for_transposed",
        "The numbers are right, and mixed up: a reshape counts on through them as they lie. That needs a transposition.",
        lambda d, a: _dw(d, a).transpose(1, 2, 3, 0).reshape(_dw(d, a).shape),
        lambda d, a: _dw(d, a).transpose(0, 3, 1, 2).reshape(_dw(d, a).shape),
        lambda d, a: _dw(d, a).transpose(3, 1, 2, 0).reshape(_dw(d, a).shape),
        see=Section(5, "Reshape instead of transpose"),
    ),
)  # fmt: skip


def _same_channel(delta: Array, a: Array) -> Array:
    dw = weight_grad_tensor(delta, a)
    return dw * (np.arange(len(dw))[:, None, None, None] == np.arange(dw.shape[3]))


EXERCISES = (
    Exercise(
        solution=weight_grad_2d,
        title="What did this weight meet?",
        task="""
Forward, `z` was the valid cross-correlation of an image `a` (H, W) with a kernel `w`.
`delta` (OH, OW) is the gradient by `z`.
Return the gradient by `w`, of shape (H − OH + 1, W − OW + 1).
""",
        hints=(
            "The weight w(0, 0) is used once for each output. Which pixel does it meet at the output (x, y)?",
            "The pixel (x, y) itself; and w(m, n) meets (x + m, y + n). So its gradient is a sum over all outputs.",
            "`(delta * a[m : m + OH, n : n + OW]).sum()` is the gradient of one weight.",
        ),
        cases=_cases,
        see=STEP,
        answers=(convolution.conv2d_weight_grad, convolution.conv2d_backward, reference.conv2d_weight_grad, reference.conv2d_backward),
        mistakes=PLAIN,
        level=1,
        minutes=10,
    ),
    Exercise(
        solution=weight_grad_tensor,
        title="All weights of a layer",
        task="""
Forward, the layer laid kernels over images `a` (N, H, W, C): cross-correlation, valid, stride 1.
`delta` (N, OH, OW, F) is the gradient by its output.
Return the gradient by the kernels, of shape (F, H − OH + 1, W − OW + 1, C).
""",
        hints=(
            "Take one kernel f and one of its slices c. It is the exercise before, for one sample. And for several?",
            "The same weight served all samples, so all samples report back to it: one more sum.",
            "For one offset, all pairs (f, c) at once: `np.einsum(\"ixyf,ixyc->fc\", delta, piece)`, with a piece of the images.",
        ),
        cases=_layer_cases,
        see=CHANNELS,
        answers=(convolution.conv2d_weight_grad, convolution.conv2d_backward, reference.conv2d_weight_grad, reference.conv2d_backward),
        mistakes=TENSOR,
        level=2,
        minutes=15,
    ),
)  # fmt: skip

QUESTIONS = {
    "06-a": Question((7, 1), (
        ((1, 7), "These are turned: the first weight meets the first pixels."),
        ((5, -1), "The errors are turned here: a convolution, where each error should meet the pixel under it."),
        ((3, 3), "These are only the errors, added up."),
        ((7,), "There are two weights."),
    ), "The first weight has met the pixels 1, 0, 2, one at each output."),
    "06-b": Question((24, 5), (
        ((5, 24), "It is the errors that slide. How many outputs has the layer?"),
        ((28, 5), "The template is as large as the output, which is smaller than the image."),
        ((24, 24), "It fits in as many places as the kernel has weights along an axis."),
        ((24, 25), "Asked for is one axis: how many places along it?"),
    ), "The errors are the template: as many as the layer has outputs."),
}  # fmt: skip
