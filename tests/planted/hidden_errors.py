"""Mistakes for the proofs and refutations of chapter 10, parked."""

MISTAKES = {
    "eq-best-step": [
        ("best = sympy.cbrt(3 * eta / M)", "best = sympy.cbrt(eta / M)"),
        ("M / 2 * best**2) == 0", "M / 3 * best**2) == 0"),
        ("best**2 / 2 + 1e-12", "best**2 / 20 + 1e-12"),
    ],
}
