"""Mistakes for the proofs and refutations of the page 'translating'."""

MISTAKES = {
    "eq-goodfellow": [
        ("(j - 1) * s + m, (k - 1) * s + n]", "(j - 1) * KW + m, (k - 1) * KW + n]"),
        ("(j - 1) * s + m, (k - 1) * s + n]", "j * s + m - 1, k * s + n - 1]"),
        ("(m - 1) * s + k, (n - 1) * s + l]", "(m - 1) + k, (n - 1) + l]"),
        ("(m - 1) * s + k, (n - 1) * s + l]", "(m - 1) * shape[3] + k, (n - 1) * shape[3] + l]"),
        ("if (l - 1) * s + m == j", "if (l - 1) * KW + m == j"),
        ("K[q, i, m, p] * G[q, l, n]", "K[q, i, -m, -p] * G[q, l, n]"),
        ("for q in range(1, F + 1)", "for q in range(1, 2)"),
        ("assert error.term == G[f, x - m, y - n]", "assert error.term == G[f, x + m, y + n]"),
        (
            "assert weights.term == G[i, x, y] * V[c, x + m, y + n]",
            "assert weights.term == G[i, x, y] * V[c, x - m, y - n]",
        ),
    ],
}
