"""What leaves the grader: scores.csv, a page for each student, and Gradescope's results.json.

Whatever a student can choose, a name, a text, a message, is data on its way out: escaped in pages, which may load and
run nothing, and kept from being a formula in a spreadsheet. File names come from codes, never from names.
"""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from .assignment import Assignment
from .checks import Criterion, Written
from .grading import Outcome, Result
from .people import Person
from .policy import Policy, code_of
from .store import Graded, replaced
from .tables import write_table

HERE = Path(__file__).resolve().parent
Marks = dict[tuple[str, str], tuple[list[float], str]]


@dataclass(frozen=True)
class Question:
    """A question on a student's sheet; points are None as long as a person has not marked it."""

    name: str
    points: float | None
    most: float
    checks: list[Outcome] = field(default_factory=list)
    rubric: list[tuple[Criterion, float | None]] = field(default_factory=list)
    comment: str = ""


@dataclass(frozen=True)
class Sheet:
    """Everything about one student's counting attempt: its questions, the total after lateness, and in words why."""

    student: str
    code: str
    name: str
    attempt: int
    questions: list[Question]
    kept: float
    days: int | None
    late: str
    graded: Graded
    person: Person | None = None
    free: int = 0
    unknown: bool = False

    @property
    def who(self) -> str:
        """What tells this student from all others."""
        return self.graded.who

    @property
    def id(self) -> str:
        """The roster's id, or the system's number, or nothing."""
        raw = self.graded.raw
        return self.person.id if self.person else raw[1:] if raw.startswith("#") else ""

    @property
    def missing(self) -> bool:
        """Did this person hand in nothing?"""
        return not self.graded.id

    @property
    def most(self) -> float:
        """The most points of the assignment."""
        return sum(question.most for question in self.questions)

    @property
    def earned(self) -> float:
        """The points before lateness."""
        return sum(question.points or 0.0 for question in self.questions)

    @property
    def total(self) -> float:
        """The points after lateness, to two decimals."""
        return round(self.earned * self.kept, 2)

    @property
    def unmarked(self) -> list[str]:
        """The questions that wait for a person."""
        return [f"question {question.name.removeprefix('q')}" for question in self.questions if question.points is None]


def sheet(
    assignment: Assignment, graded: Graded, policy: Policy, marks: Marks, secret: str, anonymous: bool,
    person: Person | None = None, alone: bool = True,
) -> Sheet:  # fmt: skip
    """Return the sheet of one counting attempt, for one person of the group that handed it in."""
    code = code_of(graded.who if alone or person is None else f"{graded.who}\0{person.id}", secret)
    kept, days, free = policy.kept(graded), policy.days_late(graded), policy.free(graded)
    late = ""
    if days is None or days > 0:
        when = "Handed in late" if days is None else f"Handed in late; days begun: {days}"
        late = f"{when}{f', free: {free}' if free else ''}. {kept:.0%} of the points count."
    questions = [question(assignment, name, graded, marks) for name in assignment.questions]
    student = person.name if person else graded.student
    shown = code if anonymous else student
    return Sheet(student, code, shown, graded.attempt, questions, kept, days, late, graded, person, free,
                 policy.unknown(graded))  # fmt: skip


def absent(assignment: Assignment, person: Person, policy: Policy, secret: str, anonymous: bool) -> Sheet:
    """Return the sheet of somebody of the roster who handed in nothing."""
    nothing = Graded("", person.name, 0, "", False, Result(error="nothing was handed in"), f"\0{person.id}", dated=True)
    return sheet(assignment, nothing, policy, {}, secret, anonymous, person)


def question(assignment: Assignment, name: str, graded: Graded, marks: Marks) -> Question:
    """Return one question of a sheet: what the machine gave and what a person gave."""
    checks = [outcome for outcome in graded.result.checks if outcome.question == name]
    written = next((item for item in assignment.written if item.question == name), None)
    most, points = assignment.points[name], sum(outcome.points for outcome in checks)
    if written is None:
        return Question(name, points, most, checks)
    given = marks.get((graded.id, name))
    if given is None and not graded.result.written.get(name) and not graded.result.pictures.get(name):
        given = ([0.0] * len(written.criteria), "" if graded.result.error else "No answer was found.")
    if given is None or not fits(given[0], written):
        return Question(name, None, most, checks, [(criterion, None) for criterion in written.criteria])
    rubric = list(zip(written.criteria, given[0], strict=True))
    return Question(name, points + sum(given[0]), most, checks, list(rubric), given[1])


def fits(given: list[float], written: Written) -> bool:
    """Can these points be given by the rubric as it is now?"""
    most = [criterion.points for criterion in written.criteria]
    return len(given) == len(most) and all(a <= b for a, b in zip(given, most, strict=True))


def points(number: float) -> str:
    """Return points as people write them: 2, 2.5, 2.25."""
    return f"{number:.2f}".rstrip("0").rstrip(".")


