"""Layers at the edges of each idea of the fast path, and what computes them."""

import numpy as np

from cnnlab import _entry, fast, textbook
from cnnlab.fast import scratch

RESULTS = ("z", "da", "dw")


F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


def geometry(shape, kernel, **options):
    a, w, _, g, _ = _entry.conv2d(np.ones(shape), np.ones(kernel), **options)
    return a, w, g


def draw(shape, kernel, dtype=np.float64, seed=0, **options):
    """Draw a layer: a, w, b, delta and its geometry."""
    rng = np.random.default_rng(seed)
    g = geometry(shape, kernel, **options)[2]
    return [rng.standard_normal(s).astype(dtype) for s in (shape, kernel, kernel[:1], g.output)], g


def fast_results(arrays, g):
    a, w, b, delta = arrays
    results = (
        fast.conv2d.checked(a, w, b, g),
        fast.conv2d_input_grad.checked(delta, w, g),
        fast.conv2d_weight_grad.checked(delta, a, g),
    )
    assert scratch._kept.used == 0  # all that was taken has been given back
    return results


def textbook_results(arrays, g):
    """Compute the same layer with im2col."""
    a, w, b, delta = arrays
    options = {"stride": g.stride, "padding": g.padding, "dilation": g.dilation, "groups": g.groups}
    return textbook.conv2d(a, w, b, **options), *textbook.conv2d_backward(delta, a, w, **options)[:2]


def assert_close(results, expected, tolerance=1e-11):
    for name, one, other in zip(RESULTS, results, expected, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        worst = abs(one - other).max() / abs(other).max() if other.any() else abs(one).max()
        assert worst < tolerance, (name, worst)


# Named by what they are the edge of. 8 x 6 pixels and a 3 x 2 kernel make 6 x 5 outputs.
LAYERS = {
    "few channels: a product for each tap": ((2, 8, 6, 4), (5, 3, 2, 4), {}),
    "many channels: two rows at a time": ((2, 8, 6, 17), (5, 3, 2, 17), {}),
    "many kernels: two rows at a time on the way back": ((2, 8, 6, 4), (18, 3, 2, 4), {}),
    "an odd number of rows": ((2, 9, 6, 17), (18, 3, 2, 17), {}),
    "one row": ((2, 3, 6, 17), (18, 3, 2, 17), {}),
    "one column": ((2, 8, 2, 17), (18, 3, 2, 17), {}),
    "one image": ((1, 8, 6, 17), (18, 3, 2, 17), {"padding": 1}),
    "one tap": ((2, 8, 6, 17), (18, 1, 2, 17), {}),
    "two taps": ((2, 8, 6, 17), (18, 2, 3, 17), {"padding": (1, 0)}),
    "four taps: three and one": ((2, 8, 6, 17), (18, 4, 2, 17), {"padding": (2, 1)}),
    "five taps: three and two": ((2, 9, 6, 17), (18, 5, 2, 17), {"padding": (2, 1)}),
    "six taps": ((2, 8, 6, 17), (18, 6, 2, 17), {"padding": (3, 0)}),
    "seven taps, more than rows": ((2, 4, 6, 17), (18, 7, 2, 17), {"padding": (3, 0)}),
    "padding wider than the kernel": ((2, 4, 5, 17), (18, 2, 2, 17), {"padding": (5, 3)}),
    "padding wider still, few channels": ((2, 3, 2, 2), (3, 2, 2, 2), {"padding": (6, 7)}),
    "one filter": ((2, 8, 6, 1), (1, 3, 2, 1), {}),
    "four neighbours that do not divide the columns": ((2, 8, 9, 1), (4, 3, 2, 1), {"padding": (1, 2)}),
    "two neighbours that do not divide the columns": ((2, 8, 6, 7), (8, 3, 2, 7), {}),
    "fewer columns than neighbours": ((2, 8, 3, 1), (2, 3, 2, 1), {}),
    "a stride": ((2, 9, 7, 4), (5, 3, 2, 4), {"stride": (2, 3), "padding": (1, 0)}),
    "a stride with a remainder": ((2, 10, 9, 17), (18, 3, 2, 17), {"stride": (2, 2)}),
    "a stride longer than the kernel": ((2, 11, 12, 4), (18, 2, 2, 4), {"stride": (3, 4)}),
    "a stride longer than the image": ((2, 4, 3, 3), (5, 2, 2, 3), {"stride": (7, 5), "padding": (1, 1)}),
    "a stride of rows only": ((2, 9, 6, 17), (18, 3, 2, 17), {"stride": (2, 1)}),
    "a stride of columns only": ((2, 8, 9, 17), (18, 3, 3, 17), {"stride": (1, 2)}),
    "a dilation": ((2, 11, 9, 17), (18, 3, 2, 17), {"dilation": (2, 3), "padding": (1, 2)}),
    "a dilation without padding": ((2, 11, 9, 17), (18, 3, 2, 17), {"dilation": (2, 3)}),
    "a dilation and a stride without a common divisor": (
        (2, 15, 9, 17), (18, 3, 2, 17), {"dilation": (3, 2), "stride": (2, 3), "padding": (2, 1)},
    ),
    "a dilation and a stride that share one": (
        (2, 17, 9, 17), (18, 3, 2, 17), {"dilation": (4, 2), "stride": (6, 4), "padding": (3, 1)},
    ),
    "groups in one pack": ((2, 8, 6, 4), (6, 3, 2, 2), {"groups": 2}),
    "groups in several packs": ((2, 8, 6, 35), (21, 3, 2, 5), {"groups": 7, "padding": 1}),
    "groups as large as a pack": ((2, 8, 6, 34), (36, 3, 2, 17), {"groups": 2}),
    "every channel a group": ((2, 8, 6, 19), (38, 3, 2, 1), {"groups": 19, "stride": 2}),
    "a pixel is a window": ((2, 8, 6, 5), (7, 1, 1, 5), {}),
    "a pixel is a window, of one image": ((1, 8, 6, 5), (7, 1, 1, 5), {}),
    "a pixel is a window, in groups": ((2, 8, 6, 6), (9, 1, 1, 2), {"groups": 3}),
    "every other pixel is a window": ((2, 8, 7, 5), (7, 1, 1, 5), {"stride": 2}),
    "a pixel is a window, and padding": ((2, 4, 6, 5), (7, 1, 1, 5), {"padding": 1}),
    "large taps": ((2, 8, 6, 65), (66, 3, 2, 65), {"padding": (1, 0)}),
    "large taps with a stride": ((2, 9, 7, 65), (66, 3, 2, 65), {"stride": 2}),
    "large taps, one kernel column": ((2, 5, 3, 65), (66, 3, 1, 65), {}),
    "large taps, one kernel row": ((1, 3, 6, 65), (66, 1, 3, 65), {}),
}  # fmt: skip
