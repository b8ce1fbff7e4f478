"""What a term decides and no notebook does: which attempt counts, what lateness costs, under which code one is marked.

Applied when scores are written, never stored with a result: to change a policy, grade again with other options.
"""

import csv
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from .checks import AssignmentError
from .store import Graded


@dataclass(frozen=True)
class Policy:
    """Late and attempt policy; times are those that the LMS says, by path or by student."""

    attempts: str = "last"
    most_attempts: int = 0
    deadline: datetime | None = None
    grace: timedelta = timedelta()
    percent_a_day: float = 0.0
    most_days: int = 0
    times: dict[str, datetime] = field(default_factory=dict)

    def days_late(self, graded: Graded) -> int | None:
        """Return the days begun after the deadline; None where it is late and nobody says by how much."""
        if self.deadline is None:
            return None if graded.late else 0
        handed_in = self.times.get(graded.path) or self.times.get(graded.student)
        if handed_in is None:
            return None if graded.late else 0
        beyond = handed_in - self.deadline - self.grace
        return max(0, -(-beyond // timedelta(days=1))) if beyond > timedelta() else 0

    def kept(self, graded: Graded) -> float:
        """Return the share of the points that lateness leaves: 1 in time, 0 where it is too late to count."""
        days = self.days_late(graded)
        days = 1 if days is None else days  # the LMS says late, and not by how much: the least that it can be
        if self.most_days and days > self.most_days:
            return 0.0
        return max(0.0, 1.0 - days * self.percent_a_day / 100)

    def chosen(self, attempts: list[Graded]) -> Graded:
        """Return the attempt that counts, of one student's attempts in order."""
        allowed = attempts[: self.most_attempts] if self.most_attempts else attempts
        if self.attempts == "first":
            return allowed[0]
        readable = [graded for graded in allowed if not graded.result.error] or allowed
        if self.attempts == "best":
            return max(readable, key=lambda graded: (graded.result.score * self.kept(graded), graded.attempt))
        return readable[-1]


def counting(graded: Iterable[Graded], policy: Policy) -> list[Graded]:
    """Return the attempt that counts of each student, in the order of names."""
    by_student: dict[str, list[Graded]] = {}
    for row in graded:
        by_student.setdefault(row.student, []).append(row)
    return [policy.chosen(by_student[student]) for student in sorted(by_student)]


def code_of(student: str, secret: str) -> str:
    """Return the code under which a student is marked: it says nothing about who it is to whom lacks the secret."""
    digest = hmac.new(secret.encode(), f"code\0{student}".encode(), hashlib.sha256).hexdigest()
    return f"S-{digest[:10]}"


def read_time(text: str) -> datetime:
    """Return a time such as 2026-11-24T23:59; AssignmentError if it is none. Without a zone it is this machine's."""
    try:
        return datetime.fromisoformat(text.strip()).astimezone()
    except ValueError as error:
        raise AssignmentError(
            f"{text!r} is not a time; write it like 2026-11-24T23:59 or 2026-11-24T23:59+01:00"
        ) from error


def read_times(path: Path) -> dict[str, datetime]:
    """Return when each was handed in, from a CSV file with the columns `name` (a student or a path) and `time`."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AssignmentError(f"{path}: cannot be read ({error})") from error
    if any(row.get("name") is None or row.get("time") is None for row in rows):
        raise AssignmentError(f"{path}: needs a first line with the columns name,time")
    return {row["name"]: read_time(row["time"]) for row in rows}
