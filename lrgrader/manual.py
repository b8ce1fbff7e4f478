"""Written answers: a page for each question, all answers under codes, and marks that are read back from a table.

The page is a file that loads nothing: it can be given to a second marker, and works without a server and a network.
"""

import csv
import hashlib
import io
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .assignment import Assignment
from .checks import AssignmentError, Written
from .feedback import Marks, asset, fits, write_page
from .given import digest_of
from .maths import Piece, pieces
from .merging import Row, packed
from .policy import code_of
from .store import Graded, replaced
from .tables import no_formula, plain, read_table

MOST_NAMED = 20  # bad lines of a table


@dataclass(frozen=True)
class Answer:
    """An answer on its page: under a code, with what is beside it and the marks that it has."""

    code: str
    pieces: list[Piece]
    pictures: list[tuple[str, str]]
    code_of: list[tuple[str, str]]
    given: list[float]
    comment: str
    before: str
    words: str


def write(out: Path, assignment: Assignment, rows: Iterable[Graded], marks: Marks, secret: str) -> list[Path]:
    """Write a page for each question, and marks.csv to fill in; return the pages.

    Answers stand under codes and in the order of codes, so that no name and no alphabet leads the marks.
    """
    coded = sorted((code_of(row.who, secret), row) for row in rows)
    script, script_hash = asset("marks.js")
    pages = []
    for written in assignment.written:
        there = [answer(code, row, written, marks) for code, row in coded if _is_there(row, written)]
        pages.append(out / f"{written.question}.html")
        values = {"title": f"{assignment.title}: question {written.question.removeprefix('q')}", "written": written}
        values |= {"columns": columns(assignment), "key": f"{assignment.slug} {written.question} {digest(coded)}"}
        write_page(pages[-1], "manual.html", rows=there, script=script, script_hash=script_hash, **values)
    set_aside(out / "marks.csv")
    write_marks(out / "marks.csv", assignment, coded, marks, typed(out / "marks.csv"))
    return pages


def answer(code: str, row: Graded, written: Written, marks: Marks) -> Answer:
    """Return what the page shows of one answer: its text with formulas set, its pictures, and the student's code."""
    points, comment = marks.get((row.id, written.question), ([], ""))
    given = points if fits(points, written) else []
    own = sorted(row.result.code.items(), key=lambda item: item[0] != written.question)
    text = row.result.written.get(written.question, "")
    pictures = row.result.pictures.get(written.question, [])
    shown = [(name, text) for name, text in own if text.strip()]
    return Answer(code, pieces(text), pictures, shown, given, comment, packed(points), digest_of(text)[:8])


def _is_there(row: Graded, written: Written) -> bool:
    """Is there anything to mark? A pasted picture alone is an answer too."""
    result = row.result
    return bool(result.written.get(written.question) or result.pictures.get(written.question))


def columns(assignment: Assignment) -> int:
    """Return how many columns of criteria a table has."""
    return max((len(written.criteria) for written in assignment.written), default=0)


def digest(coded: list[tuple[str, Graded]]) -> str:
    """Return what tells one state of a class from another: a browser keeps unsaved marks under it."""
    return hashlib.sha256("\n".join(f"{code} {row.id}" for code, row in coded).encode()).hexdigest()[:16]


