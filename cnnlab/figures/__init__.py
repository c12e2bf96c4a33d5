"""The pictures of the book, one function each; needs matplotlib (`pip install "cnnlab[figures]"`).

Every function returns the matplotlib figure that it drew, at twice the usual resolution, on a background of
its own that reads well on a light and on a dark page; those named `animate_…` return an `Animation`.
Blue is always an activation, brown and teal a weight, orange and violet an error.
"""

from cnnlab.figures.animation import Animation, Cell, Frame, Grid
from cnnlab.figures.bias_gradient import animate_bias_gradient, fed_by_bias
from cnnlab.figures.delta_rule import animate_delta_rule, fed_outputs, padded_error
from cnnlab.figures.flip import animate_true_convolution, impulse
from cnnlab.figures.forward import animate_forward, layers, modes, response
from cnnlab.figures.gradients import animate_differences, kink, paths, step_errors
from cnnlab.figures.overview import forward_and_back
from cnnlab.figures.pooling import animate_max_pooling, pooled
from cnnlab.figures.tensors import animate_channels, bipartite
from cnnlab.figures.training import (
    blame,
    channels,
    confusion_matrix,
    descent,
    digits,
    kernels,
    learning_curves,
    loss_error,
)
from cnnlab.figures.weight_gradient import animate_weight_gradient, met_pixels

__all__ = [
    "Animation",
    "Cell",
    "Frame",
    "Grid",
    "animate_bias_gradient",
    "animate_channels",
    "animate_delta_rule",
    "animate_differences",
    "animate_forward",
    "animate_max_pooling",
    "animate_true_convolution",
    "animate_weight_gradient",
    "bipartite",
    "blame",
    "channels",
    "confusion_matrix",
    "descent",
    "digits",
    "fed_by_bias",
    "fed_outputs",
    "forward_and_back",
    "impulse",
    "kernels",
    "kink",
    "layers",
    "learning_curves",
    "loss_error",
    "met_pixels",
    "modes",
    "padded_error",
    "paths",
    "pooled",
    "response",
    "step_errors",
]
