"""Mistakes for the proofs and refutations of chapter 12."""

MISTAKES = {
    "eq-scale-gradients": [
        ("((s * v, a), ((a * v).sum(axis=0), s))", "((v, a), ((a * v).sum(axis=0), s))"),
        ("((a * v).sum(axis=0), s))", "(v.sum(axis=0), s))"),
        ("np.allclose(s * v, step(", "np.allclose(v, step("),
        ("claimed = (a * v * (1", "claimed = (v * (1"),
        ("** 2)).sum(axis=0)", "** 2)).mean(axis=0)"),
    ],
    "eq-dropout-back": [
        ("claimed = m / (1 - p) * v", "claimed = m * v"),
        ("claimed = m / (1 - p) * v", "claimed = v / (1 - p)"),
        ("(1 - p) * a[0] / (1 - p)", "(1 - p) * a[0]"),
        ("np.allclose(m / 0.7 * v", "np.allclose(m * v"),
    ],
    "a new mask in the backward pass": [
        ("v * mask(seed=1)", "v * mask(seed=0)"),
    ],
    "eq-batch-norm": [
        ("normal = (a - mu) / s\n", "normal = a / s\n"),
        ("centred = a - a.sum(axis=0) / 7", "centred = a - a.sum(axis=0)"),
    ],
    "eq-batch-norm-back": [
        ("(d - d.sum() / 3 - normal", "(d - normal"),
        (" - normal * (d * normal).sum() / 3) / s", ") / s"),
        ("(d * normal).sum() / 3) / s", "(d * normal).sum()) / s"),
        ("(d * normal).sum() / 3) / s", "(d * normal).sum() / 3)"),
        ("scale * (d - d.mean(axis=0) - normal", "scale * (d - normal"),
        ("d.mean(axis=0) - normal * (d * normal).mean(axis=0))", "d.mean(axis=0))"),
        ("np.array([1, -1, 0]) / (2", "np.array([1, -1, 0]) / (3"),
    ],
    "eq-batch-norm-parameters": [
        ("((normal * v).sum(), gamma)", "(v.sum(), gamma)"),
        ("(v.sum(), beta)", "((normal * v).sum(), beta)"),
        ("np.allclose((normal * dz).sum(axis=0)", "np.allclose((normal * dz).mean(axis=0)"),
        ("np.allclose(dz.sum(axis=0)", "np.allclose(dz.mean(axis=0)"),
    ],
    "mean and variance taken for constants": [
        ("lambda v: v * scale, a)", "lambda v: (layer.forward(a), layer.backward(v))[1], a)"),
    ],
    "eq-softmax-jacobian": [
        ("s[k] * (int(j == k) - s[j])", "s[k] * int(j == k)"),
        ("s[k] * (int(j == k) - s[j])", "s[k] * (int(j == k) - s[k])"),
        ("s[:, k] * ((j == k) - s[:, j])", "s[:, k] * (1 - s[:, j])"),
    ],
    "eq-softmax-back": [
        ("back = s * (d - (d * s).sum())", "back = s * (d - d.sum())"),
        ("s * (d - (d * s).sum(axis=1, keepdims=True))", "d * s * (1 - s)"),
    ],
    "eq-two-layers": [
        ("(s[j] - int(j == 1)) / 2", "s[j] - int(j == 1)"),
        ("back(-1 * truth / s / 6, s)", "back(-1 * truth / s, s)"),
    ],
    "softmax and cross-entropy one after the other, for a network that is sure": [
        ("z, y = np.array([[0.0, 800.0]]), [0]", "z, y = np.array([[0.0, 8.0]]), [0]"),
    ],
}
