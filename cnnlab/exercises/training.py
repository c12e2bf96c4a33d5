"""Exercises of chapter 11: where the error starts, and what is done with a gradient."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cnnlab import losses, reference
from cnnlab._checks import Array
from cnnlab.exercises._exercise import Apart, Arguments, Exercise, Mistake, Question, Section

START = Section(11, "Where does the error start?")
BIG = Section(11, "Where it goes wrong: $e^{1000}$")
MEAN = Section(11, "Where it goes wrong: dividing by $N$ twice")
STEP = Section(11, "What do we do with a gradient?")


def softmax_cross_entropy_delta(logits: Array, labels: Array) -> Array:
    """Softmax, minus 1 at the right class, over N."""
    exp = np.exp(logits - logits.max(axis=1, keepdims=True))  # the largest is now exp(0)
    delta = exp / exp.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1
    return delta / len(labels)


def momentum_step(
    w: Array, velocity: Array, grad: Array, learning_rate: float, momentum: float
) -> tuple[Array, Array]:
    """Brake the old velocity, push downhill, and move."""
    velocity = momentum * velocity - learning_rate * grad
    return w + velocity, velocity


def _cases() -> list[Arguments]:
    rng = np.random.default_rng(18)
    cases: list[Arguments] = [
        (np.log([[3.0, 1.0, 1.0]]), np.array([1])), (np.log([[3.0, 1.0], [1.0, 1.0]]), np.array([0, 1])),
        (np.log([[1.0, 2.0, 5.0], [4.0, 1.0, 3.0]]), np.array([2, 0])),
    ]  # fmt: skip
    cases += [
        (rng.standard_normal(shape), rng.integers(0, shape[1] - (shape == (4, 4)), shape[0]))
        for shape in ((4, 3), (3, 3), (4, 4), (6, 10))
    ]
    cases.append((np.array([[0.0, 1000.0, 990.0], [-1000.0, -990.0, -1000.0]]), np.array([2, 1])))
    return [*cases, (np.array([[1000.0, -1000.0, -1000.0], [0.0, -1000.0, 1.0]]), np.array([2, 0]))]


def _step_cases() -> list[Arguments]:
    rng = np.random.default_rng(19)
    cases: list[Arguments] = [
        (np.array([1.0]), np.array([0.0]), np.array([2.0]), 0.5, 0.5), (np.array([1.0]), np.array([4.0]), np.array([2.0]), 0.5, 0.5),
        (np.array([1.0, 2.0]), np.array([2.0, -4.0]), np.array([8.0, 4.0]), 0.25, 0.5),
    ]  # fmt: skip
    return [
        *cases,
        *(
            (*rng.standard_normal((3, *shape)), rate, mu)
            for shape, rate, mu in (((2, 3), 0.1, 0.9), ((4,), 2.0, 0.3))
        ),
    ]


def _softmax(logits: Array, axis: int | None = 1) -> Array:
    exp = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return np.asarray(exp / exp.sum(axis=axis, keepdims=True))


def _truth(logits: Array, labels: Array) -> Array:
    return np.asarray((labels[:, None] == np.arange(logits.shape[1])).astype(float))


def _shifted(shift: Callable[[Array], Array | float]) -> Callable[[Array], Array]:
    """Return softmax of logits from which `shift` of them is subtracted."""

    def softmax(z: Array) -> Array:
        exp = np.exp(z - shift(z))
        return np.asarray(exp / exp.sum(axis=1, keepdims=True))

    return softmax


def _delta_variant(
    z: Array,
    y: Array,
    *,
    says: Callable[[Array], Array] = _softmax,
    truth: Callable[[Array, Array], Array] = _truth,
    scale: Callable[[Array], float] = lambda z: 1 / len(z),
    then: Callable[[Array, Array, Array], Array] = lambda delta, z, y: delta,
) -> Array:
    """Compare what the network says with what is true; each part is a choice."""
    return then((says(z) - truth(z, y)) * scale(z), z, y)


def _momentum_variant(
    w: Array,
    v: Array,
    g: Array,
    r: float,
    m: float,
    *,
    keep: Callable[..., Array] = lambda v, r, m: m * v,
    push: Callable[..., Array] = lambda g, r, m: -r * g,
    move: Callable[..., Array] = lambda new, v, g, r, m: new,
    back: Callable[..., Any] = lambda w, new, v: (w, new),
) -> Any:
    """Make a step; what is kept of v, what pushes, how far w moves and what is returned are choices."""
    new = keep(v, r, m) + push(g, r, m)
    return back(w + move(new, v, g, r, m), new, v)


_ABSENT = Apart(
    "absent_class",
    "Right where the last class has a sample, and wrong where it has none: how many classes there are, the logits say.",
    "And where the last class has no sample, it is wrong besides: how many classes there are, the logits say.",
    lambda logits, labels: labels.max() < logits.shape[1] - 1,
)

_LARGE = Apart(
    "overflows",
    "Right for small logits, and wrong for large ones: look at what exp makes of 1000, or of −1000.",
    "And for large logits it is wrong besides: look at what exp makes of 1000, or of −1000.",
    lambda logits, labels: bool(abs(logits).max() > 100),
)

EXERCISES = (
    Exercise(
        solution=softmax_cross_entropy_delta,
        title="Where the error starts",
        task="""
