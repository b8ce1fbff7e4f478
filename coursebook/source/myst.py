"""What a chapter holds, and where: its sentences, formulas, directives and code cells, each with its line.

Chapters are read with MyST's own parser, so what the gates see is what the page shows. A directive's body is parsed
in turn: a formula inside a property inside a list is found, and knows what it is inside of.
"""

import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from docutils.parsers.rst.directives.misc import TestDirective as AnyDirective  # the one that accepts every option
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.directives import parse_directive_text
from myst_parser.parsers.mdit import create_md_parser

# More than the book switches on: a formula in a syntax that the book does not show is found, and can be refused.
SYNTAX = {"dollarmath", "amsmath", "colon_fence", "deflist", "fieldlist", "substitution"}
PARSER = create_md_parser(MdParserConfig(enable_extensions=SYNTAX, dmath_double_inline=True), RendererHTML)

CELLS = {"code-cell", "raw-cell"}
LITERAL = {"code", "code-block", "sourcecode", "literalinclude", "mermaid", "raw", "eval-rst"}
FORMULA = {"math"}
# The argument of these names a file, a label or a language; that of every other directive is a title and is read.
NAMING = CELLS | LITERAL | {"image", "figure", "include", "solution", "solution-start", "solution-end", "bibliography",
                            "embed", "download", "toctree", "tableofcontents", "explorable"}  # fmt: skip
GATES = {"exercise-start": "exercise-end", "solution-start": "solution-end", "deeper-start": "deeper-end"}
ONE_WORD = "x"  # what stands for a formula within words
POINTING_ROLES = re.compile(r"glue:|cite|prf:|py:|(eq|numref|ref|doc|term|any|label|download)$")


class Directive(NamedTuple):
    """One ```{name} argument``` block; body_line is the line of the body's first line, within the names around it."""

    name: str
    argument: str
    options: dict[str, Any]
    body: str
    line: int
    body_line: int
    within: tuple[str, ...]


class Sentence(NamedTuple):
    """The words of one paragraph, heading, table cell or title as the reader sees them, with `code` and formulas."""

    text: str
    line: int
    end: int
    heading: int = 0  # its level; 0 for ordinary text
    roles: tuple[tuple[str, str], ...] = ()
    images: tuple[tuple[str, str], ...] = ()  # (alt, address)
    emphasised: tuple[str, ...] = ()  # the words in *italics*
    double_dollars: bool = False
    spoken: str = ""  # the words alone: each formula, piece of code and reference is one


class Block(NamedTuple):
    """A block that is none of these; kind is "dollars" ($$ or bare amsmath), "code", "html" or "header"."""

    kind: str
    text: str
    line: int


Piece = Directive | Sentence | Block


def pieces(path: Path) -> Iterator[Piece]:
    """Yield everything in the file that the reader sees, in order."""
    return iter(_whole(path.read_text(encoding="utf-8")))


