"""Right functions for every exercise, each written in another way than the solution: loops, views, SciPy."""

import numpy as np
import scipy.signal
import scipy.special

import cnnlab
from cnnlab import gradients, reference


def batches(two):
    """Return the layer function that does with plain arrays what `two` does, for each pair of channels."""

    def input_grad(delta, w):
        return np.stack([
            np.stack([sum(two(d[:, :, f], w[f, :, :, c]) for f in range(len(w))) for c in range(w.shape[3])], -1)
            for d in delta
        ])  # fmt: skip

    return input_grad


def windows(a, size):
    return np.lib.stride_tricks.sliding_window_view(a, size, axis=(1, 2))  # (N, OH, OW, C, KH, KW)


def zeros_between(delta, stride):
    out = np.zeros(
        (len(delta), stride * (delta.shape[1] - 1) + 1, stride * (delta.shape[2] - 1) + 1, delta.shape[3])
    )
    out[:, ::stride, ::stride] = delta
    return out


def strided_by_scipy(delta, w, shape, stride, padding):
    full = batches(scipy.signal.convolve2d)(zeros_between(delta, stride), w)
    out = np.zeros((shape[0], shape[1] + 2 * padding, shape[2] + 2 * padding, shape[3]))
    out[:, : full.shape[1], : full.shape[2]] = full
    return out[:, padding : padding + shape[1], padding : padding + shape[2]]


def matrix_of(linear, shape, out):
    """Return the matrix of a linear map, column by column."""
    columns = []
    for index in np.ndindex(*shape):
        unit = np.zeros(shape)
        unit[index] = 1
        columns.append(np.asarray(linear(unit)).reshape(out))
    return np.stack(columns, axis=-1)


def max_pool_by_scatter(dp, a, size, stride):
    _, argmax = cnnlab.max_pool2d(a[None, ..., None], size, stride=stride)
    m, n = np.divmod(argmax[0, ..., 0], size)
    x, y = np.indices(dp.shape) * stride
    da = np.zeros(a.shape)
    np.add.at(da, (x + m, y + n), dp)
    return da


def max_pool_by_nudging(dp, a, size, stride):
    """Raise each pixel by a whole number and see by how much the sum grows; ties go to the first."""
    order = a.size * 4 * a - np.arange(a.size).reshape(a.shape)  # now all are different
    da = np.zeros(a.shape)
    for x, y in np.ndindex(dp.shape):
        piece = order[x * stride : x * stride + size, y * stride : y * stride + size]
        m, n = np.argwhere(piece == piece.max())[0]
        da[x * stride + m, y * stride + n] += dp[x, y]
    return da


def im2col_by_index(a, size):
    n_, h, w, c_ = a.shape
    oh, ow = h - size[0] + 1, w - size[1] + 1
    i, x, y, m, n, c = np.indices((n_, oh, ow, *size, c_))
    return a[i, x + m, y + n, c].reshape(n_ * oh * ow, -1)


def im2col_in_loops(a, size):
    rows = []
    for i, x, y in np.ndindex(len(a), a.shape[1] - size[0] + 1, a.shape[2] - size[1] + 1):
        rows.append([a[i, x + m, y + n, c] for m, n, c in np.ndindex(*size, a.shape[3])])
    return rows


def col2im_by_add_at(columns, shape, size):
    n_, h, w, c_ = shape
    i, x, y, m, n, c = np.indices((n_, h - size[0] + 1, w - size[1] + 1, *size, c_))
    da = np.zeros(shape)
    np.add.at(da, (i, x + m, y + n, c), columns.reshape(i.shape))
    return da


def four_point(f, x, v):
    h = 1e-3
    return (8 * (f(x + h * v) - f(x - h * v)) - (f(x + 2 * h * v) - f(x - 2 * h * v))) / (12 * h)


def in_all_entries(gradient, f, x):
    claimed, measured = gradient(x), gradients.numerical_gradient(f, x)
    return np.linalg.norm(claimed - measured) <= 1e-6 * np.linalg.norm(measured) + 1e-12


def in_one_direction(gradient, f, x):
    v = np.random.default_rng().normal(size=x.shape)
    one, other = np.vdot(gradient(x), v), (f(x + 1e-5 * v) - f(x - 1e-5 * v)) / 2e-5
    return bool(abs(one - other) <= 1e-5 * max(abs(one), abs(other), 1e-9))


def in_loops(gradient, f, x):
    claimed = np.asarray(gradient(x))
    for k in range(x.size):
        step = np.zeros(x.size)
        step[k] = 1e-5
        step = step.reshape(x.shape)
        slope = (f(x + step) - f(x - step)) / 2e-5
        if abs(claimed.flat[k] - slope) > 1e-6 * abs(claimed).max() + 1e-10:
            return False
    return True


