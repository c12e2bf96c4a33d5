"""The convolutional layer in small matrix products on rows of images, as fast as NumPy allows (chapter 8)."""

from cnnlab.fast.convolution import forward, input_grad, takes, weight_grad

__all__ = ["forward", "input_grad", "takes", "weight_grad"]
