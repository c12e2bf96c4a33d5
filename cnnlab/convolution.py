"""The convolutional layer: its forward pass, its three gradients and its transpose.

Arrays are channels-last.
The forward pass is the cross-correlation of chapter 0, chapters 3 to 7 derive the gradients, chapter 8 writes
them as matrix products, and chapter 9 adds strides, padding, dilation and groups.

Everything rests on one pair of functions.
`_im2col` copies every window of the image into a row of a matrix, :eq:`eq-im2col`, so that the forward pass
and the weight gradient are matrix products; `_col2im` is its transpose, :eq:`eq-col2im`, and carries errors
back to the pixels.
Large layers of float32 or float64 are handed to `cnnlab.fast`, which computes the same numbers in other ways.
Arguments enter by `cnnlab._layer`, which checks them and knows where the windows lie.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _layer, fast
from cnnlab._checks import Array, Shape, Size

# Windows are lowered in blocks of about this many bytes: memory is bounded by the block, not by the image,
# and a block stays in the processor's cache.
_BLOCK_BYTES = 4 * 2**20
# A matrix product adds up so many windows at most: a longer sum would lose digits of float32.
_MOST_WINDOWS = 2**14


def _blocks(g: _layer.Convolution, itemsize: int) -> Iterator[tuple[slice, slice]]:
    """Cut the output into blocks of whole images or, where one image is too large, of some of its rows."""
    images, rows, columns, _ = g.output
    row_bytes = columns * g.image[3] * g.size[0] * g.size[1] * itemsize
    fitting = min(_BLOCK_BYTES // row_bytes, _MOST_WINDOWS // columns)  # rows of the output
    few, flat = max(1, fitting // rows), min(rows, max(1, fitting))
    for i in range(0, images, few):
        for x in range(0, rows, flat):
            yield slice(i, min(i + few, images)), slice(x, min(x + flat, rows))


def _im2col(a: Array, g: _layer.Convolution, rows: slice) -> Array:
    """Copy each window in these rows of the output into a row: (groups, windows, KH * KW * C/groups).

    A position in the padding stays 0.
    """
    windows = (len(a), rows.stop - rows.start, g.count[1])
    cols = np.zeros((g.groups, *windows, *g.kernel[1:]), dtype=a.dtype)
    grouped = _by_group(a, g)
    for m, n, (x, y), (u, v) in g.offsets(rows):
        cols[:, :, x, y, m, n] = grouped[:, :, u, v]
    return cols.reshape(g.groups, -1, g.size[0] * g.size[1] * g.kernel[3])


def _col2im(cols: Array, da: Array, g: _layer.Convolution, rows: slice) -> None:
    """Add each row to the pixels of `da` that it was copied from: `_im2col` transposed."""
    windows = (len(da), rows.stop - rows.start, g.count[1])
    cols = cols.reshape(g.groups, *windows, *g.kernel[1:])
    grouped = _by_group(da, g)
    for m, n, (x, y), (u, v) in g.offsets(rows):
        grouped[:, :, u, v] += cols[:, :, x, y, m, n]  # += : windows overlap


def _by_group(a: Array, g: _layer.Convolution) -> Array:
    """View images group by group: (groups, N, H, W, C/groups)."""
    return np.moveaxis(a.reshape(*a.shape[:3], g.groups, g.kernel[3]), 3, 0)


def _kernel_matrix(w: Array, groups: int) -> Array:
    """Return the kernels as rows, group by group: (groups, F/groups, KH * KW * C/groups)."""
    return w.reshape(groups, w.shape[0] // groups, -1)


def _error_matrix(delta: Array, groups: int) -> Array:
    """Return the errors of each group as (groups, windows, F/groups)."""
    return np.moveaxis(delta.reshape(-1, groups, delta.shape[3] // groups), 1, 0)


def conv2d(
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Correlate each image with each kernel and add one bias per output channel.

    z(i, x, y, f) = sum over m, n, c of a(i, s x + d m - p, s y + d n - p, c) w(f, m, n, c), plus b(f),
    where a is 0 outside the image: :eq:`eq-layer`, and with strides :eq:`eq-general`.

    Parameters
    ----------
    a : array, shape (N, H, W, C)
        Activations that enter the layer.
    w : array, shape (F, KH, KW, C/groups)
        Kernels. They are not flipped: this is cross-correlation.
    b : array, shape (F,), optional
        One bias per output channel.
    stride, padding, dilation, groups
        See *What all functions share* in `help(cnnlab)`; so for what is raised.

    Returns
    -------
    array, shape (N, OH, OW, F)
        Pre-activations z, with OH = floor((H + 2p - d(KH - 1) - 1) / s) + 1 and OW likewise.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(9).reshape(1, 3, 3, 1)
    >>> w = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    >>> conv2d(a, w)[0, :, :, 0]
    array([[27, 37],
           [57, 67]])
    """
    a, w, b, g = _layer.forward(a, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups)
    if fast.takes(g, a.dtype):
        return fast.forward(a, w, b, g).astype(g.dtype, copy=False)
    kernels = _kernel_matrix(w, g.groups)
    z = np.empty(g.output, dtype=a.dtype)
    for images, rows in _blocks(g, a.itemsize):
        product = _im2col(a[images], g, rows) @ kernels.swapaxes(1, 2)
        z[images, rows] = np.moveaxis(product, 0, 1).reshape(z[images, rows].shape)
    if b is not None:
        z += b
    return z.astype(g.dtype, copy=False)


