"""The fast path against PyTorch's numbers, against loops, and at the edges of each of its ideas."""

import contextlib
import multiprocessing
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from torch_cases import cnnlab_results, disagreement, load_vectors

import cnnlab
from cnnlab import _entry, fast, reference, textbook
from cnnlab._implementation import choose
from cnnlab.fast import measured, plan, products, scratch, threads

RESULTS = ("z", "da", "dw")
F32, F64 = np.dtype(np.float32), np.dtype(np.float64)


@pytest.fixture(autouse=True)
def plans_of_ones_own():
    """Let no test see a plan made for the numbers that another one measured."""
    plan._plan.cache_clear()
    yield
    plan._plan.cache_clear()


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


@pytest.mark.parametrize("name", LAYERS)
def test_layers_at_the_edges(name):
    shape, kernel, options = LAYERS[name]
    arrays, g = draw(shape, kernel, **options)
    a, w, b, delta = arrays
    expected = (
        reference.conv2d(a, w, b, **options),
        reference.conv2d_input_grad(delta, w, shape, **options),
        reference.conv2d_weight_grad(delta, a, kernel, **options),
    )
    assert_close(fast_results(arrays, g), expected)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("size", [1, 9000, 40_000])
def test_blocks_make_no_difference(name, size, monkeypatch):
    """Cut into single rows, some rows, some images; 5 images, so that the last block is smaller."""
    (_, *image), kernel, options = LAYERS[name]
    arrays, g = draw((5, *image), kernel, **options)
    expected = textbook_results(arrays, g)
    monkeypatch.setattr(measured, "FEW_CHANNELS_BYTES", size)
    monkeypatch.setattr(measured, "MANY_CHANNELS_BYTES", size)
    assert_close(fast_results(arrays, g), expected)


@pytest.mark.parametrize("name", LAYERS)
@pytest.mark.parametrize("small", [1, 5000])
def test_pieces_make_no_difference(name, small, monkeypatch):
    """No small product at all; or many, of which the last is smaller."""
    arrays, g = draw(*LAYERS[name][:2], **LAYERS[name][2])
    expected = textbook_results(arrays, g)
    monkeypatch.setattr(measured, "SMALL_PRODUCT", small)
    monkeypatch.setattr(measured, "FEWEST_ROWS", 1)
    monkeypatch.setattr(measured, "FEWEST_TERMS", 1)
    monkeypatch.setattr(measured, "MOST_TERMS", 7)
    assert_close(fast_results(arrays, g), expected)


def paths(name):
    """Return which ideas a layer of the list meets, forward and back."""
    shape, kernel, options = LAYERS[name]
    p = plan.Plan.of(geometry(shape, kernel, **options)[2], F64)
    return {
        "pixels": p.pointwise,
        "winograd": p.forward.scheme.transform is not None,
        "winograd back": [route.scheme.transform is not None for _, route in p.back if route],
        "neighbours": p.forward.reading.group,
        "large": p.by_columns,
    }


def test_every_path_is_reached():
    found = {name: paths(name) for name in LAYERS if "group" not in name}
    assert sum(p["pixels"] for p in found.values()) == 2
    assert found["many channels: two rows at a time"]["winograd"]
    assert not found["few channels: a product for each tap"]["winograd"]
    assert found["many kernels: two rows at a time on the way back"]["winograd back"] == [True]
    assert found["a stride with a remainder"]["winograd back"] == [True, False]
    assert {p["neighbours"] for p in found.values()} == {1, 2, 4}
    large = ["large taps", "large taps, one kernel column", "large taps, one kernel row"]
    assert [name for name, p in found.items() if p["large"]] == large


@pytest.mark.parametrize("kind", ["conv2d", "conv_transpose2d"])
def test_pytorch_agrees(kind):
    """Its committed results of random layers, all of them by the fast path."""
    for case, arrays, cotangent, expected in load_vectors():
        if case["kind"] == kind:
            ours = cnnlab_results(case, arrays, lambda shape, cotangent=cotangent: cotangent, fast)
            assert disagreement(ours, expected) < 1e-10, case


# ---- which layers come here


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


# ---- what float32 loses


def rms(value):
    return np.sqrt(np.mean(np.square(value)))


