"""Wrong versions of a formula: every one-token mistake that a typist or an author makes, each in the page's own TeX."""

import re
from collections.abc import Iterator

from coursebook.claims.lexer import RELATIONS, Symbols
from coursebook.claims.tex import FormulaError, Token, texts, tokens

Mutant = tuple[str, str]  # the kind of mistake, and the TeX with it
SWAPS = {
    "\\log": ("log for exp", ["\\exp"]),
    "\\exp": ("exp for log", ["\\log"]),
    "\\max": ("max for min", ["\\min"]),
    "\\min": ("min for max", ["\\max"]),
    "\\sum": ("sum for product", ["\\prod"]),
    "\\prod": ("product for sum", ["\\sum"]),
    "\\otimes": ("product for Kronecker", ["\\cdot"]),
}
TURNED = {
    "<": [">", "\\le"],
    ">": ["<", "\\ge"],
    "\\le": ["\\ge", "<"],
    "\\ge": ["\\le", ">"],
    "=": ["\\ge", "\\le", "<", ">", "\\neq"],
    "\\approx": ["<", ">"],
}
LAYOUT = {"&", "\\\\", "\\begin{aligned}", "\\end{aligned}"}
DIGITS = {"0": ["1"], "1": ["2", "0"], "2": ["1", "3"]}


def mutants(tex: str, known: Symbols) -> list[Mutant]:
    """Return the wrong versions of a formula, each once."""
    right = visible(tex)
    found: dict[str, Mutant] = {}
    for kind, wrong in _all(tex, tokens(tex), known):
        try:
            seen = visible(wrong)
        except FormulaError:
            seen = wrong
        if seen != right:
            found.setdefault(seen, (kind, wrong))
    return list(found.values())


def visible(tex: str) -> str:
    """Return a formula's tokens with spaces around them, without its layout in rows."""
    return f" {' '.join(text for text in texts(tex) if text not in LAYOUT)} "


def names(fragment: str, wrong: str, right: str) -> bool:
    """Tell whether a fragment of TeX names a wrong version: it occurs there, and not in the right one."""
    return visible(fragment) in visible(wrong) and visible(fragment) not in visible(right)


def _all(tex: str, row: list[Token], known: Symbols) -> Iterator[Mutant]:
    for at, token in enumerate(row):
        for kind, replacements in _replacements(row, at):
            for replacement in replacements:
                yield kind, _put(tex, token, replacement)
    yield from _fractions(tex, row)
    yield from _symbols(tex, row, known)
    yield from _exponents(tex, row)


def _replacements(row: list[Token], at: int) -> Iterator[tuple[str, list[str]]]:
    text = row[at].text
    if text == "+":
        yield "sign changed", ["-"]
    elif text == "-":
        yield "sign changed", ["+"]
        if at == 0 or row[at - 1].text in {"(", "{", "[", ",", "&", "\\log"} | RELATIONS:
            yield "minus lost", [""]
    elif text in SWAPS:
        kind, others = SWAPS[text]
        yield kind, others
    elif text in TURNED:
        yield "relation turned", TURNED[text]
    elif text.isdigit():
        yield "digit changed", DIGITS.get(text, [str(int(text) + 1)])
    elif re.fullmatch(r"\d+\.\d+", text):
        yield "digit changed", [text[:-1] + str((int(text[-1]) + 1) % 10)]
    elif text == "\\top" and row[at - 1].text == "^":
        yield "transpose lost", ["{1}"]


def _put(tex: str, token: Token, replacement: str) -> str:
    return f"{tex[: token.start]} {replacement} {tex[token.end :]}"


def group(row: list[Token], at: int) -> int:
    """Return where the argument that begins at this token ends: behind its brace, or behind the one token."""
    depth = 0
    for end in range(at, len(row)):
        depth += (row[end].text in "{([") - (row[end].text in "})]")
        if not depth:
            return end + 1
    return len(row)


def _cut(tex: str, row: list[Token], begin: int, end: int) -> str:
    return tex[row[begin].start : row[end - 1].end]


def _fractions(tex: str, row: list[Token]) -> Iterator[Mutant]:
    """Numerator and denominator exchanged; the slash too."""
    for at, token in enumerate(row):
        if token.text == "\\frac" and at + 2 < len(row):
            middle = group(row, at + 1)
            if middle >= len(row):
                continue
            end = group(row, middle)
            top, bottom = _cut(tex, row, at + 1, middle), _cut(tex, row, middle, end)
            before, after = tex[: row[at + 1].start], tex[row[end - 1].end :]
            yield "fraction turned", f"{before} {bottom} {top} {after}"
            yield "denominator lost", f"{tex[: token.start]} {{{top}}} {after}"
        elif token.text == "/":
            yield "quotient for product", _put(tex, token, "\\cdot")


def _exponents(tex: str, row: list[Token]) -> Iterator[Mutant]:
    for at, token in enumerate(row):
        if token.text != "^" or at + 1 == len(row) or row[at + 1].text in ("\\top", "\\ast"):
            continue
        if at > 1 and _belongs_to_sum(row, at):
            continue
        end = group(row, at + 1)
        argument = _cut(tex, row, at + 1, end)
        inner = argument.removeprefix("{").removesuffix("}")
        if not inner.lstrip().startswith("-"):  # a minus that is there is lost by another mistake
            yield "exponent negated", f"{tex[: token.start]}^{{-({inner})}}{tex[row[end - 1].end :]}"
        yield "exponent lost", f"{tex[: token.start]} {tex[row[end - 1].end :]}"


def _belongs_to_sum(row: list[Token], at: int) -> bool:
    """Tell whether the ^ at this place is the upper limit of a sum: \\sum_{i=1}^{N}."""
    depth, place = 0, at - 1
    while place >= 0:
        depth += (row[place].text == "}") - (row[place].text == "{")
        if not depth:
            break
        place -= 1
    return place > 1 and row[place - 1].text == "_" and row[place - 2].text in ("\\sum", "\\prod")


def _symbols(tex: str, row: list[Token], known: Symbols) -> Iterator[Mutant]:
    """Each declared symbol exchanged for each other one of the formula, or lost."""
    places: list[tuple[int, int, str]] = []
    at = 0
    while at < len(row):
        name, length = known.longest(row, at)
        if name:
            places.append((at, at + length, name))
        at += max(length, 1)
    names = list(dict.fromkeys(name for _, _, name in places))
    for begin, end, name in places:
        if name in known.conditions:
            continue
        before, after = tex[: row[begin].start], tex[row[end - 1].end :]
        index = begin > 0 and row[begin - 1].text in ("_", "^")
        kind = (
            "index changed" if begin and (row[begin - 1].text == "_" or _in_script(row, begin)) else "symbol exchanged"
        )
        for other in names:
            if (
                other != name
                and (other in known.functions) == (name in known.functions)
                and other not in known.conditions
            ):
                yield kind, f"{before} {{{other}}} {after}" if index else f"{before} {other} {after}"
        if not index and name not in known.functions and len(row) > 1:
            yield "factor lost", f"{before} {after}"


def _in_script(row: list[Token], at: int) -> bool:
    return at > 1 and row[at - 1].text == "{" and row[at - 2].text == "_"
