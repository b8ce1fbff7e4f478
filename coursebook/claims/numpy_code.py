"""A formula as NumPy: what one types for it, made from the tree that is evaluated.

Index letters become whole arrays where each array runs over them; where it does not, they count from 0 in a loop.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from coursebook.claims.evaluate import Condition, Gather, Index, Over
from coursebook.claims.formula import Formula
from coursebook.claims.names import identifier
from coursebook.claims.tree import Node

# How tightly Python's operators bind.
COMPARE, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)
Piece = tuple[str, int]
SIGNS = {"=": "==", "\\neq": "!=", "<": "<", ">": ">", "\\le": "<=", "\\ge": ">="}
CALLS = {"\\log": "np.log", "\\exp": "np.exp", "\\tanh": "np.tanh", "\\sum": "np.sum", "\\prod": "np.prod"}
CALLS |= {"\\max": "np.max", "\\min": "np.min"}
EXTREMES = {"\\max": "np.maximum", "\\min": "np.minimum"}
LOOPS = {"\\sum": "sum", "\\prod": "math.prod", "\\max": "max", "\\min": "min"}


class NotArrays(Exception):
    """Index letters that cannot become whole arrays here."""


def code(formula: Formula) -> list[str]:
    """Return a line of NumPy for each statement: `name = value`, or the relation of its sides."""
    return [" ".join(_line(statement, formula.samples[0])) for statement in formula.statements]


def sides(statement: Node, values: Mapping[str, Any]) -> list[str]:
    """Return the NumPy of each side of a chain; free index letters are its axes, in alphabetical order.

    A side with a derivative in it is empty: NumPy has none.
    """
    chain = statement.items[0] if statement.kind == "when" else statement
    letters = free_letters(chain, values)
    return [_side(side, letters, values) for side in chain.items]


def _side(side: Node, letters: tuple[str, ...], values: Mapping[str, Any]) -> str:
    if any(node.kind == "derivative" for node in side.walk()):
        return ""
    try:
        return Writer(values, letters).text(side)
    except NotArrays:
        return _loops(side, letters, values)


def _line(statement: Node, values: Mapping[str, Any]) -> Iterable[str]:
    chain = statement.items[0] if statement.kind == "when" else statement
    written = sides(statement, values)
    if statement.kind == "chain" and set(chain.text.split()) == {"="}:
        return [" = ".join([written[0], written[-1]] if chain.items[0].kind in ("symbol", "indexed") else written[-1:])]
    signs = [SIGNS.get(sign, "≈") for sign in chain.text.split()]
    return [part for pair in zip(written, [*signs, ""], strict=True) for part in pair if part]


def free_letters(node: Node, values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the index letters that no sum, product or maximum binds."""
    return tuple(sorted(_free(node, values)))


def _free(node: Node, values: Mapping[str, Any]) -> set[str]:
    if node.kind == "symbol":
        value = values[node.text]
        return {node.text} if isinstance(value, Index) else set(value.letters) if isinstance(value, Over) else set()
    inside = set().union(*(_free(item, values) for item in node.items))
    if node.kind == "big":
        return inside - _bound(node)
    gathers = values[node.text] if node.kind == "call" else None
    return inside - {gathers.letter} if isinstance(gathers, Gather) else inside


def _bound(big: Node) -> set[str]:
    limits = big.items[0]
    return {item.text for item in (limits.items[:1] if limits.kind == "range" else limits.items)}


def _length(letter: str, node: Node, values: Mapping[str, Any]) -> str:
    """Return how many values a letter takes, as the length of the first array that it runs over."""
    for item in node.walk():
        if item.kind == "indexed" and item.items[1].text == letter:
            return f"len({identifier(item.items[0].text)})"
        if item.kind == "symbol" and isinstance(over := values[item.text], Over) and over.letters[0] == letter:
            return f"len({identifier(item.text)})"
    return str(values[letter].last)


