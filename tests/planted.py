"""Mistakes to plant: for each proof and each refutation, changes after which its cell must fail.

`test_proofs.py` plants them one by one. A proof gets what a tired reader might write: a sign turned, two
indices or ranges exchanged, a factor lost. A refutation gets the right formula in the place of the wrong one.
"""

MISTAKES: dict[str, list[tuple[str, str]]] = {
    # 00 forward
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
    ],
    "eq-flip": [
        (
            "same(convolution(a, w), correlation(padded(a, 1, 2), rot180(w)))",
            "same(convolution(a, w), correlation(padded(a, 1, 2), w))",
        ),
        ("correlation(padded(a, 2, 1), rot180(w))", "correlation(padded(a, 1, 2), rot180(w))"),
    ],
    "eq-order": [
        ("same(full(w, a), rot180(full(a, w)))", "same(full(w, a), full(a, w))"),
        ("padded(a, KH - 1, KW - 1)", "padded(a, KH, KW)"),
        ("padded(a, KH - 1, KW - 1)", "padded(a, KW - 1, KH - 1)"),
    ],
    "eq-output-size": [
        ("(H + 2 * p - d * (K - 1) - 1) // s + 1", "(H + p - d * (K - 1) - 1) // s + 1"),
        ("(H + 2 * p - d * (K - 1) - 1) // s + 1", "(H + 2 * p - d * K - 1) // s + 1"),
        ("(H + 2 * p - d * (K - 1) - 1) // s + 1", "-(-(H + 2 * p - d * (K - 1) - 1) // s) + 1"),
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
    ],
    # 01 gradients
    "eq-chain-rule": [
        ("middle[k].diff(x) for k in range(3))", "middle[k].diff(x) for k in range(2))"),
        ("(dL * du).sum()", "(dL * du).mean()"),
    ],
    "eq-directional": [
        ("f(*x).diff(x[k]) * v[k] for", "f(*x).diff(x[k]) * v[0] for"),
        ("(gradient * v).sum()", "(gradient + v).sum()"),
    ],
    "eq-central": [
        ("f.diff(x) + h**2 / 6 * f.diff(x, 3)", "f.diff(x) + h**2 / 3 * f.diff(x, 3)"),
        ("f.diff(x) + h / 2 * f.diff(x, 2)", "f.diff(x) + h * f.diff(x, 2)"),
        ("np.isclose(error, h**2 / 6 * third", "np.isclose(error, h**2 / 2 * third"),
    ],
    "eq-best-step": [
        ("best = sympy.cbrt(3 * eta / M)", "best = sympy.cbrt(eta / M)"),
        ("M / 2 * best**2) == 0", "M / 3 * best**2) == 0"),
        ("best**2 / 2 + 1e-12", "best**2 / 20 + 1e-12"),
    ],
    "eq-complex-step": [
        ("f.diff(x) - h**2 / 6 * f.diff(x, 3)", "f.diff(x) + h**2 / 6 * f.diff(x, 3)"),
        (
            "sympy.im(sympy.expand(f.subs(x, x + i * h))) / h",
            "sympy.re(sympy.expand(f.subs(x, x + i * h))) / h",
        ),
    ],
    "eq-complex-direction": [
        ("g.diff(y[k]) * p[k] for", "g.diff(y[k]) * p[1 - k] for"),
        ("(central * u).sum()", "-(central * u).sum()"),
    ],
    "eq-vjp": [
        ("claimed = z.jacobian(x).T * sympy.Matrix(q)", "claimed = z.jacobian(x).T * sympy.Matrix(q[::-1])"),
        ("J.T @ v.ravel(), da.ravel()", "J.T @ v.ravel(), -da.ravel()"),
    ],
    "eq-miss": [
        ("if 2 in powers)", "if 2 not in powers)"),
        ("sum(entry**2 for entry in e)", "sum(e) ** 2"),
        ("== len(directions) * (e**2).sum()", "== len(directions) * abs(e).sum()"),
        (".mean(), (e**2).sum(), rtol=0.05", ".mean(), 1.2 * (e**2).sum(), rtol=0.05"),
    ],
    "eq-adjoint": [
        ("cnnlab.conv2d_input_grad(v, k, u.shape)", "cnnlab.conv2d_input_grad(v, k[:, ::-1], u.shape)"),
        ("(J.T @ v) @ u", "(J.T @ v) @ u[::-1]"),
    ],
    # 02 pooling
    "eq-max-local": [
        ("int(winner[x, y] == (u, v))", "int(winner[x, y] == (v, u))"),
        (
            "for x in range((H - KH) // s + 1) for y in range((W - KW) // s + 1)",
            "for x in range((W - KW) // s + 1) for y in range((H - KH) // s + 1)",
        ),
        ("max(((s * x + m", "min(((s * x + m"),
        ("(s * x + m, s * y + n)", "(x + m, y + n)"),
    ],
    "eq-max-backward": [
        ("if winner[x, y] == (u, v))", "if winner[x, y][0] == u)"),
        ("sum(dp[x, y] for", "max(dp[x, y] for"),
    ],
    "eq-avg": [
        ("* Fraction(1, KH * KW) for y in", "* Fraction(1, KH + KW) for y in"),
        ("a[s * x + m, s * y + n] for", "a[x + m, y + n] for"),
    ],
    "eq-avg-backward": [
        ("* Fraction(1, KH * KW) for v in", "* Fraction(1, KH) for v in"),
        ("covers(x, u, KH) and covers(y, v, KW)", "covers(x, u, KW) and covers(y, v, KH)"),
        ("0 <= u - s * x < K", "0 <= u - s * x <= K"),
    ],
    "eq-pool-transpose": [
        ("assert (2 * (S.T @ dp.ravel()) == change).all()", "assert (S.T @ dp.ravel() == change).all()"),
        ("= Fraction(1, KH * KW)\n", "= Fraction(1, KH + KW)\n"),
        ("assert (S.T @ dp.ravel() == change).all()", "assert (S.T[::-1] @ dp.ravel() == change).all()"),
        ("np.allclose(S.T @ dp.ravel(), da.ravel())", "np.allclose(2 * S.T @ dp.ravel(), da.ravel())"),
    ],
    "eq-conservation": [
        ("(S.T @ dp).sum() == dp.sum()", "(S.T @ dp).sum() == 2 * dp.sum()"),
        ("stride=2, padding=1), False)", "stride=2, padding=1), True)"),
    ],
    "eq-subgradient": [
        ("return all(g >= 0) and sum(g) == whole and", "return sum(g) == whole and"),
        ("and sum(g) == whole and all(g[a", "and sum(g) <= whole and all(g[a"),
        (" and all(g[a < a.max()] == 0)", ""),
        ("np.concatenate([0.5 * units, -units, ones, -ones])", "np.concatenate([-units, ones, -ones])"),
        ("np.concatenate([0.5 * units, -units, ones, -ones])", "np.concatenate([0.5 * units, ones, -ones])"),
    ],
    "zeros as padding of a maximum": [
        (
            "zeros = np.pad(a, ((0, 0), (1, 1), (1, 1), (0, 0)))",
            "zeros = np.pad(a, ((0, 0), (1, 1), (1, 1), (0, 0)), constant_values=-9)",
        )
    ],
    "another divisor backward than forward": [("count_include_pad=back", "count_include_pad=forward")],
    "eq-pool-delta": [
        ("- slope * (S.T * q)[k]", "- (S.T * q)[k]"),
        ("(S.T * q)[k]", "(S.T * q)[2 - k]"),
        ("slope * da, gradients.numerical", "da, gradients.numerical"),
        ("slope * da, gradients.complex", "da, gradients.complex"),
    ],
    "eq-max-commutes": [
        ("f(z.max(axis=1))).all()\nfor", "f(z.min(axis=1))).all()\nfor"),
        ("lambda z: -z", "lambda z: z"),
        ("f(cnnlab.max_pool2d(z, 2)[0])", "f(cnnlab.avg_pool2d(z, 2))"),
    ],
    "the mask of maxima as a gradient": [
        ("da = mask * np.kron", "da = 3 * np.roll(mask, 1) * np.kron"),
        ("da = mask * np.kron(dp, np.ones((2, 2)))", "da = np.kron(dp, np.array([[1, 0], [0, 0]]))"),
    ],
    # 03 delta rule
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
        ("literal = slope * convolve2d(v, rot180(w)) ", "literal = slope * convolve2d(v, w) "),
    ],
    # 04 flip
    "eq-table-correlation": [
        ("a) == convolve2d(delta, w)).all()", 'a) == correlate2d(delta, w, "full")).all()'),
        ("w) == correlate2d(a, delta)).all()", "w) == correlate2d(a, delta)[::-1]).all()"),
        ("b) == delta.sum()).all()", "b) == delta.mean()).all()"),
        ("for i in range(2))", "for i in range(1))"),
    ],
    "eq-true-forward": [
        (
            "assert (valid(a, k) == correlate2d(a, rot180(k))).all()",
            "assert (valid(a, k) == correlate2d(a, k)).all()",
        ),
    ],
    "eq-table-convolution": [
        (
            'correlate2d(delta, k, "full"), rot180(correlate2d(a, delta))',
            'correlate2d(delta, k, "full"), correlate2d(a, delta)',
        ),
        ('da, dk = correlate2d(delta, k, "full"),', "da, dk = convolve2d(delta, k),"),
        ("dk = rot180(correlate2d(np.tanh(z), delta))", "dk = rot180(correlate2d(z, delta))"),
    ],
    "eq-opposite-verbs": [
        (
            'one, other = delta * valid(a, w), correlate2d(delta, w, "full") * a',
            "one, other = delta * valid(a, w), convolve2d(delta, w) * a",
        ),
        (
            "(delta * correlate2d(a, w)).sum() == (convolve2d(delta, w) * a).sum()",
            '(delta * correlate2d(a, w)).sum() == (correlate2d(delta, w, "full") * a).sum()',
        ),
    ],
    "S10": [
        ("literal = slope * convolve2d(v, rot180(w)) ", "literal = slope * convolve2d(v, w) "),
        (
            "as_printed[i, :, :, j] = convolve2d(v[i, :, :, j], w[j, ::-1, ::-1, j])",
            "as_printed[i, :, :, j] = sum(convolve2d(v[i, :, :, f], w[f, :, :, j]) for f in range(4))",
        ),
        (
            "one_index[i, :, :, j] = convolve2d(v[i, :, :, j], w[j, :, :, j])",
            "one_index[i, :, :, j] = sum(convolve2d(v[i, :, :, f], w[f, :, :, j]) for f in range(4))",
        ),
    ],
    "eq-goodfellow": [
        ("(j - 1) * s + m, (k - 1) * s + n]", "(j - 1) * KW + m, (k - 1) * KW + n]"),
        ("(j - 1) * s + m, (k - 1) * s + n]", "j * s + m - 1, k * s + n - 1]"),
        ("(m - 1) * s + k, (n - 1) * s + l]", "(m - 1) + k, (n - 1) + l]"),
        ("(m - 1) * s + k, (n - 1) * s + l]", "(m - 1) * shape[3] + k, (n - 1) * shape[3] + l]"),
        ("if (l - 1) * s + m == j", "if (l - 1) * KW + m == j"),
        ("K[q, i, m, p] * G[q, l, n]", "K[q, i, -m, -p] * G[q, l, n]"),
        ("for q in range(1, F + 1)", "for q in range(1, 2)"),
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
        ("right.sum() == delta.sum() * w.sum() ==", "right.sum() == delta.sum() + w.sum() =="),
        ("delta[..., f].sum() * w[f].sum() for", "delta[..., f].sum() * w[0].sum() for"),
    ],
    # 05 tensors
    "eq-tensor-forward": [
        ("a[i, x + m, y + n, c] * w[f, m, n, c]", "a[i, x + m, y + n, c] * w[f, m, n, 0]"),
        ("b[f] + sum(", "b[0] + sum("),
        (
            "for c in range(C) for m, n in np.ndindex(KH, KW))",
            "for c in range(KH) for m, n in np.ndindex(KH, KW))",
        ),
        ("(N, H - KH + 1, W - KW + 1, F)", "(N, W - KW + 1, H - KH + 1, F)"),
    ],
    "eq-tensor-delta-index": [
        (
            "inside(delta, i, x - m, y - n, f) * w[f, m, n, c]",
            "inside(delta, i, x + m, y - n, f) * w[f, m, n, c]",
        ),
        (
            "inside(delta, i, x - m, y - n, f) * w[f, m, n, c]",
            "inside(delta, 0, x - m, y - n, f) * w[f, m, n, c]",
        ),
        ("for f in range(F) for m, n", "for f in range(KH) for m, n"),
        ("slope * collected(v, w, z.shape), measured", "collected(v, w, z.shape), measured"),
    ],
    "eq-tensor-delta": [
        (
            "convolve2d(v[i, :, :, f], w[f, :, :, c]) for f in range(4))\n    assert edges",
            "convolve2d(v[i, :, :, f], w[f, ::-1, ::-1, c]) for f in range(4))\n    assert edges",
        ),
        ("slope[i, :, :, c] * edges", "edges"),
    ],
    "eq-one-pixel": [
        ("change == matrix.T @ delta[0, 0, 0]", "change == matrix[:3] @ delta[0, 0, 0, :3]"),
        (
            "np.allclose(cnnlab.conv2d(a, w), a @ matrix.T)",
            "np.allclose(cnnlab.conv2d(a, w), a @ matrix.T[::-1])",
        ),
    ],
    "eq-block-transpose": [
        (
            "assert (M.T @ channel_after_channel(delta) ==",
            "assert (M.T[::-1] @ channel_after_channel(delta) ==",
        ),
        ("(5, 5)).T for f in range(3)]", "(5, 5))[:, ::-1].T for f in range(3)]"),
        ("claimed = blocks(w, (8, 6)).T", "claimed = blocks(w[:, ::-1, ::-1], (8, 6)).T"),
    ],
    "eq-backward-as-forward": [
        ("return w[:, ::-1, ::-1].transpose(3, 1, 2, 0)", "return w.transpose(3, 1, 2, 0)"),
        ("return w[:, ::-1, ::-1].transpose(3, 1, 2, 0)", "return w[:, ::-1, ::-1].transpose(0, 1, 2, 3)"),
        ("padding=(2, 1))", "padding=(1, 2))"),
    ],
    "transpose without flip, flip without transpose": [
        ("assert agrees == (exchanged and flipped)", "assert agrees == exchanged")
    ],
    "reshape instead of transpose": [(".reshape(5, 3, 2, 4)", ".transpose(3, 1, 2, 0)")],
    # 06 weight gradient
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
    # 07 bias gradient
    "eq-bias-local": [
        ("z[i, x, y, f].diff(b[k]) == int(f == k)", "z[i, x, y, f].diff(b[k]) == 1"),
        ("np.allclose(measured, np.arange(5) == f)", "np.allclose(measured, np.arange(5) == x)"),
    ],
    "eq-bias-gradient": [
        ("for i, x, y in np.ndindex(N, OH, OW))", "for i, x, y in np.ndindex(1, OH, OW))"),
        ("for i, x, y in np.ndindex(N, OH, OW))", "for i, x, y in np.ndindex(N, OW, OH))"),
        ("sum(delta[i, x, y, k] for", "sum(delta[i, x, y, 0] for"),
        ("delta[i, x, y, f] * (f == k)", "delta[i, x, y, f]"),
    ],
    "eq-broadcast": [
        (
            "(B.T @ delta.ravel() == printed(delta)).all()",
            "(B.T @ delta.ravel() == printed(delta) / 24).all()",
        ),
        (
            "(delta * copied).sum(), (printed(delta) * b).sum()",
            "(delta * copied).sum(), (printed(delta) * b).mean()",
        ),
    ],
    "eq-mean-loss": [
        ("single / 2) == 0", "single) == 0"),
        ("error / 5 for", "error for"),
        ("np.allclose(delta, measured, atol=1e-9)", "np.allclose(delta / 5, measured, atol=1e-9)"),
    ],
    "a mean instead of the sum": [
        ("over_images = delta.mean(axis=0).sum(axis=(0, 1))", "over_images = delta.sum(axis=(0, 1, 2))"),
        (
            "over_positions = delta.mean(axis=(1, 2)).sum(axis=0)",
            "over_positions = delta.sum(axis=(0, 1, 2))",
        ),
    ],
    # 11 training
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
    "dividing by N twice": [("w, dw / N, rng=2)", "w, dw, rng=2)")],
    "eq-softmax-shift": [
        ("exp(z - t) / exp(z - t).sum()", "exp(z - t) / exp(z).sum()"),
        ("softmax_cross_entropy(z + 5, labels)", "softmax_cross_entropy(z * 5, labels)"),
    ],
    "softmax as defined, on large logits": [
        (
            "literal = np.exp(large) / np.exp(large).sum()",
            "literal = np.exp(large - 1000) / np.exp(large - 1000).sum()",
        )
    ],
    "eq-dense": [
        ("(a @ w + b).tolist()", "(a @ w - b).tolist()"),
        ("a[i, j] * w[j, k] for", "a[i, j] * w[j, 0] for"),
    ],
    "eq-dense-input": [
        ("((v @ w.T, a),", "((v @ w.T[::-1], a),"),
        ("np.allclose(da, delta @ w.T)", "np.allclose(da, 2 * delta @ w.T)"),
    ],
    "eq-dense-weight": [
        ("(a.T @ v, w)", "(a[::-1].T @ v, w)"),
        ('["w"], a.T @ delta)', '["w"], a[::-1].T @ delta)'),
    ],
    "eq-dense-bias": [("(v.sum(axis=0), b)", "(v[0], b)"), ("delta.sum(axis=0))", "delta.mean(axis=0))")],
    "eq-flatten": [
        ("row[i, (x * 3 + y) * 2 + c]", "row[i, (y * 2 + x) * 2 + c]"),
        ("(a * layer.backward(v)).sum()", "(a * layer.backward(v[:, ::-1])).sum()"),
    ],
    "eq-dense-convolution": [
        ("w.T.reshape(2, 2, 3, 2)", "w.reshape(2, 2, 3, 2)"),
        ("w.T.reshape(6, 5, 7, 3)", "w.reshape(6, 5, 7, 3)"),
    ],
    "eq-activation-error": [
        ("== v[u] * sympy.diff(sigma(z[u]), z[u])", "== v[u] * sigma(z[u])"),
        ("layer.backward(v), measured", "v, measured"),
    ],
    "the mask a >= 0 after ReLU": [("v * (relu(z) >= 0)", "v * (relu(z) > 0)")],
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
