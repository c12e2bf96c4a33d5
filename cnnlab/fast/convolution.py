"""A convolution as small matrix products on rows of images."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from cnnlab import _layer
from cnnlab._checks import Array, Pair
from cnnlab.fast import products, reading, rows, threads, winograd
from cnnlab.fast.reading import Reading
from cnnlab.fast.scratch import aligned, frame, take
from cnnlab.fast.winograd import Scheme

Block = tuple[slice, slice]  # images, rows of the target

# Multiplications in a layer that is worth the trouble.
_FEWEST_STEPS = 1_000_000
# Weights in a row of the kernels from which on no product is small.
_MOST_WEIGHTS = 75_000
# From so many weights on for each place of the kernel, the products of single columns are large enough.
_LARGE_TAP = 4096


def takes(g: _layer.Convolution, dtype: _layer.DType) -> bool:
    """Return whether a layer is computed here: what is not, the textbook does as fast, or faster.

    A small layer would be mostly Python here. Where im2col copies a pixel once or twice, or makes few
    windows, there is little to save. And large kernels make large products in any order.
    """
    (s, t), (_, e), (height, width), channels = g.stride, g.dilation, g.size, g.kernel[3]
    reach = e * (width - 1) + 1
    copies = height * width / (s * t)
    return (
        dtype in (np.float32, np.float64)
        and math.prod(g.output) * math.prod(g.kernel[1:]) >= _FEWEST_STEPS
        and (_pointwise(g) or copies >= 3 or (copies > 1 and channels < 16))
        and math.prod(g.count) >= height * width
        and reach * channels * g.kernel[0] // g.groups <= _MOST_WEIGHTS
        and reach <= 2 * width  # the band of a dilated kernel is full of zeros
    )


def _pointwise(g: _layer.Convolution) -> bool:
    """Return whether every pixel is a window of its own: then the images are matrices already."""
    return g.size == (1, 1) and g.stride == (1, 1) and g.padding == (0, 0)


def forward(a: Array, w: Array, b: Array | None, g: _layer.Convolution) -> Array:
    """Return z: the activations read by :eq:`eq-general`."""
    a, z = np.ascontiguousarray(a), np.empty(g.output, dtype=a.dtype)
    if _pointwise(g):
        _multiply_pixels(a, w[:, 0, 0].T, b, z)
    else:
        _correlate(a, w.transpose(1, 2, 3, 0), b, z, reading.forward(g))
    return z


def input_grad(delta: Array, w: Array, g: _layer.Convolution) -> Array:
    """Return da: the errors read by :eq:`eq-general-input`, for every first row up to the stride."""
    delta, da = np.ascontiguousarray(delta), np.empty(g.image, dtype=delta.dtype)
    if _pointwise(g):
        _multiply_pixels(delta, w[:, 0, 0], None, da)
        return da
    for first, r in reading.back(g):
        target = da[:, first :: g.stride[0]]
        if r.taps:
            _correlate(delta, w.transpose(1, 2, 0, 3), None, target, r)
        else:
            target[...] = 0  # no window reaches these rows
    return da


def _correlate(source: Array, w: Array, b: Array | None, target: Array, r: Reading) -> None:
    """Set `target` to what it reads of `source` through w (KH, KW, channels read, channels written)."""
    channels = w.shape[2]
    s = winograd.scheme(r, channels, w.dtype)
    step, planes = s.combine.shape
    bands = reading.bands(w, r)
    kernels = aligned((planes, *bands.shape[1:]), w.dtype)
    np.matmul(s.kernel, bands.reshape(len(bands), -1), out=kernels.reshape(planes, -1))
    length = r.groups * kernels.shape[2]
    biases = None if b is None else np.broadcast_to(b.astype(w.dtype), (length // len(b), len(b))).reshape(-1)
    everywhere = int(s.combine.all(axis=0).argmax())  # a product that is part of every row of the target

    def work(blocks: Sequence[Block]) -> None:
        for images, y in blocks:
            with frame():
                count = _count(y, step)
                lines = count * len(source[images])
                p = take((planes, lines, length), w.dtype)
                for part, x in _planes(source[images], r, s, y.start, count):
                    out = p[part].reshape(len(x), lines, r.groups, -1).swapaxes(1, 2)
                    products.multiply(rows.windows(x, r), kernels[part, np.newaxis], out)
                if biases is not None:
                    p[everywhere] += biases
                rows.deliver(s.combine, p.reshape(planes, count, -1, length), target[images, y])

    row_bytes = w.itemsize * (channels * r.width * _copies(r, s) + length * planes / step)
    count = threads.count(len(source) * r.rows * r.groups * kernels.size // step)
    threads.share(work, rows.blocks(len(source), r.rows, row_bytes, _most_bytes(s), step, count), count)


def weight_grad(delta: Array, a: Array, g: _layer.Convolution) -> Array:
    """Return dw, :eq:`eq-general-weight`: the products of the forward pass transposed, summed over blocks."""
    a, delta = np.ascontiguousarray(a), np.ascontiguousarray(delta)
    if _pointwise(g):
        return _pixels_transposed(delta, a).reshape(g.kernel)
    r = reading.forward(g)
    filters, channels = g.kernel[0], g.kernel[3]
    s = winograd.scheme(r, channels, a.dtype)
    step, planes = s.combine.shape
    large = _large(g, r)
    width = r.width if large else r.groups * r.group
    copies = 1 if s.transform is None else planes / step
    row_bytes = a.itemsize * (channels * r.width * _copies(r, s) + filters * width * copies)
    threads_used = threads.count(len(a) * r.rows * width * planes * r.span * channels * filters // step)
    blocks = rows.blocks(len(a), r.rows, row_bytes, _most_bytes(s), step, threads_used)

    def work(blocks: Sequence[Block]) -> Array:
        total = np.zeros((planes, r.span * channels * r.group * filters), dtype=_total_type(a, blocks))
        for images, y in blocks:
            with frame():
                e = _error_planes(delta[images, y], s, (_count(y, step), width))
                for part, x in _planes(a[images], r, s, y.start, _count(y, step)):
                    if large:
                        pixels = rows.shifted(x, r.span)  # the last errors, in the padding, meet none
                        errors = e[part].reshape(len(e[part]), 1, -1, filters)[:, :, : pixels.shape[2]]
                        total[part] += products.multiply_transposed(pixels, errors, r.span)
                    else:
                        errors = e[part].reshape(len(e[part]), x.shape[1], r.groups, -1).swapaxes(1, 2)
                        total[part] += products.multiply_transposed(rows.windows(x, r), errors)
        return total

    total = np.sum(threads.share(work, blocks, threads_used), axis=0)
    return reading.gather(s.kernel.T @ total.astype(a.dtype, copy=False), g.kernel, r)


def _large(g: _layer.Convolution, r: Reading) -> bool:
    """Return whether to multiply for each column of the kernel alone: so its sums are few and long."""
    return g.kernel[0] * g.kernel[3] >= _LARGE_TAP and r.column_step == 1


def _count(y: slice, step: int) -> int:
    """Return how many steps of rows there are, a last one that is not full included."""
    return len(range(y.start, y.stop, step))


def _most_bytes(s: Scheme) -> int:
    """Return what a block may take: Winograd's scheme is for many channels."""
    return rows.FEW_CHANNELS_BYTES if s.transform is None else rows.MANY_CHANNELS_BYTES


