"""A formula and the punctuation that touches it stay on one line.

A browser may break a line before and after a formula, even before a comma. So a formula gets a span around it that does
not break (theme.css), with what touches it: brackets, quotation marks, a comma, the "-th" of "the i-th". Within a long
formula the line breaks all the same (maths/lines.py).
"""

import re

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.source import extension

BEFORE = re.compile(r"[^\s\w]+$")
AFTER = re.compile(r"^[^\s\w]+(?:(?<=[-’'])\w{1,2}\b[^\s\w]*)?")


class KeptTogether(nodes.inline):
    """A formula with what touches it."""


class KeepFormulas(SphinxPostTransform):
    """Wrap each formula, and what touches it in the text on either side."""

    default_priority = extension.AFTER_REFERENCES
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Go through the page's formulas within lines."""
        for formula in list(self.document.findall(nodes.math)):
            keep(formula)


def keep(formula: nodes.math) -> None:
    """Put the formula and the punctuation around it into one node; a formula that nothing touches is left alone."""
    parent = formula.parent
    place = parent.index(formula)
    before = take(parent, place - 1, BEFORE) if place else ""
    after = take(parent, place + 1, AFTER) if place + 1 < len(parent) else ""
    if not before + after:
        return
    parent[place] = KeptTogether("", "", nodes.Text(before), formula, nodes.Text(after))


def take(parent: nodes.Element, place: int, pattern: re.Pattern[str]) -> str:
    """Cut what the pattern matches off the text at this place, and return it."""
    text = parent[place]
    found = pattern.search(text) if isinstance(text, nodes.Text) else None
    if not found:
        return ""
    parent[place] = nodes.Text(text[: found.start()] + text[found.end() :])
    return found[0]


def visit_kept_together(translator: HTML5Translator, node: KeptTogether) -> None:
    """Begin the span."""
    translator.body.append(translator.starttag(node, "span", "", CLASS="kept"))


def depart_kept_together(translator: HTML5Translator, node: KeptTogether) -> None:
    """End the span."""
    translator.body.append("</span>")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    visitors = (visit_kept_together, depart_kept_together)
    app.add_node(KeptTogether, html=visitors, epub=visitors)
    app.add_post_transform(KeepFormulas)
    return extension.metadata()
