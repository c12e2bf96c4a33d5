"""1 x 1 kernels: the images are matrices as they are, one pixel a row, and a layer is a product."""

from collections.abc import Sequence

import numpy as np

from cnnlab._checks import Array
from cnnlab.fast import measured, products, threads
from cnnlab.fast.correlation import total_type
from cnnlab.fast.scratch import frame


def multiply(source: Array, w: Array, b: Array | None, target: Array, workers: int) -> None:
    """Set each pixel of `target` to the pixel of `source` times w (channels read, channels written)."""
    w = np.ascontiguousarray(w)
    pixels, out = source.reshape(-1, w.shape[0]), target.reshape(-1, w.shape[1])

    def work(blocks: Sequence[slice]) -> None:
        for block in blocks:
            products.multiply(pixels[block], w, out[block])
            if b is not None:
                out[block] += b

    threads.share(work, _blocks(pixels, out, workers), workers)


def weight_grad(delta: Array, a: Array, workers: int) -> Array:
    """Return the sum over pixels of the products of the errors with the activations: (F, C)."""
    errors, pixels = delta.reshape(-1, delta.shape[3]), a.reshape(-1, a.shape[3])

    def work(blocks: Sequence[slice]) -> Array:
        total = np.zeros(errors.shape[1] * pixels.shape[1], dtype=total_type(a.dtype, blocks))
        for block in blocks:
            with frame():
                one, other = (matrix[np.newaxis, np.newaxis, block] for matrix in (errors, pixels))
                total += products.multiply_transposed(one, other)[0]
        return total

    parts = threads.share(work, _blocks(errors, pixels, workers), workers)
    return np.asarray(np.sum(parts, axis=0).astype(a.dtype, copy=False))


def _blocks(one: Array, other: Array, workers: int) -> list[slice]:
    """Cut two matrices with a row for each pixel into blocks that fit, at least one for each worker."""
    row_bytes = (one.shape[1] + other.shape[1]) * one.itemsize
    fitting = max(1, min(measured.MANY_CHANNELS_BYTES // row_bytes, -(-len(one) // workers)))
    return [slice(i, i + fitting) for i in range(0, len(one), fitting)]
