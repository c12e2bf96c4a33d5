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
