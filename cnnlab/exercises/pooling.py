"""Exercises of chapter 2: who receives the error of a pooling layer."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from cnnlab import pooling, reference
from cnnlab._checks import Array
from cnnlab.exercises._exercise import Apart, Arguments, Exercise, Mistake, Question, Section, whole

MAXIMUM = Section(2, "How is a maximum differentiated?")
TIES = Section(2, "Ties: which of two equal maxima gets the error?")
OVERLAP = Section(2, "Add, do not assign")
MEAN = Section(2, "Average pooling")
REST = Section(2, "What no window reaches")

Share = Callable[..., Array]  # of a window, its error, size and stride


def max_pool_backward(dp: Array, a: Array, size: int, stride: int) -> Array:
    """Give each error to the pixel that was the largest of its window."""
    da = np.zeros(a.shape)
    for x, y in np.ndindex(dp.shape):
        window = a[x * stride : x * stride + size, y * stride : y * stride + size]
        m, n = np.unravel_index(window.argmax(), window.shape)  # the first maximum, row by row
        da[x * stride + m, y * stride + n] += dp[x, y]
    return da


def avg_pool_backward(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
    """Give each pixel of a window its share of the error."""
    da = np.zeros(input_shape)
    for x, y in np.ndindex(dp.shape):
        da[x * stride : x * stride + size, y * stride : y * stride + size] += dp[x, y] / size**2
    return da


_GEOMETRY = [
    ((2, 2), 2, 2), ((1, 2), 1, 1), ((2, 4), 2, 2), ((3, 3), 2, 1), ((4, 3), 2, 2), ((5, 5), 3, 2), ((6, 6), 2, 2), ((7, 5), 2, 3), ((8, 6), 3, 1),
    ((9, 7), 3, 3),
]  # fmt: skip


def _count(image: tuple[int, int], size: int, stride: int) -> tuple[int, int]:
    return (image[0] - size) // stride + 1, (image[1] - size) // stride + 1


def _max_cases() -> list[Arguments]:
    rng = np.random.default_rng(4)
    cases: list[Arguments] = []
    for image, size, stride in _GEOMETRY:
        distinct = rng.permutation(np.arange(1.0, image[0] * image[1] + 1)).reshape(image)
        if len(cases) % 2:
            # All negative, and far: a search that begins at 0, or at some small number, shows.
            distinct -= image[0] * image[1] + (1 if len(cases) % 4 == 1 else 1000)
        errors = whole(rng, *_count(image, size, stride))
        # Where windows overlap, errors of one sign: else they may cancel, and a pixel that got two seems to have got none.
        cases.append((abs(errors) if stride < size else errors, distinct, size, stride))
    # Equal maxima come after distinct ones; they are 1, or 0, or below 0.
    ties = [((2, 2), 2, 2, 2), ((4, 5), 2, 2, 2), ((6, 5), 3, 1, 2), ((4, 4), 2, 2, 1), ((5, 6), 3, 1, 0)]
    return cases + [
        (
            whole(rng, *_count(image, size, stride)),
            rng.integers(top - 3, top, image).astype(float),
            size,
            stride,
        )
        for image, size, stride, top in ties
    ]


def _mean_cases() -> list[Arguments]:
    rng = np.random.default_rng(5)
    return [
        (size**2 * whole(rng, *_count(image, size, stride)), image, size, stride)
        for image, size, stride in _GEOMETRY
    ]


def _back(
    dp: Array,
    image: Array,
    size: int,
    stride: int,
    *,
    share: Share,
    keep: str = "added",
    step: Callable[[int, int], int] = lambda size, stride: stride,
    width: Callable[[int, int], int] = lambda size, stride: size,
    rows: Callable[..., int] = lambda count, *_: count,
    columns: Callable[..., int] = lambda count, *_: count,
    place: Callable[[int], int] = lambda start: start,
) -> Array:
    """Give `share(window, error, size, stride)` to the pixels of each window, however large the image is.

    `keep` says what happens where windows overlap: errors are "added", or the later window wins as a "whole", or
    only in the "pixels" that get something. `rows` and `columns` say how many windows there are, and `place` where one begins.
    """
    da = np.zeros(image.shape)
    height, breadth = (
        rows(dp.shape[0], image.shape[0], size, stride),
        columns(dp.shape[1], image.shape[1], size, stride),
    )
    for x, y in np.ndindex(height, breadth):
        u, v = x * step(size, stride), y * step(size, stride)
        across, down = slice(u, u + width(size, stride)), slice(v, v + width(size, stride))
        if not image[across, down].size:
            continue  # slices beyond the image are empty
        part = share(image[across, down], dp[x, y], size, stride)
        target = da[place(u) :, place(v) :][: part.shape[0], : part.shape[1]]
        part = part[: target.shape[0], : target.shape[1]]
        if keep == "added":
            target += part
        else:
            target[...] = np.where((part != 0) | (keep == "whole"), part, target)
    return da


def _max_variant(dp: Array, a: Array, size: int, stride: int, **choice: Any) -> Array:
    return _back(dp, a, size, stride, **{"share": _first, **choice})


def _mean_variant(dp: Array, input_shape: tuple[int, int], size: int, stride: int, **choice: Any) -> Array:
    return _back(dp, np.zeros(input_shape), size, stride, **{"share": _per(lambda n, s, w: n * n), **choice})


def _first(window: Array, error: float, *_: int) -> Array:
    return np.where(np.arange(window.size).reshape(window.shape) == window.argmax(), error, 0)


def _last(window: Array, error: float, *_: int) -> Array:
    return _first(window[::-1, ::-1], error)[::-1, ::-1]


def _every(window: Array, error: float, *_: int) -> Array:
    return np.where(window == window.max(), error, 0)


def _per(count: Callable[[int, int, Array], float]) -> Share:
    """Return the share that divides the error by `count(size, stride, window)`, for each pixel of the window."""
    return lambda window, error, size, stride: np.full(window.shape, error / count(size, stride, window))


def _one(m: int, n: int, divisor: Callable[[int], int]) -> Share:
    """Return the share that gives something to one pixel of the window, whichever is the largest."""

    def share(window: Array, error: float, size: int, stride: int) -> Array:
        part = np.zeros(window.shape)
        part[m, n] = error / divisor(size)
        return part

    return share


def _split_by(length: Callable[[int, int], int]) -> Share:
    """Return the share that takes row and column of the maximum by another length of a window's row."""

    def share(window: Array, error: float, size: int, stride: int) -> Array:
        m, n = divmod(int(window.argmax()), length(size, stride))
        part = np.zeros((m + 1, n + 1))
        part[m, n] = error
        return part

    return share


