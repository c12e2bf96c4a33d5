"""What is promised of every function: dtypes, memory layouts, nothing modified, bad input refused."""

from fractions import Fraction

import numpy as np
import pytest
from helpers.torch_cases import layout

import cnnlab
from cnnlab import reference, textbook

# N = 2, 7 x 6 pixels, C = 4, F = 6, a 3 x 2 kernel, groups 2: nothing square, nothing 1, nothing equal.
A, W, B = (2, 7, 6, 4), (6, 3, 2, 2), (6,)
CONV = {"stride": (2, 1), "padding": (1, 0), "dilation": (1, 2), "groups": 2}
Z = (2, 4, 4, 6)
POOL = {"stride": (2, 1), "padding": (1, 1)}
SIZE = (3, 2)
P = (2, 4, 7, 4)

# name -> (shapes of the float arguments, a call that takes them)
CALLS = {
    "conv2d": ((A, W, B), lambda m, a, w, b: m.conv2d(a, w, b, **CONV)),
    "conv2d_input_grad": ((Z, W), lambda m, d, w: m.conv2d_input_grad(d, w, A, **CONV)),
    "conv2d_weight_grad": ((Z, A), lambda m, d, a: m.conv2d_weight_grad(d, a, W, **CONV)),
    "conv2d_bias_grad": ((Z,), lambda m, d: m.conv2d_bias_grad(d)),
    "conv2d_backward": ((Z, A, W), lambda m, d, a, w: m.conv2d_backward(d, a, w, **CONV)[1]),
    "conv_transpose2d": (
        (Z, W, (4,)),
        lambda m, z, w, b: m.conv_transpose2d(z, w, b, output_padding=(1, 0), **CONV),
    ),
    "max_pool2d": ((A,), lambda m, a: m.max_pool2d(a, SIZE, **POOL)[0]),
    "max_pool2d_backward": ((P,), lambda m, dp: m.max_pool2d_backward(dp, ARGMAX, A, SIZE, **POOL)),
    "avg_pool2d": ((A,), lambda m, a: m.avg_pool2d(a, SIZE, count_include_pad=False, **POOL)),
    "avg_pool2d_backward": (
        (P,),
        lambda m, dp: m.avg_pool2d_backward(dp, A, SIZE, count_include_pad=False, **POOL),
    ),
    "softmax_cross_entropy": (((3, 4),), lambda m, z: m.softmax_cross_entropy(z, [1, 0, 3])[1]),
}
RNG = np.random.default_rng(5)
ARGMAX = cnnlab.max_pool2d(RNG.standard_normal(A), SIZE, **POOL)[1]
ACTIVATIONS = [cnnlab.relu, cnnlab.sigmoid, cnnlab.tanh, cnnlab.identity]


def arguments(name, dtype=np.float64):
    rng = np.random.default_rng(11)
    return [rng.standard_normal(shape).astype(dtype) for shape in CALLS[name][0]]


@pytest.mark.parametrize("module", [cnnlab, reference])
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.longdouble])
def test_dtype_is_kept(name, dtype, module):
    assert CALLS[name][1](module, *arguments(name, dtype)).dtype == dtype


@pytest.mark.parametrize("name", [name for name, (shapes, _) in CALLS.items() if len(shapes) > 1])
def test_mixed_dtypes_give_their_result_type(name):
    values = arguments(name)
    values[0] = values[0].astype(np.float32)
    assert CALLS[name][1](cnnlab, *values).dtype == np.float64


@pytest.mark.parametrize("activation", ACTIVATIONS, ids=repr)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_activations_keep_dtype(activation, dtype):
    z = np.array([-2.0, 0.5], dtype=dtype)
    assert activation(z).dtype == activation.derivative(z).dtype == dtype


@pytest.mark.parametrize("name", CALLS)
def test_loops_and_vectorized_code_agree(name):
    values = arguments(name)
    np.testing.assert_allclose(
        CALLS[name][1](cnnlab, *values), CALLS[name][1](reference, *values), rtol=1e-12, atol=1e-12
    )


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("other", ["fortran", "negative", "strided", "big-endian", "broadcast"])
def test_any_memory_layout_gives_the_same_result(name, other):
    values = arguments(name)
    if other == "broadcast":
        values = [np.broadcast_to(v[:1], v.shape) for v in values]
        expected = CALLS[name][1](cnnlab, *(v.copy() for v in values))
    else:
        expected = CALLS[name][1](cnnlab, *values)
        values = [v.astype(">f8") if other == "big-endian" else layout(v, other) for v in values]
    got = CALLS[name][1](cnnlab, *values)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-14)  # the order of a sum may differ
    assert got.dtype == np.float64 and got.dtype.isnative


