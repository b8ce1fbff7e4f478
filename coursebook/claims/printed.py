"""Where a formula stands: its chapter, its line and its TeX, taken from the chapter's source."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from coursebook.claims.gate import STATEMENTS
from coursebook.source import contents, myst

INLINE = re.compile(r"(?<![$\\])\$([^$]+)\$")
RELATION = re.compile(r"=|<|>|\\(?:le|ge|leq|geq|ne|neq|approx)(?![a-zA-Z])")
BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}")
SUMMARY = re.compile(r"^## Summary$(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class Printed(NamedTuple):
    """A labelled formula as the chapter's source has it; line is that of the formula's first line."""

    label: str
    chapter: str
    line: int
    tex: str


@cache
def formulas(root: Path) -> dict[str, Printed]:
    """Return the labelled formulas of the chapters under root, by label."""
    return {found.label: found for path in contents.chapters(root) for found in _labelled(path)}


def _labelled(path: Path) -> Iterator[Printed]:
    for directive in myst.directives(path, "math"):
        label = str(directive.options.get("label") or directive.options.get("name") or "")
        if label:
            yield Printed(label, f"chapters/{path.name}", directive.body_line, directive.body)


@cache
def sentences(root: Path, whole: tuple[str, ...] = ()) -> dict[str, Printed]:
    """Return the formulas in sentences that state a relation, each as `label#2`, the second of its block.

    Read are the stated properties, the summaries (`means-summary#1`), and all of the files in whole, by their names.
    """
    found: list[Printed] = []
    for path in contents.chapters(root):
        for directive in myst.directives(path, *STATEMENTS):
            label = str(directive.options.get("label") or directive.options.get("name") or "")
            found += _relations(label, f"chapters/{path.name}", directive.body_line, directive.body)
        text = path.read_text(encoding="utf-8")
        for match in SUMMARY.finditer(text):
            line = 1 + text.count("\n", 0, match.start(1))
            found += _relations(f"{path.stem}-summary", f"chapters/{path.name}", line, match[1])
    for name in whole:
        path = root / name
        found += _relations(path.stem, name, 1, path.read_text(encoding="utf-8"))
    return {formula.label: formula for formula in found}


def _relations(block: str, chapter: str, line: int, text: str) -> Iterator[Printed]:
    number = 0
    for match in INLINE.finditer(text):
        if RELATION.search(_outside_brackets(match[1])):
            number += 1
            yield Printed(f"{block}#{number}", chapter, line + text.count("\n", 0, match.start()), match[1])


def _outside_brackets(tex: str) -> str:
    while (shorter := BRACKETS.sub("", tex)) != tex:
        tex = shorter
    return tex
