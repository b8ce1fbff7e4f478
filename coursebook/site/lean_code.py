"""Code with few elements: spans only around words that theme.css colours.

Pygments puts a span around every name, bracket and blank, a quarter of all elements of a chapter, and most of them look
like the text around them.
"""

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import TextIO

from pygments.formatters import HtmlFormatter
from pygments.token import STANDARD_TYPES, Text, _TokenType
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.typing import ExtensionMetadata

from coursebook.source import extension

THEME_CSS = Path(__file__).parent / "theme" / "static" / "theme.css"


@cache
def coloured() -> frozenset[str]:
    """Return the classes of Pygments that the rules for `.highlight` in theme.css name."""
    rules = re.findall(r"^\.highlight (?::is\([^)]*\)|\.\w+) \{", THEME_CSS.read_text(encoding="utf-8"), re.M)
    return frozenset(name for rule in rules for name in re.findall(r"\.(\w+)", rule)) - {"highlight"}


def plain_unless_coloured(kind: _TokenType) -> _TokenType:
    """Return the kind of token, or Text, which gets no span, where the style sheet does not tell it from text."""
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return kind if STANDARD_TYPES[kind] in coloured() else Text


class LeanFormatter(HtmlFormatter):
    """Pygments' formatter with fewer spans."""

    def format_unencoded(self, tokensource: Iterable[tuple[_TokenType, str]], outfile: TextIO) -> None:
        """Write the tokens, those without a colour of their own as text."""
        super().format_unencoded(((plain_unless_coloured(kind), words) for kind, words in tokensource), outfile)


def use_lean_formatter(app: Sphinx) -> None:
    """Let the builder's highlighter, which Sphinx has just made, write the code of every page."""
    if isinstance(app.builder, StandaloneHTMLBuilder):
        app.builder.highlighter.formatter = LeanFormatter


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("builder-inited", use_lean_formatter)
    return extension.metadata()