@pytest.mark.parametrize("module", [cnnlab, reference])
@pytest.mark.parametrize("name", CALLS)
def test_no_argument_is_modified(name, module):
    values = arguments(name)
    copies = [v.copy() for v in values]
    for v in values:
        v.flags.writeable = False  # an attempt to write raises
    CALLS[name][1](module, *values)
    for v, copy in zip(values, copies, strict=True):
        np.testing.assert_array_equal(v, copy)


@pytest.mark.parametrize("module", [cnnlab, reference])
@pytest.mark.parametrize("name", [n for n in CALLS if n != "softmax_cross_entropy"])
def test_fractions_are_exact(name, module):
    rng = np.random.default_rng(3)
    ints = [rng.integers(-9, 10, shape) for shape in CALLS[name][0]]
    fractions = [np.vectorize(lambda v: Fraction(int(v), 7), otypes=[object])(v) for v in ints]
    got = CALLS[name][1](module, *fractions)
    assert got.dtype == object
    floats = CALLS[name][1](reference, *(v / 7 for v in ints))
    np.testing.assert_allclose(got.astype(float), floats, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(got, CALLS[name][1](reference, *fractions))


@pytest.mark.parametrize("name", CALLS)
def test_integers(name):
    rng = np.random.default_rng(3)
    ints = [rng.integers(-9, 10, shape) for shape in CALLS[name][0]]
    got = CALLS[name][1](cnnlab, *ints)
    assert got.dtype == (np.int64 if "avg" not in name and "softmax" not in name else np.float64)
    np.testing.assert_allclose(got, CALLS[name][1](cnnlab, *(v.astype(float) for v in ints)), rtol=1e-13)


@pytest.mark.parametrize("name", [n for n in CALLS if n != "max_pool2d"])
def test_complex_numbers_are_not_conjugated(name):
    values = (
        [
            v + 1j * u
            for v, u in zip(arguments(name), reversed(arguments(name)), strict=False)
            if v.shape == u.shape
        ]
        if len(CALLS[name][0]) == 1
        else [v * (1 + 2j) for v in arguments(name)]
    )
    np.testing.assert_allclose(
        CALLS[name][1](cnnlab, *values), CALLS[name][1](reference, *values), rtol=1e-12, atol=1e-12
    )


def zeros(*shape):
    return np.zeros(shape)


a, w, z = zeros(2, 7, 6, 4), zeros(6, 3, 2, 4), zeros(2, 5, 5, 6)
p, where = zeros(2, 3, 3, 4), np.zeros((2, 3, 3, 4), int)


def named(refusals):
    """Give each refusal an id: what its message must hold."""
    return [pytest.param(*row, id=row[2].lstrip("^").replace("\\", "")) for row in refusals]


# call, exception, what the message must hold: the argument's name first
REFUSED = [
    (lambda m: m.conv2d(a[0], w), ValueError, r"^a: got shape \(7, 6, 4\), expected \(N, H, W, C\)"),
    (lambda m: m.conv2d(a, w[0]), ValueError, r"^w: got shape \(3, 2, 4\)"),
    (lambda m: m.conv2d(a[..., :3], w), ValueError, r"^w: got shape \(6, 3, 2, 4\).* = 3"),
    (lambda m: m.conv2d(a[:0], w), ValueError, "^a: .*length 0"),
    (lambda m: m.conv2d(a, zeros(6, 8, 2, 4)), ValueError, r"^a: got 7 x 6 pixels.*size \(8, 2\)"),
    (lambda m: m.conv2d(a, w, dilation=6), ValueError, "^a: got 7 x 6 pixels"),
    (lambda m: m.conv2d(a, w, zeros(1)), ValueError, r"^b: got shape \(1,\), expected \(6,\)"),
    (lambda m: m.conv2d(a, w, 1.0), ValueError, r"^b: got shape \(\)"),
    (lambda m: m.conv2d(a, w, stride=0), ValueError, "^stride: got 0, expected at least 1"),
    (lambda m: m.conv2d(a, w, stride=1.5), TypeError, "^stride: got 1.5, expected an integer"),
    (lambda m: m.conv2d(a, w, stride=True), TypeError, "^stride: got True"),
    (lambda m: m.conv2d(a, w, stride=(1, 2, 3)), ValueError, "^stride: .*pair"),
    (lambda m: m.conv2d(a, w, padding="same"), ValueError, "^padding: got 'same', .*np.pad"),
    (lambda m: m.conv2d(a, w, padding=((0, 1), 2)), ValueError, r"^padding: got \(\(0, 1\), 2\), .*np.pad"),
    (lambda m: m.max_pool2d(a, 2, padding=[0, 1, 0, 1]), ValueError, r"^padding: got \[0, 1, .*np.pad"),
    (lambda m: m.conv2d(a, w, padding=-1), ValueError, "^padding: got -1, expected at least 0"),
    (lambda m: m.conv2d(a, w, dilation=0), ValueError, "^dilation: got 0"),
    (lambda m: m.conv2d(a, w, groups=3), ValueError, "^groups: got 3, expected a divisor of C = 4"),
    (lambda m: m.conv2d(a > 0, w), TypeError, "^a: got dtype bool"),
    (lambda m: m.conv2d(a.astype(str), w), TypeError, "^a: got dtype"),
    (lambda m: m.conv2d(np.ma.masked_less(a, 1), w), TypeError, "^a: got a masked array"),
    (lambda m: m.conv2d([[1], [1, 2]], w), ValueError, "^a: got rows of different lengths"),
    (lambda m: m.conv2d_input_grad(z[:1], w, a.shape), ValueError, r"^delta: .*expected \(2, 5, 5, 6\)"),
    (lambda m: m.conv2d_input_grad(z, w, (7, 6)), ValueError, "^input_shape: "),
    (lambda m: m.conv2d_input_grad(z, w, (2, 8, 6, 4)), ValueError, "^delta: got shape"),
    (lambda m: m.conv2d_input_grad(z, w, (2, 2, 6, 4)), ValueError, "^input_shape: got 2 x 6 pixels"),
    (lambda m: m.conv2d_weight_grad(z, a, (6, 3, 2)), ValueError, "^kernel_shape: "),
    (lambda m: m.conv2d_weight_grad(z, a, (6, 3, 2, 3)), ValueError, "^kernel_shape: "),
    (lambda m: m.conv2d_weight_grad(a, z, (6, 3, 2, 6)), ValueError, "^delta: "),
    (lambda m: m.conv2d_bias_grad(z[0]), ValueError, "^delta: "),
    (lambda m: m.conv2d_bias_grad(z.astype(str).astype(object)), TypeError, "^delta: got '0.0' among"),
    (lambda m: m.conv2d(np.where(a == 0, None, a), w), TypeError, "^a: got None among its entries"),
    (lambda m: m.conv2d(a, w, groups=0), ValueError, "^groups: got 0"),
    (lambda m: m.conv2d(a, w, padding=2**31), ValueError, "^padding: got .*windows would fit"),
    (lambda m: m.conv2d(a, w, padding=10**5000), ValueError, "^padding: "),
    (lambda m: m.conv2d(a, w, stride={1: 2}), TypeError, "^stride: got {1: 2}"),
    (lambda m: m.conv2d_input_grad(z, w, (1, (2, 3), 4, 1)), TypeError, r"^input_shape: got \(2, 3\)"),
    (lambda m: m.conv2d_input_grad(z, w, (2, 0, 6, 4)), ValueError, "^input_shape: got 0"),
    (lambda m: m.conv2d_input_grad(z, w, 7), ValueError, "^input_shape: got 7"),
    (lambda m: m.conv2d_weight_grad(z, a, (6, 3, 0, 4)), ValueError, "^kernel_shape: got 0"),
    (lambda m: m.conv_transpose2d(z, w, stride=0), ValueError, "^stride: got 0"),
    (lambda m: m.conv_transpose2d(z, w, output_padding=-1), ValueError, "^output_padding: got -1"),
    (lambda m: m.conv_transpose2d(z, w, stride=(2, 1), output_padding=(1, 1)), ValueError, "^output_padding"),
    (lambda m: m.conv_transpose2d(z, w, stride=(1, 2), output_padding=(1, 1)), ValueError, "^output_padding"),
    (lambda m: m.conv_transpose2d(z[:, :1, :2], w, padding=(2, 0)), ValueError, "^padding: .*-1 x 3"),
    (lambda m: m.conv_transpose2d(z[:, :2, :1], w, padding=(0, 1)), ValueError, "^padding: .*4 x 0"),
    (lambda m: m.conv_transpose2d(z[..., :5], w), ValueError, "^z: got 5 channels, expected 6"),
    (lambda m: m.conv_transpose2d(z, w, zeros(6)), ValueError, r"^b: .*expected \(4,\)"),
    (lambda m: m.conv_transpose2d(z, w, output_padding=1), ValueError, "^output_padding: got 1"),
    (lambda m: m.conv_transpose2d(z, w, padding=5), ValueError, "^padding: got 5"),
    (lambda m: m.max_pool2d(a * 1j, 2), TypeError, "^a: .*complex"),
    (lambda m: m.max_pool2d(a, 2, padding=2), ValueError, "^padding: .*half the size"),
    (lambda m: m.max_pool2d(a, 8), ValueError, "^a: got 7 x 6 pixels"),
    (lambda m: m.max_pool2d(a, 0), ValueError, "^size: got 0"),
    (lambda m: m.max_pool2d_backward(p, where + 4, a.shape, 2), ValueError, "^argmax: "),
    (lambda m: m.max_pool2d_backward(p, where - 1, a.shape, 2), ValueError, "^argmax: "),
    (lambda m: m.max_pool2d_backward(p, where * 1.0, a.shape, 2), TypeError, "^argmax: got dtype float64"),
    (lambda m: m.max_pool2d_backward(p, where[:1], a.shape, 2), ValueError, "^argmax: got shape"),
    (lambda m: m.max_pool2d_backward(p[:1], where[:1], a.shape, 2), ValueError, "^dp: got shape"),
    (
        lambda m: m.max_pool2d_backward(
            zeros(2, 4, 4, 4), np.zeros((2, 4, 4, 4), int), a.shape, 2, padding=1
        ),
        ValueError,
        "^argmax: ",
    ),
    (lambda m: m.avg_pool2d(a, 3, padding=2), ValueError, "^padding: "),
    (lambda m: m.avg_pool2d_backward(p, (2, 9, 6, 4), 2), ValueError, "^dp: got shape"),
    (lambda m: m.softmax_cross_entropy(zeros(3), [0]), ValueError, "^logits: "),
    (lambda m: m.softmax_cross_entropy(zeros(3, 4), [0, 1]), ValueError, r"^labels: .*expected \(3,\)"),
    (lambda m: m.softmax_cross_entropy(zeros(3, 4), np.eye(4)[:3]), ValueError, "^labels: "),
    (lambda m: m.softmax_cross_entropy(zeros(2, 4), [0, 4]), ValueError, "^labels: .*expected 0 to 3"),
    (lambda m: m.softmax_cross_entropy(zeros(2, 4), [-1, 0]), ValueError, "^labels: got values from -1"),
    (lambda m: m.softmax_cross_entropy(zeros(2, 4), [0.0, 1.0]), TypeError, "^labels: got dtype float64"),
]


@pytest.mark.parametrize("module", [cnnlab, reference])
@pytest.mark.parametrize("call, error, message", named(REFUSED))
def test_what_cannot_work_is_refused(call, error, message, module):
    with pytest.raises(error, match=message):
        call(module)


def test_importing_cnnlab_loads_no_drawing_and_no_download_library():
    import subprocess
    import sys

    code = (
        "import cnnlab, sys; print([m for m in ('matplotlib', 'pooch', 'tqdm', 'sympy') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "[]\n"


@pytest.mark.parametrize("module", [cnnlab, reference])
def test_a_wide_bias_widens_the_products_too(module):
    small, kernel = np.full((1, 1, 1, 1), 100, np.int8), np.full((1, 1, 1, 1), 2, np.int8)
    assert module.conv2d(small, kernel, np.zeros(1, np.int64)).item() == 200
    assert module.conv_transpose2d(small, kernel, np.zeros(1, np.int64)).item() == 200


@pytest.mark.parametrize("size", [np.array(2), np.int64(2), [2, 2], np.array([2, 2])])
def test_sizes_of_any_integer_kind(size):
    assert cnnlab.max_pool2d(zeros(1, 4, 4, 1), size)[0].shape == (1, 2, 2, 1)


# ---- dtypes of results, large and small, by every telling

TELLINGS = [cnnlab, textbook, reference]


@pytest.mark.parametrize("module", TELLINGS)
def test_each_gradient_has_the_dtype_of_what_it_is_made_of(module):
    delta, a, w = (zeros(*shape).astype(dtype) for shape, dtype in ((Z, "f4"), (A, "f8"), (W, "f4")))
    da, dw, db = module.conv2d_backward(delta, a, w, **CONV)
    assert (da.dtype, dw.dtype, db.dtype) == (np.float32, np.float64, np.float32)


@pytest.mark.parametrize("length", [4, 40])
def test_the_public_poolings_bring_their_results_into_their_dtypes(length):
    for dtype in (np.float16, np.float32):
        a = zeros(2, length, length, 3).astype(dtype)
        for size in (2, 3, length):
            p, argmax = cnnlab.max_pool2d(a, size)
            assert argmax.dtype == np.intp and p.dtype == dtype
            assert cnnlab.max_pool2d_backward(p, argmax, a.shape, size).dtype == dtype
            mean = cnnlab.avg_pool2d(a, size)
            assert mean.dtype == cnnlab.avg_pool2d_backward(mean, a.shape, size).dtype == dtype


@pytest.mark.parametrize("module", [cnnlab, reference])
def test_the_loss_has_the_dtype_of_its_logits_and_the_digits_of_a_wider_one(module):
    z, y = np.random.default_rng(0).standard_normal((70, 5)), np.arange(70) % 5
    exact, error = reference.softmax_cross_entropy(z, y)
    for dtype, close in ((np.float16, 2e-3), (np.float32, 1e-6)):
        loss, delta = module.softmax_cross_entropy(z.astype(dtype), y)
        assert loss.dtype == delta.dtype == dtype
        assert abs(float(loss) - exact) < close and abs(delta - error).max() < close


@pytest.mark.parametrize("module", TELLINGS)
def test_a_long_mean_of_float32_keeps_its_digits(module):
    a = np.ones((1, 9, 9, 1), np.float32)
    a[0, 0, 0, 0] = 2**24  # in float32, adding 1 to it changes nothing
    assert module.avg_pool2d(a, 9).item() == np.float32((2**24 + 80) / 81)
    dp = a.reshape(1, 9, 9, 1)
    da = module.avg_pool2d_backward(dp, (1, 17, 17, 1), 9, stride=1)
    assert da[0, 8, 8, 0] == np.float32((2**24 + 80) / 81)


masked = np.ma.masked_less(zeros(2, 5, 5, 6), -1)

REFUSED_TOO = [
    (lambda m: m.conv2d_backward(masked, a, w), TypeError, "^delta: got a masked array"),
    (
        lambda m: m.max_pool2d_backward(p, np.ma.masked_less(where, -1), a.shape, 2),
        TypeError,
        "^argmax: .*masked",
    ),
    (
        lambda m: m.max_pool2d_backward(
            zeros(1, 1, 1, 1), np.full((1, 1, 1, 1), 1), (1, 1, 1, 1), 2, padding=1
        ),
        ValueError,
        r"^argmax: got 1 position\(s\) outside",
    ),  # above the image
    (
        lambda m: m.max_pool2d_backward(
            zeros(1, 1, 1, 1), np.full((1, 1, 1, 1), 2), (1, 1, 1, 1), 2, padding=1
        ),
        ValueError,
        r"^argmax: got 1 position\(s\) outside",
    ),  # left of it
    (
        lambda m: m.max_pool2d_backward(p, where, (2, 1, 6, 4), 2),
        ValueError,
        "^input_shape: got 1 x 6 pixels",
    ),
    (lambda m: m.avg_pool2d_backward(p, (2, 6, 1, 4), 2), ValueError, "^input_shape: got 6 x 1 pixels"),
    (lambda m: m.max_pool2d(a, (5, 2), padding=(0, 2)), ValueError, "^padding: got .*half the size"),
    (lambda m: m.max_pool2d(a, (2, 5), padding=(2, 0)), ValueError, "^padding: got .*half the size"),
    (
        lambda m: m.conv_transpose2d(z, w, stride=2**40),
        ValueError,
        "^stride: the output: got .*memory can hold",
    ),
]


@pytest.mark.parametrize("module", TELLINGS)
@pytest.mark.parametrize("call, error, message", named(REFUSED_TOO))
def test_what_cannot_work_is_refused_by_every_telling(call, error, message, module):
    with pytest.raises(error, match=message):
        call(module)


def test_a_small_argmax_points_into_a_wide_window():
    dp, argmax = np.ones((1, 1, 1, 1)), np.zeros((1, 1, 1, 1), np.int8)
    da = cnnlab.max_pool2d_backward(dp, argmax + 100, (1, 2, 300, 1), (1, 200), padding=(0, 1), stride=300)
    assert da[0, 0, 99, 0] == 1 == da.sum()
