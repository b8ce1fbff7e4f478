"""A formula's tree on values: strict arithmetic, where shapes must match and nothing overflows unseen."""

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from coursebook.claims.tex import FormulaError
from coursebook.claims.tree import Node

Value = Any  # a number, an array of one or two dimensions, a function, or one of the four classes below
Values = Mapping[str, Value]


@dataclass(frozen=True)
class Index:
    """An index letter, which runs from first to last where no range is printed."""

    last: int
    first: int = 1

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.first, self.last + 1))


@dataclass(frozen=True)
class Over:
    """The values of a phrase such as `p_k(T)` for each value of the index letters in it, counted from 1."""

    letters: tuple[str, ...]
    values: Any


@dataclass(frozen=True)
class Condition:
    """Words before a relation, as "predict 1 when": the relation must hold exactly if holds."""

    holds: bool


@dataclass(frozen=True)
class Gather:
    """A function of the values that its argument has for each value of an index letter: diag(s_i)."""

    letter: str
    function: Callable[[Any], Any]


def evaluate(node: Node, values: Values) -> Value:
    """Return what an expression comes to. Raises FormulaError for what has no value."""
    with np.errstate(all="raise", under="ignore"):
        try:
            return OPERATIONS[node.kind](node, values)
        except (ZeroDivisionError, FloatingPointError) as error:
            raise FormulaError(f"{error} in this world: draw values for which the formula is defined") from error
        except (ValueError, TypeError, IndexError, OverflowError, RuntimeError) as error:
            if isinstance(error, FormulaError):
                raise
            raise FormulaError(f"has no value in this world: {error}") from error


def relations(statement: Node, values: Values) -> Iterator[tuple[str, Value, Value]]:
    """Yield each relation of a chain with its two sides, for every value of the free index letters."""
    free = sorted(_free(statement, values, frozenset()))
    for combination in itertools.product(*(values[letter] for letter in free)):
        bound = {**values, **dict(zip(free, combination, strict=True))}
        sides = [evaluate(side, bound) for side in statement.items]
        yield from zip(statement.text.split(), sides, sides[1:], strict=False)


def _free(node: Node, values: Values, bound: frozenset[str]) -> set[str]:
    if node.kind == "symbol":
        value = values.get(node.text)
        letters = {node.text} if isinstance(value, Index) else set(value.letters) if isinstance(value, Over) else set()
        return {letter for letter in letters - bound if isinstance(values[letter], Index)}
    if node.kind == "big":
        names = {item.text for item in node.items[0].items if item.kind == "symbol"}
        limits = node.items[0].items[1:] if node.items[0].kind == "range" else ()
        outside = [_free(limit, values, bound) for limit in limits]
        return _free(node.items[1], values, bound | names).union(*outside)
    if node.kind == "call" and isinstance(gathers := values[node.text], Gather):
        bound |= {gathers.letter}
    return set().union(*(_free(item, values, bound) for item in node.items))


def _symbol(node: Node, values: Values) -> Value:
    value = values[node.text]
    if isinstance(value, Over):
        return _element(value.values, [values[letter] for letter in value.letters], node.text)
    if callable(value) or isinstance(value, Condition | Index | Gather):
        raise FormulaError(f"{node.text} stands for no value here")
    return value


def _call(node: Node, values: Values) -> Value:
    function = values[node.text]
    if isinstance(function, Gather):
        letter = function.letter
        return function.function(np.array([evaluate(node.items[0], {**values, letter: i}) for i in values[letter]]))
    return function(*(evaluate(item, values) for item in node.items))


def _indexed(node: Node, values: Values) -> Value:
    base, *places = node.items
    array = evaluate(base, values)
    if isinstance(array, int | float | np.number):
        raise FormulaError(f"{base.text} is a number and has no elements")
    return _element(array, [evaluate(place, values) for item in places for place in _letters(item)], base.text)


def _letters(node: Node) -> list[Node]:
    """Return the index letters of a subscript: ij is two of them, not a product."""
    return [*_letters(node.items[0]), *_letters(node.items[1])] if node.kind == "mul" else [node]


def _element(array: Any, places: list[Any], name: str) -> Value:
    for place in places:
        if place != int(place) or not 1 <= place <= len(array):
            raise FormulaError(f"{name} has no element {place}: it has {len(array)}, counted from 1")
        array = array[int(place) - 1]
    return array


def _add(sign: int) -> Callable[[Node, Values], Value]:
    def operation(node: Node, values: Values) -> Value:
        a, b = (evaluate(item, values) for item in node.items)
        if np.shape(a) != np.shape(b) and (np.ndim(a) > 1 or np.ndim(b) > 1 or np.ndim(a) == np.ndim(b)):
            raise FormulaError(f"shapes {np.shape(a)} and {np.shape(b)} cannot be added")
        return a + sign * b

    return operation


def _product(node: Node, values: Values) -> Value:
    a, b = (evaluate(item, values) for item in node.items)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return a * b
    if np.ndim(a) == np.ndim(b) == 1:
        if node.kind == "mul":
            raise FormulaError("two vectors side by side: print a dot, or a transpose")
        if np.shape(a) != np.shape(b):
            raise FormulaError(f"shapes {np.shape(a)} and {np.shape(b)} have no dot product")
    product = (a.reshape(-1, 1) if np.ndim(a) == 1 and np.ndim(b) == 2 else a) @ b
    return product[0] if np.ndim(a) == 2 and np.shape(a)[0] == 1 and np.ndim(b) == 1 else product


