"""The list of givens: numbers that a page may type, each with the kind of its reason and the reason itself.

    [accuracy]
    "a thousand steps" = "code: steps=1000"

The text on the left is a piece of the page that holds the number. Of the kinds, three are verified and two are not:

    code: ...         these words are in a code cell of the page and hold the number
    arithmetic: ...   this equation (or several, with commas) is true and holds the number: 80 + 15 == 95
    claim: label      a test bears this label, which is the page's
    given: ...        the page itself defines it: a worked example, a choice, a way of speaking
    reference: ...    a year, a version, a fact that a source says
"""

import ast
import operator
import re
import tomllib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import NamedTuple

from coursebook.source import contents, myst

CONSTANTS = "book/prose_constants.toml"
VERIFIED = ("code", "arithmetic", "claim")
KINDS = (*VERIFIED, "given", "reference")
LITERAL = re.compile(r"(?<![\w.])(?<![eE][-+])(\d[\d_]*)(?:\.0*)?(?![\w.])")
LABEL = re.compile(r"^\s*:(?:label|name):\s*(\S+)", re.MULTILINE)
OPERATORS: dict[type, Callable[[int, int], int]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}  # fmt: skip


class Given(NamedTuple):
    """One line of the list: the piece of the page, the kind of the reason (empty if there is none), the reason."""

    text: str
    kind: str
    reason: str

    def covers(self, spelled: str, text: str, start: int, end: int) -> bool:
        """Tell whether this is about the number that stands between start and end of a text of the page."""
        if self.text == spelled:
            return True
        piece = r"\s+".join(re.escape(word) for word in self.text.split())
        return any(found.start() <= start and end <= found.end() for found in re.finditer(piece, text))


def read(root: Path) -> dict[str, list[Given]]:
    """Return the list, by the names of the pages."""
    path = root / CONSTANTS
    tables = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {page: [_given(text, said) for text, said in table.items()] for page, table in tables.items()}


def _given(text: str, said: str) -> Given:
    kind, colon, reason = said.partition(":")
    return Given(text, kind, reason.strip()) if colon and kind in KINDS else Given(text, "", said)


def weakness(given: Given, path: Path, values: Collection[int], tested: Collection[str]) -> str:
    """Return why the reason does not hold for these numbers, or nothing."""
    if not given.kind:
        return f"needs a reason that begins with its kind, one of {', '.join(f'{kind}:' for kind in KINDS)}"
    if given.kind == "code":
        return _not_in_code(given.reason, path, values)
    if given.kind == "arithmetic":
        return _not_arithmetic(given.reason, values)
    if given.kind == "claim":
        labels = LABEL.findall(path.read_text(encoding="utf-8"))
        known = given.reason in labels and given.reason in tested
        return "" if known else f'names the claim "{given.reason}", which is not a label of the page that a test bears'
    return "" if len(given.reason.split()) > 1 else "needs a reason in words"


def in_code(source: str) -> set[int]:
    """Return the whole numbers that a piece of code types."""
    return {int(digits.replace("_", "")) for digits in LITERAL.findall(source)}


def _not_in_code(words: str, path: Path, values: Collection[int]) -> str:
    bare = "".join(words.split())
    if path.suffix == ".js":
        sources = [path.read_text(encoding="utf-8")]
    else:
        sources = [cell.body for cell in myst.directives(path, "code-cell")]
    if not bare or not any(bare in "".join(source.split()) for source in sources):
        return f'says that the code has "{words}", which no cell of the page does: correct the one or the other'
    lost = set(values) - in_code(words)
    return f'says that the code has "{words}", which does not hold {min(lost)}: correct the number' if lost else ""


def _not_arithmetic(words: str, values: Collection[int]) -> str:
    held: set[int] = set()
    for equation in words.split(","):
        try:
            sides = _sides(equation)
        except (SyntaxError, ValueError, ZeroDivisionError):
            sides = []
        if len(set(sides)) != 1:
            return f'says "{equation.strip()}", which is not a true equation of whole numbers, such as 80 + 15 == 95'
        held |= {*sides, *in_code(equation)}
    lost = set(values) - held
    return f'says "{words}", which does not hold {min(lost)}: correct the number' if lost else ""


def _sides(equation: str) -> list[int]:
    tree = ast.parse(equation.strip(), mode="eval").body
    if not isinstance(tree, ast.Compare) or not all(isinstance(operation, ast.Eq) for operation in tree.ops):
        raise ValueError(equation)
    return [_worth(side) for side in (tree.left, *tree.comparators)]


def _worth(node: ast.expr) -> int:
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](_worth(node.left), _worth(node.right))
    raise ValueError(ast.unparse(node))


def stray(givens: Collection[str], paths: Collection[Path]) -> list[str]:
    """Return the tables of the list that belong to no page."""
    gone = sorted(set(givens) - {contents.page_name(path) for path in paths})
    return [f"{CONSTANTS}: [{name}] is the name of no page: rename or remove the table" for name in gone]
