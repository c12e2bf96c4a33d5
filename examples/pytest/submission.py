"""What a student hands in: two functions are right, one is not."""

import numpy as np


def input_grad_2d(delta, w):
    rows, columns = w.shape
    padded = np.pad(delta, ((rows - 1, rows - 1), (columns - 1, columns - 1)))
    da = np.zeros((delta.shape[0] + rows - 1, delta.shape[1] + columns - 1))
    for x, y in np.ndindex(da.shape):
        da[x, y] = (padded[x : x + rows, y : y + columns] * w).sum()
    return da


def weight_grad_2d(delta, a):
    rows, columns = delta.shape
    dw = np.zeros((a.shape[0] - rows + 1, a.shape[1] - columns + 1))
    for m, n in np.ndindex(dw.shape):
        dw[m, n] = (delta * a[m : m + rows, n : n + columns]).sum()
    return dw


def bias_grad(delta):
    return delta.sum(axis=(0, 1, 2))
