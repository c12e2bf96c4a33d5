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
        for n, c, epsilon in ((5, 3, 0.1), (4, 6, 1.0), (3, 3, 0.5), (4, 4, 0.1), (7, 2, 1e-5))
    ]


def _softmax_cases() -> list[Arguments]:
    rng = np.random.default_rng(33)
    cases: list[Arguments] = [
        (np.array([[1.0, 0.0]]), np.array([[0.25, 0.75]])),
        (np.array([[4.0, 0.0, 8.0], [1.0, 1.0, 1.0]]), np.array([[0.25, 0.5, 0.25], [0.5, 0.25, 0.25]])),
    ]
    for shape in ((3, 4), (5, 2), (3, 3), (4, 4), (2, 6)):
        exp = np.exp(rng.standard_normal(shape))
        cases.append((rng.standard_normal(shape), exp / exp.sum(axis=1, keepdims=True)))
    return cases


def _dropout_variant(
    d: Array,
    k: Array,
    p: float,
    *,
    mask: Callable[[Array], Array] = lambda k: k,
    scale: Callable[[float], float] = lambda p: 1 / (1 - p),
) -> Array:
    """Multiply by a mask and a factor; both are choices."""
    return d * mask(k) * scale(p)


def _softmax_variant(
    d: Array,
    s: Array,
    *,
    before: Callable[[Array], Array] = lambda s: s,
    taken: Callable[[Array, Array], Array] = lambda d, s: (d * s).sum(axis=1, keepdims=True),
    scale: Callable[[Array], float] = lambda s: 1,
) -> Array:
    """Multiply by s what is left of d; the factor and what is taken off are choices."""
    return before(s) * (d - taken(d, s)) * scale(s)


