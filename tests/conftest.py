"""A stand-in for the BLAS of the machine."""

import contextlib

import pytest

from cnnlab.fast import threads


class Blas:
    """A stand-in for threadpoolctl's handle: so many threads, and a note of what was limited."""

    def __init__(self, count):
        self.lib_controllers, self.limits = [self], []
        self.num_threads = count

    @contextlib.contextmanager
    def limit(self, limits):
        self.limits.append(limits)
        before, self.num_threads = self.num_threads, limits
        yield
        self.num_threads = before


@pytest.fixture
def blas(monkeypatch):
    """Let there be a BLAS of two threads."""
    one = Blas(2)
    monkeypatch.setattr(threads, "_blas", lambda: one)
    return one
