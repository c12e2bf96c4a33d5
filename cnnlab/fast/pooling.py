"""Pooling on whole rows.

A window takes a few numbers here and a few there: every s-th pixel of a row, each with few channels. So
pixels that lie a stride apart are first copied next to each other, and every operation runs along whole rows.
Sums and means are taken along the columns of the windows first, and then along their rows.
"""

from collections.abc import Iterator

import numpy as np

from cnnlab import _entry, textbook
from cnnlab._checks import Array
from cnnlab._dtypes import FLOATS, DType, refuse_all_but_floats
from cnnlab._geometry import Pooling
from cnnlab.fast import measured
from cnnlab.fast.scratch import frame, take

# Longer sums are float64, and more places than these do not fit into int8.
_MOST_PLACES = 64


def can_pool(g: Pooling, dtype: DType) -> bool:
    """Return whether these functions compute such a layer: a position in the padding needs more care."""
    return dtype in FLOATS and g.padding == (0, 0) and g.size[0] * g.size[1] <= _MOST_PLACES


def _refuse_others(g: Pooling, dtype: DType) -> None:
    refuse_all_but_floats(dtype)
    if not can_pool(g, dtype):
        raise ValueError(
            f"padding, size: got padding {g.padding} and windows of {g.size}, expected no padding and "
            f"at most {_MOST_PLACES} places (cnnlab.textbook pools any)"
        )


