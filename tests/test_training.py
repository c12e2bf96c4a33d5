"""Training and what measures it."""

import re

import numpy as np
import pytest
from helpers.networks import RNG, TRAINING, X, Y, small_network

import cnnlab
from cnnlab import (
    Activate,
    Dense,
    Flatten,
    Layer,
    Momentum,
    Sequential,
    batches,
    datasets,
    evaluate,
    fit,
    identity,
    relu,
)
from cnnlab.losses import softmax_cross_entropy
from cnnlab.training import _Beginning, _check_fit


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
    fit(model, x, y, epochs=2, batch_size=1, learning_rate=0.1, momentum=0.7, rng=0, progress=False)
    np.testing.assert_allclose(model.parameters["0.w"], w, rtol=1e-12)
    np.testing.assert_allclose(model.parameters["0.b"], b, rtol=1e-12)


def test_training_is_reproducible_and_the_seed_matters():
    runs = []
    for seed in (1, 1, 2):
        model = small_network()
        history = fit(model, X, Y, rng=seed, **TRAINING)
        runs.append((history, model.parameters))
    assert runs[0][0] == runs[1][0] and runs[0][0] != runs[2][0]
    for name in runs[0][1]:
        np.testing.assert_array_equal(runs[0][1][name], runs[1][1][name])


def test_history_measures_what_it_says():
    model = small_network()
    start = evaluate(model, X, Y)
    history = fit(model, X, Y, rng=0, validation=(X, Y), **(TRAINING | {"epochs": 40, "batch_size": 3}))
    assert {len(v) for v in history.values()} == {40}
    assert history["loss"][0] == pytest.approx(start[0])  # one batch: measured before its step
    assert history["validation_loss"][0] == pytest.approx(history["loss"][1])
    assert history["validation_accuracy"][-1] == evaluate(model, X, Y)[1] == 1.0


def test_training_keeps_float32_and_leaves_the_data_alone():
    model, x, y = small_network().astype(np.float32), X.astype(np.float32), Y.copy()
    for array in (x, y):
        array.flags.writeable = False
    fit(model, x, y, rng=0, **TRAINING)
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
    fit(small_network(), X, Y, rng=0, **(TRAINING | {"progress": True}))
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
        fit(small_network(), X, Y, rng=0, **(TRAINING | bad))


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
            fit(model, x, y, rng=0, **TRAINING)
    with pytest.raises(FloatingPointError, match="^learning_rate: got 1e"), np.errstate(all="ignore"):
        fit(model, X, Y, rng=0, **(TRAINING | {"learning_rate": 1e308, "epochs": 9}))


def test_a_model_destroyed_by_its_last_step_is_reported():
    x, settings = 1e10 * RNG.standard_normal((3, 4)), TRAINING | {"learning_rate": 1e308, "epochs": 1}
    with (
        pytest.warns(UserWarning, match=r"^x: got numbers of size .*e\+"),
        pytest.raises(FloatingPointError, match="^learning_rate: .*largest entry of 0.w is inf"),
        np.errstate(all="ignore"),
    ):
        fit(Sequential(Dense(4, 5, rng=0)), x, Y, rng=0, **(settings | {"batch_size": 3}))


class Recorder(Layer):
    """Hands on what it gets and keeps a list of it."""

    def __init__(self):
        super().__init__()
        self.seen, self.trained = [], []

    def _forward(self, a, *, training):
        self.trained.append(training)
        self.seen.append(np.array(a))
        return np.array(a), None

    def _backward(self, dout, cache):
        return dout, {}


def test_an_epoch_takes_each_row_once_in_batches_of_the_given_size():
    x = np.arange(7.0)[:, None] * np.ones((7, 2))
    recorder = Recorder()
    fit(
        Sequential(recorder, Dense(2, 2, rng=0)),
        x,
        [0, 1] * 3 + [0],
        rng=3,
        **(TRAINING | {"epochs": 1, "batch_size": 3}),
    )
    batches = recorder.seen[1:]  # the first pass is the check of the data
    assert [len(batch) for batch in batches] == [3, 3, 1]
    rows = np.concatenate(batches)[:, 0]
    assert sorted(rows) == list(range(7)) and list(rows) != list(range(7))


