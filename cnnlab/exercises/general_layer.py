"""Exercises of chapter 9: stride and padding, backward; and the transposed convolution."""

from collections.abc import Callable

import numpy as np

from cnnlab import convolution, reference
from cnnlab._checks import Array
from cnnlab.exercises import tensors
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section, derived, turned, whole

STRIDE = Section(9, "Step 2: the error of every place")
PADDING = Section(9, "The rim cut at one end")
REMAINDER = Section(9, "No zeros behind the last error")
TWICE = Section(9, "The stride in the backward pass, too")
RIM = Section(9, "The rim cut at one end")
TRANSPOSED = Section(9, "The transposed convolution")

Four = tuple[int, int, int, int]


def strided_input_grad(delta: Array, w: Array, input_shape: Four, stride: int, padding: int) -> Array:
    """Hand each error back to the padded pixels it came from; then cut the padding off."""
    samples, height, width, channels = input_shape
    padded = np.zeros((samples, height + 2 * padding, width + 2 * padding, channels))
    rows, columns = delta.shape[1:3]
    for m, n in np.ndindex(w.shape[1:3]):
        padded[:, m : m + stride * rows : stride, n : n + stride * columns : stride] += delta @ w[:, m, n]
    return padded[:, padding : padding + height, padding : padding + width]


def conv_transpose(z: Array, w: Array, stride: int) -> Array:
    """Put down a kernel for each number, `stride` apart, and add."""
    samples, rows, columns, _ = z.shape
    height, width = stride * (rows - 1) + w.shape[1], stride * (columns - 1) + w.shape[2]
    a = np.zeros((samples, height, width, w.shape[3]))
    for m, n in np.ndindex(w.shape[1:3]):
        a[:, m : m + stride * rows : stride, n : n + stride * columns : stride] += z @ w[:, m, n]
    return a


_LAYERS = [  # images, kernels, stride, padding
    ((1, 1, 3, 1), (1, 1, 1, 1), 2, 0), ((1, 1, 4, 1), (1, 1, 2, 1), 2, 0), ((1, 1, 4, 1), (1, 1, 3, 1), 1, 0), ((1, 1, 5, 1), (1, 1, 3, 1), 2, 0),
    ((1, 1, 6, 1), (1, 1, 3, 1), 2, 0), ((1, 3, 3, 1), (1, 3, 3, 1), 1, 1), ((1, 5, 5, 2), (2, 3, 3, 2), 2, 1), ((1, 6, 6, 1), (2, 3, 3, 1), 2, 1),
    ((2, 6, 5, 3), (2, 3, 2, 3), 1, 0), ((2, 9, 8, 4), (5, 3, 2, 4), 2, 1), ((2, 8, 11, 2), (3, 2, 3, 2), 3, 0), ((1, 7, 8, 3), (2, 4, 4, 3), 3, 2), ((1, 4, 5, 2), (3, 1, 1, 2), 2, 1), ((1, 4, 3, 2), (1, 2, 2, 2), 1, 3),
    ((2, 6, 6, 3), (2, 3, 2, 3), 2, 1), ((2, 6, 6, 3), (2, 3, 3, 3), 2, 1),
]  # fmt: skip


def _count(size: int, kernel: int, stride: int, padding: int) -> int:
    return (size + 2 * padding - kernel) // stride + 1


def _cases() -> list[Arguments]:
    rng = np.random.default_rng(15)
    cases = []
    for image, kernel, stride, padding in _LAYERS:
        outputs = [_count(image[k], kernel[k], stride, padding) for k in (1, 2)]
        cases.append((whole(rng, image[0], *outputs, kernel[0]), whole(rng, *kernel), image, stride, padding))
    return cases


def _transpose_cases() -> list[Arguments]:
    rng = np.random.default_rng(16)
    sizes = [
        ((1, 1, 1, 1), (1, 1, 2, 1), 1), ((1, 1, 2, 1), (1, 1, 2, 1), 1), ((1, 1, 2, 1), (1, 1, 2, 1), 2), ((1, 1, 2, 1), (1, 1, 3, 1), 2),
        ((1, 1, 1, 2), (2, 1, 2, 2), 1), ((1, 2, 2, 1), (1, 2, 2, 1), 3), ((1, 2, 3, 2), (2, 3, 3, 2), 2), ((2, 3, 2, 3), (3, 3, 2, 4), 2), ((2, 4, 3, 2), (2, 2, 3, 1), 3), ((1, 2, 3, 1), (1, 2, 2, 3), 2), ((1, 3, 3, 2), (2, 3, 2, 3), 2), ((2, 3, 3, 2), (2, 2, 2, 3), 2),
        ((2, 3, 3, 2), (2, 3, 3, 3), 1),
    ]  # fmt: skip
    return [(whole(rng, *z), whole(rng, *w), stride) for z, w, stride in sizes]


