"""Layers and the network as a whole."""

import copy
import pickle

import numpy as np
import pytest
from helpers.networks import RNG, TRAINING, X, Y, backward, loss_of, small_network

import cnnlab
from cnnlab import (
    Activate,
    AvgPool2D,
    Conv2D,
    Dense,
    Flatten,
    Layer,
    MaxPool2D,
    Sequential,
    evaluate,
    fit,
    tanh,
)
from cnnlab.gradients import check_vjp, complex_step_gradient, directional_check
from cnnlab.losses import softmax_cross_entropy


def test_every_gradient_of_a_network_by_the_complex_step():
    model = small_network(pool=AvgPool2D)
    for layer in model.layers:
        if "b" in layer.parameters:
            layer.parameters["b"][...] += RNG.standard_normal(layer.parameters["b"].shape)
    da = backward(model)
    np.testing.assert_allclose(da, complex_step_gradient(loss_of(model), X), rtol=1e-9, atol=1e-14)
    for name, value in model.parameters.items():
        expected = complex_step_gradient(loss_of(model, name), value)
        np.testing.assert_allclose(model.gradients[name], expected, rtol=1e-9, atol=1e-14, err_msg=name)


def test_every_gradient_with_max_pooling_along_a_random_direction():
    model = small_network()
    assert directional_check(loss_of(model), X, backward(model), rng=0) < 1e-7
    for name, value in model.parameters.items():
        assert directional_check(loss_of(model, name), value, model.gradients[name], rng=0) < 1e-7, name


def test_batch_size_does_not_change_the_gradient_of_the_mean():
    model = small_network()
    _, delta = softmax_cross_entropy(model.forward(X), Y)
    model.backward(delta)
    whole = model.gradients
    total = {name: 0.0 for name in whole}
    for i in range(3):
        _, delta = softmax_cross_entropy(model.forward(X[i : i + 1]), Y[i : i + 1])
        model.backward(delta / 3)
        total = {name: total[name] + g for name, g in model.gradients.items()}
    for name in whole:
        np.testing.assert_allclose(whole[name], total[name], rtol=1e-10, atol=1e-15)


def test_layers_refuse_what_does_not_fit():
    shared = Activate(tanh)
    cases = [
        (lambda: Conv2D(3, 4, 3, groups=2), ValueError, "^groups: got 2"),
        (lambda: Conv2D(0, 4, 3), ValueError, "^channels: got 0"),
        (lambda: MaxPool2D(2, padding=2), ValueError, "^padding: got 2"),
        (lambda: MaxPool2D(2, ceil_mode=True), TypeError, r"^MaxPool2D.__init__\(\) got .*ceil_mode"),
        (lambda: Conv2D(2, 3, 3, padding="same"), ValueError, "^padding: got 'same', .*np.pad"),
        (lambda: AvgPool2D(2, count_include_pad="no"), TypeError, "^count_include_pad: "),
        (lambda: Dense(3, 2.0), TypeError, "^outputs: got 2.0"),
        (lambda: Dense(3, 2).forward(np.ones((4, 5))), ValueError, r"^a: got shape \(4, 5\)"),
        (lambda: Dense(3, 2).backward(np.ones((4, 2))), RuntimeError, "expected a forward pass"),
        (lambda: Activate(np.tanh), TypeError, "^activation: "),
        (lambda: Sequential(), ValueError, "^layers: got none"),
        (lambda: Sequential(np.tanh), TypeError, "^layers: "),
        (lambda: Sequential(shared, Sequential(shared)), ValueError, "^layers: got the same layer twice"),
        (lambda: Conv2D(2, 4, 3).forward(np.ma.masked_less(X, 0)), TypeError, "^a: got a masked array"),
        (lambda: fit(small_network(), X, Y, rng=0, validation=X, **TRAINING), ValueError, "^validation: "),
        (lambda: Sequential(*[Activate(tanh)] * 2), ValueError, "^layers: got the same layer twice"),
    ]
    for call, error, message in cases:
        with pytest.raises(error, match=message):
            call()
    for layer, x in [
        (Conv2D(2, 4, 3), X), (Dense(3, 2), np.ones((4, 3))), (MaxPool2D(2), X), (AvgPool2D(2), X),
        (Activate(tanh), X), (Flatten(), X),
    ]:  # fmt: skip
        out = layer.forward(x)
        with pytest.raises(ValueError, match="^dout: got shape"):
            layer.backward(out[:1])  # would broadcast


