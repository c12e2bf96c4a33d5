"""What a reader has tried and solved, in one small file: each chapter's notebook has a Python of its own."""

import contextlib
import json
import os
import sys
from pathlib import Path

from cnnlab import _atomic

Progress = dict[str, dict[str, int]]  # exercise -> how many tries, how many hints, solved (1) or not

_here: Progress = {}  # since Python started; all there is where no file is kept


def file() -> Path | None:
    """Return where it is kept: in the reader's data folder, where CNNLAB_PROGRESS says, or nowhere."""
    given = os.environ.get("CNNLAB_PROGRESS")
    if given is not None:
        return Path(given) if given else None
    if "PYTEST_VERSION" in os.environ:  # a test, or a class being graded: no reader
        return None
    home = Path.home()
    if sys.platform == "win32":
        data = Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    elif sys.platform == "darwin":
        data = home / "Library" / "Application Support"
    else:
        data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local" / "share")
    return data / "cnnlab" / "progress.json"


def read() -> Progress:
    """Return all that is known: what other notebooks have kept, and this one."""
    known = {name: dict(counts) for name, counts in _here.items()}
    for name, counts in _kept().items():
        own = known.setdefault(name, {})
        for what, count in counts.items():
            own[what] = max(count, own.get(what, 0))
    return known


def note(name: str, **happened: int) -> None:
    """Add to what is known of an exercise, and keep it; a file that cannot be written loses nothing here."""
    known = read()
    counts = known.setdefault(name, {})
    for what, count in happened.items():
        counts[what] = counts.get(what, 0) + count
    _here[name] = counts
    if path := file():
        with contextlib.suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with _atomic.writing(path) as out:
                out.write(json.dumps(known, indent=1, sort_keys=True).encode())


def _kept() -> Progress:
    """Read the file; what is no file of ours counts as none."""
    path = file()
    try:
        found = json.loads(path.read_text(encoding="utf-8")) if path else {}
        return {
            str(name): {str(what): int(count) for what, count in counts.items()}
            for name, counts in found.items()
        }
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
