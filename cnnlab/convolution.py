"""The convolutional layer: its forward pass, its three gradients and its transpose.

Arrays are channels-last.
The forward pass is the cross-correlation of the book's chapters 00 and 09; chapters 03 to 08 derive the rest.

Everything rests on one pair of functions.
`_im2col` copies every window of the image into a row of a matrix, so that the forward pass and the weight
gradient are matrix products; `_col2im` is its transpose and carries the error back to the pixels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _windows
from cnnlab._checks import Array, Pair, Shape, Size

IMAGE = "N, H, W, C"
KERNEL = "F, KH, KW, C/groups"
OUTPUT = "N, OH, OW, F"

# A block of the lowered image of about this many bytes stays in the processor's cache.
_BLOCK_BYTES = 4 * 2**20


@dataclass(frozen=True)
class _Geometry:
    """The sizes of one convolution, checked: all that its four functions have in common."""

    image: Shape  # N, H, W, C
    kernel: Shape  # F, KH, KW, C/groups
    stride: Pair
    padding: Pair
    dilation: Pair
    groups: int
    count: Pair  # OH, OW

    @property
    def output(self) -> Shape:
        return self.image[0], *self.count, self.kernel[0]

    @property
    def columns(self) -> int:
        """Length of one row of the lowered image: the entries of one kernel."""
        return self.kernel[1] * self.kernel[2] * self.kernel[3]

    def offsets(self) -> Iterator[tuple[int, int, _windows.Slices, _windows.Slices]]:
        image, size = (self.image[1], self.image[2]), (self.kernel[1], self.kernel[2])
        return _windows.offsets(image, self.count, size, self.stride, self.padding, self.dilation)

    def blocks(self, itemsize: int) -> Iterator[slice]:
        """Cut the batch into blocks whose lowered images are small."""
        per_image = self.count[0] * self.count[1] * self.columns * self.groups * itemsize
        step = max(1, _BLOCK_BYTES // per_image)
        for i in range(0, self.image[0], step):
            yield slice(i, min(i + step, self.image[0]))


def _geometry(
    image: Shape,
    kernel: Shape,
    stride: Size,
    padding: Size,
    dilation: Size,
    groups: int,
    image_name: str = "a",
    kernel_name: str = "w",
) -> _Geometry:
    """Check that a convolution of these shapes exists. The two names are for the messages."""
    groups = _checks.integer("groups", groups, 1)
    strides, pads = _checks.pair("stride", stride, 1), _checks.pair("padding", padding, 0)
    dilations = _checks.pair("dilation", dilation, 1)
    channels, filters = image[3], kernel[0]
    if channels % groups or filters % groups:
        raise ValueError(f"groups: got {groups}, expected a divisor of C = {channels} and of F = {filters}")
    if kernel[3] != channels // groups:
        raise ValueError(
            f"{kernel_name}: got shape {kernel}, expected ({KERNEL}) with C/groups = {channels // groups}: "
            f"{image_name} has {channels} channels in {groups} group(s)"
        )
    size, lengths = (kernel[1], kernel[2]), (image[1], image[2])
    count = _checks.window_count(image_name, lengths, size, strides, pads, dilations)
    return _Geometry(image, kernel, strides, pads, dilations, groups, count)


def _im2col(a: Array, g: _Geometry) -> Array:
    """Copy each window into a row: (groups, windows, KH * KW * C/groups).

    A position in the padding stays 0.
    """
    images, _, _, channels = a.shape
    cols = np.zeros((g.groups, images, *g.count, *g.kernel[1:]), dtype=a.dtype)
    grouped = np.moveaxis(a.reshape(*a.shape[:3], g.groups, channels // g.groups), 3, 0)
    for m, n, (x, y), (u, v) in g.offsets():
        cols[:, :, x, y, m, n] = grouped[:, :, u, v]
    return cols.reshape(g.groups, -1, g.columns)


def _col2im(cols: Array, images: int, g: _Geometry) -> Array:
    """Add each row back to the pixels that it was copied from: the transpose of `_im2col`."""
    _, height, width, channels = g.image
    da = np.zeros((images, height, width, channels), dtype=cols.dtype)
    grouped = np.moveaxis(da.reshape(images, height, width, g.groups, channels // g.groups), 3, 0)
    cols = cols.reshape(g.groups, images, *g.count, *g.kernel[1:])
    for m, n, (x, y), (u, v) in g.offsets():
        grouped[:, :, u, v] += cols[:, :, x, y, m, n]  # += : windows overlap
    return da


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
    where a is 0 outside the image: :eq:`eq-layer`, with the general layer of chapter 09.

    Parameters
    ----------
    a : array, shape (N, H, W, C)
        Activations that enter the layer.
    w : array, shape (F, KH, KW, C/groups)
        Kernels. They are not flipped: this is cross-correlation.
    b : array, shape (F,), optional
        One bias per output channel.
    stride, padding, dilation : int or (rows, columns), in pixels
        Step between windows, zeros added on each side, step between the kernel's entries.
    groups : int
        Channels are cut into so many groups; kernels of a group see only its channels.

    Returns
    -------
    array, shape (N, OH, OW, F)
        Pre-activations z, with OH = floor((H + 2p - d(KH - 1) - 1) / s) + 1 and OW likewise:
        :eq:`eq-output-size`.

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(9).reshape(1, 3, 3, 1)
    >>> w = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    >>> conv2d(a, w)[0, :, :, 0]
    array([[27, 37],
           [57, 67]])
    """
    a, w = _checks.array("a", a, IMAGE), _checks.array("w", w, KERNEL)
    g = _geometry(a.shape, w.shape, stride, padding, dilation, groups)
    dtype = np.result_type(a, w)
    if b is not None:
        b = _checks.array("b", b, "F")
        _checks.same_shape("b", b, w.shape[:1], "one bias per kernel of w")
        dtype = np.result_type(dtype, b)
    kernels = _kernel_matrix(w, g.groups).astype(dtype, copy=False)
    z = np.empty(g.output, dtype=dtype)
    for block in g.blocks(dtype.itemsize):
        cols = _im2col(a[block].astype(dtype, copy=False), g)
        product = cols @ kernels.swapaxes(1, 2)
        z[block] = np.moveaxis(product, 0, 1).reshape(z[block].shape)
    if b is not None:
        z += b
    return z


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
    sigma'(z), with the general layer of chapter 09.
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

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

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
    delta, w = _checks.array("delta", delta, OUTPUT), _checks.array("w", w, KERNEL)
    image = _checks.shape("input_shape", input_shape, IMAGE)
    g = _geometry(image, w.shape, stride, padding, dilation, groups, image_name="input_shape")
    _checks.same_shape("delta", delta, g.output, "the output of this layer")
    dtype = np.result_type(delta, w)
    kernels = _kernel_matrix(w, g.groups).astype(dtype, copy=False)
    da = np.empty(image, dtype=dtype)
    for block in g.blocks(dtype.itemsize):
        errors = _error_matrix(delta[block].astype(dtype, copy=False), g.groups)
        da[block] = _col2im(errors @ kernels, block.stop - block.start, g)
    return da


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

    dw_fc = sum over i of a_ic correlated with delta_if, 'valid': :eq:`eq-weight-tensor`, with the
    general layer of chapter 09. Nothing is rotated.

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

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(9).reshape(1, 3, 3, 1)
    >>> delta = np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1)
    >>> conv2d_weight_grad(delta, a, (1, 2, 2, 1))[0, :, :, 0]
    array([[ 5,  7],
           [11, 13]])
    """
    delta, a = _checks.array("delta", delta, OUTPUT), _checks.array("a", a, IMAGE)
    kernel = _checks.shape("kernel_shape", kernel_shape, KERNEL)
    g = _geometry(a.shape, kernel, stride, padding, dilation, groups, kernel_name="kernel_shape")
    _checks.same_shape("delta", delta, g.output, "the output of this layer")
    dtype = np.result_type(delta, a)
    dw = np.zeros((g.groups, kernel[0] // g.groups, g.columns), dtype=dtype)
    for block in g.blocks(dtype.itemsize):
        errors = _error_matrix(delta[block].astype(dtype, copy=False), g.groups)
        cols = _im2col(a[block].astype(dtype, copy=False), g)
        dw += errors.swapaxes(1, 2) @ cols
    return dw.reshape(kernel)


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
        Gradient db, with the dtype of `delta`.

    Raises
    ------
    ValueError, TypeError
        If `delta` is not a 4-D array of numbers.

    Examples
    --------
    >>> import numpy as np
    >>> conv2d_bias_grad(np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1))
    array([2])
    """
    delta = _checks.array("delta", delta, OUTPUT)
    return np.asarray(delta.sum(axis=(0, 1, 2), dtype=np.result_type(delta)))


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

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> a, w = np.ones((2, 5, 4, 3)), np.ones((6, 3, 2, 3))
    >>> da, dw, db = conv2d_backward(np.ones((2, 3, 3, 6)), a, w)
    >>> da.shape, dw.shape, db
    ((2, 5, 4, 3), (6, 3, 2, 3), array([18., 18., 18., 18., 18., 18.]))
    """
    a, w = _checks.array("a", a, IMAGE), _checks.array("w", w, KERNEL)
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
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
    """Transposed convolution: the input gradient of `conv2d`, used as a layer of its own (chapter 09).

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

    Raises
    ------
    ValueError, TypeError
        If a shape, a size or a dtype cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> z, w = np.ones((1, 2, 2, 1)), np.ones((1, 2, 2, 1))
    >>> conv_transpose2d(z, w)[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    z, w = _checks.array("z", z, OUTPUT), _checks.array("w", w, KERNEL)
    shape = transposed_shape(z.shape, w.shape, stride, padding, output_padding, dilation, groups)
    if b is not None:
        b = _checks.array("b", b, "C")
        _checks.same_shape("b", b, shape[3:], "one bias per channel that leaves")
        z = z.astype(np.result_type(z, w, b), copy=False)
    a = conv2d_input_grad(z, w, shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    return a if b is None else np.asarray(a + b)


def transposed_shape(
    output: Shape,
    kernel: Shape,
    stride: Size,
    padding: Size,
    output_padding: Size,
    dilation: Size,
    groups: int,
) -> Shape:
    """Return the (N, H, W, C) from which `conv2d` makes `output`, with remainder `output_padding`."""
    groups = _checks.integer("groups", groups, 1)
    s, p = _checks.pair("stride", stride, 1), _checks.pair("padding", padding, 0)
    d, r = _checks.pair("dilation", dilation, 1), _checks.pair("output_padding", output_padding, 0)
    if output[3] != kernel[0]:
        raise ValueError(f"z: got {output[3]} channels, expected {kernel[0]}, one for each kernel of w")
    if r[0] >= s[0] or r[1] >= s[1]:
        raise ValueError(f"output_padding: got {output_padding!r}, expected less than the stride {s}")
    height, width = (
        (output[k + 1] - 1) * s[k] - 2 * p[k] + d[k] * (kernel[k + 1] - 1) + 1 + r[k] for k in (0, 1)
    )
    if height < 1 or width < 1:
        raise ValueError(f"padding: got {padding!r}, expected less: the output would be {height} x {width}")
    return output[0], height, width, kernel[3] * groups
