"""A formula's tokens as the grammar's terminals: which are declared symbols, and which are signs of the notation.

A declared symbol is any run of tokens, as `x`, `\\bar y`, `p_\\theta` or `\\nabla_w L`; at each place the longest wins.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lark import Token as Terminal

from coursebook.claims.tex import FormulaError, Token, texts, tokens

RELATIONS = {"=", "<", ">", "\\le", "\\ge", "\\approx", "\\neq"}
SIGNS = {
    "+": "PLUS",
    "-": "MINUS",
    "/": "SLASH",
    "\\cdot": "CDOT",
    "\\otimes": "OTIMES",
    "\\pm": "PM",
    "^": "CARET",
    "_": "UNDER",
    "{": "LBRACE",
    "}": "RBRACE",
    "(": "LPAR",
    ")": "RPAR",
    "[": "LBRACK",
    "]": "RBRACK",
    ",": "COMMA",
    "\\frac": "FRAC",
    "\\sqrt": "SQRT",
    "\\sum": "BIG",
    "\\prod": "BIG",
    "\\max": "MAX",
    "\\min": "MAX",
    "\\log": "FUNCTION",
    "\\exp": "FUNCTION",
    "\\tanh": "FUNCTION",
    "\\\\": "ROW",
    "&": "AND",
    "\\begin{cases}": "CASES",
    "\\end{cases}": "ENDCASES",
}
SIGNS |= dict.fromkeys(RELATIONS, "RELATION")
OPENING, CLOSING = set("([{"), set(")]}")
END_MARKS = {".", ",", ";", ":"}


@dataclass(frozen=True)
class Symbols:
    """The declared symbols: their token runs, and which of them are functions."""

    runs: Mapping[tuple[str, ...], str]
    functions: frozenset[str]
    conditions: frozenset[str]

    def longest(self, row: list[Token], at: int) -> tuple[str, int]:
        """Return the symbol that begins at this token and its length in tokens; 0 if none does."""
        for length in range(min(len(row) - at, max(map(len, self.runs), default=0)), 0, -1):
            name = self.runs.get(tuple(token.text for token in row[at : at + length]))
            if name is not None:
                return name, length
        return "", 0


def symbols(declared: Mapping[str, object], functions: frozenset[str], conditions: frozenset[str]) -> Symbols:
    """Return the declared symbols by their token runs; two spellings of one symbol are refused."""
    runs: dict[tuple[str, ...], str] = {}
    for name in declared:
        run = texts(name)
        if run in runs:
            raise FormulaError(f"{name} is declared twice, as {runs[run]} too: drop one")
        runs[run] = name
    return Symbols(runs, functions, conditions)


def terminals(tex: str, known: Symbols) -> Iterator[Terminal]:
    """Yield the terminals of a formula."""
    row = _statements(tokens(tex))
    at = 0
    bars = 0
    while at < len(row):
        name, length = known.longest(row, at)
        if name:
            kind = "CALL" if name in known.functions else "WHEN" if name in known.conditions else "SYMBOL"
            yield _terminal(kind, name, row[at])
        elif derivative := _derivative(row, at, known):
            kind, name, length = derivative
            yield _terminal(kind, name, row[at])
        else:
            length = _is_transpose(row, at) or 1
            kind, bars = _kind(row, at, bars)
            yield _terminal(kind, row[at].text, row[at])
        at += length


def _terminal(kind: str, text: str, token: Token) -> Terminal:
    return Terminal(kind, text, start_pos=token.start, end_pos=token.end)


def _kind(row: list[Token], at: int, bars: int) -> tuple[str, int]:
    text = row[at].text
    if _is_indicator(row, at):
        return "INDICATOR", bars
    if _is_transpose(row, at):
        return "TRANSPOSE", bars
    if text == "|":
        return ("RBAR", bars - 1) if bars else ("LBAR", bars + 1)
    if text == "e":
        return "EULER", bars
    if text[0].isdigit():
        return "NUMBER", bars
    if text == "SEP":
        return "SEP", bars
    if text in SIGNS:
        return SIGNS[text], bars
    if text[0] == "\\" and len(text) > 2 and text not in ("\\top", "\\ast"):
        raise Unreadable(row[at], "is neither declared nor a command that is read here (macros are not expanded)")
    if text[0].isalpha() or text[0] in '"\\':
        raise Unreadable(row[at], "is not declared: add it to the formula's world")
    raise Unreadable(row[at], "cannot be read")


class Unreadable(FormulaError):
    """A token that is not understood; place is its offset in the TeX."""

    def __init__(self, token: Token, problem: str) -> None:
        super().__init__(f"{token.text} {problem}")
        self.place = token.start


def _is_indicator(row: list[Token], at: int) -> bool:
    return row[at].text == '"1"' and at + 1 < len(row) and row[at + 1].text == "["


def _is_transpose(row: list[Token], at: int) -> int:
    """Return how many tokens spell a transposition here: ^ \\top or ^{\\top}; 0 for none."""
    following = [token.text for token in row[at : at + 4]]
    if following[:2] == ["^", "\\top"]:
        return 2
    return 4 if following == ["^", "{", "\\top", "}"] else 0


def _derivative(row: list[Token], at: int, known: Symbols) -> tuple[str, str, int] | None:
    """Return the terminal of \\frac{d}{dz} or \\frac{d^2}{dz^2}, with the variable, and its length in tokens."""
    following = [token.text for token in row[at : at + 12]]
    for order, top, after in (("D1", ["d"], []), ("D2", ["d", "^", "2"], ["^", "2"])):
        head = ["\\frac", "{", *top, "}", "{", "d"]
        if following[: len(head)] != head:
            continue
        name, length = known.longest(row, at + len(head))
        tail = [*after, "}"]
        begin = len(head) + length
        if name and following[begin : begin + len(tail)] == tail:
            return order, name, begin + len(tail)
    return None


def _statements(found: list[Token]) -> list[Token]:
    """Drop the frame of an aligned formula and its last mark; a comma at the end of a row ends a statement."""
    kept: list[Token] = []
    depth = cases = 0
    for token in found:
        if token.text in ("\\begin{aligned}", "\\end{aligned}"):
            continue
        cases += (token.text == "\\begin{cases}") - (token.text == "\\end{cases}")
        depth += (token.text in OPENING) - (token.text in CLOSING)
        if cases or token.text not in ("\\\\", "&"):
            kept.append(token)
        elif token.text == "\\\\" and kept and kept[-1].text in (",", ";") and not depth:
            kept[-1] = Token("SEP", kept[-1].start, kept[-1].end)
    while kept and kept[-1].text in END_MARKS:
        kept.pop()
    return kept