def _norm_variant(
    dout: Array,
    a: Array,
    gamma: Array,
    epsilon: float,
    *,
    mean: float = 1,
    along: float = 1,
    variance: Callable[[Array, int], Array] = lambda v, n: v,
    root: Callable[[Array, float], Array] = lambda v, epsilon: np.sqrt(v + epsilon),
    axis: int | tuple[int, int] = 0,
    gain: Callable[[Array], Array | float] = lambda gamma: gamma,
    inner: Callable[[Array], Array | float] = lambda gamma: gamma,
    collect: Callable[..., Array] = np.mean,
    then: Callable[[Array, Array], Array] = lambda result, root: result / root,
    scale: Callable[[int], float] = lambda n: 1,
) -> Array:
    """Go back through a batch normalization; parts left out, the root, the axis and the divisors are choices."""
    spread = root(variance(a.var(axis=axis, keepdims=True), len(a)), epsilon)
    x = (a - a.mean(axis=axis, keepdims=True)) / spread
    d, within = gain(gamma) * dout, inner(gamma) * dout
    back = mean * collect(within, axis=axis, keepdims=True)
    back = back + along * x * collect(within * x, axis=axis, keepdims=True)
    kept = d - back
    return np.asarray(then(kept, spread) * scale(len(a)))


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
        variant=_dropout_variant,
        mistakes=(
            Mistake("scale_missing", "What was kept came out larger: the factor of the forward pass is missing.", {"scale": lambda p: 1}),
            Mistake("divided_by_p", "The factor has `p` where the forward pass had 1 − p.", {"scale": lambda p: np.float64(1) / p}),
            Mistake("multiplied", "Forward, the kept entries were divided; here they are multiplied.", {"scale": lambda p: 1 - p}),
            Mistake("multiplied", "Forward, the kept entries were divided by 1 − p; here they are multiplied by p.", {"scale": lambda p: p}),
            Mistake("the_silent_ones", "The error goes to those that were silent.", {"mask": lambda k: ~k}),
            Mistake("mask_missing", "All get an error; those that were silent had no say in the output.", {"mask": lambda k: 1}),
            Mistake("mask_missing", "The error is handed on as it is: the forward pass had a mask and a factor.", {"mask": lambda k: 1, "scale": lambda p: 1}),
            Mistake("scaled_twice", "The factor is there twice.", {"scale": lambda p: 1 / (1 - p) ** 2}),
            Mistake("scale_of_what_was_kept", "The factor comes from how many were kept in this mask. The forward pass divided by 1 − p.", lambda d, k, p: d * k / k.mean(), lambda d, k, p: d * k * k.size / k.sum()),
            Mistake("silent_keep_theirs", "The kept entries are right; the silent ones should get 0.", lambda d, k, p: np.where(k, d / (1 - p), d)),
            Mistake("random_again", "A new mask is drawn. The one of the forward pass counts.", {"mask": lambda k: np.random.default_rng(0).random(k.shape) >= 0.5}),
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
        variant=_softmax_variant,
        mistakes=(
            Mistake("diagonal_only", "Only the path through its own exponential and its own place in the sum: the other probabilities of the row change, too.", {"taken": lambda d, s: d * s}),
            Mistake("overwritten", "Only the last of the sum is left: `=` where `+=` belongs.", lambda d, s: s * ((np.arange(s.shape[1]) == s.shape[1] - 1) * d - d[:, -1:] * s[:, -1:]), lambda d, s: s * np.where(np.arange(s.shape[1]) == s.shape[1] - 1, d * (1 - s), d[:, -1:] * s[:, -1:])),
            Mistake("own_path_missing", "Only the paths through the other probabilities: its own exponential is missing.", lambda d, s: -s * ((d * s).sum(axis=1, keepdims=True) - d * s), lambda d, s: -s * (d * s).sum(axis=1, keepdims=True)),
            Mistake("sum_missing", "The sum of the exponentials is taken for a constant.", {"taken": lambda d, s: 0}),
            Mistake("wrong_axis", "The sum runs over the samples. A logit reaches the probabilities of its own row.", {"taken": lambda d, s: (d * s).sum(axis=0)}),
            Mistake("wrong_axis", "The sum runs over the whole batch. A logit reaches the probabilities of its own row.", {"taken": lambda d, s: (d * s).sum()}),
            Mistake("plain_sum", "The errors are added up as they are; each counts as much as its probability.", {"taken": lambda d, s: d.sum(axis=1, keepdims=True)}),
            Mistake("mean_for_sum", "A mean stands where a sum belongs.", {"taken": lambda d, s: (d * s).mean(axis=1, keepdims=True)}),
            Mistake("mean_for_sum", "The plain mean is taken off; each error counts as much as its probability.", {"taken": lambda d, s: d.mean(axis=1, keepdims=True)}),
            Mistake("sum_added", "What the sum of the exponentials hands back is added; a larger sum makes every probability smaller.", {"taken": lambda d, s: -(d * s).sum(axis=1, keepdims=True)}),
            Mistake("factor_missing", "The factor before the brackets is missing.", {"before": lambda s: 1}),
            Mistake("factor_twice", "The factor before the brackets is there twice, or stands for the slope of a sigmoid.", {"before": lambda s: s**2}, {"before": lambda s: s * (1 - s)}),
            Mistake("loss_assumed", "`ds` is taken for the truth, as if the loss were cross-entropy. It is the gradient of any loss by `s`.", lambda d, s: s - d, lambda d, s: (s - d) / len(s)),
            Mistake("divided_by_n", "Divided by the number of samples. Whatever mean the loss takes is in `ds` already.", {"scale": lambda s: 1 / len(s)}),
            Mistake("divided_by_classes", "Divided by the number of classes.", {"scale": lambda s: 1 / s.shape[1]}),
            Mistake("softmax_again", "Softmax is taken of `s` once more.", lambda d, s: softmax_backward(d, np.exp(s) / np.exp(s).sum(axis=1, keepdims=True))),
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
        variant=_norm_variant,
        mistakes=(
            Mistake("constants", "Mean and variance are taken for constants. Every entry of the column changes them.", {"mean": 0, "along": 0}, see=CONSTANT),
            Mistake("variance_constant", "The path through the variance is missing.", {"along": 0}, see=CONSTANT),
            Mistake("mean_constant", "The path through the mean is missing.", {"mean": 0}, see=CONSTANT),
            Mistake("sums_for_means", "Sums stand where means belong: every entry has only a share of 1/N in mean and variance.", {"collect": np.sum}, see=DERIVATION),
            Mistake("variance_path_added", "The path through the variance has the wrong sign: what stretches a column makes the root larger.", {"along": -1}, see=DERIVATION),
            Mistake("mean_path_added", "The path through the mean has the wrong sign.", {"mean": -1}, see=DERIVATION),
            Mistake("variance_path_twice", "The path through the variance has a factor 2 too many, or too few: the root brings a half, the square a 2.", {"along": 2}, {"along": 0.5}, see=DERIVATION),
            Mistake("divided_by_n", "Divided by the number of samples. Whatever mean the loss takes is in `dout` already.", {"scale": lambda n: 1 / n}),
            Mistake("multiplied_by_n", "One factor N too many.", {"scale": lambda n: n}),
            Mistake("other_variance", "The variance is divided by N − 1. Here it is the mean over N.", {"variance": lambda v, n: v * n / (n - 1)}),
            Mistake("root_missing", "The root of the variance is missing.", {"root": lambda v, e: v + e}),
            Mistake("root_missing", "The root of the variance is missing in the factor before the brackets.", {"then": lambda result, root: result / root**2}),
            Mistake("epsilon_outside", "`epsilon` is added to the root. It stands inside of it.", {"root": lambda v, e: np.sqrt(v) + e}),
            Mistake("epsilon_missing", "`epsilon` is not used.", {"root": lambda v, e: np.sqrt(v)}),
            Mistake("gamma_missing", "`gamma` is not used: the output is scaled by it.", {"gain": lambda g: 1, "inner": lambda g: 1}),
            Mistake("gamma_missing", "`gamma` is not used in what goes back through mean and variance.", {"inner": lambda g: 1}),
            Mistake("gamma_twice", "`gamma` is there twice.", {"gain": lambda g: g * g, "inner": lambda g: g * g}),
            Mistake("gamma_divides", "Divided by `gamma`. Forward it multiplies, and so it does backward.", {"gain": lambda g: 1 / g, "inner": lambda g: 1 / g}),
            Mistake("factor_missing", "The factor of the forward pass, one over the root, is missing before the brackets.", {"then": lambda result, root: result}),
            Mistake("factor_inverted", "Divided forward, multiplied backward: the factor is upside down.", {"then": lambda result, root: result * root}),
            Mistake("wrong_axis", "Mean and variance run over the channels of a sample. Here they run over the samples of a channel.", {"axis": 1}),
            Mistake("wrong_axis", "Mean and variance run over the whole array at once. Here each channel has its own.", {"axis": (0, 1)}),
            Mistake("not_centred", "The last part uses `a` itself. It needs the normalized values.", lambda d, a, g, e: (g * d - (g * d).mean(0) - a * (g * d * a).mean(0)) / np.sqrt(a.var(0) + e)),
            Mistake("not_normalized", "The last part uses `a` less its mean, not divided by the root.", lambda d, a, g, e: (g * d - (g * d).mean(0) - (a - a.mean(0)) * (g * d * (a - a.mean(0))).mean(0)) / np.sqrt(a.var(0) + e)),
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
