"""Mistakes for the proofs and refutations of chapter 7."""

MISTAKES = {
    "eq-bias-local": [
        ("(n, 0, KW - 1)) + B[f]", "(n, 0, KW - 1)) * B[f]"),
        ("== sympy.KroneckerDelta(f, k)", "== sympy.KroneckerDelta(f, x)"),
        ("== int(f0 == k0)", "== 1"),
        ("np.allclose(measured, np.arange(5) == f0)", "np.allclose(measured, 1)"),
    ],
    "eq-bias-gradient": [
        ("for i, x, y in np.ndindex(N, OH, OW))", "for i, x, y in np.ndindex(1, OH, OW))"),
        ("for i, x, y in np.ndindex(N, OH, OW))", "for i, x, y in np.ndindex(N, OW, OH))"),
        ("sum(delta[i, x, y, k] for", "sum(delta[i, x, y, 0] for"),
        ("delta[i, x, y, f] * (f == k)", "delta[i, x, y, f]"),
        ("assert collected.term == V[i, x, y, k]", "assert collected.term == V[i, x, y, f]"),
        ("assert collected.sums == {i: (0, N - 1), x", "assert collected.sums == {i: (0, F - 1), x"),
    ],
    "eq-broadcast": [
        ("row.args[0] == (B_[f_],", "row.args[0] == (B_[k_],"),
        ("assert beside.term == V[i_, x_, y_, k_]", "assert beside.term == V[i_, x_, y_, f_]"),
        (
            "(B.T @ delta.ravel() == printed(delta)).all()",
            "(B.T @ delta.ravel() == printed(delta) / 24).all()",
        ),
        (
            "(delta * copied).sum(), (printed(delta) * b).sum()",
            "(delta * copied).sum(), (printed(delta) * b).mean()",
        ),
    ],
    "eq-mean-loss": [
        ("- single(Z[j]).diff(Z[j]) / N) == 0", "- single(Z[j]).diff(Z[j])) == 0"),
        ("- L[i].diff(z[i, k]) / 2) == 0", "- L[i].diff(z[i, k])) == 0"),
        ("one / 5 for _, one in singles", "one for _, one in singles"),
    ],
    "a mean instead of the sum": [
        ("over_images = error.mean(axis=0)", "over_images = error.sum(axis=0)"),
        (
            "over_positions = error.mean(axis=(1, 2)).sum(axis=0)",
            "over_positions = error.sum(axis=(1, 2)).sum(axis=0)",
        ),
    ],
}
