"""The loop that trains a network, its parts, and what measures it (chapter 11)."""

import contextlib
import warnings
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import numpy.typing as npt

from cnnlab import _checks
from cnnlab._checks import Array, Seed
from cnnlab.fast import threads
from cnnlab.layers import Layer, Sequential
from cnnlab.losses import check_labels, softmax_cross_entropy

# Rows that a forward pass takes at once when only its result is wanted.
_EVALUATION_BATCH = 500
# Inputs of a root mean square outside of this range are far from the unit scale that weights are drawn for.
_USUAL_SCALES = (0.01, 10.0)
# After so many steps a network that learns is better than a guess, by this factor of its loss, or its loss
# still falls, by this factor from the second quarter of the steps to the last.
_STEPS_TO_BEGIN = 50
_BEGUN = 0.98
_FALLING = 0.98

Data = tuple[Array, Array]
History = dict[str, list[float]]
Callback = Callable[[int, History, "Momentum"], object]


class Momentum:
    """Gradient descent that keeps a share of its last step, :eq:`eq-momentum`.

    For each parameter w with gradient g: v <- momentum v - learning_rate g; w <- w + v.

    Parameters
    ----------
    learning_rate : float
        Step size, above 0. It may be changed between two steps: `optimizer.learning_rate /= 2`.
    momentum : float
        Share of the last step that is kept, at least 0 and below 1.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import Dense
    >>> layer = Dense(1, 1, rng=0)
    >>> layer.set_parameters({"w": np.array([[3.0]]), "b": np.array([0.0])})
    >>> out, da = layer.forward([[2.0]]), layer.backward([[1.0]])
    >>> Momentum(0.25, 0.9).step(layer)
    >>> layer.parameters["w"], layer.parameters["b"]
    (array([[2.5]]), array([-0.25]))
    """

    def __init__(self, learning_rate: float, momentum: float) -> None:
        self.learning_rate, self.momentum = _check_rates(learning_rate, momentum)
        self.velocity: dict[str, Array] = {}

    def step(self, model: Layer) -> None:
        """Move every parameter of a model, in place, by the gradients that its last `backward` left."""
        gradients = model.gradients
        if missing := sorted(set(model.parameters) - set(gradients)):
            raise RuntimeError(f"step: got no gradient for {missing[0]}, expected a backward pass before it")
        for name, w in model.parameters.items():
            v = self.velocity.setdefault(name, np.zeros_like(w))
            v *= self.momentum
            v -= self.learning_rate * gradients[name]
            w += v


def batches(x: Array, y: Array, batch_size: int, rng: Seed = None) -> Iterator[Data]:
    """Yield the rows of x and y in a random order, some at a time: one epoch.

    Parameters
    ----------
    x, y : arrays, shapes (N, ...) and (N,)
        Data and labels.
    batch_size : int
        Rows a batch. The last one may be smaller.
    rng : numpy.random.Generator or int, optional
        Draws the order. For several epochs, hand the same generator to each.

    Yields
    ------
    x, y : arrays
        Rows of each, copied.

    Examples
    --------
    >>> import numpy as np
    >>> [len(labels) for images, labels in batches(np.zeros((7, 2)), np.arange(7), 3)]
    [3, 3, 1]
    """
    batch_size, generator = _checks.integer("batch_size", batch_size, 1), _checks.generator("rng", rng)
    x, y = _checks.plain("x", x), _checks.plain("y", y)
    if x.ndim < 1 or y.shape[:1] != x.shape[:1]:
        raise ValueError(f"y: got shape {y.shape}, expected as many rows as x, of shape {x.shape}")
    order = generator.permutation(len(x))
    parts = (order[i : i + batch_size] for i in range(0, len(order), batch_size))
    return ((x[rows], y[rows]) for rows in parts)


