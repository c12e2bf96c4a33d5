"""Max pooling and average pooling, forward and backward (chapter 02).

Both directions run over the offsets of the window: for each offset, one strided slice of the image.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _windows
from cnnlab._checks import Array, Pair, Shape, Size

IMAGE = "N, H, W, C"
POOLED = "N, PH, PW, C"


@dataclass(frozen=True)
class _Geometry:
    """The sizes of one pooling, checked."""

    image: Shape  # N, H, W, C
    size: Pair
    stride: Pair
    padding: Pair
    count: Pair  # PH, PW

    @property
    def output(self) -> Shape:
        return self.image[0], *self.count, self.image[3]

    def offsets(self) -> Iterator[tuple[int, _windows.Slices, _windows.Slices]]:
        """Yield each offset as its flat row-major index, with its windows and its pixels."""
        image = (self.image[1], self.image[2])
        found = _windows.offsets(image, self.count, self.size, self.stride, self.padding, (1, 1))
        for m, n, windows, pixels in found:
            yield m * self.size[1] + n, windows, pixels


def check_padding(padding: Size, size: Pair) -> Pair:
    """Return the padding as a pair, at most half the size: every window keeps a real pixel."""
    pads = _checks.pair("padding", padding, 0)
    if 2 * pads[0] > size[0] or 2 * pads[1] > size[1]:
        raise ValueError(f"padding: got {padding!r}, expected at most half the size {size}")
    return pads


def _geometry(image: Shape, size: Size, stride: Size | None, padding: Size, name: str) -> _Geometry:
    sizes = _checks.pair("size", size, 1)
    pads = check_padding(padding, sizes)
    strides = sizes if stride is None else _checks.pair("stride", stride, 1)
    count = _checks.window_count(name, (image[1], image[2]), sizes, strides, pads, (1, 1))
    return _Geometry(image, sizes, strides, pads, count)


def max_pool2d(
    a: npt.ArrayLike, size: Size, *, stride: Size | None = None, padding: Size = 0
) -> tuple[Array, npt.NDArray[np.intp]]:
    """Keep the largest value of each window, and where it was (chapter 02).

    Of equal values the first in reading order wins, a subgradient by :eq:`eq-subgradient`; a NaN wins over
    every number.
    Padding acts as minus infinity: a padded position is never chosen.

    Parameters
    ----------
    a : array, shape (N, H, W, C)
        Activations; integers and objects with an order work too.
    size, stride, padding : int or (rows, columns), in pixels
        The window, the step between windows (the size, if not given), and the rows and columns added on
        each side, at most half the size.

    Returns
    -------
    p : array, shape (N, PH, PW, C)
        The maxima, with the dtype of `a`; PH = floor((H + 2p - KH) / s) + 1.
    argmax : integer array, shape (N, PH, PW, C)
        Where each maximum was: the flat row-major index inside its window.

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]).reshape(1, 4, 4, 1)
    >>> p, argmax = max_pool2d(a, 2)
    >>> p[0, :, :, 0]
    array([[6, 8],
           [3, 4]])
    >>> argmax[0, :, :, 0]
    array([[3, 3],
           [0, 3]])
    """
    a = _checks.array("a", a, IMAGE)
    _checks.ordered("a", a)
    g = _geometry(a.shape, size, stride, padding, "a")
    p = np.zeros(g.output, dtype=np.result_type(a))
    argmax = np.full(g.output, -1, dtype=np.intp)  # -1: no candidate seen yet
    for k, (x, y), (u, v) in g.offsets():
        candidate, best, where = a[:, u, v], p[:, x, y], argmax[:, x, y]
        larger = where < 0  # the first candidate is not compared, only taken
        with np.errstate(invalid="ignore"):  # comparing with a NaN is meant here
            np.greater(candidate, best, out=larger, where=~larger)
        if a.dtype.kind in "fO":  # only a NaN differs from itself
            larger |= np.asarray(candidate != candidate, dtype=bool) & np.asarray(best == best, dtype=bool)
        np.copyto(best, candidate, where=larger)
        np.copyto(where, k, where=larger)
    return p, argmax


def max_pool2d_backward(
    dp: npt.ArrayLike,
    argmax: npt.ArrayLike,
    input_shape: Shape,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Size = 0,
) -> Array:
    """Send each error to the position that held the maximum; add where windows overlap.

    This is :eq:`eq-max-backward` (chapter 02).

    da = S^T dp, where S is the 0/1 matrix that selected the maxima.

    Parameters
    ----------
    dp : array, shape (N, PH, PW, C)
        Gradient of the loss by the pooled values.
    argmax : integer array, shape (N, PH, PW, C)
        As returned by `max_pool2d`.
    input_shape : (N, H, W, C)
        Shape of `a`.
    size, stride, padding
        As in the forward pass.

    Returns
    -------
    array, shape (N, H, W, C)
        Gradient da, with the dtype of `dp`; 0 where no window reached a pixel.

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work, or if `argmax` points outside the image.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[2, 2], [1, 0]]).reshape(1, 2, 2, 1)
    >>> p, argmax = max_pool2d(a, 2)
    >>> max_pool2d_backward(np.array([7]).reshape(1, 1, 1, 1), argmax, a.shape, 2)[0, :, :, 0]
    array([[7, 0],
           [0, 0]])
    """
    dp = _checks.array("dp", dp, POOLED)
    switches = _checks.array("argmax", argmax, POOLED)
    if switches.dtype.kind not in "iu":
        raise TypeError(f"argmax: got dtype {switches.dtype}, expected integers")
    g = _geometry(_checks.shape("input_shape", input_shape, IMAGE), size, stride, padding, "input_shape")
    _checks.same_shape("dp", dp, g.output, "the output of this pooling")
    _checks.same_shape("argmax", switches, g.output, "the output of this pooling")
    da = np.zeros(g.image, dtype=np.result_type(dp))
    delivered = 0
    for k, (x, y), (u, v) in g.offsets():
        chosen = switches[:, x, y] == k
        da[:, u, v] += np.where(chosen, dp[:, x, y], 0)
        delivered += int(np.count_nonzero(chosen))
    if delivered != switches.size:
        raise ValueError(
            f"argmax: got {switches.size - delivered} position(s) outside the window or the image, "
            f"expected flat indices inside a window of {g.size}, on pixels"
        )
    return da


def _divisors(g: _Geometry, dtype: np.dtype[np.generic], count_include_pad: bool) -> Array:
    """Return what each window is divided by: (PH, PW, 1)."""
    if _checks.flag("count_include_pad", count_include_pad):
        counts = np.full((*g.count, 1), g.size[0] * g.size[1])
    else:
        counts = np.zeros((*g.count, 1), dtype=int)
        for _, (x, y), _ in g.offsets():
            counts[x, y] += 1
    return counts.astype(dtype)


def _quotient_type(value: Array) -> np.dtype[np.generic]:
    """Return the dtype of a mean: integers become float64, everything else stays."""
    return np.dtype(np.float64) if value.dtype.kind in "iu" else np.result_type(value)


def avg_pool2d(
    a: npt.ArrayLike,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Size = 0,
    count_include_pad: bool = True,
) -> Array:
    """Mean of each window: :eq:`eq-avg` (chapter 02).

    Parameters
    ----------
    a : array, shape (N, H, W, C)
        Activations.
    size, stride, padding : int or (rows, columns), in pixels
        The window, the step between windows (the size, if not given), and the zeros added on each side,
        at most half the size.
    count_include_pad : bool
        Divide by the window's size (True), or by how many of its positions lie on the image (False).

    Returns
    -------
    array, shape (N, PH, PW, C)
        The means, with the dtype of `a`; integers give float64.

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> avg_pool2d(a, 2)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    a = _checks.array("a", a, IMAGE)
    g = _geometry(a.shape, size, stride, padding, "a")
    dtype = _quotient_type(a)
    p = np.zeros(g.output, dtype=dtype)
    for _, (x, y), (u, v) in g.offsets():
        p[:, x, y] += a[:, u, v]
    return np.asarray(p / _divisors(g, dtype, count_include_pad))


