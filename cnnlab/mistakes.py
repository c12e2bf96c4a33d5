"""The catalogue of mistakes: wrong gradients of a convolutional layer, each in a way of its own (chapter 10).

The layer is z -> conv2d(sigma(z), w, b).
Each function takes what a backward pass takes, (delta, z, w, sigma), and returns the gradients by z, w and b.
`right` is right; each of the others makes one mistake, and is otherwise the same.
They are written for stride 1, without padding.
"""

import numpy as np

from cnnlab._checks import Array
from cnnlab.activations import Activation
from cnnlab.convolution import conv2d_bias_grad, conv2d_input_grad, conv2d_weight_grad

Gradients = tuple[Array, Array, Array]


def right(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The gradients as they are, for comparison."""
    dz = sigma.derivative(z) * conv2d_input_grad(delta, w, z.shape)
    return dz, conv2d_weight_grad(delta, sigma(z), w.shape), conv2d_bias_grad(delta)


def kernel_not_rotated(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The kernel slides over the errors as it is; or it is turned twice, which is the same."""
    _, dw, db = right(delta, z, w, sigma)
    dz = sigma.derivative(z) * conv2d_input_grad(delta, w[:, ::-1, ::-1], z.shape)
    return dz, dw, db


def channels_not_summed(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """One index for input and output channels: each input hears from a single output."""
    _, dw, db = right(delta, z, w, sigma)
    dz = np.empty_like(z)
    for c in range(z.shape[3]):
        f = slice(c % len(w), c % len(w) + 1)
        one = (*z.shape[:3], 1)
        dz[..., c : c + 1] = conv2d_input_grad(delta[..., f], w[f, ..., c : c + 1], one)
    return sigma.derivative(z) * dz, dw, db


def slope_in_weight_gradient(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """A factor sigma'(z) too many in the weight gradient."""
    dz, _, db = right(delta, z, w, sigma)
    return dz, conv2d_weight_grad(delta, sigma(z) * sigma.derivative(z), w.shape), db


def weight_gradient_rotated(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The correlation with its arguments exchanged: the weight gradient turned by 180 degrees."""
    dz, dw, db = right(delta, z, w, sigma)
    return dz, dw[:, ::-1, ::-1], db


def weight_gradient_by_convolution(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """A true convolution of image and error where a correlation belongs: the error is turned."""
    dz, _, db = right(delta, z, w, sigma)
    return dz, conv2d_weight_grad(delta[:, ::-1, ::-1], sigma(z), w.shape), db


def bias_mean(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """The mean of the errors of a channel for their sum."""
    dz, dw, _ = right(delta, z, w, sigma)
    return dz, dw, delta.mean(axis=(0, 1, 2))


def bias_shared(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """One bias for all output channels."""
    dz, dw, db = right(delta, z, w, sigma)
    return dz, dw, np.full_like(db, db.sum())


def divided_by_batch_twice(delta: Array, z: Array, w: Array, sigma: Activation) -> Gradients:
    """Divided by N although the loss is a mean, and N is in its errors already."""
    dz, dw, db = right(delta, z, w, sigma)
    return dz, dw / len(z), db / len(z)


MISTAKES = (
    kernel_not_rotated,
    channels_not_summed,
    slope_in_weight_gradient,
    weight_gradient_rotated,
    weight_gradient_by_convolution,
    bias_mean,
    bias_shared,
    divided_by_batch_twice,
)
