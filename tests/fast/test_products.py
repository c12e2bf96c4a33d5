"""Products and sums in pieces."""

import numpy as np
import pytest

from cnnlab.fast import products, scratch


def test_a_long_sum_is_cut():
    ones, a = np.ones((1, 1, 200_000, 1), np.float32), np.full((1, 1, 200_000, 1), 0.1, np.float32)
    with scratch.frame():
        total = products.multiply_transposed(a, ones)
    np.testing.assert_allclose(total, 200_000 * float(np.float32(0.1)), rtol=1e-6)


@pytest.mark.parametrize(
    "shape",
    [(1, 1), (5, 3), (128, 1), (16384, 1), (16385, 1), (300, 128), (257, 200), (1000, 60), (17_000, 130)],
)
def test_sums_of_rows(shape):
    matrix = np.random.default_rng(0).standard_normal(shape)
    np.testing.assert_allclose(products.sum_rows(matrix), matrix.sum(axis=0), rtol=1e-11, atol=1e-11)
