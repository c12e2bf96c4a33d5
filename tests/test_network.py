"""Layers, the network as a whole, training, and files."""

import copy

import numpy as np
import pytest

import cnnlab
from cnnlab import Activate, AvgPool2D, Conv2D, Dense, Flatten, MaxPool2D, Sequential, evaluate, fit, tanh
from cnnlab.gradients import complex_step_gradient, directional_check
from cnnlab.losses import softmax_cross_entropy


def small_network(seed=0, pool=MaxPool2D):
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2D(2, 4, (3, 2), padding=(1, 0), groups=2, rng=rng), Activate(tanh), pool((2, 3), stride=2),
        Conv2D(4, 3, 2, stride=(1, 2), dilation=(2, 1), rng=rng), Activate(tanh),
        Flatten(), Dense(12, 5, rng=rng),
    )  # fmt: skip


RNG = np.random.default_rng(42)
X, Y = RNG.standard_normal((3, 9, 10, 2)), np.array([4, 0, 2])
TRAINING = {"epochs": 3, "batch_size": 2, "learning_rate": 0.1, "momentum": 0.9, "progress": False}


def loss_of(model, name=None):
    def loss(value):
        trial = copy.deepcopy(model)
        if name is None:
            return softmax_cross_entropy(trial.forward(value), Y)[0]
        trial.set_parameters(trial.parameters | {name: value})
        return softmax_cross_entropy(trial.forward(X), Y)[0]

    return loss


def backward(model):
    _, delta = softmax_cross_entropy(model.forward(X), Y)
    return model.backward(delta)


def test_every_gradient_of_a_network_by_the_complex_step():
    model = small_network(pool=AvgPool2D)
    for layer in model.layers:
        if "b" in layer.parameters:
            layer.parameters["b"] += RNG.standard_normal(layer.parameters["b"].shape)
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


def test_the_update_rule_by_hand():
    # One Dense layer, one row, two steps: v <- mu v - lr g, then w <- w + v, for w and for b.
    model = Sequential(Dense(1, 2, rng=0))
    x, y = np.array([[2.0]]), np.array([1])
    w, b = (p.copy() for p in model.parameters.values())
    v, u = np.zeros_like(w), np.zeros_like(b)
    for _ in range(2):
        z = x @ w + b
        delta = np.exp(z) / np.exp(z).sum() - [[0, 1]]
        v, u = 0.7 * v - 0.1 * x.T @ delta, 0.7 * u - 0.1 * delta[0]
        w, b = w + v, b + u
    fit(model, x, y, epochs=2, batch_size=1, learning_rate=0.1, momentum=0.7, seed=0, progress=False)
    np.testing.assert_allclose(model.parameters["0.w"], w, rtol=1e-12)
    np.testing.assert_allclose(model.parameters["0.b"], b, rtol=1e-12)


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


def test_training_is_reproducible_and_the_seed_matters():
    runs = []
    for seed in (1, 1, 2):
        model = small_network()
        history = fit(model, X, Y, seed=seed, **TRAINING)
        runs.append((history, model.parameters))
    assert runs[0][0] == runs[1][0] and runs[0][0] != runs[2][0]
    for name in runs[0][1]:
        np.testing.assert_array_equal(runs[0][1][name], runs[1][1][name])


def test_history_measures_what_it_says():
    model = small_network()
    start = evaluate(model, X, Y)
    history = fit(model, X, Y, seed=0, validation=(X, Y), **(TRAINING | {"epochs": 40, "batch_size": 3}))
    assert {len(v) for v in history.values()} == {40}
    assert history["loss"][0] == pytest.approx(start[0])  # one batch: measured before its step
    assert history["validation_loss"][0] == pytest.approx(history["loss"][1])
    assert history["validation_accuracy"][-1] == evaluate(model, X, Y)[1] == 1.0


def test_training_keeps_float32_and_leaves_the_data_alone():
    model, x, y = small_network().astype(np.float32), X.astype(np.float32), Y.copy()
    for array in (x, y):
        array.flags.writeable = False
    fit(model, x, y, seed=0, **TRAINING)
    assert {p.dtype for p in model.parameters.values()} == {np.dtype(np.float32)}
    assert model.forward(x).dtype == np.float32


def test_evaluation_in_batches_is_evaluation_of_the_whole():
    model = small_network()
    x, y = np.concatenate([X] * 200), np.concatenate([Y] * 200)
    whole = softmax_cross_entropy(model.forward(x), y)[0]
    assert evaluate(model, x, y)[0] == pytest.approx(whole, rel=1e-12)


