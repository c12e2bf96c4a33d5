"""Layers in small matrix products on rows of images: what chapter 8 calls as fast as a library.

Arguments have been checked when they come here, and what comes is float32 or float64. An idea is a file:

- `reading`: which rows and columns a result reads; with few channels, neighbouring columns together.
- `rows`: images in scratch memory, rows first, so that windows are matrices and need no copy.
- `products`: pieces small enough for BLAS to multiply where they lie; sums as products with ones.
- `winograd`: two rows of the result at a time, with fewer products.
- `scratch`: memory that is kept, and starts on a line of the cache.
- `threads`: blocks of the batch on several threads.
- `groups`: some groups at a time, as one layer with zeros.
- `convolution` puts them together; `pooling` has rows and scratch only.

Which shapes reach which: `convolution.takes` says what comes here at all. A 1 x 1 kernel with stride 1 and
no padding is a product as it is. Rows that are read one apart, of 16 channels or more (of a for z and dw, of
delta for da), take Winograd's scheme; all others take a product for each row of the kernel. If C F is 4096
or more and the columns' stride is 1, dw is found column by column of the kernel.
"""

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
