"""Layers, the network they make, and the loop that trains it (chapter 11).

A layer's `forward` remembers what its `backward` needs; `backward` takes the gradient of the loss by the
layer's output, fills `gradients`, and returns the gradient by the layer's input.
"""

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, convolution, pooling
from cnnlab._checks import Array, Size
from cnnlab.activations import Activation
from cnnlab.losses import check_labels, softmax_cross_entropy

Seed = np.random.Generator | int | None

_FORMAT = "cnnlab model 1"
# Rows that a forward pass takes at once when only its result is wanted.
_EVALUATION_BATCH = 500


def _initial_weights(rng: Seed, shape: tuple[int, ...], fan_in: int) -> Array:
    """Draw weights of variance 2 / fan_in, which keeps the size of the signal through ReLU layers."""
    return np.asarray(np.random.default_rng(rng).standard_normal(shape) * np.sqrt(2 / fan_in))


class Layer:
    """What all layers share: `parameters` and `gradients`, dicts of arrays by name.

    A layer without parameters keeps both empty.
    """

    def __init__(self) -> None:
        self.parameters: dict[str, Array] = {}
        self.gradients: dict[str, Array] = {}
        self._cache: Any = None

    def forward(self, a: npt.ArrayLike) -> Array:
        """Return the layer's output and remember what `backward` will need."""
        raise NotImplementedError

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Fill `gradients` and return the gradient of the loss by the layer's input."""
        raise NotImplementedError

    def _remembered(self) -> Any:
        if self._cache is None:
            raise RuntimeError(f"{self!r}: backward was called before forward")
        return self._cache


