"""The gate on lengths: course_words at most in each chapter, course_visible_lines in all chapters together.

    python -m coursebook.gates.lengths      exits 1 on a problem

What is counted, source/measures.py says; the limits stand in _config.yml. Without a limit nothing is refused. Where
the lines are limited, the book's own must be out of sight: glue belongs in a cell tagged `remove-cell`. And no box at
the top of a chapter states minutes: they are computed.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from coursebook.source import contents, measures, myst, settings

GLUE = re.compile(r"\bglue\b")
TYPED_MINUTES = re.compile(r"\b(?:minutes|hours|min|h)\b.*\bneeds\b")
SHORTEN = "fold a digression with {deeper-start}, or shorten"
HIDE = "fold plotting with hide-input, take out the book's own lines with remove-cell, or shorten"


def problems(root: Path) -> list[str]:
    """Return what is too long, with by how much, and what should be out of sight."""
    limits, chapters = settings.of(root), contents.chapters(root)
    counted = {path: measures.of(path) for path in chapters}
    found = []
    if limits.words:
        most = int(limits.words)
        for path, its in counted.items():
            if its.words > most:
                found.append(f"{path}: {its.words - most:,} words over {most:,} in the main text: {SHORTEN}")
    if limits.visible_lines:
        most, total = int(limits.visible_lines), sum(its.lines for its in counted.values())
        if total > most:
            each = ", ".join(f"{path.stem} {its.lines}" for path, its in counted.items())
            found.append(f"the chapters: {total - most:,} lines of code in sight over {most:,} ({each}): {HIDE}")
        for path in chapters:
            found += _in_sight(path)
    if limits.words or limits.visible_lines:
        found += [problem for path in chapters for problem in _typed_times(path)]
    return myst.shortened(found, root)


def _in_sight(path: Path) -> Iterator[str]:
    """Yield the lines of the book's own that a reader would see."""
    for cell in myst.directives(path, "code-cell"):
        if "remove-cell" in myst.tags_of(cell):
            continue
        for number, line in enumerate(cell.body.splitlines(), start=cell.body_line):
            if GLUE.search(line):
                yield f"{path}:{number}: glue in sight: move the line to a cell tagged remove-cell, below this one"


def _typed_times(path: Path) -> Iterator[str]:
    """Yield the line of a box that types what is computed."""
    for box in myst.directives(path, "admonition"):
        for number, line in enumerate(box.body.splitlines(), start=box.body_line):
            if box.argument == measures.HEADER and TYPED_MINUTES.search(line):
                yield f"{path}:{number}: typed minutes: they are computed; leave the line from “needs” on"


def main() -> int:
    """Check all chapters."""
    found = problems(Path.cwd())
    print("\n".join(found) if found else "no chapter is longer than it may be")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
