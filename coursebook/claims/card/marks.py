"""The mark beside each claim of a chapter: a link to the claim's entry on the page that lists them all.

With scripts it opens that entry where the reader is (card.js). A claim without a test, or whose formula is false as it
is printed, gets no mark: its number or title says "not checked".
"""

from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

from coursebook.claims.card import known
from coursebook.source import contents

SIGN = "✓"
UNCHECKED = "not checked"


class Mark(nodes.Inline, nodes.Element):
    """A link to "refuri", the evidence of what is named "of"; without an address it says that there is none."""


def visit_mark(translator: HTML5Translator, node: Mark) -> None:
    """Write the mark."""
    if "refuri" in node:
        says = escape(f"How {node['of']} is checked")
        link = f'href="{escape(node["refuri"])}" title="{says}" aria-label="{says}"'
        translator.body.append(f'<a class="evidence" {link}>{SIGN}</a>')
    else:
        translator.body.append(f' <span class="unchecked">{UNCHECKED}</span>')
    raise nodes.SkipNode


def note_chapter(app: Sphinx, doctree: nodes.document) -> None:
    """Note what a chapter claims."""
    if app.env.docname.startswith(contents.CHAPTERS):
        known.note_chapter(app.env)


def mark_claims(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a mark beside the number of each labelled formula, and into the title of each statement."""
    labels = known.MARKS.of(app.env).get(docname, ([], ""))[0] or []
    for node in list(doctree.findall(nodes.Element)) if labels else ():
        label = node.get("label")
        if label not in labels or isinstance(node, nodes.Inline):
            continue
        if not (mark := _mark(app, docname, label)):
            continue
        if isinstance(node, nodes.math_block):
            mark["of"] = f"equation ({_number(app.env, docname, node)})"
            node["beside"] = mark
        else:
            title = node[0].astext().strip()
            mark["of"] = f"“{title.removeprefix('(').removesuffix(')')}”" if title else f"this {node['realtype']}"
            node[0] += mark


def anchor(label: str, number: int = 0) -> str:
    """Return the id of a claim's entry, or of a later one of its tests."""
    return f"check-{label}" + (f"-{number + 1}" if number else "")


def _mark(app: Sphinx, docname: str, label: str) -> Mark | None:
    """Return the mark of a claim; none of a checked claim in a book without a page of all claims."""
    if not known.is_checked(app, label):
        return Mark()
    page = known.page_of_all(app.env)
    return Mark(refuri=f"{app.builder.get_relative_uri(docname, page)}#{anchor(label)}") if page else None


def _number(env: BuildEnvironment, docname: str, formula: nodes.math_block) -> str:
    """Return a formula's number as the page prints it: that of the figures' kind, where figures have numbers."""
    numbers = env.toc_fignumbers.get(docname, {}).get("displaymath", {})
    return ".".join(map(str, numbers.get(formula["ids"][0], (formula["number"],))))
