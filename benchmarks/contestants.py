"""One library in a process of its own, which computes the cases that it is asked for: started by speed.py.

Reads requests from its standard input and answers on its standard output, a line of JSON each.
"""

import functools
import json
import sys
import time
import tracemalloc

import numpy as np

# N, C, H, W of the input; F, K, stride, padding, groups.
CONVOLUTIONS = {
    "L1": (64, 1, 28, 28, 8, 5, 1, 2, 1),
    "L2": (64, 8, 14, 14, 16, 5, 1, 2, 1),
    "L3": (32, 16, 32, 32, 32, 3, 1, 1, 1),
    "L4": (16, 64, 28, 28, 64, 3, 1, 1, 1),
    "L5": (8, 3, 64, 64, 32, 3, 2, 1, 1),
    "L6": (4, 128, 14, 14, 128, 3, 1, 1, 1),
    "L7": (16, 64, 28, 28, 128, 1, 1, 0, 1),
    "5x5, stride 2": (16, 16, 32, 32, 32, 5, 2, 2, 1),
    "depthwise": (16, 64, 28, 28, 64, 3, 1, 1, 64),
}
# kind, then N, C, H, W of the input; size, stride.
POOLINGS = {
    f"{kind} pooling, {size}x{size}, stride 2, {channels} channels": (kind, images, channels, 28, 28, size, 2)
    for kind in ("max", "average")
    for size in (2, 3)
    for images, channels in ((64, 8), (16, 64))
}
NETWORK = {"16 training steps": (64, 16 * 64), "one epoch": (50, 5000)}  # rows a batch, rows in all
CASES = [*CONVOLUTIONS, *POOLINGS, *NETWORK]


