"""The loop that trains a network, and what measures it (chapter 11)."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from cnnlab import _checks
from cnnlab._checks import Array, Seed
from cnnlab.layers import Layer, Sequential
from cnnlab.losses import check_labels, softmax_cross_entropy

# Rows that a forward pass takes at once when only its result is wanted.
_EVALUATION_BATCH = 500

Data = tuple[Array, Array]


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
    loss = 0.0
    right = 0
    for i in range(0, len(x), _EVALUATION_BATCH):
        batch = slice(i, i + _EVALUATION_BATCH)
        logits = model.forward(x[batch], training=False)
        loss += float(softmax_cross_entropy(logits, y[batch])[0]) * len(logits)
        right += _count_right(logits, y[batch])
    return loss / len(x), right / len(x)


def fit(
    model: Sequential,
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    epochs: int,
    batch_size: int,
    learning_rate: float,
    momentum: float,
    seed: Seed,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    progress: bool = True,
) -> dict[str, list[float]]:
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
    seed : int or numpy.random.Generator
        Fixes the order of the rows, so that a run can be repeated.
    validation : (x, y), optional
        Data that is measured after each epoch and never trained on.
    progress : bool
        Show a bar, if tqdm is installed (`pip install "cnnlab[data]"`).

    Returns
    -------
    history : dict of lists, one number per epoch
        "loss" and "accuracy" over the training batches, each as it was before its own step; with validation
        data also "validation_loss" and "validation_accuracy".

    Raises
    ------
    ValueError, TypeError
        If an argument cannot work; the message names it. No parameter has moved then.
    FloatingPointError
        If a loss or a parameter is no longer finite: the learning rate is too large.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import Dense
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> history = fit(Sequential(Dense(2, 2, rng=0)), x, [0, 1], epochs=20, batch_size=2,
    ...               learning_rate=1.0, momentum=0.5, seed=0, progress=False)
    >>> history["accuracy"][-1]
    1.0
    """
    epochs, batch_size = _checks.integer("epochs", epochs, 1), _checks.integer("batch_size", batch_size, 1)
    learning_rate, momentum = _check_rates(learning_rate, momentum)
    progress, rng = _checks.flag("progress", progress), _checks.generator("seed", seed)
    data, held_out = _check_fit(model, x, y, validation)
    velocity = {name: np.zeros_like(w) for name, w in model.parameters.items()}
    names = ["loss", "accuracy"] + (["validation_loss", "validation_accuracy"] if held_out else [])
    history: dict[str, list[float]] = {name: [] for name in names}
    for epoch in _progress_bar(range(epochs), progress):
        place = f"in epoch {epoch + 1}"
        results = _epoch(model, *data, velocity, batch_size, learning_rate, momentum, rng, place)
        if held_out:
            results += evaluate(model, *held_out)
            _check_finite(results[2], "the validation loss", learning_rate, place)
        for name, result in zip(names, results, strict=True):
            history[name].append(result)
    return history


def _epoch(
    model: Sequential,
    x: Array,
    y: Array,
    velocity: dict[str, Array],
    batch_size: int,
    learning_rate: float,
    momentum: float,
    rng: np.random.Generator,
    place: str,
) -> tuple[float, ...]:
    """Take one step for each batch; return the loss and the accuracy that the batches had before theirs."""
    order = rng.permutation(len(x))
    loss_sum = 0.0
    right = 0
    for i in range(0, len(order), batch_size):
        rows = order[i : i + batch_size]
        logits = model.forward(x[rows])
        loss, delta = softmax_cross_entropy(logits, y[rows])
        _check_finite(float(loss), "the loss", learning_rate, place)
        model._learn(delta)  # nobody asks for the gradient by the images
        _update(model, velocity, learning_rate, momentum)
        loss_sum += float(loss) * len(rows)
        right += _count_right(logits, y[rows])
    for name, w in model.parameters.items():
        _check_finite(float(abs(w).max()), f"the largest entry of {name}", learning_rate, place)
    return loss_sum / len(order), right / len(order)


def _update(model: Sequential, velocity: dict[str, Array], learning_rate: float, momentum: float) -> None:
    """Take one step: v <- momentum v - learning_rate g; w <- w + v."""
    gradients = model.gradients
    for name, w in model.parameters.items():
        v = velocity[name]
        v *= momentum
        v -= learning_rate * gradients[name]
        w += v


def _count_right(logits: Array, y: Array) -> int:
    """Count the rows whose largest logit is the right class; in a row with a NaN nothing is largest."""
    right = (logits.argmax(axis=1) == y) & ~np.isnan(logits).any(axis=1)
    return int(right.sum())


def _progress_bar(steps: range, shown: bool) -> Iterable[int]:
    """Wrap the epochs in tqdm's bar, if it is wanted and installed."""
    if not shown:
        return steps
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, desc="training", unit="epoch")  # type: ignore[no-any-return]


def _check_finite(value: float, what: str, learning_rate: float, place: str) -> None:
    if not np.isfinite(value):
        raise FloatingPointError(
            f"learning_rate: got {learning_rate!r}, expected less: {what} is {value} {place}"
        )


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
    """Check all that training will meet before it moves a parameter: one row goes forward and back."""
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
            logits = model.forward(images[:1])
            model.backward(np.zeros_like(logits))
        except (ValueError, TypeError) as error:
            raise ValueError(
                f"{name}: got rows of shape {images.shape[1:]} in x, which the model refuses: {error}"
            ) from error
        classes = _checks.array("the model's output", logits, "N, K").shape[1]
        check_labels(labels, len(labels), classes, "labels" if name == "x, y" else "validation labels")
    return data, held_out
