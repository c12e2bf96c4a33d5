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
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

BOOK = Path(__file__).parents[1] / "book"
sys.path.insert(0, str(BOOK / "_ext"))
from executed import cache_path  # noqa: E402

QUIET = ["--IPKernelApp.log_level=40"]  # errors only
TIMEOUT = yaml.safe_load((BOOK / "_config.yml").read_text(encoding="utf-8"))["execute"]["timeout"]


def execute(path):
    """Execute a notebook, a kernel of its own; return it, and how long it took."""
    start = time.perf_counter()
    notebook = nbformat.read(path, as_version=4)
    folder = {"metadata": {"path": BOOK}}
    settings = {"timeout": TIMEOUT, "kernel_name": "python3", "resources": folder, "extra_arguments": QUIET}
    NotebookClient(notebook, record_timing=False, **settings).execute()  # else no cache would know it again
    return notebook, time.perf_counter() - start


def failed(path, error):
    """Say which cell failed, with what, and how to run the notebook alone."""
    return f"\n{path.name} failed:\n{error}\nTo run it alone: python -m jupyter execute book/{path.name}"


def main():
    # The chapters that train take longest, and have the highest numbers.
    paths = sorted(BOOK.glob("*.ipynb"), key=lambda path: (not path.stem.startswith("1"), path.stem))
    cache, start, errors = get_cache(cache_path()), time.perf_counter(), []
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each thread waits for a kernel
        jobs = {pool.submit(execute, path): path for path in paths}
        for done, job in enumerate(as_completed(jobs), start=1):
            path = jobs[job]
            try:
                notebook, seconds = job.result()
            except CellExecutionError as error:
                errors.append(failed(path, error))
                print(f"{done:3} of {len(paths)}  {path.stem}: FAILED", flush=True)
                continue
            bundle = CacheBundleIn(nb=notebook, uri=str(path), data={"execution_seconds": seconds})
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            print(f"{done:3} of {len(paths)}  {path.stem}: {seconds:.0f} s", flush=True)
    print(f"{len(paths) - len(errors)} notebooks executed in {time.perf_counter() - start:.0f} s", flush=True)
    if errors:
        raise SystemExit("\n".join(errors))


if __name__ == "__main__":
    main()
