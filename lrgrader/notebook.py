"""Read a submitted notebook as data: its code and its written answers. Nothing of it is run, nothing in it trusted.

A file is refused in words if it is too large, not JSON, or not a notebook. Tags, ids and outputs may be missing.
"""

import ast
import base64
import binascii
import difflib
import json
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .assignment import NO_ANSWER, Assignment
from .forbidden import parsed

FROM = re.compile(r"\s*from\s+([\w.]{1,80})\s+import\b")
IMPORT = re.compile(r"\s*import\s+([\w., ]+)")
MOST_BYTES, MOST_CELLS, MOST_TEXT = 10 << 20, 1000, 200_000
MOST_PICTURES, PICTURES = 20, ("image/png", "image/jpeg", "image/gif", "image/webp")


class UnreadableError(Exception):
    """A submission that cannot be graded; the message says why, for the report."""


@dataclass(frozen=True)
class Submitted:
    """A cell of a submission: code to the letter as it came, other text so that it can be shown.

    Pictures are those pasted into it or drawn by it, as the kind of picture and its bytes in base64.
    """

    kind: str
    source: str
    tags: frozenset[str]
    id: str
    pictures: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Answers:
    """What is graded of a notebook: code cells in order, the code of each question, and written answers.

    Untouched are the questions whose cells are as they were handed out; notes are for the student.
    """

    code: list[str]
    by_question: dict[str, str]
    written: dict[str, str]
    imports: list[str]
    untouched: frozenset[str] = frozenset()
    pictures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    other: str = ""


