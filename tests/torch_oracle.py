"""The same layers computed by PyTorch in float64. Run as a script, it rewrites the committed vectors.

usage: python tests/torch_oracle.py      (needs torch; the tests do not)
"""

import json

import numpy as np
import torch
import torch.nn.functional as functional
from helpers.torch_cases import KINDS, VECTORS, draw, draw_dout, input_shapes, options, random_case

SEED = 7
NETWORK = VECTORS.with_name("torch_network.npz")  # for the page on weights from elsewhere


def _image(array):
    return torch.tensor(np.moveaxis(array / 16.0, 3, 1).copy(), requires_grad=True)


def _channels_last(tensor):
    return np.moveaxis(tensor.detach().numpy(), 1, 3)


def torch_results(case, arrays, dout):
    """Compute a case with autograd; `dout(shape)` supplies the cotangent or the labels."""
    kind, o = case["kind"], options(case)
    if kind == "loss":
        z = torch.tensor(arrays["logits"] / 16.0 * case["scale"], requires_grad=True)
        labels = torch.tensor(dout((case["n"],)).astype(np.int64))
        loss = functional.cross_entropy(z, labels)
        loss.backward()
        return {"loss": loss.detach().numpy(), "delta": z.grad.numpy()}
    a = _image(arrays["a"])
    size = tuple(case["size"])
    if kind in ("conv2d", "conv_transpose2d"):
        w = _image(arrays["w"])  # (F, KH, KW, C/groups) -> (F, C/groups, KH, KW)
        b = torch.tensor(arrays["b"] / 16.0, requires_grad=True) if case["bias"] else None
        out = getattr(functional, kind)(a, w, b, **o)
    elif kind == "max_pool2d":
        out, index = functional.max_pool2d(a, size, return_indices=True, **o)
    else:
        out = functional.avg_pool2d(a, size, **o)
    values = _channels_last(out)
    if kind == "conv_transpose2d":
        return {"out": values}
    out.backward(torch.tensor(np.moveaxis(dout(values.shape) / 16.0, 3, 1).copy()))
    da = _channels_last(a.grad)
    if kind == "conv2d":
        results = {"z": values, "da": da, "dw": _channels_last(w.grad)}
        return results | ({"db": b.grad.numpy()} if case["bias"] else {})
    if kind == "avg_pool2d":
        return {"p": values, "da": da}
    return {"p": values, "argmax": _inside_window(_channels_last(index), case), "da": da}


def _inside_window(index, case):
    """Turn PyTorch's flat index into the image into a flat index into the window."""
    rows, columns = np.divmod(index, case["lengths"][1])
    x, y = np.arange(index.shape[1])[:, None, None], np.arange(index.shape[2])[:, None]
    m = rows - (x * case["stride"][0] - case["padding"][0])
    n = columns - (y * case["stride"][1] - case["padding"][1])
    return m * case["size"][1] + n


def write_network():
    """Store a small network with its weights, as a state_dict names them, its logits and its gradients."""
    torch.manual_seed(SEED)
    network = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3, padding=1),
        torch.nn.Tanh(),
        torch.nn.MaxPool2d(2),
        torch.nn.Conv2d(4, 6, (3, 2), groups=2),
        torch.nn.Tanh(),
        torch.nn.Flatten(),
        torch.nn.Linear(6 * 3 * 2, 5),
    ).double()
    x, y = torch.randn(3, 1, 10, 6, dtype=torch.float64), torch.tensor([4, 0, 2])
    logits = network(x)
    functional.cross_entropy(logits, y).backward()
    stored = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    stored |= {f"grad.{name}": value.grad.numpy() for name, value in network.named_parameters()}
    np.savez_compressed(NETWORK, x=x.numpy(), y=y.numpy(), logits=logits.detach().numpy(), **stored)


def main():
    write_network()
    rng = np.random.default_rng(SEED)
    cases, numbers, results = [], [], []
    for kind, count in KINDS.items():
        for _ in range(count):
            case = random_case(rng, kind)
            arrays = draw(rng, input_shapes(case))

            def dout(shape, case=case, arrays=arrays):
                arrays["dout"] = draw_dout(case, rng, shape)
                return arrays["dout"]

            found = torch_results(case, dict(arrays), dout)
            case["inputs"] = {name: np.shape(v) for name, v in arrays.items()}
            case["results"] = {name: np.shape(v) for name, v in found.items()}
            cases.append(case)
            numbers += [v.ravel() for v in arrays.values()]
            results += [np.asarray(v, dtype=float).ravel() for v in found.values()]
    VECTORS.parent.mkdir(exist_ok=True)
    np.savez_compressed(
        VECTORS,
        cases=np.array(json.dumps(cases)),
        inputs=np.concatenate(numbers),
        results=np.concatenate(results),
    )
    print(f"{len(cases)} cases, {VECTORS.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
