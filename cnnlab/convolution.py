"""The convolutional layer: its forward pass, its three gradients and its transpose.

Arrays are channels-last.
The forward pass is the cross-correlation of chapter 0, chapters 3 to 7 derive the gradients, chapter 8 writes
them as matrix products, and chapter 9 adds strides, padding, dilation and groups.

Each function lets its arguments in, and has one of two modules compute: `cnnlab.textbook`, which is what the
book derives and quotes, or, for large layers of floats, `cnnlab.fast`, with the same result up to rounding.
`cnnlab.implementation` says which.
"""

import numpy.typing as npt

from cnnlab import _entry
from cnnlab._checks import Array, Shape, Size
from cnnlab._implementation import choose


def conv2d(
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Correlate each image with each kernel and add one bias per output channel.

    z(i, x, y, f) = sum over m, n, c of a(i, s x + d m - p, s y + d n - p, c) w(f, m, n, c), plus b(f),
    where a is 0 outside the image: :eq:`eq-layer`, and with strides :eq:`eq-general`.

    Parameters
    ----------
    a : array, shape (N, H, W, C)
        Activations that enter the layer.
    w : array, shape (F, KH, KW, C/groups)
        Kernels. They are not flipped: this is cross-correlation.
    b : array, shape (F,), optional
        One bias per output channel.
    stride, padding, dilation, groups
        See *What all functions share* in `help(cnnlab)`; so for what is raised.

    Returns
    -------
    array, shape (N, OH, OW, F)
        Pre-activations z, with OH = floor((H + 2p - d(KH - 1) - 1) / s) + 1 and OW likewise.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(9).reshape(1, 3, 3, 1)
    >>> w = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    >>> conv2d(a, w)[0, :, :, 0]
    array([[27, 37],
           [57, 67]])
    """
    a, w, b, g, dtype = _entry.conv2d(
        a, w, b, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    return _entry.leaving(choose(g, a.dtype).conv2d.checked(a, w, b, g), dtype)


def conv2d_input_grad(
    delta: npt.ArrayLike,
    w: npt.ArrayLike,
    input_shape: Shape,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Carry the error back to the activations that entered the layer.

    da_c = sum over f of delta_f * w_fc, a full true convolution: :eq:`eq-tensor-delta` without its factor
    sigma'(z); with strides :eq:`eq-general-input`.
    Multiply by sigma'(z) of the layer below to have that layer's delta.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.
    w : array, shape (F, KH, KW, C/groups)
        Kernels of the forward pass, as they are: neither flipped nor transposed.
    input_shape : (N, H, W, C)
        Shape of `a`. With a stride, several input sizes give the same output size.
    stride, padding, dilation, groups
        As in the forward pass.

    Returns
    -------
    array, shape (N, H, W, C)
        Gradient da of the loss by the activations; 0 where no window reached a pixel.

    Examples
    --------
    >>> import numpy as np
    >>> delta = np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1)
    >>> w = np.array([[1, 2], [3, 4]]).reshape(1, 2, 2, 1)
    >>> conv2d_input_grad(delta, w, (1, 3, 3, 1))[0, :, :, 0]
    array([[ 1,  1, -2],
           [ 5,  5, -4],
           [ 6,  8,  0]])
    """
    delta, w, g, dtype = _entry.conv2d_input_grad(
        delta, w, input_shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    return _entry.leaving(choose(g, delta.dtype).conv2d_input_grad.checked(delta, w, g), dtype)


def conv2d_weight_grad(
    delta: npt.ArrayLike,
    a: npt.ArrayLike,
    kernel_shape: Shape,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> Array:
    """Gradient of the loss by the kernels, summed over the batch.

    dw_fc = sum over i of a_ic correlated with delta_if, 'valid': :eq:`eq-weight-tensor`; with strides
    :eq:`eq-general-weight`.
    Nothing is rotated.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.
    a : array, shape (N, H, W, C)
        Activations that entered the layer.
    kernel_shape : (F, KH, KW, C/groups)
        Shape of `w`. With a stride, several kernel sizes give the same output size.
    stride, padding, dilation, groups
        As in the forward pass.

    Returns
    -------
    array, shape (F, KH, KW, C/groups)
        Gradient dw.

    Examples
    --------
    >>> import numpy as np
    >>> a = np.arange(9).reshape(1, 3, 3, 1)
    >>> delta = np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1)
    >>> conv2d_weight_grad(delta, a, (1, 2, 2, 1))[0, :, :, 0]
    array([[ 5,  7],
           [11, 13]])
    """
    delta, a, g, dtype = _entry.conv2d_weight_grad(
        delta, a, kernel_shape, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    return _entry.leaving(choose(g, a.dtype).conv2d_weight_grad.checked(delta, a, g), dtype)


def conv2d_bias_grad(delta: npt.ArrayLike) -> Array:
    """Gradient of the loss by the biases: the sum of the errors of each output channel.

    db(f) = sum over i, x, y of delta(i, x, y, f): :eq:`eq-bias-gradient`. A sum, over the batch too, never
    a mean.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.

    Returns
    -------
    array, shape (F,)
        Gradient db, with the dtype of `delta`; narrow integers are summed in NumPy's default integer.

    Examples
    --------
    >>> import numpy as np
    >>> conv2d_bias_grad(np.array([[1, -1], [2, 0]]).reshape(1, 2, 2, 1))
    array([2])
    """
    delta, dtype = _entry.conv2d_bias_grad(delta)
    return _entry.leaving(choose(delta.shape, delta.dtype).conv2d_bias_grad.checked(delta), dtype)


def conv2d_backward(
    delta: npt.ArrayLike,
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    *,
    stride: Size = 1,
    padding: Size = 0,
    dilation: Size = 1,
    groups: int = 1,
) -> tuple[Array, Array, Array]:
    """All three gradients of a convolutional layer; with the forward pass they satisfy :eq:`eq-trilinear`.

    Parameters
    ----------
    delta : array, shape (N, OH, OW, F)
        Errors of the pre-activations.
    a : array, shape (N, H, W, C)
        Activations that entered the layer.
    w : array, shape (F, KH, KW, C/groups)
        Kernels.
    stride, padding, dilation, groups
        As in the forward pass.

    Returns
    -------
    da, dw, db : arrays
        Gradients by the activations, the kernels and the biases.

    Examples
    --------
    >>> import numpy as np
    >>> a, w = np.ones((2, 5, 4, 3)), np.ones((6, 3, 2, 3))
    >>> da, dw, db = conv2d_backward(np.ones((2, 3, 3, 6)), a, w)
    >>> da.shape, dw.shape, db
    ((2, 5, 4, 3), (6, 3, 2, 3), array([18., 18., 18., 18., 18., 18.]))
    """
    delta, a, w, options, _ = _entry.conv2d_backward(
        delta, a, w, stride=stride, padding=padding, dilation=dilation, groups=groups
    )
    da = conv2d_input_grad(delta, w, a.shape, **options)
    return da, conv2d_weight_grad(delta, a, w.shape, **options), conv2d_bias_grad(delta)


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
) -> Array:
    """Transposed convolution: the input gradient of `conv2d` as a layer of its own, :eq:`eq-transposed-size`.

    Parameters
    ----------
    z : array, shape (N, OH, OW, F)
        What enters; it has the shape of an output of `conv2d`.
    w : array, shape (F, KH, KW, C/groups)
        Kernels, in the layout of the `conv2d` that this transposes.
    b : array, shape (C,), optional
        One bias per channel that leaves.
    stride, padding, dilation, groups
        As in the convolution that this transposes.
    output_padding : int or (rows, columns), in pixels
        The remainder r of that convolution, less than its stride: it tells apart the input sizes
        that give the same output size.

    Returns
    -------
    array, shape (N, H, W, C)
        With H = (OH - 1) s - 2p + d(KH - 1) + 1 + output_padding, and W likewise.

    Examples
    --------
    >>> import numpy as np
    >>> z, w = np.ones((1, 2, 2, 1)), np.ones((1, 2, 2, 1))
    >>> conv_transpose2d(z, w)[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    z, w, b, g, dtype = _entry.conv_transpose2d(
        z,
        w,
        b,
        stride=stride,
        padding=padding,
        output_padding=output_padding,
        dilation=dilation,
        groups=groups,
    )
    return _entry.leaving(choose(g, z.dtype).conv_transpose2d.checked(z, w, b, g), dtype)
