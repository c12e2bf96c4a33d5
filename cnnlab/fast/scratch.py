"""Memory that is kept: a fast layer writes its intermediate values where the last call left its own.

A fresh array of a megabyte costs a page fault every 4 KiB, as much as filling it twice.
"""

import math
import threading

import numpy as np

from cnnlab._checks import Array, Shape
from cnnlab._layer import DType

# A vector of the processor is as wide as a line of its cache: values that start on a line are read fastest.
_LINE_BYTES = 64

_kept = threading.local()  # each thread has buffers of its own


def scratch(role: str, shape: Shape, dtype: DType) -> Array:
    """Return an array of any content, to be used until this thread asks for the same role again."""
    size = math.prod(shape) * dtype.itemsize
    buffers: dict[str, Array] = _kept.__dict__
    if role not in buffers or buffers[role].size < size:
        room = np.empty(size + _LINE_BYTES, dtype=np.uint8)
        start = -room.ctypes.data % _LINE_BYTES
        buffers[role] = room[start : start + size]
    return buffers[role][:size].view(dtype).reshape(shape)
