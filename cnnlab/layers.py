"""Layers and the network that they make (chapter 11)."""

import contextlib
import inspect
import json
import os
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _entry, _geometry, _model_files, convolution, pooling
from cnnlab._checks import Array, Seed, Shape, Size
from cnnlab._implementation import choose
from cnnlab.activations import Activation


class Layer:
    """What all layers share. To write one of your own, write `_forward` and `_backward`.

    `forward(a)`, or `layer(a)`, returns the layer's output and keeps what `backward` needs; `backward(dout)`
    takes the gradient of the loss by that output, fills `gradients`, and returns the gradient by the layer's
    input.

    A layer keeps a reference to its input, not a copy: leave the array as it is until `backward`.
    What `forward` and `backward` return is yours: a new array, never a view of an argument.
    What was kept is dropped when a layer is copied or pickled, and by `forward(a, training=False)`.
    A layer belongs to one thread: two that go forward at once would mix what they kept.

    *training* is True by default, when a layer is called, too. For predictions pass `training=False`:
    otherwise a dropout drops, and running statistics move.

    What `_forward` and `_backward` get cannot be written to, and what they return is copied if it is a view
    of that. `_backward` returns the gradients of the layer's own parameters by name, `{}` if it has none.

    A layer that holds others puts them into `self.layers`, a tuple, hands `training` on to them, and calls
    their `forward` and `backward`: then they are trained and saved with it, and keep their own gradients.

    What a layer is, is what its constructor was told: `repr` shows it, two layers are equal if that and their
    arrays are, and a file is loaded only into a model with the same layers. Arguments that only say where
    training starts are left out of it: a class names them in `starts`. (`rng` is always one.)

    Parameters
    ----------
    buffers : dict of arrays, optional
        What is kept but never trained, by name, such as the running mean of a batch normalization: saved,
        loaded and cast like parameters. `_forward` changes it in place.
    **parameters : arrays
        What training changes, by name.

    Examples
    --------
    >>> import numpy as np
    >>> class Scale(Layer):
    ...     "z = s a, with one number s to learn."
    ...     starts = {"s"}
    ...     def __init__(self, s):
    ...         super().__init__(s=np.array(float(s)))
    ...     def _forward(self, a, *, training):  # the output, and what backward will need
    ...         return self.parameters["s"] * a, a
    ...     def _backward(self, dout, a):  # the gradient by the input, and those by the parameters
    ...         return self.parameters["s"] * dout, {"s": (dout * a).sum()}
    >>> layer = Scale(3.0)
    >>> layer(np.array([1.0, 2.0])), layer.backward(np.array([10.0, 1.0]))
    (array([3., 6.]), array([30.,  3.]))
    >>> float(layer.gradients["s"])
    12.0
    >>> class Residual(Layer):
    ...     "z = a + inner(a), for a layer that keeps the shape."
    ...     def __init__(self, inner):
    ...         super().__init__()
    ...         self.layers = (inner,)
    ...     def _forward(self, a, *, training):
    ...         return a + self.layers[0].forward(a, training=training), None
    ...     def _backward(self, dout, cache):
    ...         return dout + self.layers[0].backward(dout), {}
    >>> layer = Residual(Scale(3.0))
    >>> layer(np.array([1.0, 2.0])), layer.backward(np.array([10.0, 1.0]))
    (array([4., 8.]), array([40.,  4.]))
    >>> dict(layer.gradients)
    {'0.s': array(12.)}
    """

    layers: tuple["Layer", ...] = ()  # the layers inside of this one
    # Arguments of the constructor that only say where training starts, besides `rng`.
    starts: ClassVar[set[str]] = {"parameters", "buffers"}

    _parameters: dict[str, Array]
    _buffers: dict[str, Array]
    _gradients: dict[str, Array]
    _cache: tuple[Shape, Shape, Any] | None
    _arguments: dict[str, Any]

    def __new__(cls, *args: Any, **options: Any) -> Self:
        """Note what the constructor is told, so that a layer of one's own need not."""
        layer = super().__new__(cls)
        layer._parameters, layer._buffers, layer._gradients, layer._cache = {}, {}, {}, None
        try:
            bound = inspect.signature(cls.__init__).bind(layer, *args, **options)
        except TypeError:  # a copy is made without arguments; and a wrong call is refused by __init__
            layer._arguments = {}
        else:
            bound.apply_defaults()
            layer._arguments = dict(list(bound.arguments.items())[1:])
        return layer

    def __init__(self, *, buffers: Mapping[str, Array] | None = None, **parameters: Array) -> None:
        if not isinstance(buffers, Mapping | None):
            raise TypeError(f"buffers: got {_checks.short(buffers)}, expected arrays by name")
        self._parameters = {name: _own(name, value) for name, value in parameters.items()}
        self._buffers = {name: _own(name, value) for name, value in (buffers or {}).items()}
        if twice := sorted(set(self._parameters) & set(self._buffers)):
            raise ValueError(f"buffers: got {twice}, which are parameters, too, expected other names")

    @property
    def parameters(self) -> Mapping[str, Array]:
        """The arrays that training changes, by name; those of layers inside as "index.name".

        The mapping cannot be written to, the arrays can: `parameters["w"][...] = 0`.
        """
        return self._named("_parameters")

    @property
    def buffers(self) -> Mapping[str, Array]:
        """The arrays that are kept but never trained, named like the parameters."""
        return self._named("_buffers")

    @property
    def gradients(self) -> Mapping[str, Array]:
        """The gradients that the last `backward` left, under the names of the parameters."""
        return self._named("_gradients")

    def _named(self, attribute: str) -> Mapping[str, Array]:
        named = dict(getattr(self, attribute))
        for k, layer in enumerate(self.layers):
            named |= {f"{k}.{name}": value for name, value in layer._named(attribute).items()}
        return MappingProxyType(named)

    # ---- what a layer is

    @property
    def settings(self) -> dict[str, Any]:
        """What the constructor was told, by name, but for what only says where training starts."""
        left_out = self.starts | {"rng"}
        told, kinds = dict(self._arguments), inspect.signature(type(self).__init__).parameters
        for name in self._arguments:
            if kinds[name].kind is inspect.Parameter.VAR_KEYWORD and name not in left_out:
                told |= told.pop(name)  # what it has collected
        return {name: value for name, value in told.items() if name not in left_out}

    def _settle(self, **values: Any) -> None:
        """Note arguments in the one form that they have for this layer: 3 and (3, 3) are the same size."""
        self._arguments |= {name: value for name, value in values.items() if name in self._arguments}

    def _description(self) -> list[Any]:
        """Return what a file must agree with besides names and shapes, in a form that JSON can hold."""
        settings = {name: _as_json(value) for name, value in self.settings.items()}
        return [type(self).__name__, settings, [inner._description() for inner in self.layers]]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layer) or type(self) is not type(other):
            return NotImplemented
        ours, theirs = self._arrays(), other._arrays()
        return (
            json.dumps(self._description()) == json.dumps(other._description())  # NaN is NaN
            and ours.keys() == theirs.keys()
            and all(
                np.array_equal(value, theirs[name], equal_nan=value.dtype.kind in "fc")
                for name, value in ours.items()
            )
        )

    __hash__ = None  # type: ignore[assignment]  # its arrays change

    def __repr__(self) -> str:
        kinds, shown = inspect.signature(type(self).__init__).parameters, []
        for name, value in self._arguments.items():
            if kinds[name].kind is inspect.Parameter.VAR_POSITIONAL:
                shown += [("", one) for one in value]
            elif kinds[name].kind is inspect.Parameter.VAR_KEYWORD:
                shown += value.items()
            else:
                shown.append((name if kinds[name].kind is inspect.Parameter.KEYWORD_ONLY else "", value))
        shown = [(name, value) for name, value in shown if name not in ("rng", "buffers")]
        texts = (repr(value) if isinstance(value, Layer) else _checks.short(value) for _, value in shown)
        told = (f"{name}={text}" if name else text for (name, _), text in zip(shown, texts, strict=True))
        return f"{type(self).__name__}({', '.join(told)})"

    # ---- forward and backward

    def __call__(self, a: npt.ArrayLike, *, training: bool = True) -> Array:
        """Return `forward(a)`."""
        return self.forward(a, training=training)

    def forward(self, a: npt.ArrayLike, *, training: bool = True) -> Array:
        """Return the layer's output; while training, keep what `backward` will need."""
        training = _checks.flag("training", training)
        checked = _read_only(_checks.plain("a", a))
        self._forget()  # should this pass fail, nothing of an older one remains
        self._check_inside()
        result = self._forward(checked, training=training)
        out, cache = self._pair("_forward", result, "the output, and what _backward will need")
        out = self._new("the output", out, checked)
        if training:
            self._cache = (checked.shape, out.shape, cache)
        else:
            self._forget()  # what layers inside have kept
        return out

    def backward(self, dout: npt.ArrayLike) -> Array:
        """Fill `gradients` and return the gradient of the loss by the layer's input."""
        checked, shape, cache = self._recall(dout)
        checked = _read_only(checked)
        result = self._backward(checked, cache)
        da, gradients = self._pair("_backward", result, "the gradient by the input, and a dict of gradients")
        da = self._new("da", da, checked, shape, "the input of this layer")
        self._keep(gradients)
        return da

    def parameter_gradients(self, dout: npt.ArrayLike) -> Mapping[str, Array]:
        """Do what `backward` does where nobody asks for the gradient by the input; return `gradients`."""
        self.backward(dout)
        return self.gradients

    def _forward(self, a: Array, *, training: bool) -> tuple[Array, Any]:
        """Return the output, and what `_backward` will need of this pass."""
        raise NotImplementedError(f"{type(self).__name__}: expected a function _forward")

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        """Return the gradient by the input, and the gradients by the parameters."""
        raise NotImplementedError(f"{type(self).__name__}: expected a function _backward")

    def _pair(self, function: str, result: Any, expected: str) -> tuple[Any, Any]:
        """Refuse what a function of a layer returns if it is no pair: an array of two rows would pass."""
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"{function} of {self!r}: got {_checks.short(result)}, expected a pair: {expected}"
            )
        return result

    def _check_inside(self) -> None:
        """Refuse a layer that this one keeps elsewhere than in `layers`: it would not be trained or saved."""
        inside = {id(layer) for layer in self.layers}
        for name, value in vars(self).items():
            for one in value if isinstance(value, (tuple, list)) else (value,):
                if isinstance(one, Layer) and id(one) not in inside:
                    raise ValueError(
                        f"{self!r}: {name}: got a layer that is not in self.layers, expected it there, where "
                        "it is trained and saved: self.layers = (layer, ...)"
                    )

    def _new(self, what: str, value: Any, given: Array, shape: Shape | None = None, why: str = "") -> Array:
        """Return what a function of this layer has made of an array as an array of its own."""
        array = self._checked(what, value, shape, why)
        return array.copy() if np.may_share_memory(array, given) else array

    def _checked(self, what: str, value: Any, shape: Shape | None = None, why: str = "") -> Array:
        """Return what a function of this layer has made as an array, or say of which layer it is."""
        try:
            array = _checks.plain(what, value)
            if shape is not None:
                _checks.same_shape(what, array, shape, why)
        except (ValueError, TypeError) as error:
            raise type(error)(f"{self!r}: {error}") from error
        return array

    def _recall(self, dout: npt.ArrayLike) -> tuple[Array, Shape, Any]:
        """Check `dout` against the last forward pass; return it with what that pass has left."""
        if self._cache is None:
            raise RuntimeError(f"{self!r}: expected a forward pass with training=True before backward")
        shape, out_shape, cache = self._cache
        checked = _checks.plain("dout", dout)
        _checks.same_shape("dout", checked, out_shape, "the output of this layer")
        return checked, shape, cache

    def _keep(self, gradients: Any) -> None:
        if not isinstance(gradients, Mapping) or set(gradients) != set(self._parameters):
            got = sorted(gradients) if isinstance(gradients, Mapping) else _checks.short(gradients)
            raise ValueError(
                f"{self!r}: gradients: got {got}, expected a dict with {sorted(self._parameters)}"
            )
        self._gradients = {
            name: self._checked(f"gradient {name}", value, self._parameters[name].shape, "its parameter")
            for name, value in gradients.items()
        }

    def _forget(self) -> None:
        for layer in _walk((self,)):
            layer._cache = None

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_cache": None}  # a trained model is its parameters, not its last batch

    # ---- its arrays

    def _arrays(self) -> dict[str, Array]:
        """Return all that is saved: parameters and buffers."""
        return {**self.parameters, **self.buffers}

    def set_parameters(self, values: Mapping[str, Array]) -> None:
        """Replace parameters by name: every name of `parameters`, with its shape, and no other.

        Real floating-point arrays, or complex ones for the complex step. Buffers stay as they are.
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
        self._assign({**checked, **self.buffers})

    def _assign(self, arrays: Mapping[str, Array]) -> None:
        """Put copies of these arrays, by the names of `_arrays`, in the places of parameters and buffers."""
        self._parameters = {name: np.array(arrays[name]) for name in self._parameters}
        self._buffers = {name: np.array(arrays[name]) for name in self._buffers}
        for k, layer in enumerate(self.layers):
            layer._assign({name: arrays[f"{k}.{name}"] for name in layer._arrays()})

    def astype(self, dtype: npt.DTypeLike) -> Self:
        """Convert every parameter, and every buffer of floats, to a float dtype, in place; return the layer.

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
        arrays = self._arrays().items()
        self._assign({name: v.astype(wanted) if v.dtype.kind == "f" else v for name, v in arrays})
        return self

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write parameters and buffers to `path` as .npz, exactly that name, in their dtypes.

        The file appears whole or not at all: an interrupted save leaves a previous file as it was.
        A process that is killed may leave `.NAME.….partial` beside it; the next save an hour later takes
        it away.

        Raises
        ------
        OSError
            If the file cannot be written, is write-protected, or is not a regular file.
        TypeError
            If a parameter is not real floating point, or a buffer not real numbers.
        """
        for name, value in self.parameters.items():
            if value.dtype.kind != "f":
                raise TypeError(f"{name}: got dtype {value.dtype}, expected floating point")
        for layer in _walk((self,)):
            for name, value in layer.settings.items():
                if re.search(r" at 0x[0-9a-fA-F]+>", str(_as_json(value))):
                    raise TypeError(
                        f"{name}: got {_checks.short(value)} in the constructor of {type(layer).__name__}, "
                        "expected what a file can tell from another: a number, a text, a named function; "
                        "or its name in `starts`"
                    )
        _model_files.save(self._arrays(), self._description(), path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Fill this model from a file that `save` wrote, in the dtypes it was saved with.

        Reads no more than the model needs, and never a pickle.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, is not from cnnlab, or belongs to a model with other layers.
            The model is then as it was.
        """
        self._assign(_model_files.load(self._arrays(), self._description(), path))


