"""Mistakes for the proofs of the page 'longer_answers'."""

MISTAKES = {
    "eq-paths": [
        (
            "assert sympy.expand(K - 1 - (first + s * q)).is_nonnegative",
            "assert sympy.expand(K - 2 - (first + s * q)).is_nonnegative",
        ),
        ("(k + h) + s * q - (K - 1)", "(k - 1 + h) + s * q - (K - 1)"),
        ("{K // s, -(-K // s)}", "{K // s, K // s + 1}"),
        ("(len(counts) == 1) == (K % s == 0)", "(len(counts) == 1) == (K >= s)"),
        ("ravel()) == {1, 2, 4}", "ravel()) == {1, 4}"),
    ],
}
