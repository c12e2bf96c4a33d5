"""Mistakes for the proofs and refutations of chapter 11."""

MISTAKES = {
    "eq-cross-entropy": [
        ("sympy.log(s[1, 0])) / 2", "sympy.log(s[1, 0]))"),
        ("sympy.log(s[1, 0])) / 2", "sympy.log(s[0, 1])) / 2"),
        ("labels]).mean()", "labels]).sum()"),
    ],
    "eq-loss-error": [
        ("((s - truth * 1) / 2)", "(s - truth * 1)"),
        ("((s - truth * 1) / 2)", "((truth * 1 - s) / 2)"),
        ("np.arange(7))) / 50", "np.arange(7)))"),
    ],
    "dividing by N twice": [
        ("w, dw / N, rng=2)", "w, dw, rng=2)"),
    ],
    "eq-softmax-shift": [
        ("exp(z - t) / exp(z - t).sum()", "exp(z - t) / exp(z).sum()"),
        ("softmax_cross_entropy(z + 5, labels)", "softmax_cross_entropy(z * 5, labels)"),
    ],
    "softmax as defined, on large logits": [
        (
            "literal = np.exp(large) / np.exp(large).sum()",
            "literal = np.exp(large - 1000) / np.exp(large - 1000).sum()",
        ),
    ],
    "eq-dense": [
        ("a[i, j] * w[j, k] for", "a[i, j] * w[j, 0] for"),
        (
            "sum(a[i, j] * w[j, k] for j in range(3)) + b[k]",
            "sum(a[i, j] * w[j, k] for j in range(2)) + b[k]",
        ),
        ("term = V[i1, k1] * A[i1, j1] * M[j1, k1]", "term = V[i1, k1] * A[i1, j1] * M[k1, j1]"),
    ],
    "eq-dense-input": [
        ("((v @ w.T, a),", "((v @ w.T[::-1], a),"),
        ("np.allclose(da, delta @ w.T)", "np.allclose(da, 2 * delta @ w.T)"),
        ("assert back.term == V[i, k1] * M[j, k1]", "assert back.term == V[i, k1] * M[k1, j]"),
    ],
    "eq-dense-weight": [
        ("(a.T @ v, w)", "(a[::-1].T @ v, w)"),
        ('["w"], a.T @ delta)', '["w"], a[::-1].T @ delta)'),
        ("assert weight.term == A[i1, j] * V[i1, k]", "assert weight.term == A[i1, k] * V[i1, j]"),
    ],
    "eq-dense-bias": [
        ("(v.sum(axis=0), b)", "(v[0], b)"),
        ("delta.sum(axis=0))", "delta.mean(axis=0))"),
        ("bias.sums == {i1: (0, N - 1)}", "bias.sums == {i1: (0, K - 1)}"),
    ],
    "eq-flatten": [
        ("== H * W * C - 1", "== H * W * C"),
        ("(x, y + 1, 0)) ==", "(x, y + 1, 1)) =="),
        ("row[i, (x * 3 + y) * 2 + c]", "row[i, (y * 2 + x) * 2 + c]"),
        ("(a * layer.backward(v)).sum()", "(a * layer.backward(v[:, ::-1])).sum()"),
        ("renamed.term == V[i, place(x, y, c)]", "renamed.term == V[i, place(y, x, c)]"),
    ],
    "eq-dense-convolution": [
        ("w.T.reshape(2, 2, 3, 2)", "w.reshape(2, 2, 3, 2)"),
        ("w.T.reshape(6, 5, 7, 3)", "w.reshape(6, 5, 7, 3)"),
        ("M[(m * W + n) * C + c, f])", "M[(n * W + m) * C + c, f])"),
        ("{x: H - H, y: W - W}", "{x: H - 1, y: W - 1}"),
    ],
    "the mask a >= 0 after ReLU": [
        ("v * (relu(z) >= 0)", "v * (relu(z) > 0)"),
    ],
    "eq-momentum": [
        ("v = 0.5 * v - 0.5 * g", "v = 0.5 * v + 0.5 * g"),
        ("== [0.25, -0.25]", "== [-0.25, 0.25]"),
    ],
    "eq-momentum-sum": [
        ("mu ** (t - r) * g[r - 1] for", "mu ** (t - r + 1) * g[r - 1] for"),
        ("0.7 ** (t - r) * g for", "0.7 ** r * g for"),
    ],
    "eq-momentum-gain": [
        ("limit = -eta / (1 - mu) * c", "limit = -eta / (1 + mu) * c"),
        ("gap - mu * (start - limit)", "gap - (start - limit)"),
    ],
}
