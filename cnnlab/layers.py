"""Layers and the network that they make (chapter 11)."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _files, _layer, convolution, pooling
from cnnlab._checks import Array, Seed, Shape, Size
from cnnlab.activations import Activation


class Layer:
    """What all layers share. To write one of your own, write `_forward` and `_backward`.

    `forward(a)` returns the layer's output and keeps what `backward` needs; `backward(dout)` takes the
    gradient of the loss by that output, fills `gradients`, and returns the gradient by the layer's input.

    A layer keeps a reference to its input, not a copy: leave the array as it is until `backward`.
    What `forward` and `backward` return is yours: a new array, never a view of an argument.
    What was kept is dropped when a layer is copied or pickled, and by `forward(a, training=False)`.
    A layer belongs to one thread: two that go forward at once would mix what they kept.

    Parameters
    ----------
    **parameters : arrays
        What training changes, by name.

    Examples
    --------
    >>> import numpy as np
    >>> class Scale(Layer):
    ...     "z = s a, with one number s to learn."
    ...     def _forward(self, a):  # the output, and what backward will need
    ...         return self.parameters["s"] * a, a
    ...     def _backward(self, dout, a):  # the gradient by the input, and those by the parameters
    ...         return self.parameters["s"] * dout, {"s": (dout * a).sum()}
    >>> layer = Scale(s=np.array(3.0))
    >>> layer.forward(np.array([1.0, 2.0])), layer.backward(np.array([10.0, 1.0]))
    (array([3., 6.]), array([30.,  3.]))
    >>> float(layer.gradients["s"])
    12.0
    """

    layers: tuple["Layer", ...] = ()  # the layers inside of this one

    def __init__(self, **parameters: Array) -> None:
        self._parameters = {name: self._own(name, value) for name, value in parameters.items()}
        self._gradients: dict[str, Array] = {}
        self._cache: tuple[Shape, Shape, Any] | None = None

    @staticmethod
    def _own(name: str, value: npt.ArrayLike) -> Array:
        """Return a parameter as an array of the layer's own, which training may change."""
        own = np.array(_checks.plain(name, value))
        if own.size == 0:
            raise ValueError(f"{name}: got shape {own.shape}, expected at least one entry")
        return own

    @property
    def parameters(self) -> Mapping[str, Array]:
        """The arrays that training changes, by name; those of layers inside as "index.name".

        The mapping cannot be written to, the arrays can: `parameters["w"][...] = 0`.
        """
        return self._named("_parameters")

    @property
    def gradients(self) -> Mapping[str, Array]:
        """The gradients that the last `backward` left, under the names of the parameters."""
        return self._named("_gradients")

    def _named(self, attribute: str) -> Mapping[str, Array]:
        named = dict(getattr(self, attribute))
        for k, layer in enumerate(self.layers):
            named |= {f"{k}.{name}": value for name, value in layer._named(attribute).items()}
        return MappingProxyType(named)

    @property
    def settings(self) -> dict[str, Any]:
        """What tells this layer from another of the same class and shapes, in a form that JSON can hold."""
        return {}

    def set_parameters(self, values: Mapping[str, Array]) -> None:
        """Replace parameters by name: every name of `parameters`, with its shape, and no other.

        Real floating-point arrays, or complex ones for the complex step.
        """
        if not isinstance(values, Mapping):
            raise TypeError(f"values: got {_checks.short(values)}, expected arrays by name")
        current = self.parameters
        if set(values) != set(current):
            raise ValueError(
                f"values: got the names {_checks.short(sorted(map(str, values)))}, "
                f"expected {_checks.short(sorted(current))}"
            )
        checked = {name: _checks.plain(name, value) for name, value in values.items()}
        for name, value in checked.items():
            if value.dtype.kind not in "fc":
                raise TypeError(f"{name}: got dtype {value.dtype}, expected floating point")
            _checks.same_shape(name, value, current[name].shape, "this model")
        self._replace(checked)

    def _replace(self, values: Mapping[str, Array]) -> None:
        self._parameters = {name: np.array(values[name]) for name in self._parameters}
        for k, layer in enumerate(self.layers):
            layer._replace({name: values[f"{k}.{name}"] for name in layer.parameters})

    def forward(self, a: npt.ArrayLike, *, training: bool = True) -> Array:
        """Return the layer's output; while training, keep what `backward` will need."""
        training = _checks.flag("training", training)
        self._forget()  # should this pass fail, nothing of an older one remains
        out, cache = self._forward(a)
        if training:
            self._cache = (np.shape(a), out.shape, cache)
        else:
            self._forget()  # what layers inside have kept
        return out

    def _forget(self) -> None:
        for layer in _walk((self,)):
            layer._cache = None

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Fill `gradients` and return the gradient of the loss by the layer's input."""
        checked, shape, cache = self._recall(dout)
        da, gradients = self._backward(checked, cache)
        _checks.same_shape(f"da of {self!r}", np.asarray(da), shape, "the input of this layer")
        self._keep(gradients)
        return da

    def _learn(self, dout: npt.ArrayLike) -> None:
        """Fill `gradients`, as `backward` does, where nobody asks for the gradient by the input."""
        self.backward(dout)

    def _recall(self, dout: npt.ArrayLike) -> tuple[Array, Shape, Any]:
        """Check `dout` against the last forward pass; return it with what that pass has left."""
        if self._cache is None:
            raise RuntimeError(f"{self!r}: backward was called before forward")
        shape, out_shape, cache = self._cache
        checked = _checks.plain("dout", dout)
        _checks.same_shape("dout", checked, out_shape, "the output of this layer")
        return checked, shape, cache

    def _keep(self, gradients: dict[str, Array]) -> None:
        if set(gradients) != set(self._parameters):
            raise ValueError(
                f"gradients of {self!r}: got {sorted(gradients)}, expected {sorted(self._parameters)}"
            )
        for name, gradient in gradients.items():
            expected = self._parameters[name].shape
            _checks.same_shape(
                f"gradient {name} of {self!r}", np.asarray(gradient), expected, "its parameter"
            )
        self._gradients = gradients

    def _forward(self, a: npt.ArrayLike) -> tuple[Array, Any]:
        """Return the output, and what `_backward` will need of this pass."""
        raise NotImplementedError

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        """Return the gradient by the input, and the gradients by the parameters."""
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_cache": None}  # a trained model is its parameters, not its last batch

    def __repr__(self) -> str:
        settings = ", ".join(f"{name}={value!r}" for name, value in self.settings.items())
        return f"{type(self).__name__}({settings})"


