"""Parts of a chapter between a directive that starts them and one that ends them: what may be wrong with a pair.

    ````{deeper-start} Where the formula comes from
    ````

    Text, formulas, cells: anything but a heading.

    ````{deeper-end}
    ````

sphinx-exercise checks its own pairs, exercises and solutions, which are known here because no pair may lie in another.
"""

from collections.abc import Iterator
from pathlib import Path

from coursebook.source import myst

START, END = "deeper-start", "deeper-end"
REMEDY = {
    END: "write ````{deeper-end} below what belongs to it",
    START: "write ````{deeper-start} and a title above what belongs to it",
}


def problems(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the words of whatever keeps the page from folding its parts, each with what to do."""
    opened: myst.Directive | None = None
    for piece in myst.pieces(path):
        if isinstance(piece, myst.Sentence) and piece.heading and opened:
            yield piece.line, f"a heading inside the part that {START} begins on line {opened.line}: end the part first"
        elif isinstance(piece, myst.Directive):
            if piece.name in (START, END):
                around = [name for name in piece.within if name != START]
                if around:
                    yield piece.line, f"{piece.name} inside {around[-1]}: move it out, a part is not folded twice"
                if piece.name == START and not piece.argument:
                    yield piece.line, f"{START} without a title: say behind it what the part holds"
            elif opened and piece.name in (*myst.GATES, *myst.GATES.values()):
                yield (
                    piece.line,
                    f"{piece.name} inside the part that {START} begins on line {opened.line}: end it first",
                )
            if piece.name == START:
                if opened:
                    yield piece.line, f"{START} inside the part that begins on line {opened.line}: {REMEDY[END]} first"
                opened = piece
            elif piece.name == END:
                if not opened:
                    yield piece.line, f"{END} without a {START}: {REMEDY[START]}"
                opened = None
    if opened:
        yield opened.line, f"{START} without a {END}: {REMEDY[END]}"
