"""Mistakes for the proofs of the page 'speed'."""

MISTAKES = {
    "eq-minimal": [
        ("times(x0 - x2, w0)", "times(x0 + x2, w0)"),
        ("times(x1 + x2, (w0 + w1 + w2) / 2)", "times(x1 + x2, w0 + w1 + w2)"),
        ("times(x2 - x1, (w0 - w1 + w2) / 2)", "times(x1 - x2, (w0 - w1 + w2) / 2)"),
        ("return p0 + p1 + p2, p1 - p2 + p3", "return p0 + p1 + p2, p1 - p2 - p3"),
        ("for y in (0, 2, 4):\n    pair", "for y in (0, 2, 4):\n    y += 1\n    pair"),
        (
            "pair = outputs(*x[y:y + 4], *w.swapaxes(0, 1)",
            "pair = outputs(*x[y:y + 4], *w.swapaxes(0, 1)[::-1]",
        ),
    ],
    "eq-minimal-weight": [
        ("q2, q3 = (x2 - x1) * (d0 - d1), (x3 - x1) * d1", "q2, q3 = (x2 - x1) * (d0 + d1), (x3 - x1) * d1"),
        ("dw = q0 + (q1 + q2) / 2, (q1 - q2) / 2,", "dw = q0 + (q1 + q2) / 2, (q1 + q2) / 2,"),
        (
            "q2, q3 = met(x2 - x1, d0 - d1), met(x3 - x1, d1)",
            "q2, q3 = met(x2 - x1, d0 - d1), met(x3 - x1, d0)",
        ),
        ("total += np.concatenate([q0 + (q1 + q2) / 2", "total += np.concatenate([q0 + (q1 - q2) / 2"),
    ],
}
