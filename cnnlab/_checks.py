"""What the whole package says about bad input: one place, so that every message has the same form.

Each message names the argument, says what came and what was expected.
"""

import math
import operator
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
Pair = tuple[int, int]
Size = int | tuple[int, int]
Shape = tuple[int, ...]
Seed = np.random.Generator | int | None

_MOST_COUNTED = 2**63 - 1  # of what NumPy can count
# No array can be larger; asking for one is a mistake in an argument, not a lack of memory.
MOST_ENTRIES = 2**48

# What an array of objects may hold and no arithmetic can use. (Fractions, symbols, time spans are welcome.)
_NO_NUMBERS = (type(None), str, bytes, bool, list, tuple, dict, set, np.ndarray, np.ma.MaskedArray)


def short(value: Any) -> str:
    """Write a value in a message: readable, however long it is."""
    try:
        text = " ".join(repr(value).split())  # an array has lines
    except ValueError:  # an integer of more digits than Python prints
        text = f"a {type(value).__name__} of enormous size"
    return text if len(text) <= 80 else text[:77] + "..."


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
    if checked.dtype.kind == "O":
        for entry in checked.flat:
            if isinstance(entry, _NO_NUMBERS):
                raise TypeError(f"{name}: got {short(entry)} among its entries, expected numbers")
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
        raise TypeError(f"{name}: got {short(value)}, expected an integer") from None
    if number < minimum:
        raise ValueError(f"{name}: got {short(value)}, expected at least {minimum}")
    if number > _MOST_COUNTED:
        raise ValueError(f"{name}: got {short(value)}, expected at most {_MOST_COUNTED}")
    return number


def pair(name: str, value: Any, minimum: int) -> Pair:
    """Return `value`, an int or a (rows, columns) pair, as a pair of ints of at least `minimum`."""
    if isinstance(value, (tuple, list)) or (isinstance(value, np.ndarray) and value.ndim > 0):
        if len(value) != 2:
            raise ValueError(f"{name}: got {short(value)}, expected an integer or a (rows, columns) pair")
        return integer(name, value[0], minimum), integer(name, value[1], minimum)
    number = integer(name, value, minimum)
    return number, number


def shape(name: str, value: Any, axes: str) -> Shape:
    """Return `value` as a tuple of positive lengths, one for each word of `axes`."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if not isinstance(value, (tuple, list)) or len(value) != len(axes.split(", ")):
        raise ValueError(f"{name}: got {short(value)}, expected ({axes})")
    lengths = tuple(integer(name, length, 1) for length in value)
    if math.prod(lengths) > MOST_ENTRIES:
        raise ValueError(f"{name}: got {short(value)}, expected a shape that memory can hold")
    return lengths


def flag(name: str, value: Any) -> bool:
    """Return `value` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name}: got {short(value)}, expected True or False")
    return bool(value)


def real(name: str, value: Any) -> float:
    """Return `value` as a float."""
    if not isinstance(value, (int, float, np.integer, np.floating)) or isinstance(value, bool):
        raise TypeError(f"{name}: got {short(value)}, expected a number")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"{name}: got {short(value)}, expected a number that a float can hold") from None


def generator(name: str, seed: Any) -> np.random.Generator:
    """Return the random generator that a seed stands for."""
    if seed is not None and not isinstance(seed, np.random.Generator):
        seed = integer(name, seed, 0)
    return np.random.default_rng(seed)


def same_shape(name: str, value: Array, expected: Shape, why: str) -> None:
    """Refuse an array whose shape does not follow from the other arguments."""
    if value.shape != expected:
        raise ValueError(f"{name}: got shape {value.shape}, expected {expected} ({why})")
