"""An assignment: one folder, from which the student's notebook, the solution and the checks are made.

`master.md` is a MyST notebook. A cell tagged `answer` and `q1` is an answer; between its markers stands the solution.
A cell tagged `public-check` stays in the student's notebook, one tagged `instructor` does not. `@name@` stands for
a number that checks.py draws from the term's secret.
"""

import hashlib
import hmac
import re
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
from nbformat import NotebookNode

from . import __version__
from .checks import AssignmentError, Check, Written
from .master import MARKER, NO_ANSWER, Cell, filled_in, imported, read_answers, read_master, without_solution

__all__ = ["NO_ANSWER", "PUBLIC_SECRET", "Assignment", "AssignmentError", "Cell", "from_texts", "load", "read_answers"]
PUBLIC_SECRET = "public"


@dataclass(frozen=True)
class Assignment:
    """A loaded assignment; the two secrets draw its numbers and its hidden inputs."""

    slug: str
    title: str
    cells: tuple[Cell, ...]
    checks: tuple[Check, ...]
    written: tuple[Written, ...]
    numbers: dict[str, Any]
    facts: dict[str, Any]
    version: str
    hidden: str
    recipe: tuple[str, str, str, str, str]  # the arguments of from_texts that make it again
    data: Path | None = None  # files of its own, which answers may read

    def rng(self, *names: str) -> np.random.Generator:
        """Return the generator for these names, the same on every machine, unknown without the secret."""
        return generator(self.hidden, self.slug, *names)

    @property
    def questions(self) -> list[str]:
        """The questions in the order of the master."""
        return list(dict.fromkeys(cell.question for cell in self.cells if cell.role == "answer"))

    @property
    def graded(self) -> list[Check | Written]:
        """All that gives points."""
        return [*self.checks, *self.written]

    @property
    def points(self) -> dict[str, float]:
        """The most points of each question."""
        most = dict.fromkeys(self.questions, 0.0)
        for item in self.graded:
            most[item.question] += item.points
        return most

    @cached_property
    def preload(self) -> list[str]:
        """The modules that the master imports and MAY_USE allows, for the sandbox to load once and not for each."""
        found: dict[str, None] = dict.fromkeys(self.facts.get("MAY_USE", ()))
        for cell in self.cells:
            if cell.kind == "code":
                found.update(dict.fromkeys(imported(cell.source)))
                if "optim." in cell.source:  # the first optimiser of a process loads it, for a second of every answer
                    found["torch._dynamo"] = None
        return list(found)

    @property
    def allows_library(self) -> bool:
        """May answers import lrlib? Yes, unless MAY_USE says what may be imported and leaves it out."""
        return "lrlib" in self.facts.get("MAY_USE", ["lrlib"])

    @cached_property
    def template(self) -> list[Cell]:
        """The cells that students get."""
        kept = (cell for cell in self.cells if cell.role != "instructor")
        return [replace(cell, source=without_solution(cell).strip("\n")) for cell in kept]

    def student_notebook(self) -> NotebookNode:
        """Return the notebook that students get: no solution, no instructor's cell."""
        return self._notebook([(cell, cell.source) for cell in self.template])

    def solution_notebook(self) -> NotebookNode:
        """Return the notebook with all solutions."""
        return self._notebook([(cell, MARKER.sub("", cell.source).strip("\n")) for cell in self.cells])

    def with_answers(self, path: Path | str) -> NotebookNode:
        """Return a student's notebook with the solutions, but for the questions that the file at `path` answers.

        The file is Python with cells `# %% q1` and `# %% q4 [markdown]`; AssignmentError if it names another question.
        """
        answers = {
            question: filled_in(text, self.numbers, str(path)) for question, text in read_answers(Path(path)).items()
        }
        if unknown := answers.keys() - set(self.questions):
            raise AssignmentError(f"{path}: answers {', '.join(sorted(unknown))}, which the master does not ask")
        pairs, done = [], set()
        for cell in self.cells:
            source = MARKER.sub("", cell.source).strip("\n")
            if cell.role == "answer" and cell.question in answers:
                source = "" if cell.question in done else answers[cell.question]
                done.add(cell.question)
            if cell.role != "instructor":
                pairs.append((cell, source))
        return self._notebook(pairs)

    def _notebook(self, pairs: Iterable[tuple[Cell, str]]) -> NotebookNode:
        notebook: NotebookNode = nbformat.v4.new_notebook()
        notebook.metadata = {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "lrgrader": {"assignment": self.slug},
        }
        counts: dict[str, int] = {}
        for cell, source in pairs:
            name = "-".join(part for part in (cell.question, cell.role or "text") if part)
            counts[name] = counts.get(name, 0) + 1
            make: Any = nbformat.v4.new_code_cell if cell.kind == "code" else nbformat.v4.new_markdown_cell
            node = make(source, id=f"{name}-{counts[name]}")
            if cell.tags:
                node.metadata["tags"] = list(cell.tags)
            notebook.cells.append(node)
        return notebook


