"""What a term decides and no notebook does: which attempt counts, what lateness costs, under which code one is marked.

Applied when scores are written, never stored with a result: to change a policy, grade again with other options.
A time that nobody can read is an error; one that nobody says is named, and never silently "in time".
"""

import contextlib
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from .checks import AssignmentError
from .store import Graded
from .tables import columns, plain, read_rows

NAMES = ("file", "path", "identifier", "id", "sid", "student id", "id number", "email", "e-mail", "email address",
         "name", "student", "full name", "username")  # fmt: skip
TIMES = ("time", "until", "due", "deadline", "submission time", "submitted at", "last modified (submission)")
FORMS = ("%A, %d %B %Y, %I:%M %p", "%d %B %Y, %I:%M %p", "%Y-%m-%d %H:%M:%S %z")  # Moodle's, and Gradescope's
NO_TIME = ("", "-", "none", "never")


@dataclass(frozen=True)
class Policy:
    """Late and attempt policy; times are those that the LMS says, by path or by student (Graded.who)."""

    attempts: str = "last"
    most_attempts: int = 0
    deadline: datetime | None = None
    grace: timedelta = timedelta()
    percent_a_day: float = 0.0
    most_days: int = 0
    free_days: int = 0
    times: dict[str, datetime] = field(default_factory=dict)
    extensions: dict[str, datetime] = field(default_factory=dict)
    used_elsewhere: dict[str, int] = field(default_factory=dict)  # of a budget of free days, by Graded.who

    def handed_in(self, graded: Graded) -> datetime | None:
        """Return when an attempt was handed in, by the table of times or the export itself; None if neither says."""
        said = self.times.get(graded.path) or self.times.get(graded.who)
        return said or (read_time(graded.time) if graded.time else None)

    def unknown(self, graded: Graded) -> bool:
        """Is there a deadline, and nothing that says whether it, or a later one of this student, was met?"""
        if self.deadline is None or self.handed_in(graded) is not None:
            return False
        return graded.who in self.extensions if graded.late else not graded.dated

    def days_late(self, graded: Graded) -> int | None:
        """Return the days begun after the deadline; None where it is late and nobody says by how much."""
        if self.deadline is None:
            return None if graded.late else 0
        handed_in = self.handed_in(graded)
        if handed_in is None:
            return None if graded.late else 0
        due = max(self.deadline, self.extensions.get(graded.who, self.deadline))
        beyond = handed_in - due - self.grace
        return max(0, -(-beyond // timedelta(days=1))) if beyond > timedelta() else 0

    def free(self, graded: Graded) -> int:
        """Return how many of the days late are taken from the student's free ones."""
        days = self.days_late(graded)
        days = 1 if days is None else days  # the LMS says late, and not by how much: the least that it can be
        return max(0, min(days, self.free_days - self.used_elsewhere.get(graded.who, 0)))

    def kept(self, graded: Graded) -> float:
        """Return the share of the points that lateness leaves: 1 in time, 0 where it is too late to count."""
        days = self.days_late(graded)
        days = (1 if days is None else days) - self.free(graded)
        if self.most_days and days > self.most_days:
            return 0.0
        return max(0.0, 1.0 - days * self.percent_a_day / 100)

    def chosen(self, attempts: list[Graded], worth: Callable[[Graded], float]) -> Graded:
        """Return the attempt that counts, of one student's attempts in order; `worth` says the points of one."""
        allowed = attempts[: self.most_attempts] if self.most_attempts else attempts
        if self.attempts == "first":
            return allowed[0]
        readable = [graded for graded in allowed if not graded.result.error] or allowed
        if self.attempts == "best":
            return max(readable, key=lambda graded: (worth(graded) * self.kept(graded), graded.attempt))
        return readable[-1]


def machine_points(graded: Graded) -> float:
    """Return the points that the checks gave."""
    return graded.result.score


def counting(
    graded: Iterable[Graded], policy: Policy, worth: Callable[[Graded], float] = machine_points
) -> list[Graded]:
    """Return the attempt that counts of each student, in the order of names."""
    by_student: dict[str, list[Graded]] = {}
    for row in graded:
        by_student.setdefault(row.who, []).append(row)
    chosen = [policy.chosen(attempts, worth) for attempts in by_student.values()]
    return sorted(chosen, key=lambda row: (row.student, row.who))


def code_of(who: str, secret: str) -> str:
    """Return the code under which a student is marked: it says nothing about who it is to whom lacks the secret."""
    digest = hmac.new(secret.encode(), f"code\0{who}".encode(), hashlib.sha256).hexdigest()
    return f"S-{digest[:10]}"


def read_time(text: str) -> datetime:
    """Return a time such as 2026-11-24T23:59; AssignmentError if it is none. Without a zone it is this machine's.

    A day alone is none: a deadline would be its first minute, and an extension ends with it.
    """
    text = text.strip()
    for form in ("", *FORMS) if ":" in text else ():
        with contextlib.suppress(ValueError, OverflowError):
            return (datetime.strptime(text, form) if form else datetime.fromisoformat(text)).astimezone()
    raise AssignmentError(f"{text!r} is not a time; write it like 2026-11-24T23:59 or 2026-11-24T23:59+01:00")


def read_times(path: Path) -> dict[str, str]:
    """Return the times of a table, by what stands for a student or a file in its line: exported by a system, or typed.

    Columns say who (name, id, e-mail, file, Moodle's Identifier), and one when; AssignmentError, with the line,
    for a time that cannot be read. A line without a time ("-") is left out.
    """
    head, rows = read_rows(path)
    at = columns(head, {"who": NAMES, "when": TIMES})
    if not (at["who"] and at["when"]):
        raise AssignmentError(f"{path}: needs a first line with the columns name,time; it has {', '.join(head)}")
    found: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        who = " | ".join(dict.fromkeys(plain(row[place].strip()) for place in at["who"] if row[place].strip()))
        when = row[at["when"][0]].strip()
        if when.lower() in NO_TIME:
            continue
        try:
            time = read_time(re.sub(r"\s+", " ", when)).isoformat()
        except AssignmentError as error:
            raise AssignmentError(f"{path}: line {number}: {error}") from error
        if found.setdefault(who, time) != time:
            raise AssignmentError(f"{path}: line {number}: {who} has another time in a line above: which one counts?")
    return found
