"""Which rows and columns of a source each position of a target reads.

The forward pass and the input gradient are the same work: a target (z, or da) reads a source (a, or delta).
A row of the target is a sum over taps: a row of the source, times a row of the kernel. Along the columns, a
group of neighbours of the target is the product of one slice of the source's row with a banded matrix that
holds the kernel once for each neighbour.
"""

import functools
from dataclasses import dataclass

import numpy as np

from cnnlab import _layer
from cnnlab._checks import Array, Shape

# A matrix of this many columns fills the vectors of a processor. A layer of fewer channels takes two or four
# neighbouring columns of the image together; more would only multiply zeros, of which the band is full.
_FULL = 16


@dataclass(frozen=True)
class Reading:
    """Which rows and columns of a source the positions of a target read."""

    rows: int  # of the target
    columns: int
    row_step: int  # row y of the target reads row row_step * y + start of the source, for each tap's start,
    taps: tuple[tuple[int, int], ...]  # (start, m): with row m of the kernel; in the order of the starts
    group: int  # so many columns of the target are found together:
    start: int  # group g reads, from column column_step * g + start on,
    column_step: int
    span: int  # so many columns of the source,
    meetings: tuple[tuple[int, int, int], ...]  # (k, j, n): the k-th for the j-th by column n of the kernel

    @functools.cached_property
    def kernel_rows(self) -> slice:
        """Return the rows m of the kernel that the taps stand for: all, or every so many, or backwards."""
        rows = [m for _, m in self.taps]
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
    return max(n for n in (1, 2, 4) if n == 1 or n * channels <= _FULL)


@functools.lru_cache(maxsize=256)  # a network asks for the same few again and again
def forward(g: _layer.Convolution) -> Reading:
    """Return how z reads a: window x meets pixel s x + d m - p through offset m, by :eq:`eq-general`."""
    (s, t), (d, e), (p, q), (height, width) = g.stride, g.dilation, g.padding, g.size
    group = _neighbours(g.kernel[0])
    meetings = tuple((t * j + e * n, j, n) for j in range(group) for n in range(width))
    return Reading(
        *g.count,
        row_step=s,
        taps=tuple((d * m - p, m) for m in range(height)),
        group=group,
        start=-q,
        column_step=t * group,
        span=t * (group - 1) + e * (width - 1) + 1,
        meetings=meetings,
    )


@functools.lru_cache(maxsize=256)
def back(g: _layer.Convolution) -> tuple[tuple[int, Reading], ...]:
    """Return how da reads delta: `first`, and the reading of rows first, first + s, first + 2s … of da.

    Pixel u met window x through offset m if u = s x + d m - p. So it reads x = (u + p - d m) / s, for those
    m that leave no remainder: the same m for all u that are a stride apart, and no zero is multiplied.
    """
    (s, t), (d, e), (p, q), (height, width) = g.stride, g.dilation, g.padding, g.size
    group = t * _neighbours(g.kernel[3] * t)
    meetings = [(j + q - e * n, j, n) for j in range(group) for n in range(width)]
    meetings = [(k // t, j, n) for k, j, n in meetings if k % t == 0]
    start, stop = min(meetings)[0], max(meetings)[0] + 1
    readings = []
    for first in range(min(s, g.image[1])):
        taps = sorted(((first + p - d * m) // s, m) for m in range(height) if (first + p - d * m) % s == 0)
        r = Reading(
            rows=len(range(first, g.image[1], s)),
            columns=g.image[2],
            row_step=1,
            taps=tuple(taps),
            group=group,
            start=start,
            column_step=group // t,
            span=stop - start,
            meetings=tuple((k - start, j, n) for k, j, n in meetings),
        )
        readings.append((first, r))
    return tuple(readings)


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
