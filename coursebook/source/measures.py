"""How long a chapter is, and how long it takes: what is counted in its source, and one formula for the minutes.

    python -m coursebook.source.measures        print the table of all chapters

Words are those of the main text: not of folded parts, exercises, solutions, questions, the box at the top, nor of the
references. A formula within a sentence counts as one word. Visible lines of code are those in cells without a tag,
outside of the same parts, that are not blank.

Minutes: see Times. Adults read 238 words a minute of English non-fiction silently, most of them between 175 and 300
(Brysbaert 2019, a meta-analysis of 190 studies, doi:10.1016/j.jml.2019.104047). That is reading, not learning: somebody
who reads to learn from a text takes the slow end, and stops at every formula and at the code. Those rates are set so
that the formula gives the times that readers of an earlier edition of this book measured
(docs/decisions/0029-students-edition.md).
"""

import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from coursebook.source import contents, myst

HEADER = "In this chapter"  # the title of the box at the top
REFERENCES = "References"  # the heading above what to read
HIDING_TAGS = {"remove-cell", "remove-input", "hide-input"}
PARTS = {"exercise", "solution", "question", "bibliography"}  # not main text, beside what is folded


class Measures(NamedTuple):
    """What a chapter holds."""

    words: int
    formulas: int  # displayed
    lines: int  # of code in sight
    exercises: int
    questions: int
    figures: int
    explorables: int


class Times(NamedTuple):
    """Minutes: to read, to read and to run and change the code, and with questions and exercises too."""

    reading: float
    code: float
    exercises: float


# What one of each takes a reader who means to learn it.
WORDS_A_MINUTE = 175  # the slow end of Brysbaert's range
MINUTES_A_FORMULA = 1.0  # displayed: one stops, and works out what it says
MINUTES_A_LINE = 0.1  # to read it, to run it, now and then to change it
MINUTES_A_QUESTION = 1.5
MINUTES_AN_EXERCISE = 10.0


def times(measures: Measures) -> Times:
    """Return the minutes that a chapter of these measures takes."""
    reading = measures.words / WORDS_A_MINUTE + measures.formulas * MINUTES_A_FORMULA
    code = reading + measures.lines * MINUTES_A_LINE
    return Times(
        reading, code, code + measures.questions * MINUTES_A_QUESTION + measures.exercises * MINUTES_AN_EXERCISE
    )


def spoken(minutes: float) -> str:
    """Return minutes as a person says them: to five minutes, to half an hour from an hour and a half on."""
    if minutes < 87.5:
        return f"{max(5, 5 * round(minutes / 5))} min"
    whole, half = divmod(round(minutes / 30), 2)
    return f"{whole}{'½' * half} h"


def of(path: Path) -> Measures:
    """Count what a chapter holds."""
    pieces = list(myst.pieces(path))
    apart = aside(pieces)

    def is_main(piece: myst.Piece) -> bool:
        return not any(piece.line in lines for lines in apart)

    directives = [piece for piece in pieces if isinstance(piece, myst.Directive)]
    main = [directive for directive in directives if is_main(directive)]
    cells = [directive for directive in main if directive.name == "code-cell"]
    return Measures(
        words=sum(words(piece) for piece in pieces if isinstance(piece, myst.Sentence) and is_main(piece)),
        formulas=sum(directive.name in myst.FORMULA for directive in main),
        lines=sum(len(lines_of(cell)) for cell in cells if not HIDING_TAGS & myst.tags_of(cell)),
        exercises=sum(directive.name in ("exercise", "exercise-start") for directive in directives),
        questions=sum(directive.name == "question" for directive in directives),
        figures=sum(bool({"image", "figure"} & (cell.options.get("mystnb") or {}).keys()) for cell in cells),
        explorables=sum(directive.name == "explorable" for directive in main),
    )


def words(sentence: myst.Sentence) -> int:
    """Return the number of words of a sentence."""
    return sum(bool(re.search(r"\w", word)) for word in sentence.spoken.split())


def lines_of(cell: myst.Directive) -> list[str]:
    """Return the lines of a cell that are not blank."""
    return [line for line in cell.body.splitlines() if line.strip()]


def aside(pieces: Iterable[myst.Piece]) -> list[range]:
    """Return the lines of a page that are not its main text."""
    found, opened, references = [], 0, 0
    last = 0
    for piece in pieces:
        last = max(last, piece.line)
        if isinstance(piece, myst.Sentence) and piece.heading and not references and piece.text == REFERENCES:
            references = piece.line
        if not isinstance(piece, myst.Directive):
            continue
        if piece.name in myst.GATES:
            opened = opened or piece.line
        elif piece.name in myst.GATES.values():
            found.append(range(opened, piece.line + 1))
            opened = 0
        elif piece.name in PARTS or piece.argument == HEADER or "dropdown" in str(piece.options.get("class", "")):
            found.append(range(piece.line, piece.body_line + piece.body.count("\n") + 1))
    return [*found, range(references, last + 1)] if references else found


def table(chapters: Iterable[Path]) -> str:
    """Return the measures and times of these chapters, a line each, and their sums."""
    counted = {path.stem: of(path) for path in chapters}
    width = max(map(len, counted), default=0)
    heads = [*Measures._fields, *(f"min {name}" for name in Times._fields)]
    lines = [" " * width + "".join(f"{head:>{len(head) + 2}}" for head in heads)]
    sums = Measures(*map(sum, zip(*counted.values(), strict=True))) if counted else None
    for name, measures in [*counted.items(), *([("all", sums)] if sums else [])]:
        numbers = [*measures, *(round(minutes) for minutes in times(measures))]
        pairs = zip(numbers, heads, strict=True)
        lines.append(f"{name:<{width}}" + "".join(f"{number:>{len(head) + 2},}" for number, head in pairs))
    return "\n".join(lines)


if __name__ == "__main__":
    print(table(map(Path, sys.argv[1:]) if sys.argv[1:] else contents.chapters(Path.cwd())))
