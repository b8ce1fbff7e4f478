"""Back into the learning system: its own table filled in, and the feedback under the names that it takes.

The table is what the system exports: Moodle's offline grading worksheet, Canvas's gradebook, Brightspace's and
Blackboard's grades. One column is filled, all else stays as it came. docs/decisions/0025 says where each form is
written down.
"""

import csv
import io
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat

from . import people
from .checks import AssignmentError
from .feedback import Sheet, points
from .layout import CANVAS
from .people import Person
from .store import replaced
from .tables import columns, decoded, no_formula, read_rows, separator_of

PARTICIPANT = re.compile(r"^([^\W\d]\D{5,})\d+$")
MOODLE, CANVAS_GRADES, OTHER = "Moodle", "Canvas", "other"
LIMIT = re.compile(r"(?:MaxPoints|Total Pts): ?(\d+(?:\.\d+)?)")
NOT_GRADES = re.compile(
    r"(?i)^(?:status|maximum grade|grade can be changed|last modified.*|feedback comments|integration id|root account|"
    r"availability|last access|end-of-line indicator|child course id|(?:unposted )?(?:current|final|override) .*|"
    r".*\b(?:current|final) (?:score|points|grade)\)?)$"
)


@dataclass(frozen=True)
class Target:
    """A system's table: its heads and lines, whom each line means, which column is filled, and its most points."""

    kind: str
    head: list[str]
    rows: list[list[str]]
    people: list[Person]  # `id` is the number of the line
    column: int
    most: dict[int, float]  # by line; -1 for all


@dataclass
class Filled:
    """What became of a table: how many cells were written, for whom which line, and what needs a person."""

    cells: int
    lines: list[tuple[Sheet, Person]]
    problems: list[str]


def read_target(path: Path, wanted: str = "") -> Target:
    """Return a system's table; AssignmentError if it has no people, or not one column that can be meant."""
    head, rows = read_rows(path)
    at = columns(head, people.COLUMNS)
    words = {found[1] if (found := PARTICIPANT.match(row[0])) else "" for row in rows}
    if not at["participant"] and len(words) == 1 and "" not in words:
        at["participant"] = [0]  # a worksheet of Moodle's in another language
    listed = []
    for number, row in enumerate(rows):
        cells = {kind: [row[place].strip().lstrip("#") for place in places] for kind, places in at.items()}
        if (person := people.person_of(cells)) is not None:
            listed.append(replace(person, id=str(number)))
    if not listed:
        raise AssignmentError(f"{path}: nobody stands in it: give the table that the learning system exports")
    names = [name.strip().lower() for name in head]
    kind = MOODLE if at["participant"] else OTHER
    kind = CANVAS_GRADES if kind == OTHER and {"student", "id", "section"} <= set(names) else kind
    column = column_of(path, head, [place for places in at.values() for place in places], kind, wanted)
    return Target(kind, head, rows, listed, column, limits(head, rows, column))


def column_of(path: Path, head: list[str], taken: Sequence[int], kind: str, wanted: str) -> int:
    """Return the place of the column to fill."""
    names = [name.strip() for name in head]
    if kind == MOODLE and not wanted and "grade" in map(str.lower, names):
        return [name.lower() for name in names].index("grade")
    free = [place for place, name in enumerate(names) if place not in taken and name and not NOT_GRADES.match(name)]
    fit = [place for place in free if names[place] == wanted] or [p for p in free if names[p].startswith(wanted)]
    if len(fit) != 1:
        shown = "; ".join(names[place] for place in free) or "none"
        raise AssignmentError(f"{path}: say with --column which of its columns is this assignment: {shown}")
    return fit[0]


def limits(head: list[str], rows: list[list[str]], column: int) -> dict[int, float]:
    """Return the most that the system takes, by line or (-1) for all, as far as the table says it."""
    most = {}
    if (found := LIMIT.search(head[column])) is not None:
        most[-1] = float(found[1])
    names = [name.strip().lower() for name in head]
    for number, row in enumerate(rows):
        if "points possible" in row[0].lower() and number_in(row[column]) is not None:
            most[-1] = number_in(row[column]) or 0.0
        elif "maximum grade" in names and (value := number_in(row[names.index("maximum grade")])) is not None:
            most[number] = value
    return most


def number_in(text: str) -> float | None:
    """Return a number as tables write it, 20.00 or 20,00; None if it is none."""
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return None


def line_of(sheet: Sheet, listed: list[Person]) -> list[Person]:
    """Return the lines that can mean the person of a sheet: one is right, none and several are for a person to see."""
    names = [(sheet.graded.raw, sheet.student)]
    if sheet.person:
        names = [(f"#{sheet.person.id}", sheet.person.name), (sheet.person.email.lower(), sheet.person.name)]
        names += [(sheet.graded.raw, sheet.person.name)] if not sheet.missing else []
    found = {person.id: person for key, name in names for person in people.candidates(key, name, listed)}
    return list(found.values())


