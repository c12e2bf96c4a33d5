"""Mistakes for the proofs and refutations of chapter 10."""

MISTAKES = {
    "eq-blind": [
        ("mistakes.right(delta, z, turn(w), sigma)[0]", "mistakes.right(turn(delta), z, turn(w), sigma)[0]"),
        ("mistakes.right(turn(delta), z, w, sigma)[1]", "mistakes.right(delta, z, w, sigma)[1]"),
        ("product = np.tanh(z) * (1 - np.tanh(z) ** 2)", "product = np.tanh(z)"),
        ("mistakes.right(turn(delta), turn(z), w, sigma)[1]", "mistakes.right(turn(delta), z, w, sigma)[1]"),
        ("np.where(np.arange(5) == c, delta, 0)", "delta"),
        ("delta.sum(axis=3, keepdims=True)", "delta[..., :1]"),
        ("mistakes.right(delta / 60, z, w, sigma)", "mistakes.right(delta / 30, z, w, sigma)"),
        ("mistakes.right(delta / 2, z, w, sigma)", "mistakes.right(delta, z, w, sigma)"),
        ("(0, 0, 1, 1, 1, 2, 2, 1)", "(1, 0, 1, 1, 1, 2, 2, 1)"),
        ("w, delta, a = row(1, 1)", "w, delta, a = row(1, 2)"),
        ("(row(1, 2), False)", "(row(1, 2), True)"),
        ("== (F == 1)", "== (F == 2)"),
        ("== (N * outputs == 1)", "== (N == 1)"),
    ],
    "eq-luck": [
        ("/ (size * sympy.sqrt(2 * sympy.pi))", "/ (size * sympy.sqrt(sympy.pi))"),
        ("bound = sympy.sqrt(2 / sympy.pi) * t / size", "bound = sympy.sqrt(2 / sympy.pi) * t"),
        ("share <= bound + 0.003", "share <= bound / 2 + 0.003"),
        ("share > 0.9 * bound", "share > 1.5 * bound"),
    ],
    "eq-best-step": [
        ("best = sympy.cbrt(3 * eta / M)", "best = sympy.cbrt(eta / M)"),
        ("M / 2 * best**2) == 0", "M / 3 * best**2) == 0"),
        ("best**2 / 2 + 1e-12", "best**2 / 20 + 1e-12"),
    ],
}
