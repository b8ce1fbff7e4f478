"""A term's folder as the commands see it: its settings, its class, everybody's sheet, and what a total is due to."""

import contextlib
import json
import shutil
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from . import feedback, people, settings
from .assignment import Assignment
from .checks import AssignmentError
from .feedback import Marks, Sheet
from .people import Class, Person
from .policy import Policy, counting, read_time
from .settings import Settings
from .store import Graded, Store, replaced

MOST_NAMED = 30  # changed totals; scores.csv has them all


@dataclass
class Term:
    """The folder `out`, open in `store`; `before` are the settings of the last run, None in the first."""

    out: Path
    store: Store
    settings: Settings
    before: Settings | None
    roster: list[Person]
    unlisted: list[str] = field(default_factory=list)  # who was in the roster before, and is not in this one
    problems: list[str] = field(default_factory=list)  # what needs a person: lines that match nobody, unknown times

    def enrolled(self) -> tuple[Class, Policy]:
        """Return the class, and the policy with each line of its tables given to whom it means."""
        group = people.enrol(self.store.graded(self.store.version()), self.roster)
        tables: dict[str, dict[str, str]] = {}
        self.problems = [
            f"withdrawn {key!r}: nobody is known by that; take it out of {settings.FILE} and say --withdraw NAME"
            for key in self.store.never_came(self.settings.withdrawn)
        ]
        for name, word in (("times", "time"), ("extensions", "extension")):
            tables[name] = {}
            for text, when in getattr(self.settings, name).items():
                meant = people.whom(text, group)
                if not meant:
                    self.problems.append(f"{word} for {text!r}: nobody, or more than one, is called so")
                elif any(row.path == text for row in group.rows):
                    tables[name][text] = when
                else:
                    (who,) = meant
                    if tables[name].setdefault(who, when) != when:
                        self.problems.append(f"{word} for {text!r}: another line means the same one; this counts")
                    tables[name][who] = when
        policy = self.settings.policy(tables["times"], tables["extensions"])
        if policy.free_days:
            policy.used_elsewhere.update(self._used_elsewhere(group))
        return group, policy

    def counted(self, group: Class, policy: Policy, assignment: Assignment, marks: Marks) -> list[Graded]:
        """Return the attempts that count; under "best" the points given by hand are points too."""

        def worth(row: Graded) -> float:
            names = assignment.questions
            return sum(feedback.question(assignment, name, row, marks).points or 0.0 for name in names)

        return counting(group.rows, policy, worth)

    def sheets(self, assignment: Assignment) -> tuple[list[Sheet], Class]:
        """Return everybody's sheet, also of those who handed in nothing and of each member of a group."""
        group, policy = self.enrolled()
        marks, secret, anonymous = self.store.marks(), self.store.secret(), self.settings.anonymous
        sheets = []
        for row in self.counted(group, policy, assignment, marks):
            those: list[Person | None] = [*group.people.get(row.who, [])] or [None]
            for person in those:
                alone = len(those) == 1
                sheets.append(feedback.sheet(assignment, row, policy, marks, secret, anonymous, person, alone))
        absent = [feedback.absent(assignment, person, policy, secret, anonymous) for person in group.absent]
        sheets = [*sheets, *absent]
        sheets.sort(key=lambda sheet: sheet.code if anonymous else sheet.student)
        self.problems += [f"not in the roster: {line}" for line in group.strangers]
        late = sorted({sheet.student for sheet in sheets if sheet.unknown})
        if late:
            names = ", ".join(late[:MOST_NAMED]) + (", …" if len(late) > MOST_NAMED else "")
            self.problems.append(
                f"no time is known of {len(late)} (? in scores.csv): no day is charged, or one if it is marked late: "
                f"{names}"
            )
        return sheets, group

    def write(self, assignment: Assignment) -> tuple[list[Sheet], list[str]]:
        """Write scores, pages and Gradescope's files; return the sheets, and a line for each total that changed."""
        sheets, _ = self.sheets(assignment)
        feedback.write_all(self.out, assignment, sheets, self.settings.book, self.settings.anonymous)
        used = {sheet.id or sheet.who: sheet.free for sheet in sheets if sheet.free}
        totals = {
            sheet.code: [sheet.graded.id, sheet.graded.result.score, sheet.earned, sheet.total] for sheet in sheets
        }
        self.problems += self._other_rubrics(assignment)
        before = self.store.kept("totals", {})
        self.store.keep("free days", used)
        self.store.keep("totals", totals)
        return sheets, why_changed(sheets, before)

    def _other_rubrics(self, assignment: Assignment) -> list[str]:
        """Return, once for each change, the questions whose marks were given by another rubric."""
        rubrics = {w.question: [[c.points, c.says] for c in w.criteria] for w in assignment.written}
        before, given = self.store.kept("rubrics", {}), [question for _, question in self.store.marks()]
        self.store.keep("rubrics", rubrics)
        return [
            f"the rubric of {name} is another now; marks given by the one before: {given.count(name)}"
            for name, rubric in rubrics.items()
            if before.get(name, rubric) != rubric and name in given
        ]

    def keep(self) -> None:
        """Keep the settings, for people in settings.toml and for the next comparison in the database."""
        settings.write(self.out, self.settings)
        self.store.keep("settings", dict(vars(self.settings)))

    def withdraw(self, names: Iterable[str]) -> None:
        """Let these students no longer count; AssignmentError, before anybody is withdrawn, for a name nobody has."""
        group = people.enrol(self.store.graded(self.store.version()), self.roster)
        keys: set[str] = set()
        for name in names:
            meant = people.whom(name, group)
            if not meant:
                raise AssignmentError(
                    f"--withdraw {name}: nobody, or more than one, is called so; nobody was withdrawn"
                )
            keys |= {row.raw for row in group.rows if row.who in meant}
        self.settings = replace(self.settings, withdrawn=sorted({*self.settings.withdrawn, *keys}))
        self.store.attend(self.settings.withdrawn)

    def _used_elsewhere(self, group: Class) -> dict[str, int]:
        """Return the free days that each has used in the assignments beside this folder that were due before."""
        used: dict[str, int] = {}
        due = read_time(self.settings.deadline)
        for folder in sorted(path.parent for path in self.out.resolve().parent.glob(f"*/{settings.FILE}")):
            other = settings.read(folder)
            if folder == self.out.resolve() or other is None or not other.deadline or read_time(other.deadline) >= due:
                continue
            for id, days in free_days_of(folder).items():
                for who in {row.who for row in group.rows}:
                    if id in {who, *(person.id for person in group.people.get(who, []))}:
                        used[who] = max(used.get(who, 0), 0) + days
        return used


