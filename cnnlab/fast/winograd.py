"""Fewer products: two rows of the target at a time, by Winograd's minimal filtering.

Two neighbouring outputs of a filter with three taps take six products as they are written,

    z0 = x0 w0 + x1 w1 + x2 w2
    z1 = x1 w0 + x2 w1 + x3 w2,

and four in this order:

    p0 = (x0 - x2) w0                        z0 = p0 + p1 + p2
    p1 = (x1 + x2) (w0 + w1 + w2) / 2        z1 = p1 - p2 + p3
    p2 = (x2 - x1) (w0 - w1 + w2) / 2
    p3 = (x3 - x1) w2

In matrices, z = combine [(kernel w) * (transform x)]. Here x and z are whole rows of images, and each product
is a correlation along the rows. Since z is linear in w, its gradient is
dw = kernel.T [(combine.T delta) * (transform x)].
"""

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab._checks import Array
from cnnlab._dtypes import DType
from cnnlab.fast import measured
from cnnlab.fast.reading import Reading

# transform, kernel and combine for two outputs and one, two or three taps.
_TWO_OUTPUTS: dict[int, tuple[Any, Any, Any]] = {
    1: ([[1, 0], [0, 1]], [[1], [1]], [[1, 0], [0, 1]]),
    2: (
        [[1, -1, 0], [0, 1, 0], [0, -1, 1]],
        [[1, 0], [1, 1], [0, 1]],
        [[1, 1, 0], [0, 1, 1]],
    ),
    3: (
        [[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, -1, 0, 1]],
        [[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]],
        [[1, 1, 1, 0], [0, 1, -1, 1]],
    ),
}


@dataclass(frozen=True)
class Scheme:
    """How rows of a target come from products: of rows with kernel rows, or of sums of rows with sums."""

    transform: Array | None  # (planes, rows of the source); None: the rows themselves, one for each tap
    kernel: Array  # (planes, taps)
    combine: Array  # (rows of the target, planes)


def scheme(reading: Reading, channels: int, dtype: DType) -> Scheme:
    """Return how to compute this reading: by Winograd's products where they exist and pay, or tap by tap."""
    taps, first, last = len(reading.taps), reading.taps[0].start, reading.taps[-1].start
    neighbours = reading.row_step == 1 and last - first == taps - 1
    if neighbours and taps > 1 and channels >= measured.FEWEST_WINOGRAD_CHANNELS:
        return minimal(taps, dtype)
    return plain(taps, dtype)


@functools.lru_cache(maxsize=64)
def plain(taps: int, dtype: DType) -> Scheme:
    """Return the scheme of one output and one product for each tap."""
    return Scheme(None, np.eye(taps, dtype=dtype), np.ones((1, taps), dtype=dtype))


@functools.lru_cache(maxsize=64)
def minimal(taps: int, dtype: DType) -> Scheme:
    """Return the scheme for two outputs of a filter with so many taps: by runs of three taps, and a rest."""
    runs = [3] * (taps // 3) + [taps % 3] * (taps % 3 > 0)
    planes = sum(run + 1 for run in runs)
    transform, kernel, combine = np.zeros((planes, taps + 1)), np.zeros((planes, taps)), np.zeros((2, planes))
    plane = tap = 0
    for run in runs:
        here, there = slice(plane, plane + run + 1), slice(tap, tap + run + 1)
        transform[here, there], kernel[here, tap : tap + run], combine[:, here] = _TWO_OUTPUTS[run]
        plane, tap = here.stop, tap + run
    return Scheme(transform.astype(dtype), kernel.astype(dtype), combine.astype(dtype))