@pytest.mark.parametrize(
    ("shape", "kernel", "options"),
    [
        ((8, 28, 28, 1), (8, 5, 5, 1), {"padding": 2}),
        ((16, 14, 14, 8), (16, 5, 5, 8), {"padding": 2}),
        ((4, 32, 32, 16), (32, 3, 3, 16), {"padding": 1}),
        ((2, 28, 28, 64), (64, 3, 3, 64), {"padding": 1}),
        ((2, 64, 64, 3), (32, 3, 3, 3), {"padding": 1, "stride": 2}),
        ((2, 14, 14, 128), (128, 3, 3, 128), {"padding": 1}),
        ((2, 28, 28, 64), (128, 1, 1, 64), {}),
        ((2, 17, 16, 24), (40, 7, 5, 24), {"padding": (3, 2)}),
        ((2, 17, 16, 24), (40, 2, 2, 24), {}),
        ((2, 17, 16, 32), (48, 4, 3, 8), {"groups": 4}),
        ((1, 3, 400, 16), (16, 3, 3, 16), {}),
    ],
)  # fmt: skip
def test_float32_loses_little_more_than_with_im2col(shape, kernel, options, monkeypatch):
    """At most 2.5 times as much, root mean square over all entries of each result."""
    worst = dict.fromkeys(RESULTS, 0.0)
    for seed in range(3):
        arrays, g = draw(shape, kernel, np.float32, seed=seed, **options)
        exact = textbook_results([value.astype(np.float64) for value in arrays], g)
        textbook = textbook_results(arrays, g)
        for name, ours, theirs, right in zip(RESULTS, fast_results(arrays, g), textbook, exact, strict=True):
            assert ours.dtype == np.float32
            worst[name] = max(worst[name], rms(ours - right) / rms(theirs - right))
    assert max(worst.values()) < 2.5, worst


@pytest.mark.parametrize(
    ("shape", "kernel"),
    [((4000, 4, 4, 16), (4, 3, 3, 16)), ((4000, 4, 4, 4), (4, 3, 3, 4)), ((2000, 2, 2, 9), (4, 1, 1, 9))],
)
def test_a_sum_over_many_blocks_keeps_its_digits(shape, kernel, monkeypatch):
    monkeypatch.setattr(measured, "FEW_CHANNELS_BYTES", 1)  # every image is a block
    monkeypatch.setattr(measured, "MANY_CHANNELS_BYTES", 1)
    a, g = np.full(shape, 0.1, np.float32), geometry(shape, kernel)[2]
    dw = fast.conv2d_weight_grad.checked(np.ones(g.output, np.float32), a, g)
    assert dw.dtype == np.float32
    exact = shape[0] * g.count[0] * g.count[1] * float(np.float32(0.1))
    np.testing.assert_allclose(dw, exact, rtol=1e-6)


def test_an_infinite_pixel_stays_near():
    """It reaches the windows around its own, in its image; nothing else changes."""
    for shape, kernel in (((2, 12, 12, 17), (18, 3, 3, 17)), ((2, 12, 12, 1), (4, 3, 3, 1))):
        (a, w, b, _), g = draw(shape, kernel)
        z = fast.conv2d.checked(a, w, b, g)
        a[1, 5, 6, 0] = np.inf
        with np.errstate(invalid="ignore"):
            spoilt = fast.conv2d.checked(a, w, b, g)
        touched = ~np.isfinite(spoilt).all(axis=3)
        places = np.argwhere(touched)
        assert (places >= [1, 2, 1]).all() and (places <= [1, 6, 9]).all()
        assert touched[1, 3:6, 4:7].all()
        np.testing.assert_allclose(spoilt[~touched], z[~touched], rtol=1e-12, atol=1e-12)


def test_a_long_sum_is_cut():
    ones, a = np.ones((1, 1, 200_000, 1), np.float32), np.full((1, 1, 200_000, 1), 0.1, np.float32)
    with scratch.frame():
        total = products.multiply_transposed(a, ones)
    np.testing.assert_allclose(total, 200_000 * float(np.float32(0.1)), rtol=1e-6)


# ---- memory and threads


