"""Max pooling and average pooling, forward and backward (chapter 2).

Each function lets its arguments in, and has `cnnlab.textbook` or `cnnlab.fast` compute, as those of
`cnnlab.convolution` do.
"""

import numpy as np
import numpy.typing as npt

from cnnlab import _entry
from cnnlab._checks import Array, Shape, Size
from cnnlab._implementation import choose


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
        each side, at most half the size.  For a last window that hangs over the edge (other libraries'
        ``ceil_mode``), and for sides that differ, see :ref:`q-ceil-mode`.

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
    a, g, dtypes = _entry.max_pool2d(a, size, stride=stride, padding=padding)
    return _entry.leaving(choose(g, a.dtype).max_pool2d.checked(a, g), dtypes)


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
    dp, argmax, g, dtype = _entry.max_pool2d_backward(
        dp, argmax, input_shape, size, stride=stride, padding=padding
    )
    return _entry.leaving(choose(g, dp.dtype).max_pool2d_backward.checked(dp, argmax, g), dtype)


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
        at most half the size.  For a last window that hangs over the edge (other libraries'
        ``ceil_mode``), and for sides that differ, see :ref:`q-ceil-mode`.
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
    a, whole, g, dtype = _entry.avg_pool2d(
        a, size, stride=stride, padding=padding, count_include_pad=count_include_pad
    )
    return _entry.leaving(choose(g, a.dtype).avg_pool2d.checked(a, whole, g), dtype)


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
    dp, whole, g, dtype = _entry.avg_pool2d_backward(
        dp, input_shape, size, stride=stride, padding=padding, count_include_pad=count_include_pad
    )
    return _entry.leaving(choose(g, dp.dtype).avg_pool2d_backward.checked(dp, whole, g), dtype)
