"""What a class has done: how the questions went, and which checks are hardest. `likeness` finds answers alike."""

import statistics
from collections.abc import Iterable
from typing import Any

from . import likeness
from .assignment import Assignment
from .likeness import ENOUGH, MOST_PAIRS, SOLUTION, Pair, windows
from .store import Graded

__all__ = ["ENOUGH", "MOST_PAIRS", "SOLUTION", "Pair", "alike", "not_allowed", "summary", "windows"]


def alike(assignment: Assignment, rows: Iterable[Graded]) -> list[Pair]:
    """Return the pairs of answers that are nearly the same, those most alike first."""
    return likeness.alike(assignment, rows, ENOUGH)


def not_allowed(assignment: Assignment, rows: list[Graded]) -> list[tuple[str, list[str]]]:
    """Return who imports modules that MAY_USE of checks.py does not name; nothing where it names none."""
    allowed = assignment.facts.get("MAY_USE")
    if allowed is None:
        return []
    given = tuple(f"{name}." for name in (*allowed, *assignment.preload))
    found = []
    for row in rows:
        beyond = [name for name in row.result.imports if not f"{name}.".startswith(given)]
        if beyond:
            found.append((f"{row.student} #{row.attempt}", beyond))
    return found


def summary(assignment: Assignment, counted: list[Graded], everything: list[Graded]) -> dict[str, Any]:
    """Return the figures of a class: counted are the attempts that count, everything all of them."""
    graded = [row for row in counted if not row.result.error]
    questions = []
    for name in {check.question: None for check in assignment.checks}:
        most = sum(check.points for check in assignment.checks if check.question == name)
        marks = [row.result.marks.get(name, 0.0) for row in graded]
        none, full = sum(mark == 0 for mark in marks), sum(mark == most for mark in marks)
        mean = statistics.fmean(marks) if marks else 0.0
        rest = len(marks) - none - full
        questions.append({"name": name, "most": most, "mean": mean, "none": none, "all": full, "some": rest})
    checks = []
    for check in assignment.checks:
        passed = sum(not o.why for row in graded for o in row.result.checks if o.name == check.name)
        share = passed / len(graded) if graded else 0.0
        checks.append({"name": check.name, "passed": passed, "share": share, "says": check.says})
    return {
        "count": len(counted),
        "graded": len(graded),
        "unreadable": [(f"{row.student} ({row.path})", row.result.error) for row in everything if row.result.error],
        "line": _line([row.result.score for row in graded]),
        "questions": questions,
        "checks": sorted(checks, key=lambda row: row["share"]),
        "not_allowed": not_allowed(assignment, everything),
        "alike": alike(assignment, everything),
    }


def _line(scores: list[float]) -> str:
    if not scores:
        return "nothing is graded"
    return (
        f"lowest {min(scores):g}, median {statistics.median(scores):g}, mean {statistics.fmean(scores):.2f}, "
        f"highest {max(scores):g}"
    )
