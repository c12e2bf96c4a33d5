"""The plain 2-D operators against SciPy, and symbols through the loops."""

import numpy as np
import pytest
import sympy
from scipy import signal

from cnnlab import reference


@pytest.mark.parametrize("mode", ["valid", "full", "same"])
@pytest.mark.parametrize("kernel", [(3, 2), (2, 5), (1, 1), (4, 4), (5, 3)])
def test_plain_operators_against_scipy(mode, kernel):
    rng = np.random.default_rng(0)
    a, w = rng.standard_normal((7, 6)), rng.standard_normal(kernel)
    np.testing.assert_allclose(reference.correlate2d(a, w, mode), signal.correlate2d(a, w, mode), atol=1e-13)
    np.testing.assert_allclose(reference.convolve2d(a, w, mode), signal.convolve2d(a, w, mode), atol=1e-13)


def test_the_roles_of_image_and_kernel_are_never_swapped():
    with pytest.raises(ValueError, match="^w: got shape"):
        reference.correlate2d(np.ones((2, 2)), np.ones((3, 3)))
    with pytest.raises(ValueError, match="^w: got shape"):
        reference.convolve2d(np.ones((2, 2)), np.ones((3, 1)), "valid")
    with pytest.raises(ValueError, match="^mode: got 'wide'"):
        reference.correlate2d(np.ones((2, 2)), np.ones((1, 1)), "wide")


def test_nothing_is_conjugated():
    assert reference.correlate2d([[1j]], [[1j]]).item() == -1


def symbols(name, *shape):
    return np.array(sympy.symbols(f"{name}0:{int(np.prod(shape))}")).reshape(shape)


def test_the_loops_differentiate_exactly():
    a, w, b = symbols("a", 1, 3, 4, 2), symbols("w", 2, 2, 2, 1), symbols("b", 2)
    layer = {"stride": (1, 2), "padding": (0, 1), "groups": 2}
    z = reference.conv2d(a, w, b, **layer)
    v = symbols("v", *z.shape)
    loss = (z * v).sum()
    gradients = reference.conv2d_backward(v, a, w, **layer)
    for gradient, variable in zip(gradients, (a, w, b), strict=True):
        for got, x in zip(gradient.ravel(), variable.ravel(), strict=True):
            assert sympy.expand(got - sympy.diff(loss, x)) == 0
