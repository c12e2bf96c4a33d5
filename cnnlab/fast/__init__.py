"""The convolutional layer in small matrix products on rows of images, as fast as NumPy allows (chapter 8)."""

from cnnlab.fast.convolution import forward, input_grad, takes, weight_grad
from cnnlab.fast.products import sum_rows

__all__ = ["forward", "input_grad", "sum_rows", "takes", "weight_grad"]