def evaluate(model: Layer, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, float]:
    """Mean loss and accuracy of a model on labelled data, in batches so that memory stays small.

    Parameters
    ----------
    model : Layer
        Its `forward` returns logits, shape (N, K). What it kept for `backward` is dropped.
    x : float array, shape (N, ...)
        What the model takes.
    y : integer array, shape (N,)
        The right classes.

    Returns
    -------
    loss, accuracy : float
        Mean cross-entropy in nats, and the share of rows whose largest logit is the right class.
        A row with a NaN is wrong, and makes the loss NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import Activate, identity
    >>> loss, accuracy = evaluate(Activate(identity), np.eye(3), [0, 1, 1])
    >>> round(accuracy, 4)
    0.6667
    """
    _check_model(model, Layer)
    x, y = _check_data(x, y, "x, y")
    loss_sum, right = 0.0, 0
    with threads.held():
        for i in range(0, len(x), _EVALUATION_BATCH):
            images, labels = x[i : i + _EVALUATION_BATCH], y[i : i + _EVALUATION_BATCH]
            logits = model.forward(images, training=False)
            loss_sum += float(softmax_cross_entropy(logits, labels)[0]) * len(labels)
            right += _count_right(logits, labels)
    return loss_sum / len(x), right / len(x)


def fit(
    model: Sequential,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    momentum: float,
    rng: Seed = None,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    progress: bool = True,
    callback: Callback | None = None,
    seed: Seed = None,
) -> History:
    """Train a model on labelled data by stochastic gradient descent with momentum.

    For each batch, and each parameter w with gradient g: v <- momentum v - learning_rate g; w <- w + v.
    Equation :eq:`eq-momentum`.

    Parameters
    ----------
    model : Sequential
        Changed in place. Its output is taken as logits.
    x : float array, shape (N, ...)
        What the model takes. In float32, with `model.astype(np.float32)`, training is twice as fast.
    y : integer array, shape (N,)
        The right classes.
    epochs, batch_size : int
        Passes over the data; rows a batch. The last batch of an epoch may be smaller.
    learning_rate, momentum : float
        Step size, above 0; share of the last step that is kept, at least 0 and below 1.
    rng : numpy.random.Generator or int, optional
        Fixes the order of the rows, so that a run can be repeated. (`seed` is its old name.)
    validation : (x, y), optional
        Data that is measured after each epoch and never trained on.
    progress : bool
        Show a bar, if tqdm is installed (`pip install "cnnlab[data]"`).
    callback : function, optional
        Called after each epoch as `callback(epoch, history, optimizer)`, with the epochs done so far, the
        history itself and the `Momentum`, whose learning_rate may be changed. If it returns True, training
        ends::

            def halve_and_stop(epoch, history, optimizer):
                if epoch % 5 == 0:
                    optimizer.learning_rate /= 2
                return history["validation_loss"][-1] > min(history["validation_loss"]) + 0.1

    Returns
    -------
    history : dict of lists, one number per epoch
        "loss" and "accuracy" over the training batches, each as it was before its own step; with validation
        data also "validation_loss" and "validation_accuracy". After an interrupt (Ctrl-C, the button of a
        notebook) it has the epochs that were done, and a warning says so.

    Raises
    ------
    ValueError, TypeError
        If an argument cannot work; the message names it. No parameter has moved then.
    FloatingPointError
        If a loss or a parameter is no longer finite: the learning rate is too large.

    Warns
    -----
    UserWarning
        Once, if the inputs are far from unit scale; once, if the loss does not leave chance.
    RuntimeWarning
        If training was interrupted.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import Dense
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> history = fit(Sequential(Dense(2, 2, rng=0)), x, [0, 1], epochs=20, batch_size=2,
    ...               learning_rate=1.0, momentum=0.5, rng=0, progress=False)
    >>> history["accuracy"][-1]
    1.0
    """
    epochs, batch_size = _checks.integer("epochs", epochs, 1), _checks.integer("batch_size", batch_size, 1)
    optimizer, generator = Momentum(learning_rate, momentum), _check_rng(rng, seed)
    progress = _checks.flag("progress", progress)
    if callback is not None and not callable(callback):
        raise TypeError(f"callback: got {_checks.short(callback)}, expected a function")
    (x, y), held_out = _check_fit(model, x, y, validation)
    names = ["loss", "accuracy"] + (["validation_loss", "validation_accuracy"] if held_out else [])
    history: History = {name: [] for name in names}
    watch = _Beginning(y)
    with threads.held(), _stopping_early(history):
        for epoch in _progress_bar(range(1, epochs + 1), progress):
            data = batches(x, y, batch_size, generator)
            results = _epoch(model, data, optimizer, watch.losses, f"in epoch {epoch}")
            if held_out:
                results += evaluate(model, *held_out)
                _check_finite(results[2], "the validation loss", optimizer, f"in epoch {epoch}")
            for name, result in zip(names, results, strict=True):
                history[name].append(result)
            watch.look(epoch)
            if callback is not None and _called(callback, epoch, history, optimizer):
                break
    return history


