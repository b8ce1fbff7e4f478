"""Read the texts of an assignment: the cells of its master, its solutions, and files of answers."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myst_nb.core.read import read_myst_markdown_notebook

from .checks import AssignmentError

CODE_SOLUTION = re.compile(r"(?ms)^([ \t]*)### BEGIN SOLUTION[^\n]*\n.*?^[ \t]*### END SOLUTION[^\n]*")
TEXT_SOLUTION = re.compile(r"(?s)<!-- BEGIN SOLUTION -->.*?<!-- END SOLUTION -->")
MARKER = re.compile(r"(?m)^[ \t]*### (?:BEGIN|END) SOLUTION[^\n]*\n?|<!-- (?:BEGIN|END) SOLUTION -->\n?")
PLACEHOLDER = re.compile(r"@([A-Za-z_]\w*)@")
QUESTION = re.compile(r"q\d+$")
NO_ANSWER = "*Your answer here.*"
ROLES = ("answer", "public-check", "instructor")


@dataclass(frozen=True)
class Cell:
    """A cell of the master, its numbers filled in; role is one of ROLES or empty, question such as q1 or empty."""

    kind: str
    source: str
    role: str
    question: str
    tags: tuple[str, ...]


def read_master(slug: str, text: str, numbers: dict[str, Any]) -> list[Cell]:
    """Return the cells of the master with its numbers filled in."""
    text = filled_in(text, numbers, f"{slug}/master.md")
    try:
        notebook = read_myst_markdown_notebook(text)
    except Exception as error:  # the reader raises many kinds; each means the same to the author
        raise AssignmentError(f"{slug}/master.md: cannot be read as a MyST notebook: {error}") from error
    cells = []
    for node in notebook.cells:
        tags = tuple(node.metadata.get("tags", ()))
        role = next((role for role in ROLES if role in tags), "")
        question = next((tag for tag in tags if QUESTION.match(tag)), "")
        cells.append(Cell(node.cell_type, str(node.source), role, question, tags))
    return cells


def filled_in(text: str, numbers: dict[str, Any], where: str) -> str:
    """Return the text with each @name@ replaced by its number; AssignmentError if there is no such number."""

    def number(match: re.Match[str]) -> str:
        if match[1] not in numbers:
            known = ", ".join(numbers) or "none"
            raise AssignmentError(f"{where}: @{match[1]}@ is not among NUMBERS of checks.py ({known})")
        return str(numbers[match[1]])

    return PLACEHOLDER.sub(number, text)


def without_solution(cell: Cell) -> str:
    """Return what a student sees of a cell."""
    if cell.role != "answer":
        return cell.source
    if cell.kind == "code":
        words = f'raise NotImplementedError("question {cell.question.removeprefix("q")}")'
        return CODE_SOLUTION.sub(lambda match: match[1] + words, cell.source)
    return TEXT_SOLUTION.sub(NO_ANSWER, cell.source)


def read_answers(path: Path) -> dict[str, str]:
    """Return the answer to each question of a Python file with cells `# %% q1`."""
    parts = re.split(r"(?m)^# %% +(q\d+)( +\[markdown\])?[^\n]*\n", path.read_text(encoding="utf-8"))
    answers: dict[str, str] = {}
    for question, markdown, body in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        text = re.sub(r"(?m)^# ?", "", body) if markdown and not re.search(r"(?m)^[^#\n]", body) else body
        if markdown:
            text = re.sub(r'\A\s*"""|"""\s*\Z', "", text)
        answers[question] = "\n\n".join(filter(None, (answers.get(question), text.strip("\n"))))
    if not answers:
        raise AssignmentError(f"{path}: no cell `# %% q1` or the like")
    return answers


def imported(source: str) -> list[str]:
    """Return the modules that a cell imports; none if it is not plain Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.append(node.module)
    return names
