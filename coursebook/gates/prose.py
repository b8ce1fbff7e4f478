"""The prose gate: a result in a sentence comes from the code that computed it, through glue.

    python -m coursebook.gates.prose [file ...]   by default all chapters and the pages of book/; exits 1 on a problem

A typed decimal or percentage fails wherever a reader meets one: text, headings, tables, captions, alt texts,
formulas, inline code, code that is not run. Constants of the text stand, each with a reason, in
tests/site/prose_constants.toml under the file's name; one that the file no longer contains fails too. The numbers of a
{question} question are given with it, or answers to it: they may be typed if a test bears the question's label.
Whole numbers and fractions are free. A glue key is made once in the book, in a cell of the page that uses it.
"""

import ast
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import yaml
from bs4 import BeautifulSoup
from nbformat import NotebookNode

from coursebook.claims import gate as claims
from coursebook.questions import reader as questions
from coursebook.source import contents, myst

CONSTANTS = "book/prose_constants.toml"
SPACE = r"(?:[\s~`]|\\[ ,:;!]|\\quad)*"
PERCENT = rf"{SPACE}(?:\\?%|per\s?cent\b)"
LENGTH = r"(?:em|ex|pt|mu)\b"  # \\[0.5em] is spacing, not a number
NUMBER = re.compile(
    r"(?:(?<![\d.])\d+(?:,\d{3})*\.\d+|(?<![\w.:)])\.\d+)"  # 0.5 or .5; not the .3 of {x:.3f}
    rf"(?!\.?\d)(?:[eE][-+−]?\d+)?(?:{PERCENT})?(?!{LENGTH})"  # nor 1.2.3; perhaps 4.2e-18 or 2.5 %
    rf"|(?<![\w.])\d+[eE][-+−]?\d+\b"  # 1e-5
    rf"|(?<![\w.])\d+(?:,\d{3})*{PERCENT}"  # 60 %
)
ADDRESS = re.compile(r"\b(?:https?|doi):\S+")
CODE = re.compile(r"`[^`]*`")
MODULO = re.compile(r"(?<=[\w)])\s*%\s*(?=[\w(])")
GLUE = 'compute it in a code cell, glue("key", ...) it and write {glue:text}`key`'
WORDS = "say it in words"
REMEDIES = {"a formula": "write a symbol or a fraction", "an alt text": WORDS, "the page's header": WORDS}
SEEN_OPTIONS = ("alt", "caption", "title")  # directive options that a reader meets


class Typed(NamedTuple):
    """A typed number: as it stands, as the list of constants spells it, where, and in what."""

    text: str
    spelled: str
    line: int
    place: str


class Glued(NamedTuple):
    """A glue call: its key, with * for what only the run knows, and its line."""

    shape: str
    line: int


