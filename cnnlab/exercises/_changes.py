"""Mistakes that any exercise may hold: something is done to an argument, to the result, or for square sizes only."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnnlab._checks import Array
from cnnlab.exercises._exercise import Apart, Arguments, Exercise, Function, Mistake

Change = Callable[..., Array]
Rearrange = Callable[[Arguments], Arguments]


def _axes(value: Any) -> tuple[int, int]:
    """Return the axes of rows and columns: of four axes they are in the middle."""
    if np.ndim(value) not in (2, 4):
        raise ValueError
    return (0, 1) if np.ndim(value) == 2 else (1, 2)


def _turned(value: Array) -> Array:
    return np.flip(value, _axes(value))


def _swapped(value: Array) -> Array:
    return np.swapaxes(value, *_axes(value))


def _only(*part: slice) -> Change:
    """Return the change that puts 0 outside of a part of the axes."""

    def change(result: Array, *_: Any) -> Array:
        out = np.zeros_like(result)
        out[part] = result[part]
        return out

    return change


def _emptied(rows: slice, columns: slice) -> Change:
    """Return the change that puts 0 outside of these rows and columns."""
    return lambda result, *_: _only(*(_ALL,) * _axes(result)[0], rows, columns)(result)


def _first_entry(result: Array, *_: Any) -> Array:
    return _only(*(slice(1),) * result.ndim)(result)


def _rolled(by: tuple[int, int]) -> Change:
    return lambda result, *_: np.roll(result, by, axis=_axes(result))


def _cut(rows: slice, columns: slice) -> Change:
    """Return the change that keeps these rows and columns only."""
    return lambda result, *_: result[(slice(None),) * _axes(result)[0] + (rows, columns)]


def _per(count: Callable[[Array], int]) -> Change:
    """Return the change that divides by a count of the first argument, a batch."""

    def change(result: Array, *args: Any) -> Array:
        if np.ndim(args[0]) != 4:
            raise ValueError
        return result / count(args[0])

    return change


def _four(change: Change) -> Change:
    """Return a change for batches only."""

    def of_batch(result: Array, *args: Any) -> Array:
        if result.ndim != 4:
            raise ValueError
        return change(result, *args)

    return of_batch


_ALL, _BUT_LAST, _BUT_FIRST, _FIRST, _LAST = slice(None), slice(-1), slice(1, None), slice(1), slice(-1, None)

RESULT: tuple[tuple[Mistake, tuple[Change, ...]], ...] = (
    (Mistake("sign", "All signs are wrong."), (lambda r, *_: -r,)),
    (Mistake("doubled", "Everything is twice as large as it should be."), (lambda r, *_: 2 * r,)),
    (Mistake("halved", "Everything is half as large as it should be."), (lambda r, *_: r / 2,)),
    (Mistake("fractions_cut_off", "Fractions are cut off: the numbers go into an array of whole numbers, or `//` divides. An array like another takes its type, too."), (lambda r, *_: np.trunc(r), lambda r, *_: np.floor(r))),
    (Mistake("result_transposed", "Rows and columns of the result are exchanged."), (lambda r, *_: _swapped(r),)),
    (Mistake("one_axis_flipped", "One axis of the result is in reverse order."), (lambda r, *_: np.flip(r, _axes(r)[0]), lambda r, *_: np.flip(r, _axes(r)[1]))),
    (Mistake("result_rotated", "The numbers are right, but turned by 180°."), (lambda r, *_: _turned(r),)),
    (Mistake("not_reset", "A sum runs on from one entry of the result to the next: what adds up is not set to 0 for each."), (lambda r, *_: np.cumsum(r).reshape(np.shape(r)),)),
    (Mistake("stopped_early", "Only the beginning is computed, and the rest is 0: does a `return` stand inside the loop, or is one index missing?"), (_first_entry, _emptied(_FIRST, _ALL), _emptied(_ALL, _FIRST))),
    (Mistake("only_one_sample", "Only one sample of the batch is filled, and the rest is 0."), (_four(_only(_FIRST)), _four(_only(_LAST)))),
    (Mistake("only_one_channel", "Only one channel of the result is filled, and the rest is 0."), (_four(_only(_ALL, _ALL, _ALL, _FIRST)), _four(_only(_ALL, _ALL, _ALL, _LAST)))),
    (Mistake("channels_first", "The channels stand before the pixels. In this book they come last."), (_four(lambda r, *_: r.transpose(0, 3, 1, 2)),)),
    (Mistake("reshaped_for_transposed", "The channels are mixed up: a reshape counts on through the numbers as they lie, and does not exchange axes."), (_four(lambda r, *_: r.reshape(-1, r.shape[3]).T.reshape(r.shape)), _four(lambda r, *_: r.transpose(0, 3, 1, 2).reshape(r.shape)))),
    (Mistake("shifted_by_one", "The right numbers stand one place off: an index is off by one."), tuple(map(_rolled, ((1, 1), (-1, -1), (1, 0), (0, 1), (-1, 0), (0, -1))))),
    (Mistake("last_place_missing", "The last row or column is 0: a range ends one too early."), (_emptied(_BUT_LAST, _BUT_LAST), _emptied(_BUT_LAST, _ALL), _emptied(_ALL, _BUT_LAST))),
    (Mistake("last_place_missing", "The last row or column is missing: one too few."), tuple(_cut(u, v) for u in (_BUT_LAST, _BUT_FIRST, _ALL) for v in (_BUT_LAST, _BUT_FIRST, _ALL) if (u, v) != (_ALL, _ALL))),
    (Mistake("axes_kept", "The numbers are right, but there is an axis too many."), (lambda r, *_: r[..., None], lambda r, *_: r[None])),
    (Mistake("flattened", "The numbers are right, but they stand in one row."), (lambda r, *_: r.reshape(-1), lambda r, *_: r.reshape(len(r), -1))),
    (Mistake("first_place_missing", "The first row or column is 0: a range begins one too late."), (_emptied(_BUT_FIRST, _BUT_FIRST), _emptied(_BUT_FIRST, _ALL), _emptied(_ALL, _BUT_FIRST))),
    (Mistake("divided_by_batch", "The result is divided by the number of samples. If the loss is a mean, that is in the errors already."), (_per(len),)),
    (Mistake("mean_over_positions", "The result is divided by the number of positions."), (_per(lambda a: a.shape[1] * a.shape[2]),)),
)  # fmt: skip


def changes_of_result(exercise: Exercise) -> Iterator[tuple[Mistake, Function]]:
    """Yield what may be done to a result, `change(result, *arguments)`, with its name."""
    if exercise.returns == "array":
        for mistake, changes in RESULT:
            for change in changes:
                yield mistake, change


def changes_of_arguments(exercise: Exercise) -> Iterator[tuple[Mistake | None, Rearrange]]:
    """Yield what may be done to the arguments; where it has no name here, the exercise has one if it is a mistake."""
    example = exercise.cases()[0]
    for k, (name, value) in enumerate(zip(exercise.parameters, example, strict=True)):
        if isinstance(value, np.ndarray) and value.ndim in (2, 4) and name not in exercise.matrices:
            rows, columns = _axes(value)
            for change in (_turned, _swapped, _flipped(rows), _flipped(columns)):
                yield None, _at(k, change)
            for end, others in (("last", _BUT_LAST), ("first", _BUT_FIRST)):
                words = f"The {end} row or column of `{name}` does not come in: a range is one too short."
                for change in (_emptied(others, others), _emptied(others, _ALL), _emptied(_ALL, others)):
                    yield Mistake("range_too_short", words), _at(k, change)
        elif isinstance(value, int):
            for j, other in enumerate(example):
                if j != k and isinstance(other, int):
                    yield None, _copied(k, j)
            for number in (0, 1):
                yield None, _at(k, _constant(number))


def _flipped(axis: int) -> Change:
    return lambda value: np.flip(value, axis)


def _constant(number: int) -> Callable[[Any], int]:
    return lambda value: number


def _at(k: int, change: Callable[[Any], Any]) -> Rearrange:
    """Change the argument k."""
    return lambda args: (*args[:k], change(args[k]), *args[k + 1 :])


def _copied(k: int, j: int) -> Rearrange:
    """Put the argument j in the place of the argument k."""
    return lambda args: (*args[:k], args[j], *args[k + 1 :])


def _is_square(value: Any) -> bool | None:
    """Tell whether something has as many rows as columns; None if it has none."""
    shape = value.shape if isinstance(value, np.ndarray) else value if isinstance(value, tuple) else ()
    if len(shape) not in (2, 4):
        return None
    return bool(shape[0] == shape[1] if len(shape) == 2 else shape[1] == shape[2])


def square_kinds(exercise: Exercise) -> list[Apart]:
    """Return the kinds of cases with an argument that is not square, or with any."""
    example = exercise.cases()[0]
    found = []
    for k, name in enumerate(exercise.parameters):
        if name not in exercise.matrices and _is_square(example[k]) is not None:
            found.append(Apart(
                "only_square", f"Right where `{name}` has as many rows as columns, and wrong elsewhere: one of its two lengths stands for the other somewhere.",
                f"Where `{name}` has more rows than columns, or fewer, something else is wrong besides: does one of its two lengths stand for the other?",
                lambda *case, k=k: not _is_square(case[k]),
            ))  # fmt: skip
    if found:
        found.append(Apart(
            "only_square", "Right where everything is square, and wrong elsewhere: a height stands for a width somewhere, or rows and columns are exchanged.",
            "Where not everything is square, something else is wrong besides: does a height stand for a width?",
            lambda *case: not all(
                name in exercise.matrices or _is_square(value) in (True, None)
                for name, value in zip(exercise.parameters, case, strict=True)
            ),
        ))  # fmt: skip
    return found


def kinds(exercise: Exercise) -> list[Apart]:
    """Return the kinds of cases that may be wrong apart from all others, the exercise's own first."""
    found = [*exercise.apart, *square_kinds(exercise)]
    example = exercise.cases()[0]
    layers = [k for k, value in enumerate(example) if isinstance(value, np.ndarray) and value.ndim == 4]
    if layers:
        k = layers[0]
        found.append(Apart(
            "only_one_image", "Right for a single image, and wrong for a batch: the samples are mixed up, or one stands for all.",
            "For a batch of several images something else is wrong besides.",
            lambda *case, k=k: len(case[k]) > 1,
        ))  # fmt: skip
    if "w" in exercise.parameters and exercise.parameters.index("w") in layers:
        k = exercise.parameters.index("w")
        found.append(Apart(
            "only_as_many_kernels", "Right where there are as many kernels as channels, and wrong elsewhere: f and c change places somewhere.",
            "Where there are not as many kernels as channels, something else is wrong besides.",
            lambda *case, k=k: case[k].shape[0] != case[k].shape[3],
        ))  # fmt: skip
    for name, plain in (("stride", 1), ("padding", 0), ("dilation", 1)):
        if name in exercise.parameters:
            k = exercise.parameters.index(name)
            found.append(Apart(
                f"only_{name}_{plain}", f"Right where `{name}` is {plain}, and wrong elsewhere.",
                f"Where `{name}` is not {plain}, something else is wrong besides.",
                lambda *case, k=k, plain=plain: case[k] != plain,
            ))  # fmt: skip
    return found