def test_padding_of_a_pool_reaches_its_backward_pass():
    for layer in (
        MaxPool2D(3, stride=2, padding=1),
        AvgPool2D(3, stride=2, padding=1, count_include_pad=False),
    ):
        p = layer.forward(X)
        v = RNG.standard_normal(p.shape)
        assert (
            directional_check(lambda t, layer=layer, v=v: (layer.forward(t) * v).sum(), X, layer.backward(v))
            < 1e-7
        )


def test_the_mappings_cannot_be_written_and_the_arrays_can():
    layer, model = Dense(3, 2, rng=0), small_network()
    for one, name in ((layer, "w"), (model, "0.w")):
        with pytest.raises(TypeError, match="does not support item assignment"):
            one.parameters[name] = np.zeros_like(one.parameters[name])
        one.parameters[name][...] = 7
        assert (one.parameters[name] == 7).all()
        with pytest.raises(TypeError, match="does not support item assignment"):
            one.gradients["w"] = 0


def test_a_failing_layer_says_where_it_stands():
    model = Sequential(Flatten(), Sequential(Activate(tanh), Dense(7, 2)))
    with pytest.raises(ValueError, match="^a: got shape") as caught:
        model.forward(X)
    assert caught.value.__notes__ == ["in layer 1: Dense(7, 2)", f"in layer 1: {model.layers[1]!r}"]
    model = small_network()
    out = model.forward(X)
    with pytest.raises(ValueError, match="^dout: got shape") as caught:
        model.backward(out[:, :2])
    assert caught.value.__notes__ == ["in layer 6: Dense(12, 5)"]


@pytest.mark.parametrize(
    "dout", [np.ma.masked_less(np.ones((3, 5)), 0), [["a"] * 5] * 3, np.ones((3, 5)) > 0]
)
def test_backward_refuses_what_is_not_numbers(dout):
    model = small_network()
    model.forward(X)
    for layer in (model, model.layers[-1]):
        with pytest.raises(TypeError, match="^dout: got "):
            layer.backward(dout)
    activate = Activate(tanh)
    activate.forward(np.ones((3, 5)))
    with pytest.raises(TypeError, match="^dout: got "):
        activate.backward(dout)


def test_what_a_layer_returns_is_never_a_view_of_an_argument():
    for layer in (Flatten(), Activate(cnnlab.identity), AvgPool2D(1), MaxPool2D(1)):
        a = X.copy()
        out = layer.forward(a)
        dout = RNG.standard_normal(out.shape)
        da = layer.backward(dout)
        assert not np.shares_memory(out, a) and not np.shares_memory(da, dout), layer


def test_nothing_is_kept_where_nothing_will_go_back():
    model = small_network()
    backward(model)
    full = len(pickle.dumps(model))
    assert full < 2 * sum(w.nbytes for w in model.parameters.values()) + 10_000
    assert all(layer._cache is None for layer in pickle.loads(pickle.dumps(model)).layers)
    assert model.layers[0]._cache is not None
    evaluate(model, X, Y)
    assert all(layer._cache is None for layer in model.layers)
    model.forward(X, training=False)
    with pytest.raises(RuntimeError, match=r"^Dense\(12, 5\): expected a forward pass"):
        model.backward(np.ones((3, 5)))


class Scale(Layer):
    """A layer that a reader might write."""

    def __init__(self, factor):
        super().__init__(s=np.array(factor))

    def _forward(self, a, *, training):
        return self.parameters["s"] * a, a

    def _backward(self, dout, a):
        return self.parameters["s"] * dout, {"s": (dout * a).sum()}


def test_a_layer_of_ones_own_trains():
    model = Sequential(Flatten(), Scale(0.5), Dense(180, 5, rng=0))
    check_vjp(lambda x: model.forward(x), lambda v: model.backward(v), X, rng=0)
    loss = lambda s: loss_of(model, "1.s")(s)  # noqa: E731
    backward(model)
    assert directional_check(loss, model.parameters["1.s"], model.gradients["1.s"], rng=0) < 1e-7
    assert fit(model, X, Y, rng=0, **TRAINING)["loss"][-1] < 1.7 and repr(Scale(1.0)) == "Scale(1.0)"


def test_weights_start_with_the_variance_2_over_fan_in():
    w = Conv2D(8, 64, (5, 4), groups=2, rng=0).parameters["w"]
    assert w.std() == pytest.approx(np.sqrt(2 / (5 * 4 * 4)), rel=0.05) and abs(w.mean()) < 0.01
    assert Dense(400, 50, rng=0).parameters["w"].std() == pytest.approx(np.sqrt(2 / 400), rel=0.05)


