"""Blocks of the batch on several threads: NumPy lets go of the interpreter while it multiplies.

As many threads as BLAS would use, and BLAS is held to one meanwhile: its own threads would share out each of
our many small products. Only threadpoolctl can tell and hold BLAS; without it, and in a browser, there is
one thread.
"""

import functools
import itertools
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# A share of fewer multiplications than this takes less time than to hand it to a thread.
_FEWEST_STEPS = 20_000_000

_busy = threading.Lock()  # one call at a time has the pool, another goes on without


@functools.cache
def _blas() -> Any:
    """Return threadpoolctl's handle on BLAS, or None."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return None if sys.platform == "emscripten" else ThreadpoolController().select(user_api="blas")


@functools.cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="cnnlab")


if hasattr(os, "register_at_fork"):  # a forked process has the pool, but none of its threads
    os.register_at_fork(after_in_child=_pool.cache_clear)


def count(steps: int) -> int:
    """Return how many threads are worth while for so many multiplications."""
    blas = _blas()
    allowed = min((library.num_threads for library in blas.lib_controllers), default=1) if blas else 1
    return max(1, min(allowed, steps // _FEWEST_STEPS))


def share(work: Callable[[Sequence[Item]], Result], items: Sequence[Item], threads: int) -> list[Result]:
    """Call work(part of the items) on so many threads, and return the results in order.

    The parts are neighbours in `items`.
    """
    parts = min(threads, len(items))
    if parts == 1 or not _busy.acquire(blocking=False):
        return [work(items)]
    try:
        with _blas().limit(limits=1):
            bounds = [len(items) * k // parts for k in range(parts + 1)]
            first, *rest = [items[start:stop] for start, stop in itertools.pairwise(bounds)]
            others = [_pool().submit(work, part) for part in rest]
            return [work(first), *(other.result() for other in others)]
    finally:
        _busy.release()
