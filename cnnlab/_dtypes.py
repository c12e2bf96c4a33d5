"""What is computed in which dtype: products, sums and means.

No rule here asks for a shape; where windows lie is `_geometry`'s to say.
"""

import functools
from typing import Any

import numpy as np

from cnnlab._checks import Array

DType = np.dtype[Any]
FLOATS = (np.dtype(np.float32), np.dtype(np.float64))  # what processors multiply, and `cnnlab.fast` takes

_MOST_FLOAT32_TERMS = 64


def refuse_all_but_floats(dtype: DType) -> None:
    """Refuse what `cnnlab.fast` cannot compute."""
    if dtype not in FLOATS:
        raise TypeError(f"dtype: got {dtype}, expected float32 or float64 (cnnlab.textbook takes any)")


def quotient_type(value: Array) -> DType:
    """Return the dtype of a mean: integers become float64, everything else stays."""
    return np.dtype(np.float64) if value.dtype.kind in "iu" else np.result_type(value)


def sum_type(dtype: DType, terms: int) -> DType:
    """Return the dtype in which so many numbers are added without losing what the result can hold.

    A long sum of float32 in plain order loses digits (and stops growing at 2**24); float64 does not.
    """
    return _wide_type(dtype, np.float64 if terms > _MOST_FLOAT32_TERMS else np.float32)


@functools.cache  # every call of every layer asks
def _wide_type(dtype: DType, least: type[np.floating[Any]]) -> DType:
    return np.result_type(dtype, least) if dtype.kind in "fc" else dtype


def batch_sum_type(dtype: DType) -> DType:
    """Return the dtype of a sum over a batch: a wide integer for narrow ones, as NumPy sums them."""
    return np.add.reduce(np.empty(0, dtype)).dtype if dtype.kind in "iu" else dtype


def entering(value: Array, dtype: DType) -> Array:
    """Bring an array into the dtype that is computed in: that of the result, but no half floats."""
    return value.astype(sum_type(dtype, 1), copy=False)
