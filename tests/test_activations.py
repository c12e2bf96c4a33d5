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


@pytest.mark.parametrize("dtype, digits", [(np.float32, 1e-6), (np.float64, 1e-14)])
def test_the_derivative_of_tanh_keeps_its_digits_far_out(dtype, digits):
    z = np.array([-20.0, -9.5, 3.0, 9.5, 18.0], dtype=dtype)
    exact = (
        4 * np.exp(-2 * abs(z.astype(np.longdouble))) / (1 + np.exp(-2 * abs(z.astype(np.longdouble)))) ** 2
    )
    np.testing.assert_allclose(tanh.derivative(z), exact.astype(float), rtol=digits)


def test_far_out_nothing_is_raised_even_where_floating_point_errors_are():
    far = np.array([-1e3, 1e3])
    with np.errstate(all="raise"):
        for activation in (sigmoid, tanh, relu):
            assert np.isfinite(activation(far)).all() and np.isfinite(activation.derivative(far)).all()


@pytest.mark.parametrize("activation", [relu, sigmoid, tanh, identity], ids=repr)
def test_what_is_not_a_number_is_refused(activation):
    for wrong in (None, ["a"], [None], np.array([1.0, None], dtype=object)):
        with pytest.raises(TypeError, match="^z: got "):
            activation(wrong)
        with pytest.raises(TypeError, match="^z: got "):
            activation.derivative(wrong)


def test_relus_derivative_needs_an_order():
    with pytest.raises(TypeError, match="^z: .*complex"):
        relu.derivative([1j])


@pytest.mark.parametrize("activation", [relu, sigmoid, tanh, identity], ids=repr)
def test_other_byte_orders_become_the_machines(activation):
    for out in (activation(Z.astype(">f8")), activation.derivative(Z.astype(">f8"))):
        assert out.dtype.isnative
        np.testing.assert_array_equal(activation(Z.astype(">f8")), activation(Z))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, object])
def test_the_slope_of_relu_is_a_number_of_its_dtype(dtype):
    slope = relu.derivative(np.array([-1, 0, 2], dtype))
    assert slope.dtype == dtype and slope.tolist() == [0, 0, 1]
    assert not any(isinstance(value, bool) for value in slope.tolist())
