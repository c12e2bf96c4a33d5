"""The gradient checks: right gradients pass, wrong ones do not, unsuitable functions are named."""

import numpy as np
import pytest

from cnnlab.gradients import check_vjp, complex_step_gradient, directional_check, numerical_gradient

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


def test_an_explicit_step_is_the_one_taken():
    cube = lambda x: (x**3).sum()  # noqa: E731
    np.testing.assert_allclose(numerical_gradient(cube, X, step=0.5), 3 * X**2 + 0.25, rtol=1e-12)


@pytest.mark.parametrize("step", [-1.0, np.inf, np.nan, 0.0])
def test_a_step_has_a_size(step):
    with pytest.raises(ValueError, match="^step: got "):
        numerical_gradient(f, X, step=step)


def test_a_large_entry_does_not_spoil_the_step_of_the_others():
    mixed = lambda x: x[0] * 1e-9 + np.sin(x[1])  # noqa: E731
    point = np.array([1e8, 1.0])
    right = np.array([1e-9, np.cos(1.0)])
    for seed in range(20):
        assert directional_check(mixed, point, right, rng=seed) < 1e-6
    assert directional_check(mixed, point, right * [1, 1.5], rng=0) > 1e-2


def test_the_step_follows_the_direction_and_the_point():
    """A step too long or too short by a large factor shows in the error of a right gradient."""
    for scale in (1.0, 1e3, 1e6):
        point = scale * X
        wave = lambda x, s=scale: np.sin(x / s).sum()  # noqa: E731
        for seed in range(5):
            assert directional_check(wave, point, np.cos(X) / scale, rng=seed) < 1e-7


def test_an_integer_gradient_is_a_gradient():
    assert directional_check(lambda x: (3 * x).sum(), X, np.full(X.shape, 3), rng=0) < 1e-9


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: directional_check(f, X, np.ma.masked_less(GRADIENT, 0)), TypeError, "^grad: got a masked"),
        (lambda: directional_check(f, X, GRADIENT > 0), TypeError, "^grad: got dtype bool"),
        (lambda: directional_check(f, X, [[1, 2], [3]]), ValueError, "^grad: got rows of different lengths"),
        (lambda: directional_check(f, X, GRADIENT, rng="a"), TypeError, "^rng: got 'a'"),
        (lambda: directional_check(3, X, GRADIENT), TypeError, "^f: got 3, expected a function"),
        (lambda: numerical_gradient(None, X), TypeError, "^f: got None"),
        (lambda: complex_step_gradient("f", X), TypeError, "^f: got 'f'"),
        (lambda: check_vjp(1, np.sin, X), TypeError, "^f: got 1"),
        (lambda: check_vjp(np.sin, 1, X), TypeError, "^vjp: got 1"),
        (lambda: check_vjp(np.sin, lambda v: v[:1], X), ValueError, r"^vjp: got shape \(1, 2\)"),
        (lambda: check_vjp(np.sin, lambda v: v * 1j, X), TypeError, "^vjp: got a result of dtype complex"),
        (lambda: check_vjp(lambda x: 1, np.sin, X), TypeError, "^f: got a result of dtype int64"),
    ],
)
def test_what_else_cannot_work_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_the_contract_of_a_backward_function():
    matrix = np.random.default_rng(1).standard_normal((4, 6))
    forward = lambda x: np.tanh(matrix @ x.ravel())  # noqa: E731

    def backward(v, slope=None):
        slope = 1 - forward(X) ** 2 if slope is None else slope
        return (matrix.T @ (v * slope)).reshape(X.shape)

    assert check_vjp(forward, backward, X, rng=0) < 1e-8
    wrong = {
        "the factor of tanh is lost": lambda v: backward(v, 1),
        "the cotangent turned": lambda v: backward(v[::-1]),
        "ones for the cotangent": lambda v: backward(np.ones_like(v)),
        "a sum for a mean": lambda v: backward(v) / 2,
        "one entry off by a tenth": lambda v: backward(v) + 0.1 * (np.arange(6) == 3).reshape(X.shape),
    }
    for name, mistaken in wrong.items():
        mistaken.__name__ = name
        with pytest.raises(AssertionError, match=rf"^{name}: <vjp\(v\), u> is .*, expected .*off by"):
            check_vjp(forward, mistaken, X, rng=0)
    with pytest.raises(AssertionError):
        check_vjp(forward, lambda v: np.full(X.shape, np.nan), X, rng=0)


def test_the_contract_in_single_precision_and_with_careless_functions():
    def double(x):
        x *= 2
        return x

    x = X.astype(np.float32)
    assert check_vjp(double, double, x, rng=0) < 1e-3
    np.testing.assert_array_equal(x, X.astype(np.float32))


def test_the_contract_of_a_layer_that_remembers():
    from cnnlab import Activate, Dense, Sequential, sigmoid

    model = Sequential(Dense(3, 4, rng=0), Activate(sigmoid), Dense(4, 2, rng=1), Activate(sigmoid))
    x = 3 * np.random.default_rng(0).standard_normal((2, 3))
    for seed in range(50):
        assert check_vjp(model.forward, model.backward, x, rng=seed) < 1e-6


def test_the_contract_where_nothing_changes_and_where_the_result_is_reused():
    softmax = lambda x: np.exp(x) / np.exp(x).sum()  # noqa: E731
    buffer = np.empty_like(X)
    for seed in range(20):
        check_vjp(lambda x: np.array([softmax(x).sum()]), lambda v: np.zeros_like(X), X, rng=seed)
        check_vjp(lambda x: np.sin(x, out=buffer), lambda v: v * np.cos(X), X, rng=seed)
    with pytest.raises(AssertionError):
        check_vjp(lambda x: np.sin(x, out=buffer), lambda v: 0 * v, X, rng=0)
    with pytest.raises(TypeError, match="^f: .*precision of x"):
        check_vjp(lambda x: x.astype("f4"), lambda v: v, X)
    with pytest.raises(ValueError, match="^f: .*not finite"):
        check_vjp(lambda x: x / 0 if x is None else np.full(2, np.nan), lambda v: 0 * X, X)


def test_the_step_is_the_cube_root_of_the_precision_times_the_entrys_size():
    seen, x = [], np.array([0.5, -3.0, 1e6])
    directional_check(lambda x: seen.append(x) or x.sum(), x, np.ones(3), rng=0)
    moved = max((abs(p - x) / np.maximum(1, abs(x))).max() for p in seen)
    assert moved == pytest.approx(np.cbrt(np.finfo(float).eps), rel=1e-3)
