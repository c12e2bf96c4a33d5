"""Many small matrix products instead of one large one."""

from collections.abc import Iterator

import numpy as np

from cnnlab._checks import Array
from cnnlab.fast.scratch import scratch

# OpenBLAS multiplies matrices of up to so many steps (rows x columns x length of the sums) as they lie in
# memory; larger ones it first copies into an order of its own.
_SMALL = 10**6
# A product of fewer rows, or with shorter sums, does not pay for what it costs to begin and to add it up.
_FEWEST_ROWS = 8
_FEWEST_TERMS = 64
# In longer sums float32 would lose digits.
_MOST_TERMS = 1024


def _pieces(rows: int, fitting: int) -> Iterator[tuple[slice, int]]:
    """Yield parts of `rows`, and into how many equal pieces to cut each, so that no piece is longer."""
    count = -(-rows // fitting)
    whole = rows // count * count
    yield slice(0, whole), count
    if whole < rows:
        yield slice(whole, rows), 1


def multiply(left: Array, right: Array, out: Array) -> None:
    """out[..., :, :] = left[..., :, :] @ right, a piece of the rows at a time."""
    *batch, rows, length = left.shape
    columns = right.shape[-1]
    fitting = _SMALL // (length * columns)
    for part, count in _pieces(rows, fitting if fitting >= _FEWEST_ROWS else rows):
        pieces = left[..., part, :].reshape(*batch, count, -1, length)
        np.matmul(pieces, right, out=out[..., part, :].reshape(*batch, count, -1, columns))


def multiply_transposed(left: Array, right: Array, kept: int = 1) -> Array:
    """Return the sum of left[k].T @ right[k] over all k, or for each of so many k, in pieces of the rows."""
    (batch, rows, length), columns = left.shape, right.shape[2]
    sums = []
    fitting = _SMALL // (length * columns)
    for part, count in _pieces(rows, min(fitting, _MOST_TERMS) if fitting >= _FEWEST_TERMS else _MOST_TERMS):
        one = left[:, part].reshape(batch, count, -1, length).swapaxes(0, 1)
        other = right[:, part].reshape(len(right), count, -1, columns).swapaxes(0, 1)
        out = scratch("partial sums", (count, batch, length, columns), left.dtype)
        np.matmul(one.swapaxes(2, 3), other, out=out)
        sums.append(sum_rows(out.reshape(-1, kept * length * columns)))
    return sum(sums[1:], start=sums[0])


def sum_rows(rows: Array) -> Array:
    """Add up the rows of a matrix as a product with a row of ones, which BLAS does faster than a sum."""
    return rows[0] if len(rows) == 1 else np.ones(len(rows), dtype=rows.dtype) @ rows
