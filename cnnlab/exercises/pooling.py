"""Exercises of chapter 2: who receives the error of a pooling layer."""

from collections.abc import Callable, Iterator

import numpy as np

from cnnlab import pooling, reference
from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section, whole
from cnnlab.exercises._planar import misplaced

MAXIMUM = Section(2, "How is a maximum differentiated?")
TIES = Section(2, "Ties: which of two equal maxima gets the error?")
OVERLAP = Section(2, "Add, do not assign")
MEAN = Section(2, "Average pooling")
REST = Section(2, "What no window reaches")

Window = tuple[int, int, slice, slice]


def max_pool_backward(dp: Array, a: Array, size: int, stride: int) -> Array:
    """Give each error to the pixel that was the largest of its window."""
    da = np.zeros_like(a)
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
    ((2, 2), 2, 2), ((1, 2), 1, 1), ((2, 4), 2, 2), ((3, 3), 2, 1), ((4, 3), 2, 2), ((5, 5), 3, 2), ((7, 5), 2, 3), ((8, 6), 3, 1),
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
        cases.append((whole(rng, *_count(image, size, stride)), distinct, size, stride))
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


def _windows(shape: tuple[int, ...], size: int, stride: int) -> Iterator[Window]:
    """Yield x, y and the rows and columns of the window there."""
    for x, y in np.ndindex(*shape):
        u, v = x * stride, y * stride
        yield x, y, slice(u, u + size), slice(v, v + size)


def _by_window(share: Callable[[Array, float], Array]) -> Callable[[Array, Array, int, int], Array]:
    """Return the backward pass that gives `share(window, error)` to the pixels of each window."""

    def backward(dp: Array, a: Array, size: int, stride: int) -> Array:
        da = np.zeros_like(a)
        for x, y, rows, columns in _windows(dp.shape, size, stride):
            da[rows, columns] += share(a[rows, columns], dp[x, y])
        return da

    return backward


def _assigned(
    share: Callable[[Array, float], Array], whole_window: bool
) -> Callable[[Array, Array, int, int], Array]:
    """Return the same with = for +=: for whole windows, or for the pixels that get something."""

    def backward(dp: Array, a: Array, size: int, stride: int) -> Array:
        da = np.zeros_like(a)
        for x, y, rows, columns in _windows(dp.shape, size, stride):
            part = share(a[rows, columns], dp[x, y])
            da[rows, columns] = part if whole_window else np.where(part != 0, part, da[rows, columns])
        return da

    return backward


def _first(window: Array, error: float) -> Array:
    return np.where(np.arange(window.size).reshape(window.shape) == window.argmax(), error, 0)


def _last(window: Array, error: float) -> Array:
    return _first(window[::-1, ::-1], error)[::-1, ::-1]


