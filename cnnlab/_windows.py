"""Which pixels a kernel offset meets: the one piece of index arithmetic behind convolution and pooling."""

from collections.abc import Iterator

from cnnlab._checks import Pair

Slices = tuple[slice, slice]


def _meeting(offset: int, length: int, count: int, stride: int, padding: int) -> Slices:
    """Along one axis: the windows whose `offset` falls inside the image, and the pixels it falls on.

    Window x meets pixel x * stride + offset - padding.
    """
    start = offset - padding
    first = max(0, -(start // stride))  # the ceiling of -start / stride
    last = min(count - 1, (length - 1 - start) // stride)
    if last < first:
        return slice(0, 0), slice(0, 0)
    begin = first * stride + start
    return slice(first, last + 1), slice(begin, begin + (last - first) * stride + 1, stride)


def offsets(
    image: Pair, count: Pair, size: Pair, stride: Pair, padding: Pair, dilation: Pair
) -> Iterator[tuple[int, int, Slices, Slices]]:
    """Yield m, n, the windows for which offset (m, n) lies on the image, and the pixels under it.

    The windows and the pixels are pairs of slices of equal length, rows and columns.
    Positions in the padding never appear: no padded copy of the image is made.
    """
    for m in range(size[0]):
        rows, pixel_rows = _meeting(m * dilation[0], image[0], count[0], stride[0], padding[0])
        for n in range(size[1]):
            columns, pixel_columns = _meeting(n * dilation[1], image[1], count[1], stride[1], padding[1])
            yield m, n, (rows, columns), (pixel_rows, pixel_columns)
