"""A small network with everything in it, and data for it: shared by the tests of what makes a network."""

import copy

import numpy as np

from cnnlab import Activate, Conv2D, Dense, Flatten, MaxPool2D, Sequential, tanh
from cnnlab.losses import softmax_cross_entropy

RNG = np.random.default_rng(42)
X, Y = RNG.standard_normal((3, 9, 10, 2)), np.array([4, 0, 2])
TRAINING = {"epochs": 3, "batch_size": 2, "learning_rate": 0.1, "momentum": 0.9, "progress": False}


def small_network(seed=0, pool=MaxPool2D):
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2D(2, 4, (3, 2), padding=(1, 0), groups=2, rng=rng), Activate(tanh), pool((2, 3), stride=2),
        Conv2D(4, 3, 2, stride=(1, 2), dilation=(2, 1), rng=rng), Activate(tanh),
        Flatten(), Dense(12, 5, rng=rng),
    )  # fmt: skip


def loss_of(model, name=None):
    def loss(value):
        trial = copy.deepcopy(model)
        if name is None:
            return softmax_cross_entropy(trial.forward(value), Y)[0]
        trial.set_parameters(trial.parameters | {name: value})
        return softmax_cross_entropy(trial.forward(X), Y)[0]

    return loss


def backward(model):
    _, delta = softmax_cross_entropy(model.forward(X), Y)
    return model.backward(delta)