def _loops(side: Node, letters: tuple[str, ...], values: Mapping[str, Any]) -> str:
    written = Writer(values, ()).text(side)
    for letter in reversed(letters):
        written = f"np.array([{written} for {letter} in range({_length(letter, side, values)})])"
    return written


class Writer:
    """Writes one expression; letters are the index letters that are the axes of its arrays."""

    def __init__(self, values: Mapping[str, Any], letters: tuple[str, ...]) -> None:
        self.values = values
        self.letters = letters

    def text(self, node: Node, least: int = COMPARE) -> str:
        """Return the code of a node, in brackets if it binds less tightly than least."""
        written, binds = getattr(self, f"_{node.kind}")(node)
        return f"({written})" if binds < least else written

    def _number(self, node: Node) -> Piece:
        return node.text, ATOM

    def _euler(self, node: Node) -> Piece:
        return "np.e", ATOM

    def _symbol(self, node: Node) -> Piece:
        value = self.values[node.text]
        if isinstance(value, Over):
            return self._element(
                identifier(node.text), [Node("symbol", (), letter) for letter in value.letters], np.ndim(value.values)
            )
        if isinstance(value, Index):
            if node.text in self.letters:
                raise NotArrays
            return f"{node.text} + 1", SUM
        return identifier(node.text), ATOM

    def _indexed(self, node: Node) -> Piece:
        base, *places = node.items
        flat = [letter for place in places for letter in _flat(place)]
        return self._element(identifier(base.text), flat, np.ndim(self.values[base.text]))

    def _element(self, name: str, places: list[Node], dimensions: int) -> Piece:
        letters = [place.text for place in places]
        if not set(letters) & set(self.letters):
            return f"{name}[{', '.join(self._place(place) for place in places)}]", ATOM
        present = [letter for letter in self.letters if letter in letters]
        if letters != present or dimensions != len(letters):
            raise NotArrays
        axes = [":" if letter in letters else "None" for letter in self.letters[self.letters.index(letters[0]) :]]
        return (f"{name}[{', '.join(axes)}]" if "None" in axes else name), ATOM

    def _place(self, place: Node) -> str:
        if place.kind == "symbol" and isinstance(self.values[place.text], Index):
            return place.text
        return f"{self.text(place, SUM)} - 1"

    def _call(self, node: Node) -> Piece:
        function = self.values[node.text]
        if isinstance(function, Gather):
            inner = Writer(self.values, (*self.letters, function.letter)).text(node.items[0])
            return f"{identifier(node.text)}({inner})", ATOM
        return f"{identifier(node.text)}({', '.join(self.text(item) for item in node.items)})", ATOM

    def _sign(self, node: Node, sign: str, left: int, right: int) -> Piece:
        a, b = node.items
        return f"{self.text(a, left)} {sign} {self.text(b, right)}", left

    def _add(self, node: Node) -> Piece:
        return self._sign(node, "+", SUM, SUM)

    def _sub(self, node: Node) -> Piece:
        return self._sign(node, "-", SUM, PRODUCT)

    def _neg(self, node: Node) -> Piece:
        return f"-{self.text(node.items[0], PRODUCT)}", SIGN

    def _mul(self, node: Node) -> Piece:
        a, b = node.items
        share, rest = _leading_share(node)
        if share is not None:
            return f"{self.text(rest, PRODUCT)} / {self.text(share, POWER)}", PRODUCT
        if b.kind == "transpose" and not self._is_matrix(b.items[0]):
            return f"np.outer({self.text(a)}, {self.text(b.items[0])})", ATOM
        return self._sign(node, "@" if self._is_array(a) and self._is_array(b) else "*", PRODUCT, SIGN)

    _dot = _mul

    def _div(self, node: Node) -> Piece:
        return self._sign(node, "/", PRODUCT, SIGN)

    def _kron(self, node: Node) -> Piece:
        a, b = node.items
        return f"np.kron({self.text(a)}, {self.text(b)})", ATOM

    def _root(self, node: Node) -> Piece:
        return f"np.sqrt({self.text(node.items[0])})", ATOM

    def _power(self, node: Node) -> Piece:
        base, exponent = node.items
        if base.kind == "euler":
            return f"np.exp({self.text(exponent)})", ATOM
        if self._is_matrix(base):
            return f"np.linalg.inv({self.text(base)})", ATOM
        return f"{self.text(base, ATOM)} ** {self.text(exponent, ATOM)}", POWER

    def _transpose(self, node: Node) -> Piece:
        return f"{self.text(node.items[0], ATOM)}.T", ATOM

    def _function(self, node: Node) -> Piece:
        return f"{CALLS[node.text]}({self.text(node.items[0])})", ATOM

    def _big(self, node: Node) -> Piece:
        limits, body = node.items
        letters = tuple(item.text for item in (limits.items[:1] if limits.kind == "range" else limits.items))
        try:
            if set(letters) != _free(body, self.values):
                raise NotArrays
            return f"{CALLS[node.text]}({Writer(self.values, letters).text(body)})", ATOM
        except NotArrays:
            length = self.text(limits.items[2]) if limits.kind == "range" else _length(letters[0], body, self.values)
            inner = Writer(self.values, tuple(set(self.letters) - set(letters))).text(body)
            return f"{LOOPS[node.text]}({inner} for {letters[0]} in range({length}))", ATOM

    def _indicator(self, node: Node) -> Piece:
        chain = node.items[0]
        return f"{self.text(chain.items[0], SUM)} {SIGNS[chain.text]} {self.text(chain.items[1], SUM)}", COMPARE

    def _cases(self, node: Node) -> Piece:
        first, second = node.items
        test = self.text(Node("indicator", first.items[1:]))
        return f"np.where({test}, {self.text(first.items[0])}, {self.text(second.items[0])})", ATOM

    def _extreme(self, node: Node) -> Piece:
        return f"{EXTREMES[node.text]}({', '.join(self.text(item) for item in node.items)})", ATOM

    def _size(self, node: Node) -> Piece:
        return f"np.abs({self.text(node.items[0])})", ATOM

    def _vector(self, node: Node) -> Piece:
        return f"np.array([{', '.join(self.text(item) for item in node.items)}])", ATOM

    def _is_array(self, node: Node) -> bool:
        return self._dimensions(node) > 0

    def _is_matrix(self, node: Node) -> bool:
        return self._dimensions(node) == 2

    def _dimensions(self, node: Node) -> int:
        """Return the dimensions of a value in the tree, where an element of an array has fewer than the array."""
        if node.kind == "symbol":
            value = self.values[node.text]
            return (
                np.ndim(value.values[0])
                if isinstance(value, Over)
                else int(np.ndim(value))
                if not isinstance(value, Index | Condition)
                else 0
            )
        if node.kind == "indexed":
            return int(np.ndim(self.values[node.items[0].text])) - sum(len(_flat(item)) for item in node.items[1:])
        if node.kind == "call":
            return 2 if "diag" in node.text else 0
        if node.kind == "transpose":
            return 2
        if node.kind in ("function", "size", "indicator", "extreme", "cases"):
            return 0
        if node.kind == "mul" and node.items[0].kind == "transpose":
            return self._dimensions(node.items[1])
        return max((self._dimensions(item) for item in node.items if item.kind not in ("limits", "range")), default=0)


def _leading_share(node: Node) -> tuple[Node | None, Node]:
    """Return N and the rest of a product that begins with 1/N: one types X.T @ y / N."""
    a, b = node.items
    if a.kind == "div" and a.items[0] == Node("number", (), "1"):
        return a.items[1], b
    if a.kind not in ("mul", "dot"):
        return None, node
    share, rest = _leading_share(a)
    return share, Node(node.kind, (rest, b))


def _flat(place: Node) -> list[Node]:
    return [*_flat(place.items[0]), *_flat(place.items[1])] if place.kind == "mul" else [place]