def take_and_give_back():
    f32 = np.dtype(np.float32)
    with scratch.frame():
        scratch.take((10_000,), f32)
    with scratch.frame():
        one, other = scratch.take((3, 5), f32), scratch.take((100,), f32)
        assert not np.shares_memory(one, other) and one.shape == (3, 5) and one.dtype == f32
        assert one.ctypes.data % 64 == other.ctypes.data % 64 == 0
        with scratch.frame():
            inner = scratch.take((7,), f32)
        again = scratch.take((7,), f32)
        assert np.shares_memory(inner, again) and not np.shares_memory(again, other)
        large = scratch.take((10**6,), f32)  # in a larger buffer; what was taken before is still there
        one[...] = 1
        large[...] = 2
        assert (one == 1).all() and large.ctypes.data % 64 == 0
    with scratch.frame():
        assert not np.shares_memory(scratch.take((10,), f32), one)
    return one, large


def test_scratch_is_kept_and_starts_on_a_line():
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(1) as other:  # each has a buffer of its own
        arrays = [*one.submit(take_and_give_back).result(), *other.submit(take_and_give_back).result()]
    assert not any(np.shares_memory(arrays[i], arrays[j]) for i in range(4) for j in range(i))
    assert scratch.aligned((3,), np.dtype(np.float32)).ctypes.data % 64 == 0


def test_a_frame_is_given_back_when_something_fails():
    f32 = np.dtype(np.float32)
    with scratch.frame():
        first = scratch.take((8,), f32)
    with pytest.raises(ZeroDivisionError), scratch.frame():
        scratch.take((8,), f32)
        raise ZeroDivisionError
    with scratch.frame():
        assert np.shares_memory(scratch.take((8,), f32), first)


def test_results_are_not_scratch():
    arrays, g = draw((3, 12, 12, 17), (18, 3, 3, 17))
    first = fast_results(arrays, g)
    copies = [value.copy() for value in first]
    fast_results([-value for value in arrays], g)
    for one, copy in zip(first, copies, strict=True):
        np.testing.assert_array_equal(one, copy)


class Blas:
    """A stand-in for threadpoolctl's handle: so many threads, and a note of what was limited."""

    def __init__(self, count):
        self.lib_controllers, self.limits = [self], []
        self.num_threads = count

    @contextlib.contextmanager
    def limit(self, limits):
        self.limits.append(limits)
        before, self.num_threads = self.num_threads, limits
        yield
        self.num_threads = before


@pytest.fixture
def blas(monkeypatch):
    """Let there be a BLAS of two threads."""
    one = Blas(2)
    monkeypatch.setattr(threads, "_blas", lambda: one)
    return one


@pytest.mark.parametrize("count", [2, 3, 7])
def test_threads_make_no_difference(count, blas, monkeypatch):
    blas.num_threads = count
    for name in ("FEW_CHANNELS_BYTES", "MANY_CHANNELS_BYTES"):
        monkeypatch.setattr(measured, name, 60_000)
    monkeypatch.setattr(measured, "FEWEST_SHARED_STEPS", 1)
    layers = [
        LAYERS[name]
        for name in LAYERS
        if "many" in name or "few" in name or "pixel" in name or "large" in name
    ]
    draws = [draw((9, *shape[1:]), kernel, **options) for shape, kernel, options in layers]
    alone = [fast_results(arrays, g) for arrays, g in draws]
    shared, share = [], threads.share
    monkeypatch.setattr(threads, "share", lambda work, items, n: shared.append(n) or share(work, items, n))
    with fast.held():
        for (arrays, g), expected in zip(draws, alone, strict=True):
            assert_close(fast_results(arrays, g), expected, 1e-13)
    assert max(shared) == count and blas.limits == [1]  # held once, however many calls


def test_blas_is_held_once_and_left_alone_outside(blas):
    (a, w, b, _), g = draw((40, 20, 20, 16), (16, 3, 3, 16))
    fast.conv2d.checked(a, w, b, g)
    assert blas.limits == [] and threads.allowed() == 1
    with fast.held():
        assert threads.allowed() == 2 and blas.num_threads == 1
        with fast.held():
            assert threads.allowed() == 2
        assert threads.allowed() == 2 and blas.num_threads == 1 and blas.limits == [1]
    assert threads.allowed() == 1 and blas.num_threads == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_what_ends_a_hold_gives_blas_its_threads_back(blas, error):
    def work(part):
        raise error

    with pytest.raises(error), fast.held():
        threads.share(work, [1, 2], 2)
    assert blas.num_threads == 2 and threads.allowed() == 1 and not threads._state.busy.locked()


