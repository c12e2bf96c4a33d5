"""Exercises of chapter 8: the matrix of windows, and back to the pixels."""

from collections.abc import Callable

import numpy as np

from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section, whole

MATRIX = Section(8, "The matrix of windows")
BACK = Section(8, "Back to the pixels")
ADD = Section(8, "Is it `=` or `+=` in col2im?")
ORDERS = Section(8, "A trap: two orders of columns")

Pair = tuple[int, int]
Four = tuple[int, int, int, int]


def im2col(a: Array, size: Pair) -> Array:
    """Write the pixels that an offset meets, for all windows at once, side by side for all offsets."""
    height, width = a.shape[1] - size[0] + 1, a.shape[2] - size[1] + 1
    columns = [a[:, m : m + height, n : n + width] for m, n in np.ndindex(size)]
    return np.concatenate(columns, axis=3).reshape(len(a) * height * width, -1)


def col2im(columns: Array, input_shape: Four, size: Pair) -> Array:
    """Add the columns of each offset to the pixels that they came from."""
    samples, height, width, channels = input_shape
    height, width = height - size[0] + 1, width - size[1] + 1
    pieces = columns.reshape(samples, height, width, *size, channels)
    da = np.zeros(input_shape)
    for m, n in np.ndindex(size):
        da[:, m : m + height, n : n + width] += pieces[:, :, :, m, n]
    return da


_SIZES = [
    ((1, 1, 2, 1), (1, 2)), ((1, 1, 3, 1), (1, 2)), ((1, 2, 2, 1), (1, 2)), ((1, 1, 3, 2), (1, 2)), ((2, 1, 3, 1), (1, 2)), ((1, 3, 3, 1), (2, 2)),
    ((2, 3, 4, 2), (2, 2)), ((2, 5, 4, 3), (3, 2)), ((1, 4, 4, 2), (2, 3)), ((2, 4, 4, 3), (2, 2)), ((1, 4, 6, 2), (2, 3)), ((3, 4, 4, 1), (3, 3)),
]  # fmt: skip


def _cases() -> list[Arguments]:
    rng = np.random.default_rng(13)
    return [(whole(rng, *shape), size) for shape, size in _SIZES]


def _back_cases() -> list[Arguments]:
    rng = np.random.default_rng(14)
    return [(whole(rng, *_matrix_shape(shape, size)), shape, size) for shape, size in _SIZES]


def _matrix_shape(shape: Four, size: Pair) -> Pair:
    return shape[0] * (shape[1] - size[0] + 1) * (shape[2] - size[1] + 1), size[0] * size[1] * shape[3]


def _six_axes(shape: Four, size: Pair) -> dict[str, int]:
    """Return the lengths of sample, row, column, m, n and c."""
    return dict(
        zip(
            "ixymnc", (shape[0], shape[1] - size[0] + 1, shape[2] - size[1] + 1, *size, shape[3]), strict=True
        )
    )


def _matrix_variant(
    a: Array,
    size: Pair,
    *,
    rows: str = "ixy",
    columns: str = "mnc",
    turn: Pair = (1, 1),
    pixels: Callable[[Array], Array] = lambda a: a,
    then: Callable[[Array], Array] = lambda matrix: matrix,
    flat: bool = True,
) -> Array:
    """Write the matrix of windows; the order of rows and columns, and how windows lie, are choices."""
    a = pixels(a)
    lengths = _six_axes(a.shape, size)
    six = im2col(a, size).reshape(*lengths.values())[:, :, :, :: turn[0], :: turn[1]]
    moved = np.einsum(f"ixymnc->{rows}{columns}", six)
    if not flat:
        return then(moved)
    return then(moved.reshape(np.prod([lengths[k] for k in rows]), -1))


def _six(a: Array, size: Pair, order: str) -> Array:
    """Reshape the six axes, in another order, as if they stood in the right one."""
    lengths = _six_axes(a.shape, size)
    six = im2col(a, size).reshape(*lengths.values())
    return np.einsum(f"ixymnc->{order}", six).reshape(len(a) * lengths["x"] * lengths["y"], -1)


