"""The same functions as plain loops over the indices that the book prints.

Read these beside the equations, and use them to check faster code.
They are slow on purpose, take any dtype (Fractions and SymPy symbols included), and share no arithmetic
with the vectorized modules. Their arguments come in by the same doors, checked and converted; of what comes
with them they read what the caller said (the shapes, stride, padding, dilation, groups), and nothing that was
computed from it: even their sizes they compute themselves.
"""

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _dtypes, _entry
from cnnlab._checks import Array, Pair, Shape
from cnnlab._geometry import Convolution, ConvolutionOptions, Pooling, Transposed, Windows
from cnnlab.losses import check_labels


def _ranges(*lengths: int) -> Iterator[tuple[int, ...]]:
    return itertools.product(*map(range, lengths))


def _plain(name: str, value: npt.ArrayLike) -> Array:
    return _checks.array(name, value, "H, W")


def correlate2d(a: npt.ArrayLike, w: npt.ArrayLike, mode: str = "valid") -> Array:
    """Cross-correlation of two plain (H, W) arrays: z(x, y) = sum over m, n of a(x + m, y + n) w(m, n).

    This is :eq:`eq-correlation` (chapter 0).

    Parameters
    ----------
    a, w : arrays, shapes (H, W) and (KH, KW)
        Image and kernel. Nothing is conjugated.
    mode : "valid", "full" or "same"
        Where the kernel may lie: wholly inside the image; wherever it meets the image, which is 0 outside;
        or the middle H x W part of that.

    Returns
    -------
    array
        Of shape (H - KH + 1, W - KW + 1), (H + KH - 1, W + KW - 1) or (H, W).

    Raises
    ------
    ValueError, TypeError
        If an argument is not a 2-D array of numbers, the mode is unknown, or no 'valid' position exists:
        the roles of image and kernel are never swapped.

    Examples
    --------
    >>> import numpy as np
    >>> correlate2d(np.arange(9).reshape(3, 3), [[1, 2], [3, 4]])
    array([[27, 37],
           [57, 67]])
    """
    a, w = _plain("a", a), _plain("w", w)
    height, width = a.shape
    rows, columns = w.shape
    top, left, shape = _frame(mode, a.shape, w.shape)
    z = np.zeros(shape, dtype=np.result_type(a, w))
    for x, y in _ranges(*z.shape):
        for m, n in _ranges(rows, columns):
            u, v = x + m - top, y + n - left
            if 0 <= u < height and 0 <= v < width:
                z[x, y] += a[u, v] * w[m, n]
    return z


def convolve2d(a: npt.ArrayLike, w: npt.ArrayLike, mode: str = "full") -> Array:
    """True convolution of two plain (H, W) arrays: z(x, y) = sum over m, n of a(x - m, y - n) w(m, n).

    This is :eq:`eq-convolution` (chapter 0).

    Parameters
    ----------
    a, w : arrays, shapes (H, W) and (KH, KW)
        Image and kernel.
    mode : "full", "valid" or "same"
        As in `correlate2d`; for "valid" and "same" the middle part of "full".

    Returns
    -------
    array
        Of shape (H + KH - 1, W + KW - 1), (H - KH + 1, W - KW + 1) or (H, W).

    Raises
    ------
    ValueError, TypeError
        As in `correlate2d`.

    Examples
    --------
    >>> convolve2d([[1, -1], [2, 0]], [[1, 2], [3, 4]])
    array([[ 1,  1, -2],
           [ 5,  5, -4],
           [ 6,  8,  0]])
    """
    a, w = _plain("a", a), _plain("w", w)
    height, width = a.shape
    rows, columns = w.shape
    top, left, shape = _frame(mode, a.shape, w.shape)
    # Correlation puts the kernel's first entry `top` rows above the image, convolution its last entry:
    # row 0 of the output looks down from row KH - 1 - top.
    if mode == "same":
        top, left = rows - 1 - (rows - 1) // 2, columns - 1 - (columns - 1) // 2
    z = np.zeros(shape, dtype=np.result_type(a, w))
    for x, y in _ranges(*z.shape):
        for m, n in _ranges(rows, columns):
            u, v = x + (rows - 1 - top) - m, y + (columns - 1 - left) - n
            if 0 <= u < height and 0 <= v < width:
                z[x, y] += a[u, v] * w[m, n]
    return z


