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
        ("assert chain.term == V[x1, y1] * local.term", "assert chain.term == V[x, y] * local.term"),
        (
            "assert chain.sums == {x1: (0, H - KH), y1: (0, W - KW)} and",
            "assert chain.sums == {x1: (0, W - KW), y1: (0, H - KH)} and",
        ),
        ("claimed = sum(np.cos(out[i, j]) * v[i, j]", "claimed = sum(np.sin(out[i, j]) * v[i, j]"),
    ],
    "eq-delta-local": [
        ("assert local.term == slope * K[x - x1, y - y1]", "assert local.term == slope * K[x1 - x, y1 - y]"),
        ("assert local.term == slope *", "assert local.term =="),
        ("on_kernel = between(x - x1, 0, KH - 1)", "on_kernel = between(x - x1, 0, KW - 1)"),
        ("* inside(w, p - i, q - j)\n", "* inside(w, i - p, j - q)\n"),
        ("slopes[p, q] * inside(w", "inside(w"),
    ],
    "eq-delta-rule": [
        (
            "assert rule.term == slope * V[x - m, y - n] * K[m, n]",
            "assert rule.term == slope * V[x + m, y - n] * K[m, n]",
        ),
        ("assert rule.term == slope * V", "assert rule.term == V"),
        ("zero_outside = between(x - m, 0, H - KH)", "zero_outside = between(x - m, 0, H - 1)"),
        ("{m: (0, KH - 1), n: (0, KW - 1)}", "{m: (0, KW - 1), n: (0, KH - 1)}"),
        ("inside(v, p - m, q - n) * w[m, n]", "inside(v, p + m, q + n) * w[m, n]"),
        ("total = sum(inside(v, p - m, q - n)", "total = sum(v[(p - m) % 2, (q - n) % 3]"),
        ("- change * total) == 0", "- total) == 0"),
    ],
    "eq-delta-convolution": [
        ("full = convolve2d(v, w)", "full = correlate2d(v, w, 'full')"),
        ("convolve2d(v[i, :, :, f], w[f, :, :, c])", "convolve2d(v[i, :, :, f], rot180(w[f, :, :, c]))"),
        ("cnnlab.tanh.derivative(z) * da, measured", "da, measured"),
        ("assert rule.where == zero_outside", "assert rule.where == between(x, 0, H - KH)"),
        ("(H - KH + 1) + KH - 1) == H", "(H - KH) + KH - 1) == H"),
        ("full = convolve2d(v, w)\n", 'full = correlate2d(v, w, "full")\n'),
    ],
    "eq-delta-rotated": [
        ("x - KH + 1 + m, y - KW + 1 + n", "x - KH + m, y - KW + n"),
        ("x - KH + 1 + m, y - KW + 1 + n", "x - KW + 1 + m, y - KH + 1 + n"),
        ("turned[m, n]", "w[m, n]"),
        ("correlate2d(padded, rot180(w))", "correlate2d(padded, w)"),
        ("shifted = V[x - KH + 1 + m,", "shifted = V[x - KH + m,"),
        ("* K[KH - 1 - m, KW - 1 - n]\nassert", "* K[m, n]\nassert"),
    ],
    "eq-delta-transpose": [
        ("(M.T @ np.array([1, -1, 2, 0]))", "(M.T @ np.array([0, 2, -1, 1]))"),
        ("M.T @ delta.ravel(), step", "M.T[::-1] @ delta.ravel(), step"),
        ("assert column.term == V[x1, y1] * entry.term", "assert column.term == V[x, y] * entry.term"),
        ("assert column.sums == {x1: (0, H - KH), y1", "assert column.sums == {x1: (0, H - 1), y1"),
    ],
    "S20": [
        ("literal = convolve2d(v, rot180(w))\n", "literal = convolve2d(v, w)\n"),
        ("slope * convolve2d(u, rot180(k))", "slope * convolve2d(u, k)"),
    ],
    "eq-delta-inserted": [
        (
            "assert chain.term == slope * V[x1, y1] * K[x - x1, y - y1]",
            "assert chain.term == slope * V[x1, y1] * K[x1, y1]",
        ),
        ("renamed = {x1: x - m, y1: y - n}", "renamed = {x1: x + m, y1: y - n}"),
    ],
}
