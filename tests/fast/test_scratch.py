"""Kept memory: taken, given back, never in a result."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from helpers.fast_layers import draw, fast_results

from cnnlab.fast import scratch


def take_and_give_back():
    f32 = np.dtype(np.float32)
    with scratch.frame():
        scratch.take((10_000,), f32)
    with scratch.frame():
        one, other = scratch.take((3, 5), f32), scratch.take((100,), f32)
        assert not np.shares_memory(one, other) and one.shape == (3, 5) and one.dtype == f32
        assert one.ctypes.data % 64 == other.ctypes.data % 64 == 0
        with scratch.frame():
            inner = scratch.take((7,), f32)
        again = scratch.take((7,), f32)
        assert np.shares_memory(inner, again) and not np.shares_memory(again, other)
        large = scratch.take((10**6,), f32)  # in a larger buffer; what was taken before is still there
        one[...] = 1
        large[...] = 2
        assert (one == 1).all() and large.ctypes.data % 64 == 0
    with scratch.frame():
        assert not np.shares_memory(scratch.take((10,), f32), one)
    return one, large


def test_scratch_is_kept_and_starts_on_a_line():
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:  # each has a buffer of its own
        arrays = [*one.submit(take_and_give_back).result(), *other.submit(take_and_give_back).result()]
    assert not any(np.shares_memory(arrays[i], arrays[j]) for i in range(4) for j in range(i))
    assert scratch.aligned((3,), np.dtype(np.float32)).ctypes.data % 64 == 0


def test_a_frame_is_given_back_when_something_fails():
    f32 = np.dtype(np.float32)
    with scratch.frame():
        first = scratch.take((8,), f32)
    with pytest.raises(ZeroDivisionError), scratch.frame():
        scratch.take((8,), f32)
        raise ZeroDivisionError
    with scratch.frame():
        assert np.shares_memory(scratch.take((8,), f32), first)


def test_results_are_not_scratch():
    arrays, g = draw((3, 12, 12, 17), (18, 3, 3, 17))
    first = fast_results(arrays, g)
    copies = [value.copy() for value in first]
    fast_results([-value for value in arrays], g)
    for one, copy in zip(first, copies, strict=True):
        np.testing.assert_array_equal(one, copy)
