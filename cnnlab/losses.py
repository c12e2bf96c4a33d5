"""The loss at the end of the network, with the error that it sends back (chapter 11)."""

from typing import Any

import numpy as np
import numpy.typing as npt

from cnnlab import _checks, _dtypes
from cnnlab._checks import Array


def check_labels(labels: npt.ArrayLike, count: int, classes: int, name: str = "labels") -> npt.NDArray[Any]:
    """Return `labels` as `count` integers from 0 to `classes` - 1, or say what is wrong with them."""
    checked = _checks.array(name, labels, "N")
    if checked.dtype.kind not in "iu":
        raise TypeError(f"{name}: got dtype {checked.dtype}, expected integers")
    _checks.same_shape(name, checked, (count,), "one integer per row, not one-hot")
    if checked.min() < 0 or checked.max() >= classes:
        raise ValueError(
            f"{name}: got values from {checked.min()} to {checked.max()}, expected 0 to {classes - 1}"
        )
    return checked


def softmax_cross_entropy(logits: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[Any, Array]:
    """Mean cross-entropy of softmax(logits), and its gradient by the logits: :eq:`eq-loss-error`.

    loss = mean over i of log(sum over k of exp z(i, k)) - z(i, label(i));
    delta = (softmax(z) - onehot(labels)) / N. Equations :eq:`eq-cross-entropy` and :eq:`eq-loss-error`.
    The division by N is inside delta: no other gradient divides by the batch size again.

    Parameters
    ----------
    logits : array, shape (N, K)
        Pre-activations of the last layer. Integers are computed in float64.
    labels : integer array, shape (N,)
        The right class of each row, 0 to K - 1 (not one-hot).

    Returns
    -------
    loss : scalar, in nats
        With the dtype of `logits`.
    delta : array, shape (N, K)
        Error of the pre-activations; each row sums to 0.

    Notes
    -----
    A logit of -inf counts as probability 0. A NaN or +inf makes the loss, and its own row of delta, NaN:
    nothing is raised, so that the caller sees it (`fit` stops).

    Examples
    --------
    >>> import numpy as np
    >>> loss, delta = softmax_cross_entropy(np.zeros((1, 4)), [2])
    >>> round(float(loss), 4), delta
    (1.3863, array([[ 0.25,  0.25, -0.75,  0.25]]))
    """
    z = _checks.array("logits", logits, "N, K")
    if z.dtype.kind == "O":
        raise TypeError(
            "logits: got dtype object, expected numbers (reference.softmax_cross_entropy takes objects)"
        )
    y = check_labels(labels, *z.shape)
    dtype = _dtypes.quotient_type(z)
    z = z.astype(_dtypes.sum_type(dtype, 1), copy=False)  # 1/N of a large batch is no half float
    rows = np.arange(len(y))
    # A NaN or an infinity goes through without a warning, and exp may round to 0.
    with np.errstate(invalid="ignore", under="ignore", divide="ignore"):
        # Subtracting a constant from a row changes neither softmax nor loss; now exp cannot overflow.
        shifted = z - z.real.max(axis=1, keepdims=True)
        exp = np.exp(shifted)
        total = exp.sum(axis=1, keepdims=True)
        loss = (np.log(total[:, 0]) - shifted[rows, y]).mean()
        delta = exp / total
        delta[rows, y] -= 1
        delta /= len(y)
        return dtype.type(loss), delta.astype(dtype, copy=False)
