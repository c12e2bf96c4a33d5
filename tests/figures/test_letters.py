"""The letters of matplotlib's pictures, measured: 11 pixels or more where a phone's column is 340 wide."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from matplotlib.text import Text

from cnnlab.figures import forward, gradients, overview, speed, symptoms, training

COLUMN, SMALLEST = 340, 11
rng = np.random.default_rng(0)
maps, image = rng.random((4, 4, 8)), rng.random((8, 6))
history = {name: [1.0, 0.5] for name in ("loss", "accuracy", "validation_loss", "validation_accuracy")}
times = {"cnnlab": 1.0, "torch": 1.0, "textbook": 2.0}
layer = {"milliseconds": times, "multiplications": 1e6, "bytes": 1e5, "bytes with im2col": 1e6}
report = {
    "machine": {"processor": "one"},
    "roof": {"multiplications a second": 1e9, "bytes a second": 1e8},
    "threads": {"1": {"L1": layer}},
}
FIGURES = {
    "response": lambda: forward.response(image, np.eye(3), rng.random((6, 4)), (1, 1)),
    "kink": lambda: gradients.kink(np.abs, [-0.7, 0, 0.7], 0.5),
    "step_errors": lambda: gradients.step_errors([0.1, 0.01], {"float64": {"central": np.ones(2)}}),
    "forward_and_back": lambda: overview.forward_and_back(["pool", "logits"], *[[maps, rng.random(10)]] * 2),
    "digits": lambda: training.digits(rng.random((10, 28, 28)), range(10)),
    "loss_error": lambda: training.loss_error([0.25, 0.5, 0.25], 0, ["0", "1", "2"]),
    "descent": lambda: training.descent(lambda u, v: u * u + v * v, {"plain": rng.random((4, 2))}, (0, 0)),
    "learning_curves": lambda: training.learning_curves(history, 97),
    "kernels": lambda: training.kernels(rng.random((8, 5, 5, 1))),
    "channels": lambda: training.channels([("maps", maps)], "error"),
    "blame": lambda: training.blame(image, image),
    "confusion_matrix": lambda: training.confusion_matrix(np.eye(10, dtype=int)),
    "symptoms": lambda: symptoms.curves({"right": [2.0, 1, 0.5], "wrong": [2.0, 3, np.nan]}),
    "rooflines": lambda: speed.rooflines([report]),
}


@pytest.mark.parametrize("name", FIGURES)
def test_letters_can_be_read_on_a_phone(name):
    figure = FIGURES[name]()
    figure.canvas.draw()
    pixels_a_point = COLUMN / (72 * figure.get_size_inches()[0])
    letters = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    assert letters
    assert [text.get_text() for text in letters if text.get_size() * pixels_a_point < SMALLEST] == []