def typed(path: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the lines of a table in which a person has typed, by code, question and answer; none if there is none."""
    lines = read_table(path) if path.exists() else []
    full = [line for line in lines if any(line[name].strip() for name in line if name.startswith(("criterion", "com")))]
    return {(line.get("code", ""), line.get("question", ""), line.get("answer", "")): line for line in full}


def is_typed(line: dict[str, str], criteria: int, points: list[float], comment: str) -> bool:
    """Does a line hold more than the table that it is in was written with? points and comment: what is stored now.

    Else a mark that somebody else has changed meanwhile would come back as if it had been typed.
    """
    given = [(line.get(f"criterion {number}") or "").strip().replace(",", ".") for number in range(1, criteria + 1)]
    before = (line.get("before") or "").strip()
    try:
        if packed(map(float, given)) != before:
            return True
    except ValueError:
        return any(given) or bool(line.get("comment"))
    return packed(points) == before and plain(line.get("comment") or "") != comment


def write_marks(
    path: Path, assignment: Assignment, coded: list[tuple[str, Graded]], marks: Marks,
    had: dict[tuple[str, str, str], dict[str, str]],
) -> None:  # fmt: skip
    """Write the table to fill in: a line for each answer, a column for each criterion, and the marks so far.

    What was typed into the table before (`had`) and not taken over stays, as long as the answer is the same.
    """
    most = columns(assignment)
    heads = [*(f"criterion {number}" for number in range(1, most + 1)), "comment", "before"]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["code", "question", *heads, "answer"])
    for written in assignment.written:
        for code, row in coded:
            if not _is_there(row, written):
                continue
            words = digest_of(row.result.written.get(written.question, ""))[:8]
            points, comment = marks.get((row.id, written.question), ([], ""))
            line = had.get((code, written.question, words))
            if line is not None and is_typed(line, len(written.criteria), points, comment):
                writer.writerow([code, written.question, *(line.get(name, "") for name in heads), words])
                continue
            cells = [f"{value:g}" for value in points] + [""] * (most - len(points))
            writer.writerow([code, written.question, *cells, no_formula(comment), packed(points), words])
    encoding = "utf-8" if text.getvalue().isascii() else "utf-8-sig"  # without its mark, Excel garbles umlauts
    with replaced(path) as draft:
        draft.write_bytes(text.getvalue().encode(encoding))


def read(path: Path, assignment: Assignment, rows: Iterable[Graded], secret: str) -> list[Row]:
    """Return the marks of a filled-in table, for the store; AssignmentError, naming each bad line, if any is bad.

    A line without any mark is an answer that is not marked yet, and is left alone.
    """
    by_code = {code_of(row.who, secret).lower(): row for row in rows}
    by_question = {written.question: written for written in assignment.written}
    found, wrong = [], []
    table = [{head.strip().lower(): cell for head, cell in line.items()} for line in read_table(path)]
    needed = ["code", "question", *(f"criterion {number}" for number in range(1, columns(assignment) + 1))]
    if lost := [name for name in needed if not table or name not in table[0]]:
        raise AssignmentError(f"{path}: no mark was taken over: a table of marks has a column {lost[0]!r}; "
                              "take the first line of marks.csv as lrgrade writes it")  # fmt: skip
    for number, line in enumerate(table, start=2):
        row, written = by_code.get(line["code"].strip().lower()), by_question.get(line["question"].strip().lower())
        if row is None or written is None:
            wrong.append(f"line {number}: no answer {line.get('code')!r} to {line.get('question')!r}")
            continue
        words = row.result.written.get(written.question, "")
        if line.get("answer") and line["answer"] != digest_of(words)[:8]:
            wrong.append(f"line {number}: {line['code']} has handed in another answer since: take its new line")
            continue
        given = [(line.get(f"criterion {index}") or "").strip() for index in range(1, len(written.criteria) + 1)]
        if not any(given):
            continue
        try:
            points, comment = _points(given, written), plain(line.get("comment") or "")
            found.append(Row(row.id, written.question, points, comment, line.get("before") or "", path))
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        more = [f"and {len(wrong) - MOST_NAMED} more lines"] if len(wrong) > MOST_NAMED else []
        lines = "\n  ".join(wrong[:MOST_NAMED] + more)
        raise AssignmentError(f"{path}: no mark was taken over; correct these lines first:\n  {lines}")
    return found


def set_aside(path: Path) -> Path | None:
    """Copy a table that a person may have typed in to a name that is free, and return that; None if there is none."""
    if not path.exists():
        return None
    number = 1
    while (copy := path.with_name(f"{path.stem}-before-{number}{path.suffix}")).exists():
        number += 1
    shutil.copy2(path, copy)
    return copy


def _points(given: list[str], written: Written) -> list[float]:
    """Return the points of a line; ValueError, in words, for one that cannot be given."""
    points = []
    for text, criterion in zip(given, written.criteria, strict=True):
        try:
            value = float(text.replace(",", "."))
        except ValueError:
            raise ValueError(f"{text!r} for {criterion.says!r} is not a number") from None
        if not 0 <= value <= criterion.points or not (2 * value).is_integer():
            raise ValueError(f"{text} for {criterion.says!r}: from 0 to {criterion.points:g}, in halves")
        points.append(value)
    return points