def test_settings_reach_the_computation():
    pool = AvgPool2D(3, stride=2, padding=1)
    np.testing.assert_array_equal(pool.forward(X), cnnlab.avg_pool2d(X, 3, stride=2, padding=1))
    assert repr(Conv2D(4, 6, 3, stride=(2, 1), padding=1, groups=2)) == (
        "Conv2D(4, 6, (3, 3), stride=(2, 1), padding=(1, 1), dilation=(1, 1), groups=2)"
    )


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: Dense(1, 0), ValueError, "^outputs: got 0"),
        (lambda: Dense(0, 1), ValueError, "^inputs: got 0"),
        (lambda: Conv2D(2, 0, 3), ValueError, "^filters: got 0"),
        (lambda: Conv2D(2, 3, 0), ValueError, "^size: got 0"),
        (lambda: Conv2D(2, 3, 3, stride=0), ValueError, "^stride: got 0"),
        (lambda: Conv2D(2, 3, 3, padding=-1), ValueError, "^padding: got -1"),
        (lambda: Conv2D(2, 3, 3, dilation=0), ValueError, "^dilation: got 0"),
        (lambda: Conv2D(2, 4, 3, groups=0), ValueError, "^groups: got 0"),
        (lambda: Conv2D(2**40, 6, 3), ValueError, "^w: got 6 x 3 x 3 x 1099511627776 weights"),
        (lambda: Conv2D(10**30, 6, 3), ValueError, "^channels: got 1000"),
        (lambda: Conv2D(2, 3, 3, rng="a"), TypeError, "^rng: got 'a'"),
        (lambda: Conv2D(2, 3, 3).forward(X[..., :1]), ValueError, "^a: got 1 channels, expected 2"),
        (lambda: MaxPool2D(2, stride=0), ValueError, "^stride: got 0"),
        (lambda: MaxPool2D(0), ValueError, "^size: got 0"),
        (lambda: AvgPool2D(2, padding=-1), ValueError, "^padding: got -1"),
        (lambda: small_network().astype(int), TypeError, "^dtype: got <class 'int'>"),
        (lambda: small_network().astype("foo"), TypeError, "^dtype: got 'foo'"),
        (lambda: small_network().astype(None), TypeError, "^dtype: got None"),
        (lambda: small_network().set_parameters(None), TypeError, "^values: got None"),
        (lambda: small_network().set_parameters({"0.w": X}), ValueError, "^values: got the names"),
        (lambda: replaced("0.w", lambda w: w.astype(int)), TypeError, r"^0\.w: got dtype int64"),
        (lambda: replaced("0.w", lambda w: w.astype(object)), TypeError, r"^0\.w: got dtype object"),
        (lambda: replaced("6.b", lambda b: b[:1]), ValueError, r"^6\.b: got shape \(1,\), expected \(5,\)"),
    ],
)
def test_what_cannot_work_is_refused_when_it_is_made(call, error, message):
    with pytest.raises(error, match=message):
        call()


def replaced(name, change):
    model = small_network()
    model.set_parameters(model.parameters | {name: change(model.parameters[name])})


class Faulty(Scale):
    def __init__(self, fault):
        super().__init__(np.ones(3))
        self.fault = fault

    def _backward(self, dout, a):
        ds = (dout * a).sum(axis=0)
        return {
            "a name is missing": (dout, {}),
            "a gradient would broadcast": (dout, {"s": ds.sum(keepdims=True)}),
            "the input's gradient is another's": (dout[:1], {"s": ds}),
        }[self.fault]


@pytest.mark.parametrize(
    "fault", ["a name is missing", "a gradient would broadcast", "the input's gradient is another's"]
)
def test_what_a_layer_of_ones_own_gets_wrong_is_said_before_anything_moves(fault):
    model = Sequential(Dense(3, 3, rng=0), Faulty(fault), Dense(3, 5, rng=1))
    before = {name: w.copy() for name, w in model.parameters.items()}
    with pytest.raises(ValueError, match="Faulty"):
        fit(model, X[:, 0, :3, 0], Y, rng=0, **TRAINING)
    for name, w in model.parameters.items():
        np.testing.assert_array_equal(w, before[name])


def test_a_layer_owns_its_parameters():
    mine = np.array(1.0)
    model = Sequential(Dense(3, 3, rng=0), Scale(mine), Scale(np.float64(2.0)), Scale(3.0))
    fit(model, X[:, 0, :3, 0], np.array([0, 1, 2]), rng=0, **TRAINING)
    assert mine == 1 and model.parameters["2.s"] != 2
    model.layers[0].parameters["w"].flags.writeable = False
    with pytest.raises(ValueError, match="^model: got a read-only array for 0.w"):
        fit(model, X[:, 0, :3, 0], np.array([0, 1, 2]), rng=0, **TRAINING)
    with pytest.raises(TypeError, match="^s: got a masked array"):
        Layer(s=np.ma.masked_less(np.ones(3), 2))
    with pytest.raises(ValueError, match="^s: got shape"):
        Layer(s=np.zeros(0))


