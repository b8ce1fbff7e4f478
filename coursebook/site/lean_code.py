"""Code with few elements: spans only around words that theme.css colours, and boxes laid out when they are near.

Pygments puts a span around every name, bracket and blank, a quarter of all elements of a chapter, and most of them look
like the text around them. A code box has as many lines as its code, so its height is known before it is laid out:
theme.css lets the browser leave out what is far from the screen (`content-visibility`); nothing moves when it comes.
"""

import re
from functools import cache
from pathlib import Path

from pygments.formatters import HtmlFormatter
from pygments.token import STANDARD_TYPES, Text
from sphinx.highlighting import PygmentsBridge

THEME_CSS = Path(__file__).parent / "theme" / "static" / "theme.css"


@cache
def coloured():
    """Return the classes of Pygments that the rules for `.highlight` in theme.css name."""
    rules = re.findall(r"^\.highlight (?::is\([^)]*\)|\.\w+) \{", THEME_CSS.read_text(encoding="utf-8"), re.M)
    return frozenset(name for rule in rules for name in re.findall(r"\.(\w+)", rule)) - {"highlight"}


def plain_unless_coloured(kind):
    """Return the kind of token, or Text, which gets no span, where the style sheet does not tell it from text."""
    while kind not in STANDARD_TYPES:
        kind = kind.parent
    return kind if STANDARD_TYPES[kind] in coloured() else Text


class LeanFormatter(HtmlFormatter):
    """Pygments' formatter with fewer spans, and with the height of the box in lines."""

    def format_unencoded(self, tokensource, outfile):
        """Write the tokens, those without a colour of their own as text."""
        super().format_unencoded(((plain_unless_coloured(kind), words) for kind, words in tokensource), outfile)

    def wrap(self, source):
        """Yield the lines within <div> and <pre>; only lines of code, marked 1, count."""
        lines = list(source)
        self.prestyles = f"contain-intrinsic-block-size:{sum(is_code for is_code, _ in lines)}lh"
        return super().wrap(lines)


def setup(app):
    """Register with Sphinx."""
    PygmentsBridge.html_formatter = LeanFormatter
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
