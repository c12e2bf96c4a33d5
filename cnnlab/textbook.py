"""The functions as the book derives, arrives at and quotes them: vectorized, for numbers of any kind.

They are called like those of `cnnlab`, which hand large layers of floats to `cnnlab.fast` and all others to
this module; `cnnlab.implementation` says whom.

For a convolution everything rests on one pair of functions. `_im2col` copies every window of the image into a
row of a matrix, :eq:`eq-im2col`, so that the forward pass and the weight gradient are matrix products;
`_col2im` is its transpose, :eq:`eq-col2im`, and carries errors back to the pixels.
Poolings run over the offsets of the window: for each offset, one strided slice of the image.

Arguments have been checked and converted when they come here, and `g` is the geometry of the layer: which
windows there are, and which pixels they meet.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnnlab import _dtypes, _entry
from cnnlab._checks import Array
from cnnlab._dtypes import DType
from cnnlab._geometry import Convolution, ConvolutionOptions, Pooling, Transposed

# Windows are lowered in blocks of about this many bytes: memory is bounded by the block, not by the image,
# and a block stays in the processor's cache.
_BLOCK_BYTES = 4 * 2**20
# A matrix product adds up so many windows at most: a longer sum would lose digits of float32.
_MOST_WINDOWS = 2**14


# ---- windows as rows of a matrix


def _blocks(g: Convolution, itemsize: int) -> Iterator[tuple[slice, slice]]:
    """Cut the output into blocks of whole images or, where one image is too large, of some of its rows."""
    images, rows, columns, _ = g.output
    row_bytes = columns * g.image[3] * g.size[0] * g.size[1] * itemsize
    fitting = min(_BLOCK_BYTES // row_bytes, _MOST_WINDOWS // columns)  # rows of the output
    few, flat = max(1, fitting // rows), min(rows, max(1, fitting))
    for i in range(0, images, few):
        for x in range(0, rows, flat):
            yield slice(i, min(i + few, images)), slice(x, min(x + flat, rows))


def _im2col(a: Array, g: Convolution, rows: slice) -> Array:
    """Copy each window in these rows of the output into a row: (groups, windows, KH * KW * C/groups).

    A position in the padding stays 0.
    """
    windows = (len(a), rows.stop - rows.start, g.count[1])
    cols = np.zeros((g.groups, *windows, *g.kernel[1:]), dtype=a.dtype)
    grouped = _by_group(a, g)
    for m, n, (x, y), (u, v) in g.offsets(rows):
        cols[:, :, x, y, m, n] = grouped[:, :, u, v]
    return cols.reshape(g.groups, -1, g.size[0] * g.size[1] * g.kernel[3])


def _col2im(cols: Array, da: Array, g: Convolution, rows: slice) -> None:
    """Add each row to the pixels of `da` that it was copied from: `_im2col` transposed."""
    windows = (len(da), rows.stop - rows.start, g.count[1])
    cols = cols.reshape(g.groups, *windows, *g.kernel[1:])
    grouped = _by_group(da, g)
    for m, n, (x, y), (u, v) in g.offsets(rows):
        grouped[:, :, u, v] += cols[:, :, x, y, m, n]  # += : windows overlap


def _by_group(a: Array, g: Convolution) -> Array:
    """View images group by group: (groups, N, H, W, C/groups)."""
    return a.reshape(*a.shape[:3], g.groups, g.kernel[3]).transpose(3, 0, 1, 2, 4)


def _kernel_matrix(w: Array, groups: int) -> Array:
    """Return the kernels as rows, group by group: (groups, F/groups, KH * KW * C/groups)."""
    return w.reshape(groups, w.shape[0] // groups, -1)


def _error_matrix(delta: Array, groups: int) -> Array:
    """Return the errors of each group as (groups, windows, F/groups)."""
    return delta.reshape(-1, groups, delta.shape[3] // groups).swapaxes(0, 1)


# ---- convolution


@_entry.by(_entry.conv2d)
def conv2d(a: Array, w: Array, b: Array | None, g: Convolution) -> Array:
    """z: every window as a row, times every kernel as a column, :eq:`eq-gemm-forward`.

    Called, documented and refused like `cnnlab.conv2d`; so are the functions below.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(9).reshape(1, 3, 3, 1)
    >>> w = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    >>> conv2d(a, w)[0, :, :, 0]
    array([[27, 37],
           [57, 67]])
    """
    kernels = _kernel_matrix(w, g.groups)
    z = np.empty(g.output, dtype=a.dtype)
    for images, rows in _blocks(g, a.itemsize):
        product = _im2col(a[images], g, rows) @ kernels.swapaxes(1, 2)
        z[images, rows] = product.swapaxes(0, 1).reshape(z[images, rows].shape)
    if b is not None:
        z += b
    return z


@_entry.by(_entry.conv2d_input_grad)
def conv2d_input_grad(delta: Array, w: Array, g: Convolution) -> Array:
    """da: every error times its kernel, added to the pixels of its window, :eq:`eq-gemm-columns`."""
    kernels = _kernel_matrix(w, g.groups)
    da = np.zeros(g.image, dtype=delta.dtype)
    for images, rows in _blocks(g, delta.itemsize):
        errors = _error_matrix(delta[images, rows], g.groups)
        _col2im(errors @ kernels, da[images], g, rows)
    return da


@_entry.by(_entry.conv2d_weight_grad)
def conv2d_weight_grad(delta: Array, a: Array, g: Convolution) -> Array:
    """dw: the errors of each kernel times the windows that they belong to, :eq:`eq-gemm-weight`."""
    columns, windows = g.size[0] * g.size[1] * g.kernel[3], delta.size // g.kernel[0]
    dw = np.zeros((g.groups, g.kernel[0] // g.groups, columns), dtype=_dtypes.sum_type(a.dtype, windows))
    for images, rows in _blocks(g, a.itemsize):
        errors = _error_matrix(delta[images, rows], g.groups)
        dw += errors.swapaxes(1, 2) @ _im2col(a[images], g, rows)
    return dw.reshape(g.kernel)


@_entry.by(_entry.conv2d_bias_grad)
def conv2d_bias_grad(delta: Array) -> Array:
    """db: the sum of the errors of each output channel, :eq:`eq-bias-gradient`."""
    rows = delta.reshape(-1, delta.shape[3])
    return np.asarray(rows.sum(axis=0, dtype=_dtypes.sum_type(rows.dtype, len(rows))))


@_entry.by(_entry.conv2d_backward)
def conv2d_backward(
    delta: Array, a: Array, w: Array, options: ConvolutionOptions
) -> tuple[Array, Array, Array]:
    """da, dw and db."""
    da = conv2d_input_grad(delta, w, a.shape, **options)
    return da, conv2d_weight_grad(delta, a, w.shape, **options), conv2d_bias_grad(delta)


@_entry.by(_entry.conv_transpose2d)
def conv_transpose2d(z: Array, w: Array, b: Array | None, g: Transposed) -> Array:
    """a: what the input gradient makes of z, and a bias, :eq:`eq-transposed-size`."""
    a: Array = conv2d_input_grad.checked(z, w, g)
    return a if b is None else np.asarray(a + b)


# ---- pooling


@_entry.by(_entry.max_pool2d)
def max_pool2d(a: Array, g: Pooling) -> tuple[Array, Array]:
    """Find p and argmax: offset by offset, keep what is larger than all before it."""
    p = np.zeros(g.output, dtype=a.dtype)
    argmax = np.full(g.output, -1, dtype=np.intp)  # -1: no candidate seen yet
    for m, n, (x, y), (u, v) in g.offsets():
        candidate, best, where = a[:, u, v], p[:, x, y], argmax[:, x, y]
        larger = _wins(candidate, best, where)
        np.copyto(best, candidate, where=larger)
        np.copyto(where, m * g.size[1] + n, where=larger)
    return p, argmax


def _wins(candidate: Array, best: Array, where: Array) -> Array:
    """Return which candidates are larger than the best so far: the first always, a NaN but once."""
    wins = where < 0  # the first candidate is not compared, only taken
    with np.errstate(invalid="ignore"):  # comparing with a NaN is meant here
        np.greater(candidate, best, out=wins, where=~wins)
    if candidate.dtype.kind in "fO":  # only a NaN differs from itself
        wins |= np.asarray(candidate != candidate, dtype=bool) & np.asarray(best == best, dtype=bool)
    return np.asarray(wins)


@_entry.by(_entry.max_pool2d_backward)
def max_pool2d_backward(dp: Array, argmax: Array, g: Pooling) -> Array:
    """da: offset by offset, the errors whose maximum lay there, :eq:`eq-max-backward`."""
    da = np.zeros(g.image, dtype=_dtypes.sum_type(dp.dtype, g.size[0] * g.size[1]))
    for m, n, (x, y), (u, v) in g.offsets():
        chosen = argmax[:, x, y] == m * g.size[1] + n
        da[:, u, v] += np.where(chosen, dp[:, x, y], 0)
    return da


def _divisors(g: Pooling, dtype: DType, count_include_pad: bool) -> Array:
    """Return what each window is divided by: (PH, PW, 1)."""
    counts = np.zeros((*g.count, 1), dtype=int)
    if count_include_pad:
        counts += g.size[0] * g.size[1]
    else:
        for _, _, (x, y), _ in g.offsets():
            counts[x, y] += 1
    return counts.astype(dtype)


@_entry.by(_entry.avg_pool2d)
def avg_pool2d(a: Array, count_include_pad: bool, g: Pooling) -> Any:
    """p: the sum over the offsets of the window, over its divisor, :eq:`eq-avg`."""
    p = np.zeros(g.output, dtype=_dtypes.sum_type(a.dtype, g.size[0] * g.size[1]))
    for _, _, (x, y), (u, v) in g.offsets():
        p[:, x, y] += a[:, u, v]
    return p / _divisors(g, p.dtype, count_include_pad)


@_entry.by(_entry.avg_pool2d_backward)
def avg_pool2d_backward(dp: Array, count_include_pad: bool, g: Pooling) -> Array:
    """da: offset by offset, the same share of each error, :eq:`eq-avg-backward`."""
    da = np.zeros(g.image, dtype=_dtypes.sum_type(dp.dtype, g.size[0] * g.size[1]))
    share = dp / _divisors(g, da.dtype, count_include_pad)
    for _, _, (x, y), (u, v) in g.offsets():
        da[:, u, v] += share[:, x, y]
    return da