def read_bytes(path: Path, most: int = MOST_BYTES) -> bytes:
    """Return a regular file's bytes, never following a link; UnreadableError if it is no such file, or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {error.strerror}") from error
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UnreadableError("is not a regular file")
        content = file.read(most + 1)
    if len(content) > most:
        raise UnreadableError(f"is larger than {most >> 20} MB: clear the outputs and hand it in again")
    return content


def read_cells(content: bytes) -> list[Submitted]:
    """Return the cells of a notebook file; UnreadableError if it is not one."""
    if not content.strip():
        raise UnreadableError("is empty")
    if content[:2] == b"PK":
        raise UnreadableError("is a zip archive: archives are not opened")
    try:
        notebook = json.loads(content.decode("utf-8-sig"), parse_int=_integer)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"is not a notebook: not valid JSON ({str(error)[:80]})") from error
    if not isinstance(notebook, dict):
        raise UnreadableError("is not a notebook: it has no list of cells")
    if language := _language(notebook):
        raise UnreadableError(f"is written for another kernel: its language is {language}, and only Python is graded")
    cells = notebook.get("cells")
    if cells is None and isinstance(notebook.get("worksheets"), list):  # the format before 2015
        sheets = [sheet.get("cells") for sheet in notebook["worksheets"] if isinstance(sheet, dict)]
        cells = [cell for sheet in sheets if isinstance(sheet, list) for cell in sheet]
    if not isinstance(cells, list):
        raise UnreadableError("is not a notebook: it has no list of cells")
    if len(cells) > MOST_CELLS:
        raise UnreadableError(f"has more than {MOST_CELLS} cells")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def _integer(digits: str) -> int:
    """Return a whole number of JSON; no number of a notebook matters, and long ones cannot be printed again."""
    return int(digits) if len(digits) < 300 else 0


def _language(notebook: dict[str, Any]) -> str:
    """Return the language that a notebook says it is written in, if it says one other than Python."""
    metadata = notebook.get("metadata")
    said = []
    for part, name in (("language_info", "name"), ("kernelspec", "language")):
        facts = metadata.get(part) if isinstance(metadata, dict) else None
        value = facts.get(name) if isinstance(facts, dict) else None
        said += [value] if isinstance(value, str) and value.strip() else []
    known = any("python" in value.lower() for value in said)
    return "" if known or not said else clean(said[0], 40)


def from_nodes(nodes: Iterable[NotebookNode]) -> list[Submitted]:
    """Return the cells of an nbformat notebook."""
    return [_cell(dict(node)) for node in nodes]


def _cell(cell: dict[str, Any]) -> Submitted:
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    words = frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()
    text = "".join(line for line in lines if isinstance(line, str)).replace("\r\n", "\n").replace("\r", "\n")
    kind = str(cell.get("cell_type"))[:20]
    # Code runs as it is written, form feeds and all; half a character cannot be sent, and Python refuses it as well.
    text = text.encode("utf-8", "replace").decode("utf-8") if kind == "code" else clean(text)
    shown = cell.get("outputs") if kind == "code" else None
    plots = [item.get("data") for item in shown if isinstance(item, dict)] if isinstance(shown, list) else []
    pasted = cell.get("attachments")
    bundles = [*(pasted.values() if isinstance(pasted, dict) else ()), *plots]
    return Submitted(kind, text, words, str(cell.get("id"))[:80], _pictures(bundles))


def _pictures(bundles: list[Any]) -> tuple[tuple[str, str], ...]:
    """Return the pictures that were pasted into a cell or drawn by it, each of a known kind and really base64."""
    found = []
    for bundle in bundles[:MOST_PICTURES]:
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            text = "".join(line for line in data if isinstance(line, str)) if isinstance(data, list) else data
            if kind in PICTURES and isinstance(text, str):
                try:
                    found.append((kind, base64.b64encode(base64.b64decode(text, validate=False)).decode()))
                except (binascii.Error, ValueError):
                    continue
    return tuple(found[:MOST_PICTURES])


def clean(text: str, most: int = MOST_TEXT) -> str:
    """Return a text that can be stored and shown: no halves of characters, no control characters, not too long."""
    text = text[:most].encode("utf-8", "replace").decode("utf-8")
    if text.replace("\n", "").isprintable():  # almost every text: letter by letter takes a hundred times as long
        return text
    return "".join(map(_kept, text))


def _kept(letter: str) -> str:
    """Return a character, a space for another kind of space, or nothing for what steers a terminal or the direction."""
    if letter.isprintable() or letter in "\n\t\u200c\u200d":  # the two join emoji, and letters of some scripts
        return letter
    return " " if letter.isspace() else ""


def answers(assignment: Assignment, cells: list[Submitted]) -> Answers:
    """Return what is graded of these cells."""
    given = {cell.source for cell in assignment.template if cell.role == "public-check"}
    code = [cell.source for cell in cells if cell.kind == "code" and cell.source.strip() and cell.source not in given]
    places = located(assignment, cells)
    by_question = {
        q: clean("\n".join(cells[i].source for i in at if cells[i].kind == "code")) for q, at in places.items()
    }
    written, pictures = {}, {}
    for item in assignment.written:
        at = places.get(item.question, [])
        written[item.question] = _text(assignment, item.question, [cells[i] for i in at])
        pictures[item.question] = [picture for i in at for picture in cells[i].pictures]
    template: dict[str, str] = {}
    for cell in assignment.template:
        if cell.role == "answer" and cell.kind == "code":
            template[cell.question] = f"{template.get(cell.question, '')}\n{cell.source}".strip()
    untouched = frozenset(q for q, text in template.items() if by_question.get(q, "").strip() == text)
    pictures = {question: rows for question, rows in pictures.items() if rows}
    notes = _astray(assignment, cells, places)
    taken = {number for question in by_question for number in places[question]}
    rest = (cell.source for number, cell in enumerate(cells) if cell.kind == "code" and number not in taken)
    handed_out = {cell.source.strip() for cell in assignment.template}
    other = clean("\n".join(source for source in rest if source.strip() not in handed_out))
    return Answers(code, by_question, written, imports(code), untouched, pictures, notes, other)


def _text(assignment: Assignment, question: str, cells: list[Submitted]) -> str:
    """Return a written answer without what was handed out. Its own cell may have been turned into one of code."""
    coded = any(check.question == question for check in assignment.checks)
    handed_out = {cell.source.strip() for cell in assignment.template} | {
        cell.source.strip() for cell in assignment.cells if cell.role != "answer"
    }
    mine = (cell for cell in cells if cell.kind != "code" or (_marked(cell, question) and not coded))
    texts = (clean(cell.source).strip() for cell in mine)
    kept = "\n\n".join(text for text in texts if text not in handed_out)
    return kept.replace(NO_ANSWER, "").strip()


def _marked(cell: Submitted, question: str) -> bool:
    """Is this the cell that was handed out for the answer to a question, by its tags or its id?"""
    return {"answer", question} <= cell.tags or cell.id.startswith(f"{question}-answer-")


def _astray(assignment: Assignment, cells: list[Submitted], places: dict[str, list[int]]) -> list[str]:
    """Return a note for each question whose code stands where no code is run: in a cell that is not a code cell."""
    notes = []
    for question in dict.fromkeys(check.question for check in assignment.checks):
        mine = [cells[number] for number in places.get(question, ())]
        if mine and not any(cell.kind == "code" for cell in mine):
            name = question.removeprefix("q")
            notes.append(f"The answer to question {name} stands in a cell that is not a code cell: it was not run.")
    return notes


def imports(code: list[str]) -> list[str]:
    """Return the modules that some cells import, however it is written; line by line where a cell is not Python."""
    found: set[str] = set()
    for source in code:
        tree = parsed(source)
        found |= _imports_by_line(source) if tree is None else imported_by(tree)
    return sorted(name[:80] for name in found)[:100]


def imported_by(tree: ast.AST) -> set[str]:
    """Return the modules that a syntax tree imports, by statement, `__import__` or `import_module`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in ("__import__", "import_module") and isinstance(node.args[0].value, str):
                found.add(clean(node.args[0].value, 80))
    return found


