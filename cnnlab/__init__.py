"""Back-propagation through convolutional networks, as derived in the book of the same name.

Arrays are channels-last: activations (N, H, W, C), kernels (F, KH, KW, C/groups).
`cnnlab.reference` holds the same functions as plain loops, `cnnlab.gradients` the checks,
`cnnlab.datasets` the digits; `cnnlab.figures` (with matplotlib) draws the book's pictures.
"""

from cnnlab import datasets, gradients, reference
from cnnlab.activations import Activation, identity, relu, sigmoid, tanh
from cnnlab.convolution import (
    conv2d,
    conv2d_backward,
    conv2d_bias_grad,
    conv2d_input_grad,
    conv2d_weight_grad,
    conv_transpose2d,
)
from cnnlab.losses import softmax_cross_entropy
from cnnlab.network import (
    Activate,
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    MaxPool2D,
    Sequential,
    evaluate,
    fit,
)
from cnnlab.pooling import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward

__version__ = "0.1.0"

__all__ = [
    "Activate",
    "Activation",
    "AvgPool2D",
    "Conv2D",
    "Dense",
    "Flatten",
    "MaxPool2D",
    "Sequential",
    "avg_pool2d",
    "avg_pool2d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_bias_grad",
    "conv2d_input_grad",
    "conv2d_weight_grad",
    "conv_transpose2d",
    "datasets",
    "evaluate",
    "fit",
    "gradients",
    "identity",
    "max_pool2d",
    "max_pool2d_backward",
    "reference",
    "relu",
    "sigmoid",
    "softmax_cross_entropy",
    "tanh",
]
