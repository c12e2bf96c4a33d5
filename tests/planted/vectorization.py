"""Mistakes for the proofs and refutations of chapter 8."""

MISTAKES = {
    "eq-im2col": [
        ("= a[i, x + m, y + n, c]", "= a[i, x + n, y + m, c]"),
        ("(i * OH + x) * OW + y, (m", "(i * OW + x) * OH + y, (m"),
        (".transpose(0, 1, 2, 4, 5, 3)", ".transpose(0, 1, 2, 3, 4, 5)"),
        ("picks = np.eye(24)", "picks = np.eye(24)[::-1]"),
    ],
    "eq-flat": [
        ("k = (m * KW + n) * C + c", "k = (m * KW + n) * C + n"),
        ("k = (m * KW + n) * C + c", "k = (m + n * KW) * C + c"),
        ("C: c + last_c + 1", "C: c + last_c"),
        ("KH = m + last_m + 1", "KH = m + last_m"),
        ("(m * sizes[1] + n) * sizes[2] + c", "(m * sizes[0] + n) * sizes[1] + c"),
        ("w.reshape(4, -1)[f, (m * 2 + n) * 3 + c]", "w.reshape(4, -1)[f, (m * 3 + n) * 2 + c]"),
    ],
    "eq-gemm-forward": [
        ("z.term == A4[i1, x1 + m, y1 + n, c]", "z.term == A4[i1, x1 - m, y1 - n, c]"),
        ("product.term == Cols[r1, k] * Weights[f1, k]", "product.term == Cols[k, r1] * Weights[f1, k]"),
        ("(cols @ W.T + b == reference", "(cols @ W.T == reference"),
        ("np.allclose(cols @ W.T + b, reference", "np.allclose((cols + b[0]) @ W.T, reference"),
    ],
    "eq-gemm-weight": [
        ("by_w.term == V[r, f1] * Cols[r, k1]", "by_w.term == V[f1, r] * Cols[r, k1]"),
        ("by_w.sums == {r: (0, R - 1)}", "by_w.sums == {r: (0, R)}"),
        ("(D.T @ cols == reference", "(D[::-1].T @ cols == reference"),
        ("np.allclose(D.T @ cols, reference", "np.allclose(D.T @ cols / 2, reference"),
    ],
    "eq-gemm-columns": [
        ("by_cols.term == V[r1, f] * Weights[f, k1]", "by_cols.term == V[r1, f] * Weights[k1, f]"),
        ("assert (change == D @ W).all()", "assert (change == D @ W[:, ::-1]).all()"),
        ("np.allclose(D @ W, change)", "np.allclose(D @ W[::-1], change)"),
    ],
    "eq-col2im": [
        ("pixel.term == Q[i1, u - m, v - n, m, n, c1]", "pixel.term == Q[i1, u + m, v + n, m, n, c1]"),
        ("exists = between(u - m, 0, H - KH)", "exists = between(u - m, 0, H - 1)"),
        ("da[:, u, v] += q[:, u - m, v - n, m, n]", "da[:, u, v] = q[:, u - m, v - n, m, n]"),
        ("if 0 <= u - m < OH and 0 <= v - n < OW:", "if True:"),
    ],
    "eq-col2im-transpose": [
        ("(q * im2col(a, 3, 2)).sum() == (col2im", "(q[::-1] * im2col(a, 3, 2)).sum() == (col2im"),
        ("np.isclose((q * im2col(a, 3, 2)).sum()", "np.isclose((q * im2col(a[::-1], 3, 2)).sum()"),
        ("pixel.sums == {m: (0, KH - 1)", "pixel.sums == {m: (0, KH)"),
    ],
    "= in place of += in col2im": [
        ("assigned[m:m + 2, n:n + 2] = sent", "assigned[m:m + 2, n:n + 2] += sent"),
    ],
    "+= through an index array": [
        ("da.reshape(-1)[index] += sent", "np.add.at(da.reshape(-1), index, sent)"),
    ],
    "columns counted in two ways": [
        ("w.transpose(0, 3, 1, 2).reshape(4, -1)", "w.reshape(4, -1)"),
    ],
}