def test_a_failed_pass_leaves_nothing_of_an_older_one():
    model = small_network()
    model.forward(X)
    with pytest.raises(ValueError, match="pixels"):
        model.forward(X[:, :3])
    with pytest.raises(RuntimeError, match="expected a forward pass"):
        model.backward(np.ones((3, 5)))


def test_fit_does_not_ask_for_the_gradient_by_the_images(monkeypatch):
    model = cnnlab.Sequential(
        cnnlab.Sequential(cnnlab.Conv2D(1, 2, 3, rng=0)), cnnlab.Activate(cnnlab.tanh),
        cnnlab.Conv2D(2, 3, 3, rng=1), cnnlab.Flatten(), cnnlab.Dense(12, 2, rng=2),
    )  # fmt: skip
    asked, keep = [], cnnlab.convolution.conv2d_input_grad
    monkeypatch.setattr(
        cnnlab.convolution,
        "conv2d_input_grad",
        lambda delta, w, *rest, **options: asked.append(w.shape) or keep(delta, w, *rest, **options),
    )
    x = np.random.default_rng(0).standard_normal((4, 6, 6, 1))
    logits = model.forward(x)
    delta = np.random.default_rng(1).standard_normal(logits.shape)
    model.backward(delta)
    gradients = {name: value.copy() for name, value in model.gradients.items()}
    asked.clear()
    model.forward(x)
    model.parameter_gradients(delta)
    assert asked == [(3, 3, 3, 2)]
    for name, value in model.gradients.items():
        np.testing.assert_array_equal(value, gradients[name])
    asked.clear()
    cnnlab.fit(model, x, np.array([0, 1, 0, 1]), epochs=1, batch_size=2, learning_rate=0.1, momentum=0.0,
               rng=0, progress=False)  # fmt: skip
    assert asked == [(3, 3, 3, 2)] * 2  # never the first layer's


def test_an_error_in_the_first_layer_says_so_on_the_way_back():
    class Broken(cnnlab.Layer):
        def _forward(self, a, *, training):
            return a.copy(), None

        def _backward(self, dout, cache):
            raise ZeroDivisionError

    model = cnnlab.Sequential(Broken(), cnnlab.Activate(cnnlab.tanh))
    for back in (model.backward, model.parameter_gradients):
        model.forward(np.ones((1, 2)))
        with pytest.raises(ZeroDivisionError) as caught:
            back(np.ones((1, 2)))
        assert caught.value.__notes__ == ["in layer 0: Broken()"]


# ---- layers as a reader writes them, from the documentation alone


class BatchNorm(Layer):
    """Mean 0 and variance 1 for each channel of a batch, then a scale and a shift."""

    def __init__(self, channels, share=0.1):
        super().__init__(
            gamma=np.ones(channels),
            beta=np.zeros(channels),
            buffers={"mean": np.zeros(channels), "variance": np.ones(channels)},
        )
        self.share = share

    def _forward(self, a, *, training):
        axes = tuple(range(a.ndim - 1))
        mean, variance = self.buffers["mean"], self.buffers["variance"]
        if training:
            now = a.mean(axis=axes), a.var(axis=axes)
            for kept, value in zip((mean, variance), now, strict=True):
                kept += self.share * (value.real - kept)
            mean, variance = now
        deviation = np.sqrt(variance + 1e-5)
        normal = (a - mean) / deviation
        return self.parameters["gamma"] * normal + self.parameters["beta"], (normal, deviation)

    def _backward(self, dout, cache):
        normal, deviation = cache
        axes = tuple(range(dout.ndim - 1))
        dnormal = dout * self.parameters["gamma"]
        centred = dnormal - dnormal.mean(axis=axes) - normal * (dnormal * normal).mean(axis=axes)
        return centred / deviation, {"gamma": (dout * normal).sum(axis=axes), "beta": dout.sum(axis=axes)}


class Dropout(Layer):
    """While training, each number is 0 with probability p, and larger by 1 / (1 - p) otherwise."""

    def __init__(self, p, *, rng=None):
        super().__init__()
        self.p, self.rng = p, np.random.default_rng(rng)

    def _forward(self, a, *, training):
        kept = (self.rng.random(a.shape) >= self.p) / (1 - self.p) if training else np.ones(a.shape)
        return (a * kept).astype(a.dtype), kept

    def _backward(self, dout, kept):
        return (dout * kept).astype(dout.dtype), {}


