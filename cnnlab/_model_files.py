"""Models as files: .npz, never a pickle, whole or not at all, nothing read that the model does not need."""

import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import _atomic, _checks
from cnnlab._checks import Array

_FORMAT = "cnnlab model 3"
_DESCRIPTION = "description"
# An .npy header, and a zip entry around it, take no more bytes than this.
_HEADER_BYTES = 4096
# An entry of an array has at most so many (long double).
_ENTRY_BYTES = 16


def save(arrays: Mapping[str, Array], description: list[Any], path: str | os.PathLike[str]) -> None:
    """Write the arrays of a model and what its layers are; see `Layer.save`."""
    for name, value in arrays.items():
        if name in ("file", _DESCRIPTION):
            raise ValueError(f"{name}: got an array of this name, expected another: the file needs it itself")
        if value.dtype.kind not in "fiu":  # objects would be pickled
            raise TypeError(f"{name}: got dtype {value.dtype}, expected real numbers")
    text = np.array(json.dumps([_FORMAT, description]))
    with _atomic.writing(path) as file:
        # A file object, because np.savez would add .npz to a name.
        np.savez(file, **{_DESCRIPTION: text}, **arrays)  # type: ignore[arg-type]


def load(
    arrays: Mapping[str, Array], description: list[Any], path: str | os.PathLike[str]
) -> dict[str, Array]:
    """Read arrays of these names, shapes and kinds, saved with an equal description; see `Layer.load`."""
    description = json.loads(json.dumps(description))  # as it comes out of a file
    expected = {f"{name}.npy": value.size * _ENTRY_BYTES + _HEADER_BYTES for name, value in arrays.items()}
    # Four bytes a letter; a file for another model must be read, too, to say what it is for.
    expected[f"{_DESCRIPTION}.npy"] = 16 * len(json.dumps(description)) + 2**16
    if not Path(path).is_file() and Path(path).exists():
        raise ValueError(f"{path}: not a regular file")
    with open(path, "rb") as file:
        try:
            if os.fstat(file.fileno()).st_size > sum(expected.values()) + _HEADER_BYTES * len(expected):
                raise ValueError("it is larger than a file for this model can be")
            with zipfile.ZipFile(file) as archive:
                members = {info.filename: info for info in archive.infolist()}
                _check_origin(_read(archive, members.get(f"{_DESCRIPTION}.npy"), expected), description)
                if sorted(info.filename for info in archive.infolist()) != sorted(expected):
                    found = _checks.short(sorted(members))
                    raise ValueError(
                        f"damaged: got the members {found}, expected {_checks.short(sorted(expected))}"
                    )
                return {
                    name: _read(archive, members[f"{name}.npy"], expected, value)
                    for name, value in arrays.items()
                }
        except _OtherModel as error:
            raise ValueError(f"{path}: a file for another model: {error}") from None
        except Exception as error:  # a damaged file can make NumPy and zipfile raise almost anything
            raise ValueError(f"{path}: not a readable model file: {error}") from error


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo | None, limits: dict[str, int], like: Array | None = None
) -> Array:
    """Read one array after its size, its kind of compression, its dtype and its shape were found right.

    It is an array like the model's own, or the description.
    """
    if info is None:
        raise ValueError("an .npz file that cnnlab did not save")
    if info.file_size > limits[info.filename] or info.compress_type not in (
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
    ):
        raise ValueError(f"damaged: {info.filename} has {info.file_size} bytes, too many for this model")
    content = io.BytesIO(archive.read(info))
    version = np.lib.format.read_magic(content)
    read_header = (
        np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    )
    found, _, dtype = read_header(content)
    if like is not None and (found != like.shape or dtype.kind != like.dtype.kind):
        raise ValueError(
            f"damaged: {info.filename} has shape {found} and dtype {dtype}, "
            f"expected {like.shape} and a dtype like {like.dtype}"
        )
    if like is None and (found != () or dtype.kind != "U"):
        raise ValueError("an .npz file that cnnlab did not save")
    content.seek(0)
    return np.lib.format.read_array(content, allow_pickle=False)


def _check_origin(text: Array, description: list[Any]) -> None:
    """Refuse a file of another program, or of a model with other layers."""
    try:
        kind, layers = json.loads(str(text))
    except (ValueError, TypeError, RecursionError):
        kind, layers = None, None
    if kind != _FORMAT:
        raise ValueError(f"an .npz file that cnnlab did not save as {_FORMAT!r}")
    if layers != description:
        try:
            difference = _difference(layers, description)
        except (TypeError, ValueError):
            raise ValueError("damaged: its description is not that of a model") from None
        raise _OtherModel(difference)


class _OtherModel(Exception):
    """The file is right, and belongs to a model with other layers."""


def _difference(file: list[Any], model: list[Any], place: str = "the model") -> str:
    """Say where two descriptions first differ: in a class, in what it was told, or in a layer inside."""
    (name, told, inside), (our_name, our_told, our_inside) = file, model
    if name != our_name:
        return f"{place} is {_checks.short(name)} in the file, {our_name} here"
    if told != our_told:
        return f"{place}, {name}, has {_only(told, our_told)} in the file, {_only(our_told, told)} here"
    pairs = zip(inside, our_inside, strict=True)
    k, (one, other) = next((k, pair) for k, pair in enumerate(pairs) if pair[0] != pair[1])
    return _difference(one, other, f"layer {k}" if place == "the model" else f"layer {k} of {place}")


def _only(told: dict[str, Any], other: dict[str, Any]) -> str:
    """Write the arguments that differ from another's."""
    differing = [f"{key} = {_checks.short(value)}" for key, value in told.items() if other.get(key) != value]
    return " and ".join(differing) or "nothing of it"
