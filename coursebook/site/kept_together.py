"""A formula and the punctuation that touches it stay on one line.

A formula on the page is a row of boxes, and a browser may break a line before and after each, even before a comma. So a
formula gets a span around it that does not break (theme.css), with what touches it: brackets, quotation marks, a comma,
the "-th" of "the i-th". Between the boxes, at the formula's relations, a <wbr> lets the line break all the same.

The <wbr> goes into the text that KaTeX returns: its boxes are no nodes. Style sheets cannot do it: with `white-space`
normal again inside the span, or with word joiners at its ends, Chromium also breaks after the last box.
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
KATEX_BOX = '<span class="base">'  # as KaTeX writes each


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
    """Begin the span, and remember where what is in it begins."""
    translator.body.append(translator.starttag(node, "span", "", CLASS="kept"))
    node["begin"] = len(translator.body)


def depart_kept_together(translator: HTML5Translator, node: KeptTogether) -> None:
    """Let the line break between the formula's boxes, and end the span."""
    before, box, rest = "".join(translator.body[node["begin"] :]).partition(KATEX_BOX)
    translator.body[node["begin"] :] = [before, box, rest.replace(KATEX_BOX, f"<wbr>{KATEX_BOX}"), "</span>"]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    visitors = (visit_kept_together, depart_kept_together)
    app.add_node(KeptTogether, html=visitors, epub=visitors)
    app.add_post_transform(KeepFormulas)
    return extension.metadata()