@pytest.mark.parametrize("installed", [True, False])
def test_the_progress_bar_is_optional(installed, monkeypatch, capsys):
    import sys

    if installed:
        pytest.importorskip("tqdm")
    else:
        monkeypatch.setitem(sys.modules, "tqdm", None)
    fit(small_network(), X, Y, seed=0, **(TRAINING | {"progress": True}))
    assert ("training" in capsys.readouterr().err) == installed


@pytest.mark.parametrize(
    "bad",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"learning_rate": 0},
        {"learning_rate": np.nan},
        {"momentum": 1},
        {"momentum": -0.1},
    ],
)
def test_fit_refuses_bad_settings(bad):
    with pytest.raises(ValueError, match=f"^{next(iter(bad))}: "):
        fit(small_network(), X, Y, seed=0, **(TRAINING | bad))


def test_fit_refuses_bad_data():
    model = small_network()
    for x, y, error, message in [
        (X, Y[:2], ValueError, "^x, y: got 3 rows"),
        (X.astype(int), Y, TypeError, "^x, y: got dtype int64"),
        (X, Y.astype(float), TypeError, "^labels: got dtype"),
        (X, Y + 1, ValueError, "^labels: .*expected 0 to 4"),
        (X[:0], Y[:0], ValueError, "^x, y: got shape"),
    ]:
        with pytest.raises(error, match=message):
            fit(model, x, y, seed=0, **TRAINING)
    with pytest.raises(FloatingPointError, match="^learning_rate: got 1e"), np.errstate(all="ignore"):
        fit(model, X, Y, seed=0, **(TRAINING | {"learning_rate": 1e308, "epochs": 9}))