def fill(target: Target, sheets: list[Sheet], scale: bool) -> Filled:
    """Write each total into its line. Who waits for marks, and who handed in nothing, keeps what the table had."""
    filled = Filled(0, [], [])
    met: set[str] = set()
    found = [(sheet, line_of(sheet, target.people)) for sheet in sheets]
    claims = Counter(lines[0].id for sheet, lines in found if len(lines) == 1 and not sheet.missing)
    for sheet, lines in found:
        met.update(line.id for line in lines)
        if len(lines) != 1 or claims[lines[0].id] > 1:
            where = "in no line" if not lines else "in several lines" if len(lines) > 1 else "in the line of another"
            filled.problems.append(f"{sheet.student}: {where} of the table, and was left out")
            continue
        number = int(lines[0].id)
        if sheet.missing:
            continue
        filled.lines.append((sheet, lines[0]))
        if sheet.unmarked:
            filled.problems.append(f"{sheet.student}: waits for marks ({', '.join(sheet.unmarked)}), and was left out")
            continue
        most = target.most.get(number, target.most.get(-1, sheet.most))
        if most != sheet.most and not scale:
            raise AssignmentError(
                f"the system gives {points(most)} points and the assignment {points(sheet.most)}: make them equal "
                "there, or say --scale"
            )
        target.rows[number][target.column] = points(sheet.total * (most / sheet.most if scale else 1))
        filled.cells += 1
    filled.problems += [f"{p.name}: in the table, and handed in nothing here" for p in target.people if p.id not in met]
    return filled


def write_target(path: Path, target: Target, like: Path) -> None:
    """Write the table in the form of the file `like`: its separator, UTF-16 if it is that, else UTF-8 unmarked."""
    content = like.read_bytes()
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    separator = separator_of(decoded(content).partition("\n")[0])
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator)
    writer.writerow(map(no_formula, target.head))
    writer.writerows(map(no_formula, row) for row in target.rows)
    with replaced(path) as draft:
        draft.write_bytes(text.getvalue().encode("utf-16" if wide else "utf-8"))


def moodle_folder(person: Person) -> str:
    """Return the folder in which Moodle looks for a participant's feedback: name_number_assignfeedback_file."""
    name = re.sub(r'[\x00-\x1f_/\\:*?"<>|]+', " ", person.name).strip(" .~") or "Participant"
    return f"{name}_{person.participant}_assignfeedback_file"


def canvas_name(names: Sequence[str]) -> str:
    """Return the name under which Canvas handed a file out, of the names on the way to it, or nothing."""
    return next((name for name in names if CANVAS.match(name)), "")


def as_notebook(sheet: Sheet) -> bytes:
    """Return a student's feedback as a notebook, for Canvas shows it under the name of what was handed in."""
    lines = [f"# {points(sheet.total)} of {points(sheet.most)} points", sheet.late]
    for item in sheet.questions:
        given = "not marked yet" if item.points is None else f"{points(item.points)} of {points(item.most)}"
        lines.append(f"## Question {item.name.removeprefix('q')}: {given}")
        lines += [f"- {'passed' if not check.why else 'not so'}: {check.says}" for check in item.checks]
        lines += [
            f"- {'' if mark is None else points(mark)} of {points(c.points)}: {c.says}" for c, mark in item.rubric
        ]
        lines.append(item.comment)
    cell = nbformat.v4.new_markdown_cell("\n\n".join(filter(None, lines)), id="feedback")
    return str(nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))).encode()


def write_feedback(path: Path, target: Target, filled: Filled, out: Path, names: dict[str, list[str]]) -> int:
    """Write the zip with everybody's feedback that the system takes; return for how many. `names`: by submission."""
    files: dict[str, bytes] = {}
    for sheet, person in filled.lines:
        page = (out / "feedback" / f"{sheet.code}.html").read_bytes()
        if target.kind == MOODLE and person.participant:
            files[f"{moodle_folder(person)}/feedback.html"] = page
        elif target.kind == CANVAS_GRADES and (name := canvas_name(names.get(sheet.graded.id, []))):
            files[name] = as_notebook(sheet) if name.lower().endswith(".ipynb") else in_a_zip(page)
    if files:
        with replaced(path) as draft, zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), content)
    return len(files)


def in_a_zip(page: bytes) -> bytes:
    """Return a zip that holds a page, for feedback on what was handed in as a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("feedback.html", page)
    return buffer.getvalue()
