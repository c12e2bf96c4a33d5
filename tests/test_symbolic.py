"""Symbolic sums: what is collapsed agrees with the sum written out, and a fault of the algebra is noticed."""

import pytest

sympy = pytest.importorskip("sympy")

from cnnlab import symbolic  # noqa: E402
from cnnlab.symbolic import Gathered, between  # noqa: E402

x, y, x1, y1, m, n, H, W, KH, KW = sympy.symbols("x y x1 y1 m n H W KH KW", integer=True)
A, K, V = (sympy.IndexedBase(name) for name in "awv")
OUTPUTS, OFFSETS = ((x1, 0, H - KH), (y1, 0, W - KW)), ((m, 0, KH - 1), (n, 0, KW - 1))
TERM = V[x1, y1] * A[x1 + m, y1 + n] * K[m, n]


def test_the_sums_that_are_written_first_collapse_first():
    by_offsets = symbolic.gradient(sympy.Sum(TERM, *OUTPUTS, *OFFSETS), A[x, y])
    assert by_offsets.term == V[x - m, y - n] * K[m, n]
    assert by_offsets.sums == {m: (0, KH - 1), n: (0, KW - 1)}
    assert by_offsets.where == between(x - m, 0, H - KH) | between(y - n, 0, W - KW)
    by_outputs = symbolic.gradient(sympy.Sum(TERM, *OFFSETS, *OUTPUTS), A[x, y])
    assert by_outputs.term == V[x1, y1] * K[x - x1, y - y1]
    assert by_outputs.where == between(x - x1, 0, KH - 1) | between(y - y1, 0, KW - 1)


def test_a_stride_and_an_unknown_function():
    s, sigma, z = sympy.symbols("s", integer=True), sympy.Function("sigma"), sympy.IndexedBase("z")
    mean = sigma(z[s * x1 + m]) / KH
    found = symbolic.gradient(sympy.Sum(V[x1] * mean, (m, 0, KH - 1), (x1, 0, H - 1)), z[x])
    assert found.term == V[x1] / KH * sigma(z[x]).diff(z[x])
    assert found.where == between(x - s * x1, 0, KH - 1)


@pytest.mark.parametrize(
    "change",
    [
        lambda g: g._replace(term=2 * g.term),
        lambda g: g._replace(term=g.term.subs(x, x + 1)),
        lambda g: g._replace(where=frozenset()),
        lambda g: g._replace(where=g.where | between(x, 1, H)),
        lambda g: g._replace(sums=g.sums | {m: (sympy.Integer(0), KH)}),
        lambda g: g._replace(sums={m: (sympy.Integer(1), KH - 1), n: (sympy.Integer(0), KW - 1)}),
    ],
)
def test_a_fault_of_the_algebra_system_does_not_pass(monkeypatch, change):
    read = symbolic._read
    monkeypatch.setattr(symbolic, "_read", lambda result: change(read(result)))
    with pytest.raises(ArithmeticError, match=r"^a\[x, y\]: the collapsed sum gives"):
        symbolic.gradient(sympy.Sum(TERM, *OUTPUTS, *OFFSETS), A[x, y])


def test_what_does_not_collapse_is_refused():
    with pytest.raises(ValueError, match="^total: got .* expected the collapsing sums to be written first"):
        symbolic.gradient(sympy.Sum(TERM, *OUTPUTS, *OFFSETS), K[x, y])
    with pytest.raises(ValueError, match=r"^by: got a\[m, y\], expected indices that are not summed"):
        symbolic.gradient(sympy.Sum(TERM, *OUTPUTS, *OFFSETS), A[m, y])


def test_between_is_a_condition_and_not_a_spelling():
    assert between(x - m, 0, H - KH) == between(-m + x, 0, -KH + H) != between(x - m, 0, H)
    assert isinstance(symbolic.gradient(sympy.Sum(A[x1], (x1, 0, H)), A[x]), Gathered)
