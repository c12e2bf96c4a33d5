"""Who computes a call of a public function: the one place where that is decided."""

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from cnnlab import _entry, fast, textbook
from cnnlab._checks import Shape
from cnnlab._dtypes import FLOATS, DType
from cnnlab._geometry import Convolution, Pooling
from cnnlab.fast import measured
from cnnlab.fast.pooling import can_pool


def choose(g: Convolution | Pooling | Shape, dtype: DType) -> ModuleType:
    """Return `cnnlab.fast` for what it computes in less time, and `cnnlab.textbook` for all else.

    `g` is the geometry of a layer, or the shape of an array whose rows are added up.
    """
    if dtype not in FLOATS:
        return textbook  # integers, objects, complex numbers
    if isinstance(g, Convolution):
        return fast if _is_large(g) else textbook
    if isinstance(g, Pooling):
        large = math.prod(g.image) >= measured.FEWEST_POOLED
        return fast if large and can_pool(g, dtype) else textbook
    return fast if math.prod(g) >= measured.FEWEST_SUMMED else textbook


def _is_large(g: Convolution) -> bool:
    """Return whether a convolution of floats is worth the trouble.

    A small one would be mostly Python. Where im2col copies a pixel once or twice, or makes few windows,
    there is little to save. Large kernels make large products in any order, and the band of a dilated
    kernel is full of zeros.
    """
    (s, t), (_, e), (height, width), channels = g.stride, g.dilation, g.size, g.kernel[3]
    reach, copies = e * (width - 1) + 1, height * width / (s * t)
    saves = copies >= measured.FEWEST_COPIES or (copies > 1 and channels < measured.FEW_CHANNELS)
    return (
        math.prod(g.output) * math.prod(g.kernel[1:]) >= measured.FEWEST_STEPS
        and (g.pointwise or saves)
        and math.prod(g.count) >= height * width
        and reach * channels * g.kernel[0] // g.groups <= measured.MOST_WEIGHTS
        and reach <= 2 * width
    )


def implementation(function: Callable[..., Any], /, *args: Any, **options: Any) -> str:
    """Name the module that computes this call of a public function: "cnnlab.textbook" or "cnnlab.fast".

    Nothing is computed. (Where a pooling finds a NaN or an infinite error, `fast` asks the textbook.)

    Parameters
    ----------
    function : callable
        A function of convolution or pooling, such as `conv2d`.
    *args, **options
        Its arguments.

    Raises
    ------
    ValueError, TypeError
        If the function is no such function, or as it does itself.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import conv2d
    >>> a, w = np.ones((2, 28, 28, 16), np.float32), np.ones((16, 3, 3, 16), np.float32)
    >>> implementation(conv2d, a, w, padding=1), implementation(conv2d, a[:, :8, :8], w, padding=1)
    ('cnnlab.fast', 'cnnlab.textbook')
    """
    name = getattr(function, "__name__", repr(function))
    door = getattr(_entry, name, None)
    if name not in fast.__all__ or door is None:
        raise ValueError(f"function: got {name}, expected one of convolution or pooling, such as conv2d")
    *checked, _ = door(*args, **options)
    if name == "conv2d_backward":  # three calls; the largest are alike
        return implementation(
            textbook.conv2d_input_grad, checked[0], checked[2], checked[1].shape, **checked[3]
        )
    g = next((value for value in checked if isinstance(value, (Convolution, Pooling))), checked[0].shape)
    return choose(g, checked[0].dtype).__name__
