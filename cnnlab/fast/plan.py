"""How a layer is computed: decided once, and asked by the forward pass and both gradients alike."""

import functools
from dataclasses import dataclass

from cnnlab._dtypes import DType, refuse_all_but_floats
from cnnlab._geometry import Convolution
from cnnlab.fast import measured, reading, threads, winograd
from cnnlab.fast.reading import Reading
from cnnlab.fast.winograd import Scheme

Block = tuple[slice, slice]  # images, rows of the target


@dataclass(frozen=True)
class Route:
    """What a target reads, by which products, in which blocks and on how many threads."""

    reading: Reading
    scheme: Scheme
    blocks: tuple[Block, ...]
    workers: int


@dataclass(frozen=True)
class Plan:
    """The routes of a convolution without groups."""

    pointwise: bool
    workers: int  # for such a layer
    forward: Route  # z reads a
    back: tuple[tuple[int, Route | None], ...]  # da reads delta, from row `first` on, a stride apart
    weights: Route  # what z reads of a meets delta
    by_columns: bool  # dw for each column of the kernel alone: so its sums are few and long

    @classmethod
    def of(cls, g: Convolution, dtype: DType) -> "Plan":
        """Return the plan of a layer, for as many threads as there may be now."""
        return _plan(g, dtype, threads.allowed())


@functools.lru_cache(maxsize=256)  # a network asks for the same few again and again
def _plan(g: Convolution, dtype: DType, allowed: int) -> Plan:
    refuse_all_but_floats(dtype)
    filters, channels, images = g.kernel[0], g.kernel[3], g.image[0]
    r = reading.of_activations(g)
    back = tuple(
        (first, _route(q, images, filters, channels, dtype, allowed) if q.taps else None)
        for first, q in reading.of_errors(g)
    )
    return Plan(
        pointwise=g.pointwise,
        workers=threads.worth(images * g.image[1] * g.image[2] * filters * channels, allowed),
        forward=_route(r, images, channels, filters, dtype, allowed),
        back=back,
        weights=_weights(r, images, channels, filters, dtype, allowed),
        by_columns=_by_columns(r, channels, filters),
    )


def _route(r: Reading, images: int, read: int, written: int, dtype: DType, allowed: int) -> Route:
    """Plan a target with `written` channels that reads a source with `read` of them."""
    s = winograd.scheme(r, read, dtype)
    step, planes = s.combine.shape
    length = r.groups * r.group * written
    row_bytes = dtype.itemsize * (read * r.width * _copies(r, s) + length * planes / step)
    workers = threads.worth(images * r.rows * length * planes * r.span * read // step, allowed)
    return Route(r, s, _blocks(images, r.rows, row_bytes, s, workers), workers)


def _weights(r: Reading, images: int, channels: int, filters: int, dtype: DType, allowed: int) -> Route:
    """Plan the weight gradient, in which scratch memory holds errors beside what z reads."""
    s = winograd.scheme(r, channels, dtype)
    step, planes = s.combine.shape
    width = r.width if _by_columns(r, channels, filters) else r.groups * r.group
    held_errors = 1 if s.transform is None else planes / step
    row_bytes = dtype.itemsize * (channels * r.width * _copies(r, s) + filters * width * held_errors)
    workers = threads.worth(images * r.rows * width * planes * r.span * channels * filters // step, allowed)
    return Route(r, s, _blocks(images, r.rows, row_bytes, s, workers), workers)


def _by_columns(r: Reading, channels: int, filters: int) -> bool:
    return filters * channels >= measured.LARGE_TAP and r.column_step == 1


def _copies(r: Reading, s: Scheme) -> float:
    """Return how many rows of scratch memory hold the source, for each row of the target."""
    return r.row_step if s.transform is None else len(s.transform) / len(s.combine)


def _blocks(images: int, rows: int, row_bytes: float, s: Scheme, workers: int) -> tuple[Block, ...]:
    """Cut images into equal blocks that fit; where one image is too large, into some of its rows.

    One row of the target needs `row_bytes`. Blocks of rows begin at multiples of the scheme's step; there
    are at least as many blocks as workers, if there are so many images.
    """
    step = len(s.combine)
    most = measured.FEW_CHANNELS_BYTES if s.transform is None else measured.MANY_CHANNELS_BYTES
    fitting = max(step, int(most / row_bytes))
    few, flat = max(1, fitting // rows), min(rows, fitting // step * step)
    few = -(-images // max(-(-images // few), min(workers, images)))
    return tuple(
        (slice(i, min(i + few, images)), slice(y, min(y + flat, rows)))
        for i in range(0, images, few)
        for y in range(0, rows, flat)
    )
