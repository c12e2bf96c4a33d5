"""Mistakes for the proofs and refutations of chapter 9, parked."""

MISTAKES = {
    "eq-output-size": [
        ("(H + 2 * p - d * (K - 1) - 1) // s + 1", "(H + p - d * (K - 1) - 1) // s + 1"),
        ("(H + 2 * p - d * (K - 1) - 1) // s + 1", "(H + 2 * p - d * K - 1) // s + 1"),
        ("(H + 2 * p - d * (K - 1) - 1) // s + 1", "-(-(H + 2 * p - d * (K - 1) - 1) // s) + 1"),
    ],
}