class LeakyReLU(Layer):
    def __init__(self, slope):
        super().__init__()
        self.slope = slope

    def _forward(self, a, *, training):
        return np.where(a > 0, a, self.slope * a), a

    def _backward(self, dout, a):
        return np.where(a > 0, dout, self.slope * dout), {}


def normalized_network(seed=0):
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2D(2, 4, (3, 2), rng=rng), BatchNorm(4), Activate(tanh), Flatten(), Dropout(0.3, rng=seed),
        Dense(252, 5, rng=rng),
    )  # fmt: skip


def test_a_batch_normalization_has_the_gradients_that_calculus_says():
    layer = BatchNorm(3)
    for name in ("gamma", "beta"):
        layer.parameters[name][...] = RNG.standard_normal(3)
    a = RNG.standard_normal((4, 5, 2, 3))
    check_vjp(layer.forward, layer.backward, a, rng=0)
    v = RNG.standard_normal(a.shape)
    layer.forward(a)
    layer.backward(v)
    for name, value in layer.parameters.items():

        def loss(value, name=name):
            trial = copy.deepcopy(layer)
            trial.set_parameters(trial.parameters | {name: value})
            return (trial.forward(a) * v).sum()

        expected = complex_step_gradient(loss, value)
        np.testing.assert_allclose(layer.gradients[name], expected, rtol=1e-10)


def test_a_dropout_is_its_own_gradient():
    layer, a = Dropout(0.4, rng=0), RNG.standard_normal((6, 50))
    out, v = layer.forward(a), RNG.standard_normal(a.shape)
    np.testing.assert_allclose(layer.backward(v), v * out / a, rtol=1e-12)
    assert 0.3 < (out == 0).mean() < 0.5
    np.testing.assert_array_equal(layer.forward(a, training=False), a)


def test_evaluation_changes_nothing_and_says_the_same_twice():
    model = normalized_network()
    fit(model, X, Y, rng=0, **TRAINING)
    before = {name: value.copy() for name, value in model.buffers.items()}
    assert evaluate(model, X, Y) == evaluate(model, X, Y)
    for name, value in model.buffers.items():
        np.testing.assert_array_equal(value, before[name])


def test_statistics_see_the_batches_of_training_and_no_trial_row():
    model = Sequential(BatchNorm(2, 1.0), Flatten(), Dense(180, 5, rng=0))
    settings = TRAINING | {"epochs": 1, "batch_size": 3}
    fit(model, X, Y, rng=0, **settings)
    np.testing.assert_allclose(model.buffers["0.mean"], X.mean(axis=(0, 1, 2)), rtol=1e-12)
    np.testing.assert_allclose(model.buffers["0.variance"], X.var(axis=(0, 1, 2)), rtol=1e-12)


def test_buffers_are_saved_loaded_cast_and_never_trained(tmp_path):
    model, other = normalized_network(0), normalized_network(1)
    fit(model, X, Y, rng=0, **TRAINING)
    assert set(model.buffers) == {"1.mean", "1.variance"} and not set(model.buffers) & set(model.parameters)
    model.save(tmp_path / "m.npz")
    other.load(tmp_path / "m.npz")
    assert evaluate(other, X, Y) == evaluate(model, X, Y) and other == model
    assert {v.dtype for v in other.astype(np.float32).buffers.values()} == {np.dtype(np.float32)}
    assert other.forward(X.astype(np.float32), training=False).dtype == np.float32
    assert model.buffers["1.mean"].dtype == np.float64 and other != model
    with pytest.raises(TypeError, match="does not support item assignment"):
        model.buffers["1.mean"] = 0


def test_a_counter_stays_an_integer(tmp_path):
    class Counter(Layer):
        def __init__(self):
            super().__init__(buffers={"seen": np.array(0)})

        def _forward(self, a, *, training):
            self.buffers["seen"][...] += training
            return a.copy(), None

    layer, other = Counter(), Counter()
    layer(X)
    layer(X, training=False)
    layer.astype(np.float32).save(tmp_path / "m.npz")
    other.load(tmp_path / "m.npz")
    assert other.buffers["seen"] == 1 and other.buffers["seen"].dtype.kind == "i"


