"""TeX of a formula as tokens, each with its place: what the reader sees, without spacing, sizes and alignment."""

import re
from typing import NamedTuple


class FormulaError(ValueError):
    """A formula that cannot be read or evaluated; the message says where, which token, and what to do."""


class Token(NamedTuple):
    """One token in a canonical spelling; TeX[start:end] is what the page's source has."""

    text: str
    start: int
    end: int


ALPHABETS = "operatorname|mathrm|text|mathtt|mathbb|mathbf|texttt|mathit"
WORDS = rf"\\(?:{ALPHABETS})\s*(?:\{{(?P<braced>[^{{}}]*)\}}|(?P<bare>[A-Za-z0-9]))"
LEXEME = re.compile(
    rf"{WORDS}|(?P<env>\\(?:begin|end)\s*\{{[a-z]+\*?\}})|(?P<row>\\\\(?:\s*\[[^\]]*\])?)"
    r"|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|\s+|.",
    re.DOTALL,
)
SIZES = {f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")}
INVISIBLE = SIZES | {"\\left", "\\right", "\\,", "\\;", "\\:", "\\!", "\\ ", "\\quad", "\\qquad", "\\displaystyle", "~"}
SPELLINGS = {
    "\\tfrac": "\\frac",
    "\\dfrac": "\\frac",
    "\\leq": "\\le",
    "\\geq": "\\ge",
    "\\ne": "\\neq",
    "\\vert": "|",
    "\\lbrace": "\\{",
    "\\rbrace": "\\}",
    "\\times": "\\cdot",
    "\\star": "\\ast",
    "\\Vert": "\\|",
    "\\ln": "\\log",
}


def tokens(tex: str) -> list[Token]:
    """Return the visible tokens of a formula, and the & and the ends of rows, which carry its structure."""
    found: list[Token] = []
    for match in LEXEME.finditer(tex):
        text = match[0]
        if text.isspace() or text in INVISIBLE:
            continue
        word = match["braced"] if match["braced"] is not None else match["bare"]
        if word is not None:
            text = f'"{" ".join(word.split())}"'
        elif match["row"]:
            text = "\\\\"
        elif match["env"]:
            text = re.sub(r"\s", "", text)
        found += _split(SPELLINGS.get(text, text), match.start(), match.end(), found)
    return _without_empty_groups(found)


def _split(text: str, start: int, end: int, before: list[Token]) -> list[Token]:
    """Return the token, in two where TeX takes one digit as an argument: `\\frac12` is one half."""
    if len(text) == 2 and text.isdigit() and before and before[-1].text == "\\frac":
        return [Token(text[0], start, start + 1), Token(text[1], start + 1, end)]
    if len(text) > 1 and text[0].isdigit() and before and before[-1].text in ("^", "_", "\\frac"):
        raise FormulaError(f"{before[-1].text}{text}: TeX takes one digit only: put braces around the number")
    return [Token(text, start, end)]


def _without_empty_groups(found: list[Token]) -> list[Token]:
    """Drop `{}`, the space before a sign at the beginning of a row."""
    kept: list[Token] = []
    for token in found:
        if token.text == "}" and kept and kept[-1].text == "{" and not (len(kept) > 1 and kept[-2].text in "^_"):
            kept.pop()
        else:
            kept.append(token)
    return kept


def texts(tex: str) -> tuple[str, ...]:
    """Return the texts of the tokens: what two spellings of the same formula share."""
    return tuple(token.text for token in tokens(tex))
