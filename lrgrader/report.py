"""What a class has done: how the questions went, which checks are hardest, and which answers are nearly the same.

Code is only split into tokens here, never run. Names, numbers' spelling, spacing and comments are taken away before two
answers are compared, so a renamed copy is still one.
"""

import io
import keyword
import statistics
import tokenize
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .assignment import Assignment
from .store import Graded

WINDOW = 8  # tokens that must follow each other in both
ENOUGH = 20  # windows that an answer must have of its own before it is compared: shorter ones are alike by chance
ALIKE = 0.8
MOST_PAIRS = 100
SOLUTION = "the published solution"
DROPPED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.ENCODING, tokenize.ENDMARKER}


@dataclass(frozen=True)
class Pair:
    """Two answers that are alike; share is the part of all their windows that both have."""

    question: str
    share: float
    first: str
    second: str


def windows(code: str) -> frozenset[tuple[str, ...]]:
    """Return the runs of tokens in a piece of code, with names taken away; what is not Python ends the reading."""
    shape: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type in DROPPED:
                continue
            if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
                shape.append("name")
            elif token.type == tokenize.STRING:
                shape.append("text")
            elif token.type in (tokenize.INDENT, tokenize.DEDENT):
                shape.append(tokenize.tok_name[token.type])
            else:
                shape.append(token.string)
    except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
        pass
    return frozenset(tuple(shape[start : start + WINDOW]) for start in range(len(shape) - WINDOW + 1))


def alike(assignment: Assignment, rows: Iterable[Graded]) -> list[Pair]:
    """Return the pairs of answers that are nearly the same, the likest first, at most MOST_PAIRS of them.

    The published solution is among the answers.
    """
    pairs: list[Pair] = []
    rows = list(rows)
    for question in {check.question: None for check in assignment.checks}:
        own = [cell for cell in assignment.cells if cell.role == "answer" and cell.question == question]
        given = [cell.source for cell in assignment.template if cell.role == "answer" and cell.question == question]
        start = windows("\n".join(given))
        solution = windows("\n".join(cell.source for cell in own if cell.kind == "code")) - start
        shapes = {SOLUTION: solution}
        shapes |= {f"{row.student} #{row.attempt}": windows(row.result.code.get(question, "")) - start for row in rows}
        students = {f"{row.student} #{row.attempt}": row.student for row in rows}
        for first, second, share in _pairs({name: shape for name, shape in shapes.items() if len(shape) >= ENOUGH}):
            if students.get(first, first) != students.get(second, second):  # two attempts of one student may be alike
                pairs.append(Pair(question, share, *sorted((first, second), key=lambda name: (name == SOLUTION, name))))
    return sorted(pairs, key=lambda pair: (-pair.share, pair.question, pair.first, pair.second))[:MOST_PAIRS]


def _pairs(shapes: dict[str, frozenset[tuple[str, ...]]]) -> Iterable[tuple[str, str, float]]:
    """Yield the pairs that share at least ALIKE of their windows; equal answers are compared once."""
    same: dict[frozenset[tuple[str, ...]], list[str]] = defaultdict(list)
    for name, shape in shapes.items():
        same[shape].append(name)
    groups = list(same.items())
    for names in same.values():
        yield from ((first, second, 1.0) for number, first in enumerate(names) for second in names[number + 1 :])
    for number, (mine, names) in enumerate(groups):
        for other, others in groups[number + 1 :]:
            if min(len(mine), len(other)) < ALIKE * max(len(mine), len(other)):
                continue
            share = len(mine & other) / len(mine | other)
            if share >= ALIKE:
                yield from ((first, second, share) for first in names for second in others)


def not_allowed(assignment: Assignment, rows: Iterable[Graded]) -> list[tuple[str, list[str]]]:
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
