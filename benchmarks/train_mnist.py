"""Measure the numbers that chapter 11 quotes: five seeds on the sample, one run on all of MNIST.

usage: python benchmarks/train_mnist.py [FOLDER]    (FOLDER: the four IDX files; else they are downloaded)
"""

import sys
import time
from pathlib import Path

import numpy as np

from cnnlab import Activate, Conv2D, Dense, Flatten, MaxPool2D, Sequential, datasets, evaluate, fit, relu

SEEDS = range(5)


def digit_network(seed):
    """Build the network of chapter 11."""
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2D(1, 8, 5, padding=2, rng=rng), Activate(relu), MaxPool2D(2),
        Conv2D(8, 32, 5, padding=2, rng=rng), Activate(relu), MaxPool2D(2),
        Flatten(),
        Dense(7 * 7 * 32, 64, rng=rng), Activate(relu),
        Dense(64, 10, rng=rng),
    ).astype(np.float32)  # fmt: skip


def as_input(images):
    return images[..., np.newaxis] / np.float32(255)


def train(x, y, seed, batch_size, schedule):
    """Train one network; `schedule` is a list of (epochs, learning rate)."""
    model = digit_network(seed)
    start = time.perf_counter()
    for epochs, learning_rate in schedule:
        fit(model, as_input(x), y, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate,
            momentum=0.9, rng=seed, progress=False)  # fmt: skip
    return model, time.perf_counter() - start


def all_of_mnist(folder):
    if folder is None:
        return datasets.mnist()
    return tuple(datasets.read_idx(Path(folder) / name) for name in datasets.MNIST_FILES)


def main(folder=None):
    x_train, y_train, x_all, y_all = all_of_mnist(folder)
    x, y, x_test, y_test = datasets.mnist_sample()
    accuracies = []
    for seed in SEEDS:
        model, seconds = train(x, y, seed, 32, [(8, 0.03), (4, 0.003)])
        on_sample = evaluate(model, as_input(x_test), y_test)[1]
        on_all = evaluate(model, as_input(x_all), y_all)[1]
        accuracies.append((on_sample, on_all))
        print(f"sample, seed {seed}: {on_sample:.1%} of its test, {on_all:.2%} of all, {seconds:.0f} s")
    print("mean:", ", ".join(f"{mean:.2%}" for mean in np.mean(accuracies, axis=0)))
    model, seconds = train(x_train, y_train, 0, 50, [(6, 0.02), (3, 0.002)])
    print(f"all of MNIST: {evaluate(model, as_input(x_all), y_all)[1]:.2%}, {seconds:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
