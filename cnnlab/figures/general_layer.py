"""The pictures of chapter 9: the zeros that a stride left out, and how many windows lie over a pixel."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from cnnlab._checks import Array
from cnnlab.convolution import conv2d_input_grad
from cnnlab.figures._drawing import CELL, Drawing, Panel
from cnnlab.reference import convolve2d

WIDTH = 290.0  # of a panel: room for its title


def zeros_back(a: npt.ArrayLike, w: npt.ArrayLike, delta: npt.ArrayLike, stride: int) -> Drawing:
    """Draw a strided layer on a row of pixels, and beside it the error with its zeros, going back."""
    image, kernel, errors = np.asarray(a), np.asarray(w), np.asarray(delta)
    starts = np.arange(0, len(image) - len(kernel) + 1, stride)
    z = [int(image[t : t + len(kernel)] @ kernel) for t in starts]
    filled = np.zeros(len(image) - len(kernel) + 1, dtype=errors.dtype)
    filled[starts] = errors
    da = convolve2d(filled[np.newaxis], kernel[np.newaxis])[0]
    left_out = len(image) - (starts[-1] + len(kernel))
    return Drawing(
        f"Left: a row of {len(image)} pixels {image.tolist()}; the kernel {kernel.tolist()} lies on it "
        f"{len(starts)} times, at the pixels {starts.tolist()}, and makes the outputs {z}; "
        f"pixels at the end without a window: {left_out}. "
        f"Right: the errors {errors.tolist()} stand at the places {starts.tolist()} of a row with zeros elsewhere, "
        f"{filled.tolist()}; below it the gradient of the pixels, {da.tolist()}.",
        [_stepping(image, kernel, stride, z), _filled(filled, starts, da, kernel)],
    )


def _stepping(image: Array, kernel: Array, stride: int, z: Sequence[int]) -> Panel:
    """Forward: windows as brackets over the pixels, outputs below their first pixel."""
    panel = Panel(WIDTH, 230)
    reached = (len(z) - 1) * stride + len(kernel)
    panel.text(panel.width / 2, 12, f"forward: the kernel steps by {stride}", style="title small")
    panel.grid(8, 84, image[np.newaxis], lambda u, v: "a" if v < reached else "line")
    for k, output in enumerate(z):
        start = k * stride
        left, right, height = 8 + start * CELL + 4, 8 + (start + len(kernel)) * CELL - 4, 66 - 22 * (k % 2)
        panel.line([(left, 80), (left, height), (right, height), (right, 80)], "w", 2.4)
        for v, weight in enumerate(kernel):
            panel.text(8 + (start + v + 0.5) * CELL, height - 10, str(weight), "w", "small")
        middle = 8 + start * CELL + CELL / 2
        panel.arrow((middle, 130), (middle, 166), "a")
        panel.square(8 + start * CELL, 170, [str(output)], "a")
    for v in range(reached, len(image)):
        panel.text(8 + v * CELL + CELL / 2, 142, "no window", "line", "small")
    return panel


def _filled(filled: Array, starts: Array, da: Array, kernel: Array) -> Panel:
    """Backward: the errors with the zeros between and behind, and what the pixels collect from them."""
    panel = Panel(WIDTH, 230)
    panel.text(panel.width / 2, 12, "backward: zeros where it stepped over", style="title small")
    panel.grid(
        8, 58, filled[np.newaxis], lambda u, v: "e" if v in starts else "line", lambda u, v: v in starts
    )
    for v in range(len(filled)):
        if v not in starts:
            where = "behind" if v > starts[-1] else "between"
            panel.text(8 + v * CELL + CELL / 2, 46, where, "line", "small")
    middle = 8 + len(da) * CELL / 2
    panel.arrow((middle, 106), (middle, 146), "e")
    panel.text(middle + 74, 126, f"∗ ({', '.join(map(str, kernel))})", "w", "small")
    panel.grid(8, 152, da[np.newaxis], lambda u, v: "e" if da[v] else "line")
    panel.text(panel.width / 2, 212, "gradient of the pixels", style="small")
    return panel


def coverage(cases: Sequence[tuple[int, int]], outputs: int) -> Drawing:
    """Draw how many windows lie over each pixel, for each (size, stride); `outputs` windows a side."""
    panels, told = [], []
    for size, stride in cases:
        side = (outputs - 1) * stride + size
        ones = np.ones((1, outputs, outputs, 1), int), np.ones((1, size, size, 1), int)
        counts = conv2d_input_grad(*ones, (1, side, side, 1), stride=stride)[0, :, :, 0]
        panel = Panel(side * CELL + 8, side * CELL + 34)
        panel.text(panel.width / 2, 12, f"kernel {size}×{size}, stride {stride}", style="title small")
        for u, v in zip(*np.nonzero(counts > 1), strict=True):
            panel.tile(4 + v * CELL, 28 + u * CELL, CELL, "e")
        panel.grid(4, 28, counts, "e", _is_largest(counts))
        panels.append(panel)
        rows = "; ".join(" ".join(map(str, row)) for row in counts)
        told.append(f"kernel {size} by {size} with stride {stride}, row by row: {rows}")
    return Drawing(
        f"Grids of how many windows lie over each pixel; the largest counts are marked. {'. '.join(told)}.",
        panels,
    )


def _is_largest(counts: Array) -> Callable[[int, int], bool]:
    return lambda u, v: bool(counts[u, v] == counts.max())


def stamps(z: npt.ArrayLike, w: npt.ArrayLike, stride: int) -> Drawing:
    """Draw a transposed convolution of a row: each number puts its kernel, times itself, at its place."""
    numbers, kernel = np.asarray(z), np.asarray(w)
    length = stride * (len(numbers) - 1) + len(kernel)
    panel = Panel(length * CELL + 76, (len(numbers) + 1) * (CELL + 12) + 20)
    total = np.zeros(length, dtype=int)
    for k, number in enumerate(numbers):
        y = 8 + k * (CELL + 12)
        part = number * kernel
        total[k * stride : k * stride + len(kernel)] += part
        panel.text(34, y + CELL / 2, f"{number} · w", "w", "small")
        panel.grid(70 + k * stride * CELL, y, part[np.newaxis], "a")
    y = 20 + len(numbers) * (CELL + 12)
    panel.line([(70, y - 10), (70 + length * CELL, y - 10)], "line", 1.6)
    panel.text(34, y + CELL / 2, "sum", style="small strong")
    shared = [
        sum(k * stride <= v < k * stride + len(kernel) for k in range(len(numbers))) > 1
        for v in range(length)
    ]
    panel.grid(70, y, total[np.newaxis], "a", lambda _, v: shared[v])
    return Drawing(
        f"The numbers {numbers.tolist()} each put the kernel {kernel.tolist()}, times themselves, {stride} places after "
        f"the one before. Added up, the result is {total.tolist()}; where two meet, the sum is framed.",
        [panel],
    )


def groups(channels: int, filters: int, count: int) -> Drawing:
    """Draw which input channel feeds which output channel: all of them, in groups, and one by one."""
    panels = []
    for title, parts in (("one group", 1), (f"{count} groups", count), ("depthwise", channels)):
        panel, side = Panel(150, 34 + 34 * max(channels, filters)), 22.0
        panel.text(75, 12, title, style="title small")
        into, out = channels // parts, filters // parts
        for c in range(channels):
            for f in range(filters):
                if c // into == f // out:
                    start, end = (18 + side, 34 + 34 * c + side / 2), (110, 34 + 34 * f + side / 2)
                    panel.line([start, end], ("one", "two", "three", "four")[(c // into) % 4], 1.6)
        for c in range(channels):
            panel.tile(18, 34 + 34 * c, side, "a")
        for f in range(filters):
            panel.tile(110, 34 + 34 * f, side, "a")
        panels.append(panel)
    return Drawing(
        f"{channels} input channels on the left and {filters} output channels on the right, three times. In one group each "
        f"input is joined with each output; in {count} groups only within its group; depthwise each input feeds outputs "
        "of its own.",
        panels,
    )