Return the gradient of the loss by the logits, of shape (N, K).
`logits` has the shape (N, K), `labels` (N,) is an array of ints from 0 to K − 1.
The loss is the mean over the samples of −log softmax(logits)[label].
Logits may be as large as 1000, or as small as −1000.
""",
        hints=(
            "For one sample: how does the loss change if the logit of a wrong class grows, and how if that of the right class does?",
            "exp(1000) is infinite. Which number may be subtracted from all logits of a row without changing softmax?",
            "For one sample the gradient is what the network says, minus what is true. The mean over the samples leaves a factor.",
        ),
        cases=_cases,
        see=START,
        answers=(losses.softmax_cross_entropy, reference.softmax_cross_entropy),
        tolerance=1e-5,
        variant=_delta_variant,
        apart=(_LARGE, _ABSENT),
        mistakes=(
            Mistake("batch_not_divided", "The loss is a mean over the samples; this is the gradient of their sum.", {"scale": lambda z: 1}, see=START),
            Mistake("divided_twice", "The result is divided twice by the number of samples.", {"scale": lambda z: len(z) ** -2}, see=MEAN),
            Mistake("divided_by_classes", "The result is divided by the number of classes, too. The mean runs over the samples only.", {"scale": lambda z: 1 / z.size}, see=MEAN),
            Mistake("divided_by_classes", "The result is divided by the number of classes. The mean runs over the samples.", {"scale": lambda z: 1 / z.shape[1]}, see=MEAN),
            Mistake("truth_missing", "This is softmax. Where does the right class come in?", {"truth": lambda z, y: 0}, {"truth": lambda z, y: 0, "scale": lambda z: 1}, see=START),
            Mistake("truth_added", "The truth is added. Look at the sign that the right class has in an example.", {"truth": lambda z, y: -_truth(z, y)}, see=START),
            Mistake("sign", "The sign is wrong: the gradient points to where the loss grows.", {"then": lambda delta, z, y: -delta}, see=START),
            Mistake("softmax_missing", "The logits are compared with the truth themselves. What turns them into probabilities?", {"says": lambda z: z}, see=START),
            Mistake("wrong_axis", "Softmax is taken over the samples. Each sample has its own probabilities.", {"says": lambda z: _softmax(z, 0)}, {"says": lambda z: np.exp(z) / np.exp(z).sum(axis=0)}, {"says": lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(axis=0)}, see=START),
            Mistake("wrong_axis", "Softmax is taken over the whole batch at once. Each sample has its own probabilities.", {"says": lambda z: _softmax(z, None)}, {"says": lambda z: np.exp(z) / np.exp(z).sum()}, see=START),
            Mistake("overflows", "Right for small logits; for large ones exp is infinite, and infinity over infinity is not a number.", {"says": _shifted(lambda z: 0)}, see=BIG),
            Mistake("overflows", "Right for small logits; for large ones exp is infinite.", {"says": lambda z: np.nan_to_num(_shifted(lambda z: 0)(z))}, see=BIG),
            Mistake("largest_of_batch", "One number is subtracted from all rows. A row far below it has only zeros left, and 0/0 is not a number: each row has its own largest logit.", {"says": _shifted(lambda z: z.max())}, see=BIG),
            Mistake("largest_of_batch", "The largest logit of each class is subtracted. What may be subtracted is one number for each row.", {"says": _shifted(lambda z: z.max(axis=0))}, see=BIG),
            Mistake("smallest_subtracted", "The smallest logit is subtracted, which leaves large ones large: exp is still infinite.", {"says": _shifted(lambda z: z.min(axis=1, keepdims=True))}, see=BIG),
            Mistake("overflows", "Right for small logits; for large ones exp is still infinite.", {"says": _shifted(lambda z: z.mean(axis=1, keepdims=True))}, see=BIG),
            Mistake("sigmoid_for_softmax", "Each logit is put through a sigmoid by itself. Softmax makes them add up to 1.", {"says": lambda z: 1 / (1 + np.exp(-z))}, see=START),
            Mistake("not_normalized", "The exponentials are not divided by their sum.", {"says": np.exp}, {"says": lambda z: np.exp(z - z.max(axis=1, keepdims=True))}, see=START),
            Mistake("softmax_differentiated_twice", "Softmax's derivative is in there a second time.", {"then": lambda delta, z, y: delta * _softmax(z) * (1 - _softmax(z))}, see=START),
            Mistake("labels_from_one", "The classes are counted from 1. They are 0 to K − 1.", {"truth": lambda z, y: _truth(z, y - 1)}, {"truth": lambda z, y: np.eye(z.shape[1])[y - 1]}, see=START),
            Mistake("quotient_for_gradient", "This is the gradient by the probabilities. On to the logits it goes through softmax.", {"then": lambda delta, z, y: -_truth(z, y) / _softmax(z) / len(z)}, {"then": lambda delta, z, y: -_truth(z, y) / _softmax(z)}, see=START),
            Mistake("every_label_in_every_row", "One is taken off in every row for every label: `delta[:, labels]` means all rows. Each row has its own label.", {"truth": lambda z, y: np.isin(np.arange(z.shape[1]), y)}, see=START),
            Mistake("right_class_only", "Only the right class has an error. The others have one, too: their probabilities should be 0.", {"then": lambda delta, z, y: delta * _truth(z, y)}, see=START),
            Mistake("right_class_missing", "The right class has no error here. Its probability should be 1.", {"then": lambda delta, z, y: delta * (1 - _truth(z, y))}, see=START),
            Mistake("squared_error", "A factor 2 too many, as for a squared error.", {"then": lambda delta, z, y: 2 * delta}, see=START),
            Mistake("samples_summed", "The samples are added up. Each has its own error.", {"then": lambda delta, z, y: delta.sum(axis=0)}, see=START),
            Mistake("samples_summed", "The samples are averaged. Each has its own error.", {"then": lambda delta, z, y: (delta * len(z)).mean(axis=0)}, see=START),
            Mistake("loss_for_gradient", "This is the loss, not its gradient.", lambda z, y: -np.log(_softmax(z)[np.arange(len(y)), y]).mean(), see=START),
            Mistake("log_for_softmax", "These are logarithms of probabilities, minus the truth.", {"says": lambda z: np.log(_softmax(z))}, see=START),
        ),
        level=2,
        minutes=15,
    ),
    Exercise(
        solution=momentum_step,
        title="A step with momentum",
        task="""