class Conv2D(Layer):
    """A convolutional layer: z = conv2d(a, w, b) (chapters 00 to 09).

    Parameters
    ----------
    channels, filters : int
        C and F: channels of the input, kernels.
    size, stride, padding, dilation : int or (rows, columns), in pixels
        As in `conv2d`.
    groups : int
        As in `conv2d`.
    rng : numpy.random.Generator or int, optional
        Draws the kernels; the biases start at 0.

    Raises
    ------
    ValueError, TypeError
        If a size cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Conv2D(1, 8, 5, padding=2, rng=0)
    >>> layer.forward(np.ones((2, 28, 28, 1))).shape
    (2, 28, 28, 8)
    """

    def __init__(
        self,
        channels: int,
        filters: int,
        size: Size,
        *,
        stride: Size = 1,
        padding: Size = 0,
        dilation: Size = 1,
        groups: int = 1,
        rng: Seed = None,
    ) -> None:
        super().__init__()
        channels = _checks.integer("channels", channels, 1)
        filters = _checks.integer("filters", filters, 1)
        groups = _checks.integer("groups", groups, 1)
        if channels % groups or filters % groups:
            raise ValueError(
                f"groups: got {groups}, expected a divisor of channels = {channels} and filters = {filters}"
            )
        rows, columns = _checks.pair("size", size, 1)
        self.options: dict[str, Any] = {
            "stride": _checks.pair("stride", stride, 1),
            "padding": _checks.pair("padding", padding, 0),
            "dilation": _checks.pair("dilation", dilation, 1),
            "groups": groups,
        }
        shape = (filters, rows, columns, channels // groups)
        fan_in = rows * columns * channels // groups
        self.parameters = {"w": _initial_weights(rng, shape, fan_in), "b": np.zeros(filters)}

    def forward(self, a: npt.ArrayLike) -> Array:
        """Return z, shape (N, OH, OW, F)."""
        a = _checks.array("a", a, convolution.IMAGE)
        z = convolution.conv2d(a, self.parameters["w"], self.parameters["b"], **self.options)
        self._cache = a
        return z

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Take delta, shape of z; fill dw and db; return da."""
        a = self._remembered()
        da, dw, db = convolution.conv2d_backward(dout, a, self.parameters["w"], **self.options)
        self.gradients = {"w": dw, "b": db}
        return da

    def __repr__(self) -> str:
        filters, rows, columns, per_group = self.parameters["w"].shape
        channels = per_group * self.options["groups"]
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"Conv2D({channels}, {filters}, ({rows}, {columns}), {options})"


class Dense(Layer):
    """A fully connected layer: z = a w + b, :eq:`eq-dense` (chapter 11).

    Equations :eq:`eq-dense`, :eq:`eq-dense-input`, :eq:`eq-dense-weight` and :eq:`eq-dense-bias`.

    Parameters
    ----------
    inputs, outputs : int
        Lengths of the vectors that enter and leave.
    rng : numpy.random.Generator or int, optional
        Draws w, shape (inputs, outputs); b starts at 0.

    Raises
    ------
    ValueError, TypeError
        If a length is not a positive integer, or an array does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> Dense(784, 10, rng=0).forward(np.ones((2, 784))).shape
    (2, 10)
    """

    def __init__(self, inputs: int, outputs: int, *, rng: Seed = None) -> None:
        super().__init__()
        inputs, outputs = _checks.integer("inputs", inputs, 1), _checks.integer("outputs", outputs, 1)
        self.parameters = {"w": _initial_weights(rng, (inputs, outputs), inputs), "b": np.zeros(outputs)}

    def forward(self, a: npt.ArrayLike) -> Array:
        """Return z, shape (N, outputs)."""
        w, b = self.parameters["w"], self.parameters["b"]
        a = _checks.array("a", a, "N, D")
        _checks.same_shape("a", a, (a.shape[0], w.shape[0]), "one column per input of this layer")
        z = np.asarray(a @ w + b)
        self._cache = a
        return z

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Take delta, shape of z; fill dw = a^T delta and db = sum of delta; return da = delta w^T."""
        a, w = self._remembered(), self.parameters["w"]
        delta = _checks.array("dout", dout, "N, K")
        _checks.same_shape("dout", delta, (a.shape[0], w.shape[1]), "the output of this layer")
        self.gradients = {"w": a.T @ delta, "b": delta.sum(axis=0)}
        return np.asarray(delta @ w.T)

    def __repr__(self) -> str:
        return "Dense({}, {})".format(*self.parameters["w"].shape)


class _Pool2D(Layer):
    """The arguments that both kinds of pooling share."""

    def __init__(self, size: Size, *, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__()
        self.size = _checks.pair("size", size, 1)
        self.options: dict[str, Any] = {
            "stride": self.size if stride is None else _checks.pair("stride", stride, 1),
            "padding": pooling.check_padding(padding, self.size),
        }

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{type(self).__name__}({self.size}, {options})"


class MaxPool2D(_Pool2D):
    """Max pooling (chapter 02).

    Parameters
    ----------
    size, stride, padding : int or (rows, columns), in pixels
        As in `max_pool2d`.

    Raises
    ------
    ValueError, TypeError
        If a size cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> MaxPool2D(2).forward(np.ones((2, 28, 28, 8))).shape
    (2, 14, 14, 8)
    """

    def forward(self, a: npt.ArrayLike) -> Array:
        """Return p, shape (N, PH, PW, C), and remember where the maxima were."""
        p, argmax = pooling.max_pool2d(a, self.size, **self.options)
        self._cache = argmax, np.shape(a)
        return p

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Take dp, shape of p; return da: each error at the position that won."""
        argmax, shape = self._remembered()
        return pooling.max_pool2d_backward(dout, argmax, shape, self.size, **self.options)


class AvgPool2D(_Pool2D):
    """Average pooling (chapter 02).

    Parameters
    ----------
    size, stride, padding : int or (rows, columns), in pixels
        As in `avg_pool2d`.
    count_include_pad : bool
        As in `avg_pool2d`.

    Raises
    ------
    ValueError, TypeError
        If a size cannot work; the message names the argument.

    Examples
    --------
    >>> import numpy as np
    >>> AvgPool2D(2).forward(np.ones((2, 28, 28, 8))).shape
    (2, 14, 14, 8)
    """

    def __init__(
        self,
        size: Size,
        *,
        stride: Size | None = None,
        padding: Size = 0,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(size, stride=stride, padding=padding)
        self.options["count_include_pad"] = _checks.flag("count_include_pad", count_include_pad)

    def forward(self, a: npt.ArrayLike) -> Array:
        """Return p, shape (N, PH, PW, C)."""
        p = pooling.avg_pool2d(a, self.size, **self.options)
        self._cache = np.shape(a)
        return p

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Take dp, shape of p; return da: each error shared by its window."""
        return pooling.avg_pool2d_backward(dout, self._remembered(), self.size, **self.options)


class Activate(Layer):
    """An activation as a layer: a = sigma(z), and back, delta = da times sigma'(z).

    Equation :eq:`eq-activation-error`.

    Parameters
    ----------
    activation : Activation
        `relu`, `sigmoid`, `tanh` or `identity`.

    Raises
    ------
    TypeError
        If it is anything else.

    Examples
    --------
    >>> from cnnlab import relu
    >>> layer = Activate(relu)
    >>> layer.forward([[-1.0, 2.0]]), layer.backward([[5.0, 7.0]])
    (array([[0., 2.]]), array([[0., 7.]]))
    """

    def __init__(self, activation: Activation) -> None:
        super().__init__()
        if not isinstance(activation, Activation):
            raise TypeError(f"activation: got {activation!r}, expected an Activation such as tanh")
        self.activation = activation

    def forward(self, a: npt.ArrayLike) -> Array:
        """Take z (any shape), return sigma(z)."""
        z = _checks.plain("a", a)
        out = self.activation(z)
        self._cache = z
        return out

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Take the gradient by sigma(z), return delta, the gradient by z."""
        z, dout = self._remembered(), np.asarray(dout)
        _checks.same_shape("dout", dout, z.shape, "the output of this layer")
        return np.asarray(dout * self.activation.derivative(z))

    def __repr__(self) -> str:
        return f"Activate({self.activation!r})"


class Flatten(Layer):
    """From images to rows of numbers: (N, H, W, C) to (N, H W C), and back.

    Equation :eq:`eq-flatten`.

    Raises
    ------
    ValueError
        If an array does not fit.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Flatten()
    >>> layer.forward(np.ones((2, 7, 7, 16))).shape, layer.backward(np.ones((2, 784))).shape
    ((2, 784), (2, 7, 7, 16))
    """

    def forward(self, a: npt.ArrayLike) -> Array:
        """Return the rows, shape (N, H W C)."""
        a = _checks.array("a", a, convolution.IMAGE)
        self._cache = a.shape
        return a.reshape(a.shape[0], -1)

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Return the same numbers in the shape of the images."""
        images, dout = self._remembered(), _checks.array("dout", dout, "N, D")
        _checks.same_shape("dout", dout, (images[0], int(np.prod(images[1:]))), "the output of this layer")
        return dout.reshape(images)

    def __repr__(self) -> str:
        return "Flatten()"


def _walk(layers: Iterable[Layer]) -> Iterator[Layer]:
    """Yield all layers, those inside of a `Sequential` too."""
    for layer in layers:
        yield layer
        if isinstance(layer, Sequential):
            yield from _walk(layer.layers)


class Sequential(Layer):
    """Layers one after another: forward from the first to the last, backward from the last to the first.

    Parameters
    ----------
    *layers : Layer
        At least one. The parameter w of the first is called "0.w".

    Raises
    ------
    ValueError, TypeError
        If there is no layer, something is not a layer, or one layer stands twice: it would forget
        what its first forward pass saw.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import tanh
    >>> model = Sequential(Dense(3, 4, rng=0), Activate(tanh), Dense(4, 2, rng=1))
    >>> model.forward(np.ones((5, 3))).shape, model.backward(np.ones((5, 2))).shape
    ((5, 2), (5, 3))
    >>> sorted(model.parameters)
    ['0.b', '0.w', '2.b', '2.w']
    """

    def __init__(self, *layers: Layer) -> None:
        if not layers:
            raise ValueError("layers: got none, expected at least one")
        for layer in layers:
            if not isinstance(layer, Layer):
                raise TypeError(f"layers: got {layer!r}, expected a layer such as Activate(tanh)")
        everywhere = list(_walk(layers))
        if len({id(layer) for layer in everywhere}) < len(everywhere):
            raise ValueError("layers: got the same layer twice, expected a new one for each place")
        self.layers = layers

    @property
    def parameters(self) -> dict[str, Array]:  # type: ignore[override]
        """The parameters of all layers, the arrays themselves, as "index.name"."""
        return {
            f"{k}.{name}": p for k, layer in enumerate(self.layers) for name, p in layer.parameters.items()
        }

    @property
    def gradients(self) -> dict[str, Array]:  # type: ignore[override]
        """The gradients that the last `backward` left, under the names of the parameters."""
        return {
            f"{k}.{name}": g for k, layer in enumerate(self.layers) for name, g in layer.gradients.items()
        }

    def set_parameters(self, values: dict[str, Array]) -> None:
        """Replace parameters by name: every name of `parameters`, with its shape, and no other."""
        current = self.parameters
        if set(values) != set(current):
            raise ValueError(f"values: got the names {sorted(values)}, expected {sorted(current)}")
        for name, value in values.items():
            _checks.same_shape(name, _checks.plain(name, value), current[name].shape, "this model")
        for k, layer in enumerate(self.layers):
            own = {name: values[f"{k}.{name}"] for name in layer.parameters}
            if isinstance(layer, Sequential):
                layer.set_parameters(own)
            else:
                layer.parameters = {name: np.array(value) for name, value in own.items()}

    def astype(self, dtype: npt.DTypeLike) -> Self:
        """Convert every parameter to a float dtype, in place, and return the model.

        Weights are drawn in float64, which gradient checks need; float32 trains twice as fast.
        """
        if np.dtype(dtype).kind != "f":
            raise TypeError(f"dtype: got {np.dtype(dtype)}, expected a floating-point dtype")
        self.set_parameters({name: value.astype(dtype) for name, value in self.parameters.items()})
        return self

    def forward(self, a: npt.ArrayLike) -> Array:
        """Pass `a` through the layers, first to last."""
        out = _checks.plain("a", a)
        for layer in self.layers:
            out = layer.forward(out)
        return out

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Pass `dout` back through the layers, last to first; return the gradient by the input."""
        out = np.asarray(dout)
        for layer in reversed(self.layers):
            out = layer.backward(out)
        return out

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to `path` as .npz, exactly that name, in the model's dtype.

        The file appears whole or not at all: an interrupted save leaves a previous file as it was.
        """
        for name, value in self.parameters.items():
            if value.dtype.kind != "f":  # objects would be pickled
                raise TypeError(f"{name}: got dtype {value.dtype}, expected floating point")
        target = Path(path).resolve()  # through a symbolic link, not over it
        partial = target.with_name(f".{secrets.token_hex(8)}.partial")  # two savers never share one
        description = json.dumps([_FORMAT, repr(self)])
        try:
            with open(partial, "xb") as file:
                # A file object, because np.savez would add .npz to a name.
                np.savez(file, description=np.array(description), **self.parameters)  # type: ignore[arg-type]
                file.flush()
                os.fsync(file.fileno())
            if target.exists():
                shutil.copymode(target, partial)
            os.replace(partial, target)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(partial)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Fill this model from a file that `save` wrote, in the dtype it was saved with.

        Raises FileNotFoundError if there is none, and ValueError if the file is damaged, is not from
        cnnlab, or belongs to a model with other layers. The model is then as it was.
        """
        with open(path, "rb") as file:
            try:
                with np.load(file, allow_pickle=False) as archive:
                    values = {name: archive[name] for name in archive.files}
            except Exception as error:  # a damaged file can make NumPy and zipfile raise almost anything
                raise ValueError(f"{path}: not a readable model file ({error})") from error
        try:
            kind, layers = json.loads(str(values.pop("description")))
        except (KeyError, ValueError, TypeError, RecursionError):
            kind, layers = None, None
        if kind != _FORMAT:
            raise ValueError(f"{path}: got an .npz file that cnnlab did not save, expected a {_FORMAT!r}")
        if layers != repr(self):
            raise ValueError(f"{path}: got a file for\n{layers}\nexpected one for\n{self!r}")
        for name, value in values.items():
            if not isinstance(value, np.ndarray) or value.dtype.kind != "f":
                raise ValueError(
                    f"{path}: got {type(value).__name__} for {name}, expected floating-point arrays"
                )
        try:
            self.set_parameters(values)
        except ValueError as error:
            raise ValueError(f"{path}: damaged: {error}") from error

    def __repr__(self) -> str:
        return "Sequential({})".format(", ".join(map(repr, self.layers)))


def _check_data(x: npt.ArrayLike, y: npt.ArrayLike, name: str) -> tuple[Array, Array]:
    images, labels = _checks.plain(name, x), np.asarray(y)
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


def evaluate(model: Layer, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[float, float]:
    """Mean loss and accuracy of a model on labelled data, in batches so that memory stays small.

    Parameters
    ----------
    model : Layer
        Anything whose `forward` returns logits, shape (N, K).
    x : float array, shape (N, ...)
        What the model takes.
    y : integer array, shape (N,)
        The right classes.

    Returns
    -------
    loss, accuracy : float
        Mean cross-entropy in nats, and the share of rows whose largest logit is the right class.

    Raises
    ------
    ValueError, TypeError
        If `x` and `y` do not fit each other or the model.

    Examples
    --------
    >>> import numpy as np
    >>> from cnnlab import identity
    >>> loss, accuracy = evaluate(Activate(identity), np.eye(3), [0, 1, 1])
    >>> round(accuracy, 4)
    0.6667
    """
    x, y = _check_data(x, y, "x, y")
    loss = 0.0
    correct = 0
    for i in range(0, len(x), _EVALUATION_BATCH):
        batch = slice(i, i + _EVALUATION_BATCH)
        logits = model.forward(x[batch])
        loss += float(softmax_cross_entropy(logits, y[batch])[0]) * len(logits)
        correct += int((logits.argmax(axis=1) == y[batch]).sum())
    return loss / len(x), correct / len(x)


def _progress_bar(steps: range, shown: bool) -> Iterable[int]:
    """Wrap the epochs in tqdm's bar, if it is wanted and installed."""
    if not shown:
        return steps
    try:
        from tqdm import tqdm
    except ImportError:
        return steps
    return tqdm(steps, desc="training", unit="epoch")  # type: ignore[no-any-return]


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
        If an argument cannot work; the message names it.
    FloatingPointError
        If the loss is no longer finite: the learning rate is too large.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0]])
    >>> history = fit(Sequential(Dense(2, 2, rng=0)), x, [0, 1], epochs=20, batch_size=2,
    ...               learning_rate=1.0, momentum=0.5, seed=0, progress=False)
    >>> history["accuracy"][-1]
    1.0
    """
    images, labels = _check_data(x, y, "x, y")
    epochs, batch_size = _checks.integer("epochs", epochs, 1), _checks.integer("batch_size", batch_size, 1)
    learning_rate, momentum = _checks.real("learning_rate", learning_rate), _checks.real("momentum", momentum)
    if not 0 < learning_rate < np.inf:
        raise ValueError(f"learning_rate: got {learning_rate!r}, expected a positive finite number")
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum: got {momentum!r}, expected at least 0 and less than 1")
    if validation is not None and len(validation) != 2:
        raise ValueError(f"validation: got {len(validation)} entries, expected a pair (x, y)")
    held_out = None if validation is None else _check_data(*validation, "validation")
    rng = np.random.default_rng(seed)
    velocity = {name: np.zeros_like(w) for name, w in model.parameters.items()}
    history: dict[str, list[float]] = {"loss": [], "accuracy": []}
    if held_out:
        history |= {"validation_loss": [], "validation_accuracy": []}
    for epoch in _progress_bar(range(epochs), progress):
        order = rng.permutation(len(images))
        loss_sum = 0.0
        correct = 0
        for i in range(0, len(order), batch_size):
            rows = order[i : i + batch_size]
            logits = model.forward(images[rows])
            loss, delta = softmax_cross_entropy(logits, labels[rows])
            if not np.isfinite(loss):
                raise FloatingPointError(
                    f"learning_rate: got {learning_rate!r}, expected less: "
                    f"the loss is {loss} in epoch {epoch + 1}"
                )
            model.backward(delta)
            _update(model, velocity, learning_rate, momentum)
            loss_sum += float(loss) * len(rows)
            correct += int((logits.argmax(axis=1) == labels[rows]).sum())
        for name, w in model.parameters.items():
            if not np.isfinite(w).all():
                raise FloatingPointError(
                    f"learning_rate: got {learning_rate!r}, expected less: {name} overflowed"
                )
        history["loss"].append(loss_sum / len(order))
        history["accuracy"].append(correct / len(order))
        if held_out:
            loss, accuracy = evaluate(model, *held_out)
            history["validation_loss"].append(loss)
            history["validation_accuracy"].append(accuracy)
    return history


def _update(model: Sequential, velocity: dict[str, Array], learning_rate: float, momentum: float) -> None:
    """Take one step: v <- momentum v - learning_rate g; w <- w + v."""
    gradients = model.gradients
    for name, w in model.parameters.items():
        v = velocity[name]
        v *= momentum
        v -= learning_rate * gradients[name]
        w += v
