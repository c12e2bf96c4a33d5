"""Three ways to check a gradient that know nothing of how it was derived (chapter 01)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab import _checks
from cnnlab._checks import Array

Function = Callable[[Array], Any]


def _point(x: npt.ArrayLike) -> Array:
    """Return a real floating-point copy of `x`; differences of integers would round the step away."""
    point = np.array(_checks.plain("x", x))
    if point.dtype.kind != "f":
        raise TypeError(f"x: got dtype {point.dtype}, expected a real floating-point array")
    if point.size == 0:
        raise ValueError(f"x: got shape {point.shape}, expected at least one entry")
    return point


def _value(f: Function, x: Array, complex_allowed: bool = False) -> Any:
    """Return f at a copy of `x` as a scalar, so that f can do no harm and must not return an array."""
    value = np.asarray(f(x.copy()))
    if value.dtype.kind not in "fc":
        raise TypeError(f"f: got a result of dtype {value.dtype}, expected a floating-point scalar")
    if value.size != 1:
        raise ValueError(f"f: got a result of shape {value.shape}, expected a scalar")
    if value.dtype.kind == "c" and not complex_allowed:
        raise TypeError(f"f: got a result of dtype {value.dtype}, expected a real scalar")
    if np.finfo(value.dtype).eps > np.finfo(x.dtype).eps:
        raise TypeError(f"f: got a result of dtype {value.dtype}, expected the precision of x, {x.dtype}")
    if not np.isfinite(value).all():
        raise ValueError(f"f: got {value.item()}, expected a finite number")
    return value.reshape(())[()]


def _default_step(x: Array) -> float:
    """Return the step that balances truncation O(h²) against rounding O(eps / h): the cube root of eps."""
    return float(np.cbrt(np.finfo(x.dtype).eps))


def _check_step(step: float | None, default: float) -> float:
    if step is None:
        return default
    step = _checks.real("step", step)
    if not 0 < step < np.inf:
        raise ValueError(f"step: got {step!r}, expected a positive finite number")
    return step


def numerical_gradient(f: Function, x: npt.ArrayLike, *, step: float | None = None) -> Array:
    """Central differences, entry by entry: (f(x + h e) - f(x - h e)) / 2h, by :eq:`eq-central`.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns a real scalar.
    x : float array, any shape
        The point. Costs two calls of `f` per entry.
    step : float, optional
        h. By default the cube root of the machine epsilon, times the entry's size where that is above 1.

    Returns
    -------
    array, shape and dtype of `x`
        The gradient, with an error of about h².

    Raises
    ------
    TypeError
        If `x` is not a real floating-point array, or `f` returns a complex number.
    ValueError
        If `f` does not return a scalar, or `step` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> numerical_gradient(lambda x: (x**2).sum(), np.array([1.0, -3.0])).round(6)
    array([ 2., -6.])
    """
    point = _point(x)
    h = _check_step(step, _default_step(point))
    gradient = np.zeros_like(point)
    for index in np.ndindex(point.shape):
        scale = h if step is not None else h * max(1.0, abs(float(point[index])))
        above, below = point.copy(), point.copy()
        above[index] += scale
        below[index] -= scale
        if above[index] == below[index]:
            raise ValueError(
                f"step: got {scale!r}, expected a step that changes {point[index]} in {point.dtype}"
            )
        # Divide by the step as it was rounded into the array, not by the one that was asked for.
        gradient[index] = (_value(f, above) - _value(f, below)) / (above[index] - below[index])
    return gradient


def complex_step_gradient(f: Function, x: npt.ArrayLike) -> Array:
    """Gradient by a step into the imaginary direction: Im f(x + ihe) / h, by :eq:`eq-complex-step`.

    No difference is taken, so h can be so small (1e-20) that the error O(h²) lies far below rounding.

    Parameters
    ----------
    f : callable
        Takes a complex array like `x`, returns a complex scalar. It must be analytic near `x`:
        no `abs`, no conjugate, no maximum, no cast to float.
    x : float array, any shape
        The point. Costs one call of `f` per entry.

    Returns
    -------
    array, shape and dtype of `x`
        The gradient, exact to rounding.

    Raises
    ------
    TypeError
        If `x` is not a real floating-point array, or `f` dropped the imaginary part.
    ValueError
        If `f` does not return a scalar.

    Examples
    --------
    >>> import numpy as np
    >>> complex_step_gradient(lambda x: (x**3).sum(), np.array([1.0, -3.0]))
    array([ 3., 27.])
    """
    point = _point(x)
    h = 1e-20
    gradient = np.zeros_like(point)
    for index in np.ndindex(point.shape):
        shifted = point.astype(np.result_type(point.dtype, np.complex64))
        shifted[index] += 1j * h
        value = _value(f, shifted, complex_allowed=True)
        if not np.iscomplexobj(value):
            raise TypeError(
                f"f: got a result of dtype {value.dtype}, expected a complex scalar: "
                "f drops the imaginary part"
            )
        gradient[index] = value.imag / h
    return gradient


def directional_check(
    f: Function,
    x: npt.ArrayLike,
    grad: npt.ArrayLike,
    *,
    rng: np.random.Generator | int | None = None,
) -> float:
    """Compare a gradient with f along one random direction v.

    Two numbers that must agree, by :eq:`eq-directional`: <grad, v> and (f(x + hv) - f(x - hv)) / 2h.
    A wrong gradient shows, whatever its mistake, by :eq:`eq-miss` (chapter 01).
    Two calls of `f`, however large `x` is.

    Parameters
    ----------
    f : callable
        Takes an array like `x`, returns a real scalar.
    x : float array, any shape
        The point.
    grad : array, shape of `x`
        The gradient to be checked.
    rng : numpy.random.Generator or int, optional
        Draws v from the normal distribution.

    Returns
    -------
    float
        The size of their difference over the sum of their sizes; 0 if both are 0.
        About 1e-9 for a right gradient in float64, about 1 for a wrong one.

    Raises
    ------
    TypeError
        If `x` is not a real floating-point array, or `f` or `grad` is complex.
    ValueError
        If `grad` does not have the shape of `x`, or `f` does not return a scalar.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, -3.0])
    >>> directional_check(lambda x: (x**2).sum(), x, 2 * x, rng=0) < 1e-8
    True
    >>> directional_check(lambda x: (x**2).sum(), x, 3 * x, rng=0) > 0.1
    True
    """
    point = _point(x)
    gradient = np.asarray(grad)
    if gradient.shape != point.shape:
        raise ValueError(f"grad: got shape {gradient.shape}, expected {point.shape}, the shape of x")
    if gradient.dtype.kind not in "iuf":
        raise TypeError(f"grad: got dtype {gradient.dtype}, expected real numbers")
    v = np.asarray(np.random.default_rng(rng).standard_normal(point.shape)).astype(point.dtype)
    h = point.dtype.type(_default_step(point) * max(1.0, float(abs(point).max())) / float(abs(v).max()))
    measured = float(_value(f, point + h * v) - _value(f, point - h * v)) / (2 * float(h))
    claimed = float((gradient * v).sum())
    size = abs(measured) + abs(claimed)
    return abs(measured - claimed) / size if size != 0 else 0.0
