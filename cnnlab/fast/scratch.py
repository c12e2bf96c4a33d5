"""Memory that is kept: what is computed on the way goes where the last block left its own.

Fresh memory costs a page fault every 4 KiB: it takes twice as long to fill, and it is not in the cache.
"""

import math
import threading
from types import TracebackType

import numpy as np

from cnnlab._checks import Array, Shape
from cnnlab._dtypes import DType

# A vector of the processor is as wide as a line of its cache: what starts on a line is read fastest.
_LINE_BYTES = 64


class _Kept(threading.local):
    """The buffer of this thread, and how much of it is in use."""

    def __init__(self) -> None:
        self.buffer = np.empty(0, dtype=np.uint8)
        self.used = 0


_kept = _Kept()


class frame:
    """What is taken inside of `with frame():` is given back at its end: then its content may be anything."""

    def __enter__(self) -> None:
        self._used = _kept.used

    def __exit__(self, kind: type | None, error: BaseException | None, where: TracebackType | None) -> None:
        _kept.used = self._used


def aligned(shape: Shape, dtype: DType) -> Array:
    """Return a new array of any content, which starts on a line of the cache."""
    size = math.prod(shape) * dtype.itemsize
    room = np.empty(size + _LINE_BYTES, dtype=np.uint8)
    start = -room.ctypes.data % _LINE_BYTES
    return room[start : start + size].view(dtype).reshape(shape)


def take(shape: Shape, dtype: DType) -> Array:
    """Return an array of kept memory, of any content, which starts on a line of the cache."""
    start = -(-_kept.used // _LINE_BYTES) * _LINE_BYTES
    stop = start + math.prod(shape) * dtype.itemsize
    if stop > len(_kept.buffer):  # what was taken before lives on in the old buffer
        _kept.buffer = aligned((stop + stop // 4,), np.dtype(np.uint8))
    _kept.used = stop
    return _kept.buffer[start:stop].view(dtype).reshape(shape)
