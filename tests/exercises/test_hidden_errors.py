"""The catalogue of mistakes: the right gradients are right, and each mistake is where it says."""

import numpy as np
import pytest

import cnnlab
from cnnlab import gradients
from cnnlab.exercises import bias_gradient, tensors, weight_gradient
from cnnlab.exercises import hidden_errors as mistakes

# mistake -> which of the gradients by z, w and b are wrong
WRONG = {
    "right": (),
    "kernel_not_rotated": (0,),
    "channels_not_summed": (0,),
    "slope_in_weight_gradient": (1,),
    "weight_gradient_rotated": (1,),
    "weight_gradient_by_convolution": (1,),
    "bias_mean": (2,),
    "bias_shared": (2,),
    "divided_by_batch_twice": (1, 2),
}


def layer(sigma=cnnlab.tanh):
    rng = np.random.default_rng(5)
    z, w, b = (rng.standard_normal(shape) for shape in ((2, 8, 6, 4), (5, 3, 2, 4), (5,)))
    forward = (
        lambda z: cnnlab.conv2d(sigma(z), w, b),
        lambda w: cnnlab.conv2d(sigma(z), w, b),
        lambda b: cnnlab.conv2d(sigma(z), w, b),
    )
    return (z, w, b), forward


def test_the_catalogue_is_whole():
    assert ["right", *(rule.__name__ for rule in mistakes.MISTAKES)] == list(WRONG)


@pytest.mark.parametrize("name", WRONG)
def test_a_check_sees_each_mistake_where_it_is_and_nowhere_else(name):
    (z, w, b), forward = layer()
    rule = getattr(mistakes, name)
    seen = []
    for which, point in enumerate((z, w, b)):
        try:
            gradients.check_vjp(
                forward[which], lambda v, k=which: rule(v, z, w, cnnlab.tanh)[k], point, rng=0
            )
        except AssertionError:
            seen.append(which)
    assert tuple(seen) == WRONG[name]


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_has_the_shapes_of_the_right_gradients_and_changes_nothing(name):
    (z, w, b), forward = layer()
    delta = np.random.default_rng(6).standard_normal(forward[0](z).shape)
    before = [value.copy() for value in (delta, z, w)]
    found = getattr(mistakes, name)(delta, z, w, cnnlab.tanh)
    assert [value.shape for value in found] == [z.shape, w.shape, b.shape]
    assert all((one == other).all() for one, other in zip((delta, z, w), before, strict=True))


@pytest.mark.parametrize("sizes", [(4, 4), (4, 5), (5, 2), (1, 3)])
def test_the_one_index_is_that_of_the_printed_formula(sizes):
    """delta_c * w_cc, with the kernels used round and round where there are fewer of them than channels."""
    channels, filters = sizes
    rng = np.random.default_rng(7)
    z, w = rng.standard_normal((2, 6, 5, channels)), rng.standard_normal((filters, 3, 2, channels))
    delta = rng.standard_normal((2, 4, 4, filters))
    dz, _, _ = mistakes.channels_not_summed(delta, z, w, cnnlab.identity)
    for i, c in np.ndindex(2, channels):
        f = c % filters
        assert np.allclose(dz[i, :, :, c], cnnlab.reference.convolve2d(delta[i, :, :, f], w[f, :, :, c]))


# The tables of wrong formulas, and the gradient that each is wrong about.
TABLES = [
    (tensors.INPUT_GRAD, 0, lambda delta, z, w: (delta, w)),
    (weight_gradient.TENSOR, 1, lambda delta, z, w: (delta, cnnlab.tanh(z))),
    (bias_gradient.BIAS_GRAD, 2, lambda delta, z, w: (delta,)),
]


def formulas(table):
    return [(mistake, formula) for mistake in table for formula in mistake.formulas]


@pytest.mark.parametrize(("table", "which", "arguments"), TABLES, ids=["input", "weights", "bias"])
def test_the_layer_that_the_package_is_tested_on_hides_no_known_mistake(table, which, arguments):
    """8x6 pixels, 3x2 kernels, 6x5 outputs, C = 4, F = 5: every wrong formula shows, or does not even fit."""
    (z, w, _), _ = layer()
    delta = np.random.default_rng(6).standard_normal((2, 6, 5, 5))
    right = cnnlab.conv2d_backward(delta, cnnlab.tanh(z), w)[which]
    for mistake, formula in formulas(table):
        try:
            wrong = np.asarray(formula(*arguments(delta, z, w)))
        except (ValueError, TypeError, IndexError):
            continue
        assert wrong.shape != right.shape or not np.allclose(wrong, right), mistake.name


@pytest.mark.parametrize("which", range(3), ids=["input", "weights", "bias"])
def test_check_vjp_sees_every_known_mistake_that_fits(which):
    table = TABLES[which][0]
    (z, w, b), forward = layer(cnnlab.identity)
    point = (z, w, b)[which]
    given = [lambda v: (v, w), lambda v: (v, z), lambda v: (v,)][which]
    for _, formula in formulas(table):
        try:
            fits = np.shape(formula(*given(forward[which](point)))) == point.shape
        except (ValueError, TypeError, IndexError):
            fits = False
        if fits:
            with pytest.raises(AssertionError):
                gradients.check_vjp(
                    forward[which], lambda v, f=formula: np.asarray(f(*given(v)), float), point, rng=0
                )
