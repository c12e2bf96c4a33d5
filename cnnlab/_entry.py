"""A door for each public function: arguments come out of it checked, converted, and with their geometry.

A door is called exactly like the function of its name. It returns what a telling of that function
(`cnnlab.textbook`, `cnnlab.fast`, `cnnlab.reference`) computes with, and last the dtype of the result:

    a, w, b, g, dtype = _entry.conv2d(a, w, b, stride=2)

Half floats come out as float32, in which their products and sums are computed; `leaving` brings results back.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, Generic, ParamSpec

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _dtypes, _geometry
from cnnlab._checks import Array, Shape, Size
from cnnlab._dtypes import DType, entering
from cnnlab._geometry import IMAGE, KERNEL, OUTPUT, POOLED, Convolution, ConvolutionOptions, Pooling

Call = ParamSpec("Call")


class Telling(Generic[Call]):
    """A function that is called like the public one of its name, and `checked` with what a door returned."""

    checked: Callable[..., Any]

    def __call__(self, *args: Call.args, **options: Call.kwargs) -> Any:
        """Let the arguments in, compute, and bring the result into its dtype."""


def by(door: Callable[Call, tuple[Any, ...]]) -> Callable[[Callable[..., Any]], Telling[Call]]:
    """Let a function of checked arguments be called like the public one, too: it enters by this door.

    So a telling is written once, for checked arguments, and has the signature that the door has.
    """

    def decorate(compute: Callable[..., Any]) -> Any:
        @functools.wraps(compute)
        def telling(*args: Call.args, **options: Call.kwargs) -> Any:
            *checked, dtype = door(*args, **options)
            return leaving(compute(*checked), dtype)

        telling.__signature__ = inspect.signature(door)  # type: ignore[attr-defined]
        telling.checked = compute  # type: ignore[attr-defined]
        return telling

    return decorate


def leaving(result: Any, dtype: Any) -> Any:
    """Bring a result into its dtype, or each of several into its own."""
    if isinstance(result, tuple):
        return tuple(leaving(one, kind) for one, kind in zip(result, dtype, strict=True))
    return np.asarray(result).astype(dtype, copy=False)


def _convert(*values: Array | None) -> tuple[Any, ...]:
    """Bring arrays into the dtype that their products are computed in; return them, and their result type."""
    dtype = np.result_type(*(value for value in values if value is not None))
    return *(None if value is None else entering(value, dtype) for value in values), dtype


def _bias(b: npt.ArrayLike | None, length: int, axes: str, why: str) -> Array | None:
    if b is None:
        return None
    bias = _checks.array("b", b, axes)
    _checks.same_shape("b", bias, (length,), why)
    return bias


# ---- convolution


def conv2d(
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array | None, Convolution, DType]:
    """Let in a, w, b."""
    image, kernel = _checks.array("a", a, IMAGE), _checks.array("w", w, KERNEL)
    bias = _bias(b, kernel.shape[0], "F", "one bias per kernel of w")
    g = _geometry.convolution(
        image.shape, kernel.shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    image, kernel, bias, dtype = _convert(image, kernel, bias)
    return image, kernel, bias, g, dtype


def conv2d_input_grad(
    delta: npt.ArrayLike,
    w: npt.ArrayLike,
    input_shape: Shape,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Convolution, DType]:
    """Let in delta and w."""
    errors, kernel = _checks.array("delta", delta, OUTPUT), _checks.array("w", w, KERNEL)
    image = _checks.shape("input_shape", input_shape, IMAGE)
    g = _geometry.convolution(
        image, kernel.shape, "input_shape", stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    _checks.same_shape("delta", errors, g.output, "the output of this layer")
    errors, kernel, dtype = _convert(errors, kernel)
    return errors, kernel, g, dtype


def conv2d_weight_grad(
    delta: npt.ArrayLike,
    a: npt.ArrayLike,
    kernel_shape: Shape,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Convolution, DType]:
    """Let in delta and a."""
    errors, image = _checks.array("delta", delta, OUTPUT), _checks.array("a", a, IMAGE)
    kernel = _checks.shape("kernel_shape", kernel_shape, KERNEL)
    g = _geometry.convolution(
        image.shape, kernel, kernel_name="kernel_shape",
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip
    _checks.same_shape("delta", errors, g.output, "the output of this layer")
    errors, image, dtype = _convert(errors, image)
    return errors, image, g, dtype


def conv2d_bias_grad(delta: npt.ArrayLike) -> tuple[Array, DType]:
    """Let in delta; narrow integers come out wide: the sum over a batch would overflow them."""
    errors = _checks.array("delta", delta, OUTPUT)
    dtype = _dtypes.batch_sum_type(np.result_type(errors))
    return entering(errors, dtype), dtype


def conv2d_backward(
    delta: npt.ArrayLike,
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array, ConvolutionOptions, tuple[DType, DType, DType]]:
    """Let in delta, a and w as far as each gradient does not check them; return the options, too."""
    errors = _checks.plain("delta", delta)
    image, kernel = _checks.array("a", a, IMAGE), _checks.array("w", w, KERNEL)
    options: ConvolutionOptions = {
        "stride": stride, "padding": padding, "dilation": dilation, "groups": groups,
    }  # fmt: skip
    bias_dtype = _dtypes.batch_sum_type(np.result_type(errors))
    dtypes = np.result_type(errors, kernel), np.result_type(errors, image), bias_dtype
    return errors, image, kernel, options, dtypes


def conv_transpose2d(
    z: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    output_padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array | None, _geometry.Transposed, DType]:
    """Let in z, w, b."""
    errors, kernel = _checks.array("z", z, OUTPUT), _checks.array("w", w, KERNEL)
    g = _geometry.transposed(
        errors.shape, kernel.shape, output_padding,
        stride=stride, padding=padding, dilation=dilation, groups=groups,
    )  # fmt: skip
    bias = _bias(b, g.image[3], "C", "one bias per channel that leaves")
    errors, kernel, bias, dtype = _convert(errors, kernel, bias)
    return errors, kernel, bias, g, dtype


# ---- pooling


def max_pool2d(
    a: npt.ArrayLike, size: Size, *, stride: Size | None = None, padding: Size = 0
) -> tuple[Array, Pooling, tuple[DType, DType]]:
    """Let in a; nothing is computed with its values, so that they stay as they are."""
    image = _checks.array("a", a, IMAGE)
    _checks.ordered("a", image)
    dtype = np.result_type(image)
    g = _geometry.pooling(image.shape, size, stride, padding)
    return image.astype(dtype, copy=False), g, (dtype, np.dtype(np.intp))


def max_pool2d_backward(
    dp: npt.ArrayLike,
    argmax: npt.ArrayLike,
    input_shape: Shape,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Size = 0,
) -> tuple[Array, Array, Pooling, DType]:
    """Let in dp and argmax, whose every entry is a pixel of its window."""
    errors, places = _checks.array("dp", dp, POOLED), _checks.array("argmax", argmax, POOLED)
    if places.dtype.kind not in "iu":
        raise TypeError(f"argmax: got dtype {places.dtype}, expected integers")
    image = _checks.shape("input_shape", input_shape, IMAGE)
    g = _geometry.pooling(image, size, stride, padding, "input_shape")
    _checks.same_shape("dp", errors, g.output, "the output of this pooling")
    _checks.same_shape("argmax", places, g.output, "the output of this pooling")
    if outside := _count_outside(places, g):
        raise ValueError(
            f"argmax: got {outside} position(s) outside the window or the image, "
            f"expected flat indices inside a window of {g.size}, on pixels"
        )
    dtype = np.result_type(errors)
    return entering(errors, dtype), places, g, dtype


def _count_outside(argmax: Array, g: Pooling) -> int:
    """Count the entries that are no flat index inside their window, or lie in the padding."""
    if g.padding == (0, 0) and argmax.min() >= 0 and argmax.max() < g.size[0] * g.size[1]:
        return 0
    m, n = np.divmod(argmax.astype(np.intp), g.size[1])
    x, y = (np.arange(g.count[k]) * g.stride[k] - g.padding[k] for k in (0, 1))
    u, v = x[:, np.newaxis, np.newaxis] + m, y[:, np.newaxis] + n
    right = (m >= 0) & (m < g.size[0]) & (u >= 0) & (u < g.image[1]) & (v >= 0) & (v < g.image[2])
    return int(np.count_nonzero(~right))


def avg_pool2d(
    a: npt.ArrayLike,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Size = 0,
    count_include_pad: bool = True,
) -> tuple[Array, bool, Pooling, DType]:
    """Let in a, and whether padded positions count; integers come out as float64."""
    image, whole = _checks.array("a", a, IMAGE), _checks.flag("count_include_pad", count_include_pad)
    dtype = _dtypes.quotient_type(image)
    return entering(image, dtype), whole, _geometry.pooling(image.shape, size, stride, padding), dtype


def avg_pool2d_backward(
    dp: npt.ArrayLike,
    input_shape: Shape,
    size: Size,
    *,
    stride: Size | None = None,
    padding: Size = 0,
    count_include_pad: bool = True,
) -> tuple[Array, bool, Pooling, DType]:
    """Let in dp, and whether padded positions count; integers come out as float64."""
    errors, whole = _checks.array("dp", dp, POOLED), _checks.flag("count_include_pad", count_include_pad)
    image = _checks.shape("input_shape", input_shape, IMAGE)
    g = _geometry.pooling(image, size, stride, padding, "input_shape")
    _checks.same_shape("dp", errors, g.output, "the output of this pooling")
    dtype = _dtypes.quotient_type(errors)
    return entering(errors, dtype), whole, g, dtype
