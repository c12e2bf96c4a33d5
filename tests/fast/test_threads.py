"""Threads: the pool, and the hold on those of BLAS."""

import multiprocessing
import threading
import time

import numpy as np
import pytest
from helpers.fast_layers import LAYERS, assert_close, draw, fast_results

from cnnlab import fast
from cnnlab.fast import measured, threads


@pytest.mark.parametrize("count", [2, 3, 7])
def test_threads_make_no_difference(count, blas, monkeypatch):
    blas.num_threads = count
    for name in ("FEW_CHANNELS_BYTES", "MANY_CHANNELS_BYTES"):
        monkeypatch.setattr(measured, name, 60_000)
    monkeypatch.setattr(measured, "FEWEST_SHARED_STEPS", 1)
    layers = [
        LAYERS[name]
        for name in LAYERS
        if "many" in name or "few" in name or "pixel" in name or "large" in name
    ]
    draws = [draw((9, *shape[1:]), kernel, **options) for shape, kernel, options in layers]
    alone = [fast_results(arrays, g) for arrays, g in draws]
    shared, share = [], threads.share
    monkeypatch.setattr(threads, "share", lambda work, items, n: shared.append(n) or share(work, items, n))
    with fast.held():
        for (arrays, g), expected in zip(draws, alone, strict=True):
            assert_close(fast_results(arrays, g), expected, 1e-13)
    assert max(shared) == count and blas.limits == [1]  # held once, however many calls


def test_blas_is_held_once_and_left_alone_outside(blas):
    (a, w, b, _), g = draw((40, 20, 20, 16), (16, 3, 3, 16))
    fast.conv2d.checked(a, w, b, g)
    assert blas.limits == [] and threads.allowed() == 1
    with fast.held():
        assert threads.allowed() == 2 and blas.num_threads == 1
        with fast.held():
            assert threads.allowed() == 2
        assert threads.allowed() == 2 and blas.num_threads == 1 and blas.limits == [1]
    assert threads.allowed() == 1 and blas.num_threads == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_ends_a_hold_gives_blas_its_threads_back(blas, error):
    def work(part):
        raise error

    with pytest.raises(error), fast.held():
        threads.share(work, [1, 2], 2)
    assert blas.num_threads == 2 and threads.allowed() == 1 and not threads._state.busy.locked()


def test_two_trainings_at_once_share_a_hold(blas):
    inside, go = threading.Event(), threading.Event()

    def other():
        with fast.held():
            inside.set()
            go.wait(20)

    with fast.held():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(20)
    assert blas.num_threads == 1  # the other one is still at work
    go.set()
    thread.join(20)
    assert blas.num_threads == 2 and blas.limits == [1]


def test_each_thread_has_neighbouring_blocks_and_the_order_is_kept():
    barrier, names = threading.Barrier(3, timeout=20), set()

    def work(part):
        barrier.wait()  # fails if fewer than three work at once
        names.add(threading.current_thread().name)
        return list(part)

    least = measured.FEWEST_SHARED_STEPS
    assert [threads.worth(steps, 3) for steps in (10**9, 2 * least, 2 * least - 1, 0)] == [3, 2, 1, 1]
    assert threads.share(work, list(range(8)), 3) == [[0, 1], [2, 3, 4], [5, 6, 7]]
    assert len(names) == 3
    assert threads.share(list, [0, 1, 2], 1) == [[0, 1, 2]]
    assert threads.share(list, [0], 3) == [[0]]


def test_a_second_call_does_not_wait_for_the_pool():
    assert threads._state.busy.acquire(blocking=False)
    try:
        assert threads.share(list, [1, 2, 3], 2) == [[1, 2, 3]]
    finally:
        threads._state.busy.release()
    assert len(threads.share(list, [1, 2, 3], 2)) == 2
    assert not threads._state.busy.locked()


def test_where_no_thread_can_be_had_there_is_one_part(monkeypatch):
    class Ended:
        def submit(self, *_):
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    monkeypatch.setattr(threads, "_pool", Ended)
    assert threads.share(list, [1, 2, 3], 2) == [[1, 2, 3]] and not threads._state.busy.locked()


def test_one_thread_where_threadpoolctl_finds_no_blas(blas):
    blas.lib_controllers = []
    with fast.held():
        assert threads.allowed() == 1


def test_an_error_in_a_thread_is_raised_and_frees_the_pool():
    def work(part):
        raise ZeroDivisionError(str(part))

    with pytest.raises(ZeroDivisionError):
        threads.share(work, [1, 2], 2)
    assert not threads._state.busy.locked()


def test_an_error_waits_for_the_other_parts():
    """They write into arrays of the call that has failed."""
    ended = []

    def work(part):
        if part == [1]:
            raise ZeroDivisionError
        time.sleep(0.1)
        ended.append(part)

    with pytest.raises(ZeroDivisionError):
        threads.share(work, [1, 2], 2)
    assert ended == [[2]]


def test_a_hold_that_fails_is_none(blas, monkeypatch):
    def fails(limits):
        raise RuntimeError("no BLAS to hold")

    with monkeypatch.context() as patch:
        patch.setattr(blas, "limit", fails)
        with pytest.raises(RuntimeError, match="no BLAS"), fast.held():
            pass
    with fast.held():
        assert threads.allowed() == 2 and blas.limits == [1]


def test_one_thread_without_threadpoolctl_and_in_a_browser(monkeypatch):
    import builtins
    import sys

    threads._blas.cache_clear()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "emscripten")
            assert threads._blas() is None
        threads._blas.cache_clear()
        keep = builtins.__import__

        def without(name, *rest):
            if name == "threadpoolctl":
                raise ImportError
            return keep(name, *rest)

        with monkeypatch.context() as patch:
            patch.setattr(builtins, "__import__", without)
            assert threads._blas() is None
            with fast.held():
                assert threads.allowed() == 1
    finally:
        threads._blas.cache_clear()


def _in_a_child(connection, arrays, g):
    held_before = threads.allowed(), threads._state.busy.locked(), threads._blas().num_threads
    with fast.held():
        connection.send((held_before, fast.conv2d.checked(*arrays[:3], g)))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a process with threads forks, on purpose
def test_a_forked_process_makes_its_own_threads(blas, monkeypatch):
    """Even if its parent was at work: it begins with nothing held, and no pool."""
    arrays, g = draw((9, 8, 6, 17), (18, 3, 2, 17))
    monkeypatch.setattr(measured, "FEWEST_SHARED_STEPS", 1)
    for name in ("FEW_CHANNELS_BYTES", "MANY_CHANNELS_BYTES"):
        monkeypatch.setattr(measured, name, 60_000)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=_in_a_child, args=(there, arrays, g), daemon=True)
    with fast.held(), threads._state.busy:
        expected = fast.conv2d.checked(*arrays[:3], g)
        child.start()
    assert here.poll(30), "the child waits for threads that it does not have"
    held_before, result = here.recv()
    assert held_before == (1, False, 2)
    np.testing.assert_array_equal(result, expected)
    child.join(30)