def _filled(delta: Array, stride: int, gap: int | None = None) -> Array:
    """Put `gap` zeros (by default stride - 1) between neighbouring errors."""
    step = stride if gap is None else gap + 1
    samples, rows, columns, filters = delta.shape
    out = np.zeros((samples, step * (rows - 1) + 1, step * (columns - 1) + 1, filters))
    out[:, ::step, ::step] = delta
    return out


def _to_shape(full: Array, shape: Four, top: int, left: int) -> Array:
    """Cut `shape` out of a full result, from (top, left) on; zeros where it ends before."""
    height, width = shape[1:3]
    wide = np.pad(full, ((0, 0), (0, height + top), (0, width + left), (0, 0)))
    return wide[:, top : top + height, left : left + width]


def _with_padding(full: Array, shape: Four, p: int) -> Array:
    """Return the gradient by the padded image."""
    return _to_shape(full, (shape[0], shape[1] + 2 * p, shape[2] + 2 * p, shape[3]), 0, 0)


def _strided_variant(
    d: Array,
    w: Array,
    shape: Four,
    s: int,
    p: int,
    *,
    between: Callable[[Array, int], Array] = _filled,
    through: Callable[[Array, Array], Array] = tensors.input_grad_tensor,
    cut: Callable[..., Array] = lambda full, d, w, shape, s, p: _to_shape(full, shape, p, p),
) -> Array:
    """Go back through stride, kernel and padding; what is put between the errors, and what is cut off, are choices."""
    return cut(through(between(d, s), w), d, w, shape, s, p)


def _transposed_variant(
    z: Array,
    w: Array,
    s: int,
    *,
    between: Callable[[Array, int], Array] = _filled,
    through: Callable[[Array, Array], Array] = tensors.input_grad_tensor,
    cut: Callable[..., Array] = lambda a, z, w, s: a,
) -> Array:
    """Put down kernels; what is between the numbers, how kernels lie and what is cut off are choices."""
    return cut(through(between(z, s), w), z, w, s)


def _raised(full: Array, d: Array, w: Array, shape: Four, s: int, p: int) -> Array:
    """Let the remainder stand in front."""
    r, q = ((shape[k] + 2 * p - w.shape[k]) % s for k in (1, 2))
    return _to_shape(np.pad(full, ((0, 0), (r, 0), (q, 0), (0, 0))), shape, p, p)


def _repeated(d: Array, stride: int) -> Array:
    return np.repeat(np.repeat(d, stride, axis=1), stride, axis=2)


def _remainderless(full: Array, d: Array, w: Array, shape: Four, s: int, p: int) -> Array:
    """Return what the windows cover, without what they leave out at the end."""
    return full[:, p : full.shape[1] - p, p : full.shape[2] - p]


_grad = strided_input_grad
_stride_one = tensors.input_grad_tensor

