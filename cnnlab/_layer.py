"""The front door of every layer: arguments are checked here, and here its dtype and its sizes are decided.

A kernel calls the function of its name and gets back checked arrays, ready to compute with, and the geometry;
its own body is then only mathematics. A second implementation of a layer comes in by the same door.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

import numpy as np
import numpy.typing as npt

from cnnlab import _checks
from cnnlab._checks import Array, Pair, Shape, Size

IMAGE = "N, H, W, C"
KERNEL = "F, KH, KW, C/groups"
OUTPUT = "N, OH, OW, F"
POOLED = "N, PH, PW, C"

DType = np.dtype[Any]
Slices = tuple[slice, slice]


class Options(TypedDict, total=False):
    """What a convolutional layer may be told; `_convolution` knows what holds if it is not."""

    stride: Size
    padding: Size
    dilation: Size
    groups: int


class PoolOptions(TypedDict, total=False):
    """What a pooling layer may be told; `_pooling` knows what holds if it is not."""

    stride: Size | None
    padding: Size


@dataclass(frozen=True)
class Windows:
    """Where the windows of a layer lie on its images, and the dtype of its result; all checked."""

    image: Shape  # N, H, W, C
    size: Pair  # KH, KW
    stride: Pair
    padding: Pair
    dilation: Pair
    count: Pair  # OH, OW: how many windows
    dtype: DType

    def offsets(self, rows: slice | None = None) -> Iterator[tuple[int, int, Slices, Slices]]:
        """Yield m, n, the windows for which offset (m, n) lies on the image, and the pixels under it.

        The windows and the pixels are pairs of slices of equal length, rows and columns.
        Positions in the padding never appear: no padded copy of the image is made.
        With `rows`, only those rows of windows are looked at, and counted from the first of them.
        """
        rows = slice(0, self.count[0]) if rows is None else rows
        columns = slice(0, self.count[1])
        for m in range(self.size[0]):
            x, u = self._meeting(0, m, rows)
            for n in range(self.size[1]):
                y, v = self._meeting(1, n, columns)
                yield m, n, (x, y), (u, v)

    def _meeting(self, axis: int, offset: int, windows: slice) -> Slices:
        """Along one axis: the windows whose `offset` falls inside the image, and the pixels it falls on."""
        stride, length = self.stride[axis], self.image[1 + axis]
        start = offset * self.dilation[axis] - self.padding[axis]  # window x meets pixel x * stride + start
        first = max(windows.start, -(start // stride))  # the ceiling of -start / stride
        last = min(windows.stop - 1, (length - 1 - start) // stride)
        if last < first:
            return slice(0, 0), slice(0, 0)
        pixels = slice(first * stride + start, last * stride + start + 1, stride)
        return slice(first - windows.start, last + 1 - windows.start), pixels


@dataclass(frozen=True)
class Convolution(Windows):
    """The geometry of a convolutional layer."""

    kernel: Shape  # F, KH, KW, C/groups
    groups: int

    @property
    def output(self) -> Shape:
        """Return the shape of z."""
        return self.image[0], *self.count, self.kernel[0]


@dataclass(frozen=True)
class Pooling(Windows):
    """The geometry of a pooling layer."""

    @property
    def output(self) -> Shape:
        """Return the shape of p."""
        return self.image[0], *self.count, self.image[3]


# ---- convolution


def forward(
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    **options: Unpack[Options],
) -> tuple[Array, Array, Array | None, Convolution]:
    """Let the arguments of `conv2d` in."""
    image, kernel = _checks.array("a", a, IMAGE), _checks.array("w", w, KERNEL)
    bias = _bias(b, kernel.shape[0], "F", "one bias per kernel of w")
    dtype = np.result_type(*(value for value in (image, kernel, bias) if value is not None))
    g = _convolution(dtype, image.shape, kernel.shape, **options)
    return _enter(image, dtype), _enter(kernel, dtype), bias, g


def input_grad(
    delta: npt.ArrayLike,
    w: npt.ArrayLike,
    input_shape: Shape,
    **options: Unpack[Options],
) -> tuple[Array, Array, Convolution]:
    """Let the arguments of `conv2d_input_grad` in."""
    errors, kernel = _checks.array("delta", delta, OUTPUT), _checks.array("w", w, KERNEL)
    image = _checks.shape("input_shape", input_shape, IMAGE)
    dtype = np.result_type(errors, kernel)
    g = _convolution(dtype, image, kernel.shape, image_name="input_shape", **options)
    _checks.same_shape("delta", errors, g.output, "the output of this layer")
    return _enter(errors, dtype), _enter(kernel, dtype), g


def weight_grad(
    delta: npt.ArrayLike,
    a: npt.ArrayLike,
    kernel_shape: Shape,
    **options: Unpack[Options],
) -> tuple[Array, Array, Convolution]:
    """Let the arguments of `conv2d_weight_grad` in."""
    errors, image = _checks.array("delta", delta, OUTPUT), _checks.array("a", a, IMAGE)
    kernel = _checks.shape("kernel_shape", kernel_shape, KERNEL)
    dtype = np.result_type(errors, image)
    g = _convolution(dtype, image.shape, kernel, kernel_name="kernel_shape", **options)
    _checks.same_shape("delta", errors, g.output, "the output of this layer")
    return _enter(errors, dtype), _enter(image, dtype), g


def bias_grad(delta: npt.ArrayLike, axes: str = OUTPUT) -> tuple[Array, DType]:
    """Let the argument of `conv2d_bias_grad` in; return it with the dtype of its sums.

    Narrow integers are summed as NumPy sums them, in its default integer: a batch would overflow them.
    """
    errors = _checks.array("delta", delta, axes)
    dtype = np.result_type(errors)
    return errors, np.add.reduce(np.empty(0, dtype)).dtype if dtype.kind in "iu" else dtype


def transposed(
    z: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array | None, Shape, DType]:
    """Let the arguments of `conv_transpose2d` in; return them with the shape and the dtype of its result."""
    errors, kernel = _checks.array("z", z, OUTPUT), _checks.array("w", w, KERNEL)
    groups = _checks.integer("groups", groups, 1)
    s, p = _checks.pair("stride", stride, 1), _checks.pair("padding", padding, 0)
    d, r = _checks.pair("dilation", dilation, 1), _checks.pair("output_padding", output_padding, 0)
    if errors.shape[3] != kernel.shape[0]:
        raise ValueError(
            f"z: got {errors.shape[3]} channels, expected {kernel.shape[0]}, one for each kernel of w"
        )
    if r[0] >= s[0] or r[1] >= s[1]:
        raise ValueError(f"output_padding: got {output_padding!r}, expected less than the stride {s}")
    height, width = (
        (errors.shape[1 + k] - 1) * s[k] - 2 * p[k] + d[k] * (kernel.shape[1 + k] - 1) + 1 + r[k]
        for k in (0, 1)
    )
    if height < 1 or width < 1:
        raise ValueError(f"padding: got {padding!r}, expected less: the output would be {height} x {width}")
    channels = kernel.shape[3] * groups
    bias = _bias(b, channels, "C", "one bias per channel that leaves")
    dtype = np.result_type(*(value for value in (errors, kernel, bias) if value is not None))
    shape = _checks.shape("z", (errors.shape[0], height, width, channels), IMAGE)
    return _enter(errors, dtype), _enter(kernel, dtype), bias, shape, dtype


def _convolution(
    dtype: DType,
    image: Shape,
    kernel: Shape,
    image_name: str = "a",
    kernel_name: str = "w",
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Convolution:
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
    size = (kernel[1], kernel[2])
    count = _window_count(image_name, image, size, strides, pads, dilations)
    return Convolution(image, size, strides, pads, dilations, count, dtype, kernel, groups)


def _bias(b: npt.ArrayLike | None, length: int, axes: str, why: str) -> Array | None:
    if b is None:
        return None
    bias = _checks.array("b", b, axes)
    _checks.same_shape("b", bias, (length,), why)
    return bias


# ---- pooling


def max_pool(a: npt.ArrayLike, size: Size, **options: Unpack[PoolOptions]) -> tuple[Array, Pooling]:
    """Let the arguments of `max_pool2d` in."""
    image = _checks.array("a", a, IMAGE)
    _checks.ordered("a", image)
    return image, _pooling(np.result_type(image), image.shape, size, "a", **options)


def max_pool_backward(
    dp: npt.ArrayLike,
    argmax: npt.ArrayLike,
    input_shape: Shape,
    size: Size,
    **options: Unpack[PoolOptions],
) -> tuple[Array, Array, Pooling]:
    """Let the arguments of `max_pool2d_backward` in."""
    errors, switches = _checks.array("dp", dp, POOLED), _checks.array("argmax", argmax, POOLED)
    if switches.dtype.kind not in "iu":
        raise TypeError(f"argmax: got dtype {switches.dtype}, expected integers")
    image = _checks.shape("input_shape", input_shape, IMAGE)
    g = _pooling(np.result_type(errors), image, size, "input_shape", **options)
    _checks.same_shape("dp", errors, g.output, "the output of this pooling")
    _checks.same_shape("argmax", switches, g.output, "the output of this pooling")
    return errors, switches, g


def avg_pool(
    a: npt.ArrayLike,
    size: Size,
    *,
    count_include_pad: bool = True,
    **options: Unpack[PoolOptions],
) -> tuple[Array, bool, Pooling]:
    """Let the arguments of `avg_pool2d` in."""
    image, whole = _checks.array("a", a, IMAGE), _checks.flag("count_include_pad", count_include_pad)
    return image, whole, _pooling(quotient_type(image), image.shape, size, "a", **options)


def avg_pool_backward(
    dp: npt.ArrayLike,
    input_shape: Shape,
    size: Size,
    *,
    count_include_pad: bool = True,
    **options: Unpack[PoolOptions],
) -> tuple[Array, bool, Pooling]:
    """Let the arguments of `avg_pool2d_backward` in."""
    errors, whole = _checks.array("dp", dp, POOLED), _checks.flag("count_include_pad", count_include_pad)
    image = _checks.shape("input_shape", input_shape, IMAGE)
    g = _pooling(quotient_type(errors), image, size, "input_shape", **options)
    _checks.same_shape("dp", errors, g.output, "the output of this pooling")
    return errors, whole, g


def pool_padding(padding: Size, size: Pair) -> Pair:
    """Return the padding as a pair, at most half the size: every window keeps a real pixel."""
    pads = _checks.pair("padding", padding, 0)
    if 2 * pads[0] > size[0] or 2 * pads[1] > size[1]:
        raise ValueError(f"padding: got {padding!r}, expected at most half the size {size}")
    return pads


def _pooling(
    dtype: DType, image: Shape, size: Size, name: str, *, stride: Size | None = None, padding: Size = 0
) -> Pooling:
    sizes = _checks.pair("size", size, 1)
    pads = pool_padding(padding, sizes)
    strides = sizes if stride is None else _checks.pair("stride", stride, 1)
    count = _window_count(name, image, sizes, strides, pads, (1, 1))
    return Pooling(image, sizes, strides, pads, (1, 1), count, dtype)


# ---- sizes and dtypes


def _window_count(name: str, image: Shape, size: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Pair:
    """Return how many windows fit along rows and columns: floor((H + 2p - d(K-1) - 1) / s) + 1.

    `name` is what to call the image if no window fits.
    """
    counts = []
    for length, k, s, p, d in zip(image[1:3], size, stride, padding, dilation, strict=True):
        reach = d * (k - 1) + 1
        if reach > length + 2 * p:
            raise ValueError(
                f"{name}: got {image[1]} x {image[2]} pixels with padding {padding}, expected at least "
                f"the reach of the window: size {size} with dilation {dilation}"
            )
        counts.append((length + 2 * p - reach) // s + 1)
    if image[0] * counts[0] * counts[1] > _checks.MOST_ENTRIES:
        raise ValueError(
            f"padding: got {padding}, expected less: {counts[0]} x {counts[1]} windows would fit"
        )
    return counts[0], counts[1]


def quotient_type(value: Array) -> DType:
    """Return the dtype of a mean: integers become float64, everything else stays."""
    return np.dtype(np.float64) if value.dtype.kind in "iu" else np.result_type(value)


def sum_type(dtype: DType, terms: int) -> DType:
    """Return the dtype in which so many numbers are added without losing what the result can hold.

    A long sum of float32 in plain order loses digits (and stops growing at 2**24); float64 does not.
    """
    if dtype.kind not in "fc":
        return dtype
    return np.result_type(dtype, np.float64 if terms > 64 else np.float32)


def _enter(value: Array, dtype: DType) -> Array:
    """Bring an array into the dtype that products are computed in: that of the result, but no half floats."""
    return value.astype(sum_type(dtype, 1), copy=False)