conv2 = scipy.signal.convolve2d
corr2 = scipy.signal.correlate2d


def norm_by_parts(dout, a, gamma, epsilon):
    """Go back through variance, mean and quotient one after the other, as most programs do."""
    n = len(a)
    centred, spread = a - a.mean(axis=0), np.sqrt(a.var(axis=0) + epsilon)
    dx = dout * gamma
    dvar = (dx * centred).sum(axis=0) * -0.5 / spread**3
    dmean = -(dx / spread).sum(axis=0) + dvar * (-2 * centred).mean(axis=0)
    return dx / spread + dvar * 2 * centred / n + dmean / n


def norm_by_matrix(dout, a, gamma, epsilon):
    """Multiply each channel by its matrix of derivatives."""
    n, da = len(a), np.empty(np.shape(a))
    for c in range(a.shape[1]):
        x, root = a[:, c] - a[:, c].mean(), np.sqrt(a[:, c].var() + epsilon)
        jacobian = (np.eye(n) - 1 / n) / root - np.outer(x, x) / (n * root**3)
        da[:, c] = jacobian.T @ dout[:, c] * gamma[c]
    return da


RIGHT = {
    "correlate2d": [reference.correlate2d, lambda a, w: corr2(a, w, "valid"),
                    lambda a, w: np.einsum("xymn,mn->xy", np.lib.stride_tricks.sliding_window_view(a, w.shape), w)],
    "convolve2d_full": [reference.convolve2d, conv2, lambda a, w: scipy.signal.fftconvolve(a, w),
                        lambda a, w: corr2(a, w[::-1, ::-1], "full")],
    "conv2d_forward": [reference.conv2d, cnnlab.conv2d,
                       lambda a, w, b: np.einsum("ixycmn,fmnc->ixyf", windows(a, w.shape[1:3]), w) + b],
    "output_size": [lambda n, k, s, p, d: len(range(0, n + 2 * p - d * (k - 1), s)),
                    lambda n, k, s, p, d: np.floor((n + 2 * p - d * (k - 1) - 1) / s) + 1,
                    lambda n, k, s, p, d: sum(1 for x in range(n + 2 * p) if x % s == 0 and x + d * (k - 1) < n + 2 * p)],
    "directional_derivative": [four_point, lambda f, x, v: np.sum(gradients.numerical_gradient(f, x) * v),
                               lambda f, x, v: float((f(x + 1e-6 * v) - f(x - 1e-6 * v)) / 2e-6)],
    "max_pool_backward": [max_pool_by_scatter, max_pool_by_nudging,
                          lambda dp, a, size, stride: reference.max_pool2d_backward(
                              dp[None, ..., None], reference.max_pool2d(a[None, ..., None], size, stride=stride)[1],
                              (1, *a.shape, 1), size, stride=stride)[0, ..., 0]],
    "avg_pool_backward": [
        lambda dp, shape, size, stride: cnnlab.avg_pool2d_backward(
            dp[None, ..., None], (1, *shape, 1), size, stride=stride)[0, :, :, 0],
        lambda dp, shape, size, stride: strided_by_scipy(
            dp[None, ..., None], np.full((1, size, size, 1), size**-2.0), (1, *shape, 1), stride, 0)[0, :, :, 0],
        lambda dp, shape, size, stride: (matrix_of(
            lambda a: cnnlab.avg_pool2d(a[None, ..., None], size, stride=stride), shape, dp.size).T @ dp.ravel()
        ).reshape(shape)],
    "input_grad_2d": [conv2, reference.convolve2d, lambda d, w: corr2(d, np.rot90(w, 2), "full"),
                      lambda d, w: sum(d[x, y] * np.pad(w, ((x, d.shape[0] - 1 - x), (y, d.shape[1] - 1 - y))) for x, y in np.ndindex(d.shape))],
    "delta_rule_2d": [lambda d, w, z, slope: conv2(d, w) * slope(z),
                      lambda d, w, z, slope: [[slope(z[x, y]) * reference.convolve2d(d, w)[x, y] for y in range(z.shape[1])]
                                              for x in range(z.shape[0])],
                      lambda d, w, z, slope: slope(z) * (matrix_of(
                          lambda a: reference.correlate2d(a, w), z.shape, d.size).T @ d.ravel()).reshape(z.shape)],
    "input_grad_true_convolution": [lambda d, k: corr2(d, k, "full"), lambda d, k: reference.correlate2d(d, k, "full"),
                                    lambda d, k: conv2(d, k[::-1, ::-1])],
    "weight_grad_true_convolution": [
        lambda d, a: corr2(a, d, "valid")[::-1, ::-1], lambda d, a: conv2(a[::-1, ::-1], d, "valid"),
        lambda d, a: np.einsum("mnxy,xy->mn", np.lib.stride_tricks.sliding_window_view(a, d.shape), d)[::-1, ::-1]],
    "input_grad_tensor": [lambda d, w: reference.conv_transpose2d(d, w), batches(conv2),
                          lambda d, w: cnnlab.conv2d(
                              np.pad(d, ((0, 0), (w.shape[1] - 1,) * 2, (w.shape[2] - 1,) * 2, (0, 0))),
                              w[:, ::-1, ::-1].transpose(3, 1, 2, 0))],
    "weight_grad_2d": [lambda d, a: corr2(a, d, "valid"), lambda d, a: reference.correlate2d(a, d),
                       lambda d, a: np.einsum("mnxy,xy->mn", np.lib.stride_tricks.sliding_window_view(a, d.shape), d)],
    "weight_grad_tensor": [
        lambda d, a: reference.conv2d_weight_grad(d, a, (d.shape[3], a.shape[1] - d.shape[1] + 1, a.shape[2] - d.shape[2] + 1, a.shape[3])),
        lambda d, a: np.einsum("imncxy,ixyf->fmnc", windows(a, d.shape[1:3]), d),
        lambda d, a: np.stack([np.stack([sum(corr2(a[i, :, :, c], d[i, :, :, f], "valid") for i in range(len(a)))
                                         for c in range(a.shape[3])], -1) for f in range(d.shape[3])])],
    "bias_grad": [lambda d: np.einsum("ixyf->f", d), lambda d: d.reshape(-1, d.shape[3]).sum(0), reference.conv2d_bias_grad,
                  lambda d: [sum(d[i, x, y, f] for i, x, y in np.ndindex(d.shape[:3])) for f in range(d.shape[3])]],
    "im2col": [im2col_by_index, im2col_in_loops,
               lambda a, size: windows(a, size).transpose(0, 1, 2, 4, 5, 3).reshape(-1, size[0] * size[1] * a.shape[3])],
    "col2im": [col2im_by_add_at,
               lambda c, shape, size: (matrix_of(lambda a: im2col_by_index(a, size), shape, c.size).T @ c.ravel()).reshape(shape),
               lambda c, shape, size: cnnlab.conv_transpose2d(
                   c.reshape(shape[0], shape[1] - size[0] + 1, shape[2] - size[1] + 1, -1),
                   np.eye(c.shape[1]).reshape(-1, *size, shape[3]))],
    "strided_input_grad": [lambda d, w, shape, s, p: reference.conv2d_input_grad(d, w, shape, stride=s, padding=p),
                           lambda d, w, shape, s, p: cnnlab.conv2d_input_grad(d, w, shape, stride=s, padding=p), strided_by_scipy],
    "conv_transpose": [lambda z, w, s: reference.conv_transpose2d(z, w, stride=s), lambda z, w, s: cnnlab.conv_transpose2d(z, w, stride=s),
                       lambda z, w, s: batches(conv2)(zeros_between(z, s), w)],
    "gradient_test": [in_all_entries, in_one_direction, in_loops],
    "softmax_cross_entropy_delta": [lambda z, y: (scipy.special.softmax(z, axis=1) - np.eye(z.shape[1])[y]) / len(z),
                                    lambda z, y: cnnlab.softmax_cross_entropy(z, y)[1],
                                    lambda z, y: [[(np.exp(z[i, k] - scipy.special.logsumexp(z[i])) - (k == y[i])) / len(z)
                                                   for k in range(z.shape[1])] for i in range(len(z))]],
    "momentum_step": [lambda w, v, g, r, m: (w + (m * v - r * g), m * v - r * g),
                      lambda w, v, g, r, m: tuple(np.tensordot([[1, m, -r], [0, m, -r]], np.stack([w, v, g]), 1)),
                      lambda w, v, g, r, m: [np.subtract(w, r * g) + m * v, -(r * g - m * v)]],
    "dropout_backward": [lambda d, k, p: d * (k / (1 - p)), lambda d, k, p: np.multiply(d, k) / (1 - p),
                         lambda d, k, p: np.reshape([x / (1 - p) if y else 0 for x, y in zip(d.ravel(), k.ravel(), strict=True)], d.shape)],
    "softmax_backward": [lambda d, s: np.einsum("ij,ijk->ik", d, s[:, :, None] * (np.eye(s.shape[1]) - s[:, None, :])),
                         lambda d, s: d * s - s * np.sum(d * s, axis=1)[:, None],
                         lambda d, s: np.stack([(np.diag(row) - np.outer(row, row)) @ e for row, e in zip(s, d, strict=True)])],
    "batch_norm_backward": [norm_by_parts, norm_by_matrix, lambda d, a, g, e: norm_by_matrix(d * g, a, np.ones_like(g), e)],
}  # fmt: skip
