"""Groups: some of them at a time, as one layer without groups whose weights from one to another are 0.

A group of few channels would fill no vector of the processor; the zeros that are multiplied cost less.
"""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnlab import _layer
from cnnlab._checks import Array
from cnnlab.fast import convolution

# So many channels, or kernels, make a layer that is worth computing by itself.
_FULL = 16


@dataclass(frozen=True)
class Pack:
    """Some neighbouring groups, as a layer without groups."""

    count: int
    channels: slice
    filters: slice
    g: _layer.Convolution

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


def _packs(g: _layer.Convolution) -> Iterator[Pack]:
    """Cut the groups into packs of full size."""
    channels, filters = g.kernel[3], g.kernel[0] // g.groups
    together = max(1, _FULL // max(channels, filters))
    for first in range(0, g.groups, together):
        count = min(together, g.groups - first)
        c, f = (slice(first * each, (first + count) * each) for each in (channels, filters))
        image, kernel = (*g.image[:3], count * channels), (count * filters, *g.size, count * channels)
        yield Pack(count, c, f, dataclasses.replace(g, groups=1, image=image, kernel=kernel))


def _fill(out: Array, g: _layer.Convolution, compute: Callable[[Pack], tuple[Any, Array]]) -> Array:
    """Fill `out` with what `compute` returns for each pack, at the place that it returns with it."""
    for pack in _packs(g):
        place, part = compute(pack)
        out[place] = part
    return out


def forward(a: Array, w: Array, b: Array | None, g: _layer.Convolution) -> Array:
    """Return z, by :eq:`eq-general`."""
    if g.groups == 1:
        return convolution.forward(a, w, b, g)

    def compute(pack: Pack) -> tuple[Any, Array]:
        bias = None if b is None else b[pack.filters]
        z = convolution.forward(a[..., pack.channels], pack.spread(w), bias, pack.g)
        return (..., pack.filters), z

    return _fill(np.empty(g.output, dtype=a.dtype), g, compute)


def input_grad(delta: Array, w: Array, g: _layer.Convolution) -> Array:
    """Return da, by :eq:`eq-general-input`."""
    if g.groups == 1:
        return convolution.input_grad(delta, w, g)

    def compute(pack: Pack) -> tuple[Any, Array]:
        da = convolution.input_grad(delta[..., pack.filters], pack.spread(w), pack.g)
        return (..., pack.channels), da

    return _fill(np.empty(g.image, dtype=delta.dtype), g, compute)


def weight_grad(delta: Array, a: Array, g: _layer.Convolution) -> Array:
    """Return dw, by :eq:`eq-general-weight`."""
    if g.groups == 1:
        return convolution.weight_grad(delta, a, g)

    def compute(pack: Pack) -> tuple[Any, Array]:
        dense = convolution.weight_grad(delta[..., pack.filters], a[..., pack.channels], pack.g)
        return pack.filters, pack.collect(dense)

    return _fill(np.empty(g.kernel, dtype=a.dtype), g, compute)