def load(folder: Path | str, secret: str = PUBLIC_SECRET, hidden: str | None = None) -> Assignment:
    """Load the assignment in a folder; AssignmentError if its author must fix something.

    `secret` draws the numbers that students see, `hidden` the inputs that they do not; without it both are the same.
    """
    folder = Path(folder)
    texts = []
    for name in ("master.md", "checks.py"):
        try:
            texts.append((folder / name).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise AssignmentError(
                f"{folder / name}: cannot be read ({error}). An assignment has both files."
            ) from error
    assignment = from_texts(folder.resolve().name, texts[0], texts[1], secret, hidden, folder.resolve() / "data")
    if not (folder / "data").is_dir():
        return assignment
    return replace(assignment, data=folder.resolve() / "data", version=with_files(assignment.version, folder / "data"))


def with_files(version: str, folder: Path) -> str:
    """Return a version that changes with the files in a folder as well."""
    digest = hashlib.sha256(version.encode())
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(f"\0{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def from_texts(
    slug: str, master: str, checks: str, secret: str, hidden: str | None = None, data: Path | None = None
) -> Assignment:
    """Make an assignment of the texts of its two files: `load` for a machine without the folder.

    In checks.py the name DATA is the folder of its own files, for references that read them.
    """
    facts = run_checks_file(slug, checks, data)
    rng = generator(secret, slug, "numbers")
    numbers = {name: draw(rng) for name, draw in facts.get("NUMBERS", {}).items()}
    hidden = secret if hidden is None else hidden
    digest = hashlib.sha256("\0".join((__version__, master, checks, _shown(secret), _shown(hidden))).encode())
    assignment = Assignment(
        slug=slug,
        title=str(facts.get("TITLE", slug)),
        cells=tuple(read_master(slug, master, numbers)),
        checks=tuple(facts.get("CHECKS", ())),
        written=tuple(facts.get("WRITTEN", ())),
        numbers=numbers,
        facts=facts,
        version=digest.hexdigest()[:12],
        hidden=hidden,
        recipe=(slug, master, checks, secret, hidden),
    )
    validate(assignment)
    return assignment


def _shown(secret: str) -> str:
    """Return what may be seen of a secret: enough to tell two apart."""
    return hmac.new(secret.encode(), b"version", hashlib.sha256).hexdigest()[:8]


def generator(secret: str, *names: str) -> np.random.Generator:
    """Return a generator seeded by the secret and the names (HMAC-SHA256), the same on every machine."""
    digest = hmac.new(secret.encode(), "\0".join(names).encode(), hashlib.sha256).digest()
    return np.random.default_rng(int.from_bytes(digest, "big"))


def run_checks_file(slug: str, source: str, data: Path | None = None) -> dict[str, Any]:
    """Return what checks.py defines. It is the instructor's own file, and trusted."""
    module = types.ModuleType(f"checks_{re.sub(r'[^a-z0-9]', '_', slug.lower())}")
    sys.modules[module.__name__] = module
    vars(module)["DATA"] = data
    try:
        exec(compile(source, f"{slug}/checks.py", "exec"), vars(module))
    except AssignmentError as error:
        raise AssignmentError(f"{slug}/checks.py: {error}") from error
    except (Exception, SystemExit) as error:
        raise AssignmentError(f"{slug}/checks.py: does not run: {type(error).__name__}: {error}") from error
    facts = {name: value for name, value in vars(module).items() if name.isupper()}
    for name, kind in (("CHECKS", Check), ("WRITTEN", Written)):
        made = facts.get(name, [])
        if not (isinstance(made, (list, tuple)) and all(isinstance(item, kind) for item in made)):
            raise AssignmentError(f"{slug}/checks.py: {name} is a list of {kind.__name__}(…), got {str(made)[:60]}")
    if not (isinstance(draws := facts.get("NUMBERS", {}), dict) and all(map(callable, draws.values()))):
        raise AssignmentError(f"{slug}/checks.py: NUMBERS gives each name a draw, such as choice(1, 2), got {draws}")
    return facts


def validate(assignment: Assignment) -> None:
    """Raise AssignmentError if master and checks do not fit together."""
    where, names = assignment.slug, [check.name for check in assignment.checks]
    asked = set(assignment.questions)
    for cell in assignment.cells:
        if cell.role == "answer" and not cell.question:
            raise AssignmentError(f"{where}/master.md: an answer cell has no question; tag it q1 or the like")
        if cell.role == "answer" and without_solution(cell) == cell.source:
            raise AssignmentError(f"{where}/master.md: {cell.question}: no solution between BEGIN and END SOLUTION")
        if cell.role not in ("answer", "instructor") and MARKER.search(cell.source):
            raise AssignmentError(f"{where}/master.md: a solution stands in a cell that is not tagged answer")
    for item in assignment.graded:
        if item.question not in asked:
            raise AssignmentError(f"{where}/checks.py: {item.question}: the master has no answer cell with that tag")
    for check in assignment.checks:
        if names.count(check.name) > 1:
            raise AssignmentError(f"{where}/checks.py: two checks are called {check.name!r}")
        first = next((other for other in assignment.checks if other.name == check.after), None)
        if check.public and first is not None and not first.public:
            raise AssignmentError(
                f"{where}/checks.py: {check.name!r} is public and comes after {check.after!r}, which is not"
            )
        if check.after is not None and check.after not in names[: names.index(check.name)]:
            raise AssignmentError(
                f"{where}/checks.py: {check.name!r} comes after {check.after!r}, which does not precede it"
            )
    if worthless := [question for question, most in assignment.points.items() if not most]:
        raise AssignmentError(f"{where}/checks.py: nothing grades {', '.join(worthless)}")
