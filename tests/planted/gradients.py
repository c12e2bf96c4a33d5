"""Mistakes for the proofs and refutations of chapter 1."""

MISTAKES = {
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
        ("assert linear.term == V[j] * J_[j, k2]", "assert linear.term == V[j] * J_[k2, j]"),
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
        (".term == J_[k2, k1] * X[k1]", ".term == J_[k1, k2] * X[k1]"),
    ],
}