def _back_variant(
    matrix: Array,
    shape: Four,
    size: Pair,
    *,
    rows: str = "ixy",
    columns: str = "mnc",
    turn: Pair = (1, 1),
    keep: str = "added",
    last: int = 0,
) -> Array:
    """Put the matrix back; how it is read, how windows lie and what overlapping ones do are choices."""
    lengths = _six_axes(shape, size)
    six = matrix.reshape([lengths[letter] for letter in rows + columns])
    six = np.einsum(f"{rows}{columns}->ixymnc", six)[:, :, :, :: turn[0], :: turn[1]]
    da = np.full(shape, -np.inf) if keep == "largest" else np.zeros(shape)
    height, width = lengths["x"] - last, lengths["y"] - last
    if keep == "last window":
        for x, y in np.ndindex(height, width):
            da[:, x : x + size[0], y : y + size[1]] = six[:, x, y]
        return da
    for m, n in np.ndindex(size):
        piece, new = da[:, m : m + height, n : n + width], six[:, :height, :width, m, n]
        if keep == "largest":
            np.maximum(piece, new, out=piece)
        else:
            piece[...] = new + (0 if keep == "last offset" else piece)
    return da / _windows_over(shape, size) if keep == "averaged" else da


def _windows_over(shape: Four, size: Pair) -> Array:
    """Count the windows over each pixel."""
    return col2im(np.ones(_matrix_shape(shape, size)), shape, size)


def _first_channel(columns: Array, shape: Four, size: Pair) -> Array:
    da = col2im(columns, shape, size)
    return np.repeat(da[..., :1], shape[3], axis=3)


def _orders(verb: str) -> tuple[Mistake, ...]:
    """Return the other orders of the matrix, which im2col may write and col2im may read."""
    right = "Here it is (m, n, c)."
    return (
        Mistake("channels_before_offsets", f"The columns {verb} the order (c, m, n). {right}", {"columns": "cmn"}, see=ORDERS),
        Mistake("offsets_exchanged", f"The columns {verb} the order (n, m, c): rows and columns of the window are exchanged.", {"columns": "nmc"}, see=ORDERS),
        Mistake("offsets_exchanged", f"The columns {verb} the order (m, c, n). {right}", {"columns": "mcn"}, see=ORDERS),
        Mistake("channels_before_offsets", f"The columns {verb} the order (c, n, m), as in Fortran or MATLAB. {right}", {"columns": "cnm"}, {"columns": "ncm"}, see=ORDERS),
        Mistake("places_exchanged", f"The rows {verb} the order (sample, column, row) of the places.", {"rows": "iyx"}, see=ORDERS),
        Mistake("samples_last", f"The rows {verb} the order (row, column, sample): the samples come first.", {"rows": "xyi"}, {"rows": "yxi"}, see=ORDERS),
    )  # fmt: skip


