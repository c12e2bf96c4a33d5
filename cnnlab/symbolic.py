"""Sums whose ranges are symbols: what holds for them holds for every size (needs SymPy; chapters 0 to 11).

A layer's loss is written once, as a sum over index ranges that end in symbols such as H - KH.
Differentiated by one entry of an array, all but one value of some indices drop out; `gradient` carries that
out and says what is left: a term, the sums over it, and where it counts.
"""

import functools
import itertools
import random
from fractions import Fraction
from typing import Any, NamedTuple

import sympy
from sympy import Derivative, Expr, IndexedBase, Sum, Symbol
from sympy.tensor.indexed import Indexed

Range = tuple[Expr, Expr]


class Gathered(NamedTuple):
    """What is left of a sum: `term`, summed over `sums`, where every expression of `where` is at least 0."""

    term: Expr
    sums: dict[Symbol, Range]
    where: frozenset[Expr]


def between(index: Expr, low: Any, high: Any) -> frozenset[Expr]:
    """Return the condition low <= index <= high, as `Gathered.where` holds it."""
    return frozenset({sympy.expand(index - low), sympy.expand(high - index)})


def gradient(total: Sum, by: Indexed) -> Gathered:
    """Differentiate a sum by one entry of an array and collect what does not vanish, for every size.

    The sums that are written first are collapsed first: write the index that shall vanish before the others.
    SymPy's answer is not taken on trust: before it is returned, it is compared with the sum written out,
    exactly, at several sizes.

    Parameters
    ----------
    total : sympy.Sum
        Over a product of entries of arrays; a function of entries (sigma) may be a factor.
    by : sympy.Indexed
        The entry, with symbols for its indices.

    Returns
    -------
    Gathered

    Raises
    ------
    ValueError
        If something other than a plain sum is left.
    ArithmeticError
        If the result disagrees with the sum written out.

    Examples
    --------
    >>> from sympy import IndexedBase, Sum, symbols
    >>> x, x1, m, H, K = symbols("x x1 m H K", integer=True)
    >>> a, w, v = (IndexedBase(name) for name in "awv")
    >>> T = Sum(v[x1] * a[x1 + m] * w[m], (x1, 0, H - K), (m, 0, K - 1))
    >>> gradient(T, a[x]).term
    v[-m + x]*w[m]
    >>> gradient(T, a[x]).where == between(x - m, 0, H - K)
    True
    """
    if set(by.indices) & set(total.variables):
        raise ValueError(f"by: got {by}, expected indices that are not summed over in total")
    gathered = _read(total.diff(by).doit())
    _compare(total, by, gathered)
    return gathered


def _read(result: Expr) -> Gathered:
    """Take a collapsed sum apart. Where nothing had to be excluded, there is no condition."""
    sums = {k: (low, high) for k, low, high in result.limits} if isinstance(result, Sum) else {}
    body = result.function if isinstance(result, Sum) else result
    if body.has(sympy.KroneckerDelta, Sum):
        raise ValueError(f"total: got {result} left, expected the collapsing sums to be written first")
    where: set[Expr] = set()
    while isinstance(body, sympy.Piecewise):
        (body, condition), (rest, _) = body.args
        if rest != 0:
            raise ValueError(f"total: got {result} left, expected one term and 0 elsewhere")
        relations = condition.args if isinstance(condition, sympy.And) else (condition,)
        where |= {sympy.expand(relation.gts - relation.lts) for relation in relations}
    return Gathered(body, sums, frozenset(where))


def _compare(total: Sum, by: Indexed, gathered: Gathered) -> None:
    """Compare with the sum written out: the change of the total, exactly, for random small sizes."""
    rng = random.Random(0)
    free = set(by.indices)
    sizes = [s for s in total.free_symbols if isinstance(s, Symbol) and s.is_integer and s not in free]
    sizes.sort(key=str)
    names = {base.label.name for base in total.atoms(IndexedBase)}
    for _ in range(3):
        chosen = _sizes(total, sizes, rng)
        numbers = {name: _Numbers(rng) for name in names}
        for _ in range(6):
            at = {index: rng.randrange(5) for index in by.indices}
            plain = _written_out(total, by, numbers, chosen, at)
            claimed = _evaluate(gathered, numbers, chosen | at)
            if plain != claimed:
                raise ArithmeticError(f"{by}: the collapsed sum gives {claimed}, the sum written out {plain}")


class _Numbers(dict[tuple[int, ...], int]):
    """An array of random integers without a size: an entry is drawn when it is first asked for."""

    def __init__(self, rng: random.Random) -> None:
        super().__init__()
        self._rng = rng

    def __missing__(self, place: tuple[int, ...]) -> int:
        return self.setdefault(place, self._rng.choice([-5, -3, -2, 2, 3, 7]))


def _sizes(total: Sum, sizes: list[Symbol], rng: random.Random) -> dict[Symbol, int]:
    """Draw sizes for which no range is empty."""
    while True:
        chosen = {size: rng.randrange(1, 5) for size in sizes}
        if all(high.subs(chosen) >= low.subs(chosen) for _, low, high in total.limits):
            return chosen


def _written_out(
    total: Sum, by: Indexed, numbers: dict[str, _Numbers], chosen: dict[Symbol, int], at: dict[Symbol, int]
) -> Any:
    """Return half the change of the total when the entry goes from -1 below itself to +1 above.

    With the square for every unknown function the total is of degree 2 in the entry, so this is exact.
    """
    whole = Gathered(total.function, {k: (low, high) for k, low, high in total.limits}, frozenset())
    array, place = numbers[by.base.label.name], tuple(at[index] for index in by.indices)
    value, ends = array[place], []
    for step in (1, -1):
        array[place] = value + step
        ends.append(_evaluate(whole, numbers, chosen | at))
    array[place] = value
    return Fraction(ends[0] - ends[1]) / 2


def _evaluate(gathered: Gathered, numbers: dict[str, _Numbers], values: dict[Symbol, int]) -> Any:
    """Add up the terms, one by one: in integers, or in fractions where a term divides by a size."""
    term, names, symbols = _plain(gathered.term), sorted(numbers), (*gathered.sums, *values)
    f = _function((*symbols, *names), term)
    conditions = [_function(symbols, one) for one in gathered.where]
    ranges = [
        range(int(low.subs(values)), int(high.subs(values)) + 1) for low, high in gathered.sums.values()
    ]
    arrays = [numbers[name] for name in names]
    divides = any(power.exp.is_negative for power in term.atoms(sympy.Pow))
    exact = [Fraction(value) if divides else value for value in values.values()]
    total: Any = 0
    for place in itertools.product(*ranges):
        if all(condition(*place, *exact) >= 0 for condition in conditions):
            total += f(*place, *exact, *arrays)
    return total


@functools.lru_cache(maxsize=64)  # the same term is added up for many sizes
def _function(arguments: tuple[Any, ...], expression: Expr) -> Any:
    modules = [{"at": lambda array, *place: array[place]}, "math"]
    return sympy.lambdify(arguments, expression, modules)


@functools.lru_cache(maxsize=64)
def _plain(term: Expr) -> Expr:
    """Write entries as at(array, place), and the square for every unknown function."""
    at = sympy.Function("at")
    term = term.replace(
        lambda e: isinstance(e, Derivative),
        lambda e: 2 * e.variables[0],  # of the square
    )
    term = term.replace(lambda e: isinstance(e, sympy.core.function.AppliedUndef), lambda e: e.args[0] ** 2)
    return term.replace(lambda e: isinstance(e, Indexed), lambda e: at(Symbol(e.base.label.name), *e.indices))