@pytest.mark.parametrize(
    "one, other",
    [
        (LeakyReLU(0.1), LeakyReLU(0.9)),
        (MaxPool2D(2), MaxPool2D(2, stride=1)),
        (AvgPool2D(2, padding=1), AvgPool2D(2, padding=1, count_include_pad=False)),
        (Conv2D(2, 4, 3, rng=0), Conv2D(2, 4, 3, dilation=2, rng=0)),
        (Conv2D(2, 4, 3, rng=0), Conv2D(2, 4, 3, rng=1)),
        (Activate(tanh), Activate(cnnlab.relu)),
        (BatchNorm(3), BatchNorm(3, 0.2)),
        (Dropout(0.5), Dropout(0.2)),
        (Dense(3, 2, rng=0), Dense(2, 3, rng=0)),
        (Flatten(), Activate(tanh)),
        (Sequential(LeakyReLU(0.1)), Sequential(LeakyReLU(0.9))),
        (Sequential(Flatten()), Sequential(Flatten(), Activate(tanh))),
    ],
    ids=repr,
)
def test_a_layer_is_what_its_constructor_was_told(one, other, tmp_path):
    assert one == copy.deepcopy(one) and one != other and one != 3
    assert pickle.loads(pickle.dumps(one)) == one if type(one).__module__ == "cnnlab.layers" else True
    if repr(one) == repr(other):  # the same layer with other weights
        one.save(tmp_path / "m.npz")
        other.load(tmp_path / "m.npz")
        assert one == other
        return
    one.save(tmp_path / "m.npz")
    with pytest.raises(ValueError, match=r"m\.npz: a file for another model: (the model|layer 0)"):
        other.load(tmp_path / "m.npz")


def test_three_and_a_pair_of_three_are_the_same_layer():
    assert MaxPool2D(3) == MaxPool2D((3, 3), stride=3, padding=0)
    assert Conv2D(2, 4, 3, rng=0) == Conv2D(filters=4, channels=2, size=[3, 3], rng=0, padding=(0, 0))