def test_momentum_0_is_plain_gradient_descent():
    model, x, y = Sequential(Dense(1, 2, rng=0)), np.array([[2.0]]), np.array([1])
    w = model.parameters["0.w"].copy()
    model.backward(softmax_cross_entropy(model.forward(x), y)[1])
    g = model.gradients["0.w"]
    fit(model, x, y, epochs=1, batch_size=1, learning_rate=0.1, momentum=0, rng=0, progress=False)
    np.testing.assert_allclose(model.parameters["0.w"], w - 0.1 * g, rtol=1e-14)


def test_the_first_bad_loss_stops_training():
    class Poison(Recorder):
        def _forward(self, a, *, training):
            out, cache = super()._forward(a, training=training)
            return out * (np.nan if len(self.seen) == 3 else 1), cache

    poison = Poison()  # passes: the check, the first batch, then NaN
    with pytest.raises(FloatingPointError, match="^learning_rate: .*the loss is nan in epoch 1"):
        fit(Sequential(Flatten(), Dense(180, 5, rng=0), poison), X, Y, rng=0, **TRAINING)
    assert len(poison.seen) == 3


def test_a_validation_loss_that_is_not_finite_is_reported():
    big = np.full_like(X, 1e308)
    with pytest.raises(FloatingPointError, match="the validation loss is"), np.errstate(all="ignore"):
        fit(Sequential(Flatten(), Dense(180, 5, rng=0)), X, Y, rng=0, validation=(big, Y), **TRAINING)


def test_a_row_with_nan_is_not_read_correctly():
    logits = np.array([[np.nan, 0.0], [1.0, 0.0]])
    loss, accuracy = evaluate(Activate(identity), logits, [0, 0])
    assert np.isnan(loss) and accuracy == 0.5


HUGE = 10**400


@pytest.mark.parametrize(
    "changed, error, message",
    [
        ({"learning_rate": HUGE}, ValueError, "^learning_rate: "),
        ({"learning_rate": np.inf}, ValueError, "^learning_rate: got inf"),
        ({"momentum": "0.9"}, TypeError, "^momentum: "),
        ({"model": None}, TypeError, "^model: got None"),
        ({"model": Dense(3, 2)}, TypeError, "^model: got Dense"),
        ({"rng": "zero"}, TypeError, "^rng: got 'zero'"),
        ({"rng": -1}, ValueError, "^rng: got -1"),
        ({"validation": 3}, ValueError, "^validation: got 3"),
        ({"validation": (X, Y[:2])}, ValueError, "^validation: got 3 rows"),
        ({"validation": (X, Y + 1)}, ValueError, "^validation labels: .*expected 0 to 4"),
        ({"validation": (X[:, :5], Y)}, ValueError, r"^validation: got rows of shape \(5, 10, 2\)"),
        ({"progress": "no"}, TypeError, "^progress: got 'no'"),
        ({"x": np.where(X > 2, np.nan, X)}, ValueError, "^x, y: got NaN"),
        ({"x": X[..., :1]}, ValueError, r"^x, y: got rows of shape \(9, 10, 1\)"),
        ({"x": np.ma.masked_less(X, 0)}, TypeError, "^x, y: got a masked array"),
        ({"y": np.ma.masked_less(Y, 1)}, TypeError, "^labels: got a masked array"),
        ({"y": ["4", "0", "2"]}, TypeError, "^labels: got dtype"),
        ({"y": [4, 0, 5]}, ValueError, "^labels: .*expected 0 to 4"),
    ],
)
def test_fit_checks_everything_before_it_moves_a_parameter(changed, error, message):
    model = small_network()
    before = {name: w.copy() for name, w in model.parameters.items()}
    arguments = {"model": model, "x": X, "y": Y, "rng": 0} | TRAINING | changed
    with pytest.raises(error, match=message):
        fit(arguments.pop("model"), arguments.pop("x"), arguments.pop("y"), **arguments)
    for name, w in model.parameters.items():
        np.testing.assert_array_equal(w, before[name])