def _initial_weights(rng: Seed, shape: Shape, fan_in: int) -> Array:
    """Draw weights of variance 2 / fan_in, which keeps the size of the signal through ReLU layers."""
    generator = _checks.generator("rng", rng)
    try:
        return np.asarray(generator.standard_normal(shape) * np.sqrt(2 / fan_in))
    except (MemoryError, ValueError, OverflowError) as error:
        lengths = " x ".join(_checks.short(length) for length in shape)
        raise ValueError(f"w: got {lengths} weights, expected as many as memory holds") from error


class Conv2D(Layer):
    """A convolutional layer: z = conv2d(a, w, b); its `dout` is delta.

    Parameters
    ----------
    channels, filters : int
        C and F: channels of the input, kernels.
    size, stride, padding, dilation, groups
        As in `conv2d`.
    rng : numpy.random.Generator or int, optional
        Draws the kernels w, shape (F, KH, KW, C/groups); the biases b, shape (F,), start at 0.

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
        channels = _checks.integer("channels", channels, 1)
        filters = _checks.integer("filters", filters, 1)
        groups = _checks.integer("groups", groups, 1)
        if channels % groups or filters % groups:
            raise ValueError(
                f"groups: got {groups}, expected a divisor of channels = {channels} and filters = {filters}"
            )
        rows, columns = _checks.pair("size", size, 1)
        self.channels = channels
        self.options: dict[str, Any] = {
            "stride": _checks.pair("stride", stride, 1),
            "padding": _checks.pair("padding", padding, 0),
            "dilation": _checks.pair("dilation", dilation, 1),
            "groups": groups,
        }
        shape = (filters, rows, columns, channels // groups)
        w = _initial_weights(rng, shape, rows * columns * channels // groups)
        super().__init__(w=w, b=np.zeros(filters))

    @property
    def settings(self) -> dict[str, Any]:
        """Stride, padding, dilation and groups."""
        return dict(self.options)

    def _forward(self, a: npt.ArrayLike) -> tuple[Array, Any]:
        a = _checks.array("a", a, _layer.IMAGE)
        if a.shape[3] != self.channels:
            raise ValueError(f"a: got {a.shape[3]} channels, expected {self.channels}")
        return convolution.conv2d(a, self.parameters["w"], self.parameters["b"], **self.options), a

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        da, dw, db = convolution.conv2d_backward(dout, cache, self.parameters["w"], **self.options)
        return da, {"w": dw, "b": db}

    def _learn(self, dout: npt.ArrayLike) -> None:
        delta, _, a = self._recall(dout)
        dw = convolution.conv2d_weight_grad(delta, a, self.parameters["w"].shape, **self.options)
        self._keep({"w": dw, "b": convolution.conv2d_bias_grad(delta)})

    def __repr__(self) -> str:
        filters, rows, columns, _ = self.parameters["w"].shape
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"Conv2D({self.channels}, {filters}, ({rows}, {columns}), {options})"


class Dense(Layer):
    """A fully connected layer: z = a w + b; its `dout` is delta.

    Equations :eq:`eq-dense`, :eq:`eq-dense-input`, :eq:`eq-dense-weight` and :eq:`eq-dense-bias`.

    Parameters
    ----------
    inputs, outputs : int
        Lengths of the vectors that enter and leave.
    rng : numpy.random.Generator or int, optional
        Draws w, shape (inputs, outputs); b, shape (outputs,), starts at 0.

    Examples
    --------
    >>> import numpy as np
    >>> Dense(784, 10, rng=0).forward(np.ones((2, 784))).shape
    (2, 10)
    """

    def __init__(self, inputs: int, outputs: int, *, rng: Seed = None) -> None:
        inputs, outputs = _checks.integer("inputs", inputs, 1), _checks.integer("outputs", outputs, 1)
        super().__init__(w=_initial_weights(rng, (inputs, outputs), inputs), b=np.zeros(outputs))

    def _forward(self, a: npt.ArrayLike) -> tuple[Array, Any]:
        w, b = self.parameters["w"], self.parameters["b"]
        a = _checks.array("a", a, "N, D")
        _checks.same_shape("a", a, (a.shape[0], w.shape[0]), "one column per input of this layer")
        return np.asarray(a @ w + b), a

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        delta, a, w = dout, cache, self.parameters["w"]
        db = convolution.column_sums(*_layer.bias_grad(delta, "N, K"))
        return np.asarray(delta @ w.T), {"w": a.T @ delta, "b": db}

    def __repr__(self) -> str:
        return "Dense({}, {})".format(*self.parameters["w"].shape)


class _Pool2D(Layer):
    """The arguments that both kinds of pooling share."""

    def __init__(self, size: Size, *, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__()
        self.size = _checks.pair("size", size, 1)
        self.options: dict[str, Any] = {
            "stride": self.size if stride is None else _checks.pair("stride", stride, 1),
            "padding": _layer.pool_padding(padding, self.size),
        }

    @property
    def settings(self) -> dict[str, Any]:
        """Size, stride and padding."""
        return {"size": self.size} | self.options

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"{type(self).__name__}({self.size}, {options})"


class MaxPool2D(_Pool2D):
    """Max pooling; its `dout` is dp.

    Parameters
    ----------
    size, stride, padding
        As in `max_pool2d`.

    Examples
    --------
    >>> import numpy as np
    >>> MaxPool2D(2).forward(np.ones((2, 28, 28, 8))).shape
    (2, 14, 14, 8)
    """

    def _forward(self, a: npt.ArrayLike) -> tuple[Array, Any]:
        images, g = _layer.max_pool(a, self.size, **self.options)
        p, argmax = pooling.maxima(images, g)
        return p, (argmax, images.shape)

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        argmax, shape = cache
        return pooling.max_pool2d_backward(dout, argmax, shape, self.size, **self.options), {}


class AvgPool2D(_Pool2D):
    """Average pooling; its `dout` is dp.

    Parameters
    ----------
    size, stride, padding, count_include_pad
        As in `avg_pool2d`.

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

    def _forward(self, a: npt.ArrayLike) -> tuple[Array, Any]:
        return pooling.avg_pool2d(a, self.size, **self.options), np.shape(a)

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        return pooling.avg_pool2d_backward(dout, cache, self.size, **self.options), {}


