"""Pooling: ties, padding, overlap, NaN. PyTorch: test_torch.py."""

import numpy as np
import pytest

import cnnlab
from cnnlab import reference, textbook
from cnnlab.gradients import numerical_gradient


def image(rows):
    return np.array(rows)[np.newaxis, :, :, np.newaxis]


def test_the_first_of_equal_maxima_gets_the_error():
    a = image([[2, 2], [1, 2]])
    _p, argmax = cnnlab.max_pool2d(a, 2)
    da = cnnlab.max_pool2d_backward(image([[5]]), argmax, a.shape, 2)
    np.testing.assert_array_equal(da[0, :, :, 0], [[5, 0], [0, 0]])


@pytest.mark.parametrize("value", [-7, np.iinfo(np.int64).min, -np.inf, np.float32(-1)])
def test_a_padded_position_is_never_chosen(value):
    a = image([[value, value], [value, value]])
    p, argmax = cnnlab.max_pool2d(a, 2, stride=1, padding=1)
    assert (p == value).all()
    np.testing.assert_array_equal(argmax[0, :, :, 0], [[3, 2, 2], [1, 0, 0], [1, 0, 0]])
    dp = np.arange(1.0, 10).reshape(p.shape)
    da = cnnlab.max_pool2d_backward(dp, argmax, a.shape, 2, stride=1, padding=1)
    np.testing.assert_array_equal(da[0, :, :, 0], [[1 + 2 + 4 + 5, 3 + 6], [7 + 8, 9]])


def test_nan_is_not_lost():
    a = image([[1.0, np.nan], [np.nan, np.inf]])
    for module in (cnnlab, reference):
        p, argmax = module.max_pool2d(a, 2)
        assert np.isnan(p).all() and argmax.item() == 1


def test_overlapping_windows_add_up():
    rng = np.random.default_rng(0)
    a, v = rng.standard_normal((2, 7, 6, 3)), rng.standard_normal((2, 3, 4, 3))

    def loss(a):
        return (cnnlab.max_pool2d(a, (3, 3), stride=(2, 1))[0] * v).sum()

    _, argmax = cnnlab.max_pool2d(a, 3, stride=(2, 1))
    da = cnnlab.max_pool2d_backward(v, argmax, a.shape, 3, stride=(2, 1))
    np.testing.assert_allclose(da, numerical_gradient(loss, a), atol=1e-8)
    assert da.sum() == pytest.approx(v.sum())  # full, unpadded windows conserve the error


@pytest.mark.parametrize("count_include_pad", [True, False])
def test_average_pooling_is_adjoint_to_its_backward_pass(count_include_pad):
    rng = np.random.default_rng(0)
    o = {"stride": (2, 3), "padding": (1, 0), "count_include_pad": count_include_pad}
    a = rng.standard_normal((2, 8, 7, 3))
    p = cnnlab.avg_pool2d(a, (3, 2), **o)
    v = rng.standard_normal(p.shape)
    assert (p * v).sum() == pytest.approx((a * cnnlab.avg_pool2d_backward(v, a.shape, (3, 2), **o)).sum())


def test_the_two_divisors():
    a = image(np.ones((2, 2)))
    np.testing.assert_array_equal(cnnlab.avg_pool2d(a, 2, padding=1), np.full((1, 2, 2, 1), 0.25))
    np.testing.assert_array_equal(
        cnnlab.avg_pool2d(a, 2, padding=1, count_include_pad=False), np.ones((1, 2, 2, 1))
    )


def test_positions_between_windows_get_zero():
    a = np.random.default_rng(0).standard_normal((1, 7, 5, 1))
    _, argmax = cnnlab.max_pool2d(a, 1, stride=3)
    for da in (
        cnnlab.max_pool2d_backward(np.ones((1, 3, 2, 1)), argmax, a.shape, 1, stride=3),
        cnnlab.avg_pool2d_backward(np.ones((1, 3, 2, 1)), a.shape, 1, stride=3),
    ):
        assert da.sum() == 6 and da[0, ::3, ::3].sum() == 6


def test_count_include_pad_is_a_truth_value():
    with pytest.raises(TypeError, match="^count_include_pad: got 'no'"):
        cnnlab.avg_pool2d(np.ones((1, 2, 2, 1)), 2, count_include_pad="no")


def test_ordered_objects_need_no_zero_and_keep_nan():
    from datetime import timedelta

    days = np.array([timedelta(1), timedelta(3), timedelta(2), timedelta(3)], dtype=object).reshape(
        1, 2, 2, 1
    )
    mixed = np.array([1.0, np.nan, 2.0, 0.0], dtype=object).reshape(1, 2, 2, 1)
    for module in (cnnlab, reference):
        assert module.max_pool2d(days, 2)[1].item() == 1
        assert module.max_pool2d(mixed, 2)[1].item() == 1


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_very_large_windows_lose_no_digits(dtype):
    value = dtype(0.1)
    p = cnnlab.avg_pool2d(np.full((1, 300, 300, 1), value), 300)
    assert p.dtype == dtype and p.item() == value  # the sum alone would not fit into a half float
    overlap = cnnlab.avg_pool2d_backward(np.full((1, 200, 200, 1), value), (1, 400, 400, 1), 201, stride=1)
    middle = float(value) * 200 * 200 / 201**2
    assert overlap.dtype == dtype and float(overlap[0, 200, 200, 0]) == pytest.approx(
        middle, rel=float(np.finfo(dtype).eps)
    )


@pytest.mark.parametrize("size", [(40_000, 1), (1, 40_000)])
def test_long_and_narrow_windows_lose_no_digits(size):
    value = np.float32(0.1)
    a = np.full((1, *size, 1), value)
    assert cnnlab.avg_pool2d(a, size).item() == value
    share = cnnlab.avg_pool2d_backward(np.full((1, 1, 1, 1), value), a.shape, size)
    assert share.dtype == np.float32 and share.max() == np.float32(float(value) / 40_000)


def test_unsigned_integers_through_both_poolings():
    a = image([[200, 250], [251, 252]]).astype(np.uint8)
    assert cnnlab.avg_pool2d(a, 2).item() == 238.25
    p, argmax = cnnlab.max_pool2d(a, 2)
    da = cnnlab.max_pool2d_backward(np.array(7.0).reshape(1, 1, 1, 1), argmax.astype(np.uint8), a.shape, 2)
    assert p.item() == 252 and da[0, :, :, 0].tolist() == [[0, 0], [0, 7]]


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"padding": (0, 2)}, "^padding: "),
        ({"padding": (2, 0)}, "^padding: "),
        ({"padding": -1}, "^padding: got -1"),
        ({"padding": (0, -1)}, "^padding: got -1"),
        ({"stride": 0}, "^stride: got 0"),
        ({"stride": (1, 0)}, "^stride: got 0"),
    ],
)
def test_settings_along_one_axis_are_checked_too(settings, message):
    a = np.ones((1, 6, 6, 1))
    for pool in (cnnlab.max_pool2d, cnnlab.avg_pool2d, reference.max_pool2d):
        with pytest.raises(ValueError, match=message):
            pool(a, (3, 3), **settings)


@pytest.mark.parametrize("size", [(3, 2), (2, 3)])
def test_the_loops_know_oblong_windows_too(size):
    a = np.random.default_rng(0).permutation(36).reshape(1, 6, 6, 1)  # integers take the loops
    p, argmax = textbook.max_pool2d(a, size)
    expected = reference.max_pool2d_backward(p, argmax, a.shape, size)
    np.testing.assert_array_equal(textbook.max_pool2d_backward(p, argmax, a.shape, size), expected)
