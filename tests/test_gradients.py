"""The gradient checks: right gradients pass, wrong ones do not, unsuitable functions are named."""

import numpy as np
import pytest

from cnnlab.gradients import complex_step_gradient, directional_check, numerical_gradient

X = np.random.default_rng(0).standard_normal((3, 2))


def f(x):
    return (np.sin(x) * np.arange(1, 7).reshape(3, 2)).sum()


GRADIENT = np.cos(X) * np.arange(1, 7).reshape(3, 2)


def test_each_check_finds_the_gradient():
    np.testing.assert_allclose(numerical_gradient(f, X), GRADIENT, rtol=1e-9)
    np.testing.assert_allclose(complex_step_gradient(f, X), GRADIENT, rtol=1e-15)
    assert directional_check(f, X, GRADIENT, rng=1) < 1e-9


def test_float32_keeps_its_type_and_its_own_step():
    got = numerical_gradient(f, X.astype(np.float32))
    assert got.dtype == np.float32
    np.testing.assert_allclose(got, GRADIENT, rtol=2e-3)
    assert complex_step_gradient(f, X.astype(np.float32)).dtype == np.float32
    assert directional_check(f, X.astype(np.float32), GRADIENT.astype(np.float32), rng=1) < 1e-3


def test_the_directional_check_sees_a_sign_a_permutation_and_a_factor():
    for wrong in (-GRADIENT, GRADIENT[::-1], 2 * GRADIENT, GRADIENT.mean() + 0 * GRADIENT):
        assert directional_check(f, X, wrong, rng=1) > 1e-2


def test_the_complex_step_in_half_precision():
    np.testing.assert_array_equal(
        complex_step_gradient(lambda x: (x**2).sum(), np.array([1, 2], "f2")), [2, 4]
    )


def test_two_zero_gradients_agree():
    assert directional_check(lambda x: 0.0, X, np.zeros_like(X), rng=0) == 0


def test_steps_scale_with_large_entries():
    x = np.array([1e8])
    np.testing.assert_allclose(numerical_gradient(lambda x: (x**2).sum(), x), 2 * x, rtol=1e-6)


@pytest.mark.parametrize("check", [numerical_gradient, complex_step_gradient])
def test_the_point_is_not_modified_even_by_a_careless_function(check):
    def careless(x):
        x *= x
        return x.sum()

    x = X.copy()
    np.testing.assert_allclose(check(careless, x), 2 * X, rtol=1e-7)
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: numerical_gradient(f, [1, 2]), TypeError, "^x: got dtype int64"),
        (lambda: numerical_gradient(lambda x: x, X), ValueError, "^f: got a result of shape"),
        (lambda: numerical_gradient(lambda x: 1j, X), TypeError, "^f: got a result of dtype complex"),
        (lambda: numerical_gradient(f, X, step=0), ValueError, "^step: got 0"),
        (lambda: complex_step_gradient(lambda x: np.abs(x).sum(), X), TypeError, "^f: .*imaginary"),
        (lambda: complex_step_gradient(lambda x: 1.0, X), TypeError, "^f: .*imaginary"),
        (lambda: numerical_gradient(f, X, step=1e-20), ValueError, "^step: got 1e-20"),
        (lambda: numerical_gradient(f, X, step="1"), TypeError, "^step: got '1'"),
        (lambda: numerical_gradient(lambda x: int(x.sum()), X), TypeError, "^f: got a result of dtype int64"),
        (lambda: numerical_gradient(lambda x: None, X), TypeError, "^f: got a result of dtype object"),
        (lambda: numerical_gradient(lambda x: np.nan, X), ValueError, "^f: got nan"),
        (lambda: directional_check(lambda x: x.astype("f4").sum(), X, X), TypeError, "^f: .*precision of x"),
        (lambda: numerical_gradient(f, np.ma.masked_less(X, 0)), TypeError, "^x: got a masked array"),
        (lambda: directional_check(f, X, GRADIENT.T), ValueError, "^grad: got shape"),
        (lambda: directional_check(f, X, GRADIENT + 0j), TypeError, "^grad: got dtype complex"),
        (lambda: directional_check(f, np.zeros(0), np.zeros(0)), ValueError, "^x: got shape"),
    ],
)
def test_what_cannot_work_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
