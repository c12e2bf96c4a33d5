"""Measure how fast cnnlab is, beside PyTorch, the textbook's im2col and the matrix products alone.

usage: python benchmarks/speed.py [FOLDER]      (`make bench` installs what it needs)

Each library has a process of its own. For every case they take turns, some rounds of each, and a ratio is
that of medians in the same round; its spread is what the middle half of the rounds gives. All numbers are
float32. Prints a table, and writes speed.json and speed.png to the folder (benchmarks/results); speed.json
keeps what was measured on other processors. Without PyTorch its columns are empty.
"""

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
from contestants import CASES, CONVOLUTIONS, LIBRARIES, arrays, multiplications
from report import draw, table
from steps import steps

HERE = Path(__file__).parent
ROUNDS, SECONDS = 7, 0.1  # of each library in each case; an epoch takes as long as it takes
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
        """Send a request and wait for its answer."""
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        """Let the process end."""
        self.process.stdin.close()
        self.process.wait()


def libraries():
    """Return who can take part: PyTorch where it is installed."""
    return [name for name in LIBRARIES if "torch" not in name or importlib.util.find_spec("torch")]


def measure(names, threads, rounds, seconds):
    """Return the median time of each round: results[case][library]."""
    contestants = {library: Contestant(library, threads) for library in libraries()}
    rest = 0.1 if threads > 1 else 0.005  # seconds until the threads of the last one have stopped spinning
    results = {}
    for name in names:
        results[name] = {library: [] for library in contestants}
        for _ in range(rounds):
            for library, contestant in contestants.items():
                times = contestant.ask(case=name, seconds=seconds)
                if times:
                    results[name][library].append(float(np.median(times)))
                time.sleep(rest)
        results[name] = {library: times for library, times in results[name].items() if times}
        print(f"\r{threads} thread(s): {name:60}", end="", file=sys.stderr)
    print(file=sys.stderr)
    for contestant in contestants.values():
        contestant.close()
    return results


def peak_memory(names):
    """Return how many bytes NumPy holds at once in a first call, in a fresh process."""
    peaks = {}
    for name in names:
        peaks[name] = {}
        for library in ("cnnlab", "textbook"):
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
    others = {
        "pytorch": ("torch", "torch_channels_last"), "products": ("floor",), "textbook": ("textbook",),
    }  # fmt: skip
    return {
        name: {"milliseconds": {library: 1e3 * float(np.median(t)) for library, t in times.items()}}
        | {who: ratio(times, which) for who, which in others.items()}
        for name, times in results.items()
    }


def machine():
    """Return what the numbers were measured on."""
    found = [name for name in ("numpy", "torch", "threadpoolctl") if importlib.util.find_spec(name)]
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in found},
    }


def processor():
    """Return the processor's name, and the widest vectors that it has, where the system tells."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii")
    except OSError:
        return platform.processor() or platform.machine()
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in fields.items()}
    vectors = next(
        (name for name in ("avx512f", "avx2") if name in fields.get("flags", "")), "no wide vectors"
    )
    return f"{fields.get('model name', platform.machine())}, {vectors}"


def add_roofline(report):
    """Add what the machine can do on one thread, and what each convolution asks of it."""
    contestant = Contestant("floor", 1)
    report["roof"] = dict(
        zip(("multiplications a second", "bytes a second"), contestant.ask(roof=True), strict=True)
    )
    contestant.close()
    for name in CONVOLUTIONS:
        a, w, b, delta = arrays(name)
        needed = 2 * (a.nbytes + w.nbytes + b.nbytes + delta.nbytes)  # each array, and its gradient
        windows = delta[..., 0].size * w[0].nbytes  # the matrix of windows, or that of their errors
        report["threads"]["1"][name] |= {
            "multiplications": 3 * multiplications(name),
            "bytes": needed,
            "bytes with im2col": needed + 5 * windows,  # two are written, one is read twice, the other once
        }


def store(report, path):
    """Keep the report in a list, beside those of other processors."""
    known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    others = [one for one in known if one["machine"]["processor"] != report["machine"]["processor"]]
    path.write_text(json.dumps([*others, report], indent=1) + "\n", encoding="utf-8")


def main(folder=HERE / "results"):
    folder = Path(folder)
    folder.mkdir(exist_ok=True)
    report = {"machine": machine(), "threads": {}}
    for threads in sorted({1, os.cpu_count()}):
        report["threads"][str(threads)] = rows = summary(measure(CASES, threads, ROUNDS, SECONDS))
        print(
            f"{threads} thread(s), float32, median (middle half) of {ROUNDS} rounds\n{table(rows)}\n",
            flush=True,
        )
    add_roofline(report)
    report["steps"] = steps()
    report["peak bytes"] = peak_memory(CONVOLUTIONS)
    for name, peaks in report["peak bytes"].items():
        print(f"{name:16} peak memory in MB: { {k: round(v / 1e6, 1) for k, v in peaks.items() if v} }")
    store(report, folder / "speed.json")
    draw(report, folder / "speed.png")
    print("\nOn", ", ".join(f"{name} {value}" for name, value in report["machine"].items()))
    print("Written:", folder / "speed.json", "and", folder / "speed.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
