"""Max pooling and average pooling, forward and backward (chapter 2).

Both directions run over the offsets of the window: for each offset, one strided slice of the image.
Arguments enter by `cnnlab._layer`, which checks them and knows where the windows lie.
"""

import numpy as np
import numpy.typing as npt

from cnnlab import _layer, fast
from cnnlab._checks import Array, Shape, Size


def max_pool2d(
    a: npt.ArrayLike, size: Size, *, stride: Size | None = None, padding: Size = 0
) -> tuple[Array, npt.NDArray[np.intp]]:
    """Keep the largest value of each window, and where it was (chapter 2).

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
    a, g = _layer.max_pool(a, size, stride=stride, padding=padding)
    p, argmax = maxima(a, g)
    return p, argmax.astype(np.intp, copy=False)


def maxima(a: Array, g: _layer.Pooling) -> tuple[Array, Array]:
    """Return what `max_pool2d` does, with the positions in any integer type."""
    if fast.pools(g):
        p, argmax = fast.max_pool(a, g)
        if not np.isnan(p.max()):  # with a NaN, its first place is asked for
            return p, argmax
    p = np.zeros(g.output, dtype=g.dtype)
    argmax = np.full(g.output, -1, dtype=np.intp)  # -1: no candidate seen yet
    for m, n, (x, y), (u, v) in g.offsets():
        candidate, best, where = a[:, u, v], p[:, x, y], argmax[:, x, y]
        larger = where < 0  # the first candidate is not compared, only taken
        with np.errstate(invalid="ignore"):  # comparing with a NaN is meant here
            np.greater(candidate, best, out=larger, where=~larger)
        if a.dtype.kind in "fO":  # only a NaN differs from itself
            larger |= np.asarray(candidate != candidate, dtype=bool) & np.asarray(best == best, dtype=bool)
        np.copyto(best, candidate, where=larger)
        np.copyto(where, m * g.size[1] + n, where=larger)
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

    This is :eq:`eq-max-backward` (chapter 2).

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

    Examples
    --------
    >>> import numpy as np
    >>> a = np.array([[2, 2], [1, 0]]).reshape(1, 2, 2, 1)
    >>> p, argmax = max_pool2d(a, 2)
    >>> max_pool2d_backward(np.array([7]).reshape(1, 1, 1, 1), argmax, a.shape, 2)[0, :, :, 0]
    array([[7, 0],
           [0, 0]])
    """
    dp, switches, g = _layer.max_pool_backward(dp, argmax, input_shape, size, stride=stride, padding=padding)
    places = g.size[0] * g.size[1]
    # What is wrong is found below, and so is the way of an infinite error: there, 0 times it is NaN.
    if fast.pools(g) and switches.min() >= 0 and switches.max() < places and np.isfinite(dp).all():
        return fast.max_pool_backward(dp, switches.astype(np.int8, copy=False), g)
    da = np.zeros(g.image, dtype=_layer.sum_type(g.dtype, places))
    delivered = 0
    for m, n, (x, y), (u, v) in g.offsets():
        chosen = switches[:, x, y] == m * g.size[1] + n
        da[:, u, v] += np.where(chosen, dp[:, x, y], 0)
        delivered += int(np.count_nonzero(chosen))
    if delivered != switches.size:
        raise ValueError(
            f"argmax: got {switches.size - delivered} position(s) outside the window or the image, "
            f"expected flat indices inside a window of {g.size}, on pixels"
        )
    return da.astype(g.dtype, copy=False)


def _divisors(g: _layer.Pooling, dtype: _layer.DType, count_include_pad: bool) -> Array:
    """Return what each window is divided by: (PH, PW, 1)."""
    counts = np.zeros((*g.count, 1), dtype=int)
    if count_include_pad:
        counts += g.size[0] * g.size[1]
    else:
        for _, _, (x, y), _ in g.offsets():
            counts[x, y] += 1
    return counts.astype(dtype)


def avg_pool2d(
    a: npt.ArrayLike,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Size = 0,
    count_include_pad: bool = True,
) -> Array:
    """Mean of each window: :eq:`eq-avg` (chapter 2).

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

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(16.0).reshape(1, 4, 4, 1)
    >>> avg_pool2d(a, 2)[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    a, whole, g = _layer.avg_pool(
        a, size, stride=stride, padding=padding, count_include_pad=count_include_pad
    )
    if fast.pools(g):
        return fast.avg_pool(a, g)
    p = np.zeros(g.output, dtype=_layer.sum_type(g.dtype, g.size[0] * g.size[1]))
    for _, _, (x, y), (u, v) in g.offsets():
        p[:, x, y] += a[:, u, v]
    return np.asarray(p / _divisors(g, p.dtype, whole)).astype(g.dtype, copy=False)


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

    This is :eq:`eq-avg-backward` (chapter 2).

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

    Examples
    --------
    >>> import numpy as np
    >>> avg_pool2d_backward(np.full((1, 1, 1, 1), 8.0), (1, 2, 3, 1), 2)[0, :, :, 0]
    array([[2., 2., 0.],
           [2., 2., 0.]])
    """
    dp, whole, g = _layer.avg_pool_backward(
        dp, input_shape, size, stride=stride, padding=padding, count_include_pad=count_include_pad
    )
    if fast.pools(g):
        return fast.avg_pool_backward(dp, g)
    da = np.zeros(g.image, dtype=_layer.sum_type(g.dtype, g.size[0] * g.size[1]))
    share = dp / _divisors(g, da.dtype, whole)
    for _, _, (x, y), (u, v) in g.offsets():
        da[:, u, v] += share[:, x, y]
    return da.astype(g.dtype, copy=False)