def free_days_of(folder: Path) -> dict[str, int]:
    """Return the free days used in another assignment's folder, by id."""
    with contextlib.closing(sqlite3.connect(f"file:{folder / 'grades.sqlite'}?mode=ro", uri=True)) as db:
        row = db.execute("SELECT value FROM fact WHERE name = 'free days'").fetchone()
    return dict(json.loads(row[0])) if row else {}


def opened(out: Path, store: Store, told: dict[str, Any], roster: Path | None = None) -> Term:
    """Return the term of a folder after the options of a command; nothing is written but a new roster's copy.

    The file is what counts, for a person may have edited it; what the last run went by is in the database.
    """
    kept = store.kept("settings", {})
    before = settings.settings_from(kept, str(out / "grades.sqlite")) if kept else None
    base = settings.read(out) or before or Settings()
    listed = people.read_roster(roster) if roster else []
    made = base.told(told)
    unlisted = []
    if listed and (out / people.ROSTER).exists():
        ids = {person.id for person in listed}
        unlisted = [f"{p.name} ({p.id})" for p in people.read_roster(out / people.ROSTER) if p.id not in ids]
    if roster and roster.resolve() != (out / people.ROSTER).resolve():
        with replaced(out / people.ROSTER) as draft:
            shutil.copyfile(roster, draft)
    if not listed and (out / people.ROSTER).exists():
        listed = people.read_roster(out / people.ROSTER)
    return Term(out, store, made, before, listed, unlisted)


def why_changed(sheets: list[Sheet], before: dict[str, Any]) -> list[str]:
    """Return a line for each total that is not what it was, with what that is due to."""
    lines = []
    for sheet in sheets:
        old, graded = before.get(sheet.code), sheet.graded
        if old is None or old[3] == sheet.total:
            continue
        if old[0] != graded.id:
            why = "handed in" if not old[0] else f"attempt {graded.attempt} counts now"
        elif old[1] != graded.result.score:
            why = "the checks"
        else:
            why = "marks by hand" if old[2] != sheet.earned else "the settings"
        lines.append(f"{sheet.name}: {old[3]:g} -> {sheet.total:g} ({why})")
    return lines
