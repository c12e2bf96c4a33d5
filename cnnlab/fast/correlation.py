"""One layer without groups as small matrix products on rows of images, block by block as its plan says."""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from cnnlab._checks import Array, Pair, Shape
from cnnlab._dtypes import DType
from cnnlab.fast import products, reading, rows, threads
from cnnlab.fast.plan import Block, Route
from cnnlab.fast.reading import Reading
from cnnlab.fast.scratch import aligned, frame, take
from cnnlab.fast.winograd import Scheme


def correlate(source: Array, w: Array, b: Array | None, target: Array, route: Route) -> None:
    """Set `target` to what it reads of `source` through w (KH, KW, channels read, channels written)."""
    r, s = route.reading, route.scheme
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
                steps = _steps(y, step)
                lines = steps * len(source[images])
                p = take((planes, lines, length), w.dtype)
                for part, x in _planes(source[images], r, s, y.start, steps):
                    out = p[part].reshape(len(x), lines, r.groups, -1).swapaxes(1, 2)
                    products.multiply(rows.windows(x, r), kernels[part, np.newaxis], out)
                if biases is not None:
                    p[everywhere] += biases
                rows.deliver(s.combine, p.reshape(planes, steps, -1, length), target[images, y])

    threads.share(work, route.blocks, route.workers)


def weight_grad(delta: Array, a: Array, kernel: Shape, route: Route, by_columns: bool) -> Array:
    """Return dw: the products of the forward pass transposed, summed over blocks."""
    r, s = route.reading, route.scheme
    filters, channels = kernel[0], kernel[3]
    step, planes = s.combine.shape
    width = r.width if by_columns else r.groups * r.group

    def work(blocks: Sequence[Block]) -> Array:
        total = np.zeros((planes, r.span * channels * r.group * filters), dtype=total_type(a.dtype, blocks))
        for images, y in blocks:
            with frame():
                steps = _steps(y, step)
                e = _error_planes(delta[images, y], s, (steps, width))
                for part, x in _planes(a[images], r, s, y.start, steps):
                    if by_columns:
                        pixels = rows.shifted(x, r.span)  # the last errors, in the padding, meet none
                        errors = e[part].reshape(len(e[part]), 1, -1, filters)[:, :, : pixels.shape[2]]
                        total[part] += products.multiply_transposed(pixels, errors, r.span)
                    else:
                        errors = e[part].reshape(len(e[part]), x.shape[1], r.groups, -1).swapaxes(1, 2)
                        total[part] += products.multiply_transposed(rows.windows(x, r), errors)
        return total

    total = np.sum(threads.share(work, route.blocks, route.workers), axis=0)
    return reading.gather(s.kernel.T @ total.astype(a.dtype, copy=False), kernel, r)


def total_type(dtype: DType, blocks: Sequence[object]) -> DType:
    """Return the dtype in which to add up blocks: many float32 sums would lose digits."""
    return dtype if len(blocks) == 1 else np.dtype(np.float64)


def _steps(y: slice, step: int) -> int:
    """Return how many steps of rows there are, a last one that is not full included."""
    return len(range(y.start, y.stop, step))


def _planes(source: Array, r: Reading, s: Scheme, y: int, steps: int) -> Iterator[tuple[slice, Array]]:
    """Yield what the products take of the source: which of them, and (planes, lines, width, channels)."""
    start = r.taps[0].start
    first = (r.row_step * y + start, r.start)
    lines = (steps * len(source), r.width, source.shape[3])
    if s.transform is not None:
        block = rows.transformed(s.transform, source, first, (steps, r.width))
        yield slice(0, len(block)), block.reshape(-1, *lines)
        return
    reach = (r.taps[-1].start - start) // r.row_step
    block = rows.padded(source, first, (steps + reach, r.width), r.row_step)
    # Taps whose rows have the same phase lie at equal distances, and are multiplied together.
    starts = [tap.start - start for tap in r.taps]
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
