"""Pooling on rows against loops, and what it leaves to them."""

import numpy as np
import pytest

from cnnlab import _entry, fast, reference, textbook
from cnnlab._implementation import choose
from cnnlab.fast import measured, scratch

POOLINGS = [
    ((2, 8, 6, 3), 2, {}),
    ((2, 9, 7, 3), 2, {}),
    ((2, 9, 7, 33), (3, 2), {"stride": 2}),
    ((2, 9, 8, 3), (2, 3), {"stride": (2, 1)}),
    ((2, 9, 8, 3), 3, {"stride": 2}),
    ((2, 9, 8, 40), 3, {"stride": 2}),
    ((2, 9, 8, 3), 2, {"stride": 3}),
    ((2, 9, 8, 34), (1, 2), {"stride": (3, 4)}),
    ((2, 9, 8, 3), 1, {}),
    ((2, 9, 8, 3), (2, 1), {"stride": 1}),
    ((2, 9, 8, 3), 8, {"stride": 1}),
    ((1, 3, 4, 1), (3, 4), {}),
    ((5, 3, 4, 2), 2, {}),
    ((7, 4, 3, 1), 2, {}),
    ((2, 9, 8, 3), (3, 2), {"stride": (2, 3)}),
    ((2, 9, 8, 3), (2, 3), {"stride": 2}),
    ((2, 6, 6, 3), 3, {"stride": 2}),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "size", "options"), POOLINGS)
@pytest.mark.parametrize("block", [1, 800_000])
def test_pooling(shape, size, options, dtype, block, monkeypatch):
    monkeypatch.setattr(measured, "POOLING_BYTES", block)
    rng = np.random.default_rng(0)
    for a in (rng.standard_normal(shape).astype(dtype), rng.integers(0, 3, shape).astype(dtype)):  # ties, too
        given = a.copy()
        p, argmax = fast.max_pool2d(a, size, **options)
        right, where = reference.max_pool2d(a, size, **options)
        np.testing.assert_array_equal(p, right)
        np.testing.assert_array_equal(argmax, where)
        assert argmax.dtype == np.intp and p.dtype == dtype
        dp = rng.standard_normal(p.shape).astype(dtype)
        da = fast.max_pool2d_backward(dp, argmax, shape, size, **options)
        close = {"rtol": 1e-5, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-12}
        np.testing.assert_allclose(
            da, reference.max_pool2d_backward(dp, where, shape, size, **options), **close
        )
        means = fast.avg_pool2d(a, size, **options)
        np.testing.assert_allclose(means, reference.avg_pool2d(a, size, **options), **close)
        da = fast.avg_pool2d_backward(dp, shape, size, **options)
        np.testing.assert_allclose(da, reference.avg_pool2d_backward(dp, shape, size, **options), **close)
        assert da.dtype == means.dtype == dtype
        np.testing.assert_array_equal(a, given)
        assert scratch._kept.used == 0


def chosen(a, size, **options):
    return choose(_entry.max_pool2d(a, size, **options)[1], a.dtype)


def test_pooling_leaves_nan_and_padding_to_the_loops():
    a = np.zeros((1, 4, 4, 1))
    a[0, 0, 1] = a[0, 1, 0] = np.nan
    p, argmax = fast.max_pool2d(a, 2)
    assert np.isnan(p[0, 0, 0, 0]) and argmax[0, :, :, 0].tolist() == [[1, 0], [0, 0]]
    a = np.zeros((1, 32, 32, 1))
    assert chosen(a, 2) is fast and chosen(a, 2, padding=1) is textbook
    assert chosen(a[:, :31], 2) is textbook  # too small to be worth the trouble
    for refused in ({"padding": 1}, {"stride": 1, "padding": (0, 1)}):
        with pytest.raises(ValueError, match=r"padding.*cnnlab\.textbook pools any"):
            fast.max_pool2d(a, 2, **refused)
    for size in ((9, 9), (9, 8), (8, 9), (65, 1), (1, 65), (2, 40), (40, 2)):
        assert chosen(np.zeros((1, 70, 70, 1)), size) is textbook, size
    assert chosen(np.zeros((1, 70, 70, 1)), (64, 1)) is fast
    assert chosen(np.zeros((1, 70, 70, 1), int), 2) is textbook
    a = np.full((1, 2, 2, 1), -np.inf)
    assert fast.max_pool2d(a, 2)[1].item() == 0


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 1)])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_an_infinite_error_reaches_the_maximum_only(size, stride, value):
    a = np.arange(32.0).reshape(1, 4, 4, 2)
    p, argmax = fast.max_pool2d(a, size, stride=stride)
    dp = np.ones(p.shape)
    dp[0, 0, 0, 0] = value
    da = fast.max_pool2d_backward(dp, argmax, a.shape, size, stride=stride)
    np.testing.assert_array_equal(da, reference.max_pool2d_backward(dp, argmax, a.shape, size, stride=stride))


@pytest.mark.parametrize("size", [(3, 2), (2, 3)])
def test_an_argmax_outside_of_an_oblong_window(size):
    with pytest.raises(ValueError, match="argmax"):
        fast.max_pool2d_backward(np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), 6), (1, 3, 3, 1), size)


def test_a_wrong_argmax_is_refused_on_the_fast_path_too():
    for wrong in (-1, 4):
        argmax = np.zeros((1, 2, 2, 1), int)
        argmax[0, 1, 1] = wrong
        with pytest.raises(ValueError, match=r"argmax: got 1 position\(s\) outside"):
            fast.max_pool2d_backward(np.ones((1, 2, 2, 1)), argmax, (1, 4, 4, 1), 2)
