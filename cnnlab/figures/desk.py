"""The desk: a layer that can be touched. Point at a number and see whom it feeds.

The element itself, and its arithmetic for what a reader edits, are in `browser/desk/`; what it shows first comes
from here, and so does the still picture that stands for it without JavaScript and on paper.
"""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab import convolution, pooling
from cnnlab._checks import Array
from cnnlab._display import standalone
from cnnlab.figures._drawing import CELL, Panel

# What a reader calls each array, and its colour; the script takes both from here.
_NAMES = {
    "a": ("image a", "a"), "w": ("kernel w", "w"), "b": ("bias b", "w"), "z": ("output z", "a"),
    "cols": ("im2col(a)", "a"), "dcols": ("δ · w", "e"),
    "delta": ("error δ", "e"), "da": ("∂ℒ/∂a", "e"), "dw": ("∂ℒ/∂w", "e"), "db": ("∂ℒ/∂b", "e"),
}  # fmt: skip
_POOLED = {**_NAMES, "z": ("pooled p", "a"), "delta": ("∂ℒ/∂p", "e")}


class Desk:
    """A touchable figure for a page or a notebook; it needs no kernel and loads nothing.

    `state` is what the element starts from, plain numbers that JSON can hold; `label` says in words what it
    is for.
    """

    def __init__(self, label: str, state: dict[str, Any]) -> None:
        self.label, self.state = label, state

    def __repr__(self) -> str:
        return f"Desk: {self.label}"

    def _repr_html_(self) -> str:
        data = json.dumps(self.state, ensure_ascii=False).replace("</", "<\\/")
        opening = f'<cnnlab-desk role="img" aria-label="{escape(self.label)}">'
        first = f'<script type="application/json">{data}</script>'
        still = f'<div class="cnnlab-figure">{self._still()}</div>'
        return standalone(f"{opening}{first}{still}</cnnlab-desk>")

    def _still(self) -> str:
        return "".join(_grid(self.state["names"][array], rows).svg() for array, rows in _panels(self.state))


def _panels(state: dict[str, Any]) -> list[tuple[str, Array]]:
    """Return the arrays that are shown, one by one, with their kinds."""
    found = []
    for kind in state["show"]:
        values = np.asarray({**state, **state["results"]}[kind])
        plain = values.reshape(1, 1, -1) if kind in ("b", "db") else values.reshape(-1, *values.shape[-2:])
        found += [(kind, rows) for rows in plain]
    return found


def _grid(named: tuple[str, str], rows: Array) -> Panel:
    name, colour = named
    small = rows.shape[1] > 14
    side = 12.0 if small else CELL
    panel = Panel(max(rows.shape[1] * side + 8, 90), rows.shape[0] * side + 30)
    panel.text(panel.width / 2, 12, name, colour, "math")
    if small:
        for u, v in np.ndindex(rows.shape):
            panel.tile(4 + v * side, 26 + u * side, side, "ink" if rows[u, v] else "line")
    else:
        panel.grid(4, 26, rows, colour)
    return panel


def desk(
    a: npt.ArrayLike,
    w: npt.ArrayLike,
    delta: npt.ArrayLike,
    b: npt.ArrayLike | None = None,
    *,
    show: Sequence[str],
    label: str,
    start: str = "z",
    stride: int = 1,
    padding: int = 0,
    dilation: int = 1,
    verb: str = "⋆",
    verbs: bool = False,
    turn: bool = False,
    sizes: Sequence[str] = (),
    group: str = "",
) -> Desk:
    """Lay out a convolutional layer to be touched: one image (C, H, W), kernels (F, C, KH, KW), errors (F, OH, OW).

    Plain (H, W) arrays stand for one channel. `show` names the grids (a, w, b, z, delta, da, dw, db, and the
    matrices of chapter 8, cols and dcols), `start` the one that is lit first. `verb` is "⋆" or "∗"; `verbs` gives
    the reader a switch between them, `turn` a button that turns the kernel, and `sizes` fields for stride,
    padding and dilation. Desks of one `group` are lit together.
    """
    image, kernel, errors = _stack(a, 3), _stack(w, 4), _stack(delta, 3)
    bias = np.zeros(len(kernel)) if b is None else np.asarray(b)
    used = kernel if verb == "⋆" else kernel[..., ::-1, ::-1]
    options: dict[str, Any] = {"stride": stride, "padding": padding, "dilation": dilation}
    one, filters = np.moveaxis(image, 0, 2)[np.newaxis], np.moveaxis(used, 1, 3)
    back = np.moveaxis(errors, 0, 2)[np.newaxis]
    z = convolution.conv2d(one, filters, bias, **options)
    da, dw, db = convolution.conv2d_backward(back, one, filters, **options)
    dw = np.moveaxis(dw, 3, 1)
    results = {
        "z": np.moveaxis(z[0], 2, 0).tolist(),
        "da": np.moveaxis(da[0], 2, 0).tolist(),
        "dw": (dw if verb == "⋆" else dw[..., ::-1, ::-1]).tolist(),
        "db": db.tolist(),
    }
    if {"cols", "dcols"} & set(show):
        size = filters[0].size
        windows = np.eye(size, dtype=int).reshape(size, *filters.shape[1:])  # each picks a place of a window
        windows = windows if verb == "⋆" else windows[:, ::-1, ::-1]
        results["cols"] = convolution.conv2d(one, windows, **options).reshape(-1, size).tolist()
        kernels = np.moveaxis(kernel, 1, 3).reshape(len(kernel), size)
        results["dcols"] = (back.reshape(-1, len(kernel)) @ kernels).tolist()
    state = {
        "kind": "convolution", "a": image.tolist(), "w": kernel.tolist(), "b": bias.tolist(), "delta": errors.tolist(),
        **options, "verb": verb, "show": list(show), "names": {name: _NAMES[name] for name in show},
        "start": start, "verbs": verbs, "turn": turn, "group": group, "sizes": list(sizes), "results": results,
    }  # fmt: skip
    return Desk(label, state)


def pooling_desk(
    a: npt.ArrayLike, dp: npt.ArrayLike, *, size: int, stride: int, label: str, kind: str = "max"
) -> Desk:
    """Lay out a pooling of one (H, W) image to be touched; the reader may switch between "max" and "mean"."""
    image, errors = _stack(a, 3), _stack(dp, 3)
    one, back = np.moveaxis(image, 0, 2)[np.newaxis], np.moveaxis(errors, 0, 2)[np.newaxis].astype(float)
    if kind == "max":
        p, argmax = pooling.max_pool2d(one, size, stride=stride)
        da = pooling.max_pool2d_backward(back, argmax, one.shape, size, stride=stride)
    else:
        p = pooling.avg_pool2d(one, size, stride=stride)
        da = pooling.avg_pool2d_backward(back, one.shape, size, stride=stride)
    results = {"z": np.moveaxis(p[0], 2, 0).tolist(), "da": np.moveaxis(da[0], 2, 0).tolist()}
    show = ["a", "z", "delta", "da"]
    state = {
        "kind": kind, "a": image.tolist(), "delta": errors.tolist(), "size": size, "stride": stride, "padding": 0,
        "dilation": 1, "show": show, "names": {name: _POOLED[name] for name in show}, "start": "z", "kinds": True, "sizes": ["stride"],
        "results": results,
    }  # fmt: skip
    return Desk(label, state)


def _stack(value: npt.ArrayLike, axes: int) -> Array:
    """Return an array with leading axes of length 1 where the argument has fewer axes."""
    array = np.asarray(value)
    return array.reshape((1,) * (axes - array.ndim) + array.shape)