def test_complex_parameters_are_not_trained():
    model = small_network()
    model.set_parameters({name: w + 0j for name, w in model.parameters.items()})
    with pytest.raises(TypeError, match=r"^model: got dtype complex128 for 0\.w"):
        fit(model, X, Y, rng=0, **TRAINING)


# ---- the parts that the loop is made of


def test_momentum_steps_by_hand():
    layer = Dense(1, 1, rng=0)
    layer.set_parameters({"w": np.array([[5.0]]), "b": np.array([1.0])})
    optimizer = Momentum(0.5, 0.25)
    # The gradients are 4 and 1. First v = -0.5 g; then, the rate halved, v = 0.25 v - 0.25 g.
    for w, b in ((3.0, 0.5), (1.5, 0.125)):
        layer.forward([[4.0]])
        layer.backward([[1.0]])
        optimizer.step(layer)
        assert layer.parameters["w"].item() == w and layer.parameters["b"].item() == b
        optimizer.learning_rate = 0.25


def test_batches_have_each_row_once_with_its_label():
    x, y = np.arange(14.0).reshape(7, 2), np.arange(7)
    seen = list(batches(x, y, 3, np.random.default_rng(0)))
    assert [len(labels) for _, labels in seen] == [3, 3, 1]
    assert sorted(np.concatenate([labels for _, labels in seen])) == list(range(7))
    for images, labels in seen:
        np.testing.assert_array_equal(images, x[labels])
    assert [list(b) for _, b in seen] != [[0, 1, 2], [3, 4, 5], [6]]


def test_the_loop_written_out_is_fit():
    model, other, rng = small_network(), small_network(), np.random.default_rng(4)
    optimizer = Momentum(0.1, 0.9)
    for _ in range(3):
        for images, labels in batches(X, Y, 2, rng):
            _, delta = softmax_cross_entropy(model.forward(images), labels)
            model.backward(delta)
            optimizer.step(model)
    fit(other, X, Y, rng=4, **TRAINING)
    assert model == other


def test_a_callback_can_change_the_rate_and_end_the_training():
    told = []

    def halve(epoch, history, optimizer):
        told.append((epoch, len(history["loss"]), optimizer.learning_rate))
        optimizer.learning_rate /= 2
        return epoch == 2

    history = fit(small_network(), X, Y, rng=0, callback=halve, **TRAINING)
    assert told == [(1, 1, 0.1), (2, 2, 0.05)] and len(history["loss"]) == 2
    slow = fit(small_network(), X, Y, rng=0, callback=lambda *_: None, **TRAINING)
    assert (
        len(slow["loss"]) == 3
        and slow["loss"][1] != history["loss"][2:]
        and slow["loss"][0] == history["loss"][0]
    )


def test_an_interrupt_ends_the_training_and_loses_nothing():
    def stop(epoch, history, optimizer):
        if epoch == 2:
            raise KeyboardInterrupt

    model = small_network()
    with pytest.warns(RuntimeWarning, match=r"interrupted after 2 epoch\(s\)"):
        history = fit(model, X, Y, rng=0, callback=stop, **TRAINING)
    assert len(history["loss"]) == len(history["accuracy"]) == 2
    other = small_network()
    fit(other, X, Y, rng=0, **(TRAINING | {"epochs": 2}))
    assert model == other


