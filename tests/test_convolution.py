"""The convolutional layer against calculus, against itself, and at its edges. PyTorch: test_torch.py."""

import numpy as np
import pytest

import cnnlab
from cnnlab import convolution
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
    monkeypatch.setattr(convolution, "_BLOCK_BYTES", 1)  # one image at a time
    for one, other in zip(whole, (cnnlab.conv2d(a, w, b), *cnnlab.conv2d_backward(v, a, w)), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


def test_transposed_convolution_is_the_input_gradient():
    a, w, _, v = draw({"stride": (3, 2)})
    da = cnnlab.conv2d_input_grad(v, w, a.shape, stride=(3, 2))
    remainder = [(a.shape[k] - w.shape[k]) % s for k, s in ((1, 3), (2, 2))]
    assert remainder != [0, 0]
    np.testing.assert_array_equal(cnnlab.conv_transpose2d(v, w, stride=(3, 2), output_padding=remainder), da)