def _quotient(node: Node, values: Values) -> Value:
    a, b = (evaluate(item, values) for item in node.items)
    if np.ndim(b):
        raise FormulaError("an array cannot be a denominator")
    return a / b


def _power(node: Node, values: Values) -> Value:
    base, exponent = (evaluate(item, values) for item in node.items)
    if np.ndim(exponent):
        raise FormulaError("an exponent is a number")
    if node.items[0].kind == "euler":  # the float e has an error of its own, which a power multiplies
        return np.exp(exponent)
    if np.ndim(base) == 2 and exponent == -1:
        return np.linalg.inv(base)
    if np.ndim(base):
        raise FormulaError(f"an array of shape {np.shape(base)} has no power {exponent}")
    result = base**exponent
    if isinstance(result, complex):
        raise FormulaError(f"{base} has no power {exponent}")
    return result


def _transpose(node: Node, values: Values) -> Value:
    array = evaluate(node.items[0], values)
    if not np.ndim(array):
        raise FormulaError("a number has no transpose")
    return array.T if np.ndim(array) == 2 else array.reshape(1, -1)


def _big(node: Node, values: Values) -> Value:
    limits, body = node.items
    if limits.kind == "range":
        letter, first, last = limits.items
        if limits.text != "=":
            raise FormulaError(f"{node.text} needs a range i=1, not i{limits.text}1")
        ends = [evaluate(first, values), evaluate(last, values)]
        if any(end != int(end) for end in ends):
            raise FormulaError(f"{node.text} runs from {ends[0]} to {ends[1]}: print whole numbers")
        ranges = {letter.text: range(int(ends[0]), int(ends[1]) + 1)}
    else:
        ranges = {letter.text: values[letter.text] for letter in limits.items}
    if any(not isinstance(values[letter], Index) for letter in ranges):
        raise FormulaError(f"{node.text}: {', '.join(ranges)} is not declared as an index")
    terms = [
        evaluate(body, {**values, **dict(zip(ranges, places, strict=True))})
        for places in itertools.product(*ranges.values())
    ]
    return REDUCTIONS[node.text](terms)


def _total(terms: list[Any]) -> Value:
    return sum(terms[1:], terms[0]) if terms else 0.0


def _function(node: Node, values: Values) -> Value:
    return FUNCTIONS[node.text](evaluate(node.items[0], values))


def _indicator(node: Node, values: Values) -> Value:
    return float(all(compare(sign, a, b) for sign, a, b in relations(node.items[0], values)))


def _cases(node: Node, values: Values) -> Value:
    holding = [case for case in node.items if _indicator(Node("indicator", case.items[1:]), values)]
    if len(holding) != 1:
        raise FormulaError(f"{len(holding)} of its cases hold, not exactly one")
    return evaluate(holding[0].items[0], values)


def _extreme(node: Node, values: Values) -> Value:
    return REDUCTIONS[node.text]([evaluate(item, values) for item in node.items])


def _size(node: Node, values: Values) -> Value:
    value = evaluate(node.items[0], values)
    if np.ndim(value):
        raise FormulaError("|...| of an array: declare the whole phrase")
    return abs(value)


def _derivative(node: Node, values: Values) -> Value:
    """Differences of fourth order: of values of size 1 the first errs by about 1e-12, the second by 1e-9."""
    z = values[node.text]
    second = len(node.items) == 2
    h = 3e-3 if second else 1e-3
    near = [evaluate(node.items[0], {**values, node.text: z + step * h}) for step in (-2, -1, 0, 1, 2)]
    weights = [-1, 16, -30, 16, -1] if second else [1, -8, 0, 8, -1]
    return sum(w * f for w, f in zip(weights, near, strict=True)) / (12 * h ** (2 if second else 1))


def compare(sign: str, a: Value, b: Value) -> bool:
    """Tell whether a relation holds exactly, as the condition of a case or an indicator asks; in every element."""
    return bool(np.all(COMPARISONS[sign](a, b)))


COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "=": lambda a, b: a == b,
    "\\neq": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "\\le": lambda a, b: a <= b,
    "\\ge": lambda a, b: a >= b,
}
REDUCTIONS: dict[str, Callable[[list[Any]], Any]] = {"\\sum": _total, "\\prod": math.prod, "\\max": max, "\\min": min}
FUNCTIONS: dict[str, Callable[[Any], Any]] = {"\\log": np.log, "\\exp": np.exp, "\\tanh": np.tanh}
OPERATIONS: dict[str, Callable[[Node, Values], Value]] = {
    "number": lambda node, _: float(node.text) if "." in node.text else int(node.text),
    "euler": lambda *_: math.e,
    "symbol": _symbol,
    "call": _call,
    "indexed": _indexed,
    "add": _add(1),
    "sub": _add(-1),
    "neg": lambda node, values: -evaluate(node.items[0], values),
    "mul": _product,
    "dot": _product,
    "kron": lambda node, values: np.kron(*(evaluate(item, values) for item in node.items)),
    "div": _quotient,
    "root": lambda node, values: np.sqrt(evaluate(node.items[0], values)),
    "power": _power,
    "transpose": _transpose,
    "big": _big,
    "function": _function,
    "indicator": _indicator,
    "cases": _cases,
    "extreme": _extreme,
    "size": _size,
    "vector": lambda node, values: np.array([evaluate(item, values) for item in node.items]),
    "derivative": _derivative,
}