@pytest.mark.parametrize(
    "callback, error, message",
    [
        (3, TypeError, "^callback: got 3, expected a function"),
        (
            lambda *_: (0.1, 0.9),
            TypeError,
            r"^callback: got \(0.1, 0.9\) from it, expected True, False or None",
        ),
        (
            lambda e, h, optimizer: setattr(optimizer, "learning_rate", -1.0),
            ValueError,
            "^learning_rate: got -1",
        ),
    ],
)
def test_a_callback_that_cannot_be_meant_is_refused(callback, error, message):
    with pytest.raises(error, match=message):
        fit(small_network(), X, Y, rng=0, callback=callback, **TRAINING)


def test_the_parts_refuse_what_cannot_work():
    with pytest.raises(RuntimeError, match=r"^step: got no gradient for 0\.b, expected a backward pass"):
        Momentum(0.1, 0.9).step(small_network())
    for bad, message in (
        ({"batch_size": 0}, "^batch_size: got 0"),
        ({"batch_size": -1}, "^batch_size: got -1"),
        ({"y": Y[:2]}, r"^y: got shape \(2,\), expected as many rows as x"),
    ):
        with pytest.raises(ValueError, match=message):
            batches(**({"x": X, "y": Y, "batch_size": 2, "rng": 0} | bad))
    assert [list(b) for _, b in batches(X, Y, 2, 3)] == [list(b) for _, b in batches(X, Y, 2, 3)]


def test_seed_is_the_old_name_of_rng():
    model, other = small_network(), small_network()
    with pytest.warns(DeprecationWarning, match="^seed: this argument is called rng now"):
        fit(model, X, Y, seed=3, **TRAINING)
    fit(other, X, Y, rng=3, **TRAINING)
    assert model == other
    with pytest.raises(ValueError, match="^seed: got 3 beside rng"):
        fit(model, X, Y, seed=3, rng=3, **TRAINING)


# ---- learning that does not begin is said

EASY = np.repeat(np.eye(4), 50, axis=0), np.repeat(np.arange(4), 50)
SLOW = {"batch_size": 4, "momentum": 0.0, "progress": False, "rng": 0}


def learner():
    return Sequential(Dense(4, 4, rng=0))


def test_learning_that_begins_is_not_talked_about(recwarn):
    fit(learner(), *EASY, epochs=2, learning_rate=0.5, **SLOW)
    fit(learner(), EASY[0], np.zeros(200, int), epochs=2, learning_rate=0.5, **SLOW)  # nothing to learn
    fit(learner(), *EASY, epochs=1, learning_rate=1e-9, **(SLOW | {"batch_size": 5}))  # too early to tell
    fit(learner(), *EASY, epochs=1, learning_rate=0.01, **SLOW)  # still falls
    assert not recwarn.list


@pytest.mark.parametrize(
    "what, changes",
    [
        ("a rate that is too small", {"learning_rate": 1e-9}),
        ("labels of other rows", {"y": np.random.default_rng(0).permutation(EASY[1])}),
    ],
)
def test_a_loss_that_does_not_leave_chance_is_said_once(what, changes):
    settings = {"learning_rate": 0.1, "y": EASY[1]} | changes
    with pytest.warns(UserWarning) as caught:
        fit(learner(), EASY[0], settings.pop("y"), epochs=3, **SLOW, **settings)
    assert len(caught) == 1 and "Learning has not begun" in str(caught[0].message)
    assert caught[0].filename == __file__


def test_a_rate_that_is_too_large_is_said():
    x, y, *_ = datasets.mnist_sample()
    model = Sequential(Flatten(), Dense(784, 16, rng=0), Activate(relu), Dense(16, 10, rng=1))
    with pytest.warns(UserWarning, match="Learning has not begun"):
        fit(model, x[:400, ..., None] / 255, y[:400], epochs=3, learning_rate=50, **SLOW)


@pytest.mark.parametrize("scale", [255, 1e-4])
def test_inputs_far_from_unit_scale_are_said_once(scale):
    x, y = EASY
    with pytest.warns(UserWarning, match="^x: got numbers of size") as caught:
        fit(learner(), scale * x, y, epochs=1, learning_rate=0.5, **(SLOW | {"batch_size": 5}))
    assert len(caught) == 1 and caught[0].filename == __file__


