"""A formula as a tree: the grammar of what the chapters print, read by lark."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from lark import Lark, Transformer, UnexpectedInput
from lark import Token as Terminal
from lark.lexer import Lexer

from coursebook.claims.lexer import Symbols, Unreadable, terminals
from coursebook.claims.tex import FormulaError, Token

# Juxtaposition multiplies, from the left; a sum, a product or a maximum over an index takes all that follows it up to
# the next + or -; a function without brackets takes the one factor behind it.
GRAMMAR = """
start: statement (SEP statement)*
?statement: chain | WHEN chain -> when
chain: sum (RELATION sum)+
?sum: product | sum PLUS product -> add | sum MINUS product -> sub | MINUS product -> neg | PLUS product -> plus
?product: run | tail | run tail -> mul | run CDOT tail -> dot | run SLASH tail -> div | run OTIMES tail -> kron
?run: factor | run factor -> mul | run CDOT factor -> dot | run SLASH factor -> div | run OTIMES factor -> kron
?tail: BIG limits product -> big | MAX limits product -> big | FUNCTION tail -> function
limits: UNDER symbol | UNDER LBRACE symbol (COMMA symbol)* RBRACE
    | UNDER LBRACE symbol RELATION sum RBRACE CARET script -> range
?factor: atom | factor CARET script -> power | factor TRANSPOSE -> transpose | FUNCTION factor -> function
    | D1 factor -> derivative | D2 factor -> derivative
?script: LBRACE sum RBRACE -> group | symbol | number
?atom: number | EULER -> euler | symbol | indexed | call | LPAR sum RPAR -> group | LBRACE sum RBRACE -> group
    | LBRACK sum RBRACK -> group | LBRACK sum (COMMA sum)+ RBRACK -> vector | LBAR sum RBAR -> size
    | FRAC argument argument -> div | SQRT argument -> root | INDICATOR LBRACK chain RBRACK -> indicator
    | MAX LPAR sum (COMMA sum)+ RPAR -> extreme | CASES case (ROW case)* ENDCASES -> cases
case: sum AND chain
?argument: LBRACE sum RBRACE -> group | symbol | number
indexed: SYMBOL UNDER script | CALL UNDER script | call UNDER script | SYMBOL UNDER LBRACE sum (COMMA sum)+ RBRACE
call: CALL LPAR sum (COMMA sum)* RPAR
symbol: SYMBOL
number: NUMBER
%declare SEP WHEN RELATION PLUS MINUS CDOT SLASH OTIMES BIG MAX FUNCTION UNDER LBRACE RBRACE COMMA CARET TRANSPOSE
%declare D1 D2 EULER LPAR RPAR LBRACK RBRACK LBAR RBAR FRAC SQRT INDICATOR CASES ENDCASES ROW AND SYMBOL CALL NUMBER
"""
# Terminals that say something beyond their place; all others are brackets and signs.
KEPT = {"RELATION", "BIG", "MAX", "FUNCTION", "SYMBOL", "CALL", "NUMBER", "WHEN", "D1", "D2"}


@dataclass(frozen=True)
class Node:
    """One operation or symbol of a formula; text is its sign, name or digits."""

    kind: str
    items: tuple["Node", ...] = ()
    text: str = ""

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it."""
        yield self
        for item in self.items:
            yield from item.walk()

    def symbols(self) -> set[str]:
        """Return the declared symbols that occur in it."""
        return {node.text for node in self.walk() if node.kind in ("symbol", "call", "derivative", "when")}


class _Terminals(Lexer):
    """Hands lark the terminals that were found with the declared symbols in hand."""

    def __init__(self, lexer_conf: object) -> None:
        pass

    def lex(self, data: Any) -> Iterator[Terminal]:  # type: ignore[override]
        return iter(data)


class _Nodes(Transformer[Terminal, Node]):
    """Turns lark's trees into nodes; "derivative" and "call" and "when" carry the name that they begin with."""

    def __default__(self, data: str, children: list[Any], meta: Any) -> Node:
        signs = [child for child in children if isinstance(child, Terminal) and child.type in KEPT]
        items = tuple(child for child in children if isinstance(child, Node))
        if data in ("group", "plus", "statement"):
            return items[0]
        if data == "chain":
            return Node("chain", items, " ".join(signs))
        if data == "indexed" and signs:  # the array or the function before the subscript; of a call it is a node
            items = (Node("symbol", (), str(signs[0])), *items)
            return Node("indexed", items)
        if data == "derivative":
            return Node("derivative", items, str(signs[0])) if signs[0].type == "D1" else _second(items, str(signs[0]))
        return Node(data, items, " ".join(signs))


def _second(items: tuple[Node, ...], variable: str) -> Node:
    return Node("derivative", (*items, Node("number", (), "2")), variable)


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer=_Terminals)


def parse(tex: str, known: Symbols) -> tuple[Node, ...]:
    """Return the statements of a formula.

    Raises Unreadable, with the place, for a token that is undeclared or out of place; FormulaError if it asserts
    nothing.
    """
    found = list(terminals(tex, known))
    try:
        start = _Nodes().transform(_parser().parse(found))
    except UnexpectedInput as error:
        raise _misplaced(error, tex, bool(found)) from error
    return tuple(start.items)


def _misplaced(error: UnexpectedInput, tex: str, something: bool) -> FormulaError:
    token = getattr(error, "token", None)
    if token is None or token.type == "$END":
        last = Token("its end", len(tex.rstrip()) - 1 if something else 0, len(tex))
        return Unreadable(last, "comes too early: a formula needs a relation (=, <, ...) and something on each side")
    return Unreadable(Token(str(token), token.start_pos, token.end_pos), "does not fit here")
