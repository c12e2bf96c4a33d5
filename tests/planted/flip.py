"""Mistakes for the proofs and refutations of chapter 4."""

MISTAKES = {
    "eq-table-correlation": [
        ("a) == convolve2d(delta, w)).all()", 'a) == correlate2d(delta, w, "full")).all()'),
        ("w) == correlate2d(a, delta)).all()", "w) == correlate2d(a, delta)[::-1]).all()"),
        ("b) == delta.sum()).all()", "b) == delta.mean()).all()"),
        ("for i in range(2))", "for i in range(1))"),
    ],
    "eq-true-forward": [
        (
            "assert (valid(a, k) == correlate2d(a, rot180(k))).all()",
            "assert (valid(a, k) == correlate2d(a, k)).all()",
        ),
    ],
    "eq-table-convolution": [
        (
            'correlate2d(delta, k, "full"), rot180(correlate2d(a, delta))',
            'correlate2d(delta, k, "full"), correlate2d(a, delta)',
        ),
        ('da, dk = correlate2d(delta, k, "full"),', "da, dk = convolve2d(delta, k),"),
        ("dk = rot180(correlate2d(np.tanh(z), delta))", "dk = rot180(correlate2d(z, delta))"),
    ],
    "eq-opposite-verbs": [
        (
            'one, other = delta * valid(a, w), correlate2d(delta, w, "full") * a',
            "one, other = delta * valid(a, w), convolve2d(delta, w) * a",
        ),
        (
            "(delta * correlate2d(a, w)).sum() == (convolve2d(delta, w) * a).sum()",
            '(delta * correlate2d(a, w)).sum() == (correlate2d(delta, w, "full") * a).sum()',
        ),
    ],
    "eq-goodfellow": [
        ("(j - 1) * s + m, (k - 1) * s + n]", "(j - 1) * KW + m, (k - 1) * KW + n]"),
        ("(j - 1) * s + m, (k - 1) * s + n]", "j * s + m - 1, k * s + n - 1]"),
        ("(m - 1) * s + k, (n - 1) * s + l]", "(m - 1) + k, (n - 1) + l]"),
        ("(m - 1) * s + k, (n - 1) * s + l]", "(m - 1) * shape[3] + k, (n - 1) * shape[3] + l]"),
        ("if (l - 1) * s + m == j", "if (l - 1) * KW + m == j"),
        ("K[q, i, m, p] * G[q, l, n]", "K[q, i, -m, -p] * G[q, l, n]"),
        ("for q in range(1, F + 1)", "for q in range(1, 2)"),
    ],
    "eq-same-network": [
        ("gradient_k = lambda k: rot180(", "gradient_k = lambda k: ("),
        ("w, k = w - gradient_w(w), k - gradient_k(k)", "w, k = w - gradient_w(w), k + gradient_k(k)"),
        ("gradient_w = lambda w: correlate2d", "gradient_w = lambda w: -correlate2d"),
        ("delta1 = cnnlab.tanh.derivative(z) * ", "delta1 = "),
        (
            "return loss, (flip(cnnlab.conv2d_weight_grad(delta1",
            "return loss, ((cnnlab.conv2d_weight_grad(delta1",
        ),
        (
            "cnnlab.conv2d(delta2, swapped, padding=full)",
            "cnnlab.conv2d(delta2, flip(swapped), padding=full)",
        ),
    ],
    "eq-sum-is-blind": [
        ("right.sum() == delta.sum() * w.sum() ==", "right.sum() == delta.sum() + w.sum() =="),
        ("delta[..., f].sum() * w[f].sum() for", "delta[..., f].sum() * w[0].sum() for"),
    ],
    "S20": [
        ("literal = slope * convolve2d(v, rot180(w)) ", "literal = slope * convolve2d(v, w) "),
    ],
    "S10": [
        ("literal = slope * convolve2d(v, rot180(w)) ", "literal = slope * convolve2d(v, w) "),
    ],
}
