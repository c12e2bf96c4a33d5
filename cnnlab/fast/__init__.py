"""The functions once more, for large layers of float32 or float64: small matrix products on rows of images.

Chapter 8 says what each idea is, and buys. They are called like those of `cnnlab`; `cnnlab.implementation`
says which layers come here. An idea is a file:

- `reading`: which rows and columns a result reads; with few channels, neighbouring columns together.
- `rows`: images in scratch memory, rows first, so that windows are matrices and need no copy.
- `products`: pieces small enough for BLAS to multiply where they lie; sums as products with ones.
- `winograd`: two rows of the result at a time, with fewer products.
- `plan`: which of these serve a layer, in which blocks of the batch; `measured` has every measured number.
- `correlation` computes by a plan, and `pixels` where every pixel is a window of its own.
- `groups`: some groups at a time, as one layer with zeros.
- `scratch`: memory that is kept, and starts on a line of the cache.
- `threads`: blocks of the batch on several threads, while BLAS is `held` to one.
- `convolution` and `pooling` have the functions; a pooling has rows and scratch only.

Which shapes reach which: a 1 x 1 kernel with stride 1 and no padding is a product as it is. Rows that are
read one apart, of 16 channels or more (of a for z and dw, of delta for da), take Winograd's scheme; all
others take a product for each row of the kernel. If C F is 4096 or more and the columns' stride is 1, dw is
found column by column of the kernel.
"""

from cnnlab.fast.convolution import (
    conv2d,
    conv2d_backward,
    conv2d_bias_grad,
    conv2d_input_grad,
    conv2d_weight_grad,
    conv_transpose2d,
)
from cnnlab.fast.pooling import avg_pool2d, avg_pool2d_backward, max_pool2d, max_pool2d_backward
from cnnlab.fast.threads import held

__all__ = [
    "avg_pool2d",
    "avg_pool2d_backward",
    "conv2d",
    "conv2d_backward",
    "conv2d_bias_grad",
    "conv2d_input_grad",
    "conv2d_weight_grad",
    "conv_transpose2d",
    "held",
    "max_pool2d",
    "max_pool2d_backward",
]
