"""Exercises of chapter 12: the backward passes of layers that one adds oneself."""

from collections.abc import Callable

import numpy as np

from cnnlab._checks import Array
from cnnlab.exercises._exercise import Arguments, Exercise, Mistake, Question, Section

DROPOUT = Section(12, "Dropout: a silenced unit gets no error")
NORM = Section(12, "Batch normalization: three paths")
DERIVATION = Section(12, "The derivation")
CONSTANT = Section(12, "Where it goes wrong: the mean is no constant")
SOFTMAX = Section(12, "Softmax and cross-entropy as two layers")


def dropout_backward(dout: Array, kept: Array, p: float) -> Array:
    """Who was silent gets nothing; who spoke louder gets as much more."""
    return np.where(kept, dout / (1 - p), 0.0)


def batch_norm_backward(dout: Array, a: Array, gamma: Array, epsilon: float) -> Array:
    """Take from the error its mean, and its share along the normalized values."""
    scale = 1 / np.sqrt(a.var(axis=0) + epsilon)
    x = (a - a.mean(axis=0)) * scale
    d = gamma * dout
    return np.asarray(scale * (d - d.mean(axis=0) - x * (d * x).mean(axis=0)))


def softmax_backward(ds: Array, s: Array) -> Array:
    """Each logit gets its share of how far its ds lies above the mean that the probabilities give."""
    return np.asarray(s * (ds - (ds * s).sum(axis=1, keepdims=True)))


def _dropout_cases() -> list[Arguments]:
    rng = np.random.default_rng(31)
    cases: list[Arguments] = [
        (np.array([[1.0, 2.0]]), np.array([[True, False]]), 0.5),
        (np.array([[3.0, -6.0], [9.0, 12.0]]), np.array([[True, True], [False, True]]), 0.25),
    ]
    return cases + [
        (rng.standard_normal(shape), rng.random(shape) >= p, p)
        for shape, p in (((4, 3), 0.2), ((2, 5, 4, 3), 0.6), ((3, 7), 0.0))
    ]


def _norm_cases() -> list[Arguments]:
    rng = np.random.default_rng(32)
    cases: list[Arguments] = [
        (np.array([[1.0], [0.0], [0.0]]), np.array([[1.0], [1.0], [4.0]]), np.array([1.0]), 0.0),
        (np.array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 2.0], [4.0, 1.0]]), np.array([2.0, -1.0]), 0.5),
    ]  # fmt: skip
    return cases + [
        (
            rng.standard_normal((n, c)),
            3 * rng.standard_normal((n, c)) + 1,
            rng.standard_normal(c),
            epsilon,
        )
        for n, c, epsilon in ((5, 3, 0.1), (4, 6, 1.0), (7, 2, 1e-5))
    ]


def _softmax_cases() -> list[Arguments]:
    rng = np.random.default_rng(33)
    cases: list[Arguments] = [
        (np.array([[1.0, 0.0]]), np.array([[0.25, 0.75]])),
        (np.array([[4.0, 0.0, 8.0], [1.0, 1.0, 1.0]]), np.array([[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]])),
    ]
    for shape in ((3, 4), (5, 2), (2, 6)):
        exp = np.exp(rng.standard_normal(shape))
        cases.append((rng.standard_normal(shape), exp / exp.sum(axis=1, keepdims=True)))
    return cases


def _norm(
    *,
    mean: bool = True,
    along: bool = True,
    scale: Callable[[Array, float], Array] | None = None,
    axis: int = 0,
    gain: bool = True,
    total: bool = False,
) -> Callable[..., Array]:
    """Make a wrong backward pass: parts left out, or another scale, axis or divisor."""

    def backward(dout: Array, a: Array, gamma: Array, epsilon: float) -> Array:
        variance = a.var(axis=axis, keepdims=True)
        factor = 1 / np.sqrt(variance + epsilon) if scale is None else scale(variance, epsilon)
        x = (a - a.mean(axis=axis, keepdims=True)) * factor
        d = gamma * dout if gain else dout
        collect = d.sum if total else d.mean
        d_x = (d * x).sum(axis=axis, keepdims=True) / (1 if total else a.shape[axis])
        kept = d - collect(axis=axis, keepdims=True) * mean - x * d_x * along
        return np.asarray(factor * kept)

    return backward


def _unbiased(variance: Array, epsilon: float, n: int) -> Array:
    return np.asarray(1 / np.sqrt(variance * n / (n - 1) + epsilon))


_dropout, _batch, _soft = dropout_backward, batch_norm_backward, softmax_backward