class Activate(Layer):
    """An activation as a layer: a = sigma(z), and back, delta = da times sigma'(z).

    Equation :eq:`eq-delta`.

    Parameters
    ----------
    activation : Activation
        `relu`, `sigmoid`, `tanh`, `identity`, or one of your own.

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
            raise TypeError(
                f"activation: got {_checks.short(activation)}, expected an Activation such as tanh"
            )
        self.activation = activation

    @property
    def settings(self) -> dict[str, Any]:
        """The activation's name, and some of its values: another function may have the same name."""
        z = np.array([-2.5, -0.5, 0.0, 0.75, 3.0])
        values = [*self.activation(z), *self.activation.derivative(z)]
        return {"activation": self.activation.name, "values": [f"{value:.4f}" for value in values]}

    def _forward(self, a: npt.ArrayLike) -> tuple[Array, Any]:
        z = _checks.plain("a", a)
        return self.activation(z), z

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        dtype = np.result_type(dout, cache)
        return np.multiply(dout, self.activation._slope(cache), dtype=dtype), {}

    def __repr__(self) -> str:
        return f"Activate({self.activation!r})"


class Flatten(Layer):
    """From images to rows of numbers: (N, H, W, C) to (N, H W C), and back.

    Equation :eq:`eq-flatten`.

    Examples
    --------
    >>> import numpy as np
    >>> layer = Flatten()
    >>> layer.forward(np.ones((2, 7, 7, 16))).shape, layer.backward(np.ones((2, 784))).shape
    ((2, 784), (2, 7, 7, 16))
    """

    def _forward(self, a: npt.ArrayLike) -> tuple[Array, Any]:
        a = _checks.array("a", a, _layer.IMAGE)
        return a.reshape(a.shape[0], -1).copy(), a.shape

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        return dout.reshape(cache).copy(), {}