EXERCISES = (
    Exercise(
        solution=strided_input_grad,
        title="Stride and padding, backward",
        task="""
The layer of chapter 5, but with `padding` zeros on each of the four sides of the images, and windows that step by `stride`.
`stride` and `padding` are two whole numbers, each the same for rows and columns.
`delta` (N, OH, OW, F), `w` (F, KH, KW, C); return the gradient by the images, of shape `input_shape` = (N, H, W, C).
Some pixels may lie under no window: they get 0.
""",
        hints=(
            "The output (x, y) saw the padded image from (stride · x, stride · y) on. Which padded pixel did it see through w(m, n)?",
            "Make an array as large as the padded image, hand the errors back into it, and cut the padding off at the end.",
            "For one offset the pixels stand `stride` apart: `padded[:, m : m + stride * OH : stride, …] += delta @ w[:, m, n]`.",
        ),
        cases=_cases,
        see=STRIDE,
        answers=(convolution.conv2d_input_grad, convolution.conv_transpose2d, convolution.conv2d_backward, reference.conv2d_input_grad,
                 reference.conv_transpose2d, reference.conv2d_backward),
        variant=_strided_variant,
        mistakes=(
            Mistake(
                "stride_ignored",
                "The errors come back side by side. The windows that they belong to stood `stride` apart.",
                {"between": lambda d, s: d},
                {"between": lambda d, s: d, "cut": lambda full, d, w, shape, s, p: full[:, p : p + shape[1], p : p + shape[2]]},
                see=STRIDE,
            ),
            Mistake("one_zero_too_many", "There are `stride` zeros between two errors. Windows that step by 2 leave out one place, not two.", {"between": lambda d, s: _filled(d, s, s)}, see=STRIDE),
            Mistake(
                "errors_repeated",
                "The errors are repeated in the gaps. Between the windows there was no output, so there is no error: zeros stand there.",
                {"between": lambda d, s: _repeated(d, s)[:, : s * (d.shape[1] - 1) + 1, : s * (d.shape[2] - 1) + 1]},
                {"between": _repeated},
                see=STRIDE,
            ),
            Mistake("stride_twice", "The result is taken in steps of `stride`, too. Backward every pixel gets its gradient.", {"cut": lambda full, d, w, shape, s, p: _to_shape(full[:, ::s, ::s], shape, p, p)}, see=TWICE),
            Mistake("divided_by_stride", "The result is divided by the square of the stride.", lambda d, w, shape, s, p: _grad(d, w, shape, s, p) / s**2, see=STRIDE),
            Mistake("cut_by_minus_zero", "With `padding` = 0 nothing is left: `p:-p` is then `0:0`. Say where the image ends, not how far from the end.", {"cut": lambda full, d, w, shape, s, p: _with_padding(full, shape, p)[:, p:-p, p:-p] if p else full[:, :0, :0]}, {"cut": lambda full, d, w, shape, s, p: full[:, p:-p, p:-p] if p else full[:, :0, :0]}, see=RIM),
            Mistake("padding_not_cut", "The gradient of the padding is still there. It belongs to nobody, and is cut off.", {"cut": lambda full, d, w, shape, s, p: _with_padding(full, shape, p)}, {"cut": lambda full, *_: full}, see=PADDING),
            Mistake(
                "padding_not_cut",
                "The result begins with the gradient of the padding, which belongs to nobody: the first pixel stands `padding` further.",
                {"cut": lambda full, d, w, shape, s, p: _to_shape(full, shape, 0, 0)},
                {"cut": lambda full, d, w, shape, s, p: full[:, : shape[1], : shape[2]]},
                see=PADDING,
            ),
            Mistake("cut_at_one_end", "All of the padding is cut off in front. It stands at both ends.", {"cut": lambda full, d, w, shape, s, p: _to_shape(full, shape, 2 * p, 2 * p)}, see=RIM),
            Mistake("cut_at_one_end", "The padding is cut off in front only. It stands at both ends.", {"cut": lambda full, d, w, shape, s, p: full[:, p:, p:]}, {"cut": lambda full, d, w, shape, s, p: _with_padding(full, shape, p)[:, p:, p:]}, see=RIM),
            Mistake("padded_for_cut", "Zeros are put on where they should be cut off.", {"cut": lambda full, d, w, shape, s, p: _to_shape(np.pad(full, ((0, 0), (p, 0), (p, 0), (0, 0))), shape, 0, 0)}, see=PADDING),
            Mistake("remainder_dropped", "The result is too small where windows do not reach the end. Those pixels get 0, and belong to the result.", {"cut": _remainderless}, see=REMAINDER),
            Mistake("remainder_dropped", "Where the last windows do not reach the end of the padded image, the padding is cut off too early: pixels that have a gradient lose it.", {"cut": lambda full, d, w, shape, s, p: _to_shape(_remainderless(full, d, w, shape, s, p), shape, 0, 0)}, see=REMAINDER),
            Mistake("padded_by_the_forward_padding", "The errors are padded by `padding`, as the image was. How far may a kernel stand over the errors, so that it meets the first of them still?", lambda d, w, shape, s, p: convolution.conv2d(np.pad(_filled(d, s), ((0, 0), (p, p), (p, p), (0, 0))), turned(w.transpose(3, 1, 2, 0))), lambda d, w, shape, s, p: convolution.conv2d(np.pad(d, ((0, 0), (p, p), (p, p), (0, 0))), turned(w.transpose(3, 1, 2, 0))), see=PADDING),
            Mistake("remainder_in_front", "The pixels that no window reaches are taken to be the first ones. The windows begin at the first pixel.", {"cut": _raised}, see=REMAINDER),
            Mistake("remainder_on_both_sides", "What no window reaches is taken to lie on both sides. The windows begin at the first pixel, and it lies at the end.", {"cut": lambda full, d, w, shape, s, p: _to_shape(np.pad(full, ((0, 0), *(((shape[k] + 2 * p - w.shape[k]) % s // 2, 0) for k in (1, 2)), (0, 0))), shape, p, p)}, see=REMAINDER),
            Mistake(
                "overwritten",
                "Each pixel keeps only what came last: `=` where `+=` belongs.",
                lambda d, w, shape, s, p: _to_shape(tensors.assigned(d, w, s, True), shape, p, p),
                lambda d, w, shape, s, p: _to_shape(tensors.assigned(d, w, s, False), shape, p, p),
                see=STRIDE,
            ),
            *derived(
                tensors.INPUT_GRAD, lambda formula: {"through": formula},
                without=["valid_for_full", "same_for_full", "overwritten", "result_rotated"],
            ),
        ),
        level=3,
        minutes=20,
    ),
    Exercise(
        solution=conv_transpose,
        title="The transposed convolution",
        task="""
Write the transposed convolution of `z` (N, OH, OW, F) with kernels `w` (F, KH, KW, C).
Each number of `z` puts its kernel, times itself, at `stride` times its place, and what overlaps is added.
There is no padding; `stride` is a whole number.
The result has the shape (N, stride · (OH − 1) + KH, stride · (OW − 1) + KW, C).
""",
        hints=(
            "What becomes of a single number, 1, if all others are 0?",
            "This is a backward pass that is used forward. Which one?",
            "For one offset: `a[:, m : m + stride * OH : stride, …] += z @ w[:, m, n]`.",
        ),
        cases=_transpose_cases,
        see=TRANSPOSED,
        answers=(convolution.conv_transpose2d, reference.conv_transpose2d, convolution.conv2d_input_grad, reference.conv2d_input_grad),
        variant=_transposed_variant,
        mistakes=(
            Mistake("kernel_rotated", "The kernels are put down turned. A single 1 becomes the kernel as it is.", {"through": lambda z, w: _stride_one(z, turned(w))}, see=TRANSPOSED),
            Mistake(
                "stride_ignored",
                "The kernels are put down side by side. They stand `stride` apart.",
                {"between": lambda z, s: z},
                {"between": lambda z, s: z, "cut": lambda a, z, w, s: _to_shape(a, conv_transpose(z, w, s).shape, 0, 0)},
                see=STRIDE,
            ),
            Mistake("one_zero_too_many", "The kernels stand `stride` + 1 apart: one zero too many between two numbers.", {"between": lambda z, s: _filled(z, s, s)}, see=STRIDE),
            Mistake(
                "errors_repeated",
                "The numbers are repeated in the gaps. There is nothing between them: zeros.",
                {"between": lambda z, s: _repeated(z, s)[:, : s * (z.shape[1] - 1) + 1, : s * (z.shape[2] - 1) + 1]},
                {"between": _repeated, "cut": lambda a, z, w, s: _to_shape(a, conv_transpose(z, w, s).shape, s // 2, s // 2)},
                {"between": _repeated},
                see=STRIDE,
            ),
            Mistake("stride_divides", "The stride makes the result smaller here. It makes it larger.", {"between": lambda z, s: z, "cut": lambda a, z, w, s: a[:, ::s, ::s]}, see=TRANSPOSED),
            Mistake("size_times_stride", "The result is `stride` times as large as `z`. The last kernel reaches further, or less far.", {"cut": lambda a, z, w, s: _to_shape(a, (len(z), s * z.shape[1], s * z.shape[2], w.shape[3]), 0, 0)}, see=TRANSPOSED),
            Mistake("size_off_by_one_kernel", "The result is too large: the last kernel begins at `stride` times the last place, which is one less than their number.", {"cut": lambda a, z, w, s: _to_shape(a, (len(z), s * z.shape[1] + w.shape[1], s * z.shape[2] + w.shape[2], w.shape[3]), 0, 0)}, see=TRANSPOSED),
            Mistake("overwritten", "Where kernels overlap, only the last one is left: `=` where `+=` belongs.", lambda z, w, s: tensors.assigned(z, w, s, False), see=TRANSPOSED),
            Mistake("overwritten", "Where kernels overlap, only one of them is left: `=` where `+=` belongs.", lambda z, w, s: tensors.assigned(z, w, s, True), see=TRANSPOSED),
            Mistake("divided_by_coverage", "Where kernels overlap, they are averaged. They are added.", lambda z, w, s: conv_transpose(z, w, s) / np.maximum(conv_transpose(np.ones((*z.shape[:3], 1)), np.ones((1, *w.shape[1:3], 1)), s), 1), see=TRANSPOSED),
            Mistake("channels_not_summed", "Only the first channel of `z` is used.", {"through": lambda z, w: _stride_one(z[..., :1], w[:1])}, see=Section(5, "How do several channels combine?")),
            Mistake("channels_not_summed", "Only the last channel of `z` is left: `=` where `+=` belongs.", {"through": lambda z, w: _stride_one(z[..., -1:], w[-1:])}, see=Section(5, "How do several channels combine?")),
            Mistake("channels_exchanged", "The axes f and c are exchanged: kernel f belongs to channel f of `z`.", {"through": lambda z, w: _stride_one(z, w.transpose(3, 1, 2, 0))}, see=TRANSPOSED),
            Mistake("channels_exchanged", "The axes f and c are exchanged, and the kernels are turned: kernel f belongs to channel f of `z`.", {"through": lambda z, w: _stride_one(z, turned(w.transpose(3, 1, 2, 0)))}, see=TRANSPOSED),
            Mistake("one_axis_flipped", "The kernels' rows are in reverse order.", {"through": lambda z, w: _stride_one(z, w[:, ::-1])}, see=TRANSPOSED),
            Mistake("one_axis_flipped", "The kernels' columns are in reverse order.", {"through": lambda z, w: _stride_one(z, w[:, :, ::-1])}, see=TRANSPOSED),
            Mistake("kernel_transposed", "Rows and columns of the kernels are exchanged.", {"through": lambda z, w: _stride_one(z, w.transpose(0, 2, 1, 3))}, see=TRANSPOSED),
            Mistake("samples_mixed", "The samples are added up. Each has its own result.", lambda z, w, s: np.repeat(conv_transpose(z, w, s).sum(axis=0, keepdims=True), len(z), axis=0), see=TRANSPOSED),
            Mistake("only_one_sample", "Only the first sample is computed.", lambda z, w, s: conv_transpose(z[:1], w, s), see=TRANSPOSED),
            Mistake(
                "forward_for_transposed",
                "This is a forward pass: it makes the image smaller.",
                lambda z, w, s: convolution.conv2d(z, w.transpose(3, 1, 2, 0), stride=s),
                lambda z, w, s: convolution.conv2d(z, w, stride=s),
                see=TRANSPOSED,
            ),
            Mistake("shifted", "There are zeros in front of the first kernel, which begins at the first pixel.", lambda z, w, s: np.pad(conv_transpose(z, w, s), ((0, 0), (s - 1, 0), (s - 1, 0), (0, 0))), see=TRANSPOSED),
            Mistake("shifted", "There are zeros behind the last kernel: zeros stand between the numbers, and not after the last one.", lambda z, w, s: np.pad(conv_transpose(z, w, s), ((0, 0), (0, s - 1), (0, s - 1), (0, 0))), see=TRANSPOSED),
        ),
        level=3,
        minutes=15,
    ),
)  # fmt: skip

QUESTIONS = {
    "09-a": Question((14, 1), (
        ((14, 0), "The output is right. The last window begins at padded row 26 and ends at row 30; the padded image has 32 rows."),
        ((13, 1), "Both the first and the last place of the window count."),
        ((15, 0), "A window that does not fit is left out."),
        ((12, 1), "The padding is missing."),
        ((28, 0), "The stride is missing."),
        ((14, 2), "The windows step by 2: the remainder is less than that."),
    ), "A window of 5 has 28 places on a row of 32; every second of them is used."),
    "09-b": Question(1, (
        (0, "2 · 13 − 2 + 3 is 27."),
        (2, "An `output_padding` must be less than the stride."),
        (-1, "It is added: 2 · 13 − 2 + 3 is 27."),
    ), "Without it the transposed convolution makes 2 · 13 − 2 · 1 + 3 rows."),
}  # fmt: skip