EXERCISES = (
    Exercise(
        solution=dropout_backward,
        title="Back through a dropout",
        task="""
Forward, each entry was kept with probability 1 − `p`, and divided by 1 − `p` if it was; the others became 0.
`kept` says which were kept: True or False, of the shape of `dout`, the gradient of the loss by the output.
Return the gradient of the loss by the input.
""",
        hints=(
            "Write one entry of the output as a factor times one entry of the input. Which factors are there?",
            "The factor is the same in both directions.",
        ),
        cases=_dropout_cases,
        see=DROPOUT,
        mistakes=(
            Mistake("scale_missing", "Who was kept has spoken louder: the factor of the forward pass is missing.", lambda d, k, p: d * k),
            Mistake("divided_by_p", "The factor has `p` where the forward pass had 1 − p.", lambda d, k, p: d * k / p if p else d * np.nan),
            Mistake("multiplied", "Forward, the kept entries were divided; here they are multiplied.", lambda d, k, p: d * k * (1 - p)),
            Mistake("the_silent_ones", "The error goes to those that were silent.", lambda d, k, p: d * ~k / (1 - p)),
            Mistake("the_silent_ones", "The error goes to those that were silent, and the factor of the forward pass is missing.", lambda d, k, p: d * ~k),
            Mistake("mask_missing", "All get an error; those that were silent had no say in the output.", lambda d, k, p: d / (1 - p)),
            Mistake("mask_missing", "The error is handed on as it is: the forward pass had a mask and a factor.", lambda d, k, p: d),
            Mistake("scaled_twice", "The factor is there twice.", lambda d, k, p: d * k / (1 - p) ** 2),
            Mistake("silent_keep_theirs", "The kept entries are right; the silent ones should get 0.", lambda d, k, p: np.where(k, d / (1 - p), d)),
            Mistake("random_again", "A new mask is drawn. The one of the forward pass counts.", lambda d, k, p: d * (np.random.default_rng(0).random(d.shape) >= p) / (1 - p)),
        ),
        level=1,
        minutes=5,
    ),
    Exercise(
        solution=softmax_backward,
        title="Back through a softmax",
        task="""
`s`, of shape (N, K), is what softmax has computed, row by row; `ds` is the gradient of a loss by it.
Return the gradient of that loss by the logits, of the same shape.
""",
        hints=(
            "A logit reaches all K probabilities of its row: by its own exponential, and by the sum.",
            "The derivative of s_k by z_j is s_k ([j = k] − s_j). Multiply by ds_k and add over k.",
        ),
        cases=_softmax_cases,
        see=SOFTMAX,
        mistakes=(
            Mistake("diagonal_only", "Only the path through its own exponential and its own place in the sum: the other probabilities of the row change, too.", lambda d, s: d * s * (1 - s)),
            Mistake("sum_missing", "The sum of the exponentials is taken for a constant.", lambda d, s: d * s),
            Mistake("wrong_axis", "The sum runs over the samples. A logit reaches the probabilities of its own row.", lambda d, s: s * (d - (d * s).sum(axis=0))),
            Mistake("wrong_axis", "The sum runs over the whole batch. A logit reaches the probabilities of its own row.", lambda d, s: s * (d - (d * s).sum())),
            Mistake("plain_sum", "The errors are added up as they are; each counts as much as its probability.", lambda d, s: s * (d - d.sum(axis=1, keepdims=True))),
            Mistake("mean_for_sum", "A mean stands where a sum belongs.", lambda d, s: s * (d - (d * s).mean(axis=1, keepdims=True))),
            Mistake("mean_for_sum", "The plain mean is taken off; each error counts as much as its probability.", lambda d, s: s * (d - d.mean(axis=1, keepdims=True))),
            Mistake("factor_missing", "The factor before the brackets is missing.", lambda d, s: d - (d * s).sum(axis=1, keepdims=True)),
            Mistake("loss_assumed", "`ds` is taken for the truth, as if the loss were cross-entropy. It is the gradient of any loss by `s`.", lambda d, s: s - d, lambda d, s: (s - d) / len(s)),
            Mistake("sign", "The sign is wrong.", lambda d, s: -_soft(d, s)),
            Mistake("divided_by_n", "Divided by the number of samples. Whatever mean the loss takes is in `ds` already.", lambda d, s: _soft(d, s) / len(s)),
            Mistake("divided_by_classes", "Divided by the number of classes.", lambda d, s: _soft(d, s) / s.shape[1]),
            Mistake("softmax_again", "Softmax is taken of `s` once more.", lambda d, s: _soft(d, np.exp(s) / np.exp(s).sum(axis=1, keepdims=True))),
        ),
        level=2,
        minutes=12,
    ),
    Exercise(
        solution=batch_norm_backward,
        title="Back through a batch normalization",
        task="""
Forward, each column of `a`, of shape (N, C), is normalized over the N samples and scaled: `gamma` · (a − mean)/√(variance + `epsilon`).
`dout` is the gradient of the loss by the output, `gamma` has the shape (C,).
Return the gradient of the loss by `a`.
The variance is the mean squared distance from the mean.
""",
        hints=(
            "How many paths lead from one entry of a column to the outputs of that column? The entry itself, and two numbers that it changes.",
            "A shift of the whole column changes no output. What does that say about the sum of the gradient?",
            "With epsilon = 0 stretching the column changes nothing either. So from gamma · dout two things are taken away: its mean, and its share along the normalized values.",
        ),
        cases=_norm_cases,
        see=NORM,
        tolerance=1e-6,
        mistakes=(
            Mistake("constants", "Mean and variance are taken for constants. Every entry of the column changes them.", _norm(mean=False, along=False), see=CONSTANT),
            Mistake("variance_constant", "The path through the variance is missing.", _norm(along=False), see=CONSTANT),
            Mistake("mean_constant", "The path through the mean is missing.", _norm(mean=False), see=CONSTANT),
            Mistake("sums_for_means", "Sums stand where means belong: every entry has only a share of 1/N in mean and variance.", _norm(total=True), see=DERIVATION),
            Mistake("divided_by_n", "Divided by the number of samples. Whatever mean the loss takes is in `dout` already.", lambda d, a, g, e: _batch(d, a, g, e) / len(a)),
            Mistake("multiplied_by_n", "One factor N too many.", lambda d, a, g, e: _batch(d, a, g, e) * len(a)),
            Mistake("other_variance", "The variance is divided by N − 1. Here it is the mean over N.", lambda d, a, g, e: _norm(scale=lambda v, eps: _unbiased(v, eps, len(a)))(d, a, g, e)),
            Mistake("root_missing", "The root of the variance is missing.", _norm(scale=lambda v, e: 1 / (v + e))),
            Mistake("root_missing", "The root of the variance is missing in the factor before the brackets.", lambda d, a, g, e: _batch(d, a, g, e) / np.sqrt(a.var(axis=0) + e)),
            Mistake("epsilon_outside", "`epsilon` is added to the root. It stands inside of it.", _norm(scale=lambda v, e: 1 / (np.sqrt(v) + e))),
            Mistake("epsilon_missing", "`epsilon` is not used.", _norm(scale=lambda v, e: 1 / np.sqrt(v))),
            Mistake("gamma_missing", "`gamma` is not used: the output is scaled by it.", _norm(gain=False)),
            Mistake("gamma_twice", "`gamma` is there twice.", lambda d, a, g, e: g * _batch(d, a, g, e)),
            Mistake("factor_missing", "The factor of the forward pass, one over the root, is missing before the brackets.", lambda d, a, g, e: _batch(d, a, g, e) * np.sqrt(a.var(axis=0) + e)),
            Mistake("factor_inverted", "Divided forward, multiplied backward: the factor is upside down.", lambda d, a, g, e: _batch(d, a, g, e) * (a.var(axis=0) + e)),
            Mistake("wrong_axis", "Mean and variance run over the channels of a sample. Here they run over the samples of a channel.", _norm(axis=1)),
            Mistake("sign", "The sign is wrong.", lambda d, a, g, e: -_batch(d, a, g, e)),
            Mistake("not_centred", "The last part uses `a` itself. It needs the normalized values.", lambda d, a, g, e: (g * d - (g * d).mean(0) - a * (g * d * a).mean(0)) / np.sqrt(a.var(0) + e)),
            Mistake("normalizes_the_error", "The error itself is normalized. The gradient is linear in `dout`.", lambda d, a, g, e: g * (d - d.mean(0)) / np.sqrt(d.var(0) + e)),
        ),
        level=3,
        minutes=25,
    ),
)  # fmt: skip

QUESTIONS = {
    "12-a": Question(4, (
        (1, "Who was kept spoke louder: by which factor?"),
        (0.25, "Multiplied by 1 − p. Forward, the kept ones were divided by it."),
        (1.3333333333333333, "That is 1/p."),
        (0, "It was kept, so it gets something."),
    ), "The factor of the forward pass is 1/(1 − p)."),
    "12-b": Question((0.25, -0.25, 0, 0), (
        ((0.5, 0, 0, 0), "Mean and spread are no constants: every number of the batch changes them."),
        ((0.375, -0.125, -0.125, -0.125), "That is the error less its mean, over the spread. One more part is taken away: its share along the normalized values."),
        ((0.375, -0.125, 0.125, 0.125), "The path through the mean is missing."),
        ((0.5, 0, -0.25, -0.25), "The share along the normalized values has the wrong sign."),
        ((1, -1, 0, 0), "What stands in the brackets is right. Which factor stands before them?"),
        ((0.0625, -0.0625, 0, 0), "Divided by the variance. The normalized values were divided by its root."),
    ), "The normalized values are (−1, −1, 1, 1). Take from (2, 0, 0, 0) its mean, and its share along them."),
}  # fmt: skip
