"""The keys of glue: each is made once in the book, in a cell of the page that uses it, and used there.

glue_problems goes by the sources, before anything has run; check_glue by the executed chapters, which know every key.
"""

import ast
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

from nbformat import NotebookNode

from coursebook.source import myst


class Glued(NamedTuple):
    """A glue call: its key, with * for what only the run knows, and its line."""

    shape: str
    line: int


def glue_made(path: Path) -> tuple[list[Glued], list[str]]:
    """Return the glue calls in the file's cells, and what keeps the gates from reading them."""
    made, unreadable = [], []
    for cell in myst.directives(path, "code-cell"):
        try:
            calls = [node for node in ast.walk(ast.parse(cell.body)) if isinstance(node, ast.Call)]
        except SyntaxError as error:
            line = cell.body_line + (error.lineno or 1) - 1
            unreadable.append(f"{path}:{line}: this cell is not plain Python ({error.msg}): the gates cannot read it")
            continue
        for call in calls:
            if getattr(call.func, "id", getattr(call.func, "attr", "")) == "glue" and call.args:
                line = cell.body_line + call.lineno - 1
                if shape := _shape(call.args[0]):
                    made.append(Glued(shape, line))
                else:
                    unreadable.append(f"{path}:{line}: write the glue key in quotes (or f-quotes), so that it is found")
    return made, unreadable


def _shape(key: ast.expr) -> str:
    """Return the key with * for each part that only the run knows: f"loss-{name}" is loss-*."""
    if isinstance(key, ast.Constant) and isinstance(key.value, str):
        return key.value
    if isinstance(key, ast.JoinedStr):
        shape = "".join(_shape(part) or "*" for part in key.values)
        return shape if shape.strip("*") else ""
    return ""


def glue_used(path: Path) -> dict[str, int]:
    """Return the glue keys that the file's text shows, with the line of the first use."""
    used: dict[str, int] = {}
    for piece in myst.pieces(path):
        if isinstance(piece, myst.Sentence):
            for key in [key.split(":")[0] for role, key in piece.roles if role.startswith("glue:")]:
                used.setdefault(key, piece.line)
        elif isinstance(piece, myst.Directive) and piece.name.startswith("glue:"):
            used.setdefault(piece.argument, piece.line)
    return used


def glue_problems(paths: Sequence[Path]) -> list[str]:
    """Return keys made twice, made and not used, used and not made, as far as the sources of these files tell."""
    made = {path: glue_made(path) for path in paths}
    times = Counter(item.shape for items, _ in made.values() for item in items)
    found = []
    for path, (items, unreadable) in made.items():
        found += unreadable
        used = glue_used(path)
        for shape, line in items:
            if times[shape] > 1:
                found.append(f'{path}:{line}: glue key "{shape}" is made {times[shape]} times in the book: rename one')
            if not any(fnmatchcase(key, shape) for key in used):
                found.append(f"{path}:{line}: {_unused(shape)}")
        for key, line in used.items():
            if not any(fnmatchcase(key, shape) for shape, _ in items):
                found.append(f'{path}:{line}: no cell of this page makes glue key "{key}": glue("{key}", ...)')
    return found


def check_glue(notebooks: dict[Path, NotebookNode]) -> list[str]:
    """Return the same of executed chapters, where every key is known, whatever computed it."""
    made = {path: glued_keys(notebook) for path, notebook in notebooks.items()}
    times = Counter(key for keys in made.values() for key in keys)
    found = []
    for path, keys in made.items():
        used = glue_used(path)
        found += [f'{path}: glue key "{key}" is made {times[key]} times in the book: rename one'
                  for key in dict.fromkeys(keys) if times[key] > 1]  # fmt: skip
        found += [f"{path}: {_unused(key)}" for key in dict.fromkeys(keys) if key not in used]
        found += [f'{path}:{line}: no cell of this page makes glue key "{key}": glue("{key}", ...)'
                  for key, line in used.items() if key not in keys]  # fmt: skip
    return found


def glued_keys(notebook: NotebookNode) -> list[str]:
    """Return the glue keys among the outputs of an executed notebook, in order."""
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    names = [output.get("metadata", {}).get("scrapbook", {}).get("name") for output in outputs]
    return [name for name in names if name]


def _unused(key: str) -> str:
    return f'glue key "{key}" is not used on its page: write {{glue:text}}`{key}` or drop it'
