"""Rebuild cnnlab/data/mnist_sample.npz from the four official MNIST files.

usage: python tools/make_mnist_sample.py FOLDER      (plain or gzipped IDX files)

The files are checked against their SHA-256, the rows are drawn with a fixed seed and kept in drawn order,
so that the arrays are the same wherever this runs.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from cnnlab import datasets

SEED = 20240
TRAINING, TEST = 5_000, 1_000
TARGET = Path(datasets.__file__).parent / "data" / "mnist_sample.npz"


def read(folder: Path, name: str) -> np.ndarray:
    path = next(p for p in (folder / name, folder / f"{name}.gz") if p.exists())
    array = datasets.read_idx(path)
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    if hashlib.sha256(header + array.tobytes()).hexdigest() != datasets.MNIST_FILES[name]:
        raise SystemExit(f"{path}: not the official file")
    return array


def draw(folder: Path) -> dict[str, np.ndarray]:
    x_train, y_train, x_test, y_test = (read(folder, name) for name in datasets.MNIST_FILES)
    rng = np.random.Generator(np.random.PCG64(SEED))
    rows = rng.permutation(len(x_train))[:TRAINING]
    test_rows = rng.permutation(len(x_test))[:TEST]
    return {
        "x_train": x_train[rows],
        "y_train": y_train[rows],
        "x_test": x_test[test_rows],
        "y_test": y_test[test_rows],
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    np.savez_compressed(TARGET, **draw(Path(sys.argv[1])))
    print(f"{TARGET}: {TARGET.stat().st_size / 1e6:.2f} MB")
