"""Mistakes for the proofs and refutations of chapter 7."""

MISTAKES = {
    "eq-bias-local": [
        ("z[i, x, y, f].diff(b[k]) == int(f == k)", "z[i, x, y, f].diff(b[k]) == 1"),
        ("np.allclose(measured, np.arange(5) == f)", "np.allclose(measured, np.arange(5) == x)"),
    ],
    "eq-bias-gradient": [
        ("for i, x, y in np.ndindex(N, OH, OW))", "for i, x, y in np.ndindex(1, OH, OW))"),
        ("for i, x, y in np.ndindex(N, OH, OW))", "for i, x, y in np.ndindex(N, OW, OH))"),
        ("sum(delta[i, x, y, k] for", "sum(delta[i, x, y, 0] for"),
        ("delta[i, x, y, f] * (f == k)", "delta[i, x, y, f]"),
    ],
    "eq-broadcast": [
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
        ("single / 2) == 0", "single) == 0"),
        ("error / 5 for", "error for"),
        ("np.allclose(delta, measured, atol=1e-9)", "np.allclose(delta / 5, measured, atol=1e-9)"),
    ],
    "a mean instead of the sum": [
        ("over_images = delta.mean(axis=0).sum(axis=(0, 1))", "over_images = delta.sum(axis=(0, 1, 2))"),
        (
            "over_positions = delta.mean(axis=(1, 2)).sum(axis=0)",
            "over_positions = delta.sum(axis=(0, 1, 2))",
        ),
    ],
}
