"""A formula and the punctuation that touches it stay on one line.

A formula on the page is a row of boxes, and a browser may break a line before and after each, even before a comma. So a
formula gets a span around it that does not break (theme.css), with what touches it: brackets, quotation marks, a comma,
the "-th" of "the i-th". Between the boxes, at the formula's relations, the line may still break: there stands a <wbr>.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

BEFORE = re.compile(r"[^\s\w]+$")
AFTER = re.compile(r"^[^\s\w]+(?:(?<=[-’'])\w{1,2}\b[^\s\w]*)?")
BOX = '<span class="base">'  # as KaTeX writes each


class Kept(nodes.inline):
    """A formula with what touches it."""


class Keep(SphinxPostTransform):
    """Wrap each formula, and what touches it in the text at its sides."""

    default_priority = 900  # when references have become text
    formats = ("html",)

    def run(self, **kwargs):
        """Go through the page's formulas within lines."""
        for formula in list(self.document.findall(nodes.math)):
            keep(formula)


def keep(formula):
    """Put the formula and the punctuation around it into one node; alone it stays alone."""
    parent = formula.parent
    place = parent.index(formula)
    before = take(parent, place - 1, BEFORE) if place else ""
    after = take(parent, place + 1, AFTER) if place + 1 < len(parent) else ""
    if not before + after:
        return
    parent[place] = Kept("", "", nodes.Text(before), formula, nodes.Text(after))


def take(parent, place, pattern):
    """Cut what the pattern matches off the text at this place, and return it."""
    text = parent[place]
    found = isinstance(text, nodes.Text) and pattern.search(text)
    if not found:
        return ""
    parent[place] = nodes.Text(text[: found.start()] + text[found.end() :])
    return found[0]


def visit_kept(translator, node):
    """Begin the span, and remember where what is in it begins."""
    translator.body.append(translator.starttag(node, "span", "", CLASS="kept"))
    node["begin"] = len(translator.body)


def depart_kept(translator, node):
    """Let the line break between the formula's boxes, and end the span."""
    before, box, rest = "".join(translator.body[node["begin"] :]).partition(BOX)
    translator.body[node["begin"] :] = [before, box, rest.replace(BOX, f"<wbr>{BOX}"), "</span>"]


def setup(app):
    """Add the transform."""
    app.add_node(Kept, html=(visit_kept, depart_kept), epub=(visit_kept, depart_kept))
    app.add_post_transform(Keep)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
