"""Random layers for the comparison with PyTorch, and what cnnlab makes of them.

A case is a plain dict that JSON can hold. Its inputs are integers over 16, so that they are stored exactly
and the maxima of pooling have ties.
"""

import json
from pathlib import Path

import numpy as np

import cnnlab

VECTORS = Path(__file__).parents[2] / "book" / "data" / "torch_vectors.npz"  # chapter 9 reads it, too
KINDS = {"conv2d": 110, "conv_transpose2d": 70, "max_pool2d": 50, "avg_pool2d": 40, "loss": 30}


def layout(array, name):
    """Return the same numbers in another memory layout."""
    if name == "fortran":
        return np.asfortranarray(array)
    if name == "negative":
        return np.flip(np.flip(array).copy())
    if name == "strided":
        return np.repeat(array, 2, axis=-1)[..., ::2]
    return array


def _pair(rng, low, high):
    return [int(v) for v in rng.integers(low, high + 1, 2)]


def _window(rng, largest):
    stride, dilation = _pair(rng, 1, 3), _pair(rng, 1, 2)
    return {
        "size": _pair(rng, 1, largest),
        "stride": stride,
        "padding": _pair(rng, 0, 2),
        "dilation": dilation,
    }


def _common(rng, kind):
    return {"kind": kind, "layout": str(rng.choice(["plain", "fortran", "negative", "strided"]))}


def random_case(rng, kind):
    """Draw one layer: rectangular everything, remainders, groups."""
    case = _common(rng, kind)
    n = int(rng.integers(1, 4))
    if kind == "loss":
        return case | {"n": n, "classes": int(rng.integers(2, 8)), "scale": int(rng.choice([1, 8, 64]))}
    case |= _window(rng, 4)
    if kind in ("conv2d", "conv_transpose2d"):
        groups = int(rng.choice([1, 1, 2, 3]))
        c, f = (groups * int(v) for v in rng.integers(1, 3, 2))
        case |= {"n": n, "c": c, "f": f, "groups": groups, "bias": bool(rng.integers(2))}
    else:
        del case["dilation"]
        case |= {"n": n, "c": int(rng.integers(1, 4))}
        case["padding"] = [min(p, k // 2) for p, k in zip(case["padding"], case["size"], strict=True)]
    if kind == "conv_transpose2d":
        case["lengths"] = _pair(rng, 2, 4)
        case["output_padding"] = [int(rng.integers(s)) for s in case["stride"]]
        reach = [d * (k - 1) + 1 for d, k in zip(case["dilation"], case["size"], strict=True)]
        case["padding"] = [min(p, k // 2) for p, k in zip(case["padding"], reach, strict=True)]
        return case
    if kind == "avg_pool2d":
        case["count_include_pad"] = bool(rng.integers(2))
    reach = [d * (k - 1) + 1 for d, k in zip(case.get("dilation", [1, 1]), case["size"], strict=True)]
    low = [max(1, k - 2 * p) for k, p in zip(reach, case["padding"], strict=True)]
    case["lengths"] = [int(rng.integers(v, v + 5)) for v in low]
    return case


def input_shapes(case):
    """Name and shape of each random input."""
    n, kind = case["n"], case["kind"]
    if kind == "loss":
        return {"logits": (n, case["classes"])}
    (kh, kw), (rows, columns) = case["size"], case["lengths"]
    if kind in ("conv2d", "conv_transpose2d"):
        kernel = (case["f"], kh, kw, case["c"] // case["groups"])
        entering, leaving = ("c", "f") if kind == "conv2d" else ("f", "c")
        shapes = {"a": (n, rows, columns, case[entering]), "w": kernel}
        return shapes | ({"b": (case[leaving],)} if case["bias"] else {})
    return {"a": (n, rows, columns, case["c"])}


def options(case):
    names = ("stride", "padding", "dilation", "groups", "output_padding", "count_include_pad")
    return {k: tuple(case[k]) if isinstance(case[k], list) else case[k] for k in names if k in case}


def draw(rng, shapes):
    return {name: rng.integers(-63, 64, shape).astype(np.int8) for name, shape in shapes.items()}


def cnnlab_results(case, arrays, dout, telling=cnnlab):
    """Compute all that PyTorch computed, with the functions of `telling`.

    `dout(shape)` supplies the cotangent or the labels.
    """
    x = {name: layout(value / 16, case["layout"]) for name, value in arrays.items()}
    kind, o = case["kind"], options(case)
    if kind == "loss":
        labels = layout(dout((case["n"],)), case["layout"])
        loss, delta = cnnlab.softmax_cross_entropy(x["logits"] * case["scale"], labels)
        return {"loss": loss, "delta": delta}
    if kind == "conv2d":
        z = telling.conv2d(x["a"], x["w"], x.get("b"), **o)
        delta = layout(dout(z.shape) / 16, case["layout"])
        da, dw, db = telling.conv2d_backward(delta, x["a"], x["w"], **o)
        return {"z": z, "da": da, "dw": dw} | ({"db": db} if case["bias"] else {})
    if kind == "conv_transpose2d":
        return {"out": telling.conv_transpose2d(x["a"], x["w"], x.get("b"), **o)}
    size = tuple(case["size"])
    if kind == "max_pool2d":
        p, argmax = telling.max_pool2d(x["a"], size, **o)
        dp = layout(dout(p.shape) / 16, case["layout"])
        da = telling.max_pool2d_backward(dp, argmax, x["a"].shape, size, **o)
        return {"p": p, "argmax": argmax, "da": da}
    p = telling.avg_pool2d(x["a"], size, **o)
    dp = layout(dout(p.shape) / 16, case["layout"])
    return {"p": p, "da": telling.avg_pool2d_backward(dp, x["a"].shape, size, **o)}


def draw_dout(case, rng, shape):
    """Draw the cotangent of a layer, or the labels of a loss."""
    if case["kind"] == "loss":
        return rng.integers(0, case["classes"], shape).astype(np.int8)
    return rng.integers(-63, 64, shape).astype(np.int8)


def disagreement(ours, theirs):
    """Largest difference relative to the size of the numbers; shapes must be equal first."""
    assert ours.keys() == theirs.keys()
    worst = 0.0
    for name in ours:
        a, b = np.asarray(ours[name], dtype=float), np.asarray(theirs[name], dtype=float)
        assert a.shape == b.shape, (name, a.shape, b.shape)
        worst = max(worst, float(np.abs(a - b).max() / max(1.0, np.abs(b).max())))
    return worst


def load_vectors():
    """Yield every committed case as (case, inputs, cotangent, PyTorch's results)."""
    with np.load(VECTORS, allow_pickle=False) as archive:
        cases, numbers, results = json.loads(str(archive["cases"])), archive["inputs"], archive["results"]
    at = found = 0
    for case in cases:
        arrays, expected = {}, {}
        for name, shape in case["inputs"].items():
            size = int(np.prod(shape))
            arrays[name] = numbers[at : at + size].reshape(shape)
            at += size
        for name, shape in case["results"].items():
            size = int(np.prod(shape))
            expected[name] = results[found : found + size].reshape(shape)
            found += size
        yield case, arrays, arrays.pop("dout", None), expected
    assert at == len(numbers) and found == len(results)
