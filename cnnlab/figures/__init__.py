"""The pictures of the book, one function each; needs matplotlib (`pip install "cnnlab[figures]"`).

Every function returns the matplotlib figure that it drew, at twice the usual resolution, on a background of
its own that reads well on a light and on a dark page.
Blue is always an activation, brown and teal a weight, orange and violet an error.
"""

from cnnlab.figures.delta_rule import Slide, fed_outputs
from cnnlab.figures.overview import forward_and_back
from cnnlab.figures.training import (
    blame,
    channels,
    confusion_matrix,
    descent,
    digits,
    kernels,
    learning_curves,
    loss_error,
)

__all__ = [
    "Slide",
    "blame",
    "channels",
    "confusion_matrix",
    "descent",
    "digits",
    "fed_outputs",
    "forward_and_back",
    "kernels",
    "learning_curves",
    "loss_error",
]