def test_two_trainings_at_once_share_a_hold(blas):
    inside, go = threading.Event(), threading.Event()

    def other():
        with fast.held():
            inside.set()
            go.wait(20)

    with fast.held():
        thread = threading.Thread(target=other)
        thread.start()
        assert inside.wait(20)
    assert blas.num_threads == 1  # the other one is still at work
    go.set()
    thread.join(20)
    assert blas.num_threads == 2 and blas.limits == [1]


def test_who_trains_and_who_evaluates_holds(blas):
    class Spy(cnnlab.Layer):
        def _forward(self, a, *, training):
            seen.append((training, blas.num_threads))
            return a.copy(), None

        def _backward(self, dout, cache):
            return dout.copy(), {}

    seen, x = [], np.random.default_rng(0).standard_normal((4, 3))
    model = cnnlab.Sequential(cnnlab.Dense(3, 2, rng=0), Spy())
    cnnlab.fit(
        model, x, [0, 1, 0, 1], epochs=2, batch_size=2, learning_rate=0.1, momentum=0.0, progress=False
    )
    cnnlab.evaluate(model, x, [0, 1, 0, 1])
    assert seen == [(False, 2), *[(True, 1)] * 4, (False, 1)]  # a row to see whether it fits, batches, all
    assert blas.limits == [1, 1] and blas.num_threads == 2


def test_each_thread_has_neighbouring_blocks_and_the_order_is_kept():
    barrier, names = threading.Barrier(3, timeout=20), set()

    def work(part):
        barrier.wait()  # fails if fewer than three work at once
        names.add(threading.current_thread().name)
        return list(part)

    least = measured.FEWEST_SHARED_STEPS
    assert [threads.worth(steps, 3) for steps in (10**9, 2 * least, 2 * least - 1, 0)] == [3, 2, 1, 1]
    assert threads.share(work, list(range(8)), 3) == [[0, 1], [2, 3, 4], [5, 6, 7]]
    assert len(names) == 3
    assert threads.share(list, [0, 1, 2], 1) == [[0, 1, 2]]
    assert threads.share(list, [0], 3) == [[0]]


def test_a_second_call_does_not_wait_for_the_pool():
    assert threads._state.busy.acquire(blocking=False)
    try:
        assert threads.share(list, [1, 2, 3], 2) == [[1, 2, 3]]
    finally:
        threads._state.busy.release()
    assert len(threads.share(list, [1, 2, 3], 2)) == 2
    assert not threads._state.busy.locked()


def test_where_no_thread_can_be_had_there_is_one_part(monkeypatch):
    class Ended:
        def submit(self, *_):
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    monkeypatch.setattr(threads, "_pool", Ended)
    assert threads.share(list, [1, 2, 3], 2) == [[1, 2, 3]] and not threads._state.busy.locked()


def test_one_thread_where_threadpoolctl_finds_no_blas(blas):
    blas.lib_controllers = []
    with fast.held():
        assert threads.allowed() == 1


def test_an_error_in_a_thread_is_raised_and_frees_the_pool():
    def work(part):
        raise ZeroDivisionError(str(part))

    with pytest.raises(ZeroDivisionError):
        threads.share(work, [1, 2], 2)
    assert not threads._state.busy.locked()


def test_an_error_waits_for_the_other_parts():
    """They write into arrays of the call that has failed."""
    ended = []

    def work(part):
        if part == [1]:
            raise ZeroDivisionError
        time.sleep(0.1)
        ended.append(part)

    with pytest.raises(ZeroDivisionError):
        threads.share(work, [1, 2], 2)
    assert ended == [[2]]


def test_a_hold_that_fails_is_none(blas, monkeypatch):
    def fails(limits):
        raise RuntimeError("no BLAS to hold")

    with monkeypatch.context() as patch:
        patch.setattr(blas, "limit", fails)
        with pytest.raises(RuntimeError, match="no BLAS"), fast.held():
            pass
    with fast.held():
        assert threads.allowed() == 2 and blas.limits == [1]


