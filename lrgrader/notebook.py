"""Read a submitted notebook as data: its code and its written answers. Nothing of it is run, nothing in it trusted.

A file is refused in words if it is too large, not JSON, or not a notebook. Tags, ids and outputs may be missing.
"""

import difflib
import json
import os
import re
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .assignment import NO_ANSWER, Assignment

FROM = re.compile(r"\s*from\s+([\w.]{1,80})\s+import\b")
IMPORT = re.compile(r"\s*import\s+([\w., ]+)")
MOST_BYTES, MOST_CELLS, MOST_TEXT = 10 << 20, 1000, 200_000


class UnreadableError(Exception):
    """A submission that cannot be graded; the message says why, for the report."""


@dataclass(frozen=True)
class Submitted:
    """A cell of a submission."""

    kind: str
    source: str
    tags: frozenset[str]
    id: str


@dataclass(frozen=True)
class Answers:
    """What is graded of a notebook: code cells in order, the code of each question, and written answers."""

    code: list[str]
    by_question: dict[str, str]
    written: dict[str, str]
    imports: list[str]


def read_bytes(path: Path) -> bytes:
    """Return a regular file's bytes, never following a link; UnreadableError if it is no such file, or too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise UnreadableError(f"cannot be opened: {error.strerror}") from error
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise UnreadableError("is not a regular file")
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UnreadableError(f"is larger than {MOST_BYTES >> 20} MB: clear the outputs and hand it in again")
    return content


def read_cells(content: bytes) -> list[Submitted]:
    """Return the cells of a notebook file; UnreadableError if it is none."""
    if not content.strip():
        raise UnreadableError("is empty")
    if content[:2] == b"PK":
        raise UnreadableError("is a zip archive: archives are not opened")
    try:
        notebook = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"is not a notebook: not valid JSON ({str(error)[:80]})") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if cells is None and isinstance(notebook, dict) and isinstance(notebook.get("worksheets"), list):
        sheets = [sheet for sheet in notebook["worksheets"] if isinstance(sheet, dict)]  # the format before 2015
        cells = [cell for sheet in sheets for cell in sheet.get("cells") or []]
    if not isinstance(cells, list):
        raise UnreadableError("is not a notebook: it has no list of cells")
    if len(cells) > MOST_CELLS:
        raise UnreadableError(f"has more than {MOST_CELLS} cells")
    return [_cell(cell) for cell in cells if isinstance(cell, dict)]


def from_nodes(nodes: Iterable[NotebookNode]) -> list[Submitted]:
    """Return the cells of an nbformat notebook."""
    return [_cell(dict(node)) for node in nodes]


def _cell(cell: dict[str, Any]) -> Submitted:
    source = cell.get("source", cell.get("input", ""))
    lines = source if isinstance(source, list) else [source]
    metadata = cell.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    words = frozenset(tag for tag in tags if isinstance(tag, str)) if isinstance(tags, list) else frozenset()
    text = "".join(line for line in lines if isinstance(line, str))[:MOST_TEXT]
    return Submitted(str(cell.get("cell_type"))[:20], clean(text), words, str(cell.get("id"))[:80])


def clean(text: str, most: int = MOST_TEXT) -> str:
    """Return a text that can be stored and shown: no halves of characters, no control characters, not too long."""
    text = text[:most].encode("utf-8", "replace").decode("utf-8")
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
    by_question = {q: "\n".join(cells[i].source for i in at if cells[i].kind == "code") for q, at in places.items()}
    handed_out = {cell.source.strip() for cell in assignment.template} | {
        cell.source.strip() for cell in assignment.cells if cell.role != "answer"
    }
    written = {}
    for item in assignment.written:
        texts = (cells[i].source.strip() for i in places.get(item.question, ()) if cells[i].kind != "code")
        kept = "\n\n".join(text for text in texts if text not in handed_out)
        written[item.question] = kept.replace(NO_ANSWER, "").strip()
    return Answers(code, by_question, written, imports(code))


def imports(code: list[str]) -> list[str]:
    """Return the modules that some cells import, found line by line: a parser can be crashed by what it is given."""
    found = set()
    for line in (line for source in code for line in source.split("\n")):
        if match := FROM.match(line):
            found.add(match[1])
        elif match := IMPORT.match(line):
            found |= {part.split(" as ")[0].strip()[:80] for part in match[1].split("#")[0].split(",")[:20]}
    return sorted(found)[:100]


def located(assignment: Assignment, cells: list[Submitted]) -> dict[str, list[int]]:
    """Return which cells answer each question: by tag or id, or by the cells around them where both are gone."""
    given = {cell.source.strip() for cell in (*assignment.cells, *assignment.template)}
    places: dict[str, list[int]] = {question: [] for question in assignment.questions}
    for number, cell in enumerate(cells):
        for question in places:
            if {"answer", question} <= cell.tags or cell.id.startswith(f"{question}-answer-"):
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
