"""Mistakes for the proofs and refutations of the page 'errata'."""

MISTAKES = {
    "S10": [
        (
            "as_printed[i, :, :, j] = convolve2d(v[i, :, :, j], w[j, ::-1, ::-1, j])",
            "as_printed[i, :, :, j] = sum(convolve2d(v[i, :, :, f], w[f, :, :, j]) for f in range(4))",
        ),
        (
            "one_index[i, :, :, j] = convolve2d(v[i, :, :, j], w[j, :, :, j])",
            "one_index[i, :, :, j] = sum(convolve2d(v[i, :, :, f], w[f, :, :, j]) for f in range(4))",
        ),
    ],
    "S25": [
        (
            "not np.allclose(z, cnnlab.conv2d(after, w, padding=1))",
            "not np.allclose(z, cnnlab.conv2d(before, w, padding=1))",
        ),
        ("    cnnlab.conv2d(after, w)\n    raise", "    cnnlab.conv2d(before, w)\n    raise"),
    ],
}
