"""Mistakes for the proofs and refutations of chapter 6."""

MISTAKES = {
    "S25": [
        (
            "not np.allclose(z, cnnlab.conv2d(a_above, w, padding=1))",
            "not np.allclose(z, cnnlab.conv2d(a_below, w, padding=1))",
        ),
        ("cnnlab.conv2d(a_above, w)\n    raise", "cnnlab.conv2d(a_below, w)\n    raise"),
    ],
    "eq-weight-chain": [
        ("* z[k].diff(weight)", "* z[0].diff(weight)"),
        ("correlate2d(a, w)[x, y], w)", "correlate2d(a, w)[0, y], w)"),
        ("x, y in np.ndindex(6, 5))", "x, y in np.ndindex(5, 5))"),
    ],
    "eq-weight-local": [
        ("== a[x + m, y + n]", "== a[x - m, y + n]"),
        ("measured, a[x:x + 3, y:y + 2]", "measured, a[x:x + 3, y:y + 2][::-1, ::-1]"),
    ],
    "eq-weight-gradient": [
        ("a[x + m, y + n] * delta[x, y]", "a[x + n, y + m] * delta[x, y]"),
        ("a[x + m, y + n] * delta[x, y]", "a[x + m, y + n] * delta[-1 - x, -1 - y]"),
        (
            "for n in range(shape[1])] for m in range(shape[0])",
            "for n in range(shape[0])] for m in range(shape[1])",
        ),
    ],
    "eq-weight-correlation": [
        ("(correlate2d(a, delta) == dw).all() and", "(correlate2d(a, rot180(delta)) == dw).all() and"),
        (
            "np.allclose(correlate2d(a, delta), measured)",
            "np.allclose(convolve2d(a, delta, 'valid'), measured)",
        ),
    ],
    "eq-weight-tensor": [
        ("correlate2d(a[i, :, :, c], delta[i, :, :, f])", "correlate2d(a[0, :, :, c], delta[i, :, :, f])"),
        ("for i in range(len(a)))", "for i in range(shape[3]))"),
        ("for i in range(len(a)))", "for i in range(len(a))) / len(a)"),
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
    ],
    "S35": [("a * sigma.derivative(z_below), w.shape)", "a, w.shape)")],
    "eq-relu-hides": [
        (
            "assert (sigma(z) * sigma.derivative(z) == sigma(z)).all()",
            "assert (sigma(z) + sigma.derivative(z) == sigma(z)).all()",
        ),
        ("sympy.simplify(f * f.diff(z) - f)", "sympy.simplify(f * f.diff(z) - z)"),
    ],
}
