"""Mistakes for the proofs and refutations of chapter 3."""

MISTAKES = {
    "eq-forward-plain": [
        ("sigma(z[x + m, y + n]) * w[m, n]", "sigma(z[x + m, y + n] * w[m, n])"),
        ("[[b + sum(", "[[KH * KW * b + sum("),
        (
            "y in range(W - KW + 1)] for x in range(H - KH + 1)",
            "y in range(H - KH + 1)] for x in range(W - KW + 1)",
        ),
        ("sigma(z[x + m, y + n]) * w[m, n]", "sigma(z[x + m, y + n]) * w[-1 - m, -1 - n]"),
    ],
    "eq-delta-chain": [
        ("* sympy.diff(out, entry)", "* sympy.diff(outputs[0], entry)"),
        ("z, w, 0, np.tanh)[x, y], z)", "z, w, 0, np.tanh)[0, 0], z)"),
    ],
    "eq-delta-local": [
        ("* inside(w, x - x1, y - y1)\n", "* inside(w, x1 - x, y1 - y)\n"),
        ("slope[x, y] * inside", "inside"),
        ("claimed = sympy.diff(sigma(z[x, y]), z[x, y]) * ", "claimed = "),
        ("x1, y1 in np.ndindex(6, 5)", "x1, y1 in np.ndindex(5, 6)"),
    ],
    "eq-delta-rule": [
        ("inside(v, x - m, y - n) * w[m, n]", "inside(v, x + m, y + n) * w[m, n]"),
        ("inside(v, x - m, y - n) * w[m, n]", "v[(x - m) % 2, (y - n) % 3] * w[m, n]"),
        ("z[x, y]) - slope * total) == 0", "z[x, y]) - total) == 0"),
    ],
    "eq-delta-convolution": [
        ("full = convolve2d(v, w)", "full = correlate2d(v, w, 'full')"),
        ("convolve2d(v[i, :, :, f], w[f, :, :, c])", "convolve2d(v[i, :, :, f], rot180(w[f, :, :, c]))"),
        ("cnnlab.tanh.derivative(z) * da, measured", "da, measured"),
    ],
    "eq-delta-rotated": [
        ("x - KH + 1 + m, y - KW + 1 + n", "x - KH + m, y - KW + n"),
        ("x - KH + 1 + m, y - KW + 1 + n", "x - KW + 1 + m, y - KH + 1 + n"),
        ("turned[m, n]", "w[m, n]"),
        ("correlate2d(padded, rot180(w))", "correlate2d(padded, w)"),
    ],
    "eq-delta-transpose": [
        ("(M.T @ np.array([1, -1, 2, 0]))", "(M.T @ np.array([0, 2, -1, 1]))"),
        ("M.T @ delta.ravel(), step", "M.T[::-1] @ delta.ravel(), step"),
    ],
    "S20": [
        ("literal = convolve2d(v, rot180(w))\n", "literal = convolve2d(v, w)\n"),
        ("slope * convolve2d(u, rot180(k))", "slope * convolve2d(u, k)"),
    ],
}
