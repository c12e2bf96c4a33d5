"""Files that appear whole or not at all, and what killed writers of files left."""

import contextlib
import errno
import glob
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_STALE_SECONDS = 3600


@contextlib.contextmanager
def writing(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file, to write and to read again, that takes the place of `path` if the block ends well."""
    target = Path(os.path.realpath(path))  # through a symbolic link, not over it
    _check_target(target)
    _remove_stale(target)
    partial = target.with_name(f".{_short(target)}.{secrets.token_hex(8)}.partial")  # two writers share none
    try:
        with open(partial, "x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, partial)
        _rename(partial, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(partial)


def _short(target: Path) -> str:
    """Return the name, or so much of it that a longer name still is one."""
    return target.name if len(os.fsencode(target.name)) <= 200 else target.name[:50]


def _check_target(target: Path) -> None:
    """Refuse to put a file in the place of something that is not one, or that is write-protected."""
    if target.is_symlink():  # what resolving a link left is a circle of links
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(target))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder to write into", str(target))
    if target.exists() and not target.is_file():
        raise OSError(errno.EINVAL, "not a regular file", str(target))
    if target.exists() and not target.stat().st_mode & 0o200:
        raise PermissionError(errno.EACCES, "the file is write-protected", str(target))


def _remove_stale(target: Path) -> None:
    """Remove what killed processes left of writing this file. One at work is never that old."""
    for leftover in target.parent.glob(f".{glob.escape(_short(target))}.{'[0-9a-f]' * 16}.partial"):
        with contextlib.suppress(OSError):
            if time.time() - leftover.stat().st_mtime > _STALE_SECONDS:
                leftover.unlink()


def _rename(partial: Path, target: Path) -> None:
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
