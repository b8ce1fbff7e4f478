"""Check an assignment: the solution gets all points, the untouched notebook none, each known mistake its marks."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .assignment import Assignment
from .checks import AssignmentError
from .grading import Bench, Result, grade, reader
from .probing import IGNORANT, hidden_constants, ignorant, other_terms, tabled
from .sandbox import Limits


@dataclass(frozen=True)
class Case:
    """A notebook whose result is known: the marks of each question, and checks that it must fail."""

    name: str
    notebook: NotebookNode
    marks: dict[str, float]
    fails: list[str] = field(default_factory=list)


def cases(assignment: Assignment, folder: Path) -> Iterator[Case]:
    """Yield the solution, the untouched notebook, and each file of right/ and wrong/."""
    full = machine_points(assignment)
    yield Case("the solution", assignment.solution_notebook(), full)
    yield Case("the untouched notebook", assignment.student_notebook(), dict.fromkeys(full, 0.0))
    for name, notebook in ignorant(assignment):
        yield Case(name, notebook, {})
    for path in sorted((folder / "right").glob("*.py")):
        yield Case(f"right/{path.name}", assignment.with_answers(path), full)
    told = read_wrong(folder / "wrong.toml")
    files = sorted((folder / "wrong").glob("*.py"))
    if odd := {path.stem for path in files} ^ told.keys():
        raise AssignmentError(f"{folder}: wrong.toml and the files of wrong/ differ in {', '.join(sorted(odd))}")
    for path in files:
        marks = told[path.stem].get("marks", {})
        if unknown := marks.keys() - full.keys():
            raise AssignmentError(
                f"{path}: wrong.toml gives marks for {', '.join(sorted(unknown))}, which has no checks"
            )
        yield Case(
            f"wrong/{path.name}", assignment.with_answers(path), {**full, **marks}, told[path.stem].get("fails", [])
        )


def machine_points(assignment: Assignment) -> dict[str, float]:
    """Return the most points of each question that the machine grades."""
    most: dict[str, float] = {}
    for check in assignment.checks:
        most[check.question] = most.get(check.question, 0.0) + check.points
    return most


def read_wrong(path: Path) -> dict[str, dict[str, Any]]:
    """Return wrong.toml, or nothing where there is none; AssignmentError if it is not TOML."""
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path}: {error}") from error


def problems(case: Case, result: Result) -> list[str]:
    """Return how a result differs from the known one, in words; an empty list if it does not."""
    if result.error:
        return [result.error]
    said = []
    if case.name.startswith(IGNORANT):
        return [f"{o.name}: it passes, and knows nothing" for o in result.checks if not o.why and not o.public]
    for question, most in case.marks.items():
        got = result.marks.get(question, 0.0)
        if got != most:
            told = "; ".join(f"{o.name}: {o.why or 'passed'}" for o in result.checks if o.question == question)
            said.append(f"{question}: {got:g} points, should be {most:g} ({told})")
    passed = {outcome.name for outcome in result.checks if not outcome.why}
    known = {outcome.name for outcome in result.checks}
    said += [f"it should fail {name}, and passes" for name in case.fails if name in passed]
    said += [f"wrong.toml names {name}, and there is no such check" for name in case.fails if name not in known]
    if case.name == "the solution":
        said += result.notes
        said += [f"{question}: the solution is empty" for question, text in result.written.items() if not text]
    if case.name == "the untouched notebook":
        said += [
            f"{question}: an untouched answer is taken for one" for question, text in result.written.items() if text
        ]
    return said


def check(
    assignment: Assignment,
    folder: Path,
    *,
    workers: int = 2,
    limits: Limits | None = None,
    unsafe: bool = False,
    bench: Bench | None = None,
) -> list[tuple[Case, Result, list[str]]]:
    """Grade every case, on a bench or in sandboxes of its own; return each with its result and what is wrong."""
    known = list(cases(assignment, folder))
    books = [case.notebook for case in known]
    if bench is None:
        results = grade(assignment, books, workers=workers, limits=limits, unsafe=unsafe)
    else:
        results = [bench.attempt(reader(book)) for book in books]
    rows = [(case, result, problems(case, result)) for case, result in zip(known, results, strict=True)]
    keys = other_terms(assignment)
    rows[0][2].extend([*hidden_constants(assignment, keys), *tabled(assignment, keys)])
    return rows