def _walk(layers: tuple[Layer, ...]) -> Iterator[Layer]:
    """Yield all layers, those inside of others too."""
    for layer in layers:
        yield layer
        yield from _walk(layer.layers)


@contextlib.contextmanager
def _place(k: int, layer: Layer) -> Iterator[None]:
    """Let an error say in which layer of a network it happened."""
    try:
        yield
    except Exception as error:
        error.add_note(f"in layer {k}: {layer!r}")
        raise


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
                raise TypeError(
                    f"layers: got {_checks.short(layer)}, expected a layer such as Activate(tanh)"
                )
        everywhere = list(_walk(layers))
        if len({id(layer) for layer in everywhere}) < len(everywhere):
            raise ValueError("layers: got the same layer twice, expected a new one for each place")
        super().__init__()
        self.layers = layers

    def forward(self, a: npt.ArrayLike, *, training: bool = True) -> Array:
        """Pass `a` through the layers, first to last."""
        out = _checks.plain("a", a)
        self._forget()
        for k, layer in enumerate(self.layers):
            with _place(k, layer):
                out = layer.forward(out, training=training)
        return out

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Pass `dout` back through the layers, last to first; return the gradient by the input."""
        out = self._back_to_first(dout)
        with _place(0, self.layers[0]):
            return self.layers[0].backward(out)

    def _learn(self, dout: npt.ArrayLike) -> None:
        out = self._back_to_first(dout)
        with _place(0, self.layers[0]):
            self.layers[0]._learn(out)

    def _back_to_first(self, dout: npt.ArrayLike) -> Array:
        """Pass `dout` back to the output of the first layer."""
        out = _checks.plain("dout", dout)
        for k, layer in reversed(list(enumerate(self.layers))[1:]):
            with _place(k, layer):
                out = layer.backward(out)
        return out

    def astype(self, dtype: npt.DTypeLike) -> Self:
        """Convert every parameter to a float dtype, in place, and return the model.

        Weights are drawn in float64, which gradient checks need; float32 trains twice as fast.
        """
        try:
            wanted = None if dtype is None else np.dtype(dtype)
        except TypeError:
            wanted = None
        if wanted is None or wanted.kind != "f":
            raise TypeError(f"dtype: got {_checks.short(dtype)}, expected a floating-point dtype")
        for name, value in self.parameters.items():
            if value.dtype.kind != "f":
                raise TypeError(f"{name}: got dtype {value.dtype}, expected floating point")
        self.set_parameters({name: value.astype(wanted) for name, value in self.parameters.items()})
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to `path` as .npz, exactly that name, in the model's dtype.

        The file appears whole or not at all: an interrupted save leaves a previous file as it was.
        A process that is killed may leave `.NAME.….partial` beside it; the next save an hour later takes
        it away.

        Raises
        ------
        OSError
            If the file cannot be written, is write-protected, or is not a regular file.
        TypeError
            If a parameter is not real floating point.
        """
        _files.save(self, path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Fill this model from a file that `save` wrote, in the dtype it was saved with.

        Reads no more than the model needs, and never a pickle.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, is not from cnnlab, or belongs to a model with other layers.
            The model is then as it was.
        """
        _files.load(self, path)

    def __repr__(self) -> str:
        return "Sequential({})".format(", ".join(map(repr, self.layers)))
