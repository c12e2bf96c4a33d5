"""The catalogue of mistakes: the right gradients are right, and each mistake is where it says."""

import numpy as np
import pytest

import cnnlab
from cnnlab import gradients, mistakes

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
