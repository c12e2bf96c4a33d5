"""The pictures of the book, a module a chapter.

Photographs, curves and histograms are matplotlib figures (`pip install "cnnlab[figures]"`), on white paper that
the page makes vanish; number grids are `Drawing`s, SVG in the colours of the page; those named `animate_…`
return an `Animation`, and `desk.desk` a layer that can be touched.
Blue is always an activation, brown and teal a weight, orange and violet an error.
"""

import importlib
from types import ModuleType

from cnnlab.figures.animation import Animation, Cell, Frame, Grid

CHAPTERS = (
    "desk", "overview", "forward", "gradients", "pooling", "delta_rule", "flip", "tensors", "weight_gradient",
    "bias_gradient", "vectorization", "general_layer", "hidden_errors", "training",
    "own_layers", "symptoms", "speed",
)  # fmt: skip

__all__ = ["Animation", "Cell", "Frame", "Grid", *CHAPTERS]


def __getattr__(name: str) -> ModuleType:
    """Import a module when it is asked for: most draw without matplotlib, which takes long to load."""
    if name in CHAPTERS:
        return importlib.import_module(f"cnnlab.figures.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
