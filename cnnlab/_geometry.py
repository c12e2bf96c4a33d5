"""Where windows lie: sizes, and which window meets which pixel through which offset.

A layer exists only if its geometry does, so what makes one impossible is refused here.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypedDict, Unpack

import numpy as np

from cnnlab import _checks
from cnnlab._checks import Pair, Shape, Size

IMAGE = "N, H, W, C"
KERNEL = "F, KH, KW, C/groups"
OUTPUT = "N, OH, OW, F"
POOLED = "N, PH, PW, C"

Slices = tuple[slice, slice]


class ConvolutionOptions(TypedDict):
    """What a convolutional layer is told besides its arrays."""

    stride: Size
    padding: Size
    dilation: Size
    groups: int


@dataclass(frozen=True)
class Windows:
    """Where the windows of a layer lie on its images; all checked."""

    image: Shape  # N, H, W, C
    size: Pair  # KH, KW
    stride: Pair
    padding: Pair
    dilation: Pair
    count: Pair  # OH, OW: how many windows

    def offsets(self, rows: slice | None = None) -> Iterator[tuple[int, int, Slices, Slices]]:
        """Yield m, n, the windows for which offset (m, n) lies on the image, and the pixels under it.

        The windows and the pixels are pairs of slices of equal length, rows and columns.
        Positions in the padding never appear: no padded copy of the image is made.
        With `rows`, only those rows of windows are looked at, and counted from the first of them.
        """
        return iter(
            _offsets(self, 0, self.count[0]) if rows is None else _offsets(self, rows.start, rows.stop)
        )

    def meeting(self, axis: int, offset: int, windows: slice) -> Slices:
        """Along one axis: the windows whose `offset` falls inside the image, and the pixels it falls on."""
        stride, length = self.stride[axis], self.image[1 + axis]
        start = offset * self.dilation[axis] - self.padding[axis]  # window x meets pixel x * stride + start
        first = max(windows.start, -(start // stride))  # the ceiling of -start / stride
        last = min(windows.stop - 1, (length - 1 - start) // stride)
        if last < first:
            return slice(0, 0), slice(0, 0)
        pixels = slice(first * stride + start, last * stride + start + 1, stride)
        return slice(first - windows.start, last + 1 - windows.start), pixels


@functools.lru_cache(maxsize=256)  # a network asks for the same few again and again
def _offsets(g: Windows, start: int, stop: int) -> tuple[tuple[int, int, Slices, Slices], ...]:
    found = []
    for m, n in np.ndindex(g.size):
        (x, u), (y, v) = g.meeting(0, m, slice(start, stop)), g.meeting(1, n, slice(0, g.count[1]))
        found.append((m, n, (x, y), (u, v)))
    return tuple(found)


@dataclass(frozen=True)
class Convolution(Windows):
    """The geometry of a convolutional layer."""

    kernel: Shape  # F, KH, KW, C/groups
    groups: int

    @property
    def pointwise(self) -> bool:
        """Return whether every pixel is a window of its own: then the images are matrices already."""
        return self.size == (1, 1) and self.stride == (1, 1) and self.padding == (0, 0)

    @property
    def output(self) -> Shape:
        """Return the shape of z."""
        return self.image[0], *self.count, self.kernel[0]


@dataclass(frozen=True)
class Transposed(Convolution):
    """The geometry of a transposed convolution: of the convolution that it transposes."""

    output_padding: Pair


@dataclass(frozen=True)
class Pooling(Windows):
    """The geometry of a pooling layer."""

    @property
    def output(self) -> Shape:
        """Return the shape of p."""
        return self.image[0], *self.count, self.image[3]


def convolution(
    image: Shape,
    kernel: Shape,
    image_name: str = "a",
    kernel_name: str = "w",
    **options: Unpack[ConvolutionOptions],
) -> Convolution:
    """Return the geometry of a convolution of these shapes. The two names are for the messages."""
    return _convolution(image, kernel, image_name, kernel_name, *_pairs(**options))


@functools.lru_cache(maxsize=256)
def _convolution(
    image: Shape, kernel: Shape, image_name: str, kernel_name: str,
    stride: Pair, padding: Pair, dilation: Pair, groups: int,
) -> Convolution:  # fmt: skip
    channels, filters = image[3], kernel[0]
    if channels % groups or filters % groups:
        raise ValueError(f"groups: got {groups}, expected a divisor of C = {channels} and of F = {filters}")
    if kernel[3] != channels // groups:
        raise ValueError(
            f"{kernel_name}: got shape {kernel}, expected ({KERNEL}) with C/groups = {channels // groups}: "
            f"{image_name} has {channels} channels in {groups} group(s)"
        )
    size = (kernel[1], kernel[2])
    count = _window_count(image_name, image, size, stride, padding, dilation)
    return Convolution(image, size, stride, padding, dilation, count, kernel, groups)


def transposed(
    output: Shape, kernel: Shape, output_padding: Size, **options: Unpack[ConvolutionOptions]
) -> Transposed:
    """Return the geometry of a transposed convolution of an array of shape `output`."""
    stride, padding, dilation, groups = _pairs(**options)
    extra = _checks.pair("output_padding", output_padding, 0)
    if output[3] != kernel[0]:
        raise ValueError(f"z: got {output[3]} channels, expected {kernel[0]}, one for each kernel of w")
    if extra[0] >= stride[0] or extra[1] >= stride[1]:
        raise ValueError(f"output_padding: got {output_padding!r}, expected less than the stride {stride}")
    height, width = (
        (output[1 + k] - 1) * stride[k] - 2 * padding[k] + dilation[k] * (kernel[1 + k] - 1) + 1 + extra[k]
        for k in (0, 1)
    )
    if height < 1 or width < 1:
        raise ValueError(
            f"padding: got {options['padding']!r}, expected less: the output would be {height} x {width}"
        )
    image = _checks.shape("stride: the output", (output[0], height, width, kernel[3] * groups), IMAGE)
    g = convolution(image, kernel, "z", **options)
    return Transposed(image, g.size, stride, padding, dilation, g.count, kernel, groups, extra)


def _pairs(stride: Size, padding: Size, dilation: Size, groups: int) -> tuple[Pair, Pair, Pair, int]:
    groups = _checks.integer("groups", groups, 1)
    strides, pads = _checks.pair("stride", stride, 1), symmetric(padding)
    return strides, pads, _checks.pair("dilation", dilation, 1), groups


def pooling(image: Shape, size: Size, stride: Size | None, padding: Size, name: str = "a") -> Pooling:
    """Return the geometry of a pooling layer. `name` is what to call the image in a message."""
    sizes = _checks.pair("size", size, 1)
    pads = pool_padding(padding, sizes)
    strides = sizes if stride is None else _checks.pair("stride", stride, 1)
    count = _window_count(name, image, sizes, strides, pads, (1, 1))
    return Pooling(image, sizes, strides, pads, (1, 1), count)


def symmetric(padding: Size) -> Pair:
    """Return the padding as a pair; what other libraries also take is pointed to where it can be had."""
    sides = padding if isinstance(padding, (tuple, list)) else ()
    if isinstance(padding, str) or len(sides) == 4 or any(isinstance(side, (tuple, list)) for side in sides):
        raise ValueError(
            f"padding: got {_checks.short(padding)}, expected an integer or a (rows, columns) pair: "
            "as much on both sides; for any other padding, use np.pad on the images first"
        )
    return _checks.pair("padding", padding, 0)


def pool_padding(padding: Size, size: Pair) -> Pair:
    """Return the padding as a pair, at most half the size: every window keeps a real pixel."""
    pads = symmetric(padding)
    if 2 * pads[0] > size[0] or 2 * pads[1] > size[1]:
        raise ValueError(f"padding: got {padding!r}, expected at most half the size {size}")
    return pads


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
