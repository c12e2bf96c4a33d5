"""The doors: every telling is called alike, every option arrives."""

import ast
import inspect
from pathlib import Path

import numpy as np
import pytest
from test_promises import CONV

import cnnlab
from cnnlab import _entry, convolution, fast, pooling, reference, textbook
from cnnlab._geometry import ConvolutionOptions

PUBLIC = [name for name in fast.__all__ if name != "held"]


ROOMS = [reference, textbook, fast]


every = pytest.mark.parametrize("name", PUBLIC)


PACKAGE = Path(cnnlab.__file__).parent


def arguments(function):
    """Return name, kind and default of every argument."""
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@every
def test_doors_and_tellings_are_called_like_the_public_function(name):
    expected = arguments(getattr(cnnlab, name))
    for place in (_entry, *ROOMS):
        assert arguments(getattr(place, name)) == expected, place.__name__


@every
def test_every_telling_computes_with_the_same_arguments(name):
    """A room that takes the arguments of another order would exchange them in silence."""
    inside = [list(inspect.signature(getattr(room, name).checked).parameters) for room in ROOMS]
    assert inside[0] == inside[1] == inside[2]


def test_layers_take_the_options_of_their_functions():
    def options(function):
        return [entry for entry in arguments(function) if entry[1] == inspect.Parameter.KEYWORD_ONLY]

    assert options(cnnlab.Conv2D) == [*options(cnnlab.conv2d), ("rng", inspect.Parameter.KEYWORD_ONLY, None)]
    assert options(cnnlab.MaxPool2D) == options(cnnlab.max_pool2d)
    assert options(cnnlab.AvgPool2D) == options(cnnlab.avg_pool2d)
    assert {name for name, *_ in options(cnnlab.conv2d)} == set(ConvolutionOptions.__annotations__)
    assert cnnlab.Conv2D(2, 4, 3).options.keys() == ConvolutionOptions.__annotations__.keys()
    a, layer = (
        np.random.default_rng(0).standard_normal((2, 9, 10, 4)),
        cnnlab.Conv2D(4, 6, 3, rng=0, **OPTIONS),
    )
    w, b = layer.parameters.values()
    np.testing.assert_array_equal(layer(a), cnnlab.conv2d(a, w, b, **OPTIONS))


# Every option of a convolution, away from its default.
OPTIONS = {"stride": (2, 1), "padding": (1, 0), "dilation": (3, 2), "groups": 2}


def test_every_option_is_tried_here_and_among_the_promises():
    defaults = {name: default for name, _, default in arguments(cnnlab.conv2d)}
    for tried in (OPTIONS, CONV):
        assert tried.keys() == ConvolutionOptions.__annotations__.keys()
        assert not [name for name, value in tried.items() if value == defaults[name]]


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_means_something_to_every_telling_and_the_same(option):
    """A telling that ignores an option gives what it gives without."""
    rng, one = np.random.default_rng(0), {option: OPTIONS[option]}
    a, w = rng.standard_normal((2, 9, 10, 4)), rng.standard_normal((6, 3, 2, 4 // one.get("groups", 1)))
    z = reference.conv2d(a, w, **one)
    delta = rng.standard_normal(z.shape)
    expected = z, *reference.conv2d_backward(delta, a, w, **one)
    back = reference.conv_transpose2d(delta, w, **one)
    for room in (textbook, fast, cnnlab):
        got = room.conv2d(a, w, **one), *room.conv2d_backward(delta, a, w, **one)
        for ours, right in zip(got, expected, strict=True):
            np.testing.assert_allclose(ours, right, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(room.conv_transpose2d(delta, w, **one), back, rtol=1e-10, atol=1e-12)
    if option != "groups":  # where the shape of w says it already
        plain = reference.conv2d(a, w)
        assert plain.shape != z.shape or not np.allclose(plain, z)


class Told(Exception):
    """What a door was told."""


@every
def test_every_argument_arrives_at_the_door(name, monkeypatch):
    """An option that a public function forgets to hand on would take its default in silence."""
    signature = inspect.signature(getattr(_entry, name))
    sent = {argument: object() for argument in signature.parameters}

    def door(*args, **options):
        raise Told(signature.bind(*args, **options).arguments)

    monkeypatch.setattr(_entry, name, door)
    with pytest.raises(Told) as caught:
        getattr(cnnlab, name)(**sent)
    assert caught.value.args[0] == sent


def test_conv2d_backward_hands_every_option_on(monkeypatch):
    for module in (convolution, textbook, fast.convolution, reference):
        heard = []
        for name in ("conv2d_input_grad", "conv2d_weight_grad"):
            monkeypatch.setattr(
                module, name, lambda *_, to=heard, **options: to.append(options) or np.zeros(1)
            )
        module.conv2d_backward(np.ones((2, 4, 4, 6)), np.ones((2, 7, 6, 4)), np.ones((6, 3, 2, 2)), **OPTIONS)
        assert heard == [OPTIONS, OPTIONS], module.__name__


def test_a_public_function_is_its_docstring_its_entry_and_one_line():
    for module in (convolution, pooling):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
            most = 4 if function.name == "conv2d_backward" else 3  # it is three calls
            assert len(function.body) <= most, function.name
            assert "choose" in ast.unparse(function) or function.name == "conv2d_backward"
