"""Everything on a page that was typed and not computed, passage by passage: text, captions, alt texts, formulas, code.

A figure that can be moved has words too: those of its module are the strings in which two words follow each other.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bs4 import BeautifulSoup

from coursebook.source import myst

SEEN_OPTIONS = ("alt", "caption", "title")  # directive options that a reader meets
CODE = re.compile(r"`[^`]*`")
MODULO = re.compile(r"(?<=[\w)])\s*%\s*(?=[\w(])")
ADDRESS = re.compile(r"\b(?:https?|doi):\S+")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\.)*`')
SAID = re.compile(r"[A-Za-zé]{2,},? [A-Za-zé]{2,}|[A-Za-z]{2,} $|^\"? [A-Za-z]{2,}")
HOLE = re.compile(r"\$\{[^}]*\}")
FORMULA, NOT_RUN, FIGURE = "a formula", "code that is not run", "the words of a figure"


class Passage(NamedTuple):
    """A text as the reader sees it, its first and last line, what it is, and the label of the formula that it is."""

    text: str
    first: int
    last: int
    place: str
    label: str = ""

    def line_of(self, word: str, at: int, lines: list[str]) -> int:
        """Return the line of the word that stands at this place of the text; the first one if a break hides it."""
        near = self.first + self.text.count("\n", 0, at)
        return next((number for number in range(near, self.last + 1) if word in lines[number - 1]), near)


def passages(path: Path) -> Iterator[Passage]:
    """Yield what the file shows, without the addresses of other sites."""
    for found in _of_script(path) if path.suffix == ".js" else _of_page(path):
        yield found._replace(text=ADDRESS.sub("", found.text))


def _of_page(path: Path) -> Iterator[Passage]:
    for piece in myst.pieces(path):
        if isinstance(piece, myst.Sentence):
            text = CODE.sub(lambda code: MODULO.sub(" mod ", code[0]), piece.text)
            yield Passage(text, piece.line, piece.end, "a heading" if piece.heading else "a sentence")
        elif isinstance(piece, myst.Directive):
            yield from _of_directive(piece)
        elif piece.kind == "header":
            page = myst.header(piece)
            meta = (page.get("myst") or {}).get("html_meta") or {}
            end = piece.line + piece.text.count("\n")
            yield from (Passage(str(text), piece.line, end, "the page's header") for text in meta.values())
        else:
            text = BeautifulSoup(piece.text, "html.parser").get_text() if piece.kind == "html" else piece.text
            place = {"html": "HTML", "code": NOT_RUN, "dollars": FORMULA}[piece.kind]
            yield Passage(text, piece.line, piece.line + piece.text.count("\n"), place)


def _of_directive(directive: myst.Directive) -> Iterator[Passage]:
    end = directive.body_line + directive.body.count("\n")
    if directive.name in myst.FORMULA:
        label = str(directive.options.get("label") or "")
        yield Passage(directive.argument, directive.line, directive.line, FORMULA, label)
        yield Passage(directive.body, directive.body_line, end, FORMULA, label)
    elif directive.name in myst.LITERAL:
        yield Passage(directive.body, directive.body_line, end, NOT_RUN)
    options: dict[str, Any] = directive.options
    if directive.name in myst.CELLS:
        shown = options.get("mystnb") or {}
        options = {**(shown.get("image") or {}), **(shown.get("figure") or {})}
    for name in SEEN_OPTIONS:
        if name in options:
            kind = "an alt text" if name == "alt" else f"a {name}"
            yield Passage(str(options[name]), directive.line, directive.body_line, kind)


def _of_script(path: Path) -> Iterator[Passage]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.lstrip().startswith("//"):
            for string in STRING.findall(line):
                if SAID.search(string[1:-1]):
                    yield Passage(HOLE.sub(" … ", string[1:-1]), number, number, FIGURE)
