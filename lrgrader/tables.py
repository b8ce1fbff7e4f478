"""Tables that people make and open in spreadsheets: read whatever saved them, written so that nothing in them runs.

A cell that a spreadsheet would take for a formula begins with an apostrophe. What is written is UTF-8 with a byte order
mark, without which Excel garbles "Müller"; the learning systems' importers skip the mark, or are given none.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from .checks import AssignmentError
from .store import replaced

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def read_table(path: Path) -> list[dict[str, str]]:
    """Return the lines of a table as any spreadsheet saves it: commas, semicolons or tabs; UTF-8, UTF-16 or cp1252."""
    head, rows = read_rows(path)
    return [dict(zip(head, row, strict=False)) for row in rows]


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the heads of a table and its lines, each as long as the heads or longer; empty lines are left out."""
    try:
        text = decoded(path.read_bytes())
        first, _, rest = text.partition("\n")
        if (said := re.fullmatch(r"sep=(.)\r?", first)) is not None:  # Excel's own way to name the separator
            text, first = rest, rest.partition("\n")[0]
        separator = said[1] if said else separator_of(first)
        head, *rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator)) or [[]]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AssignmentError(f"{path}: cannot be read ({error})") from error
    return head, [row + [""] * (len(head) - len(row)) for row in rows if any(row)]


def decoded(content: bytes) -> str:
    """Return a table's text from the encodings that spreadsheets write."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252")


def separator_of(head: str) -> str:
    """Return what separates the cells of a line: comma, semicolon or tab."""
    return max(",;\t", key=head.count)


def write_table(path: Path, head: Sequence[str], rows: Iterable[Iterable[object]], *, mark: bool = True) -> None:
    """Write a table in place of the old one, no cell of it a formula; `mark` says whether with a byte order mark."""
    with replaced(path) as draft, open(draft, "w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(map(no_formula, head))
        writer.writerows(map(no_formula, row) for row in rows)


def no_formula(value: object) -> str:
    """Return a cell of a table that no spreadsheet takes for a formula."""
    text = str(value)
    if text == "-":  # "nothing" in Moodle's worksheet, which reads it again
        return text
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def plain(text: str) -> str:
    """Return what a cell said before `no_formula` guarded it."""
    return text[1:] if text.startswith("'") and text[1:].lstrip(" ").startswith(FORMULA) else text


def folded(head: str) -> str:
    """Return a column's head so that "E-mail", "email" and "E Mail" are one."""
    return re.sub(r"[\W_]+", "", head.lower())


def columns(head: Sequence[str], known: dict[str, tuple[str, ...]]) -> dict[str, list[int]]:
    """Return the places of the columns that each kind names, in the order in which the kind lists them."""
    places = {folded(name): place for place, name in reversed(list(enumerate(head)))}
    return {kind: [places[folded(n)] for n in names if folded(n) in places] for kind, names in known.items()}