def typed_numbers(path: Path) -> list[Typed]:
    """Return the decimals and percentages typed in the file's sentences, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for text, first, last, place in _readable(path):
        for match in NUMBER.finditer(ADDRESS.sub("", text)):
            typed = match[0].split()
            spelled = re.sub(r"[\s`]", "", re.sub(PERCENT, "%", match[0]))
            near = first + text.count("\n", 0, match.start())
            found.append(Typed(" ".join(typed), spelled, _line_with(typed[0], lines, near, last), place))
    return found


def _line_with(word: str, lines: list[str], first: int, last: int) -> int:
    """Return the first of these lines that holds the word; the first of all if a line break hides it."""
    return next((number for number in range(first, last + 1) if word in lines[number - 1]), first)


def _without_modulo(code: re.Match[str]) -> str:
    return MODULO.sub(" mod ", code[0])


def _readable(path: Path) -> Iterator[tuple[str, int, int, str]]:
    """Yield (text, first line, last line, what it is) for everything on the page that was not computed."""
    for piece in myst.pieces(path):
        if isinstance(piece, myst.Sentence):
            place = "a heading" if piece.heading else "a sentence"
            yield CODE.sub(_without_modulo, piece.text), piece.line, piece.end, place
        elif isinstance(piece, myst.Directive):
            yield from _readable_directive(piece)
        elif piece.kind == "header":
            page = myst.header(piece)
            meta = (page.get("myst") or {}).get("html_meta") or {}
            end = piece.line + piece.text.count("\n")
            yield from ((str(text), piece.line, end, "the page's header") for text in meta.values())
        else:
            text = BeautifulSoup(piece.text, "html.parser").get_text() if piece.kind == "html" else piece.text
            place = {"html": "HTML", "code": "code that is not run", "dollars": "a formula"}[piece.kind]
            yield text, piece.line, piece.line + piece.text.count("\n"), place


def _readable_directive(directive: myst.Directive) -> Iterator[tuple[str, int, int, str]]:
    end = directive.body_line + directive.body.count("\n")
    if directive.name in myst.FORMULA:
        yield directive.argument, directive.line, directive.line, "a formula"
        yield directive.body, directive.body_line, end, "a formula"
    elif directive.name in myst.LITERAL:
        yield directive.body, directive.body_line, end, "code that is not run"
    options = directive.options
    if directive.name in myst.CELLS:
        shown = options.get("mystnb") or {}
        options = {**(shown.get("image") or {}), **(shown.get("figure") or {})}
    for name in SEEN_OPTIONS:
        if name in options:
            kind = "an alt text" if name == "alt" else f"a {name}"
            yield str(options[name]), directive.line, directive.body_line, kind


def number_problems(path: Path, constants: dict[str, str], tested: Collection[str] = ()) -> list[str]:
    """Return the typed numbers that are not on the file's list, and the constants it no longer contains.

    Numbers in questions whose labels are among the tested ones are left out.
    """
    try:
        numbers = typed_numbers(path)
    except yaml.YAMLError as error:
        line = error.problem_mark.line + 2
        return [f"{path}:{line}: the page's header is not YAML ({error.problem}): put the text in quotes"]
    found, asked = [], []
    for question in questions.questions_in(path):
        inside = [number for number in numbers if question.line <= number.line < question.end]
        asked += inside
        if inside and question.label not in tested:
            found.append(
                f'{path}:{inside[0].line}: typed number "{inside[0].text}" in a question that no test checks: '
                f'write one in tests/claims/ marked @pytest.mark.claim("{question.label}")'
            )
    numbers = [number for number in numbers if number not in asked]
    for number in numbers:
        if number.spelled not in constants:
            found.append(
                f'{path}:{number.line}: typed number "{number.text}" in {number.place}: '
                f"{REMEDIES.get(number.place, GLUE)}; if it is a constant of the text, "
                f'add "{number.spelled}" with a reason to [{path.stem}] in {CONSTANTS}'
            )
    present = {number.spelled for number in numbers}
    for constant, reason in constants.items():
        if constant not in present:
            found.append(f'{CONSTANTS}: [{path.stem}] lists "{constant}", which {path} no longer contains: remove it')
        elif len(reason.split()) < 2:
            found.append(f'{CONSTANTS}: [{path.stem}] "{constant}" needs a reason in words')
    return found


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


def glue_problems(paths: list[Path]) -> list[str]:
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


def problems(root: Path, paths: list[Path] | None = None) -> list[str]:
    """Return every problem of these files of the book at root (by default of all its pages), one line each."""
    book = contents.written(root)
    checked = book if paths is None else paths
    listed = root / CONSTANTS
    constants = tomllib.loads(listed.read_text(encoding="utf-8")) if listed.exists() else {}
    tested = claims.evidence(root)
    found = [problem for path in checked for problem in number_problems(path, constants.get(path.stem, {}), tested)]
    # Keys must be unique over the whole book, so all of it is read even for one file.
    glue = glue_problems(sorted({*book, *checked}))
    found += [problem for problem in glue if problem.startswith(tuple(f"{path}:" for path in checked))]
    stray = constants.keys() - {path.stem for path in [*book, *checked]}
    found += [f"{CONSTANTS}: [{name}] is the name of no page: rename or remove the table" for name in sorted(stray)]
    return myst.shortened(found, root)


def main(arguments: list[str]) -> int:
    """Check the named files, or all pages."""
    found = problems(Path.cwd(), [Path(name).resolve() for name in arguments] or None)
    print("\n".join(found) if found else "every number in the sentences is computed or a listed constant")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
