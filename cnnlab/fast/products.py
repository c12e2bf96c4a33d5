"""Many small matrix products instead of one large one."""

from collections.abc import Iterator

import numpy as np

from cnnlab._checks import Array
from cnnlab.fast import measured
from cnnlab.fast.scratch import take


def _pieces(rows: int, fitting: int) -> Iterator[tuple[slice, int]]:
    """Yield parts of `rows`, and into how many equal pieces to cut each, so that no piece is longer."""
    count = -(-rows // fitting)
    whole = rows // count * count
    yield slice(0, whole), count
    if whole < rows:
        yield slice(whole, rows), 1


def multiply(left: Array, right: Array, out: Array) -> None:
    """out[..., :, :] = left[..., :, :] @ right[..., :, :], a piece of the rows at a time."""
    *batch, rows, length = left.shape
    columns = right.shape[-1]
    fitting = measured.SMALL_PRODUCT // (length * columns)
    for part, count in _pieces(rows, fitting if fitting >= measured.FEWEST_ROWS else rows):
        pieces = left[..., part, :].reshape(*batch, count, -1, length)
        out_pieces = out[..., part, :].reshape(*batch, count, -1, columns)
        np.matmul(pieces, right[..., np.newaxis, :, :], out=out_pieces)


def multiply_transposed(left: Array, right: Array, kept: int = 1) -> Array:
    """Return for each p the sum of left[p, k].T @ right[p, k] over k, in pieces of the rows.

    With `kept`, the number of k, they are not added up.
    """
    planes, batch, rows, length = left.shape
    columns = right.shape[-1]
    sums = []
    fitting, most = measured.SMALL_PRODUCT // (length * columns), measured.MOST_TERMS
    for part, count in _pieces(rows, min(fitting, most) if fitting >= measured.FEWEST_TERMS else most):
        one = left[:, :, part].reshape(planes, batch, count, -1, length).swapaxes(1, 2)
        other = right[:, :, part].reshape(*right.shape[:2], count, -1, columns).swapaxes(1, 2)
        out = take((planes, count, batch, length, columns), left.dtype)
        np.matmul(one.swapaxes(3, 4), other, out=out)
        sums.append(sum_pieces(out.reshape(planes, -1, kept * length * columns)))
    return sum(sums[1:], start=sums[0])


def sum_pieces(pieces: Array) -> Array:
    """Add up over the middle axis as a product with a row of ones, which BLAS does faster than a sum."""
    count = pieces.shape[1]
    return pieces[:, 0] if count == 1 else np.ones(count, dtype=pieces.dtype) @ pieces


def sum_rows(rows: Array) -> Array:
    """Add up the rows of a matrix, however many: short sums as products, and their results in float64."""
    count, columns = rows.shape
    together = max(1, 128 // columns)  # a short row fills no vector
    few = 128 * together
    whole = count // few * few
    pieces = np.ones(128, dtype=rows.dtype) @ rows[:whole].reshape(-1, 128, together * columns)
    total = pieces.sum(axis=0, dtype=np.float64).reshape(together, columns).sum(axis=0)
    return np.asarray(total + rows[whole:].sum(axis=0, dtype=np.float64))
