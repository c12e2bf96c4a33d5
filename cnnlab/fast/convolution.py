"""The convolutional layer, group by group: by its plan."""

import numpy as np

from cnnlab import _dtypes, _entry
from cnnlab._checks import Array
from cnnlab._geometry import Convolution, ConvolutionOptions, Transposed
from cnnlab.fast import correlation, pixels, products
from cnnlab.fast.groups import packs
from cnnlab.fast.plan import Plan


@_entry.by(_entry.conv2d)
def conv2d(a: Array, w: Array, b: Array | None, g: Convolution) -> Array:
    """z: the activations read by :eq:`eq-general`. Called like `cnnlab.conv2d`, for float32 and float64."""
    z = np.empty(g.output, dtype=a.dtype)
    if g.groups > 1:
        for pack in packs(g):
            bias = None if b is None else b[pack.filters]
            z[..., pack.filters] = conv2d.checked(a[..., pack.channels], pack.spread(w), bias, pack.g)
        return z
    a, plan = np.ascontiguousarray(a), Plan.of(g, a.dtype)
    if plan.pointwise:
        pixels.multiply(a, w[:, 0, 0].T, b, z, plan.workers)
    else:
        correlation.correlate(a, w.transpose(1, 2, 3, 0), b, z, plan.forward)
    return z


@_entry.by(_entry.conv2d_input_grad)
def conv2d_input_grad(delta: Array, w: Array, g: Convolution) -> Array:
    """da: the errors read by :eq:`eq-general-input`, for every first row up to the stride."""
    da = np.empty(g.image, dtype=delta.dtype)
    if g.groups > 1:
        for pack in packs(g):
            errors = delta[..., pack.filters]
            da[..., pack.channels] = conv2d_input_grad.checked(errors, pack.spread(w), pack.g)
        return da
    delta, plan = np.ascontiguousarray(delta), Plan.of(g, delta.dtype)
    if plan.pointwise:
        pixels.multiply(delta, w[:, 0, 0], None, da, plan.workers)
        return da
    for first, route in plan.back:
        target = da[:, first :: g.stride[0]]
        if route is None:
            target[...] = 0  # no window reaches these rows
        else:
            correlation.correlate(delta, w.transpose(1, 2, 0, 3), None, target, route)
    return da


@_entry.by(_entry.conv2d_weight_grad)
def conv2d_weight_grad(delta: Array, a: Array, g: Convolution) -> Array:
    """dw: the errors meet what z reads, :eq:`eq-general-weight`."""
    if g.groups > 1:
        dw = np.empty(g.kernel, dtype=a.dtype)
        for pack in packs(g):
            errors, activations = delta[..., pack.filters], a[..., pack.channels]
            dw[pack.filters] = pack.collect(conv2d_weight_grad.checked(errors, activations, pack.g))
        return dw
    a, delta, plan = np.ascontiguousarray(a), np.ascontiguousarray(delta), Plan.of(g, a.dtype)
    if plan.pointwise:
        return pixels.weight_grad(delta, a, plan.workers).reshape(g.kernel)
    return correlation.weight_grad(delta, a, g.kernel, plan.weights, plan.by_columns)


@_entry.by(_entry.conv2d_bias_grad)
def conv2d_bias_grad(delta: Array) -> Array:
    """db: the sum of the errors of each output channel, :eq:`eq-bias-gradient`."""
    _dtypes.refuse_all_but_floats(delta.dtype)
    return products.sum_rows(np.ascontiguousarray(delta).reshape(-1, delta.shape[3]))


@_entry.by(_entry.conv2d_backward)
def conv2d_backward(
    delta: Array, a: Array, w: Array, options: ConvolutionOptions
) -> tuple[Array, Array, Array]:
    """da, dw and db."""
    da = conv2d_input_grad(delta, w, a.shape, **options)
    return da, conv2d_weight_grad(delta, a, w.shape, **options), conv2d_bias_grad(delta)


@_entry.by(_entry.conv_transpose2d)
def conv_transpose2d(z: Array, w: Array, b: Array | None, g: Transposed) -> Array:
    """a: what the input gradient makes of z, and a bias, :eq:`eq-transposed-size`."""
    a: Array = conv2d_input_grad.checked(z, w, g)
    if b is not None:
        a += b
    return a