def _epoch(
    model: Layer, data: Iterable[Data], optimizer: Momentum, losses: list[float], place: str
) -> tuple[float, ...]:
    """Take one step for each batch; return the loss and the accuracy that the batches had before theirs.

    The loss of each batch is noted in `losses`.
    """
    loss_sum, right, rows = 0.0, 0, 0
    for images, labels in data:
        logits = model.forward(images)
        loss, delta = softmax_cross_entropy(logits, labels)
        _check_finite(float(loss), "the loss", optimizer, place)
        model.parameter_gradients(delta)  # backward; nobody asks for the gradient by the images
        optimizer.step(model)
        losses.append(float(loss))
        loss_sum += float(loss) * len(labels)
        right += _count_right(logits, labels)
        rows += len(labels)
    for name, w in model.parameters.items():
        _check_finite(float(abs(w).max()), f"the largest entry of {name}", optimizer, place)
    return loss_sum / rows, right / rows


def _called(callback: Callback, epoch: int, history: History, optimizer: Momentum) -> bool:
    """Return whether the callback ends the training, and check what it may have changed."""
    answer = callback(epoch, history, optimizer)
    if answer is not None and not isinstance(answer, (bool, np.bool_)):
        raise TypeError(f"callback: got {_checks.short(answer)} from it, expected True, False or None")
    _check_rates(optimizer.learning_rate, optimizer.momentum)
    return bool(answer)


def _count_right(logits: Array, y: Array) -> int:
    """Count the rows whose largest logit is the right class; in a row with a NaN nothing is largest."""
    right = (logits.argmax(axis=1) == y) & ~np.isnan(logits).any(axis=1)
    return int(right.sum())


@contextlib.contextmanager
def _stopping_early(history: History) -> Iterator[None]:
    """Let an interrupt end the training, and nothing else: what was learned and noted is not lost."""
    try:
        yield
    except KeyboardInterrupt:
        done = len(history["loss"])
        warnings.warn(f"training was interrupted after {done} epoch(s)", RuntimeWarning, stacklevel=4)


