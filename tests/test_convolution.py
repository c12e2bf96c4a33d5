"""The convolutional layer against calculus, against itself, and at its edges. PyTorch: test_torch.py."""

import numpy as np
import pytest

import cnnlab
from cnnlab import reference, textbook
from cnnlab.fast import scratch
from cnnlab.gradients import complex_step_gradient

LAYERS = [
    {},
    {"stride": (3, 2), "padding": (1, 2)},
    {"dilation": (2, 1), "padding": (0, 1)},
    {"stride": 2, "groups": 2},
    {"stride": (1, 3), "dilation": (1, 2), "padding": 2, "groups": 2},
]


def draw(layer, seed=0):
    rng = np.random.default_rng(seed)
    groups = layer.get("groups", 1)
    a, w = rng.standard_normal((2, 7, 8, 4)), rng.standard_normal((6, 3, 2, 4 // groups))
    b = rng.standard_normal(6)
    v = rng.standard_normal(cnnlab.conv2d(a, w, b, **layer).shape)  # a random cotangent
    return a, w, b, v


@pytest.mark.parametrize("layer", LAYERS)
def test_gradients_are_those_of_the_forward_pass(layer):
    a, w, b, v = draw(layer)

    def loss(a, w, b):
        return (np.tanh(cnnlab.conv2d(a, w, b, **layer)) * v).sum()

    delta = v * (1 - np.tanh(cnnlab.conv2d(a, w, b, **layer)) ** 2)
    da, dw, db = cnnlab.conv2d_backward(delta, a, w, **layer)
    np.testing.assert_allclose(da, complex_step_gradient(lambda t: loss(t, w, b), a), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(dw, complex_step_gradient(lambda t: loss(a, t, b), w), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(db, complex_step_gradient(lambda t: loss(a, w, t), b), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("layer", LAYERS)
def test_one_identity_generates_all_gradients(layer):
    a, w, _, v = draw(layer)
    forward = (v * cnnlab.conv2d(a, w, **layer)).sum()
    assert forward == pytest.approx((cnnlab.conv2d_input_grad(v, w, a.shape, **layer) * a).sum(), rel=1e-12)
    assert forward == pytest.approx((cnnlab.conv2d_weight_grad(v, a, w.shape, **layer) * w).sum(), rel=1e-12)


def test_pixels_that_no_window_reaches_get_zero():
    a, w = np.ones((1, 8, 8, 1)), np.ones((1, 2, 2, 1))
    z = cnnlab.conv2d(a, w, stride=3)  # rows and columns 0-1 and 3-4; 6-7 are reached too
    da = cnnlab.conv2d_input_grad(np.ones_like(z), w, a.shape, stride=3)
    assert [i for i in range(8) if not da[0, i].any()] == [2, 5]
    da = cnnlab.conv2d_input_grad(np.ones((1, 2, 2, 1)), w, (1, 7, 7, 1), stride=3)
    assert [i for i in range(7) if not da[0, i].any()] == [2, 5, 6]  # a gap, a gap, the remainder


def test_padding_wider_than_the_kernel():
    a, w = np.full((1, 1, 1, 1), 3.0), np.full((1, 1, 1, 1), 2.0)
    z = cnnlab.conv2d(a, w, padding=2, stride=2)
    np.testing.assert_array_equal(z[0, :, :, 0], [[0, 0, 0], [0, 6, 0], [0, 0, 0]])
    np.testing.assert_array_equal(cnnlab.conv2d_input_grad(z, w, a.shape, padding=2, stride=2), [[[[12]]]])


def test_blocks_of_the_batch_make_no_difference(monkeypatch):
    a, w, b, v = draw({})
    a, v = np.concatenate([a, -a, a]), np.concatenate([v, v, -v])
    whole = cnnlab.conv2d(a, w, b), *cnnlab.conv2d_backward(v, a, w)
    monkeypatch.setattr(textbook, "_BLOCK_BYTES", 1)  # one image at a time
    for one, other in zip(whole, (cnnlab.conv2d(a, w, b), *cnnlab.conv2d_backward(v, a, w)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_transposed_convolution_is_the_input_gradient():
    a, w, _, v = draw({"stride": (3, 2)})
    da = cnnlab.conv2d_input_grad(v, w, a.shape, stride=(3, 2))
    remainder = [(a.shape[k] - w.shape[k]) % s for k, s in ((1, 3), (2, 2))]
    assert remainder != [0, 0]
    np.testing.assert_array_equal(cnnlab.conv_transpose2d(v, w, stride=(3, 2), output_padding=remainder), da)


@pytest.mark.parametrize("module", [cnnlab, reference])
def test_sums_over_a_batch_lose_nothing(module):
    size = (200, 30, 30, 1) if module is cnnlab else (1, 30, 30, 1)
    count = size[0] * 900
    for dtype, wide in ((np.uint8, np.uint64), (np.int16, np.int64), (np.int64, np.int64)):
        db = module.conv2d_bias_grad(np.full(size, 100, dtype))
        assert db.dtype == wide and db.item() == 100 * count
    half = module.conv2d_bias_grad(np.full((3, 30, 30, 1), 1, np.float16))
    assert half.dtype == np.float16 and half.item() == 2700


def test_a_long_sum_of_float32_keeps_its_digits():
    assert cnnlab.conv2d_bias_grad(np.ones((1, 4100, 4100, 2), np.float32)).tolist() == [16810000.0] * 2
    delta = np.random.default_rng(0).random((1, 400_000, 1, 1)).astype(np.float32)
    exact = delta.astype(np.longdouble).sum()
    assert abs(cnnlab.conv2d_bias_grad(delta).item() / exact - 1) < 1e-7
    layer = cnnlab.Dense(1, 1)
    layer.set_parameters({name: p.astype(np.float32) for name, p in layer.parameters.items()})
    layer.forward(np.zeros((400_000, 1), np.float32))
    layer.backward(delta[0, :, 0])
    assert abs(layer.gradients["b"].item() / exact - 1) < 1e-7


def test_half_precision_is_multiplied_in_single():
    rng = np.random.default_rng(0)
    a, w = rng.random((3, 20, 20, 16)).astype("f2"), rng.random((2, 5, 5, 16)).astype("f2")
    z = cnnlab.conv2d(a, w)
    delta = rng.random(z.shape).astype("f2")
    results = (z, *cnnlab.conv2d_backward(delta, a, w))
    exact = (
        cnnlab.conv2d(a.astype(float), w.astype(float)),
        *cnnlab.conv2d_backward(*(v.astype(float) for v in (delta, a, w))),
    )
    for got, wanted in zip(results, exact, strict=True):
        assert got.dtype == np.float16
        np.testing.assert_allclose(got.astype(float), wanted, rtol=2e-3)


@pytest.mark.parametrize(
    "layer", [{}, {"stride": (2, 3), "padding": (2, 1)}, {"dilation": (3, 1), "groups": 2}]
)
def test_blocks_of_rows_make_no_difference(layer, monkeypatch):
    a, w, b, v = draw(layer)
    whole = cnnlab.conv2d(a, w, b, **layer), *cnnlab.conv2d_backward(v, a, w, **layer)
    for size in (1, 2000, 5000):  # one row at a time; some rows; some images
        monkeypatch.setattr(textbook, "_BLOCK_BYTES", size)
        parts = cnnlab.conv2d(a, w, b, **layer), *cnnlab.conv2d_backward(v, a, w, **layer)
        for one, other in zip(whole, parts, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_memory_is_bounded_by_the_block_and_not_by_the_image(monkeypatch):
    import tracemalloc

    monkeypatch.setattr(scratch._kept, "buffer", np.empty(0, np.uint8))  # what is kept counts, too

    a, w = np.ones((1, 256, 256, 32), np.float32), np.ones((8, 3, 3, 32), np.float32)  # 8 MB
    delta = np.ones((1, 254, 254, 8), np.float32)
    for call in (
        lambda: cnnlab.conv2d(a, w),
        lambda: cnnlab.conv2d_input_grad(delta, w, a.shape),
        lambda: cnnlab.conv2d_weight_grad(delta, a, w.shape),
    ):
        tracemalloc.start()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 2 * a.nbytes + 3 * textbook._BLOCK_BYTES


def test_the_output_has_as_many_windows_as_fit():
    """Counted one by one, not by the formula that the package uses."""
    for length, k, s, p, d in np.ndindex(6, 3, 3, 3, 2):
        length, k, s, d = length + 4, k + 1, s + 1, d + 1
        fits = sum(x + d * (k - 1) < length + 2 * p for x in range(0, length + 2 * p, s))
        a = np.ones((1, length, length + 1, 1))
        if fits:
            z = cnnlab.conv2d(a, np.ones((1, k, 1, 1)), stride=(s, 1), padding=(p, 0), dilation=(d, 1))
            assert z.shape == (1, fits, length + 1, 1)


def test_a_weight_gradient_over_many_windows_keeps_its_digits():
    a = np.full((50, 400, 400, 2), 0.1, np.float32)
    dw = cnnlab.conv2d_weight_grad(np.ones((50, 400, 400, 1), np.float32), a, (1, 1, 1, 2))
    np.testing.assert_allclose(dw.ravel(), 50 * 400 * 400 * float(np.float32(0.1)), rtol=1e-4)


@pytest.mark.parametrize("module", [cnnlab, reference])
def test_a_half_float_bias_is_added_before_rounding(module):
    z, w = (
        np.full((1, 1, 1, 2), 60000, "f2"),
        np.ones((2, 1, 1, 1), "f2") * np.array([1, 0.5], "f2").reshape(2, 1, 1, 1),
    )
    assert module.conv_transpose2d(z, w, np.array([-30000], "f2")).item() == 60000
