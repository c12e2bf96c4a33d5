"""The loss: exactness for symbols, gradients by complex step, large numbers. PyTorch: test_torch.py."""

import numpy as np
import pytest
import sympy

from cnnlab import reference, softmax_cross_entropy
from cnnlab.gradients import complex_step_gradient


def test_gradient_is_that_of_the_loss():
    rng = np.random.default_rng(0)
    z, labels = rng.standard_normal((4, 3)), rng.integers(0, 3, 4)
    _, delta = softmax_cross_entropy(z, labels)
    expected = complex_step_gradient(lambda t: softmax_cross_entropy(t, labels)[0], z)
    np.testing.assert_allclose(delta, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(delta.sum(axis=1), 0, atol=1e-16)


def test_large_logits_do_not_overflow():
    loss, delta = softmax_cross_entropy([[1e4, 0.0], [1e4, 0.0]], [0, 1])
    assert loss == pytest.approx(5e3)
    np.testing.assert_allclose(delta, [[0, 0], [0.5, -0.5]], atol=1e-300)


def test_symbols_differentiate_to_delta():
    z = np.array(sympy.symbols("z0:6", real=True)).reshape(2, 3)
    labels = [2, 0]
    loss, delta = reference.softmax_cross_entropy(z, labels)
    for entry, expected in zip(z.ravel(), delta.ravel(), strict=True):
        assert sympy.simplify(sympy.diff(loss, entry) - expected) == 0


def test_half_precision_has_no_largest_batch():
    z = np.zeros((70_000, 2), np.float16)
    loss, delta = softmax_cross_entropy(z, np.zeros(70_000, int))
    assert loss.dtype == delta.dtype == np.float16
    assert float(loss) == pytest.approx(np.log(2), rel=1e-3)
    np.testing.assert_allclose(delta[0].astype(float) * 70_000, [-0.5, 0.5], rtol=1e-2)


def test_an_impossible_class_and_a_logit_that_is_no_number():
    with np.errstate(all="raise"):
        loss, delta = softmax_cross_entropy([[-np.inf, 0.0], [0.0, 0.0]], [1, 0])
        np.testing.assert_allclose(loss, np.log(2) / 2)
        np.testing.assert_allclose(delta, [[0, 0], [-0.25, 0.25]])
        for bad in (np.nan, np.inf):
            loss, delta = softmax_cross_entropy([[bad, 0.0], [0.0, 0.0]], [0, 0])
            assert np.isnan(loss) and np.isnan(delta[0]).any() and not np.isnan(delta[1]).any()
        loss, delta = softmax_cross_entropy([[-1000.0, 1000.0]], [0])
        assert loss == 2000 and delta.tolist() == [[-1, 1]]


def test_integer_logits_and_unsigned_labels():
    logits = np.array([[3, 1], [0, 2]])
    whole, floats = (softmax_cross_entropy(z, np.array([1, 0], np.uint8)) for z in (logits, logits * 1.0))
    assert whole[0] == floats[0] and whole[1].dtype == np.float64
    np.testing.assert_array_equal(whole[1], floats[1])
    np.testing.assert_allclose(softmax_cross_entropy(logits.astype(np.int8), [1, 0])[1], floats[1])