EXERCISES = (
    Exercise(
        solution=im2col,
        title="The matrix of windows",
        task="""
Write the matrix of windows of images `a` (N, H, W, C), for windows of `size` = (KH, KW) and stride 1.
It has one row for each window, in the order (sample, row, column) of the window's place, and one column for each (m, n, c), in this order.
The result has the shape (N · OH · OW, KH · KW · C).
""",
        hints=(
            "Write it out for a single row of three pixels and windows of two: two rows of two numbers.",
            "All windows at one offset (m, n) are a rectangle of the image. That gives a column, or C of them.",
            "Join these rectangles along the last axis, offset by offset; then a reshape makes rows of the places.",
        ),
        cases=_cases,
        see=MATRIX,
        variant=_matrix_variant,
        mistakes=(
            *_orders("have"),
            Mistake("matrix_transposed", "Each window is a column. Here it is a row.", {"then": lambda matrix: matrix.T}, see=MATRIX),
            Mistake("matrix_reshaped", "A reshape has been used for a transposition: it counts on through the numbers as they lie.", lambda a, size: im2col(a, size).T.reshape(im2col(a, size).shape), see=Section(5, "Reshape instead of transpose")),
            Mistake("matrix_reshaped", "A reshape has been used for a transposition: it counts on through the numbers as they lie, and mixes windows.", *(lambda a, size, order=order: _six(a, size, order) for order in ("imncxy", "imnxyc", "icmnxy", "mncixy", "mnixyc", "icxymn", "cimnxy")), see=Section(5, "Reshape instead of transpose")),
            Mistake("window_rotated", "Each window is turned by 180°.", {"turn": (-1, -1)}, see=MATRIX),
            Mistake("one_axis_flipped", "Each window has its rows, or its columns, in reverse order.", {"turn": (-1, 1)}, {"turn": (1, -1)}, see=MATRIX),
            Mistake("window_is_all_reversed", "Each row is in reverse order.", lambda a, size: im2col(a, size)[:, ::-1], see=MATRIX),
            Mistake("last_place_missing", "One row and one column of windows too few.", {"pixels": lambda a: a[:, :-1, :-1]}, see=Section(0, "Where the kernel may lie")),
            Mistake("last_place_missing", "One row of windows too few.", {"pixels": lambda a: a[:, :-1]}, see=Section(0, "Where the kernel may lie")),
            Mistake("last_place_missing", "One column of windows too few.", {"pixels": lambda a: a[:, :, :-1]}, see=Section(0, "Where the kernel may lie")),
            Mistake("windows_not_overlapping", "The windows step by their size. Here they step by one pixel.", lambda a, size: np.concatenate([im2col(a[:, x : x + size[0], y : y + size[1]], size)[None] for x in range(0, a.shape[1] - size[0] + 1, size[0]) for y in range(0, a.shape[2] - size[1] + 1, size[1])], axis=0).transpose(1, 0, 2).reshape(-1, size[0] * size[1] * a.shape[3]), see=MATRIX),
            Mistake("size_exchanged", "The windows have KW rows and KH columns.", lambda a, size: im2col(a, size[::-1]), see=Section(0, "Rows and columns exchanged")),
            Mistake(
                "padded",
                "There are windows over the rim of the image. They lie wholly inside.",
                lambda a, size: im2col(np.pad(a, ((0, 0), (size[0] - 1,) * 2, (size[1] - 1,) * 2, (0, 0))), size),
                lambda a, size: im2col(np.pad(a, ((0, 0), ((size[0] - 1) // 2, size[0] // 2), ((size[1] - 1) // 2, size[1] // 2), (0, 0))), size),
                see=MATRIX,
            ),
            Mistake("not_flattened", "The numbers are right, but the result is no matrix yet.", lambda a, size: im2col(a, size).reshape(len(a), a.shape[1] - size[0] + 1, a.shape[2] - size[1] + 1, -1), see=MATRIX),
            Mistake("not_flattened", "The numbers are right, but the samples have an axis of their own. All windows of all samples are rows of one matrix.", lambda a, size: im2col(a, size).reshape(len(a), (a.shape[1] - size[0] + 1) * (a.shape[2] - size[1] + 1), -1), see=MATRIX),
            Mistake("only_one_sample", "Only the first sample is there.", {"pixels": lambda a: a[:1]}, see=MATRIX),
            Mistake("only_one_channel", "Only the first channel is there.", {"pixels": lambda a: a[..., :1]}, see=MATRIX),
            Mistake("channels_summed", "The channels are added up. Each has columns of its own.", {"pixels": lambda a: a.sum(axis=3, keepdims=True)}, see=MATRIX),
        ),
        level=2,
        minutes=15,
    ),
    Exercise(
        solution=col2im,
        title="Back to the pixels",
        task="""
Write the transpose of im2col as a linear map.
`columns` (N · OH · OW, KH · KW · C) has the order of the exercise before; `input_shape` is (N, H, W, C), `size` is (KH, KW).
Return an array of `input_shape`: each entry is added to the pixel that it came from.
""",
        hints=(
            "In how many windows does a pixel lie? So how many entries come back to it, and what is done with them?",
            "Give the matrix its six axes back: sample, row, column, m, n, c.",
            "For one offset, a piece of shape (N, OH, OW, C) is added to a rectangle of the image.",
        ),
        cases=_back_cases,
        see=BACK,
        variant=_back_variant,
        matrices=("columns",),
        mistakes=(
            Mistake("overwritten", "Each pixel keeps only what its last window gave: `=` where `+=` belongs.", {"keep": "last window"}, see=ADD),
            Mistake("overwritten", "Each pixel keeps only what its last offset gave: `=` where `+=` belongs.", {"keep": "last offset"}, see=ADD),
            Mistake("divided_by_coverage", "Each pixel gets the mean of what comes back. That undoes im2col; its transpose adds.", {"keep": "averaged"}, see=ADD),
            *_orders("are read in"),
            Mistake("matrix_transposed", "The matrix is read as if each window were a column. It is a row.", {"rows": "mnc", "columns": "ixy"}, see=BACK),
            Mistake("window_rotated", "Each window comes back turned by 180°.", {"turn": (-1, -1)}, see=BACK),
            Mistake("one_axis_flipped", "Each window comes back with its rows in reverse order.", {"turn": (-1, 1)}, see=BACK),
            Mistake("one_axis_flipped", "Each window comes back with its columns in reverse order.", {"turn": (1, -1)}, see=BACK),
            Mistake("only_one_sample", "Only the first sample comes back.", lambda c, shape, size: col2im(c[: len(c) // shape[0]], (1, *shape[1:]), size), see=BACK),
            Mistake("samples_mixed", "The samples are added up. Each has pixels of its own.", lambda c, shape, size: np.repeat(col2im(c, shape, size).sum(axis=0, keepdims=True), shape[0], axis=0), see=BACK),
            Mistake("only_one_channel", "All channels get what belongs to the first.", _first_channel, see=BACK),
            Mistake("channels_summed", "The channels are added up. Each has pixels of its own.", lambda c, shape, size: np.repeat(col2im(c, shape, size).sum(axis=3, keepdims=True), shape[3], axis=3), see=BACK),
            Mistake("last_window_missing", "The last row and column of windows do not come back: a range ends one too early.", {"last": 1}, see=BACK),
            Mistake("first_of_window", "Only the first entry of each window comes back.", lambda c, shape, size: np.pad(c.reshape(shape[0], shape[1] - size[0] + 1, shape[2] - size[1] + 1, *size, shape[3])[:, :, :, 0, 0], ((0, 0), (0, size[0] - 1), (0, size[1] - 1), (0, 0))), see=BACK),
            Mistake("largest_for_sum", "Each pixel keeps the largest of what comes back. All of it is added.", {"keep": "largest"}, see=ADD),
            Mistake("matrix_reshaped", "The matrix is read in the wrong order of its axes: a reshape counts on through the numbers as they lie.", *({"rows": order[:3], "columns": order[3:]} for order in ("imncxy", "icmnxy", "imnxyc", "mnixyc", "cimnxy")), see=Section(5, "Reshape instead of transpose")),
        ),
        level=3,
        minutes=15,
    ),
)  # fmt: skip


QUESTIONS = {
    "08-a": Question((21632, 144), (
        ((144, 21632), "Each window is a row."),
        ((25088, 144), "There are 26 places along an axis of 28, not 28."),
        ((21632, 9), "Each window has 16 channels."),
        ((676, 144), "All 32 images are in one matrix."),
        ((21632, 16), "Each window has 3 · 3 pixels."),
    ), "One row for each place of each image: 32 · 26 · 26."),
    "08-b": Question((1, 2, 2, 1), (
        ((1, 1, 1, 1), "That would be the inverse. col2im adds, and does not average."),
        ((2, 2, 2, 2), "The first pixel and the last one lie in a single window."),
        ((1, 2, 1), "There are four pixels."),
    ), "In how many windows of two does each of the four pixels lie?"),
}  # fmt: skip
