"""Blocks of the batch on several threads: NumPy lets go of the interpreter while it multiplies.

BLAS has threads of its own, which would share out each of our many small products. So whoever trains or
measures writes `with held():` around the whole of it: BLAS is held to one thread, and as many of ours as it
would have used share the blocks. Held once and not call by call: to change the number of BLAS's threads makes
its next product wait until they have all ended, on a busy machine for longer than the product takes.
Outside of `held` there is one thread of ours, and BLAS is left alone.

Only threadpoolctl can tell and hold BLAS; without it, and in a browser, there is one thread.
"""

import contextlib
import functools
import itertools
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, TypeVar

from cnnlab.fast import measured

Item = TypeVar("Item")
Result = TypeVar("Result")


class _State:
    """Who holds BLAS, and who has the pool."""

    def __init__(self) -> None:
        self.lock = threading.Lock()  # of what follows
        self.holders = 0
        self.allowed = 1
        self.limit = contextlib.ExitStack()  # gives BLAS its threads back
        self.busy = threading.Lock()  # one call at a time has the pool, another goes on without


_state = _State()


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


def _begin_anew() -> None:
    """Forget, in a forked process, a pool whose threads it does not have, and a hold that nobody ends."""
    global _state
    _state.limit.close()
    _state = _State()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Hold BLAS to one thread, and let large layers use as many of ours, until the end of the block.

    `fit` and `evaluate` do it by themselves; write it around a loop of your own. It may be nested.
    """
    state, blas = _state, _blas()
    with state.lock:
        if state.holders == 0 and blas:
            state.allowed = min((library.num_threads for library in blas.lib_controllers), default=1)
            state.limit.enter_context(blas.limit(limits=1))
        state.holders += 1
    try:
        yield
    finally:
        with state.lock:
            state.holders -= 1
            if state.holders == 0:
                state.allowed = 1
                state.limit.close()


def allowed() -> int:
    """Return how many threads may share a call now."""
    return _state.allowed


def worth(steps: int, most: int) -> int:
    """Return how many threads, at most `most`, are worth while for so many multiplications."""
    return max(1, min(most, steps // measured.FEWEST_SHARED_STEPS))


def share(work: Callable[[Sequence[Item]], Result], items: Sequence[Item], threads: int) -> list[Result]:
    """Call work(part of the items) on so many threads, and return the results in order.

    The parts are neighbours in `items`. Where the threads cannot be had, there is one part.
    """
    parts, busy = min(threads, len(items)), _state.busy
    if parts == 1 or not busy.acquire(blocking=False):
        return [work(items)]
    try:
        bounds = [len(items) * k // parts for k in range(parts + 1)]
        first, *rest = [items[start:stop] for start, stop in itertools.pairwise(bounds)]
        try:
            others = [_pool().submit(work, part) for part in rest]
        except RuntimeError:  # the interpreter ends, or the system has no more threads
            return [work(items)]
        try:
            return [work(first), *(other.result() for other in others)]
        finally:
            wait(others)  # also after an error, or an interrupt: they write into arrays of this call
    finally:
        busy.release()
