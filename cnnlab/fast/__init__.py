"""Layers in small matrix products, on rows of images, as fast as NumPy allows (chapter 8)."""

from cnnlab.fast.convolution import takes
from cnnlab.fast.groups import forward, input_grad, weight_grad
from cnnlab.fast.pooling import avg_pool, avg_pool_backward, max_pool, max_pool_backward
from cnnlab.fast.pooling import takes as pools
from cnnlab.fast.products import sum_rows

__all__ = [
    "avg_pool",
    "avg_pool_backward",
    "forward",
    "input_grad",
    "max_pool",
    "max_pool_backward",
    "pools",
    "sum_rows",
    "takes",
    "weight_grad",
]
