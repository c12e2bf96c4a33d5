"""What the whole package says about bad input: one place, so that every message has the same form.

Each message names the argument, says what came and what was expected.
"""

import operator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Pair = tuple[int, int]
Size = int | tuple[int, int]
Shape = tuple[int, ...]


def plain(name: str, value: npt.ArrayLike) -> Array:
    """Return `value` as a plain array of numbers, of any shape."""
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: got a masked array, expected a plain array (the mask would be lost)")
    try:
        checked = np.asarray(value)
    except ValueError as error:  # a ragged list
        raise ValueError(f"{name}: got rows of different lengths, expected an array of numbers") from error
    if checked.dtype.kind not in "iufcO":
        raise TypeError(f"{name}: got dtype {checked.dtype}, expected numbers")
    return checked


def array(name: str, value: npt.ArrayLike, axes: str) -> Array:
    """Return `value` as an array with one axis for each word of `axes`, none of them empty."""
    checked = plain(name, value)
    if checked.ndim != len(axes.split(", ")):
        raise ValueError(f"{name}: got shape {checked.shape}, expected ({axes})")
    if checked.size == 0:
        raise ValueError(f"{name}: got shape {checked.shape}, expected no axis of length 0")
    return checked


def ordered(name: str, value: Array) -> None:
    """Refuse complex numbers where the mathematics asks which of two values is larger."""
    if value.dtype.kind == "c":
        raise TypeError(
            f"{name}: got dtype {value.dtype}, expected ordered values (complex numbers have no maximum)"
        )


def integer(name: str, value: Any, minimum: int) -> int:
    """Return `value` as an int of at least `minimum`."""
    try:
        if isinstance(value, (bool, np.bool_)):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name}: got {value!r}, expected an integer") from None
    if number < minimum:
        raise ValueError(f"{name}: got {value!r}, expected at least {minimum}")
    return number


def pair(name: str, value: Any, minimum: int) -> Pair:
    """Return `value`, an int or a (rows, columns) pair, as a pair of ints of at least `minimum`."""
    if isinstance(value, (tuple, list)) or np.ndim(value) > 0:
        if len(value) != 2:
            raise ValueError(f"{name}: got {value!r}, expected an integer or a (rows, columns) pair")
        return integer(name, value[0], minimum), integer(name, value[1], minimum)
    number = integer(name, value, minimum)
    return number, number


def shape(name: str, value: Any, axes: str) -> Shape:
    """Return `value` as a tuple of positive lengths, one for each word of `axes`."""
    if np.ndim(value) != 1 or len(value) != len(axes.split(", ")):
        raise ValueError(f"{name}: got {value!r}, expected ({axes})")
    return tuple(integer(name, length, 1) for length in value)


def flag(name: str, value: Any) -> bool:
    """Return `value` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: got {value!r}, expected True or False")
    return bool(value)


def real(name: str, value: Any) -> float:
    """Return `value` as a float."""
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise TypeError(f"{name}: got {value!r}, expected a number")
    return float(value)


def same_shape(name: str, value: Array, expected: Shape, why: str) -> None:
    """Refuse an array whose shape does not follow from the other arguments."""
    if value.shape != expected:
        raise ValueError(f"{name}: got shape {value.shape}, expected {expected} ({why})")


def window_count(name: str, lengths: Pair, size: Pair, stride: Pair, padding: Pair, dilation: Pair) -> Pair:
    """Return how many windows fit along rows and columns: floor((H + 2p - d(K-1) - 1) / s) + 1.

    `lengths` are the rows and columns of the image; `name` is what to call it if no window fits.
    """
    counts = []
    for length, k, s, p, d in zip(lengths, size, stride, padding, dilation, strict=True):
        reach = d * (k - 1) + 1
        if reach > length + 2 * p:
            raise ValueError(
                f"{name}: got {lengths[0]} x {lengths[1]} pixels with padding {padding}, expected at least "
                f"the reach of the window: size {size} with dilation {dilation}"
            )
        counts.append((length + 2 * p - reach) // s + 1)
    return counts[0], counts[1]
