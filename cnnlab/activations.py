"""Activation functions, each beside its derivative (chapters 3 and 11)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cnnlab import _checks
from cnnlab._checks import Array


def _numbers(value: npt.ArrayLike) -> Array:
    """Return `value` as an array of numbers, of any shape."""
    z = _checks.plain("z", value)
    return z.astype(np.result_type(z), copy=False)  # in the machine's own byte order


def _floating(z: Array) -> Array:
    """Compute integers in float64: their own types are too small, and unsigned ones have no negative."""
    if z.dtype.kind == "O":
        raise TypeError("z: got dtype object, expected floating point, complex or integer numbers")
    return z.astype(np.float64) if z.dtype.kind in "iu" else z


@dataclass(frozen=True, repr=False)
class Activation:
    """A function of one variable, applied to each entry, and its derivative.

    Calling it gives sigma(z); `derivative(z)` gives sigma'(z), a function of z and not of sigma(z), the
    factor of :eq:`eq-delta`.
    Both keep the shape and the float dtype of z.

    Parameters
    ----------
    name : str
        What `repr` shows.
    function, slope : callables
        sigma and sigma', each from an array to an array of its shape. A slope may be True and False, for 1
        and 0.

    Examples
    --------
    >>> relu([-1.0, 0.0, 2.0]), relu.derivative([-1.0, 0.0, 2.0])
    (array([0., 0., 2.]), array([0., 0., 1.]))
    """

    name: str
    function: Callable[[Array], Array]
    slope: Callable[[Array], Array]

    def __call__(self, z: npt.ArrayLike) -> Array:
        """Return sigma(z), shape of z; TypeError if z does not hold numbers."""
        return np.asarray(self.function(_numbers(z)))

    def derivative(self, z: npt.ArrayLike) -> Array:
        """Return sigma'(z), shape of z; TypeError if z does not hold numbers."""
        numbers = _numbers(z)
        slope = np.asarray(self.slope(numbers))
        return (slope + 0).astype(numbers.dtype) if slope.dtype == bool else slope

    def __repr__(self) -> str:
        return self.name


def _relu(z: Array) -> Array:
    _checks.ordered("z", z)
    return np.asarray(np.maximum(z, 0))


def _relu_derivative(z: Array) -> Array:
    _checks.ordered("z", z)
    return np.asarray(z > 0)  # at the kink itself: 0


def _tanh(z: Array) -> Array:
    return np.asarray(np.tanh(_floating(z)))


def _tanh_derivative(z: Array) -> Array:
    # 1 / cosh(z)^2: without the cancellation in 1 - tanh(z)^2.
    return 4 * _sigmoid_derivative(2 * _floating(z))


def _decay(z: Array) -> Array:
    """Return exp(-|z|), analytic on each side of 0: it cannot overflow, but it may round to 0."""
    with np.errstate(under="ignore"):
        return np.asarray(np.exp(np.where(z.real >= 0, -z, z)))


def _sigmoid(z: Array) -> Array:
    z = _floating(z)
    decay = _decay(z)
    with np.errstate(under="ignore"):
        return np.asarray(np.where(z.real >= 0, 1, decay) / (1 + decay))


def _sigmoid_derivative(z: Array) -> Array:
    decay = _decay(_floating(z))
    with np.errstate(under="ignore"):
        return np.asarray(decay / (1 + decay) ** 2)  # sigma(1 - sigma), without the cancellation in 1 - sigma


relu = Activation("relu", _relu, _relu_derivative)
sigmoid = Activation("sigmoid", _sigmoid, _sigmoid_derivative)
tanh = Activation("tanh", _tanh, _tanh_derivative)
identity = Activation("identity", np.array, np.ones_like)
