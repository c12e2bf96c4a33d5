"""cnnlab against PyTorch: the committed vectors always, and live ones where torch is installed."""

import numpy as np
import pytest
from torch_cases import (
    KINDS,
    cnnlab_results,
    disagreement,
    draw,
    draw_dout,
    input_shapes,
    load_vectors,
    random_case,
)

from cnnlab import fast

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


@pytest.mark.parametrize("everything_fast", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_live(kind, everything_fast, monkeypatch):
    pytest.importorskip("torch")
    from torch_oracle import torch_results

    if everything_fast:  # these layers are small, and would go the textbook's way
        monkeypatch.setattr(fast, "takes", lambda g, dtype: dtype in (np.float32, np.float64))
    rng = np.random.default_rng(2024)
    for _ in range(KINDS[kind]):
        case = random_case(rng, kind)
        arrays, seed = draw(rng, input_shapes(case)), int(rng.integers(2**32))

        def dout(shape, case=case, seed=seed):
            return draw_dout(case, np.random.default_rng(seed), shape)

        assert disagreement(cnnlab_results(case, arrays, dout), torch_results(case, arrays, dout)) < TOLERANCE