def test_one_thread_without_threadpoolctl_and_in_a_browser(monkeypatch):
    import builtins
    import sys

    threads._blas.cache_clear()
    try:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "platform", "emscripten")
            assert threads._blas() is None
        threads._blas.cache_clear()
        keep = builtins.__import__

        def without(name, *rest):
            if name == "threadpoolctl":
                raise ImportError
            return keep(name, *rest)

        with monkeypatch.context() as patch:
            patch.setattr(builtins, "__import__", without)
            assert threads._blas() is None
            with fast.held():
                assert threads.allowed() == 1
    finally:
        threads._blas.cache_clear()


def _in_a_child(connection, arrays, g):
    held_before = threads.allowed(), threads._state.busy.locked(), threads._blas().num_threads
    with fast.held():
        connection.send((held_before, fast.conv2d.checked(*arrays[:3], g)))


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # a process with threads forks, on purpose
def test_a_forked_process_makes_its_own_threads(blas, monkeypatch):
    """Even if its parent was at work: it begins with nothing held, and no pool."""
    arrays, g = draw((9, 8, 6, 17), (18, 3, 2, 17))
    monkeypatch.setattr(measured, "FEWEST_SHARED_STEPS", 1)
    for name in ("FEW_CHANNELS_BYTES", "MANY_CHANNELS_BYTES"):
        monkeypatch.setattr(measured, name, 60_000)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=_in_a_child, args=(there, arrays, g), daemon=True)
    with fast.held(), threads._state.busy:
        expected = fast.conv2d.checked(*arrays[:3], g)
        child.start()
    assert here.poll(30), "the child waits for threads that it does not have"
    held_before, result = here.recv()
    assert held_before == (1, False, 2)
    np.testing.assert_array_equal(result, expected)
    child.join(30)


# ---- sums of rows


@pytest.mark.parametrize(
    "shape",
    [(1, 1), (5, 3), (128, 1), (16384, 1), (16385, 1), (300, 128), (257, 200), (1000, 60), (17_000, 130)],
)
def test_sums_of_rows(shape):
    matrix = np.random.default_rng(0).standard_normal(shape)
    np.testing.assert_allclose(products.sum_rows(matrix), matrix.sum(axis=0), rtol=1e-11, atol=1e-11)


# ---- pooling

POOLINGS = [
    ((2, 8, 6, 3), 2, {}),
    ((2, 9, 7, 3), 2, {}),
    ((2, 9, 7, 33), (3, 2), {"stride": 2}),
    ((2, 9, 8, 3), (2, 3), {"stride": (2, 1)}),
    ((2, 9, 8, 3), 3, {"stride": 2}),
    ((2, 9, 8, 40), 3, {"stride": 2}),
    ((2, 9, 8, 3), 2, {"stride": 3}),
    ((2, 9, 8, 34), (1, 2), {"stride": (3, 4)}),
    ((2, 9, 8, 3), 1, {}),
    ((2, 9, 8, 3), (2, 1), {"stride": 1}),
    ((2, 9, 8, 3), 8, {"stride": 1}),
    ((1, 3, 4, 1), (3, 4), {}),
    ((5, 3, 4, 2), 2, {}),
    ((7, 4, 3, 1), 2, {}),
    ((2, 9, 8, 3), (3, 2), {"stride": (2, 3)}),
    ((2, 9, 8, 3), (2, 3), {"stride": 2}),
    ((2, 6, 6, 3), 3, {"stride": 2}),
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("shape", "size", "options"), POOLINGS)
@pytest.mark.parametrize("block", [1, 800_000])
def test_pooling(shape, size, options, dtype, block, monkeypatch):
    monkeypatch.setattr(measured, "POOLING_BYTES", block)
    rng = np.random.default_rng(0)
    for a in (rng.standard_normal(shape).astype(dtype), rng.integers(0, 3, shape).astype(dtype)):  # ties, too
        given = a.copy()
        p, argmax = fast.max_pool2d(a, size, **options)
        right, where = reference.max_pool2d(a, size, **options)
        np.testing.assert_array_equal(p, right)
        np.testing.assert_array_equal(argmax, where)
        assert argmax.dtype == np.intp and p.dtype == dtype
        dp = rng.standard_normal(p.shape).astype(dtype)
        da = fast.max_pool2d_backward(dp, argmax, shape, size, **options)
        close = {"rtol": 1e-5, "atol": 1e-5} if dtype == np.float32 else {"rtol": 1e-12, "atol": 1e-12}
        np.testing.assert_allclose(
            da, reference.max_pool2d_backward(dp, where, shape, size, **options), **close
        )
        means = fast.avg_pool2d(a, size, **options)
        np.testing.assert_allclose(means, reference.avg_pool2d(a, size, **options), **close)
        da = fast.avg_pool2d_backward(dp, shape, size, **options)
        np.testing.assert_allclose(da, reference.avg_pool2d_backward(dp, shape, size, **options), **close)
        assert da.dtype == means.dtype == dtype
        np.testing.assert_array_equal(a, given)
        assert scratch._kept.used == 0


