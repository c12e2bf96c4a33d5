"""Mistakes for the proofs and refutations of chapter 6."""

MISTAKES = {
    "eq-weight-chain": [
        ("* z[k].diff(weight)", "* z[0].diff(weight)"),
        ("assert chain.term == V[x, y] * local.term", "assert chain.term == V[m, n] * local.term"),
        (
            "assert chain.sums == {x: (0, H - KH), y: (0, W - KW)} and",
            "assert chain.sums == {x: (0, H - 1), y: (0, W - 1)} and",
        ),
        ("claimed = sum(delta[i, j] * step", "claimed = sum(delta[0, 0] * step"),
    ],
    "eq-weight-local": [
        ("assert local.term == A[x + m, y + n]", "assert local.term == A[x - m, y - n]"),
        ("in_kernel = between(m, 0, KH - 1)", "in_kernel = between(m, 0, KH)"),
        ("== a[i + p, j + q]", "== a[i - p, j - q]"),
        ("a[i:i + 3, j:j + 2]", "a[j:j + 3, i:i + 2]"),
    ],
    "eq-weight-gradient": [
        ("a[x + m, y + n] * delta[x, y]", "a[x + n, y + m] * delta[x, y]"),
        ("a[x + m, y + n] * delta[x, y]", "a[x + m, y + n] * delta[-1 - x, -1 - y]"),
        (
            "for n in range(shape[1])] for m in range(shape[0])",
            "for n in range(shape[0])] for m in range(shape[1])",
        ),
        ("assert chain.term == A[x + m, y + n] * V[x, y]", "assert chain.term == A[x - m, y - n] * V[x, y]"),
    ],
    "eq-weight-correlation": [
        ("(correlate2d(a, delta) == dw).all() and", "(correlate2d(a, rot180(delta)) == dw).all() and"),
        (
            "np.allclose(correlate2d(a, delta), measured)",
            "np.allclose(convolve2d(a, delta, 'valid'), measured)",
        ),
        ("template_fits = {m: H - (H - KH + 1)", "template_fits = {m: H - (H - KH)"),
    ],
    "eq-weight-tensor": [
        ("correlate2d(a[i, :, :, c], delta[i, :, :, f])", "correlate2d(a[0, :, :, c], delta[i, :, :, f])"),
        ("for i in range(len(a)))", "for i in range(shape[3]))"),
        ("for i in range(len(a)))", "for i in range(len(a))) / len(a)"),
        (
            "assert tensor.term == A[i, x + m, y + n, c] * V[i, x, y, f]",
            "assert tensor.term == A[i, x + m, y + n, f] * V[i, x, y, c]",
        ),
        ("assert tensor.sums == {i: (0, N - 1), x", "assert tensor.sums == {i: (0, N), x"),
    ],
    "eq-trilinear": [
        (
            "assert (convolve2d(delta, w) * a).sum() == T",
            "assert (convolve2d(delta, rot180(w)) * a).sum() == T",
        ),
        (
            "assert (correlate2d(a, delta) * w).sum() == T",
            'assert (convolve2d(a, delta, "valid") * w).sum() == T',
        ),
        ("delta[x, y] * a[x + m, y + n] * w[m, n]", "delta[x, y] * a[x + m, y] * w[m, n]"),
        ("for x, y in np.ndindex(6, 5) for m", "for x, y in np.ndindex(5, 5) for m"),
        (
            "assert beside_a.term == V[p - m, q - n] * K[m, n]",
            "assert beside_a.term == V[p + m, q + n] * K[m, n]",
        ),
        (
            "assert beside_w.term == A[x + m, y + n] * V[x, y]",
            "assert beside_w.term == A[m - x, n - y] * V[x, y]",
        ),
        ("assert beside_v.term == A[x1 + m, y1 + n]", "assert beside_v.term == A[x1 - m, y1 - n]"),
    ],
    "S35": [
        ("a * sigma.derivative(before), w.shape)", "a, w.shape)"),
    ],
    "eq-relu-hides": [
        (
            "assert (sigma(z) * sigma.derivative(z) == sigma(z)).all()",
            "assert (sigma(z) + sigma.derivative(z) == sigma(z)).all()",
        ),
        ("sympy.simplify(f * f.diff(z) - f)", "sympy.simplify(f * f.diff(z) - z)"),
        ("assert sympy.simplify(f * f.diff(z) - f) == 0", "assert sympy.simplify(f * f.diff(z) - f**2) == 0"),
    ],
    "the error first, the image second": [
        ('full = correlate2d(delta, a, "full")', 'full = correlate2d(a, delta, "full")[1:, 1:][:4, :4]'),
    ],
    "a true convolution of image and error": [
        (
            'assert not (convolve2d(a, delta, "valid") == dw).all()',
            'assert not (convolve2d(a, rot180(delta), "valid") == dw).all()',
        ),
    ],
}
