"""Who computes: which layers the fast path takes, and that the public functions ask it."""

import numpy as np
import pytest
from helpers.fast_layers import F32, F64, draw, fast_results, geometry

import cnnlab
from cnnlab import _entry, _implementation, convolution, fast, pooling, textbook
from cnnlab._implementation import choose


def test_the_textbook_keeps_what_it_does_better():
    plain = geometry((4, 20, 20, 16), (16, 3, 3, 16))[2]
    assert choose(plain, F32) is fast and choose(plain, F64) is fast
    for dtype in (np.int64, np.complex128, object, np.longdouble):
        assert choose(plain, np.dtype(dtype)) is textbook
    others = {
        "small": ((1, 8, 6, 4), (5, 3, 2, 4), {}),
        "no overlap": ((4, 90, 90, 16), (16, 3, 3, 16), {"stride": 3}),
        "little overlap": ((4, 90, 90, 16), (16, 3, 3, 16), {"stride": 2}),
        "few windows": ((64, 20, 20, 16), (16, 19, 19, 16), {}),
        "large kernels": ((4, 20, 20, 160), (160, 3, 3, 160), {}),
        "far apart": ((4, 40, 40, 16), (16, 3, 3, 16), {"dilation": 4}),
    }
    for name, (shape, kernel, options) in others.items():
        assert choose(geometry(shape, kernel, **options)[2], F32) is textbook, name
    few_channels = geometry((4, 90, 90, 3), (16, 3, 3, 3), stride=2)[2]
    pixels = geometry((4, 90, 90, 16), (16, 1, 1, 16))[2]
    assert choose(few_channels, F32) is fast and choose(pixels, F32) is fast
    assert choose((2, 8, 8, 128), F32) is fast and choose((2, 8, 8, 127), F32) is textbook


def test_the_public_functions_take_the_fast_path(monkeypatch):
    arrays, g = draw((4, 20, 20, 16), (16, 3, 3, 16), np.float32, padding=1)
    a, w, b, delta = arrays
    options = {"padding": 1}
    z, (da, dw, _) = cnnlab.conv2d(a, w, b, **options), cnnlab.conv2d_backward(delta, a, w, **options)
    for one, other in zip((z, da, dw), fast_results(arrays, g), strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == np.float32 and one.flags.c_contiguous
    for exact in (np.int64, object):
        integers = [(8 * value).astype(np.int64).astype(exact) for value in arrays]
        z = cnnlab.conv2d(*integers[:3], **options)
        assert z.dtype == exact
        wide = [value.astype(np.float64) for value in integers]
        assert (z == cnnlab.conv2d(*wide[:3], **options)).all()  # small integers are exact in float64, too


LARGE = np.ones((2, 28, 28, 16), np.float32), np.ones((16, 3, 3, 16), np.float32)


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (cnnlab.conv2d, LARGE, fast),
        (cnnlab.conv2d, [value.astype(int) for value in LARGE], textbook),
        (cnnlab.conv2d, [value.astype(np.float16) for value in LARGE], fast),  # multiplied in single
        (cnnlab.conv2d_bias_grad, LARGE[:1], fast),
        (cnnlab.conv2d_bias_grad, [LARGE[0][:, :5]], textbook),
        (cnnlab.max_pool2d, (LARGE[0], 2), fast),
        (cnnlab.avg_pool2d, (LARGE[0].astype(int), 2), fast),  # a mean of integers is a float
        (cnnlab.max_pool2d, (LARGE[0].astype(int), 2), textbook),
        (cnnlab.conv2d_backward, (np.ones((2, 26, 26, 16), np.float32), *LARGE), fast),
    ],
)
def test_implementation_says_who_computes_and_he_does(function, arguments, expected, monkeypatch):
    assert cnnlab.implementation(function, *arguments) == expected.__name__
    called, keep = [], _implementation.choose

    def choose(g, dtype):
        called.append(keep(g, dtype))
        return called[-1]

    for module in (convolution, pooling):
        monkeypatch.setattr(module, "choose", choose)
    function(*arguments)
    assert set(called[:2]) == {expected}


def test_implementation_takes_arguments_as_the_function_does():
    (a, w), delta = LARGE, np.ones((2, 28, 28, 16), np.float32)
    for options in ({"padding": 1}, {"padding": 1, "groups": 1}):
        assert cnnlab.implementation(cnnlab.conv2d_backward, delta, a=a, w=w, **options) == "cnnlab.fast"
    small = {"a": a[:, ::2, ::2], "w": w, "stride": 2, "padding": 1}
    assert cnnlab.implementation(cnnlab.conv2d_backward, delta[:, :7, :7], **small) == "cnnlab.textbook"


def test_implementation_refuses_what_it_does_not_know():
    for function in (cnnlab.relu, print, 3, cnnlab.softmax_cross_entropy, _entry.leaving):
        with pytest.raises(ValueError, match="^function: got .*expected one of convolution or pooling"):
            cnnlab.implementation(function, LARGE[0])
    with pytest.raises(ValueError, match="^w: got shape"):
        cnnlab.implementation(cnnlab.conv2d, LARGE[0], LARGE[1][0])


@pytest.mark.parametrize("dtype", [int, object, complex])
def test_fast_refuses_what_it_cannot_compute(dtype):
    values = [value.astype(dtype) for value in LARGE]
    for call in (
        lambda: fast.conv2d(*values),
        lambda: fast.conv2d_bias_grad(values[0]),
        lambda: fast.conv_transpose2d(values[0], values[1]),
    ):
        with pytest.raises(TypeError, match=r"expected float32 or float64 \(cnnlab\.textbook takes any\)"):
            call()


@pytest.mark.parametrize("pool", [fast.max_pool2d, fast.avg_pool2d])
@pytest.mark.parametrize("options", [{"size": (2, 3), "padding": (0, 1)}, {"size": 9, "padding": 0}])
def test_fast_refuses_poolings_that_it_cannot_compute(pool, options):
    with pytest.raises(ValueError, match=r"^padding, size: got .*cnnlab\.textbook pools any"):
        pool(LARGE[0], **options)
    back = {fast.max_pool2d: fast.max_pool2d_backward, fast.avg_pool2d: fast.avg_pool2d_backward}[pool]
    p = textbook.avg_pool2d(LARGE[0], **options)
    switches = [np.full(p.shape, 4)] if pool is fast.max_pool2d else []
    with pytest.raises(ValueError, match=r"^padding, size: got .*cnnlab\.textbook pools any"):
        back(p, *switches, LARGE[0].shape, **options)
