"""Measure the numbers that chapter 11 quotes: five seeds on the sample, one run on all of MNIST.

usage: python benchmarks/train_mnist.py [FOLDER]    (FOLDER: the four IDX files; else they are downloaded)
"""

import sys
import time
from pathlib import Path

import numpy as np

from cnnlab import (
    Activate,
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    Sequential,
    datasets,
    evaluate,
    fit,
    relu,
)

SEEDS = range(5)


def digit_network(seed):
    """Build the network of chapter 11."""
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2D(1, 8, 5, padding=2, rng=rng),
        Activate(relu),
        MaxPool2D(2),
        Conv2D(8, 32, 5, padding=2, rng=rng),
        Activate(relu),
        MaxPool2D(2),
        Flatten(),
        Dense(7 * 7 * 32, 64, rng=rng),
        Activate(relu),
        Dense(64, 10, rng=rng),
    ).astype(np.float32)


def as_input(images):
    return images[..., np.newaxis] / np.float32(255)


def train(data, seed, epochs):
    x_train, y_train, x_test, y_test = data
    model = digit_network(seed)
    start = time.perf_counter()
    fit(
        model,
        as_input(x_train),
        y_train,
        epochs=epochs,
        batch_size=32,
        learning_rate=0.03,
        momentum=0.9,
        seed=seed,
    )
    seconds = time.perf_counter() - start
    return model, evaluate(model, as_input(x_test), y_test)[1], seconds


def all_of_mnist(folder):
    if folder is None:
        return datasets.mnist()
    return tuple(datasets.read_idx(Path(folder) / name) for name in datasets.MNIST_FILES)


def main(folder=None):
    accuracies = []
    for seed in SEEDS:
        _, accuracy, seconds = train(datasets.mnist_sample(), seed, epochs=12)
        accuracies.append(accuracy)
        print(f"sample, seed {seed}: {accuracy:.3f} in {seconds:.0f} s")
    print(f"sample, mean of {len(accuracies)} seeds: {np.mean(accuracies):.4f}")
    _, accuracy, seconds = train(all_of_mnist(folder), 0, epochs=8)
    print(f"all of MNIST, 8 epochs: {accuracy:.4f} in {seconds:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
