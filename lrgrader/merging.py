"""Bring together the marks of several people: what agrees is taken over, what does not is listed and left as it was.

A table says, in its column `before`, which marks its answer had when it was written. Who changes a mark after having
seen it corrects it; anyone who gives one where somebody else has meanwhile given another contradicts it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .feedback import Marks


@dataclass(frozen=True)
class Row:
    """A line of a table of marks: whose answer, to which question, the points for each criterion, and words."""

    submission: str
    question: str
    points: list[float]
    comment: str
    before: str = ""
    source: Path | None = None

    @property
    def answer(self) -> tuple[str, str]:
        """What the marks are for."""
        return self.submission, self.question

    @property
    def mark(self) -> tuple[list[float], str]:
        """What is given."""
        return self.points, self.comment

    def says(self, old: tuple[list[float], str] | None) -> bool:
        """Does the line know this mark, as it is stored, by what the table said before?"""
        return old is not None and self.before.strip() == packed(old[0])


def packed(points: Iterable[float]) -> str:
    """Return marks in one cell of a table, in a form that no spreadsheet takes for a number or a date."""
    return " + ".join(f"{value:g}" for value in points) + " points" if points else ""


def merge(rows: Iterable[Row], stored: Marks, replace: bool = False) -> tuple[list[Row], list[list[Row]]]:
    """Return the lines to take over, one for each answer, and the lines of each answer on which people disagree.

    A line that only repeats what is stored says nothing. With `replace` a line counts against what is stored, but
    never against another line.
    """
    told: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row.mark != stored.get(row.answer):
            told.setdefault(row.answer, []).append(row)
    taken, torn = [], []
    for answer, lines in told.items():
        old = stored.get(answer)
        agreed = all(line.mark == lines[0].mark for line in lines)
        if agreed and (old is None or replace or all(line.says(old) for line in lines)):
            taken.append(lines[0])
        else:
            torn.append(lines)
    return taken, torn


def in_words(lines: list[Row], old: tuple[list[float], str] | None, code: str) -> str:
    """Return a disagreement as a line for the marker."""
    said = [f"{line.source.name if line.source else 'the table'} says {_shown(line.mark)}" for line in lines]
    kept = f"stored is {_shown(old)}" if old is not None else "nothing is stored"
    return f"{code} {lines[0].question}: {', '.join(said)}; {kept}"


def _shown(mark: tuple[list[float], str]) -> str:
    words = f" ({mark[1][:60]!r})" if mark[1] else ""
    return " + ".join(f"{value:g}" for value in mark[0]) + words
