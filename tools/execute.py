"""Execute the book's notebooks afresh, as many at a time as there are cores, for the build that follows.

usage: python tools/execute.py

The build finds them in a cache that belongs to the package as it stands: see book/_ext/executed.py.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
import yaml
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from cnnlab import _display

BOOK = Path(__file__).parents[1] / "book"
QUIET = ["--IPKernelApp.log_level=40"]  # errors only
TIMEOUT = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))["execute"]["timeout"]


def execute(path):
    """Execute a notebook, a kernel of its own; return it with pictures that are plain data."""
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": BOOK}}
    settings = {"timeout": TIMEOUT, "kernel_name": "python3", "resources": folder, "extra_arguments": QUIET}
    NotebookClient(notebook, record_timing=False, **settings).execute()  # else no cache would know it again
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output.data["text/html"] = _display.bare(output.data["text/html"])
    return notebook


def timed(path):
    """Execute a notebook; return it, and how many seconds it took."""
    start = time.perf_counter()
    return execute(path), time.perf_counter() - start


def failed(path, error):
    """Say which cell failed, with what, and how to run the notebook alone."""
    return f"\n{path.name} failed:\n{error}\nTo run it alone: python -m jupyter execute book/{path.name}"


def side_by_side(paths, take):
    """Execute notebooks, say how far it is, and hand each to `take(path, notebook, seconds)`."""
    # The chapters that train take longest, and have the highest numbers.
    paths = sorted(paths, key=lambda path: (not path.stem.startswith("1"), path.stem))
    start, errors = time.perf_counter(), []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each thread waits for a kernel
        jobs = {pool.submit(timed, path): path for path in paths}
        for done, job in enumerate(as_completed(jobs), start=1):
            path = jobs[job]
            try:
                notebook, seconds = job.result()
            except CellExecutionError as error:
                errors.append(failed(path, error))
                print(f"{done:3} of {len(paths)}  {path.stem}: FAILED", flush=True)
                continue
            take(path, notebook, seconds)
            print(f"{done:3} of {len(paths)}  {path.stem}: {seconds:.0f} s", flush=True)
    print(f"{len(paths) - len(errors)} notebooks executed in {time.perf_counter() - start:.0f} s", flush=True)
    if errors:
        raise SystemExit("\n".join(errors))


def main():
    from jupyter_cache import get_cache
    from jupyter_cache.base import CacheBundleIn

    sys.path.insert(0, str(BOOK / "_ext"))
    from executed import cache_path

    cache = get_cache(cache_path())

    def store(path, notebook, seconds):
        bundle = CacheBundleIn(nb=notebook, uri=str(path), data={"execution_seconds": seconds})
        cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)

    side_by_side(BOOK.glob("*.ipynb"), store)


if __name__ == "__main__":
    main()
