"""What a class has done: how the questions went, and which checks are hardest. `likeness` finds answers alike."""

import statistics
from collections.abc import Iterable
from typing import Any

from . import likeness
from .assignment import Assignment
from .feedback import Marks, question
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


def summary(assignment: Assignment, counted: list[Graded], everything: list[Graded], marks: Marks) -> dict[str, Any]:
    """Return the figures of a class: counted are the attempts that count, everything all of them.

    A written part counts as far as a person has marked it; `waiting` says for how many it has not been.
    """
    graded = [row for row in counted if not row.result.error]
    given = {name: [question(assignment, name, row, marks).points for row in graded] for name in assignment.questions}
    totals = [sum(points) for points in zip(*given.values(), strict=True) if None not in points]
    checks = []
    for check in assignment.checks:
        passed = sum(not o.why for row in graded for o in row.result.checks if o.name == check.name)
        share = passed / len(graded) if graded else 0.0
        checks.append({"name": check.name, "passed": passed, "share": share, "says": check.says})
    return {
        "count": len(counted),
        "graded": len(graded),
        "unreadable": [(f"{row.student} ({row.path})", row.result.error) for row in everything if row.result.error],
        "line": _line(totals),
        "complete": len(totals),
        "questions": [_question(name, assignment.points[name], points) for name, points in given.items()],
        "checks": sorted(checks, key=lambda row: row["share"]),
        "not_allowed": not_allowed(assignment, everything),
        "alike": alike(assignment, everything),
    }


def _question(name: str, most: float, points: list[float | None]) -> dict[str, Any]:
    """Return the figures of a question over those whose points are known."""
    known = [value for value in points if value is not None]
    none, full = sum(value == 0 for value in known), sum(value == most for value in known)
    row = {"name": name, "most": most, "mean": statistics.fmean(known) if known else 0.0, "none": none, "all": full}
    return {**row, "some": len(known) - none - full, "waiting": len(points) - len(known)}


def _line(scores: list[float]) -> str:
    if not scores:
        return "nobody's points are complete"
    return (
        f"lowest {min(scores):g}, median {statistics.median(scores):g}, mean {statistics.fmean(scores):.2f}, "
        f"highest {max(scores):g}"
    )