def chosen(a, size, **options):
    return choose(_entry.max_pool2d(a, size, **options)[1], a.dtype)


def test_pooling_leaves_nan_and_padding_to_the_loops():
    a = np.zeros((1, 4, 4, 1))
    a[0, 0, 1] = a[0, 1, 0] = np.nan
    p, argmax = fast.max_pool2d(a, 2)
    assert np.isnan(p[0, 0, 0, 0]) and argmax[0, :, :, 0].tolist() == [[1, 0], [0, 0]]
    a = np.zeros((1, 32, 32, 1))
    assert chosen(a, 2) is fast and chosen(a, 2, padding=1) is textbook
    assert chosen(a[:, :31], 2) is textbook  # too small to be worth the trouble
    for refused in ({"padding": 1}, {"stride": 1, "padding": (0, 1)}):
        with pytest.raises(ValueError, match=r"padding.*cnnlab\.textbook pools any"):
            fast.max_pool2d(a, 2, **refused)
    for size in ((9, 9), (9, 8), (8, 9), (65, 1), (1, 65), (2, 40), (40, 2)):
        assert chosen(np.zeros((1, 70, 70, 1)), size) is textbook, size
    assert chosen(np.zeros((1, 70, 70, 1)), (64, 1)) is fast
    assert chosen(np.zeros((1, 70, 70, 1), int), 2) is textbook
    a = np.full((1, 2, 2, 1), -np.inf)
    assert fast.max_pool2d(a, 2)[1].item() == 0


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 1)])
@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_an_infinite_error_reaches_the_maximum_only(size, stride, value):
    a = np.arange(32.0).reshape(1, 4, 4, 2)
    p, argmax = fast.max_pool2d(a, size, stride=stride)
    dp = np.ones(p.shape)
    dp[0, 0, 0, 0] = value
    da = fast.max_pool2d_backward(dp, argmax, a.shape, size, stride=stride)
    np.testing.assert_array_equal(da, reference.max_pool2d_backward(dp, argmax, a.shape, size, stride=stride))


@pytest.mark.parametrize("size", [(3, 2), (2, 3)])
def test_an_argmax_outside_of_an_oblong_window(size):
    with pytest.raises(ValueError, match="argmax"):
        fast.max_pool2d_backward(np.ones((1, 1, 1, 1)), np.full((1, 1, 1, 1), 6), (1, 3, 3, 1), size)


@pytest.mark.parametrize("size", [(3, 2), (2, 3)])
def test_the_loops_know_oblong_windows_too(size):
    a = np.random.default_rng(0).permutation(36).reshape(1, 6, 6, 1)  # integers take the loops
    p, argmax = textbook.max_pool2d(a, size)
    expected = reference.max_pool2d_backward(p, argmax, a.shape, size)
    np.testing.assert_array_equal(textbook.max_pool2d_backward(p, argmax, a.shape, size), expected)


def test_a_wrong_argmax_is_refused_on_the_fast_path_too():
    for wrong in (-1, 4):
        argmax = np.zeros((1, 2, 2, 1), int)
        argmax[0, 1, 1] = wrong
        with pytest.raises(ValueError, match=r"argmax: got 1 position\(s\) outside"):
            fast.max_pool2d_backward(np.ones((1, 2, 2, 1)), argmax, (1, 4, 4, 1), 2)
