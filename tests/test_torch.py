"""cnnlab against PyTorch: the committed vectors always, and live ones where torch is installed."""

import numpy as np
import pytest
from helpers.torch_cases import (
    KINDS,
    cnnlab_results,
    disagreement,
    draw,
    draw_dout,
    input_shapes,
    load_vectors,
    random_case,
)

import cnnlab
from cnnlab import fast, reference, textbook

TOLERANCE = 1e-10


@pytest.mark.parametrize("kind", KINDS)
def test_committed_vectors(kind):
    checked = 0
    for case, arrays, cotangent, expected in load_vectors():
        if case["kind"] != kind:
            continue

        def dout(shape, cotangent=cotangent):
            assert shape == cotangent.shape
            return cotangent

        assert disagreement(cnnlab_results(case, arrays, dout), expected) < TOLERANCE, case
        checked += 1
    assert checked == KINDS[kind]


@pytest.mark.parametrize("telling", [cnnlab, textbook, fast, reference], ids=lambda module: module.__name__)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "loss"])
def test_live(kind, telling):
    """These layers are small: without asking for `fast`, all would be the textbook's."""
    pytest.importorskip("torch")
    from torch_oracle import torch_results

    rng = np.random.default_rng(2024)
    for _ in range(KINDS[kind]):
        case = random_case(rng, kind)
        if telling is fast and "pool" in kind:  # it pools without padding only
            case = case | {"padding": [0, 0], "lengths": [n + 4 for n in case["lengths"]]}
        arrays, seed = draw(rng, input_shapes(case)), int(rng.integers(2**32))

        def dout(shape, case=case, seed=seed):
            return draw_dout(case, np.random.default_rng(seed), shape)

        assert (
            disagreement(cnnlab_results(case, arrays, dout, telling), torch_results(case, arrays, dout))
            < TOLERANCE
        )