def _copies(r: Reading, s: Scheme) -> float:
    """Return how many rows of scratch memory hold the source, for each row of the target."""
    return r.row_step if s.transform is None else len(s.transform) / len(s.combine)


def _planes(source: Array, r: Reading, s: Scheme, y: int, count: int) -> Iterator[tuple[slice, Array]]:
    """Yield what the products take of the source: which of them, and (planes, lines, width, channels)."""
    first = (r.row_step * y + r.taps[0][0], r.start)
    lines = (count * len(source), r.width, source.shape[3])
    if s.transform is not None:
        block = rows.transformed(s.transform, source, first, (count, r.width))
        yield slice(0, len(block)), block.reshape(-1, *lines)
        return
    reach = (r.taps[-1][0] - r.taps[0][0]) // r.row_step
    block = rows.padded(source, first, (count + reach, r.width), r.row_step)
    # Taps whose rows have the same phase lie at equal distances, and are multiplied together.
    starts = [start - r.taps[0][0] for start, _ in r.taps]
    apart = starts[1] if len(starts) > 1 else 1
    period = r.row_step // math.gcd(r.row_step, apart)
    for k in range(min(period, len(starts))):
        q, phase = divmod(starts[k], r.row_step)
        shape = (len(starts[k::period]), *lines)
        row = block.strides[1]
        strides = (apart * period // r.row_step * row, row // len(source), *block.strides[3:])
        yield slice(k, None, period), np.lib.stride_tricks.as_strided(block[phase, q:], shape, strides)


def _error_planes(delta: Array, s: Scheme, size: Pair) -> Array:
    """Return the errors that meet the planes of `_planes` in the weight gradient."""
    if s.transform is not None:
        return rows.transformed(s.combine.T, delta, (0, 0), size)
    block = rows.padded(delta, (0, 0), size)
    return np.broadcast_to(block, (s.combine.shape[1], *block.shape[1:]))


def _total_type(a: Array, blocks: Sequence[object]) -> _layer.DType:
    """Return the dtype in which to add up blocks: many float32 sums would lose digits."""
    return a.dtype if len(blocks) == 1 else np.dtype(np.float64)


# ---- 1 x 1 kernels: the images are matrices as they are, one pixel a row


def _pixel_blocks(one: Array, other: Array, count: int) -> list[slice]:
    """Cut two matrices with a row for each pixel into blocks that fit, at least so many."""
    row_bytes = (one.shape[1] + other.shape[1]) * one.itemsize
    fitting = max(1, min(rows.MANY_CHANNELS_BYTES // row_bytes, -(-len(one) // count)))
    return [slice(i, i + fitting) for i in range(0, len(one), fitting)]


def _multiply_pixels(source: Array, w: Array, b: Array | None, target: Array) -> None:
    """Set each pixel of `target` to the pixel of `source` times w (channels read, channels written)."""
    w = np.ascontiguousarray(w)
    pixels, out = source.reshape(-1, w.shape[0]), target.reshape(-1, w.shape[1])

    def work(blocks: Sequence[slice]) -> None:
        for block in blocks:
            products.multiply(pixels[block], w, out[block])
            if b is not None:
                out[block] += b

    count = threads.count(len(pixels) * w.size)
    threads.share(work, _pixel_blocks(pixels, out, count), count)


def _pixels_transposed(delta: Array, a: Array) -> Array:
    """Return the sum over pixels of the products of the errors with the activations: (F, C)."""
    errors, pixels = delta.reshape(-1, delta.shape[3]), a.reshape(-1, a.shape[3])

    def work(blocks: Sequence[slice]) -> Array:
        total = np.zeros(errors.shape[1] * pixels.shape[1], dtype=_total_type(a, blocks))
        for block in blocks:
            with frame():
                one, other = (matrix[np.newaxis, np.newaxis, block] for matrix in (errors, pixels))
                total += products.multiply_transposed(one, other)[0]
        return total

    count = threads.count(pixels.size * errors.shape[1])
    parts = threads.share(work, _pixel_blocks(errors, pixels, count), count)
    return np.asarray(np.sum(parts, axis=0).astype(a.dtype, copy=False))
