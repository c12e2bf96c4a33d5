"""Mistakes for the proofs and refutations of chapter 9."""

MISTAKES = {
    "eq-general": [
        ("s * X + d * m - p, t * Y", "s * X + d * m + p, t * Y"),
        ("t * Y + e * n - q", "t * Y + d * n - q"),
        ("group = f // (F // groups)", "group = f % groups"),
        ("+ b\n", "\n"),
        ("conv2d(a, w, b, **options) == general", "conv2d(a, w, None, **options) == general"),
    ],
    "eq-output-size": [
        ("- ((T_ - 1) - u)) == 0", "- (T_ - u)) == 0"),
        ("T = H + 2 * p - d * (K - 1)", "T = H + p - d * (K - 1)"),
        ("T = H + 2 * p - d * (K - 1)", "T = H + 2 * p - d * K"),
        ("(T - 1) // s + 1", "-(-(T - 1) // s) + 1"),
        ("- s * (q - k)).is_nonnegative", "- s * (q + 1 - k)).is_nonnegative"),
        ("s * (q + 1 + k) - (s * q + r)", "s * (q + k) - (s * q + r)"),
    ],
    "eq-remainder": [
        (
            "assert sympy.expand(T - (s * (O - 1) + 1 + r)) == 0",
            "assert sympy.expand(T - (s * O + 1 + r)) == 0",
        ),
        ("assert s * (O - 1) + 1 + r == T", "assert s * (O - 1) + r == T"),
        ("(H - 3) % 3 == H - 6", "(H - 3) % 3 == 0"),
    ],
    "eq-dilated-kernel": [
        ("w[j // d[0], l // d[1]] if", "w[j // d[1], l // d[0]] if"),
        ("if j % d[0] == 0 == l % d[1] else 0", "if j % d[0] == 0 else 0"),
        ("wide[::step[0], ::step[1]] = x", "wide[-1 :: -step[0], ::step[1]] = x"),
        ("in range(d[0] * (w.shape[0] - 1) + 1)", "in range(d[0] * (w.shape[0] - 1) + d[0])"),
    ],
    "eq-filled": [
        ("lambda j: Kernel(j / d)", "lambda j: Kernel(j)"),
        ("- (d_ * (K_ - 1) + 1) + 1\n", "- d_ * (K_ - 1) - 1\n"),
        (
            "assert written == A(s * X + d * m - p) * Kernel(m)",
            "assert written == A(s * X + d * m) * Kernel(m)",
        ),
        ("d * (K - 1) - d * (K - 1 - k)", "d * (K - 1) - d * (K - k)"),
        ("(Z[::2, ::3] == z).all()", "(Z[::3, ::2] == z).all()"),
        ("np.allclose(Z[::3, ::2], z)", "np.allclose(Z[::3, -1::-2], z)"),
    ],
    "eq-dilated-error": [
        ("derivative.limits == ((X1, 0, O - 1),)", "derivative.limits == ((X1, 0, T - 1),)"),
        ("V[X1] * sympy.KroneckerDelta(t, s * X1)", "V[X1] * sympy.KroneckerDelta(t, X1)"),
        ("step * (q + 1 + k) - (step * q + rest)", "step * (q + k) - (step * q + rest)"),
        ("if t % 3 == 0 else 0", "if t < 7 else 0"),
        ("(delta[t // 3] if", "(delta[0] if"),
        ("spread(delta, (3, 2), behind=(1, 1))", "spread(delta, (2, 3), behind=(1, 1))"),
    ],
    "eq-general-input": [
        (
            "pixel.term == D[i1, x - j, y - l, g1, f] * K",
            "pixel.term == D[i1, x + j, y + l, g1, f] * K",
        ),
        ("between(x - j, 0, T - 1) |", "between(x - j, 0, T) |"),
        ("assert cut.term == G[p + x]", "assert cut.term == G[x]"),
        ("full[padding[0]:padding[0] + H, padding[1]:padding[1] + W]", "full[:H, :W]"),
        (
            "convolve2d(D, spread(w[f, :, :, k], dilation))",
            "convolve2d(D, spread(w[f, ::-1, ::-1, k], dilation))",
        ),
        ("c = f // (F // groups) * (C // groups) + k", "c = k * groups + f // (F // groups)"),
        ("da[i, :, :, c] += full", "da[i, :, :, c] = full"),
    ],
    "eq-general-weight": [
        ("- T_ + 1 - hat_rows", "- T_ - hat_rows"),
        ("in_kernel = between(j1, 0, R - 1)", "in_kernel = between(j1, 0, R)"),
        (
            "weight.term == A[i, j1 + t, l1 + u, g1, c1]",
            "weight.term == A[i, t - j1, u - l1, g1, c1]",
        ),
        ("weight.sums == {i: (0, N - 1), t: (0, T - 1)", "weight.sums == {i: (0, N - 1), t: (0, T)"),
        ("assert picked.term == G[d * m1]", "assert picked.term == G[m1]"),
        ("met[::dilation[0], ::dilation[1]]", "met[:w.shape[1], :w.shape[2]]"),
        (
            "correlate2d(pad(a[i, :, :, c], padding), D)",
            "convolve2d(pad(a[i, :, :, c], padding), D, 'valid')",
        ),
        ("dw[f, :, :, k] += met", "dw[f, :, :, k] = met"),
    ],
    "eq-general-index": [
        ("V[f1, X1] * A[s * X1 + d * m1 - p]", "V[f1, X1] * A[s * X1 + m1 - p]"),
        ("KroneckerDelta(x, s * X1 + d * m - p)", "KroneckerDelta(x, s * X1 - d * m - p)"),
        ("s[0] * X + d[0] * m - p[0] == x", "s[0] * X + m - p[0] == x"),
        ("s[1] * Y + d[1] * n - p[1] == y", "s[1] * Y + d[1] * n == y"),
        ("* (1 - np.tanh(z) ** 2), measured", ", measured"),
    ],
    "eq-reached": [
        ("sympy.expand(positive * (-1 - k)).is_negative", "sympy.expand(positive * k).is_negative"),
        ("solution * s - (x + p - d * m)", "solution * s - (x - p - d * m)"),
        ("positive * (O + k) - positive * (O - 1)", "positive * (O - 1 + k) - positive * (O - 1)"),
        ("<= s * (O - 1) for m in range(K)", "<= s * O for m in range(K)"),
        ("(x + p - d * m) % s == 0 and", "True and"),
        ("reached(6, 2, 2, 1, 3)", "reached(6, 2, 2, 0, 3)"),
    ],
    "eq-transposed-size": [
        ("+ 1 + r for r in range(s)", "+ 1 + r for r in range(s + 1)"),
        ("(s * (O - 1) - 2 * p + d * (K - 1) + 1 + r)", "(s * (O - 1) - 2 * p + d * (K - 1) + r)"),
        ("output_padding=(r, 0)", "output_padding=(0, 0)"),
        ("(out == cnnlab.conv2d_input_grad(z, w, out.shape, **o))", "(out == 2 * out)"),
        ("(out * a).sum())", "(out * a[::-1]).sum())"),
    ],
    "no zeros behind the last error": [
        ("== (r <= p)", "== (r < p)"),
        ("== (r < d)", "== (r <= d)"),
        ("spread(delta, (1, 2)), spread", "spread(delta, (1, 2), behind=(0, 1)), spread"),
    ],
    "the stride applied twice": [
        (
            "twice = cnnlab.conv2d(D, turned, padding=2, stride=2)",
            "twice = cnnlab.conv2d(D, turned, padding=2)",
        ),
    ],
    "the first H rows instead of the middle ones": [
        ("not (full[:8, :6] == right).all()", "not (full[1:9, 1:7] == right).all()"),
    ],
}