class _Beginning:
    """Says, once, that a network has not begun to learn."""

    def __init__(self, y: Array) -> None:
        shares = np.unique(y, return_counts=True)[1] / len(y)
        chance = float(-(shares * np.log(shares)).sum())  # the loss of guessing each class by its share
        self.enough = _BEGUN * chance
        self.losses: list[float] = []
        self.done = chance == 0

    def look(self, epoch: int) -> None:
        """Look at the losses so far, once there have been enough steps, until it is clear."""
        count = len(self.losses)
        if self.done or count < _STEPS_TO_BEGIN:
            return
        early, late = (float(np.mean(self.losses[k * count // 4 : (k + 1) * count // 4])) for k in (1, 3))
        self.done = late < self.enough
        if not self.done and late > _FALLING * early:  # else it is on its way down: look again later
            self.done = True
            warnings.warn(
                f"loss: got {late:.3g} after {epoch} epoch(s), expected less than {self.enough:.3g}: "
                f"{_BEGUN:.0%} of what guessing each class by its share gives. Learning has not begun. Look "
                "at the learning rate (ten times less, or more), at the scale of x, at whether each label "
                "belongs to its row, and at the gradients (cnnlab.gradients)",
                stacklevel=3,
            )


def _progress_bar(steps: range, shown: bool) -> Iterable[int]:
    """Wrap the epochs in tqdm's bar, if it is wanted and installed."""
    if not shown:
        return steps
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, desc="training", unit="epoch")  # type: ignore[no-any-return]


def _check_finite(value: float, what: str, optimizer: Momentum, place: str) -> None:
    if not np.isfinite(value):
        raise FloatingPointError(
            f"learning_rate: got {optimizer.learning_rate!r}, expected less: {what} is {value} {place}"
        )


def _check_rng(rng: Seed, seed: Seed) -> np.random.Generator:
    """Return the generator of `rng`, or of `seed`, as it was called before."""
    if seed is None:
        return _checks.generator("rng", rng)
    if rng is not None:
        raise ValueError(
            f"seed: got {_checks.short(seed)} beside rng, expected rng alone: seed is its old name"
        )
    warnings.warn("seed: this argument is called rng now", DeprecationWarning, stacklevel=3)
    return _checks.generator("seed", seed)


def _check_rates(learning_rate: float, momentum: float) -> tuple[float, float]:
    rate, share = _checks.real("learning_rate", learning_rate), _checks.real("momentum", momentum)
    if not 0 < rate < np.inf:
        raise ValueError(f"learning_rate: got {rate!r}, expected a positive finite number")
    if not 0 <= share < 1:
        raise ValueError(f"momentum: got {share!r}, expected at least 0 and less than 1")
    return rate, share


def _check_model(model: Layer, kind: type[Layer]) -> None:
    if not isinstance(model, kind):
        raise TypeError(f"model: got {_checks.short(model)}, expected a {kind.__name__}")


def _check_data(x: npt.ArrayLike, y: npt.ArrayLike, name: str) -> Data:
    images, labels = _checks.plain(name, x), _checks.plain("labels", y)
    if images.ndim < 2 or len(images) == 0:
        raise ValueError(f"{name}: got shape {images.shape} for x, expected (N, ...) with N > 0")
    if images.dtype.kind != "f":
        raise TypeError(
            f"{name}: got dtype {images.dtype} for x, expected floating point, such as pixels / 255"
        )
    if labels.shape != images.shape[:1]:
        raise ValueError(
            f"{name}: got {len(images)} rows of x and labels of shape {labels.shape}, "
            f"expected ({len(images)},)"
        )
    return images, check_labels(labels, len(images), np.iinfo(np.int64).max)


def _check_fit(
    model: Sequential,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None,
) -> tuple[Data, Data | None]:
    """Check all that training will meet before it moves a parameter: one row goes forward.

    It is not trained on, so that what a model keeps of its batches does not see a batch of one.
    """
    _check_model(model, Sequential)
    for name, w in model.parameters.items():
        if w.dtype.kind != "f":
            raise TypeError(f"model: got dtype {w.dtype} for {name}, expected floating point")
        if not w.flags.writeable:
            raise ValueError(
                f"model: got a read-only array for {name}, expected one that training may change"
            )
    data = _check_data(x, y, "x, y")
    held_out = None
    if validation is not None:
        if not isinstance(validation, (tuple, list)) or len(validation) != 2:
            raise ValueError(f"validation: got {_checks.short(validation)}, expected a pair (x, y)")
        held_out = _check_data(*validation, "validation")
    for name, (images, labels) in [("x, y", data)] + ([("validation", held_out)] if held_out else []):
        if not np.isfinite(images).all():
            raise ValueError(f"{name}: got NaN or infinity in x, expected finite numbers")
        try:
            logits = model.forward(images[:1], training=False)
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{name}: got rows of shape {images.shape[1:]} in x, which the model refuses: {error}"
            ) from error
        classes = _checks.array("the model's output", logits, "N, K").shape[1]
        check_labels(labels, len(labels), classes, "labels" if name == "x, y" else "validation labels")
    some = data[0][:: max(1, len(data[0]) // 1000)]
    with np.errstate(over="ignore"):
        scale = float(np.sqrt(np.mean(np.square(some, dtype=np.float64))))
    if scale and not _USUAL_SCALES[0] <= scale <= _USUAL_SCALES[1]:
        warnings.warn(
            f"x: got numbers of size {scale:.3g} (root mean square), expected about 1, for which weights are "
            "drawn: learning may not begin. Divide, as in pixels / 255",
            stacklevel=3,
        )
    return data, held_out
