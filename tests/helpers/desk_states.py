"""States of a desk, and the comparison of what its script makes of them with what cnnlab has computed."""

import numpy as np

from cnnlab.figures import desk as desks


def random_states(count):
    """Yield states of all kinds whose expected results cnnlab has computed."""
    rng = np.random.default_rng(11)
    integers = lambda *shape: rng.integers(-9, 10, shape)  # noqa: E731
    for k in range(count):
        stride, padding, dilation = (int(rng.integers(low, high)) for low, high in ((1, 4), (0, 3), (1, 3)))
        H, W = (int(v) for v in rng.integers(5, 9, 2))
        if k % 4 == 0:
            size = int(rng.integers(1, 4))
            shape = ((H - size) // stride + 1, (W - size) // stride + 1)
            kind = "max" if k % 8 else "mean"
            made = desks.pooling_desk(
                integers(H, W), integers(*shape), size=size, stride=stride, label="-", kind=kind
            )
        else:
            C, F, KH, KW = (int(v) for v in rng.integers(1, 4, 4))
            span = lambda n, m, s=stride, p=padding, d=dilation: (n + 2 * p - d * (m - 1) - 1) // s + 1  # noqa: E731
            shape = (F, span(H, KH), span(W, KW))
            if min(shape) < 1:
                continue
            made = desks.desk(
                integers(C, H, W), integers(F, C, KH, KW), integers(*shape), integers(F),
                show=["z", ("cols", "dcols")[k // 2 % 2]], label="-", verb="⋆∗"[k % 2],
                stride=stride, padding=padding, dilation=dilation,
            )  # fmt: skip
        yield made.state


COMPARE = """
const worst = (one, other) => Array.isArray(one)
  ? one.length === other.length ? Math.max(0, ...one.map((value, k) => worst(value, other[k]))) : Infinity
  : Math.abs(one - other);
const compare = (desk, states) => Math.max(...states.map((s) => {
  const r = desk.compute(s);
  return Math.max(...Object.keys(s.results).map((name) => worst(s.results[name], r[name])));
}));
"""