def _read_only(array: Array) -> Array:
    """Return a view that cannot be written to: no argument is ever modified."""
    view = array.view()
    view.flags.writeable = False
    return view


def _own(name: str, value: npt.ArrayLike) -> Array:
    """Return an array of the layer's own, which training may change."""
    own = np.array(_checks.plain(name, value))
    if own.size == 0:
        raise ValueError(f"{name}: got shape {own.shape}, expected at least one entry")
    return own


def _as_json(value: Any) -> Any:
    """Write a setting as something that JSON can hold, the same in every process."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return _as_json(value.item())
    if isinstance(value, np.ndarray):
        return ["array", value.dtype.str, *value.shape, _as_json(value.tolist())]
    if isinstance(value, (tuple, list)):
        return [_as_json(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _as_json(one) for name, one in value.items()}
    if isinstance(value, Layer):
        return type(value).__name__  # it is described among the layers inside
    if isinstance(value, Activation):  # with some values: another function may have the same name
        z = np.array([-2.5, -0.5, 0.0, 0.75, 3.0])
        return [value.name, *(f"{number:.4f}" for number in [*value(z), *value.derivative(z)])]
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    name = getattr(value, "__qualname__", "<")  # of a function or a class; no lambda has one of its own
    return repr(value) if "<" in name else f"{value.__module__}.{name}"


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
            "padding": _geometry.symmetric(padding),
            "dilation": _checks.pair("dilation", dilation, 1),
            "groups": groups,
        }
        self._settle(size=(rows, columns), **self.options)
        shape = (filters, rows, columns, channels // groups)
        w = _initial_weights(rng, shape, rows * columns * channels // groups)
        super().__init__(w=w, b=np.zeros(filters))

    def _forward(self, a: Array, *, training: bool) -> tuple[Array, Any]:
        a = _checks.array("a", a, _geometry.IMAGE)
        if a.shape[3] != self.channels:
            raise ValueError(f"a: got {a.shape[3]} channels, expected {self.channels}")
        return convolution.conv2d(a, self.parameters["w"], self.parameters["b"], **self.options), a

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        da, dw, db = convolution.conv2d_backward(dout, cache, self.parameters["w"], **self.options)
        return da, {"w": dw, "b": db}

    def parameter_gradients(self, dout: npt.ArrayLike) -> Mapping[str, Array]:
        """Fill and return `gradients`: dw and db."""
        if type(self)._backward is not Conv2D._backward:  # a layer of one's own, with its own mathematics
            return super().parameter_gradients(dout)
        delta, _, a = self._recall(dout)
        dw = convolution.conv2d_weight_grad(delta, a, self.parameters["w"].shape, **self.options)
        self._keep({"w": dw, "b": convolution.conv2d_bias_grad(delta)})
        return self.gradients


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

    def _forward(self, a: Array, *, training: bool) -> tuple[Array, Any]:
        w, b = self.parameters["w"], self.parameters["b"]
        a = _checks.array("a", a, "N, D")
        _checks.same_shape("a", a, (a.shape[0], w.shape[0]), "one column per input of this layer")
        return np.asarray(a @ w + b), a

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        delta, a, w = dout, cache, self.parameters["w"]
        db = convolution.conv2d_bias_grad(delta[:, np.newaxis, np.newaxis])  # one pixel, K channels
        return np.asarray(delta @ w.T), {"w": a.T @ delta, "b": db}


class _Pool2D(Layer):
    """The arguments that both kinds of pooling share."""

    def __init__(self, size: Size, stride: Size | None, padding: Size) -> None:
        super().__init__()
        self.size = _checks.pair("size", size, 1)
        self.options: dict[str, Any] = {
            "stride": self.size if stride is None else _checks.pair("stride", stride, 1),
            "padding": _geometry.pool_padding(padding, self.size),
        }
        self._settle(size=self.size, **self.options)


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

    def __init__(self, size: Size, *, stride: Size | None = None, padding: Size = 0) -> None:
        super().__init__(size, stride, padding)

    def _forward(self, a: Array, *, training: bool) -> tuple[Array, Any]:
        # As `max_pool2d` does, but for the dtype of argmax: a small one need not be widened and copied.
        a, g, _ = _entry.max_pool2d(a, self.size, **self.options)
        p, argmax = choose(g, a.dtype).max_pool2d.checked(a, g)
        return p, (argmax, a.shape)

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
        super().__init__(size, stride, padding)
        self.options["count_include_pad"] = _checks.flag("count_include_pad", count_include_pad)
        self._settle(**self.options)

    def _forward(self, a: Array, *, training: bool) -> tuple[Array, Any]:
        return pooling.avg_pool2d(a, self.size, **self.options), a.shape

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

    def _forward(self, a: Array, *, training: bool) -> tuple[Array, Any]:
        return self.activation(a), a

    def _backward(self, dout: Array, cache: Any) -> tuple[Array, dict[str, Array]]:
        dtype = np.result_type(dout, cache)
        return np.multiply(dout, self.activation.slope(cache), dtype=dtype), {}


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

    def _forward(self, a: Array, *, training: bool) -> tuple[Array, Any]:
        a = _checks.array("a", a, _geometry.IMAGE)
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
        At least one. The parameter w of the first is called "0.w". The network has a length, can be iterated
        over, and `model[0]` is its first layer, `model[:-1]` a network of the same layers without the last.

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

    def parameter_gradients(self, dout: npt.ArrayLike) -> Mapping[str, Array]:
        """Fill and return `gradients`; the first layer's gradient by its input is not computed."""
        out = self._back_to_first(dout)
        with _place(0, self.layers[0]):
            self.layers[0].parameter_gradients(out)
        return self.gradients

    def _back_to_first(self, dout: npt.ArrayLike) -> Array:
        """Pass `dout` back to the output of the first layer."""
        out = _checks.plain("dout", dout)
        for k, layer in reversed(list(enumerate(self.layers))[1:]):
            with _place(k, layer):
                out = layer.backward(out)
        return out

    def __len__(self) -> int:
        return len(self.layers)

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __getitem__(self, k: int | slice) -> Layer:
        """Return layer k; of a slice, a network of the same layers (not of copies)."""
        return Sequential(*self.layers[k]) if isinstance(k, slice) else self.layers[k]
