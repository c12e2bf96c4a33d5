"""Back-propagation through convolutional networks, as derived in the book of the same name.

Arrays are channels-last: activations (N, H, W, C), kernels (F, KH, KW, C/groups).
`cnnlab.gradients` has the checks, `cnnlab.datasets` the digits; `cnnlab.figures` (with matplotlib) draws the
book's pictures.

**Three tellings**

The functions of convolution and pooling are told three times, under the same names and with the same
arguments: `cnnlab.reference` as loops over the printed indices, `cnnlab.textbook` vectorized, as the book
derives and quotes it, `cnnlab.fast` for large layers of floats. `conv2d` and the others hand a call to
`textbook` or to `fast`; `implementation(conv2d, a, w)` says to which. Each can be called by itself, as in
`textbook.conv2d(a, w)`.

*Cores*: `fit` and `evaluate` share large layers among all cores (with threadpoolctl), and hold BLAS to one
thread meanwhile. In a loop of your own, write `with fast.held():` around the whole of it.

**What all functions share**

*stride, padding, dilation* are an int or a (rows, columns) pair, in pixels: the step between windows, the
zeros added on each side, and the step between the entries of a kernel (1: neighbours).
A max pooling pads with minus infinity instead of 0.

*groups* cuts the channels into so many groups; the kernels of a group see only its channels.

*Dtypes*: float32 in, float32 out, and so on; mixed inputs give their NumPy result type.
Long sums are added in a wider type, and half floats are multiplied in single.
A NaN or an infinity also spoils what it meets in the padding: 0 times it is NaN. In large layers of floats
(`cnnlab.fast`) it may spoil outputs a few pixels further, too, and with groups those of other channels.
Integers, complex numbers and objects (fractions, symbols) work wherever the mathematics does; integers wrap
around where NumPy's do.

*Errors*: a shape, size or dtype that cannot work raises ValueError or TypeError, and the message names the
argument, what came and what was expected. Nothing is broadcast in silence, no argument is ever modified.
"""

from cnnlab import datasets, fast, gradients, reference, textbook
from cnnlab._implementation import implementation
from cnnlab.activations import Activation, identity, relu, sigmoid, tanh
from cnnlab.convolution import (
    conv2d,
    conv2d_backward,
    conv2d_bias_grad,
    conv2d_input_grad,
    conv2d_weight_grad,
    conv_transpose2d,
)
from cnnlab.layers import (
    Activate,
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPool2D,
    Sequential,
)
from cnnlab.losses import softmax_cross_entropy
from cnnlab.pooling import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward
from cnnlab.training import Momentum, batches, evaluate, fit

__version__ = "0.1.0"

__all__ = [
    "Activate",
    "Activation",
    "AvgPool2D",
    "Conv2D",
    "Dense",
    "Flatten",
    "Layer",
    "MaxPool2D",
    "Momentum",
    "Sequential",
    "avg_pool2d",
    "avg_pool2d_backward",
    "batches",
    "conv2d",
    "conv2d_backward",
    "conv2d_bias_grad",
    "conv2d_input_grad",
    "conv2d_weight_grad",
    "conv_transpose2d",
    "datasets",
    "evaluate",
    "fast",
    "fit",
    "gradients",
    "identity",
    "implementation",
    "max_pool2d",
    "max_pool2d_backward",
    "reference",
    "relu",
    "sigmoid",
    "softmax_cross_entropy",
    "tanh",
    "textbook",
]
