"""Mistakes for the proofs and refutations of chapter 5."""

MISTAKES = {
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
        (
            "assert rule.term == slope * V[i, x - m, y - n, f] * K[f, m, n, c]",
            "assert rule.term == slope * V[i, x - m, y - n, f] * K[c, m, n, f]",
        ),
        ("assert rule.sums == {f: (0, F - 1),", "assert rule.sums == {f: (0, C - 1),"),
    ],
    "eq-tensor-delta": [
        (
            "convolve2d(v[i, :, :, f], w[f, :, :, c]) for f in range(4))\n    assert edges",
            "convolve2d(v[i, :, :, f], w[f, ::-1, ::-1, c]) for f in range(4))\n    assert edges",
        ),
        ("slope[i, :, :, c] * edges", "edges"),
        (
            "assert rule.where == pixel | between(x - m, 0, H - KH)",
            "assert rule.where == pixel | between(x - m, 0, H - 1)",
        ),
        ("assert rule.term == slope *", "assert rule.term =="),
    ],
    "eq-one-pixel": [
        ("V[i, 0, 0, f] * K[f, 0, 0, c]", "V[i, 0, 0, f] * K[c, 0, 0, f]"),
        ("{f: (0, F - 1), m: (0, 0), n: (0, 0)}", "{c: (0, C - 1), m: (0, 0), n: (0, 0)}"),
        ("change == matrix.T @ delta[0, 0, 0]", "change == matrix[:3] @ delta[0, 0, 0, :3]"),
        (
            "np.allclose(cnnlab.conv2d(a, w), a @ matrix.T)",
            "np.allclose(cnnlab.conv2d(a, w), a @ matrix.T[::-1])",
        ),
        ("assert dense.term == M[f, c] * V[f]", "assert dense.term == M[c, f] * V[f]"),
        ("dense.sums == {f: (0, F - 1)}", "dense.sums == {f: (0, C - 1)}"),
    ],
    "eq-block-transpose": [
        ("column.term == V4[f, x1, y1] * block.term", "column.term == V4[c, x1, y1] * block.term"),
        (
            "assert (M.T @ channel_after_channel(delta) ==",
            "assert (M.T[::-1] @ channel_after_channel(delta) ==",
        ),
        ("(5, 5)).T for f in range(3)]", "(5, 5))[:, ::-1].T for f in range(3)]"),
        ("claimed = blocks(w, (8, 6)).T", "claimed = blocks(w[:, ::-1, ::-1], (8, 6)).T"),
        ("assert block.term == K4[f, x - x1, y - y1, c]", "assert block.term == K4[c, x - x1, y - y1, f]"),
        ("on_kernel = between(x - x1, 0, KH - 1)", "on_kernel = between(x1 - x, 0, KH - 1)"),
    ],
    "eq-backward-as-forward": [
        ("return w[:, ::-1, ::-1].transpose(3, 1, 2, 0)", "return w.transpose(3, 1, 2, 0)"),
        ("return w[:, ::-1, ::-1].transpose(3, 1, 2, 0)", "return w[:, ::-1, ::-1].transpose(0, 1, 2, 3)"),
        ("padding=(2, 1))", "padding=(1, 2))"),
        ("slid = V[i, x + m - (KH - 1),", "slid = V[i, x + m - KH,"),
        ("hat_w = K[f, KH - 1 - m, KW - 1 - n, c]", "hat_w = K[f, m, n, c]"),
    ],
    "transpose without flip, flip without transpose": [
        ("assert agrees == (exchanged and flipped)", "assert agrees == exchanged"),
    ],
    "reshape instead of transpose": [
        (".reshape(5, 3, 2, 4)", ".transpose(3, 1, 2, 0)"),
    ],
    "one index for both channels, no sum": [
        (
            "one_index[i, :, :, j] = convolve2d(v[i, :, :, j], w[j, :, :, j])",
            "one_index[i, :, :, j] = sum(convolve2d(v[i, :, :, f], w[f, :, :, j]) for f in range(4))",
        ),
    ],
}