def _frame(mode: str, image: Shape, kernel: Shape) -> tuple[int, int, Pair]:
    """Return how far above and left of the image the kernel starts, and the output's shape."""
    (height, width), (rows, columns) = image, kernel
    if mode == "full":
        return rows - 1, columns - 1, (height + rows - 1, width + columns - 1)
    if mode == "same":
        return (rows - 1) // 2, (columns - 1) // 2, (height, width)
    if mode != "valid":
        raise ValueError(f"mode: got {mode!r}, expected 'valid', 'full' or 'same'")
    if rows > height or columns > width:
        raise ValueError(f"w: got shape {kernel}, expected at most {image}, the shape of a, for mode 'valid'")
    return 0, 0, (height - rows + 1, width - columns + 1)


def _output_size(image: Shape, g: Windows) -> Pair:
    """Return floor((H + 2p - d(K - 1) - 1) / s) + 1 for rows and columns, as the book prints it."""
    rows, columns = (
        (image[1 + k] + 2 * g.padding[k] - g.dilation[k] * (g.size[k] - 1) - 1) // g.stride[k] + 1
        for k in (0, 1)
    )
    return rows, columns


def _input_size(output: Shape, g: Transposed) -> Pair:
    """Return (OH - 1) s - 2p + d(K - 1) + 1 + output_padding for rows and columns, as the book prints it."""
    rows, columns = (
        (output[1 + k] - 1) * g.stride[k] - 2 * g.padding[k] + g.dilation[k] * (g.size[k] - 1) + 1
        + g.output_padding[k]
        for k in (0, 1)
    )  # fmt: skip
    return rows, columns


