"""Ways with plain (H, W) arrays, right and wrong, that come up in more than one exercise."""

import itertools

import numpy as np

from cnnlab._checks import Array
from cnnlab.exercises._exercise import Function
from cnnlab.reference import convolve2d, correlate2d


def padded(a: Array, top: int, bottom: int, left: int, right: int) -> Array:
    """Put zeros around a plain array."""
    return np.pad(a, ((top, bottom), (left, right)))


def last_product(a: Array, w: Array) -> Array:
    """Correlate with = for +=: of each window, only the last product is left."""
    height, width = a.shape[0] - w.shape[0] + 1, a.shape[1] - w.shape[1] + 1
    return a[w.shape[0] - 1 :, w.shape[1] - 1 :][:height, :width] * w[-1, -1]


def last_to_arrive(delta: Array, w: Array) -> Array:
    """Scatter with = for +=, output by output: each place keeps what came last."""
    out = np.zeros((delta.shape[0] + w.shape[0] - 1, delta.shape[1] + w.shape[1] - 1))
    for x, y in np.ndindex(delta.shape):
        out[x : x + w.shape[0], y : y + w.shape[1]] = delta[x, y] * w
    return out


def last_offset(delta: Array, w: Array) -> Array:
    """Scatter with = for +=, offset by offset."""
    out = np.zeros((delta.shape[0] + w.shape[0] - 1, delta.shape[1] + w.shape[1] - 1))
    for m, n in np.ndindex(w.shape):
        out[m : m + delta.shape[0], n : n + delta.shape[1]] = delta * w[m, n]
    return out


def around_the_corner(delta: Array, w: Array) -> Array:
    """Sum delta(x - m, y - n) w(m, n) with negative indices, which Python counts from the other end."""
    out = np.zeros((delta.shape[0] + w.shape[0] - 1, delta.shape[1] + w.shape[1] - 1))
    for (x, y), (m, n) in itertools.product(np.ndindex(out.shape), np.ndindex(w.shape)):
        if x - m < delta.shape[0] and y - n < delta.shape[1]:
            out[x, y] += delta[x - m, y - n] * w[m, n]
    return out


def other_way(delta: Array, w: Array) -> Array:
    """Scatter delta(x, y) w(m, n) to (x - m, y - n), where negative places count from the other end."""
    out = np.zeros((delta.shape[0] + w.shape[0] - 1, delta.shape[1] + w.shape[1] - 1))
    for (x, y), (m, n) in itertools.product(np.ndindex(delta.shape), np.ndindex(w.shape)):
        out[x - m, y - n] += delta[x, y] * w[m, n]
    return out


def one_end(delta: Array, w: Array) -> Array:
    """Pad all 2 (K - 1) zeros in front, and correlate with the turned kernel."""
    rows, columns = w.shape
    return correlate2d(padded(delta, 2 * (rows - 1), 0, 2 * (columns - 1), 0), w[::-1, ::-1])


def other_end(delta: Array, w: Array) -> Array:
    """Pad all 2 (K - 1) zeros behind, and correlate with the turned kernel."""
    rows, columns = w.shape
    return correlate2d(padded(delta, 0, 2 * (rows - 1), 0, 2 * (columns - 1)), w[::-1, ::-1])


def swapped_pads(delta: Array, w: Array) -> Array:
    """Pad rows by the kernel's columns and columns by its rows."""
    rows, columns = w.shape
    return correlate2d(padded(delta, columns - 1, columns - 1, rows - 1, rows - 1), w[::-1, ::-1])


def square_pads(delta: Array, w: Array, axis: int) -> Array:
    """Pad both axes by the kernel's length along one of them."""
    pad = w.shape[axis] - 1
    return correlate2d(padded(delta, pad, pad, pad, pad), w[::-1, ::-1])


def wide_pads(delta: Array, w: Array) -> Array:
    """Pad by K zeros instead of K - 1."""
    return correlate2d(padded(delta, w.shape[0], w.shape[0], w.shape[1], w.shape[1]), w[::-1, ::-1])


def circular(a: Array, w: Array, sign: int) -> Array:
    """Correlate (sign 1) or convolve (sign -1) on an image whose ends meet, in the shape of the image."""
    terms = (w[m, n] * np.roll(a, (-sign * m, -sign * n), axis=(0, 1)) for m, n in np.ndindex(w.shape))
    return np.asarray(sum(terms))


def middle(full: Array, shape: tuple[int, ...]) -> Array:
    """Cut the middle part of a shape out of a full result, as `same` does."""
    top, left = (full.shape[0] - shape[0]) // 2, (full.shape[1] - shape[1]) // 2
    return full[top : top + shape[0], left : left + shape[1]]


def exchanging(full: Function) -> Function:
    """Return the valid part as SciPy takes it: it exchanges its arguments where the kernel is the larger one."""

    def valid(delta: Array, w: Array) -> Array:
        small, large = sorted((delta.shape, w.shape))
        if any(k > n for k, n in zip(small, large, strict=True)):
            raise ValueError
        rows, columns = (k - 1 for k in small)
        result = full(delta, w)
        return result[rows : result.shape[0] - rows, columns : result.shape[1] - columns]

    return valid


def valid_part(delta: Array, w: Array) -> Array:
    """Convolve where the kernel lies wholly inside the errors."""
    return convolve2d(delta, w, "valid")
