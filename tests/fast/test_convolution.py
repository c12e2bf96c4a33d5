"""The fast path against PyTorch's numbers, against loops, and at the edges of each of its ideas."""

import numpy as np
import pytest
from helpers.fast_layers import LAYERS, RESULTS, assert_close, draw, fast_results, geometry, textbook_results
from helpers.torch_cases import cnnlab_results, disagreement, load_vectors

from cnnlab import fast, reference
from cnnlab.fast import measured


@pytest.mark.parametrize("name", LAYERS)
def test_layers_at_the_edges(name):
    shape, kernel, options = LAYERS[name]
    arrays, g = draw(shape, kernel, **options)
    a, w, b, delta = arrays
    expected = (
        reference.conv2d(a, w, b, **options),
        reference.conv2d_input_grad(delta, w, shape, **options),
        reference.conv2d_weight_grad(delta, a, kernel, **options),
    )
    assert_close(fast_results(arrays, g), expected)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("size", [1, 9000, 40_000])
def test_blocks_make_no_difference(name, size, monkeypatch):
    """Cut into single rows, some rows, some images; 5 images, so that the last block is smaller."""
    (_, *image), kernel, options = LAYERS[name]
    arrays, g = draw((5, *image), kernel, **options)
    expected = textbook_results(arrays, g)
    monkeypatch.setattr(measured, "FEW_CHANNELS_BYTES", size)
    monkeypatch.setattr(measured, "MANY_CHANNELS_BYTES", size)
    assert_close(fast_results(arrays, g), expected)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("small", [1, 5000])
def test_pieces_make_no_difference(name, small, monkeypatch):
    """No small product at all; or many, of which the last is smaller."""
    arrays, g = draw(*LAYERS[name][:2], **LAYERS[name][2])
    expected = textbook_results(arrays, g)
    monkeypatch.setattr(measured, "SMALL_PRODUCT", small)
    monkeypatch.setattr(measured, "FEWEST_ROWS", 1)
    monkeypatch.setattr(measured, "FEWEST_TERMS", 1)
    monkeypatch.setattr(measured, "MOST_TERMS", 7)
    assert_close(fast_results(arrays, g), expected)


@pytest.mark.parametrize("kind", ["conv2d", "conv_transpose2d"])
def test_pytorch_agrees(kind):
    """Its committed results of random layers, all of them by the fast path."""
    for case, arrays, cotangent, expected in load_vectors():
        if case["kind"] == kind:
            ours = cnnlab_results(case, arrays, lambda shape, cotangent=cotangent: cotangent, fast)
            assert disagreement(ours, expected) < 1e-10, case


def rms(value):
    return np.sqrt(np.mean(np.square(value)))


@pytest.mark.parametrize(
    ("shape", "kernel", "options"),
    [
        ((8, 28, 28, 1), (8, 5, 5, 1), {"padding": 2}),
        ((16, 14, 14, 8), (16, 5, 5, 8), {"padding": 2}),
        ((4, 32, 32, 16), (32, 3, 3, 16), {"padding": 1}),
        ((2, 28, 28, 64), (64, 3, 3, 64), {"padding": 1}),
        ((2, 64, 64, 3), (32, 3, 3, 3), {"padding": 1, "stride": 2}),
        ((2, 14, 14, 128), (128, 3, 3, 128), {"padding": 1}),
        ((2, 28, 28, 64), (128, 1, 1, 64), {}),
        ((2, 17, 16, 24), (40, 7, 5, 24), {"padding": (3, 2)}),
        ((2, 17, 16, 24), (40, 2, 2, 24), {}),
        ((2, 17, 16, 32), (48, 4, 3, 8), {"groups": 4}),
        ((1, 3, 400, 16), (16, 3, 3, 16), {}),
    ],
)  # fmt: skip
def test_float32_loses_little_more_than_with_im2col(shape, kernel, options, monkeypatch):
    """At most 2.5 times as much, root mean square over all entries of each result."""
    worst = dict.fromkeys(RESULTS, 0.0)
    for seed in range(3):
        arrays, g = draw(shape, kernel, np.float32, seed=seed, **options)
        exact = textbook_results([value.astype(np.float64) for value in arrays], g)
        textbook = textbook_results(arrays, g)
        for name, ours, theirs, right in zip(RESULTS, fast_results(arrays, g), textbook, exact, strict=True):
            assert ours.dtype == np.float32
            worst[name] = max(worst[name], rms(ours - right) / rms(theirs - right))
    assert max(worst.values()) < 2.5, worst


@pytest.mark.parametrize(
    ("shape", "kernel"),
    [((4000, 4, 4, 16), (4, 3, 3, 16)), ((4000, 4, 4, 4), (4, 3, 3, 4)), ((2000, 2, 2, 9), (4, 1, 1, 9))],
)
def test_a_sum_over_many_blocks_keeps_its_digits(shape, kernel, monkeypatch):
    monkeypatch.setattr(measured, "FEW_CHANNELS_BYTES", 1)  # every image is a block
    monkeypatch.setattr(measured, "MANY_CHANNELS_BYTES", 1)
    a, g = np.full(shape, 0.1, np.float32), geometry(shape, kernel)[2]
    dw = fast.conv2d_weight_grad.checked(np.ones(g.output, np.float32), a, g)
    assert dw.dtype == np.float32
    exact = shape[0] * g.count[0] * g.count[1] * float(np.float32(0.1))
    np.testing.assert_allclose(dw, exact, rtol=1e-6)


def test_an_infinite_pixel_stays_near():
    """It reaches the windows around its own, in its image; nothing else changes."""
    for shape, kernel in (((2, 12, 12, 17), (18, 3, 3, 17)), ((2, 12, 12, 1), (4, 3, 3, 1))):
        (a, w, b, _), g = draw(shape, kernel)
        z = fast.conv2d.checked(a, w, b, g)
        a[1, 5, 6, 0] = np.inf
        with np.errstate(invalid="ignore"):
            spoilt = fast.conv2d.checked(a, w, b, g)
        touched = ~np.isfinite(spoilt).all(axis=3)
        places = np.argwhere(touched)
        assert (places >= [1, 2, 1]).all() and (places <= [1, 6, 9]).all()
        assert touched[1, 3:6, 4:7].all()
        np.testing.assert_allclose(spoilt[~touched], z[~touched], rtol=1e-12, atol=1e-12)