def _terms(image: Shape, kernel: Shape, g: Convolution) -> Iterator[tuple[int, ...]]:
    """Yield every (i, x, y, f, m, n, c, u, v, channel) of the layer's sum.

    Output (x, y) of kernel f multiplies pixel (u, v) of the channel by w(f, m, n, c);
    channel is c counted from the first channel of the group.
    """
    images, height, width, _ = image
    filters, rows, columns, per_group = kernel
    for i, x, y, f in _ranges(images, *_output_size(image, g), filters):
        start = (f // (filters // g.groups)) * per_group
        for m, n, c in _ranges(rows, columns, per_group):
            u = x * g.stride[0] + m * g.dilation[0] - g.padding[0]
            v = y * g.stride[1] + n * g.dilation[1] - g.padding[1]
            if 0 <= u < height and 0 <= v < width:
                yield i, x, y, f, m, n, c, u, v, start + c


@_entry.by(_entry.conv2d)
def conv2d(a: Array, w: Array, b: Array | None, g: Convolution) -> Array:
    """Loops for `cnnlab.conv2d`: z(i, x, y, f) = sum of a(i, u, v, c) w(f, m, n, c), plus b(f).

    Parameters, results and errors are those of `cnnlab.conv2d`.

    Examples
    --------
    >>> conv2d([[[[2], [3]]]], [[[[5]]]], [1])[0, :, :, 0]
    array([[11, 16]])
    """
    z = np.zeros((len(a), *_output_size(a.shape, g), len(w)), dtype=a.dtype)
    for i, x, y, f, m, n, c, u, v, channel in _terms(a.shape, w.shape, g):
        z[i, x, y, f] += a[i, u, v, channel] * w[f, m, n, c]
    if b is not None:
        for i, x, y, f in _ranges(*z.shape):
            z[i, x, y, f] += b[f]
    return z


@_entry.by(_entry.conv2d_input_grad)
def conv2d_input_grad(delta: Array, w: Array, g: Convolution) -> Array:
    """Loops for `cnnlab.conv2d_input_grad`: every pixel collects from each output that it fed.

    Parameters, results and errors are those of `cnnlab.conv2d_input_grad`.

    Examples
    --------
    >>> conv2d_input_grad([[[[1], [10]]]], [[[[2], [3]]]], (1, 1, 3, 1))[0, :, :, 0]
    array([[ 2, 23, 30]])
    """
    return _stamped(delta, w, g.image, g)


def _stamped(delta: Array, w: Array, image: Shape, g: Convolution) -> Array:
    da = np.zeros(image, dtype=delta.dtype)
    for i, x, y, f, m, n, c, u, v, channel in _terms(image, w.shape, g):
        da[i, u, v, channel] += delta[i, x, y, f] * w[f, m, n, c]
    return da


@_entry.by(_entry.conv2d_weight_grad)
def conv2d_weight_grad(delta: Array, a: Array, g: Convolution) -> Array:
    """Loops for `cnnlab.conv2d_weight_grad`: every weight collects from each product it stood in.

    Parameters, results and errors are those of `cnnlab.conv2d_weight_grad`.

    Examples
    --------
    >>> conv2d_weight_grad([[[[1], [10]]]], [[[[2], [3], [4]]]], (1, 1, 2, 1))[0, :, :, 0]
    array([[32, 43]])
    """
    dw = np.zeros(g.kernel, dtype=delta.dtype)
    for i, x, y, f, m, n, c, u, v, channel in _terms(a.shape, g.kernel, g):
        dw[f, m, n, c] += delta[i, x, y, f] * a[i, u, v, channel]
    return dw


@_entry.by(_entry.conv2d_bias_grad)
def conv2d_bias_grad(delta: Array) -> Array:
    """Loops for `cnnlab.conv2d_bias_grad`: db(f) = sum over i, x, y of delta(i, x, y, f).

    Parameters, results and errors are those of `cnnlab.conv2d_bias_grad`.

    Examples
    --------
    >>> conv2d_bias_grad([[[[1, 5], [2, 6]]]])
    array([ 3, 11])
    """
    db = np.zeros(delta.shape[3], dtype=_dtypes.sum_type(delta.dtype, delta.size))
    for i, x, y, f in _ranges(*delta.shape):
        db[f] += delta[i, x, y, f]
    return db


@_entry.by(_entry.conv2d_backward)
def conv2d_backward(
    delta: Array, a: Array, w: Array, options: ConvolutionOptions
) -> tuple[Array, Array, Array]:
    """Loops for `cnnlab.conv2d_backward`: da, dw and db.

    Parameters, results and errors are those of `cnnlab.conv2d_backward`.

    Examples
    --------
    >>> conv2d_backward([[[[7]]]], [[[[2]]]], [[[[3]]]])[2]
    array([7])
    """
    da = conv2d_input_grad(delta, w, a.shape, **options)
    return da, conv2d_weight_grad(delta, a, w.shape, **options), conv2d_bias_grad(delta)


@_entry.by(_entry.conv_transpose2d)
def conv_transpose2d(z: Array, w: Array, b: Array | None, g: Transposed) -> Array:
    """Loops for `cnnlab.conv_transpose2d`: each entry of z stamps its kernels onto the output.

    Parameters, results and errors are those of `cnnlab.conv_transpose2d`.

    Examples
    --------
    >>> conv_transpose2d([[[[1], [10]]]], [[[[2], [3]]]], stride=2)[0, :, :, 0]
    array([[ 2,  3, 20, 30]])
    """
    image = (len(z), *_input_size(z.shape, g), w.shape[3] * g.groups)
    a = _stamped(z, w, image, g)
    if b is not None:
        for i, u, v, c in _ranges(*image):
            a[i, u, v, c] += b[c]
    return a


def _window(x: int, y: int, g: Pooling) -> Iterator[tuple[int, int, int]]:
    """Yield k, u, v for every position of window (x, y) that lies on the image."""
    for m, n in _ranges(*g.size):
        u, v = x * g.stride[0] + m - g.padding[0], y * g.stride[1] + n - g.padding[1]
        if 0 <= u < g.image[1] and 0 <= v < g.image[2]:
            yield m * g.size[1] + n, u, v


def _pooled_shape(g: Pooling) -> Shape:
    return g.image[0], *_output_size(g.image, g), g.image[3]


@_entry.by(_entry.max_pool2d)
def max_pool2d(a: Array, g: Pooling) -> tuple[Array, Array]:
    """Loops for `cnnlab.max_pool2d`: the first maximum of each window, and its position.

    Parameters, results and errors are those of `cnnlab.max_pool2d`.

    Examples
    --------
    >>> p, argmax = max_pool2d([[[[2], [9]], [[9], [0]]]], 2)
    >>> p.item(), argmax.item()
    (9, 1)
    """
    p, argmax = np.zeros(_pooled_shape(g), dtype=a.dtype), np.zeros(_pooled_shape(g), dtype=np.intp)
    for i, x, y, c in _ranges(*p.shape):
        chosen = None
        for k, u, v in _window(x, y, g):
            value = a[i, u, v, c]
            # Only a NaN differs from itself: the first one wins.
            beaten = chosen is not None and chosen == chosen and (value > chosen or value != value)
            if chosen is None or beaten:
                chosen, argmax[i, x, y, c] = value, k
        p[i, x, y, c] = chosen
    return p, argmax


@_entry.by(_entry.max_pool2d_backward)
def max_pool2d_backward(dp: Array, argmax: Array, g: Pooling) -> Array:
    """Loops for `cnnlab.max_pool2d_backward`: da(argmax of the window) += dp(window).

    Parameters, results and errors are those of `cnnlab.max_pool2d_backward`.

    Examples
    --------
    >>> max_pool2d_backward([[[[7]]]], [[[[1]]]], (1, 2, 2, 1), 2)[0, :, :, 0]
    array([[0, 7],
           [0, 0]])
    """
    da = np.zeros(g.image, dtype=_dtypes.sum_type(dp.dtype, g.size[0] * g.size[1]))
    for i, x, y, c in _ranges(*_pooled_shape(g)):
        for k, u, v in _window(x, y, g):
            if k == argmax[i, x, y, c]:
                da[i, u, v, c] += dp[i, x, y, c]
    return da


@_entry.by(_entry.avg_pool2d)
def avg_pool2d(a: Array, count_include_pad: bool, g: Pooling) -> Array:
    """Loops for `cnnlab.avg_pool2d`: the sum of each window over its divisor.

    Parameters, results and errors are those of `cnnlab.avg_pool2d`.

    Examples
    --------
    >>> avg_pool2d([[[[2], [9]], [[9], [0]]]], 2).item()
    5.0
    """
    p = np.zeros(_pooled_shape(g), dtype=_dtypes.sum_type(a.dtype, g.size[0] * g.size[1]))
    for i, x, y, c in _ranges(*p.shape):
        pixels = [(u, v) for _, u, v in _window(x, y, g)]
        for u, v in pixels:
            p[i, x, y, c] += a[i, u, v, c]
        p[i, x, y, c] /= g.size[0] * g.size[1] if count_include_pad else len(pixels)
    return p


@_entry.by(_entry.avg_pool2d_backward)
def avg_pool2d_backward(dp: Array, count_include_pad: bool, g: Pooling) -> Array:
    """Loops for `cnnlab.avg_pool2d_backward`: each position of a window gets dp over the divisor.

    Parameters, results and errors are those of `cnnlab.avg_pool2d_backward`.

    Examples
    --------
    >>> avg_pool2d_backward([[[[8]]]], (1, 2, 2, 1), 2)[0, :, :, 0]
    array([[2., 2.],
           [2., 2.]])
    """
    da = np.zeros(g.image, dtype=_dtypes.sum_type(dp.dtype, g.size[0] * g.size[1]))
    dp = dp.astype(da.dtype)
    for i, x, y, c in _ranges(*_pooled_shape(g)):
        pixels = [(u, v) for _, u, v in _window(x, y, g)]
        for u, v in pixels:
            da[i, u, v, c] += dp[i, x, y, c] / (g.size[0] * g.size[1] if count_include_pad else len(pixels))
    return da


def _is_symbolic(value: Any) -> bool:
    """Tell a SymPy expression without importing SymPy: one can only exist once SymPy is loaded."""
    sympy = sys.modules.get("sympy")
    return sympy is not None and isinstance(value, sympy.Basic)


def _exp(value: Any) -> Any:
    return sys.modules["sympy"].exp(value) if _is_symbolic(value) else np.exp(value)


def _log(value: Any) -> Any:
    return sys.modules["sympy"].log(value) if _is_symbolic(value) else np.log(value)


def softmax_cross_entropy(logits: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Any, Array]:
    """Loops for `cnnlab.softmax_cross_entropy`, as the definition stands (large logits overflow).

    Parameters, results and errors are those of `cnnlab.softmax_cross_entropy`; symbols work too.

    Examples
    --------
    >>> loss, delta = softmax_cross_entropy([[0.0, 0.0]], [1])
    >>> round(float(loss), 4), delta
    (0.6931, array([[ 0.5, -0.5]]))
    """
    z = _checks.array("logits", logits, "N, K")
    y = check_labels(labels, *z.shape)
    z, dtype = z.astype(_dtypes.sum_type(_dtypes.quotient_type(z), len(z))), _dtypes.quotient_type(z)
    count, classes = z.shape
    loss = z.dtype.type(0) if z.dtype.kind != "O" else 0
    delta = np.zeros(z.shape, dtype=z.dtype)
    for i in range(count):
        total = sum((_exp(z[i, k]) for k in range(classes)), start=0)
        loss = loss + (_log(total) - z[i, y[i]]) / count
        for k in range(classes):
            delta[i, k] = (_exp(z[i, k]) / total - int(k == y[i])) / count
    return loss if dtype.kind == "O" else dtype.type(loss), delta.astype(dtype)
