"""Mistakes for the proofs and refutations of chapter 4."""

MISTAKES = {
    "eq-table-correlation": [
        ("a) == convolve2d(delta, w)).all()", 'a) == correlate2d(delta, w, "full")).all()'),
        ("w) == correlate2d(a, delta)).all()", "w) == correlate2d(a, delta)[::-1]).all()"),
        ("b) == delta.sum()).all()", "b) == delta.mean()).all()"),
        ("for i in range(2))", "for i in range(1))"),
        ("assert da.term == V[p - m, q - n] * K[m, n]", "assert da.term == V[p + m, q + n] * K[m, n]"),
        ("assert dw.term == A[p + x, q + y] * V[x, y]", "assert dw.term == A[p - x, q - y] * V[x, y]"),
        ("== Sum(V[x, y], *outputs)", "== Sum(V[x, y] / H, *outputs)"),
        ("da.where == on_outputs(p - m, q - n)", "da.where == on_outputs(p, q)"),
        ("da.sums == over_kernel and", "da.sums == over_outputs and"),
        ("dw.where == on_kernel\n", "dw.where == on_outputs(p, q)\n"),
    ],
    "eq-true-forward": [
        (
            "assert (valid(a, k) == correlate2d(a, rot180(k))).all()",
            "assert (valid(a, k) == correlate2d(a, k)).all()",
        ),
        ("read = A[x + m, y + n] * K[KH - 1 - m, KW - 1 - n]", "read = A[x + m, y + n] * K[m, n]"),
    ],
    "eq-table-convolution": [
        (
            'correlate2d(delta, k, "full"), rot180(correlate2d(a, delta))',
            'correlate2d(delta, k, "full"), correlate2d(a, delta)',
        ),
        ('da, dk = correlate2d(delta, k, "full"),', "da, dk = convolve2d(delta, k),"),
        ("dk = rot180(correlate2d(np.tanh(z), delta))", "dk = rot180(correlate2d(z, delta))"),
        ("assert da.term == V[p + m - (KH - 1), q + n - (KW - 1)]", "assert da.term == V[p - m, q - n]"),
        (
            "assert dk.term == A[x + KH - 1 - p, y + KW - 1 - q] * V[x, y]",
            "assert dk.term == A[x + p, y + q] * V[x, y]",
        ),
    ],
    "eq-order": [
        ("(full(w, a) == rot180(full(a, w))).all()", "(full(w, a) == full(a, w)).all()"),
        ("((KH - 1, KH - 1), (KW - 1, KW - 1))", "((KH, KH), (KW, KW))"),
        ("((KH - 1, KH - 1), (KW - 1, KW - 1))", "((KW - 1, KW - 1), (KH - 1, KH - 1))"),
        ("== A[m] * K[x - m]", "== A[x - m] * K[m]"),
        ("turned = one(H + KH - 2 - x, m)", "turned = one(H + KH - 1 - x, m)"),
        ("pixel = H + KH - 2 - x - (KH - 1) + m", "pixel = x - (KH - 1) + m"),
    ],
    "eq-opposite-verbs": [
        ("== V[x, y] * A[x + m, y + n] * K[m, n]\n", "== V[x, y] * A[x - m, y - n] * K[m, n]\n"),
        ("here = x + KH - 1 - m, y + KW - 1 - n", "here = x + m, y + n"),
        (
            'one, other = delta * valid(a, w), correlate2d(delta, w, "full") * a',
            "one, other = delta * valid(a, w), convolve2d(delta, w) * a",
        ),
        (
            "(delta * correlate2d(a, w)).sum() == (convolve2d(delta, w) * a).sum()",
            '(delta * correlate2d(a, w)).sum() == (correlate2d(delta, w, "full") * a).sum()',
        ),
        ("assert read.term == V[p - m, q - n]", "assert read.term == V[p + m, q + n]"),
        ("assert stamp.term == V[p - (KH - 1) + m,", "assert stamp.term == V[p - m,"),
    ],
    "eq-same-network": [
        ("gradient_k = lambda k: rot180(", "gradient_k = lambda k: ("),
        ("w, k = w - gradient_w(w), k - gradient_k(k)", "w, k = w - gradient_w(w), k + gradient_k(k)"),
        ("gradient_w = lambda w: correlate2d", "gradient_w = lambda w: -correlate2d"),
        ("delta1 = cnnlab.tanh.derivative(z) * ", "delta1 = "),
        (
            "return loss, (flip(cnnlab.conv2d_weight_grad(delta1",
            "return loss, ((cnnlab.conv2d_weight_grad(delta1",
        ),
        (
            "cnnlab.conv2d(delta2, swapped, padding=full)",
            "cnnlab.conv2d(delta2, flip(swapped), padding=full)",
        ),
    ],
    "eq-sum-is-blind": [
        ("(H - KH) + (KH - 1) == H - 1 ", "(H - KH) + KH == H - 1 "),
        ("counted.function == K[KH - 1 - m, KW - 1 - n]", "counted.function == K[m, n]"),
        ("right.sum() == delta.sum() * w.sum() ==", "right.sum() == delta.sum() + w.sum() =="),
        ("delta[..., f].sum() * w[f].sum() for", "delta[..., f].sum() * w[0].sum() for"),
        ("pixels_of = {p: x + m, q: y + n}", "pixels_of = {p: x - m, q: y + n}"),
        ("== V[x, y] * K[m, n]\n", "== V[x, y] * K[x, y]\n"),
    ],
    "the rotated kernel, convolved, under a correlation forward": [
        ("literal = slope * convolve2d(v, rot180(w)) ", "literal = slope * convolve2d(v, w) "),
    ],
}
