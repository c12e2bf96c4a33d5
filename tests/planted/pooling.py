"""Mistakes for the proofs and refutations of chapter 2."""

MISTAKES = {
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
        ("mean = A[s * x + m, s * y + n]", "mean = A[x + m, s * y + n]"),
    ],
    "eq-avg-backward": [
        ("* Fraction(1, KH * KW) for v in", "* Fraction(1, KH) for v in"),
        ("covers(x, u, KH) and covers(y, v, KW)", "covers(x, u, KW) and covers(y, v, KH)"),
        ("0 <= u - s * x < K", "0 <= u - s * x <= K"),
        ("assert rule.term == Q[x, y] / (KH * KW)", "assert rule.term == Q[x, y] / (KH + KW)"),
        ("covers_pixel = between(u - s * x, 0, KH - 1)", "covers_pixel = between(u - s * x, 0, KH)"),
    ],
    "eq-pool-transpose": [
        ("assert (2 * (S.T @ dp.ravel()) == change).all()", "assert (S.T @ dp.ravel() == change).all()"),
        ("= Fraction(1, KH * KW)\n", "= Fraction(1, KH + KW)\n"),
        ("assert (S.T @ dp.ravel() == change).all()", "assert (S.T[::-1] @ dp.ravel() == change).all()"),
        ("np.allclose(S.T @ dp.ravel(), da.ravel())", "np.allclose(2 * S.T @ dp.ravel(), da.ravel())"),
        ("assert row.term == S_[j, k] * Q1[j]", "assert row.term == S_[k, j] * Q1[j]"),
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
        ),
    ],
    "another divisor backward than forward": [
        ("count_include_pad=back", "count_include_pad=forward"),
    ],
    "eq-pool-delta": [
        ("- slope * (S.T * q)[k]", "- (S.T * q)[k]"),
        ("(S.T * q)[k]", "(S.T * q)[2 - k]"),
        ("slope * da, gradients.numerical", "da, gradients.numerical"),
        ("slope * da, gradients.complex", "da, gradients.complex"),
        ("* sigma1(z1[k]).diff(z1[k])\n", "* sigma1(z1[k])\n"),
        ("assert inner.sums == {j: (0, J - 1)}", "assert inner.sums == {j: (0, K - 1)}"),
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
    "assigning instead of adding, where windows overlap": [
        ("da[winner[x, y]] = dp[x, y]", "da[winner[x, y]] += dp[x, y]"),
        (
            "da[rows, columns] += [dp[place] for place in winner]",
            "np.add.at(da, (rows, columns), [dp[place] for place in winner])",
        ),
    ],
}