def arrays(name):
    """Draw the arrays of a convolution, channels-last: a, w, b, delta."""
    n, c, height, width, f, k, s, p, groups = CONVOLUTIONS[name]
    rng = np.random.default_rng(0)
    out = ((length + 2 * p - k) // s + 1 for length in (height, width))
    shapes = (n, height, width, c), (f, k, k, c // groups), (f,), (n, *out, f)
    return [rng.standard_normal(shape, dtype=np.float32) for shape in shapes]


def pooled_arrays(name):
    """Draw the arrays of a pooling layer, channels-last: a, dp."""
    _, n, c, height, width, size, s = POOLINGS[name]
    rng = np.random.default_rng(0)
    out = ((length - size) // s + 1 for length in (height, width))
    return [rng.standard_normal(shape, dtype=np.float32) for shape in ((n, height, width, c), (n, *out, c))]


def multiplications(name):
    """Count the multiplications of the forward pass; each gradient has as many."""
    n, c, *_, k, _, _, groups = CONVOLUTIONS[name]
    _, oh, ow, f = arrays(name)[3].shape
    return n * oh * ow * f * k * k * (c // groups)


# ---- the libraries: each returns a function that computes the case once, or None


def cnnlab(name):
    """The package: forward pass and all gradients; pooling as a layer, as in training."""
    import cnnlab as package

    if name in CONVOLUTIONS:
        a, w, b, delta = arrays(name)
        options = dict(zip(("stride", "padding", "groups"), CONVOLUTIONS[name][-3:], strict=True))
        return lambda: (
            package.conv2d(a, w, b, **options),
            *package.conv2d_backward(delta, a, w, **options),
        )
    if name in POOLINGS:
        kind, *_, size, stride = POOLINGS[name]
        a, dp = pooled_arrays(name)
        layer = (package.MaxPool2D if kind == "max" else package.AvgPool2D)(size, stride=stride)
        return lambda: (layer.forward(a), layer.backward(dp))
    return _cnnlab_training(*NETWORK[name])


def _cnnlab_training(batch, count):
    from train_mnist import as_input, digit_network

    import cnnlab as package

    x, y, *_ = package.datasets.mnist_sample()
    x, y, model = as_input(x)[:count], y[:count], digit_network(0)
    return lambda: package.fit(
        model, x, y, epochs=1, batch_size=batch, learning_rate=1e-4, momentum=0.9, rng=0, progress=False
    )


def torch(name, layout="contiguous_format"):
    """PyTorch, in the layout in which it keeps an image: channels first."""
    import torch as pytorch
    import torch.nn.functional as functional

    def tensor(array, image=True):
        array = pytorch.tensor(np.moveaxis(array, 3, 1).copy() if image else array)
        return array.to(memory_format=getattr(pytorch, layout)) if image else array

    if name in NETWORK:
        return _torch_training(*NETWORK[name], layout)
    if name in CONVOLUTIONS:
        a, w, b, delta = (tensor(value, value.ndim == 4) for value in arrays(name))
        layer = functools.partial(functional.conv2d, stride=CONVOLUTIONS[name][6])
        layer = functools.partial(layer, padding=CONVOLUTIONS[name][7], groups=CONVOLUTIONS[name][8])
        inputs = [value.requires_grad_() for value in (a, w, b)]
    else:
        kind, *_, size, stride = POOLINGS[name]
        a, delta = map(tensor, pooled_arrays(name))
        pool = functional.max_pool2d if kind == "max" else functional.avg_pool2d
        layer, inputs = functools.partial(pool, kernel_size=size, stride=stride), [a.requires_grad_()]

    def call():
        out = layer(*inputs)
        return out, *pytorch.autograd.grad(out, inputs, delta)

    return call


def torch_channels_last(name):
    """PyTorch, in the layout that cnnlab has."""
    return torch(name, "channels_last")


def _torch_training(batch, count, layout):
    import torch as pytorch
    from torch import nn
    from train_mnist import as_input

    from cnnlab import datasets

    pytorch.manual_seed(0)
    model = nn.Sequential(
        nn.Conv2d(1, 8, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(7 * 7 * 32, 64), nn.ReLU(), nn.Linear(64, 10),
    ).to(memory_format=getattr(pytorch, layout))  # fmt: skip
    x, y, *_ = datasets.mnist_sample()
    x = pytorch.tensor(np.moveaxis(as_input(x), 3, 1)[:count].copy())
    x, y = x.to(memory_format=getattr(pytorch, layout)), pytorch.tensor(y[:count].astype(np.int64))
    optimizer = pytorch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9)
    loss_of = nn.CrossEntropyLoss()

    def call():
        for rows in pytorch.randperm(count).split(batch):
            optimizer.zero_grad()
            logits = model(x[rows])
            loss = loss_of(logits, y[rows])
            loss.backward()
            optimizer.step()
            _ = float(loss.detach()), int((logits.argmax(1) == y[rows]).sum())  # what `fit` keeps of a batch

    return call


def textbook(name):
    """The three products of chapter 8, on all windows at once, with its im2col and col2im."""
    if name not in CONVOLUTIONS:
        return None
    a, w, b, delta = arrays(name)
    s, p, groups = CONVOLUTIONS[name][-3:]
    if groups > 1:
        return None
    (n, height, width, c), (f, k, _, _), (_, oh, ow, _) = a.shape, w.shape, delta.shape
    places = [(m, q) for m in range(k) for q in range(k)]

    def call():
        padded = np.zeros((n, height + 2 * p, width + 2 * p, c), np.float32)
        padded[:, p : p + height, p : p + width] = a
        cols = np.empty((n, oh, ow, k, k, c), np.float32)
        for m, q in places:
            cols[:, :, :, m, q] = padded[:, m : m + s * oh : s, q : q + s * ow : s]
        cols, kernels, errors = cols.reshape(n * oh * ow, -1), w.reshape(f, -1), delta.reshape(-1, f)
        z = (cols @ kernels.T + b).reshape(delta.shape)
        dw, db = (errors.T @ cols).reshape(w.shape), errors.sum(axis=0)
        sent = (errors @ kernels).reshape(n, oh, ow, k, k, c)
        da = np.zeros_like(padded)
        for m, q in places:
            da[:, m : m + s * oh : s, q : q + s * ow : s] += sent[:, :, :, m, q]
        return z, da[:, p : p + height, p : p + width], dw, db

    return call


def floor(name):
    """The three matrix products alone, on matrices that are there already."""
    if name not in CONVOLUTIONS or CONVOLUTIONS[name][-1] > 1:
        return None
    _, w, _, delta = arrays(name)
    kernels, errors = w.reshape(len(w), -1), delta.reshape(-1, len(w))
    cols = np.random.default_rng(1).standard_normal((len(errors), kernels.shape[1]), dtype=np.float32)
    out = np.empty_like(errors), np.empty_like(cols), np.empty_like(kernels)
    return lambda: (
        np.matmul(cols, kernels.T, out=out[0]),
        np.matmul(errors, kernels, out=out[1]),
        np.matmul(errors.T, cols, out=out[2]),
    )


LIBRARIES = {f.__name__: f for f in (cnnlab, torch, torch_channels_last, textbook, floor)}


# ---- measuring


def run(call, seconds):
    """Call again and again for some seconds, at least once; return how long each took."""
    times, end = [], time.perf_counter() + seconds
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return times


def memory(library, name):
    """Return the most bytes that NumPy holds at once in the first call, results and scratch included."""
    call = LIBRARIES[library](name)
    if call is None:
        return None
    tracemalloc.start()
    call()
    return tracemalloc.get_traced_memory()[1]


def on_a_line(*shape):
    """Return ones that start on a line of the cache, as a careful program has them."""
    room = np.ones(int(np.prod(shape)) + 16, np.float32)
    start = -room.ctypes.data % 64 // 4
    return room[start : room.size - 16 + start].reshape(shape)


def roof():
    """Return what one thread can do in a second: multiplications in small products, and bytes from memory."""
    a, b, out = on_a_line(64, 80, 192), on_a_line(192, 64), on_a_line(64, 80, 64)
    x, y = on_a_line(2**24), on_a_line(2**24)
    product = min(run(lambda: np.matmul(a, b, out=out), 0.5))
    copy = min(run(lambda: np.copyto(y, x), 0.5))
    return a.size * b.shape[1] / product, 2 * x.nbytes / copy


def main(library, threads):
    if library.startswith("torch"):
        import torch as pytorch

        pytorch.set_num_threads(threads)
    elif library == "cnnlab":
        from cnnlab import fast

        with fast.held():  # as whoever trains does, and for the whole of it
            return answer_requests(library)
    return answer_requests(library)


def answer_requests(library):
    """Answer what standard input asks for."""
    name = call = None
    for line in sys.stdin:
        request = json.loads(line)
        if "memory" in request:
            answer = memory(library, request["memory"])
        elif "roof" in request:
            answer = roof()
        else:
            if request["case"] != name:
                name, call = request["case"], LIBRARIES[library](request["case"])
                if call is not None:
                    run(call, 0.3)  # to warm up
            answer = call and run(call, request["seconds"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