@cache
def environment() -> jinja2.Environment:
    """Return the templates, which escape whatever is put into them."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )
    made.filters["points"] = points
    return made


@cache
def asset(name: str) -> tuple[Markup, Markup]:
    """Return a style sheet or script of ours, and the hash by which a page's policy knows it."""
    text = (HERE / name).read_text(encoding="utf-8")
    return Markup(text), Markup(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())


def page(template: str, **values: Any) -> str:
    """Return a page; its policy lets it load nothing, use one style, its own, and run nothing but a script of ours."""
    style, digest = asset("page.css")
    return environment().get_template(template).render(style=style, style_hash=digest, **values)


def write_page(path: Path, template: str, **values: Any) -> None:
    """Write a page in place of the old one."""
    with replaced(path) as draft:
        draft.write_text(page(template, **values), encoding="utf-8")


def write_scores(path: Path, assignment: Assignment, sheets: list[Sheet], anonymous: bool) -> None:
    """Write scores.csv: one line a student. An anonymous one says nothing of who it is."""
    free = ["free_days"] if any(row.free for row in sheets) else []
    roster = ["section", "group"] if any(row.person for row in sheets) and not anonymous else []
    head = ["student", "id", *roster, "code", "attempt", "days_late", *free, *assignment.questions, "earned", "total"]
    lines = []
    for row in sheets:
        marks = ["" if q.points is None else points(q.points) for q in row.questions]
        unknown = "no time is known" if row.unknown else ""
        remarks = "; ".join(filter(None, [row.graded.result.error, row.late, unknown, *row.graded.result.notes]))
        days = "" if row.missing else "?" if row.days is None or row.unknown else row.days
        shown = [row.code, ""] if anonymous else [row.student, row.id]
        place = [row.person.section, row.person.group] if row.person else ["", ""]
        given = [*(place if roster else []), row.code, row.attempt or "", days, *([row.free] if free else [])]
        numbers = [points(row.earned), points(row.total), points(row.most)]
        lines.append([*shown, *given, *marks, *numbers, ", ".join(row.unmarked), remarks.replace("\n", " ")])
    write_table(path, [*head, "most", "waits_for", "remarks"], lines)


def write_names(path: Path, sheets: Iterable[Sheet]) -> None:
    """Write names.csv: which code is whose, for after the marking."""
    write_table(path, ["code", "student", "id"], ((row.code, row.student, row.id) for row in sheets))


def gradescope(row: Sheet) -> dict[str, Any]:
    """Return a sheet as the results.json that Gradescope reads: texts, never HTML."""
    result, tests = row.graded.result, []
    for item in row.questions:
        for check in item.checks:
            status, words = ("failed", f"Not so: {check.why}.") if check.why else ("passed", "")
            test = {"name": f"{check.name}: {check.says}", "number": item.name.removeprefix("q"), "status": status}
            tests.append(
                {**test, "score": check.points, "max_score": check.most, "output": words, "output_format": "text"}
            )
        for criterion, given in item.rubric if item.points is not None else ():
            name = {"name": f"{item.name}: {criterion.says}", "number": item.name.removeprefix("q")}
            tests.append({**name, "score": given, "max_score": criterion.points, "output_format": "text"})
    remarks = [f"The notebook {result.error}." if result.error else "", row.late, *result.notes]
    words = "\n".join(filter(None, remarks))
    return {"score": row.total, "output": words, "output_format": "text", "visibility": "visible", "tests": tests}


def write_all(out: Path, assignment: Assignment, sheets: list[Sheet], book: str, anonymous: bool) -> None:
    """Write everything that leaves the grader into a folder; each file is replaced as a whole, pages of nobody go."""
    book = book.rstrip("/") if re.match(r"https?://", book) else ""
    write_scores(out / "scores.csv", assignment, sheets, anonymous)
    if anonymous:
        write_names(out / "names.csv", sheets)
    handed_in = [row for row in sheets if not row.missing]
    for row in handed_in:
        write_page(out / "feedback" / f"{row.code}.html", "feedback.html",
                   title=assignment.title, sheet=row, result=row.graded.result, book=book)  # fmt: skip
        with replaced(out / "gradescope" / row.code / "results.json") as draft:
            draft.write_text(json.dumps(gradescope(row), indent=1), encoding="utf-8")
    codes = {row.code for row in handed_in}
    for page_of_nobody in [*(out / "feedback").glob("S-*.html"), *(out / "gradescope").glob("S-*")]:
        if page_of_nobody.name.removesuffix(".html") not in codes:
            shutil.rmtree(page_of_nobody) if page_of_nobody.is_dir() else page_of_nobody.unlink()


def written_of(assignment: Assignment, name: str) -> Written | None:
    """Return the written question of this name."""
    return next((item for item in assignment.written if item.question == name), None)
