"""Rows of images in scratch memory, padded and ready for matrix products."""

import numpy as np

from cnnlab._checks import Array, Pair
from cnnlab.fast.reading import Reading
from cnnlab.fast.scratch import take


def _inside(first: int, length: int, count: int, step: int = 1) -> Pair:
    """Return which k of range(count) have 0 <= first + step * k < length, as start and stop."""
    start = min(count, max(0, -(first // step)))
    return start, max(start, min(count, -((first - length) // step)))


def padded(source: Array, first: Pair, size: Pair, step: int = 1) -> Array:
    """Copy rows of images into scratch, rows first; what lies outside of the images is 0.

    Row first[0] + step * q + phase of the images is `[phase, q]` of the result, whose shape is
    (step, size[0], images, size[1], channels). With rows first, neighbouring rows of all the images are one
    tall matrix; sorted by phase, so are rows that lie a step apart.
    """
    images, height, length, channels = source.shape
    (row, column), (count, width) = first, size
    block = take((step, count, images, width, channels), source.dtype)
    left, right = _inside(column, length, width)
    for phase in range(step):
        top, bottom = _inside(row + phase, height, count, step)
        block[phase, :top] = block[phase, bottom:] = 0
        lines = block[phase, top:bottom]
        lines[:, :, :left] = lines[:, :, right:] = 0
        pixels = source[:, row + phase + step * top :: step, column + left : column + right]
        lines[:, :, left:right] = pixels[:, : bottom - top].swapaxes(0, 1)
    return block


def transformed(matrix: Array, source: Array, first: Pair, size: Pair) -> Array:
    """Multiply each pair of rows, with those that follow, by a matrix; what lies outside of the images is 0.

    Pair q are the rows first[0] + 2 q, first[0] + 2 q + 1, … of the images, one for each column of the
    matrix. The result is (rows of the matrix, size[0] pairs, images, size[1], channels). Nothing is copied
    before: where a row lies outside, the column of the matrix that would meet it is left out.
    """
    images, height, length, channels = source.shape
    (row, column), (count, width), (planes, taps) = first, size, matrix.shape
    block = take((planes, count, images, width, channels), source.dtype)
    left, right = _inside(column, length, width)
    block[..., :left, :] = block[..., right:, :] = 0
    inner = block.reshape(planes, count, images, width * channels)[..., left * channels : right * channels]
    pairs = inner.transpose(2, 1, 0, 3)
    image, line, pixel, item = source.strides
    q = 0
    while q < count:
        top, bottom = _inside(row + 2 * q, height, taps)
        # At the edges a pair at a time; all those between that lie wholly inside at once.
        end = q + 1 if bottom - top < taps else min(count, (height - taps - row) // 2 + 1)
        shape = (images, end - q, bottom - top, (right - left) * channels)
        if 0 in shape:
            pairs[:, q:end] = 0
        else:
            corner = (row + 2 * q + top) * line + (column + left) * pixel
            read = np.ndarray(shape, source.dtype, source, corner, (image, 2 * line, line, item))
            np.matmul(matrix[:, top:bottom], read, out=pairs[:, q:end])
        q = end
    return block


def windows(planes: Array, reading: Reading) -> Array:
    """View planes (planes, lines, width, channels) as the slices that the groups of columns read.

    Returns (planes, groups, lines, span * channels). Neighbouring slices overlap; nothing is copied.
    """
    count, lines, _, channels = planes.shape
    plane, line, pixel, item = planes.strides
    shape = (count, reading.groups, lines, reading.span * channels)
    strides = (plane, reading.column_step * pixel, line, item)
    return np.lib.stride_tricks.as_strided(planes, shape, strides)


def shifted(planes: Array, span: int) -> Array:
    """View planes (planes, lines, width, channels) as lists of pixels, from each of `span` columns on.

    Returns (planes, span, pixels, channels). A column of the kernel meets all pixels, shifted by as many.
    """
    count, lines, width, channels = planes.shape
    plane, _, pixel, item = planes.strides
    shape = (count, span, lines * width - span + 1, channels)
    return np.lib.stride_tricks.as_strided(planes, shape, (plane, pixel, pixel, item))


def deliver(combine: Array, products: Array, target: Array) -> None:
    """Set the rows of `target` (images, rows, columns, channels) to sums of products.

    `combine` is (step, planes), and makes `step` rows of each (planes, rows / step, images, length); what is
    longer than a row of the target belongs to columns that it does not have.
    """
    images, rows, columns, channels = target.shape
    length = columns * channels
    products = products[..., :length].transpose(2, 1, 0, 3)
    whole, rest = divmod(rows, len(combine))
    lines = target[:, : rows - rest].reshape(images, whole, len(combine), length)
    np.matmul(combine, products[:, :whole], out=lines)
    if rest:
        last = target[:, rows - rest :].reshape(images, 1, rest, length)
        np.matmul(combine[:rest], products[:, whole:], out=last)