def _blocks(g: Pooling, dtype: DType) -> Iterator[slice]:
    """Cut the batch into blocks: Python hardly matters, and they stay in the cache."""
    few = max(1, measured.POOLING_BYTES // (g.image[1] * g.image[2] * g.image[3] * dtype.itemsize))
    for i in range(0, g.image[0], few):
        yield slice(i, min(i + few, g.image[0]))


def _columns(rows: Array, g: Pooling) -> list[Array]:
    """Return room for the columns of `rows` that lie a stride apart, for each first column."""
    s = g.stride[1]
    if rows.shape[3] >= measured.LONG_PIXEL or s == 1:
        return [rows[:, :, first::s] for first in range(s)]
    shape = (s, *rows.shape[:2], -(-rows.shape[2] // s), rows.shape[3])
    return list(take(shape, rows.dtype))


def _pixels(rows: Array) -> Array:
    """View each pixel, with all its channels, as one item that is copied as a whole."""
    return rows.view(np.dtype((np.void, rows.shape[3] * rows.itemsize)))[..., 0]


def _split(rows: Array, g: Pooling) -> list[Array]:
    """Return the columns of `rows` that lie a stride apart, for each first column."""
    columns = _columns(rows, g)
    if not np.shares_memory(columns[0], rows):
        for first, part in enumerate(columns):
            some = _pixels(rows)[:, :, first :: len(columns)]
            _pixels(part)[:, :, : some.shape[2]] = some
    return columns


def _join(columns: list[Array], rows: Array) -> None:
    """Put the columns back: `_split` transposed."""
    if not np.shares_memory(columns[0], rows):
        for first, part in enumerate(columns):
            some = _pixels(rows)[:, :, first :: len(columns)]
            some[...] = _pixels(part)[:, :, : some.shape[2]]


def _met(columns: list[Array], n: int, g: Pooling) -> Array:
    """View what column n of the windows meets."""
    q, first = divmod(n, g.stride[1])
    return columns[first][:, :, q : q + g.count[1]]


def _rows(m: int, g: Pooling) -> slice:
    """Return the rows of the image that row m of the windows meets."""
    return slice(m, m + g.stride[0] * (g.count[0] - 1) + 1, g.stride[0])


def _overlap(g: Pooling) -> bool:
    """Return whether a pixel may lie in several windows."""
    return g.size[0] > g.stride[0] or g.size[1] > g.stride[1]


def _tiles(g: Pooling) -> bool:
    """Return whether each pixel lies in exactly one window."""
    (rows, columns), (height, width) = g.count, g.size
    return g.size == g.stride and g.image[1:3] == (rows * height, columns * width)


@_entry.by(_entry.max_pool2d)
def max_pool2d(a: Array, g: Pooling) -> tuple[Array, Array]:
    """p, and argmax as int8: how many numbers before it differ from the maximum.

    Called like `cnnlab.max_pool2d`, for float32 and float64. A NaN differs from itself, too: where there is
    one, the textbook says which was the first.
    """
    _refuse_others(g, a.dtype)
    a = np.ascontiguousarray(a)
    p, argmax = np.empty(g.output, dtype=a.dtype), np.zeros(g.output, dtype=np.int8)
    for images in _blocks(g, a.dtype):
        with frame():
            columns = _split(a[images], g)
            numbers = [_met(columns, n, g)[:, _rows(m, g)] for m, n in np.ndindex(g.size)]
            best, where = p[images], argmax[images]
            np.maximum(numbers[0], numbers[-1], out=best)
            for other in numbers[1:-1]:
                np.maximum(best, other, out=best)
            differ, before = (take(best.shape, np.dtype(bool)) for _ in range(2))
            before[...] = True
            for number in numbers[:-1]:
                np.not_equal(number, best, out=differ)
                before &= differ
                where += before.view(np.int8)
    return textbook.max_pool2d.checked(a, g) if np.isnan(p.max()) else (p, argmax)


@_entry.by(_entry.max_pool2d_backward)
def max_pool2d_backward(dp: Array, argmax: Array, g: Pooling) -> Array:
    """da: each error times 1 at its maximum and 0 elsewhere, :eq:`eq-max-backward`.

    0 times an infinite error would be NaN: where there is one, the textbook sends it.
    """
    _refuse_others(g, dp.dtype)
    if not np.isfinite(dp).all():
        return np.asarray(textbook.max_pool2d_backward.checked(dp, argmax, g))
    argmax = argmax.astype(np.int8, copy=False)
    da, overlap, tiles = np.empty(g.image, dtype=dp.dtype), _overlap(g), _tiles(g)
    for images in _blocks(g, dp.dtype):
        with frame():
            errors, where, columns = dp[images], argmax[images], _columns(da[images], g)
            chosen, sent = take(errors.shape, np.dtype(bool)), take(errors.shape, dp.dtype)
            for part in columns if not tiles else ():
                part[...] = 0
            for k, (m, n) in enumerate(np.ndindex(g.size)):
                np.equal(where, k, out=chosen)
                pixels = _met(columns, n, g)[:, _rows(m, g)]
                if overlap:
                    np.multiply(errors, chosen, out=sent)
                    pixels += sent
                else:
                    np.multiply(errors, chosen, out=pixels)
            _join(columns, da[images])
    return da


@_entry.by(_entry.avg_pool2d)
def avg_pool2d(a: Array, count_include_pad: bool, g: Pooling) -> Array:
    """p: sums over the rows of the windows, then over their columns, :eq:`eq-avg`.

    Without padding, all divisors are the same.
    """
    _refuse_others(g, a.dtype)
    a, p = np.ascontiguousarray(a), np.empty(g.output, dtype=a.dtype)
    for images in _blocks(g, a.dtype):
        with frame():
            sums = take((len(a[images]), g.count[0], *g.image[2:]), a.dtype)
            np.copyto(sums, a[images, _rows(0, g)])
            for m in range(1, g.size[0]):
                sums += a[images, _rows(m, g)]
            columns = _split(sums, g)
            np.copyto(p[images], _met(columns, 0, g))
            for n in range(1, g.size[1]):
                p[images] += _met(columns, n, g)
            p[images] /= g.size[0] * g.size[1]
    return p


@_entry.by(_entry.avg_pool2d_backward)
def avg_pool2d_backward(dp: Array, count_include_pad: bool, g: Pooling) -> Array:
    """da: the shares of each error along its columns, then along its rows, :eq:`eq-avg-backward`."""
    _refuse_others(g, dp.dtype)
    da, tiles = np.empty(g.image, dtype=dp.dtype), _tiles(g)
    add = np.add if _overlap(g) else lambda old, new, out: np.copyto(out, new)
    for images in _blocks(g, dp.dtype):
        with frame():
            share = dp[images] / np.asarray(g.size[0] * g.size[1], dtype=dp.dtype)
            shares = take((len(share), g.count[0], *g.image[2:]), dp.dtype)
            columns = _columns(shares, g)
            for part in columns if not tiles else ():
                part[...] = 0
            for n in range(g.size[1]):
                pixels = _met(columns, n, g)
                add(pixels, share, out=pixels)
            _join(columns, shares)
            if not tiles:
                da[images] = 0
            for m in range(g.size[0]):
                pixels = da[images, _rows(m, g)]
                add(pixels, shares, out=pixels)
    return da
