"""Where a formula stands: its chapter, its line and its TeX, taken from the chapter's source."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tools import myst


class Printed(NamedTuple):
    """A labelled formula as the chapter's source has it; line is that of the formula's first line."""

    label: str
    chapter: str
    line: int
    tex: str


@cache
def formulas(root: Path) -> dict[str, Printed]:
    """Return the labelled formulas of the chapters under root, by label."""
    return {found.label: found for path in sorted((root / "chapters").glob("*.md")) for found in _labelled(path)}


def _labelled(path: Path) -> Iterator[Printed]:
    for directive in myst.directives(path, "math"):
        label = str(directive.options.get("label") or directive.options.get("name") or "")
        if label:
            yield Printed(label, f"chapters/{path.name}", directive.body_line, directive.body)