@lru_cache(maxsize=256)
def _whole(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a file; every gate and the pages ask for the same few."""
    return tuple(_walk(text, 1, ()))


def directives(path: Path, *names: str) -> list[Directive]:
    """Return the file's directives of these names, nested ones too."""
    return [piece for piece in pieces(path) if isinstance(piece, Directive) and piece.name in names]


def tags_of(cell: Directive) -> set[str]:
    """Return the tags of a code cell."""
    tags = cell.options.get("tags") or []
    return set(tags if isinstance(tags, list) else str(tags).split(","))


def title(path: Path) -> str:
    """Return the file's first heading, or its name where there is none."""
    headings = (piece.text for piece in pieces(path) if isinstance(piece, Sentence) and piece.heading == 1)
    return next(headings, path.stem)


def shortened(problems: Iterable[str], root: Path) -> list[str]:
    """Return the messages with the files below root named from there, in one spelling on every system."""
    below = re.compile(re.escape(f"{root}{os.sep}") + r"([^\s:]*)")
    return [below.sub(lambda match: match[1].replace(os.sep, "/"), problem) for problem in problems]


def _walk(text: str, first_line: int, within: tuple[str, ...]) -> Iterator[Piece]:
    open_gates: tuple[str, ...] = ()
    heading = 0
    for token in PARSER.parse(text):
        begin, end = token.map or (0, 0)
        line = first_line + begin
        if token.type == "heading_open":
            heading = int(token.tag[1:])
        elif token.type == "heading_close":
            heading = 0
        elif token.type == "inline":
            yield _sentence(token, line, first_line + end - 1, heading)
        elif token.type in ("fence", "colon_fence") and token.info.startswith("{"):
            directive = _directive(token, line, within + open_gates)
            if directive.name in GATES:
                open_gates += (directive.name,)
            open_gates = tuple(gate for gate in open_gates if GATES[gate] != directive.name)
            yield directive
            yield from _inside(directive)
        elif token.type in ("fence", "colon_fence", "code_block"):
            yield Block("code", token.content, line + (token.type != "code_block"))
        elif token.type in ("math_block", "math_block_label", "amsmath"):
            yield Block("dollars", token.content, line)
        elif token.type == "html_block":
            yield Block("html", token.content, line)
        elif token.type == "front_matter":
            yield Block("header", token.content, line + 1)


def _inside(directive: Directive) -> Iterator[Piece]:
    if directive.argument and directive.name not in NAMING | FORMULA and not directive.name.startswith("glue:"):
        for token in PARSER.parse(directive.argument):
            if token.type == "inline":
                yield _sentence(token, directive.line, directive.line, 0)
    if directive.name not in CELLS | LITERAL | FORMULA:
        yield from _walk(directive.body, directive.body_line, (*directive.within, directive.name))


def _directive(token: Token, line: int, within: tuple[str, ...]) -> Directive:
    name, _, argument = token.info.strip()[1:].partition("}")
    # Cells carry YAML, as myst-nb reads it; other directives MyST's own looser option lines.
    parsed = parse_directive_text(AnyDirective, argument, token.content, validate_options=name not in CELLS)
    body_line = line + 1 + parsed.body_offset
    return Directive(name, argument.strip(), parsed.options, "\n".join(parsed.body), line, body_line, within)


def _sentence(token: Token, line: int, end: int, heading: int) -> Sentence:
    words: list[str] = []
    spoken: list[str] = []
    roles: list[tuple[str, str]] = []
    images: list[tuple[str, str]] = []
    emphasised: list[str] = []
    double_dollars, link, begin = False, "", 0
    for child in token.children or ():
        if child.type == "link_open":
            link = child.info
        elif child.type == "link_close":
            link = ""
        elif child.type == "em_open":
            begin = len(words)
        elif child.type == "em_close":
            emphasised.append("".join(words[begin:]))
        elif child.type in ("softbreak", "hardbreak"):
            words.append("\n")
            spoken.append("\n")
        elif child.type.startswith("math_inline"):
            double_dollars |= child.type == "math_inline_double"
            words.append(f" {child.content} ")
            spoken.append(ONE_WORD)
        elif child.type == "myst_role":
            roles.append((child.meta["name"], child.content))
            words.append(_role_words(child.meta["name"], child.content))
            spoken.append(words[-1] or ONE_WORD)
        elif child.type == "image":
            images.append((child.content, str(child.attrs["src"])))
            words.append(child.content)
        elif child.type == "code_inline":
            words.append(f"`{child.content}`")
            spoken.append(ONE_WORD)
        elif child.type == "text" and link != "auto":
            words.append(child.content)
            spoken.append(child.content)
    text = "".join(words)
    lists = (tuple(roles), tuple(images), tuple(emphasised))
    return Sentence(text, line, end, heading, *lists, double_dollars, "".join(spoken))


def _role_words(name: str, content: str) -> str:
    """Return what the reader sees of a role: all of it, or of a reference only the title typed before <target>."""
    if not POINTING_ROLES.match(name):
        return content
    titled = re.fullmatch(r"(.*?)\s*<[^<>]*>", content, flags=re.DOTALL)
    return titled[1] if titled else content if name == "term" else ""


def header(block: Block) -> dict[str, Any]:
    """Return the settings at the top of a chapter."""
    return dict(yaml.safe_load(block.text) or {})
