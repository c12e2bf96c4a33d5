"""The list of layers meets every idea of the fast path."""

from helpers.fast_layers import F64, LAYERS, geometry

from cnnlab.fast import plan


def paths(name):
    """Return which ideas a layer of the list meets, forward and back."""
    shape, kernel, options = LAYERS[name]
    p = plan.Plan.of(geometry(shape, kernel, **options)[2], F64)
    return {
        "pixels": p.pointwise,
        "winograd": p.forward.scheme.transform is not None,
        "winograd back": [route.scheme.transform is not None for _, route in p.back if route],
        "neighbours": p.forward.reading.group,
        "large": p.by_columns,
    }


def test_every_path_is_reached():
    found = {name: paths(name) for name in LAYERS if "group" not in name}
    assert sum(p["pixels"] for p in found.values()) == 2
    assert found["many channels: two rows at a time"]["winograd"]
    assert not found["few channels: a product for each tap"]["winograd"]
    assert found["many kernels: two rows at a time on the way back"]["winograd back"] == [True]
    assert found["a stride with a remainder"]["winograd back"] == [True, False]
    assert {p["neighbours"] for p in found.values()} == {1, 2, 4}
    large = ["large taps", "large taps, one kernel column", "large taps, one kernel row"]
    assert [name for name, p in found.items() if p["large"]] == large