Write one step of gradient descent with momentum.
First the velocity: v ← `momentum` · v − `learning_rate` · `grad`.
Then the weights: w ← w + v, with the new v.
Return the pair (w, v), as new arrays.
""",
        hints=(
            "Which of the two lines comes first, and which v does the second one use?",
            "`w += v` would change the array that was passed in. `w + v` makes a new one.",
        ),
        cases=_step_cases,
        returns="pair",
        see=STEP,
        variant=_momentum_variant,
        mistakes=(
            Mistake("uphill", "The step goes uphill: which sign has the gradient?", {"push": lambda g, r, m: r * g}, see=STEP),
            Mistake("uphill", "The velocity is right, but the weights move against it.", {"move": lambda new, v, g, r, m: -new}, see=STEP),
            Mistake("old_velocity", "The weights move with the old velocity. The new one comes first.", {"move": lambda new, v, g, r, m: v}, see=STEP),
            Mistake("velocity_not_kept", "The new velocity is used, and not returned.", {"back": lambda w, new, v: (w, v)}, see=STEP),
            Mistake("momentum_missing", "The old velocity is forgotten: this is a step without momentum.", {"keep": lambda v, r, m: 0 * v}, see=STEP),
            Mistake("momentum_missing", "The weights move by the gradient alone.", {"move": lambda new, v, g, r, m: -r * g}, see=STEP),
            Mistake("not_braked", "The old velocity is kept whole: `momentum` is not used.", {"keep": lambda v, r, m: v}, see=STEP),
            Mistake("braked_by_the_rest", "The old velocity is multiplied by 1 − momentum.", {"keep": lambda v, r, m: (1 - m) * v}, see=STEP),
            Mistake("rate_missing", "The learning rate is not used.", {"push": lambda g, r, m: -g}, see=STEP),
            Mistake("form_of_another_library", "This is the form of PyTorch: the velocity has no learning rate in it, and the step has. Here it is in the velocity.", {"push": lambda g, r, m: g, "move": lambda new, v, g, r, m: -r * new}, see=Section(11, "Further reading")),
            Mistake("form_of_another_library", "The learning rate multiplies the whole velocity in the step. Here it is in the velocity, with the gradient only.", {"push": lambda g, r, m: -g, "move": lambda new, v, g, r, m: r * new}, see=STEP),
            Mistake("form_of_another_library", "This velocity points uphill and is subtracted: the same steps, but not the velocity that is asked for.", {"push": lambda g, r, m: r * g, "move": lambda new, v, g, r, m: -new}, see=STEP),
            Mistake("rate_on_both", "The learning rate multiplies the old velocity, too. It multiplies the gradient only.", {"keep": lambda v, r, m: r * m * v}, see=STEP),
            Mistake("rate_twice", "The learning rate is used twice: in the velocity, and in the step.", {"move": lambda new, v, g, r, m: r * new}, see=STEP),
            Mistake("rate_twice", "The learning rate is used twice: in the velocity, which points uphill, and in the step, which is subtracted.", {"push": lambda g, r, m: r * g, "move": lambda new, v, g, r, m: -r * new}, see=STEP),
            Mistake("averaged", "The gradient has a factor 1 − momentum: a running mean. Here it has none.", {"push": lambda g, r, m: -(1 - m) * r * g}, see=STEP),
            Mistake("averaged", "This is a running mean of gradients, as in other texts. Here it is v ← momentum · v − learning rate · gradient.", {"push": lambda g, r, m: (1 - m) * g, "move": lambda new, v, g, r, m: -r * new}, see=STEP),
            Mistake("averaged", "This is a running mean of gradients, with the rate in the step. Here the rate is in the velocity, and there is no factor 1 − momentum.", {"push": lambda g, r, m: -(1 - m) * g, "move": lambda new, v, g, r, m: r * new}, see=STEP),
            Mistake("averaged", "This is a running mean that points uphill and is subtracted. Here there is no factor 1 − momentum, and the velocity points downhill.", {"push": lambda g, r, m: (1 - m) * r * g, "move": lambda new, v, g, r, m: -new}, see=STEP),
            Mistake("looked_ahead", "This is Nesterov's step, which looks ahead.", {"move": lambda new, v, g, r, m: m * new - r * g}, see=STEP),
            Mistake("braked_twice", "The velocity is braked once more when the weights move.", {"move": lambda new, v, g, r, m: m * new}, see=STEP),
            Mistake("braked_twice", "The gradient is braked, too. Only the old velocity is.", {"push": lambda g, r, m: -m * r * g}, see=STEP),
            Mistake("gradient_added_again", "The gradient is subtracted once more when the weights move: it is in the velocity already.", {"move": lambda new, v, g, r, m: new - r * g}, see=STEP),
            Mistake("gradient_missing", "The gradient does not come into the velocity.", {"push": lambda g, r, m: 0 * g}, see=STEP),
            Mistake("pair_exchanged", "The pair is in the wrong order: the weights come first.", {"back": lambda w, new, v: (new, w)}, see=STEP),
            Mistake("weights_braked", "The weights are multiplied by `momentum`.", lambda w, v, g, r, m: (m * w + m * v - r * g, m * v - r * g), see=STEP),
            Mistake("weights_only", "Only the weights are returned: the next step needs the velocity, too.", {"back": lambda w, new, v: w}, see=STEP),
            Mistake("velocity_only", "Only the velocity is returned.", {"back": lambda w, new, v: new}, see=STEP),
            Mistake("weights_not_moved", "The weights are returned as they came.", {"move": lambda new, v, g, r, m: 0 * new}, see=STEP),
            Mistake("weights_for_gradient", "The step is taken along the weights.", lambda w, v, g, r, m: (w + m * v - r * w, m * v - r * w), see=STEP),
            Mistake("roles_exchanged", "`learning_rate` and `momentum` are exchanged.", {"keep": lambda v, r, m: r * v, "push": lambda g, r, m: -m * g}, see=STEP),
        ),
        level=1,
        minutes=8,
    ),
)  # fmt: skip

QUESTIONS = {
    "11-a": Question((0.6, -0.8, 0.2), (
        ((0.6, 0.2, 0.2), "That is softmax. The right class is missing."),
        ((-0.6, 0.8, -0.2), "The sign is wrong."),
        ((-0.4, 0.2, 0.2), "Class 1 is the second one: classes are counted from 0."),
        ((0.2, -0.26666666666666666, 0.06666666666666667), "Divided by the number of classes. The mean runs over samples, and there is one."),
    ), "Softmax of (ln 3, 0, 0) is (3, 1, 1)/5."),
    "11-b": Question(0.01, (
        (0.1, "A steady step is multiplied by 1/(1 − 0.9)."),
        (1, "With momentum the steps become larger, so the learning rate must be smaller."),
        (0.09, "Divide by 1/(1 − 0.9), which is 10."),
    ), "Momentum 0.9 multiplies a steady step by 1/(1 − 0.9)."),
}  # fmt: skip