def _one_less(count: int, *_: int) -> int:
    return count - 1


def _but_the_last_fit(count: int, length: int, size: int, stride: int) -> int:
    """Count the starts of `range(0, length - size, stride)`."""
    return min(count, -((size - length) // stride))


def _found_in_image(dp: Array, a: Array, size: int, stride: int, every: bool = False) -> Array:
    """Look for each window's maximum in the whole image."""
    da = np.zeros(a.shape)
    for x, y in np.ndindex(dp.shape):
        window = a[x * stride : x * stride + size, y * stride : y * stride + size]
        places = np.argwhere(a == window.max())
        for u, v in places if every else places[:1]:
            da[u, v] += dp[x, y]
    return da


def _counted_in_window(dp: Array, a: Array, size: int, stride: int) -> Array:
    """Use a place counted inside the window as one counted in the image."""
    da = np.zeros(a.shape)
    for x, y in np.ndindex(dp.shape):
        window = a[x * stride : x * stride + size, y * stride : y * stride + size]
        da.flat[window.argmax()] += dp[x, y]
    return da


def _coverage(shape: tuple[int, ...], outputs: tuple[int, ...], size: int, stride: int) -> Array:
    """Count the windows over each pixel, 1 where there is none."""
    return np.maximum(_back(np.ones(outputs), np.zeros(shape), size, stride, share=_per(lambda *_: 1)), 1)


def _cropped(da: Array, dp: Array, size: int, stride: int) -> Array:
    return da[: (dp.shape[0] - 1) * stride + size, : (dp.shape[1] - 1) * stride + size]


def _padded_front(da: Array, dp: Array, size: int, stride: int) -> Array:
    """Move the remainder to the front."""
    inner = _cropped(da, dp, size, stride)
    return np.pad(inner, ((da.shape[0] - inner.shape[0], 0), (da.shape[1] - inner.shape[1], 0)))


def _repeated(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
    """Enlarge the errors as pixels."""
    return np.repeat(np.repeat(dp, size, axis=0), size, axis=1)


_TIES = Apart(
    "ties",
    "Right wherever the largest entry of a window stands alone, and wrong where two are equal. Which of them was taken?",
    "And where two entries of a window are equally large, it is wrong besides: which of them was taken?",
    lambda dp, a, size, stride: any(
        (window == window.max()).sum() > 1
        for x, y in np.ndindex(dp.shape)
        for window in [a[x * stride : x * stride + size, y * stride : y * stride + size]]
    ),
)

_SIDE_BY_SIDE = Apart(
    "only_side_by_side",
    "Right where the windows lie side by side (`stride` = `size`), and wrong elsewhere: one stands for the other somewhere.",
    "Where the windows do not lie side by side (`stride` is not `size`), something else is wrong besides.",
    lambda d, image, size, stride: size != stride,
)

# Which windows there are: the same for a maximum and for a mean.
_WINDOWS = (
    Mistake("stride_is_size", "The windows step by their size. They step by `stride`.", {"step": lambda size, stride: size}),
    Mistake("stride_is_one", "The windows step by one pixel. They step by `stride`.", {"step": lambda size, stride: 1}),
    Mistake("window_is_stride", "The windows are as large as the stride. They have `size` × `size` pixels.", {"width": lambda size, stride: stride}),
    Mistake("last_window_missing", "The last row and the last column of windows are left out: a range ends one too early.", {"rows": _one_less, "columns": _one_less}, see=REST),
    Mistake("last_window_missing", "The last row of windows is left out: a range ends one too early.", {"rows": _one_less}, see=REST),
    Mistake("last_window_missing", "The last column of windows is left out: a range ends one too early.", {"columns": _one_less}, see=REST),
    Mistake("last_window_missing", "A window that ends exactly with the image is left out: a range ends one too early.", {"rows": _but_the_last_fit, "columns": _but_the_last_fit}, see=REST),
    Mistake("shifted_by_one", "Every window begins one pixel too late: indices start at 0.", {"place": lambda start: start + 1}),
)  # fmt: skip

EXERCISES = (
    Exercise(
        solution=max_pool_backward,
        title="Back through a maximum",
        task="""
The forward pass took the largest entry of each window of `size` × `size` pixels of an image `a` (H, W).
The windows step by `stride`, which may be smaller or larger than `size`; only whole windows count.
`dp` (PH, PW) is the gradient by what was taken; return the gradient by `a`, of shape (H, W).
If several entries of a window are the largest, the first of them in row-major order was taken.
`size` and `stride` are whole numbers, the same for rows and columns.
""",
        hints=(
            "Move one pixel of a window a little. When does the window's maximum move with it, and how far?",
            "So one pixel of each window gets the whole error. Which one, if two are equal? And if two windows choose the same pixel?",
            "`window.argmax()` is the first maximum in row-major order, counted inside the window; `np.unravel_index` makes a place of it.",
        ),
        cases=_max_cases,
        see=Section(2, "Max pooling"),
        answers=(pooling.max_pool2d_backward, reference.max_pool2d_backward),
        variant=_max_variant,
        apart=(_TIES, _SIDE_BY_SIDE),
        mistakes=(
            Mistake("starts_at_zero", "The search for the largest pixel begins at 0: of a window with negative pixels only, it finds the wrong one.", {"share": lambda window, error, *_: _first(np.maximum(window, 0), error)}),
            Mistake("starts_at_zero", "The search for the largest pixel begins at 0: of a window with negative pixels only, it finds none.", {"share": lambda window, error, *_: _first(window, error) * (window.max() > 0)}),
            Mistake("every_maximum", "Where two entries of a window are equally large, both get the whole error. Only one of them was taken.", {"share": _every}, see=TIES),
            Mistake("shared_at_ties", "Where two entries of a window are equally large, they share the error. Here the first of them was taken.", {"share": lambda window, error, *_: _every(window, error) / (window == window.max()).sum()}, see=TIES),
            Mistake("last_maximum", "Of two equal maxima the last one gets the error. The first in row-major order was taken.", {"share": _last}, see=TIES),
            Mistake("first_in_columns", "Of two equal maxima the first one column by column gets the error. The order is row by row.", {"share": lambda window, error, *_: _first(window.T, error).T}, see=TIES),
            Mistake("overwritten", "Where windows overlap, the later one wipes out what the earlier one gave.", {"keep": "whole"}, see=OVERLAP),
            Mistake("overwritten", "Where two windows choose the same pixel, only the later error is kept: `=` where `+=` belongs.", {"keep": "pixels"}, see=OVERLAP),
            *_WINDOWS,
            Mistake("split_by_the_stride", "The number of the maximum is split into row and column by the wrong length. It counts inside a window: how long is a row of that?", {"share": _split_by(lambda size, stride: stride)}, {"share": _split_by(lambda size, stride: size + 1)}),
            Mistake("place_in_window", "The place of the maximum is counted inside its window, and used as a place in the image.", {"place": lambda start: 0}, _counted_in_window),
            Mistake("found_in_image", "The maximum of a window is looked for in the whole image: an equal pixel outside of the window gets its error.", _found_in_image, functools.partial(_found_in_image, every=True), see=TIES),
            Mistake("spread_evenly", "The error is spread over the window, as a mean does. A maximum depends on one pixel only.", {"share": _per(lambda size, stride, window: window.size)}, see=MAXIMUM),
            Mistake("given_to_all", "All pixels of a window get its error. A maximum depends on one pixel only.", {"share": _per(lambda *_: 1)}, see=MAXIMUM),
            Mistake("rows_and_columns_swapped", "The place of the maximum is right, but its row and column are exchanged.", {"share": lambda window, error, *_: _first(window, error).T}),
            Mistake("one_pixel_only", "The first pixel of each window gets the error, whichever is the largest.", {"share": _one(0, 0, lambda size: 1)}, see=MAXIMUM),
            Mistake("times_the_maximum", "The error is multiplied by the pixel. The slope of a maximum by its largest entry is 1.", {"share": lambda window, error, *_: _first(window, error) * window}, see=MAXIMUM),
            Mistake("mask_for_gradient", "This counts how often a pixel was taken. It should add up the errors of those windows.", {"share": lambda window, error, *_: _first(window, 1.0)}),
            Mistake("mask_for_gradient", "The errors do not come in: this counts how often a pixel was among the largest.", {"share": lambda window, error, *_: _every(window, 1.0)}),
            Mistake("values_for_gradient", "The maxima are put back. It is their errors that go back.", {"share": lambda window, error, *_: _first(window, window.max())}),
            Mistake("smallest_pixel", "The smallest pixel of each window gets the error.", {"share": lambda window, error, *_: _first(-window, error)}),
            Mistake("in_proportion", "The error is spread in proportion to the pixels. A maximum depends on one pixel only.", {"share": lambda window, error, *_: error * window / window.sum()}, see=MAXIMUM),
            Mistake("largest_size", "The pixel that is farthest from 0 gets the error; of negative pixels, the one nearest to 0 is the largest.", {"share": lambda window, error, *_: _first(abs(window), error)}),
            Mistake("divided_by_window", "Each error is divided by the number of pixels in a window, as for a mean. One pixel gets all of it.", {"share": lambda window, error, size, stride: _first(window, error) / size**2}, see=MAXIMUM),
            Mistake("divided_by_coverage", "Where windows overlap, the errors are averaged. A pixel adds up what all its windows give.", lambda dp, a, size, stride: max_pool_backward(dp, a, size, stride) / _coverage(a.shape, dp.shape, size, stride), see=OVERLAP),
            Mistake("remainder_dropped", "Pixels that no window reaches are missing. They get 0, and the result has the shape of the image.", lambda dp, a, size, stride: _cropped(max_pool_backward(dp, a, size, stride), dp, size, stride), see=REST),
            Mistake("largest_of_image", "The largest pixel of the whole image gets everything. Each window has a maximum of its own.", lambda dp, a, size, stride: _first(a, float(dp.sum()))),
            Mistake("rows_and_columns_swapped", "Rows and columns are exchanged.", lambda dp, a, size, stride: max_pool_backward(dp, a.T, size, stride).T),
        ),
        level=2,
        minutes=15,
    ),
    Exercise(
        solution=avg_pool_backward,
        title="Back through a mean",
        task="""
The same with the mean of each window of `size` × `size` pixels, windows stepping by `stride` (smaller or larger than `size`).
`dp` (PH, PW) is the gradient by the means; `input_shape` is (H, W), the shape of the image.
Return the gradient by the image, of this shape.
""",
        hints=(
            "By how much does the mean of four numbers change if one of them grows by 1?",
            "Each pixel of a window gets the same share. What if a pixel lies under two windows, or under none?",
            "Begin with zeros of `input_shape`, and add `dp[x, y] / size**2` to each window.",
        ),
        cases=_mean_cases,
        see=MEAN,
        answers=(pooling.avg_pool2d_backward, reference.avg_pool2d_backward),
        variant=_mean_variant,
        apart=(_SIDE_BY_SIDE,),
        mistakes=(
            Mistake("not_divided", "Every pixel of a window gets the whole error. By how much does a mean of four change if one of them grows by 1?", {"share": _per(lambda *_: 1)}),
            Mistake("divided_by_size", "The error is divided by the size of a window along one axis. How many pixels share it?", {"share": _per(lambda size, stride, window: size)}),
            Mistake("divided_by_stride", "The error is divided by the square of the stride. How many pixels has a window?", {"share": _per(lambda size, stride, window: stride**2)}),
            Mistake("divided_twice", "The error is divided twice by the number of pixels.", {"share": _per(lambda size, stride, window: size**4)}),
            Mistake("multiplied", "The error is multiplied by the number of pixels; it should be divided.", {"share": _per(lambda size, stride, window: size**-2.0)}),
            Mistake("error_missing", "Every pixel gets the same share, whatever the error of its window is.", {"share": lambda window, error, size, stride: np.full(window.shape, 1 / size**2)}),
            Mistake("overwritten", "Where windows overlap, only the last one counts: `=` where `+=` belongs.", {"keep": "whole"}, see=OVERLAP),
            Mistake("divided_by_coverage", "Where windows overlap, their shares are averaged. A pixel adds up what all its windows give.", lambda dp, shape, size, stride: avg_pool_backward(dp, shape, size, stride) / _coverage(shape, dp.shape, size, stride), see=OVERLAP),
            Mistake("divided_by_coverage", "The errors over a pixel are averaged. A pixel gets a share of each of its windows, and adds them up.", lambda dp, shape, size, stride: size**2 * avg_pool_backward(dp, shape, size, stride) / _coverage(shape, dp.shape, size, stride), see=OVERLAP),
            *_WINDOWS,
            Mistake("enlarged", "Each error is enlarged to `size` × `size` pixels, side by side. Windows step by `stride`: they may overlap, or leave gaps.", lambda *args: _repeated(*args) / args[2] ** 2),
            Mistake("enlarged", "Each error is enlarged to `size` × `size` pixels, and not divided: every pixel of a window gets a share.", _repeated),
            Mistake("divided_by_stride", "The windows are as large as the stride, and so is what the error is divided by. They have `size` × `size` pixels.", {"share": _per(lambda size, stride, window: stride**2), "width": lambda size, stride: stride}),
            Mistake("one_pixel_only", "Only the first pixel of each window gets its share.", {"share": _one(0, 0, lambda size: size**2)}),
            Mistake("one_pixel_only", "The first pixel of each window gets the whole error. All pixels of a window share it.", {"share": _one(0, 0, lambda size: 1)}),
            Mistake("one_pixel_only", "Only the last pixel of each window gets its share.", {"share": _one(-1, -1, lambda size: size**2)}),
            Mistake("remainder_dropped", "Pixels that no window reaches are missing. They get 0, and the result has the shape of the image.", lambda dp, shape, size, stride: _cropped(avg_pool_backward(dp, shape, size, stride), dp, size, stride), see=REST),
            Mistake("remainder_in_front", "The pixels that no window reaches are taken to be the first ones. The windows begin at the first pixel.", lambda dp, shape, size, stride: _padded_front(avg_pool_backward(dp, shape, size, stride), dp, size, stride), see=REST),
            Mistake("divided_by_image", "The error is divided by the number of pixels of the image. How many has a window?", lambda dp, shape, size, stride: avg_pool_backward(dp, shape, size, stride) * size**2 / (shape[0] * shape[1])),
            Mistake("divided_by_outputs", "The error is divided by the number of windows. How many pixels has one?", lambda dp, shape, size, stride: avg_pool_backward(dp, shape, size, stride) * size**2 / dp.size),
            Mistake("spread_over_image", "All errors are spread over the whole image. Each belongs to one window.", lambda dp, shape, size, stride: np.full(shape, dp.sum() / (shape[0] * shape[1]))),
            Mistake("rows_and_columns_swapped", "Rows and columns are exchanged.", lambda dp, shape, size, stride: avg_pool_backward(dp, shape[::-1], size, stride)),
        ),
        level=1,
        minutes=10,
    ),
)  # fmt: skip

QUESTIONS = {
    "02-a": Question((8, 0, 0, 0), (
        ((8, 0, 8, 0), "That is the mask: both maxima get the whole error. Only the first one was taken."),
        ((4, 0, 4, 0), "That is equal shares, or a central difference. Here the first maximum was taken."),
        ((0, 0, 8, 0), "Of two equal maxima, the first one was taken."),
        ((2, 2, 2, 2), "That is what a mean hands back."),
    ), "Which of the two entries of 4 comes first?"),
    "02-b": Question((1, 2, 9), (
        ((9, 18, 81), "Each pixel of a window gets a ninth of its error."),
        ((1, 1, 1), "A pixel adds up what all its windows give."),
        ((9, 9, 9), "Each pixel of a window gets a ninth of its error, and a pixel may lie in several windows."),
        ((1, 2, 4), "How many 3×3 windows of a 5×5 image cover its centre?"),
        ((1, 2, 3), "Rows and columns: three choices for each."),
    ), "A ninth of 9 is 1. In how many windows does each of the three pixels lie?"),
}  # fmt: skip