def conv2d_input_grad(
    delta: npt.ArrayLike,
    w: npt.ArrayLike,
    input_shape: Shape,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Carry the error back to the activations that entered the layer.

    da_c = sum over f of delta_f * w_fc, a full true convolution: :eq:`eq-tensor-delta` without its factor
    sigma'(z); with strides :eq:`eq-general-input`.
    Multiply by sigma'(z) of the layer below to have that layer's delta.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.
    w : array, shape (F, KH, KW, C/groups)
        Kernels of the forward pass, as they are: neither flipped nor transposed.
    input_shape : (N, H, W, C)
        Shape of `a`. With a stride, several input sizes give the same output size.
    stride, padding, dilation, groups
        As in the forward pass.

    Returns
    -------
    array, shape (N, H, W, C)
        Gradient da of the loss by the activations; 0 where no window reached a pixel.

    Examples
    --------
    >>> import numpy as np
    >>> delta = np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1)
    >>> w = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    >>> conv2d_input_grad(delta, w, (1, 3, 3, 1))[0, :, :, 0]
    array([[ 1,  1, -2],
           [ 5,  5, -4],
           [ 6,  8,  0]])
    """
    delta, w, g = _layer.input_grad(
        delta, w, input_shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    if fast.takes(g, delta.dtype):
        return fast.input_grad(delta, w, g).astype(g.dtype, copy=False)
    kernels = _kernel_matrix(w, g.groups)
    da = np.zeros(g.image, dtype=delta.dtype)
    for images, rows in _blocks(g, delta.itemsize):
        errors = _error_matrix(delta[images, rows], g.groups)
        _col2im(errors @ kernels, da[images], g, rows)
    return da.astype(g.dtype, copy=False)


def conv2d_weight_grad(
    delta: npt.ArrayLike,
    a: npt.ArrayLike,
    kernel_shape: Shape,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Gradient of the loss by the kernels, summed over the batch.

    dw_fc = sum over i of a_ic correlated with delta_if, 'valid': :eq:`eq-weight-tensor`; with strides
    :eq:`eq-general-weight`.
    Nothing is rotated.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.
    a : array, shape (N, H, W, C)
        Activations that entered the layer.
    kernel_shape : (F, KH, KW, C/groups)
        Shape of `w`. With a stride, several kernel sizes give the same output size.
    stride, padding, dilation, groups
        As in the forward pass.

    Returns
    -------
    array, shape (F, KH, KW, C/groups)
        Gradient dw.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(9).reshape(1, 3, 3, 1)
    >>> delta = np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1)
    >>> conv2d_weight_grad(delta, a, (1, 2, 2, 1))[0, :, :, 0]
    array([[ 5,  7],
           [11, 13]])
    """
    delta, a, g = _layer.weight_grad(
        delta, a, kernel_shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    if fast.takes(g, a.dtype):
        return fast.weight_grad(delta, a, g).astype(g.dtype, copy=False)
    columns, windows = g.size[0] * g.size[1] * g.kernel[3], delta.size // g.kernel[0]
    dw = np.zeros((g.groups, g.kernel[0] // g.groups, columns), dtype=_layer.sum_type(a.dtype, windows))
    for images, rows in _blocks(g, a.itemsize):
        errors = _error_matrix(delta[images, rows], g.groups)
        dw += errors.swapaxes(1, 2) @ _im2col(a[images], g, rows)
    return dw.reshape(g.kernel).astype(g.dtype, copy=False)


def conv2d_bias_grad(delta: npt.ArrayLike) -> Array:
    """Gradient of the loss by the biases: the sum of the errors of each output channel.

    db(f) = sum over i, x, y of delta(i, x, y, f): :eq:`eq-bias-gradient`. A sum, over the batch too, never
    a mean.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.

    Returns
    -------
    array, shape (F,)
        Gradient db, with the dtype of `delta`; narrow integers are summed in NumPy's default integer.

    Examples
    --------
    >>> import numpy as np
    >>> conv2d_bias_grad(np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1))
    array([2])
    """
    delta, dtype = _layer.bias_grad(delta)
    return column_sums(delta.reshape(-1, delta.shape[3]), dtype)


def column_sums(rows: Array, dtype: _layer.DType) -> Array:
    """Add up the rows of a matrix without losing digits, however many they are."""
    if rows.dtype == dtype and dtype.kind == "f" and dtype.itemsize in (4, 8):
        return fast.sum_rows(np.ascontiguousarray(rows)).astype(dtype, copy=False)
    total = rows.sum(axis=0, dtype=_layer.sum_type(dtype, len(rows)))
    return np.asarray(total).astype(dtype, copy=False)


def conv2d_backward(
    delta: npt.ArrayLike,
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """All three gradients of a convolutional layer; with the forward pass they satisfy :eq:`eq-trilinear`.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.
    a : array, shape (N, H, W, C)
        Activations that entered the layer.
    w : array, shape (F, KH, KW, C/groups)
        Kernels.
    stride, padding, dilation, groups
        As in the forward pass.

    Returns
    -------
    da, dw, db : arrays
        Gradients by the activations, the kernels and the biases.

    Examples
    --------
    >>> import numpy as np
    >>> a, w = np.ones((2, 5, 4, 3)), np.ones((6, 3, 2, 3))
    >>> da, dw, db = conv2d_backward(np.ones((2, 3, 3, 6)), a, w)
    >>> da.shape, dw.shape, db
    ((2, 5, 4, 3), (6, 3, 2, 3), array([18., 18., 18., 18., 18., 18.]))
    """
    a, w = _checks.array("a", a, _layer.IMAGE), _checks.array("w", w, _layer.KERNEL)
    options: _layer.Options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    da = conv2d_input_grad(delta, w, a.shape, **options)
    dw = conv2d_weight_grad(delta, a, w.shape, **options)
    return da, dw, conv2d_bias_grad(delta)


def conv_transpose2d(
    z: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Transposed convolution: the input gradient of `conv2d` as a layer of its own, :eq:`eq-transposed-size`.

    Parameters
    ----------
    z : array, shape (N, OH, OW, F)
        What enters; it has the shape of an output of `conv2d`.
    w : array, shape (F, KH, KW, C/groups)
        Kernels, in the layout of the `conv2d` that this transposes.
    b : array, shape (C,), optional
        One bias per channel that leaves.
    stride, padding, dilation, groups
        As in the convolution that this transposes.
    output_padding : int or (rows, columns), in pixels
        The remainder r of that convolution, less than its stride: it tells apart the input sizes
        that give the same output size.

    Returns
    -------
    array, shape (N, H, W, C)
        With H = (OH - 1) s - 2p + d(KH - 1) + 1 + output_padding, and W likewise.

    Examples
    --------
    >>> import numpy as np
    >>> z, w = np.ones((1, 2, 2, 1)), np.ones((1, 2, 2, 1))
    >>> conv_transpose2d(z, w)[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    options: _layer.Options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    z, w, b, shape, dtype = _layer.transposed(z, w, b, output_padding=output_padding, **options)
    a = conv2d_input_grad(z, w, shape, **options)
    return np.asarray(a if b is None else a + b).astype(dtype, copy=False)