def _other_stride(backward: Callable[..., Array], choose: Callable[[int, int], int]) -> Callable[..., Array]:
    """Return a backward pass that steps by another stride, as far as its windows fit."""

    def wrong(dp: Array, a: Array, size: int, stride: int) -> Array:
        step = choose(size, stride)
        shape = a.shape if isinstance(a, np.ndarray) else a
        rows, columns = ((n - size) // step + 1 for n in shape)
        if rows < dp.shape[0] or columns < dp.shape[1]:
            raise IndexError("the windows leave the image")
        return backward(dp, a, size, step)

    return wrong


def _in_window(dp: Array, a: Array, size: int, stride: int) -> Array:
    """Use a place inside the window as a place in the image."""
    da = np.zeros_like(a)
    for x, y, rows, columns in _windows(dp.shape, size, stride):
        m, n = np.unravel_index(a[rows, columns].argmax(), (size, size))
        da[m, n] += dp[x, y]
    return da


def _clipped(dp: Array, a: Array, size: int, stride: int) -> Array:
    """Step by the size, as far as the image reaches."""
    da = np.zeros_like(a)
    for x, y, rows, columns in _windows(dp.shape, size, size):
        if a[rows, columns].size:
            da[rows, columns] += _first(a[rows, columns], dp[x, y])
    return da


def _window_is_stride(dp: Array, a: Array, size: int, stride: int) -> Array:
    da = np.zeros_like(a)
    for x, y, rows, columns in _windows(dp.shape, stride, stride):
        da[rows, columns] += _first(a[rows, columns], dp[x, y])
    return da


def _coverage(shape: tuple[int, ...], outputs: tuple[int, ...], size: int, stride: int) -> Array:
    """Count the windows over each pixel, 1 where there is none."""
    count = np.zeros(shape)
    for _, _, rows, columns in _windows(outputs, size, stride):
        count[rows, columns] += 1
    return np.maximum(count, 1)


def _cropped(da: Array, dp: Array, size: int, stride: int) -> Array:
    return da[: (dp.shape[0] - 1) * stride + size, : (dp.shape[1] - 1) * stride + size]


def _padded_front(da: Array, dp: Array, size: int, stride: int) -> Array:
    """Move the remainder to the front."""
    inner = _cropped(da, dp, size, stride)
    return np.pad(inner, ((da.shape[0] - inner.shape[0], 0), (da.shape[1] - inner.shape[1], 0)))


def _mean(share: Callable[[float, int, int], float]) -> Callable[..., Array]:
    """Return the backward pass of a mean that gives `share(error, size, stride)` to each pixel of a window."""

    def backward(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
        da = np.zeros(input_shape)
        for x, y, rows, columns in _windows(dp.shape, size, stride):
            da[rows, columns] += share(dp[x, y], size, stride)
        return da

    return backward


def _mean_assigned(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
    da = np.zeros(input_shape)
    for x, y, rows, columns in _windows(dp.shape, size, stride):
        da[rows, columns] = dp[x, y] / size**2
    return da


def _mean_clipped(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
    """Step by the size, as far as the image reaches."""
    da = np.zeros(input_shape)
    for x, y, rows, columns in _windows(dp.shape, size, size):
        da[rows, columns] += dp[x, y] / size**2
    return da


def _one_pixel(m: int, n: int, divisor: Callable[[int], int]) -> Callable[..., Array]:
    def backward(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
        da = np.zeros(input_shape)
        for x, y in np.ndindex(dp.shape):
            da[x * stride + m % size, y * stride + n % size] += dp[x, y] / divisor(size)
        return da

    return backward


def _repeated(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
    """Enlarge the errors as pixels, and divide."""
    return np.repeat(np.repeat(dp, size, axis=0), size, axis=1) / size**2


def _repeated_and_cut(dp: Array, input_shape: tuple[int, int], size: int, stride: int) -> Array:
    da, large = (
        np.zeros(input_shape),
        _repeated(dp, input_shape, size, stride)[: input_shape[0], : input_shape[1]],
    )
    da[: large.shape[0], : large.shape[1]] = large
    return da


_MASK = _by_window(lambda window, error: np.where(window == window.max(), error, 0))

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
        mistakes=(
            Mistake("starts_at_zero", "The search for the largest pixel begins at 0: of a window with negative pixels only, it finds the wrong one.", _by_window(lambda window, error: _first(np.maximum(window, 0), error))),
            Mistake("starts_at_zero", "The search for the largest pixel begins at 0: of a window with negative pixels only, it finds none.", _by_window(lambda window, error: _first(window, error) * (window.max() > 0))),
            Mistake("stride_is_size", "The windows step by their size, and the last ones are cut off by the image. They step by `stride`.", _clipped),
            Mistake("every_maximum", "Where two entries of a window are equally large, both get the whole error. Only one of them was taken.", _MASK, see=TIES),
            Mistake("every_maximum", "Where two entries of a window are equally large, both get the whole error (and overlapping windows overwrite each other).", _assigned(lambda window, error: np.where(window == window.max(), error, 0), False), see=TIES),
            Mistake("shared_at_ties", "Where two entries of a window are equally large, they share the error. Here the first of them was taken.", _by_window(lambda window, error: error * (window == window.max()) / (window == window.max()).sum()), see=TIES),
            Mistake("last_maximum", "Of two equal maxima the last one gets the error. The first in row-major order was taken.", _by_window(_last), see=TIES),
            Mistake("first_in_columns", "Of two equal maxima the first one column by column gets the error. The order is row by row.", _by_window(lambda window, error: _first(window.T, error).T), see=TIES),
            Mistake("overwritten", "Where windows overlap, the later one wipes out what the earlier one gave.", _assigned(_first, True), see=OVERLAP),
            Mistake("overwritten", "Where two windows choose the same pixel, only the later error is kept: `=` where `+=` belongs.", _assigned(_first, False), see=OVERLAP),
            Mistake("stride_is_size", "The windows step by their size. They step by `stride`.", _other_stride(max_pool_backward, lambda size, stride: size)),
            Mistake("stride_is_one", "The windows step by one pixel. They step by `stride`.", _other_stride(max_pool_backward, lambda size, stride: 1)),
            Mistake("window_is_stride", "The windows are as large as the stride. They have `size` × `size` pixels.", _window_is_stride),
            Mistake("place_in_window", "The place of the maximum is counted inside its window, and used as a place in the image.", _in_window),
            Mistake("spread_evenly", "The error is spread over the window, as a mean does. A maximum depends on one pixel only.", _by_window(lambda window, error: np.full(window.shape, error / window.size)), see=MAXIMUM),
            Mistake("given_to_all", "All pixels of a window get its error. A maximum depends on one pixel only.", _by_window(lambda window, error: np.full(window.shape, error)), see=MAXIMUM),
            Mistake("last_window_missing", "The last row and the last column of windows are left out: a range ends one too early.", lambda dp, a, size, stride: max_pool_backward(dp[:-1, :-1], a, size, stride)),
            Mistake("rows_and_columns_swapped", "The place of the maximum is right, but its row and column are exchanged.", _by_window(lambda window, error: _first(window, error).T)),
            Mistake("one_pixel_only", "The first pixel of each window gets the error, whichever is the largest.", _by_window(lambda window, error: np.where(np.arange(window.size).reshape(window.shape) == 0, error, 0)), see=MAXIMUM),
            Mistake("times_the_maximum", "The error is multiplied by the pixel. The slope of a maximum by its largest entry is 1.", _by_window(lambda window, error: _first(window, error) * window), see=MAXIMUM),
            Mistake("mask_for_gradient", "This counts how often a pixel was taken. It should add up the errors of those windows.", _by_window(lambda window, error: _first(window, 1.0))),
            Mistake("values_for_gradient", "The maxima are put back. It is their errors that go back.", _by_window(lambda window, error: _first(window, window.max()))),
            Mistake("smallest_pixel", "The smallest pixel of each window gets the error.", _by_window(lambda window, error: _first(-window, error))),
            Mistake("largest_size", "The pixel that is farthest from 0 gets the error; of negative pixels, the one nearest to 0 is the largest.", _by_window(lambda window, error: _first(abs(window), error))),
            Mistake("divided_by_window", "Each error is divided by the number of pixels in a window, as for a mean. One pixel gets all of it.", lambda dp, a, size, stride: max_pool_backward(dp, a, size, stride) / size**2, see=MAXIMUM),
            Mistake("divided_by_coverage", "Where windows overlap, the errors are averaged. A pixel adds up what all its windows give.", lambda dp, a, size, stride: max_pool_backward(dp, a, size, stride) / _coverage(a.shape, dp.shape, size, stride), see=OVERLAP),
            Mistake("remainder_dropped", "Pixels that no window reaches are missing. They get 0, and the result has the shape of the image.", lambda dp, a, size, stride: _cropped(max_pool_backward(dp, a, size, stride), dp, size, stride), see=REST),
            Mistake("largest_of_image", "The largest pixel of the whole image gets everything. Each window has a maximum of its own.", lambda dp, a, size, stride: _first(a, float(dp.sum()))),
            Mistake("rows_and_columns_swapped", "Rows and columns are exchanged.", lambda dp, a, size, stride: max_pool_backward(dp, a.T, size, stride).T),
            Mistake("sign", "All signs are wrong.", lambda dp, a, size, stride: -max_pool_backward(dp, a, size, stride)),
            *misplaced(max_pool_backward),
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
        mistakes=(
            Mistake("not_divided", "Every pixel of a window gets the whole error. By how much does a mean of four change if one of them grows by 1?", _mean(lambda error, size, stride: error)),
            Mistake("divided_by_size", "The error is divided by the size of a window along one axis. How many pixels share it?", _mean(lambda error, size, stride: error / size)),
            Mistake("divided_by_stride", "The error is divided by the square of the stride. How many pixels has a window?", _mean(lambda error, size, stride: error / stride**2)),
            Mistake("divided_twice", "The error is divided twice by the number of pixels.", _mean(lambda error, size, stride: error / size**4)),
            Mistake("multiplied", "The error is multiplied by the number of pixels; it should be divided.", _mean(lambda error, size, stride: error * size**2)),
            Mistake("overwritten", "Where windows overlap, only the last one counts: `=` where `+=` belongs.", _mean_assigned, see=OVERLAP),
            Mistake("divided_by_coverage", "Where windows overlap, their shares are averaged. A pixel adds up what all its windows give.", lambda dp, shape, size, stride: avg_pool_backward(dp, shape, size, stride) / _coverage(shape, dp.shape, size, stride), see=OVERLAP),
            Mistake("divided_by_coverage", "The errors over a pixel are averaged. A pixel gets a share of each of its windows, and adds them up.", lambda dp, shape, size, stride: size**2 * avg_pool_backward(dp, shape, size, stride) / _coverage(shape, dp.shape, size, stride), see=OVERLAP),
            Mistake("stride_is_size", "The windows step by their size. They step by `stride`.", _other_stride(avg_pool_backward, lambda size, stride: size)),
            Mistake(
                "stride_is_size",
                "Each error is enlarged to `size` × `size` pixels, side by side. Windows step by `stride`: they may overlap, or leave gaps.",
                _repeated,
                _repeated_and_cut,
            ),
            Mistake("stride_is_size", "The windows step by their size, and the last ones are cut off by the image. They step by `stride`.", _mean_clipped),
            Mistake("stride_is_one", "The windows step by one pixel. They step by `stride`.", _other_stride(avg_pool_backward, lambda size, stride: 1)),
            Mistake(
                "window_is_stride",
                "The windows are as large as the stride. They have `size` × `size` pixels.",
                lambda dp, shape, size, stride: avg_pool_backward(dp, shape, stride, stride),
                lambda dp, shape, size, stride: avg_pool_backward(dp * (stride / size) ** 2, shape, stride, stride),
            ),
            Mistake("last_window_missing", "The last row and the last column of windows are left out: a range ends one too early.", lambda dp, shape, size, stride: avg_pool_backward(dp[:-1, :-1], shape, size, stride)),
            Mistake("one_pixel_only", "Only the first pixel of each window gets its share.", _one_pixel(0, 0, lambda size: size**2)),
            Mistake("one_pixel_only", "The first pixel of each window gets the whole error. All pixels of a window share it.", _one_pixel(0, 0, lambda size: 1)),
            Mistake("one_pixel_only", "Only the last pixel of each window gets its share.", _one_pixel(-1, -1, lambda size: size**2)),
            Mistake("remainder_dropped", "Pixels that no window reaches are missing. They get 0, and the result has the shape of the image.", lambda dp, shape, size, stride: _cropped(avg_pool_backward(dp, shape, size, stride), dp, size, stride), see=REST),
            Mistake("remainder_in_front", "The pixels that no window reaches are taken to be the first ones. The windows begin at the first pixel.", lambda dp, shape, size, stride: _padded_front(avg_pool_backward(dp, shape, size, stride), dp, size, stride), see=REST),
            Mistake("divided_by_image", "The error is divided by the number of pixels of the image. How many has a window?", lambda dp, shape, size, stride: _mean(lambda error, size, stride: error / (shape[0] * shape[1]))(dp, shape, size, stride)),
            Mistake("divided_by_outputs", "The error is divided by the number of windows. How many pixels has one?", lambda dp, shape, size, stride: _mean(lambda error, size, stride: error / dp.size)(dp, shape, size, stride)),
            Mistake("spread_over_image", "All errors are spread over the whole image. Each belongs to one window.", lambda dp, shape, size, stride: np.full(shape, dp.sum() / (shape[0] * shape[1]))),
            Mistake("rows_and_columns_swapped", "Rows and columns are exchanged.", lambda dp, shape, size, stride: avg_pool_backward(dp, shape[::-1], size, stride)),
            Mistake("sign", "All signs are wrong.", lambda dp, shape, size, stride: -avg_pool_backward(dp, shape, size, stride)),
            *misplaced(avg_pool_backward),
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
