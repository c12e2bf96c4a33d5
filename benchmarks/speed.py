"""Measure how fast cnnlab is, beside PyTorch, the textbook's im2col and the matrix products alone.

usage: python benchmarks/speed.py [--quick] [CASE ...]      (`make bench` installs what it needs)

Each library has a process of its own. For every case they take turns, some rounds of each, and a ratio is
that of medians in the same round; its spread is what the middle half of the rounds gives.
"""

import argparse
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from contestants import CASES, CONVOLUTIONS, LIBRARIES, multiplications

HERE = Path(__file__).parent
SHAPES = [name for name in CONVOLUTIONS if name.startswith("S")]
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


class Contestant:
    """A process that computes what it is asked for."""

    def __init__(self, library, threads):
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, str(threads))
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "contestants.py"), library, str(threads)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def ask(self, **request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def libraries():
    """Return who can take part: PyTorch where it is installed."""
    return [name for name in LIBRARIES if "torch" not in name or importlib.util.find_spec("torch")]


def measure(names, threads, rounds, seconds):
    """Return the median time of each round: results[case][library]."""
    contestants = {library: Contestant(library, threads) for library in libraries()}
    results = {}
    for name in names:
        results[name] = {library: [] for library in contestants}
        for _ in range(rounds):
            for library, contestant in contestants.items():
                times = contestant.ask(case=name, seconds=seconds)
                if times:
                    results[name][library].append(float(np.median(times)))
                time.sleep(
                    0.1 if threads > 1 else 0.005
                )  # until the threads of the last one have come to rest
        results[name] = {library: times for library, times in results[name].items() if times}
        print(f"\r{threads} thread(s): {name:60}", end="", file=sys.stderr)
    print(file=sys.stderr)
    for contestant in contestants.values():
        contestant.close()
    return results


def peak_memory(names):
    """Return by how much each library's peak grows in a call, in processes of one call each."""
    peaks = {}
    for name in names:
        peaks[name] = {}
        for library in ("cnnlab", "textbook", "torch_channels_last"):
            if library in libraries():
                contestant = Contestant(library, 1)
                peaks[name][library] = contestant.ask(memory=name)
                contestant.close()
    return peaks


def ratio(times, other):
    """Return the ratio to the fastest of some libraries: the median of the rounds, and its quartiles."""
    fastest = min((times[library] for library in other if library in times), key=np.median, default=None)
    if fastest is None:
        return None
    return [float(q) for q in np.quantile(np.divide(times["cnnlab"], fastest), (0.5, 0.25, 0.75))]


def summary(results):
    """Return for each case the milliseconds of cnnlab and its ratios to the others."""
    others = {"PyTorch": ("torch", "torch_channels_last"), "products": ("floor",), "textbook": ("textbook",)}
    return {
        name: {"ms": 1e3 * float(np.median(times["cnnlab"]))}
        | {who: ratio(times, which) for who, which in others.items()}
        for name, times in results.items()
    }


def geometric_mean(rows, who):
    ratios = [rows[name][who][0] for name in SHAPES if name in rows and rows[name][who]]
    return float(np.exp(np.mean(np.log(ratios)))) if len(ratios) == len(SHAPES) else None


def machine():
    """Return what the numbers were measured on."""
    versions = {
        name: importlib.metadata.version(name)
        for name in ("numpy", "torch")
        if importlib.util.find_spec(name)
    }
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        **versions,
    }


def processor():
    """Return the processor's name, and the widest vectors that it has, where the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii")
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    flags = fields.get("flags", "")
    vectors = next((name for name in ("avx512f", "avx2") if name in flags), "")
    return f"{fields.get('model name', platform.machine())} ({vectors})" if vectors else platform.machine()


if __name__ == "__main__":
    ...
