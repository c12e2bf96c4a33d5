"""Exercise of chapter 7: the gradient by the biases."""

import numpy as np

from cnnlab import convolution, reference
from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section, whole

PATHS = Section(7, "All paths")
MEAN = Section(7, "Sum or mean?")
ONE = Section(7, "One bias for all channels")
EVERY = Section(7, "A bias for every position")


def bias_grad(delta: Array) -> Array:
    """Each bias was added at every position of every sample, so it adds up their errors."""
    return np.asarray(delta.sum(axis=(0, 1, 2)))


def _cases() -> list[Arguments]:
    rng = np.random.default_rng(12)
    sizes = [
        (1, 1, 1, 1),
        (1, 1, 2, 1),
        (1, 1, 1, 2),
        (2, 1, 1, 2),
        (1, 2, 2, 3),
        (2, 2, 2, 2),
        (2, 3, 4, 5),
        (4, 5, 3, 2),
    ]
    return [(whole(rng, *shape),) for shape in sizes]


BIAS_GRAD = (
    Mistake("mean_for_sum", "The errors of a channel are averaged. A bias is added at every output, and the paths are added up.", lambda d: d.mean(axis=(0, 1, 2)), see=MEAN),
    Mistake("divided_by_batch", "The sum is divided by the number of samples. If the loss is a mean, that is in `delta` already.", lambda d: d.mean(axis=0).sum(axis=(0, 1)), see=MEAN),
    Mistake("mean_over_positions", "The sum is divided by the number of positions. A bias is added at each of them, and the paths are added up.", lambda d: d.sum(axis=0).mean(axis=(0, 1)), see=MEAN),
    Mistake("divided_by_channels", "The sum is divided by the number of channels.", lambda d: d.sum(axis=(0, 1, 2)) / d.shape[3], see=MEAN),
    Mistake("bias_shared", "All biases get the sum of all errors. Each has its own channel.", lambda d: np.full(d.shape[3], d.sum()), see=ONE),
    Mistake(
        "bias_shared",
        "There is a single number. Each output channel has its own bias.",
        lambda d: d.sum(),
        lambda d: np.array([d.sum()]),
        see=ONE,
    ),
    Mistake("batch_axis_kept", "There is one gradient for each sample. The bias serves all samples: its gradient is the sum.", lambda d: d.sum(axis=(1, 2)), see=PATHS),
    Mistake("positions_kept", "There is one gradient for each position. The bias is the same at all of them: its gradient is the sum.", lambda d: d.sum(axis=0), see=EVERY),
    Mistake("positions_kept", "The columns are not added up. The bias is the same at all positions.", lambda d: d.sum(axis=(0, 1)), see=EVERY),
    Mistake("positions_kept", "The rows are not added up. The bias is the same at all positions.", lambda d: d.sum(axis=(0, 2)), see=EVERY),
    Mistake("only_one_position", "Only one position counts. The bias is added at all of them.", lambda d: d[:, 0, 0].sum(axis=0), see=EVERY),
    Mistake("axes_kept", "The numbers are right, but the summed axes are still there, with length 1.", lambda d: d.sum(axis=(0, 1, 2), keepdims=True), see=PATHS),
    Mistake(
        "axes_kept",
        "The numbers are right, but there is an axis too many.",
        lambda d: d.sum(axis=(0, 1, 2))[None],
        lambda d: d.sum(axis=(0, 1, 2))[:, None],
        see=PATHS,
    ),
    Mistake("wrong_axes", "The sum runs over the channels, and leaves an axis of pixels: the channels are taken to come first.", lambda d: d.sum(axis=(0, 2, 3)), see=Section(0, "How do libraries store a kernel?")),
    Mistake("wrong_axes", "The sum runs over everything but the samples. What is left must be the channels.", lambda d: d.sum(axis=(1, 2, 3)), see=PATHS),
    Mistake("wrong_axes", "The sum runs over the channels, and leaves an axis of pixels.", lambda d: d.sum(axis=(0, 1, 3)), see=PATHS),
    Mistake(
        "wrong_axes",
        "The sum runs over the channels. It runs over everything else.",
        lambda d: d.sum(axis=3),
        lambda d: d.sum(axis=-1).sum(axis=0),
        see=PATHS,
    ),
    Mistake("only_one_sample", "Only the first sample counts. The bias serves all of them.", lambda d: d[0].sum(axis=(0, 1)), see=PATHS),
    Mistake("only_one_sample", "Only the last sample counts: `=` where `+=` belongs.", lambda d: d[-1].sum(axis=(0, 1)), see=PATHS),
    Mistake("overwritten", "Only the last error of each channel is left: `=` where `+=` belongs.", lambda d: d[-1, -1, -1], see=PATHS),
    Mistake(
        "reshaped_for_transposed",
        "The channels are mixed up: they are the last axis, and a reshape counts on through the numbers as they lie.",
        lambda d: d.reshape(d.shape[3], -1).sum(axis=1),
        lambda d: d.reshape(len(d), d.shape[3], -1).sum(axis=(0, 2)),
        see=Section(5, "Reshape instead of transpose"),
    ),
    Mistake("channels_reversed", "The channels are in reverse order.", lambda d: d.sum(axis=(0, 1, 2))[::-1], see=PATHS),
    Mistake("always_one", "The derivative of z by b is 1; but the gradient is that of the loss.", lambda d: np.ones(d.shape[3]), see=Section(7, "One derivative")),
    Mistake("counted_for_summed", "This counts how often a bias is used. Each use has an error of its own.", lambda d: np.full(d.shape[3], d[..., 0].size), see=PATHS),
    Mistake("largest_for_sum", "The largest error is taken, not the sum of all.", lambda d: d.max(axis=(0, 1, 2)), see=PATHS),
)  # fmt: skip

EXERCISES = (
    Exercise(
        solution=bias_grad,
        title="What did this bias do?",
        task="""
Forward, a layer added the bias b(f) to its output channel f, at every position of every sample.
`delta` (N, OH, OW, F) is the gradient by the output.
Return the gradient by the biases, of shape (F,).
The loss is what it is: whatever mean it takes is in `delta` already.
""",
        hints=(
            "How many outputs change if one bias changes, and by how much each?",
            "All outputs of its channel, by the same amount. So which errors belong to it?",
            "`delta.sum(axis=…)`: over which axes, and which one is left?",
        ),
        cases=_cases,
        see=PATHS,
        answers=(convolution.conv2d_bias_grad, convolution.conv2d_backward, reference.conv2d_bias_grad, reference.conv2d_backward),
        mistakes=BIAS_GRAD,
        level=1,
        minutes=5,
    ),
)  # fmt: skip

QUESTIONS = {
    "07-a": Question(25088, (
        (784, "The batch has 32 images, and all of them report back."),
        (1605632, "Each of the 64 channels has its own bias."),
        (32, "A bias is added at each position, too."),
        (50176, "Each channel has its own bias: the 64 does not count."),
    ), "One channel has 28 · 28 outputs in each of the images."),
    "07-b": Question((9, 6), (
        ((3, 2), "These are the activations. They meet an error."),
        ((3, 6), "Both activations meet the same error, 3."),
        ((6, 6), "The activations have changed, too: the first is 3 now."),
        ((2, 2), "Nothing was carried through: both the activations and the error have changed."),
        ((6, 9), "The first weight met the first activation."),
    ), "The error of the second layer is 3 now, and its two weights meet the activations 3 and 2."),
}  # fmt: skip