def _imports_by_line(source: str) -> set[str]:
    found: set[str] = set()
    for line in re.split(r"[\n;:]", source):
        if match := FROM.match(line):
            found.add(match[1])
        elif match := IMPORT.match(line):
            found |= {part.split(" as ")[0].strip()[:80] for part in match[1].split("#")[0].split(",")[:20]}
    return found


def located(assignment: Assignment, cells: list[Submitted]) -> dict[str, list[int]]:
    """Return which cells answer each question: by tag or id, or by the cells around them where both are gone."""
    given = {cell.source.strip() for cell in (*assignment.cells, *assignment.template)}
    places: dict[str, list[int]] = {question: [] for question in assignment.questions}
    for number, cell in enumerate(cells):
        for question in places:
            if _marked(cell, question):
                places[question].append(number)
    taken = {number for at in places.values() for number in at}
    for at in filter(None, places.values()):
        number = at[-1] + 1
        while number < len(cells) and number not in taken and cells[number].source.strip() not in given:
            at.append(number)  # a cell that the student put right below the answer
            number += 1
    if not all(places.values()):
        found = aligned(assignment, cells)
        places = {question: at or found[question] for question, at in places.items()}
    return places


def aligned(assignment: Assignment, cells: list[Submitted]) -> dict[str, list[int]]:
    """Return which cells stand where the answers stood in the notebook that was handed out."""
    template = assignment.template
    places: dict[str, list[int]] = {question: [] for question in assignment.questions}
    sources = [cell.source.strip() for cell in template], [cell.source.strip() for cell in cells]
    matcher = difflib.SequenceMatcher(None, *sources, autojunk=False)
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind == "equal":
            for cell, number in zip(template[first:last], range(begin, end), strict=True):
                if cell.role == "answer":
                    places[cell.question].append(number)
        else:  # an insertion belongs to the answer above it
            around = template[first:last] if last > first else template[max(0, first - 1) : first]
            for question in dict.fromkeys(cell.question for cell in around if cell.role == "answer"):
                places[question] += range(begin, end)
    return places
