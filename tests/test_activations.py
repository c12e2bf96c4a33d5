"""Activations: the derivative belongs to the function, nothing overflows, relu'(0) = 0."""

import numpy as np
import pytest

from cnnlab import identity, relu, sigmoid, tanh
from cnnlab.gradients import complex_step_gradient, numerical_gradient

Z = np.array([-3.0, -0.4, 0.3, 2.5])


@pytest.mark.parametrize("activation", [sigmoid, tanh, identity], ids=repr)
def test_derivative_by_the_complex_step(activation):
    got = complex_step_gradient(lambda z: activation(z).sum(), Z)
    np.testing.assert_allclose(activation.derivative(Z), got, rtol=1e-14)


def test_derivative_of_relu():
    np.testing.assert_allclose(relu.derivative(Z), numerical_gradient(lambda z: relu(z).sum(), Z), atol=1e-9)
    np.testing.assert_array_equal(relu.derivative([0.0, -0.0]), [0, 0])


def test_sigmoid_neither_overflows_nor_rounds_to_zero():
    np.testing.assert_allclose(sigmoid([-1000.0, -40.0, 0, 1000]), [0, np.exp(-40.0), 0.5, 1], rtol=1e-14)
    np.testing.assert_allclose(sigmoid.derivative([-40.0, 40.0]), np.exp(-40.0), rtol=1e-14)


def test_unsigned_integers_do_not_wrap_around():
    z = np.array([0, 1, 200], dtype=np.uint8)
    np.testing.assert_allclose(sigmoid(z), sigmoid(z.astype(float)))
    np.testing.assert_allclose(sigmoid.derivative(z), sigmoid.derivative(z.astype(float)))
    np.testing.assert_array_equal(relu(z), z)


def test_relu_refuses_complex_numbers_and_strings():
    with pytest.raises(TypeError, match="^z: .*complex"):
        relu([1j])
    with pytest.raises(TypeError, match="^z: "):
        tanh(["a"])


def test_identity_returns_a_new_array():
    out = identity(Z)
    out[0] = 99
    assert Z[0] == -3


def test_objects_and_small_integers():
    from fractions import Fraction

    values = np.array([Fraction(-1, 2), Fraction(1, 2)])
    assert list(relu.derivative(values)) == [0, 1] and list(relu(values)) == [0, Fraction(1, 2)]
    assert tanh(np.array([1], np.int8)).dtype == tanh.derivative(np.array([1], np.int8)).dtype == np.float64
    with pytest.raises(TypeError, match="^z: got dtype object"):
        tanh(values)