@pytest.mark.parametrize(
    "layer, shown",
    [
        (LeakyReLU(slope=0.1), "LeakyReLU(0.1)"),
        (Dropout(0.5, rng=3), "Dropout(0.5)"),
        (Layer(s=np.array(3.0)), "Layer(s=array(3.))"),
        (AvgPool2D(2), "AvgPool2D((2, 2), stride=(2, 2), padding=(0, 0), count_include_pad=True)"),
        (Sequential(Flatten(), Activate(tanh)), "Sequential(Flatten(), Activate(tanh))"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_repr_shows_what_the_constructor_was_told(layer, shown):
    assert repr(layer) == shown == repr(copy.deepcopy(layer))


def test_layers_can_be_called_and_a_network_is_a_sequence_of_them():
    model = small_network()
    np.testing.assert_array_equal(model(X), model.forward(X))
    model(X, training=False)
    with pytest.raises(RuntimeError, match="expected a forward pass"):
        model.backward(np.ones((3, 5)))
    assert len(model) == 7 and list(model) == list(model.layers) and model[-1] is model.layers[6]
    features = model[:-1]
    assert isinstance(features, Sequential) and len(features) == 6
    np.testing.assert_allclose(model[-1](features(X)), model(X))


def test_the_first_layer_need_not_know_its_gradient_by_the_input():
    layer, v = Conv2D(2, 3, 2, rng=0), RNG.standard_normal((3, 8, 9, 3))
    layer.forward(X)
    layer.backward(v)
    expected = dict(layer.gradients)
    layer.forward(X)
    for name, value in layer.parameter_gradients(v).items():
        np.testing.assert_array_equal(value, expected[name])


def broken(forward=lambda self, a: (a.copy(), None), backward=lambda self, dout: (dout.copy(), {})):
    """Make a layer of which one function is wrong."""

    class Broken(Layer):
        def __init__(self, size):
            super().__init__()

        def _forward(self, a, *, training):
            return forward(self, a)

        def _backward(self, dout, cache):
            return backward(self, dout)

    return Sequential(Flatten(), Broken(7))


@pytest.mark.parametrize(
    "model, error, message",
    [
        (
            broken(lambda self, a: a[:2]),
            TypeError,
            r"^_forward of Broken\(7\): got array.*expected a pair: the",
        ),
        (broken(lambda self, a: None), TypeError, r"^_forward of Broken\(7\): got None"),
        (
            broken(lambda self, a: (None, None)),
            TypeError,
            r"^Broken\(7\): the output: got dtype object|got None",
        ),
        (
            broken(backward=lambda self, d: (d, None)),
            ValueError,
            r"^Broken\(7\): gradients: got None, expected",
        ),
        (
            broken(backward=lambda self, d: d),
            TypeError,
            r"^_backward of Broken\(7\): got array.*a dict of grad",
        ),
        (broken(backward=lambda self, d: (d[:1], {})), ValueError, r"^Broken\(7\): da: got shape \(1, 180\)"),
        (broken(backward=lambda self, d: (d, {"w": 1})), ValueError, r"^Broken\(7\): gradients: got \['w'\]"),
        (Sequential(Layer()), NotImplementedError, "^Layer: expected a function _forward"),
    ],
)
def test_an_error_in_a_layer_of_ones_own_names_it_and_what_was_expected(model, error, message):
    with pytest.raises(error, match=message) as caught:
        model.backward(model.forward(X[:2]))
    assert any(note.startswith(f"in layer {len(model) - 1}: ") for note in caught.value.__notes__)


def test_a_buffer_is_no_parameter():
    with pytest.raises(ValueError, match=r"^buffers: got \['s'\], which are parameters, too"):
        Layer(s=np.ones(2), buffers={"s": np.ones(2)})


def test_a_subclass_with_its_own_mathematics_keeps_it_in_training():
    class Doubled(Conv2D):
        """Twice the convolution."""

        def __init__(self, channels, filters, *, rng=None, **options):
            super().__init__(channels, filters, 2, rng=rng, **options)

        def _forward(self, a, *, training):
            z, cache = super()._forward(a, training=training)
            return 2 * z, cache

        def _backward(self, dout, cache):
            return super()._backward(2 * dout, cache)

    model = Sequential(Doubled(2, 3, rng=0, padding=1), Flatten(), Dense(330, 5, rng=1))
    logits = model(X)
    v = RNG.standard_normal(logits.shape)
    model.backward(v)
    expected = dict(model.gradients)
    model(X)
    for name, gradient in model.parameter_gradients(v).items():
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-12)
    assert repr(model[0]) == "Doubled(2, 3, padding=1)" and model[0] == Doubled(2, 3, rng=0, padding=1)
    assert model[0] != Doubled(2, 3, rng=0, padding=0)


class Residual(Layer):
    def __init__(self, inner):
        super().__init__()
        self.layers = (inner,)

    def _forward(self, a, *, training):
        return a + self.layers[0].forward(a, training=training), None

    def _backward(self, dout, cache):
        return dout + self.layers[0].backward(dout), {}


def test_a_layer_inside_of_another_is_trained_saved_and_described(tmp_path):
    model, x = Sequential(Residual(Dense(4, 4, rng=0)), Dense(4, 5, rng=1)), X[:, 0, :2].reshape(3, 4)
    check_vjp(model.forward, model.backward, x, rng=0)
    before = model.parameters["0.0.w"].copy()
    fit(model, x, Y, rng=0, **TRAINING)
    assert not np.array_equal(before, model.parameters["0.0.w"])
    model.save(tmp_path / "m.npz")
    other = Sequential(Residual(Dense(4, 4)), Dense(4, 5))
    other.load(tmp_path / "m.npz")
    assert other == model and repr(model[0]) == "Residual(Dense(4, 4))"


@pytest.mark.parametrize("where", [lambda layer: layer, lambda layer: [layer], lambda layer: (1, layer)])
def test_a_layer_that_is_kept_elsewhere_is_refused(where):
    class Forgetful(Residual):
        def __init__(self, inner):
            super().__init__(inner)
            self.layers, self.kept = (), where(inner)

    with pytest.raises(ValueError, match="^Forgetful.*: kept: got a layer that is not in self.layers"):
        Sequential(Forgetful(Activate(tanh)))(X)


def test_no_layer_of_ones_own_modifies_an_argument_or_hands_out_a_view():
    class Idle(Layer):
        def _forward(self, a, *, training):
            return a, None

        def _backward(self, dout, cache):
            return dout[...], {}

    class Greedy(Idle):
        def _forward(self, a, *, training):
            a *= 2
            return a, None

    layer, a = Idle(), X.copy()
    out = layer(a)
    dout = np.ones(a.shape)
    assert not np.shares_memory(out, a) and not np.shares_memory(layer.backward(dout), dout)
    out[...] = 0  # it is the caller's
    with pytest.raises(ValueError, match="read-only"):
        Greedy()(a)
    np.testing.assert_array_equal(a, X)


@pytest.mark.parametrize(
    "one, other",
    [
        ({1, 2}, {3, 4}),
        (range(3), range(5)),
        (3 + 2j, 4j),
        (b"a", b"b"),
        (np.sum, np.max),
        ({"a": 1}, {"a": 2}),
        (np.ones(3), np.zeros(3)),
        (np.float32(1), np.float32(2)),
        (slice(1), slice(2)),
        (np.tanh, np.exp),
        (fit, evaluate),
    ],
)
def test_whatever_an_argument_is_another_one_is_another_layer(one, other, tmp_path):
    class Told(Layer):
        def __init__(self, told):
            super().__init__(w=np.ones(2))

    assert Told(one) == Told(one) and Told(one) != Told(other)
    Told(one).save(tmp_path / "m.npz")
    Told(one).load(tmp_path / "m.npz")
    with pytest.raises(ValueError, match="for another model: the model, Told, has told = "):
        Told(other).load(tmp_path / "m.npz")
    nameless = Told(lambda: 1)
    assert nameless == copy.deepcopy(nameless) and nameless != Told(lambda: 2)
    with pytest.raises(TypeError, match="^told: got <function .*a named function"):
        Sequential(nameless).save(tmp_path / "m.npz")


@pytest.mark.parametrize("name", ["file", "description"])
def test_a_name_that_the_file_needs_is_refused(name, tmp_path):
    with pytest.raises(ValueError, match=f"^{name}: got an array of this name"):
        Layer(**{name: np.ones(2)}).save(tmp_path / "m.npz")


def test_buffers_are_arrays_by_name():
    with pytest.raises(TypeError, match="^buffers: got array.*expected arrays by name"):
        Layer(buffers=np.ones(3))


class Forgetful(Layer):
    """Hands its input to a layer inside, and does not say whether it is trained."""

    def __init__(self, inner):
        super().__init__()
        self.layers = (inner,)

    def _forward(self, a, *, training):
        return self.layers[0].forward(a), None

    def _backward(self, dout, cache):
        return self.layers[0].backward(dout), {}


def test_nothing_of_a_pass_is_kept_after_another_that_failed_or_did_not_train():
    x = X[:, 0, :3, 0]
    for layer in (Dense(3, 2, rng=0), Sequential(Dense(3, 2, rng=0)), Forgetful(Dense(3, 2, rng=0))):
        out = layer(x)
        with pytest.raises(ValueError, match="^a: got shape"):
            layer(x[:, :2])
        with pytest.raises(RuntimeError, match="expected a forward pass"):
            layer.backward(out)
        assert all(inner._cache is None for inner in layer.layers)
        layer(x)
        layer.forward(x, training=False)
        assert all(inner._cache is None for inner in (layer, *layer.layers))


def test_parameters_are_copies_of_what_was_given():
    given = np.ones(3)
    layer, other = Layer(w=given), Layer(w=given)
    layer.parameters["w"][...] = 0
    values = {"w": np.full(3, 5.0)}
    for one in (layer, other):
        one.set_parameters(values)
    layer.parameters["w"][...] = 0
    assert given.all() and (values["w"] == 5).all() and (other.parameters["w"] == 5).all()


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda path: Dense(2, 2).astype(np.complex64), TypeError, "^dtype: got <class 'numpy.complex64'>"),
        (lambda path: Layer(w=np.array([1])).astype(np.float32), TypeError, "^w: got dtype int64"),
        (lambda path: Layer(w=np.array([1])).save(path), TypeError, "^w: got dtype int64"),
        (lambda path: Layer(buffers={"m": np.array([1j])}).save(path), TypeError, "^m: got dtype complex128"),
        (lambda path: Conv2D(4, 3, 3, groups=2), ValueError, "^groups: got 2, expected a divisor"),
        (
            lambda path: Dense(2, 2).set_parameters(
                {"w": np.ma.masked_less(np.ones((2, 2)), 0), "b": np.ones(2)}
            ),
            TypeError,
            "^w: got a masked array",
        ),
    ],
)
def test_what_cannot_be_trained_or_saved_is_refused(call, error, message, tmp_path):
    with pytest.raises(error, match=message):
        call(tmp_path / "m.npz")
    assert not list(tmp_path.iterdir())


def test_equal_layers_have_equal_statistics_and_settings():
    one, other = BatchNorm(3), BatchNorm(3)
    assert one == other
    other.buffers["mean"][0] = 1
    assert one != other

    class Told(Layer):
        def __init__(self, told):
            super().__init__()

    same_name = type("Told", (Told,), {})
    steep = cnnlab.Activation("relu", cnnlab.relu.function, lambda z: 2.0 * (z > 0))
    for first, second in (
        (np.array([1, 2]), np.array([1, 3])),
        (np.float32(0.5), np.float32(0.9)),
        (cnnlab.relu, steep),
    ):
        assert Told(first) == Told(copy.deepcopy(first)) != Told(second)
    assert Told(np.float32(0.5)) == Told(0.5) and Told(float("nan")) == Told(float("nan"))
    assert Told(1) != same_name(1)
    assert "0x" not in str(Told(fit)._description())


def test_an_activation_gives_a_gradient_of_the_wider_dtype():
    layer = Activate(cnnlab.relu)
    layer(np.ones(3, np.float64))
    assert layer.backward(np.ones(3, np.float32)).dtype == np.float64
