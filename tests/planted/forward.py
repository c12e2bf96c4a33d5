"""Mistakes for the proofs and refutations of chapter 0."""

MISTAKES = {
    "eq-correlation": [
        ("a[x + m, y + n] * w[m, n]", "a[x + m, y + n] * w[m, -1 - n]"),
        ("a[x + m, y + n] * w[m, n]", "a[x + m, y + n] * w[-1 - m, -1 - n]"),
        (
            "y in range(W - KW + 1)] for x in range(H - KH + 1)",
            "y in range(H - KH + 1)] for x in range(W - KW + 1)",
        ),
        ("y in range(W - KW + 1)]", "y in range(W - KW)]"),
    ],
    "eq-convolution": [
        ("a, x - m, y - n) * w[m, n]", "a, x + m, y - n) * w[m, n]"),
        ("a, x - m, y - n) * w[m, n]", "a, x - m, y - n) * w[-1 - m, -1 - n]"),
        ("y in range(W + KW - 1)]", "y in range(W)]"),
        (
            "y in range(W + KW - 1)] for x in range(H + KH - 1)",
            "y in range(H + KH - 1)] for x in range(W + KW - 1)",
        ),
    ],
    "eq-rot180": [
        ("[[w[KH - 1 - m, KW - 1 - n]", "[[w[KH - 1 - m, n]"),
        ("[[w[KH - 1 - m, KW - 1 - n]", "[[w[m, n]"),
        ("counted = printed.change_index(m, KH - 1 - m)", "counted = printed.change_index(m, KH - m)"),
    ],
    "eq-flip": [
        (
            "same(convolution(a, w), correlation(padded(a, 1, 2), rot180(w)))",
            "same(convolution(a, w), correlation(padded(a, 1, 2), w))",
        ),
        ("correlation(padded(a, 2, 1), rot180(w))", "correlation(padded(a, 1, 2), rot180(w))"),
        ("padded_pixel = A[x + m - (KH - 1), y", "padded_pixel = A[x + m - KH, y"),
        ("K[KH - 1 - m, KW - 1 - n]) == 0", "K[KH - 1 - m, n]) == 0"),
    ],
    "eq-layer": [
        ("for c in range(a.shape[2])) + b[f]", "for c in range(w.shape[1])) + b[f]"),
        ("for c in range(a.shape[2])) + b[f]", "for c in range(a.shape[2])) + b[0]"),
        ("for c in range(a.shape[2])) + b[f]", "for c in range(a.shape[2])) + a.shape[2] * b[f]"),
        ("correlation(a[:, :, c], w[f, :, :, c])", "correlation(a[:, :, c], w[f, :, :, 0])"),
        ("correlation(a[:, :, c], w[f, :, :, c])", "correlation(a[:, :, c], rot180(w[f, :, :, c]))"),
    ],
    "eq-delta": [
        ("cnnlab.tanh.derivative(z) * da, rtol", "da, rtol"),
        ("sigma(z[k]).diff(z[k]) * L", "sigma(z[k]) * L"),
        ("assert local.term == Q[x] * s(Z[x]).diff(Z[x])", "assert local.term == Q[x] * s(Z[x])"),
        ("assert local.where == between(x, 0, H - 1)", "assert local.where == between(x, 0, H)"),
    ],
}
