"""Models as files: .npz, never a pickle, whole or not at all; and what killed writers of files left."""

import contextlib
import errno
import glob
import io
import json
import os
import secrets
import shutil
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cnnlab import _checks
from cnnlab._checks import Array, Shape

if TYPE_CHECKING:
    from cnnlab.layers import Layer

_FORMAT = "cnnlab model 2"
_DESCRIPTION = "description"
# An .npy header, and a zip entry around it, take no more bytes than this.
_HEADER_BYTES = 4096
# An entry of a parameter has at most so many (long double).
_ENTRY_BYTES = 16
_STALE_SECONDS = 3600


def _describe(layer: "Layer") -> list[Any]:
    """Return what a file must agree with besides names and shapes: each layer's class and settings."""
    description = [type(layer).__name__, layer.settings, [_describe(inner) for inner in layer.layers]]
    return json.loads(json.dumps(description))  # type: ignore[no-any-return]


def save(model: "Layer", path: str | os.PathLike[str]) -> None:
    """Write the parameters of a model; see `Sequential.save`."""
    parameters = model.parameters
    for name, value in parameters.items():
        if value.dtype.kind != "f":  # objects would be pickled
            raise TypeError(f"{name}: got dtype {value.dtype}, expected floating point")
    target = Path(os.path.realpath(path))  # through a symbolic link, not over it
    _check_target(target)
    remove_stale(target, f".{'[0-9a-f]' * 16}.partial")
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}.partial")  # two savers share none
    description = np.array(json.dumps([_FORMAT, _describe(model)]))
    try:
        with open(partial, "xb") as file:
            # A file object, because np.savez would add .npz to a name.
            np.savez(file, **{_DESCRIPTION: description}, **parameters)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, partial)
        _replace(partial, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _check_target(target: Path) -> None:
    """Refuse to put a file in the place of something that is not one, or that is write-protected."""
    if target.is_symlink():  # what resolving a link left is a circle of links
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(target))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(target))
    if target.exists() and not target.stat().st_mode & 0o200:
        raise PermissionError(errno.EACCES, "the file is write-protected", str(target))


def remove_stale(target: Path, ending: str) -> None:
    """Remove what killed processes left of writing this file, ".NAME" and an ending (a pattern).

    One at work is never that old.
    """
    for leftover in target.parent.glob(f".{glob.escape(target.name)}{ending}"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _STALE_SECONDS:
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _replace(partial: Path, target: Path) -> None:
    """Rename, and wait a moment for a reader: Windows does not replace a file that is open."""
    for wait in (0.05, 0.2, 0.5):
        try:
            os.replace(partial, target)
            return
        except PermissionError:
            if os.name != "nt":
                raise
            time.sleep(wait)
    os.replace(partial, target)


def load(model: "Layer", path: str | os.PathLike[str]) -> None:
    """Fill a model from a file; see `Sequential.load`."""
    parameters, description = model.parameters, _describe(model)
    expected = {
        f"{name}.npy": value.size * _ENTRY_BYTES + _HEADER_BYTES for name, value in parameters.items()
    }
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
                values = {
                    name: _read(archive, members[f"{name}.npy"], expected, value.shape)
                    for name, value in parameters.items()
                }
                model.set_parameters(values)
        except Exception as error:  # a damaged file can make NumPy and zipfile raise almost anything
            raise ValueError(f"{path}: not a readable model file: {error}") from error


def _read(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo | None, limits: dict[str, int], shape: Shape | None = None
) -> Array:
    """Read one array after its size, its kind of compression, its dtype and its shape were found right."""
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
    if shape is not None and (found != shape or dtype.kind != "f"):
        raise ValueError(
            f"damaged: {info.filename} has shape {found} and dtype {dtype}, expected {shape}, floats"
        )
    if shape is None and (found != () or dtype.kind != "U"):
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
        raise ValueError(f"it is for\n{_excerpt(layers)}\nexpected one for\n{_excerpt(description)}")


def _excerpt(layers: Any) -> str:
    text = json.dumps(layers)
    return text if len(text) <= 2000 else text[:2000] + "..."