def test_the_history_of_an_interrupted_training_says_how_far_it_came():
    def stop(epoch, history, optimizer):
        if epoch == 3:
            raise KeyboardInterrupt

    with pytest.warns(RuntimeWarning, match=r"interrupted after 3 epoch\(s\)") as caught:
        fit(small_network(), X, Y, rng=0, callback=stop, **TRAINING)
    assert caught[0].filename == __file__


def test_a_callback_gets_the_history_itself():
    given = []
    history = fit(small_network(), X, Y, rng=0, callback=lambda _, h, __: given.append(h), **TRAINING)
    assert all(one is history for one in given)


def test_a_model_sees_its_batches_and_no_other():
    recorder = Recorder()
    fit(Sequential(Flatten(), Dense(180, 5, rng=0), recorder), X, Y, rng=0, **TRAINING)
    assert recorder.trained == [False, *[True] * 6]  # a row to see whether it fits; 3 epochs of 2 batches


@pytest.mark.parametrize(
    "changed, error, message",
    [
        ({"x": np.where(X > 2, np.inf, X)}, ValueError, "^x, y: got NaN or infinity"),
        ({"validation": (np.where(X > 2, -np.inf, X), Y)}, ValueError, "^validation: got NaN or infinity"),
        ({"x": X + 0j}, TypeError, "^x, y: got dtype complex128"),
        ({"x": X[:, 0, 0, 0]}, ValueError, r"^x, y: got shape \(3,\) for x, expected \(N, \.\.\.\)"),
        ({"y": Y[:, None]}, ValueError, r"^x, y: got 3 rows of x and labels of shape \(3, 1\)"),
        ({"callback": 5}, TypeError, "^callback: got 5, expected a function"),
    ],
)
def test_data_that_cannot_be_learned_from_moves_no_parameter(changed, error, message):
    model, before = small_network(), small_network()
    arguments = {"x": X, "y": Y, "rng": 0} | TRAINING | changed
    with pytest.raises(error, match=message):
        fit(model, arguments.pop("x"), arguments.pop("y"), **arguments)
    assert model == before


def test_an_old_seed_that_is_wrong_is_named_as_it_was_written():
    with pytest.warns(DeprecationWarning), pytest.raises(ValueError, match="^seed: got -1"):
        fit(small_network(), X, Y, seed=-1, **TRAINING)


@pytest.mark.parametrize(
    ("dtype", "scale", "said"), [(np.float16, 300, r"3\d\d"), (np.float64, 1e200, "inf")]
)
def test_the_scale_is_measured_without_overflow_or_noise(dtype, scale, said):
    x = (scale * RNG.choice([-1, 1], (4, 3))).astype(dtype)
    with pytest.warns(UserWarning) as caught:
        _check_fit(Sequential(Dense(3, 2, rng=0)), x, [0, 1, 0, 1], None)
    assert len(caught) == 1 and re.match(rf"x: got numbers of size {said} ", str(caught[0].message))


def test_a_batch_of_all_rows_is_looked_at_too():
    with pytest.warns(UserWarning, match="Learning has not begun"):
        fit(learner(), *EASY, epochs=60, learning_rate=1e-9, **(SLOW | {"batch_size": 10_000}))


@pytest.mark.parametrize(
    ("losses", "said"),
    [
        ([2.4] * 30 + [0.1] * 30, False),  # learned
        ([2.303] * 60, True),
        ([5.0] * 30 + [3.0] * 30, False),  # on its way down from far above
        ([500.0] * 10 + [2.303] * 50, True),  # thrown far up, and dead since
        ([2.303] * 40, False),  # too early
    ],
)
def test_when_learning_has_begun(losses, said, recwarn):
    watch = _Beginning(np.arange(10))
    watch.losses += losses
    watch.look(1)
    watch.look(2)
    assert len(recwarn.list) == said


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
