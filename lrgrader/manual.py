"""Written answers: a page for each question, all answers under codes, and marks that are read back from a table."""

import csv
import shutil
from collections.abc import Iterable
from pathlib import Path

from .assignment import Assignment
from .checks import AssignmentError, Written
from .feedback import Marks, write_page
from .given import digest_of
from .policy import code_of
from .store import Graded, replaced
from .tables import no_formula, read_table

MOST_NAMED = 20  # bad lines of a table
Row = tuple[str, str, list[float], str]  # submission, question, points for each criterion, comment


def write(out: Path, assignment: Assignment, rows: Iterable[Graded], marks: Marks, secret: str) -> list[Path]:
    """Write a page for each question, and marks.csv to fill in; return the pages.

    Answers stand under codes and in the order of codes, so that no name and no alphabet leads the marks.
    """
    coded = sorted((code_of(row.who, secret), row) for row in rows)
    pages = []
    for written in assignment.written:
        answers = []
        for code, row in coded:
            given = marks.get((row.id, written.question))
            text = row.result.written.get(written.question, "")
            answers.append((code, text, None if given is None else sum(given[0])))
        pages.append(out / f"{written.question}.html")
        title = f"{assignment.title}: question {written.question.removeprefix('q')}"
        write_page(pages[-1], "manual.html", title=title, written=written, rows=answers)
    set_aside(out / "marks.csv")
    write_marks(out / "marks.csv", assignment, coded, marks, typed(out / "marks.csv"))
    return pages


def typed(path: Path) -> dict[tuple[str, str, str], dict[str, str]]:
    """Return the lines of a table in which a person has typed, by code, question and answer; none if there is none."""
    lines = read_table(path) if path.exists() else []
    full = [line for line in lines if any(line[name].strip() for name in line if name.startswith(("criterion", "com")))]
    return {(line.get("code", ""), line.get("question", ""), line.get("answer", "")): line for line in full}


def write_marks(
    path: Path, assignment: Assignment, coded: list[tuple[str, Graded]], marks: Marks,
    had: dict[tuple[str, str, str], dict[str, str]],
) -> None:  # fmt: skip
    """Write the table to fill in: a line for each answer, a column for each criterion, and the marks so far.

    What was typed into the table before (`had`) and not taken over stays, as long as the answer is the same.
    """
    most = max((len(written.criteria) for written in assignment.written), default=0)
    with replaced(path) as draft, open(draft, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        heads = [*(f"criterion {number}" for number in range(1, most + 1)), "comment"]
        writer.writerow(["code", "question", *heads, "answer"])
        for written in assignment.written:
            for code, row in coded:
                if not (words := row.result.written.get(written.question)):
                    continue
                answer = digest_of(words)[:8]
                if before := had.get((code, written.question, answer)):
                    writer.writerow([code, written.question, *(before.get(name, "") for name in heads), answer])
                    continue
                points, comment = marks.get((row.id, written.question), ([], ""))
                cells = [f"{value:g}" for value in points] + [""] * (most - len(points))
                writer.writerow([code, written.question, *cells, no_formula(comment), answer])


def read(
    path: Path, assignment: Assignment, rows: Iterable[Graded], secret: str
) -> list[tuple[str, str, list[float], str]]:
    """Return the marks of a filled-in table, for the store; AssignmentError, naming each bad line, if any is bad.

    A line without any mark is an answer that is not marked yet, and is left alone.
    """
    by_code = {code_of(row.who, secret): row for row in rows}
    by_question = {written.question: written for written in assignment.written}
    found, wrong = [], []
    table = read_table(path)
    for number, line in enumerate(table, start=2):
        row, written = by_code.get(line.get("code") or ""), by_question.get(line.get("question") or "")
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
            found.append((row.id, written.question, _points(given, written), (line.get("comment") or "").lstrip("'")))
        except ValueError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        more = [f"and {len(wrong) - MOST_NAMED} more lines"] if len(wrong) > MOST_NAMED else []
        lines = "\n  ".join(wrong[:MOST_NAMED] + more)
        raise AssignmentError(f"{path}: no mark was taken over, mend this first:\n  {lines}")
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