def test_layers_refuse_what_does_not_fit():
    shared = Activate(tanh)
    cases = [
        (lambda: Conv2D(3, 4, 3, groups=2), ValueError, "^groups: got 2"),
        (lambda: Conv2D(0, 4, 3), ValueError, "^channels: got 0"),
        (lambda: MaxPool2D(2, padding=2), ValueError, "^padding: got 2"),
        (lambda: AvgPool2D(2, count_include_pad="no"), TypeError, "^count_include_pad: "),
        (lambda: Dense(3, 2.0), TypeError, "^outputs: got 2.0"),
        (lambda: Dense(3, 2).forward(np.ones((4, 5))), ValueError, r"^a: got shape \(4, 5\)"),
        (lambda: Dense(3, 2).backward(np.ones((4, 2))), RuntimeError, "backward was called before forward"),
        (lambda: Activate(np.tanh), TypeError, "^activation: "),
        (lambda: Sequential(), ValueError, "^layers: got none"),
        (lambda: Sequential(np.tanh), TypeError, "^layers: "),
        (lambda: Sequential(shared, Sequential(shared)), ValueError, "^layers: got the same layer twice"),
        (lambda: Conv2D(2, 4, 3).forward(np.ma.masked_less(X, 0)), TypeError, "^a: got a masked array"),
        (lambda: fit(small_network(), X, Y, seed=0, validation=X, **TRAINING), ValueError, "^validation: "),
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
        with pytest.raises(ValueError, match="^d.*: got shape"):
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


def test_save_and_load(tmp_path):
    model, other = small_network(0), small_network(1)
    path = tmp_path / "model"
    model.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["model"]  # exactly that name, no .npz added, no leftover
    other.load(path)
    np.testing.assert_array_equal(model.forward(X), other.forward(X))
    model.astype(np.float32).save(path)  # over the old file
    other.load(path)
    assert other.parameters["0.w"].dtype == np.float32


def test_a_nested_network_is_saved_whole(tmp_path):
    nested = Sequential(Sequential(Conv2D(2, 3, 2, rng=0), Activate(tanh)), Flatten())
    other = Sequential(Sequential(Conv2D(2, 3, 2, rng=1), Activate(tanh)), Flatten())
    nested.save(tmp_path / "m.npz")
    other.load(tmp_path / "m.npz")
    np.testing.assert_array_equal(nested.forward(X), other.forward(X))


def damaged_files(model, folder):
    good = folder / "good.npz"
    model.save(good)
    content = good.read_bytes()
    yield "truncated", content[: len(content) // 2]
    at = content.index(model.parameters["0.w"].tobytes()) + 5
    yield "a flipped bit", content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    yield "empty", b""
    yield "text", b"not a model"
    for name, arrays in {
        "foreign": {"w": np.ones(3)},
        "an object array": {"description": np.array([{}], dtype=object)},
    }.items():
        np.savez(folder / "other.npz", **arrays)
        yield name, (folder / "other.npz").read_bytes()
    np.save(folder / "other.npy", np.ones(3))
    yield "a single array", (folder / "other.npy").read_bytes()
    small = Sequential(Dense(2, 2, rng=0))
    small.save(folder / "small.npz")
    yield "another model", (folder / "small.npz").read_bytes()
    relu_model = small_network()
    relu_model.layers[1].activation = cnnlab.relu  # the same shapes, another function
    relu_model.save(folder / "relu.npz")
    yield "another activation", (folder / "relu.npz").read_bytes()


def test_only_floats_are_saved_and_never_a_pickle(tmp_path):
    model, path = Sequential(Dense(2, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    before = path.read_bytes()
    model.set_parameters({name: value.astype(object) for name, value in model.parameters.items()})
    with pytest.raises(TypeError, match=r"^0\.w: got dtype object"):
        model.save(path)
    assert path.read_bytes() == before


def test_many_savers_at_once_leave_a_whole_file(tmp_path):
    from concurrent.futures import ThreadPoolExecutor

    model, path = Sequential(Dense(60, 60, rng=0)), tmp_path / "m.npz"
    model.save(path)

    def save_and_load(_):
        model.save(path)
        Sequential(Dense(60, 60)).load(path)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(save_and_load, range(40)))
    assert list(tmp_path.iterdir()) == [path]


def test_a_zip_with_something_else_in_it_is_refused(tmp_path):
    import zipfile

    model, path = Sequential(Dense(2, 2, rng=0)), tmp_path / "m.npz"
    model.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("notes.txt", "hello")
    with pytest.raises(ValueError, match=r"m\.npz: got bytes for notes\.txt"):
        model.load(path)


def test_a_model_destroyed_by_its_last_step_is_reported():
    x, settings = 1e10 * RNG.standard_normal((3, 4)), TRAINING | {"learning_rate": 1e308, "epochs": 1}
    with pytest.raises(FloatingPointError, match="^learning_rate: .*overflowed"), np.errstate(all="ignore"):
        fit(Sequential(Dense(4, 5, rng=0)), x, Y, seed=0, **(settings | {"batch_size": 3}))


def test_no_damaged_byte_gets_past(tmp_path):
    """Every cut and many flipped bits: a ValueError, or the right numbers where the byte did not matter."""
    model, other, path = Sequential(Dense(3, 2, rng=0)), Sequential(Dense(3, 2, rng=1)), tmp_path / "m.npz"
    model.save(path)
    content = path.read_bytes()
    damaged = [content[:end] for end in range(0, len(content), 7)]
    damaged += [content[:k] + bytes([content[k] ^ 16]) + content[k + 1 :] for k in range(0, len(content), 3)]
    refused = 0
    for broken in damaged:
        path.write_bytes(broken)
        try:
            other.load(path)
        except ValueError:
            refused += 1
        else:
            np.testing.assert_array_equal(other.parameters["0.w"], model.parameters["0.w"])
            np.testing.assert_array_equal(other.parameters["0.b"], model.parameters["0.b"])
    assert refused > len(damaged) / 2


def test_a_bad_file_leaves_the_model_untouched(tmp_path):
    model = small_network()
    before = {name: p.copy() for name, p in model.parameters.items()}
    for name, content in damaged_files(small_network(3), tmp_path):
        (tmp_path / "bad.npz").write_bytes(content)
        with pytest.raises(ValueError, match=r"bad\.npz: "):
            model.load(tmp_path / "bad.npz")
        for key, value in before.items():
            np.testing.assert_array_equal(model.parameters[key], value, err_msg=name)
    with pytest.raises(FileNotFoundError):
        model.load(tmp_path / "nowhere.npz")


@pytest.mark.parametrize("step", ["savez", "replace"])
def test_an_interrupted_save_keeps_the_previous_file(tmp_path, monkeypatch, step):
    model, path = small_network(), tmp_path / "model.npz"
    model.save(path)
    before = path.read_bytes()

    def interrupted(file, *args, **kwargs):
        if step == "savez":
            file.write(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr({"savez": np, "replace": cnnlab.network.os}[step], step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        small_network(1).save(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