def avg_pool2d_backward(
    dp: npt.ArrayLike,
    input_shape: Shape,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Size = 0,
    count_include_pad: bool = True,
) -> Array:
    """Share each error equally among the positions of its window; add where windows overlap.

    This is :eq:`eq-avg-backward` (chapter 02).

    Parameters
    ----------
    dp : array, shape (N, PH, PW, C)
        Gradient of the loss by the pooled values.
    input_shape : (N, H, W, C)
        Shape of `a`.
    size, stride, padding, count_include_pad
        As in the forward pass: the divisor is the same in both directions.

    Returns
    -------
    array, shape (N, H, W, C)
        Gradient da, with the dtype of `dp` (integers give float64); 0 where no window reached a pixel.

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool2d_backward(np.full((1, 1, 1, 1), 8.0), (1, 2, 3, 1), 2)[0, :, :, 0]
    array([[2., 2., 0.],
           [2., 2., 0.]])
    """
    dp = _checks.array("dp", dp, POOLED)
    image = _checks.shape("input_shape", input_shape, IMAGE)
    g = _geometry(image, size, stride, padding, "input_shape")
    _checks.same_shape("dp", dp, g.output, "the output of this pooling")
    dtype = _quotient_type(dp)
    share = dp / _divisors(g, dtype, count_include_pad)
    da = np.zeros(image, dtype=dtype)
    for _, (x, y), (u, v) in g.offsets():
        da[:, u, v] += share[:, x, y]
    return da
