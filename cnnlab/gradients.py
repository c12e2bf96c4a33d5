"""Ways to check a gradient that know nothing of how it was derived (chapter 1)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab import _checks
from cnnlab._checks import Array, Seed

Function = Callable[[Array], Any]


def _point(x: npt.ArrayLike) -> Array:
    """Return a real floating-point copy of `x`; differences of integers would round the step away."""
    point = np.array(_checks.plain("x", x))
    if point.dtype.kind != "f":
        raise TypeError(f"x: got dtype {point.dtype}, expected a real floating-point array")
    if point.size == 0:
        raise ValueError(f"x: got shape {point.shape}, expected at least one entry")
    return point


def _callable(name: str, f: Any) -> None:
    if not callable(f):
        raise TypeError(f"{name}: got {_checks.short(f)}, expected a function")


def _value(f: Function, x: Array, complex_allowed: bool = False) -> Any:
    """Return f at a copy of `x` as a scalar, so that f can do no harm and must not return an array."""
    _callable("f", f)
    value = np.asarray(f(x.copy()))
    if value.dtype.kind not in "fc":
        raise TypeError(f"f: got a result of dtype {value.dtype}, expected a floating-point scalar")
    if value.size != 1:
        raise ValueError(f"f: got a result of shape {value.shape}, expected a scalar")
    if value.dtype.kind == "c" and not complex_allowed:
        raise TypeError(f"f: got a result of dtype {value.dtype}, expected a real scalar")
    _check_precision(value, x)
    if not np.isfinite(value).all():
        raise ValueError(f"f: got {value.item()}, expected a finite number")
    return value.reshape(())[()]


def _check_precision(value: Array, x: Array) -> None:
    """Refuse a result that was rounded more coarsely than the point: differences of it would mean nothing."""
    if np.finfo(value.dtype).eps > np.finfo(x.dtype).eps:
        raise TypeError(f"f: got a result of dtype {value.dtype}, expected the precision of x, {x.dtype}")


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
    rng: Seed = None,
) -> float:
    """Compare a gradient with f along one random direction v.

    Two numbers that must agree, by :eq:`eq-directional`: <grad, v> and (f(x + hv) - f(x - hv)) / 2h.
    A wrong gradient shows, whatever its mistake, by :eq:`eq-miss`.
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
        Draws v from the normal distribution, times the entry's size where that is above 1.

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
    point, gradient = _point(x), _checks.plain("grad", grad)
    if gradient.shape != point.shape:
        raise ValueError(f"grad: got shape {gradient.shape}, expected {point.shape}, the shape of x")
    if gradient.dtype.kind not in "iuf":
        raise TypeError(f"grad: got dtype {gradient.dtype}, expected real numbers")
    h, v = _direction(point, _checks.generator("rng", rng))
    measured = float(_value(f, point + h * v) - _value(f, point - h * v)) / (2 * float(h))
    return _relative(measured, float((gradient * v).sum()))


def _direction(point: Array, rng: np.random.Generator) -> tuple[Any, Array]:
    """Draw a direction, and the step along it that central differences take best.

    An entry far above 1 moves by its own size: a step that suits it would be far too long for the others.
    """
    v = rng.standard_normal(point.shape) * np.maximum(1, abs(point.astype(float)))
    longest = float((abs(v) / np.maximum(1, abs(point.astype(float)))).max())
    return point.dtype.type(_default_step(point) / longest), np.asarray(v).astype(point.dtype)


def _relative(measured: float, claimed: float, floor: float = 0.0) -> float:
    """Return the size of a difference over the sum of the sizes, and of `floor`; 0 if all are 0."""
    size = abs(measured) + abs(claimed) + floor
    return abs(measured - claimed) / size if size != 0 else 0.0


def check_vjp(
    f: Callable[[Array], Any],
    vjp: Callable[[Array], Any],
    x: npt.ArrayLike,
    *,
    rng: Seed = None,
) -> float:
    """Hold a backward function to its contract, :eq:`eq-vjp`: it turns a cotangent v into J^T v.

    A cotangent v is the gradient of some loss by the output of `f`.
    Draws one at random, and a random direction u, and compares <vjp(v), u> with <v, J u>, where J u is
    measured by central differences; three times, and the worst counts.

    Parameters
    ----------
    f : callable
        The forward function: takes an array like `x`, returns an array of floats.
    vjp : callable
        The backward function at `x`: takes an array like `f(x)`, returns one like `x`.
    x : float array, any shape
        The point; no kink of `f` may be near it.
    rng : numpy.random.Generator or int, optional
        Draws cotangents and directions.

    Returns
    -------
    float
        The relative error: about 1e-9 in float64.

    Raises
    ------
    AssertionError
        If `vjp` is not the backward function of `f`; the message names it and says how far off it is.
    ValueError, TypeError
        If an argument cannot work; the message names it.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import conv2d, conv2d_input_grad
    >>> a, w = np.random.default_rng(0).standard_normal((2, 8, 6, 4)), np.ones((5, 3, 2, 4))
    >>> check_vjp(lambda a: conv2d(a, w), lambda v: conv2d_input_grad(v, w, a.shape), a, rng=0) < 1e-8
    True
    >>> check_vjp(np.sin, lambda v: v * np.sin(a), a, rng=0)
    Traceback (most recent call last):
    AssertionError: <lambda>: <vjp(v), u> is 15.2209, expected -17.8676 (off by 1 of their size)
    """
    _callable("f", f)
    _callable("vjp", vjp)
    point, generator = _point(x), _checks.generator("rng", rng)
    worst, tolerance = 0.0, _default_step(point)
    for _ in range(3):
        out = _outcome("f", f, point)  # each time anew: a layer remembers the point that it saw last
        _check_precision(out, point)
        cotangent = np.asarray(generator.standard_normal(out.shape)).astype(out.dtype)
        gradient = _outcome("vjp", vjp, cotangent)
        _checks.same_shape("vjp", gradient, point.shape, "the shape of x")
        h, u = _direction(point, generator)
        change = _outcome("f", f, point + h * u) - _outcome("f", f, point - h * u)
        if not np.isfinite(change).all():
            raise ValueError("f: got a result that is not finite near x, expected finite numbers")
        measured, claimed = float((cotangent * change).sum()) / (2 * float(h)), float((gradient * u).sum())
        # Rounding of f alone makes a slope of this size; where the true one is as small, it says nothing.
        noise = float(np.finfo(out.dtype).eps * abs(cotangent * out).sum() / h)
        error = _relative(measured, claimed, 4 * noise / tolerance)
        # Central differences err by about the square of their step; mistakes by about 1.
        if not error < tolerance:
            name = getattr(vjp, "__name__", type(vjp).__name__)
            raise AssertionError(
                f"{name}: <vjp(v), u> is {claimed:.6g}, expected {measured:.6g} "
                f"(off by {error:.2g} of their size)"
            )
        worst = max(worst, error)
    return worst


def _outcome(name: str, function: Callable[[Array], Any], value: Array) -> Array:
    """Return what a function makes of a copy of `value`, which must be real numbers."""
    out = np.array(_checks.plain(name, function(value.copy())))  # a copy: it may reuse its result
    if out.dtype.kind != "f" or out.size == 0:
        raise TypeError(
            f"{name}: got a result of dtype {out.dtype} and shape {out.shape}, expected real floats"
        )
    return out
