"""The pictures of the book, a module a chapter; needs matplotlib (`pip install "cnnlab[figures]"`).

Photographs, curves and histograms are matplotlib figures, on white paper that the page makes vanish; number
grids are `Drawing`s, SVG in the colours of the page; those named `animate_…` return an `Animation`, and
`desk.desk` a layer that can be touched.
Blue is always an activation, brown and teal a weight, orange and violet an error.
"""

from cnnlab.figures import (
    bias_gradient,
    delta_rule,
    desk,
    flip,
    forward,
    general_layer,
    gradients,
    hidden_errors,
    overview,
    pooling,
    tensors,
    training,
    vectorization,
    weight_gradient,
)
from cnnlab.figures.animation import Animation, Cell, Frame, Grid

CHAPTERS = (
    desk,
    overview,
    forward,
    gradients,
    pooling,
    delta_rule,
    flip,
    tensors,
    weight_gradient,
    bias_gradient,
    vectorization,
    general_layer,
    hidden_errors,
    training,
)

__all__ = [
    "Animation",
    "Cell",
    "Frame",
    "Grid",
    "bias_gradient",
    "delta_rule",
    "desk",
    "flip",
    "forward",
    "general_layer",
    "gradients",
    "hidden_errors",
    "overview",
    "pooling",
    "tensors",
    "training",
    "vectorization",
    "weight_gradient",
]
