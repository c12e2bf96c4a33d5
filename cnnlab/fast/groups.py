"""Groups: some of them at a time, as one layer without groups whose weights from one to another are 0.

A group of few channels would fill no vector of the processor; the zeros that are multiplied cost less.
"""

import dataclasses
import functools
from dataclasses import dataclass

import numpy as np

from cnnlab._checks import Array
from cnnlab._geometry import Convolution
from cnnlab.fast import measured


@dataclass(frozen=True)
class Pack:
    """Some neighbouring groups, as a layer without groups."""

    count: int
    channels: slice
    filters: slice
    g: Convolution

    def spread(self, w: Array) -> Array:
        """Return the kernels of this pack as (F, KH, KW, C), with zeros between the groups."""
        dense = np.zeros(self.g.kernel, dtype=w.dtype)
        self._own(dense)[...] = w[self.filters].reshape(self.count, -1, *w.shape[1:])
        return dense

    def collect(self, dense: Array) -> Array:
        """Return the weights that belong to the groups: `spread` transposed."""
        return self._own(dense).reshape(len(dense), *dense.shape[1:3], -1)

    def _own(self, dense: Array) -> Array:
        """View the weights of each group: (groups, F/groups, KH, KW, C/groups)."""
        shape = (self.count, -1, *dense.shape[1:3], self.count, dense.shape[3] // self.count)
        return np.asarray(np.einsum("gfmngc->gfmnc", dense.reshape(shape)))  # a view of the diagonal


@functools.lru_cache(maxsize=256)  # a network asks for the same few again and again
def packs(g: Convolution) -> tuple[Pack, ...]:
    """Cut the groups into packs of so many channels, or kernels, that they are worth a layer."""
    channels, filters = g.kernel[3], g.kernel[0] // g.groups
    together, found = max(1, measured.FULL_VECTOR // max(channels, filters)), []
    for first in range(0, g.groups, together):
        count = min(together, g.groups - first)
        c, f = (slice(first * each, (first + count) * each) for each in (channels, filters))
        image, kernel = (*g.image[:3], count * channels), (count * filters, *g.size, count * channels)
        found.append(Pack(count, c, f, dataclasses.replace(g, groups=1, image=image, kernel=kernel)))
    return tuple(found)
