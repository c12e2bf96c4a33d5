"""Which rows and columns of a source each position of a target reads.

The forward pass and the input gradient are the same work: a target (z, or da) reads a source (a, or delta).
A row of the target is a sum over taps: a row of the source, times a row of the kernel. Along the columns, a
group of neighbours of the target is the product of one slice of the source's row with a banded matrix that
holds the kernel once for each neighbour.
"""

import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cnnlab._checks import Array, Shape
from cnnlab._geometry import Convolution
from cnnlab.fast import measured


class Tap(NamedTuple):
    """Row row_step * y + start of the source meets row m of the kernel, for row y of the target."""

    start: int
    m: int


class Meeting(NamedTuple):
    """The k-th column of a slice of the source meets column n of the kernel, for the j-th of a group."""

    k: int
    j: int
    n: int


@dataclass(frozen=True)
class Reading:
    """Which rows and columns of a source the positions of a target read."""

    rows: int  # of the target
    columns: int
    row_step: int
    taps: tuple[Tap, ...]  # in the order of their starts
    group: int  # so many columns of the target are found together:
    start: int  # group g reads, from column column_step * g + start on,
    column_step: int
    span: int  # so many columns of the source,
    meetings: tuple[Meeting, ...]

    @functools.cached_property
    def kernel_rows(self) -> slice:
        """Return the rows m of the kernel that the taps stand for: all, or every so many, or backwards."""
        rows = [tap.m for tap in self.taps]
        step = rows[1] - rows[0] if len(rows) > 1 else 1
        stop = rows[-1] + step
        return slice(rows[0], stop if stop >= 0 else None, step)

    @functools.cached_property
    def groups(self) -> int:
        """Return how many groups of columns cover the target."""
        return -(-self.columns // self.group)

    @functools.cached_property
    def width(self) -> int:
        """Return how many columns of the source are read in all."""
        return self.column_step * (self.groups - 1) + self.span


def _neighbours(channels: int) -> int:
    """Return how many columns to take together; more would only multiply zeros, of which a band is full."""
    return max(n for n in (1, 2, 4) if n == 1 or n * channels <= measured.FULL_VECTOR)


def of_activations(g: Convolution) -> Reading:
    """Return how z reads a: window x meets pixel s x + d m - p through offset m, by :eq:`eq-general`."""
    (s, t), (d, e), (p, q), (height, width) = g.stride, g.dilation, g.padding, g.size
    group = _neighbours(g.kernel[0])
    meetings = tuple(Meeting(t * j + e * n, j, n) for j in range(group) for n in range(width))
    return Reading(
        *g.count,
        row_step=s,
        taps=tuple(Tap(d * m - p, m) for m in range(height)),
        group=group,
        start=-q,
        column_step=t * group,
        span=t * (group - 1) + e * (width - 1) + 1,
        meetings=meetings,
    )


def of_errors(g: Convolution) -> Iterator[tuple[int, Reading]]:
    """Yield how da reads delta: `first`, and the reading of rows first, first + s, first + 2s … of da.

    Pixel u met window x through offset m if u = s x + d m - p. So it reads x = (u + p - d m) / s, for those
    m that leave no remainder: the same m for all u that are a stride apart, and no zero is multiplied.
    """
    (s, t), (d, e), (p, q), (height, width) = g.stride, g.dilation, g.padding, g.size
    group = t * _neighbours(g.kernel[3] * t)
    meetings = [(j + q - e * n, j, n) for j in range(group) for n in range(width)]
    meetings = [(k // t, j, n) for k, j, n in meetings if k % t == 0]
    start, stop = min(meetings)[0], max(meetings)[0] + 1
    for first in range(min(s, g.image[1])):
        taps = [Tap((first + p - d * m) // s, m) for m in range(height) if (first + p - d * m) % s == 0]
        yield (
            first,
            Reading(
                rows=len(range(first, g.image[1], s)),
                columns=g.image[2],
                row_step=1,
                taps=tuple(sorted(taps)),
                group=group,
                start=start,
                column_step=group // t,
                span=stop - start,
                meetings=tuple(Meeting(k - start, j, n) for k, j, n in meetings),
            ),
        )


def bands(w: Array, reading: Reading) -> Array:
    """Return the kernels as a banded matrix for each tap: (taps, span * channels read, group * written).

    `w` is (KH, KW, channels read, channels written).
    """
    _, _, read, written = w.shape
    banded = np.zeros((len(reading.taps), reading.span, read, reading.group, written), dtype=w.dtype)
    for k, j, n in reading.meetings:
        banded[:, k, :, j] = w[reading.kernel_rows, n]
    return banded.reshape(len(banded), reading.span * read, reading.group * written)


def gather(banded: Array, kernel: Shape, reading: Reading) -> Array:
    """Add up the entries of banded matrices (taps, span * C, group * F) that hold the same weight of w."""
    filters, _, _, channels = kernel
    dw = np.zeros(kernel, dtype=banded.dtype)
    banded = banded.reshape(-1, reading.span, channels, reading.group, filters)
    for k, j, n in reading.meetings:
        dw[:, reading.kernel_rows, n] += banded[:, k, :, j].transpose(2, 0, 1)
    return dw
