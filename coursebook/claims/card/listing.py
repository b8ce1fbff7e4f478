"""{claims-table}: every claim of the book, one line each, which unfolds to what is known of it.

What unfolds is also what a mark in a chapter opens (card.js fetches it from this page), so everything is said once.
"""

from itertools import chain
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from coursebook.claims.card import entry, known
from coursebook.claims.card.entry import Fold, Line
from coursebook.claims.card.marks import UNCHECKED, anchor
from coursebook.claims.card.trials import Trials
from coursebook.claims.gate import Claim, Evidence, claims_in
from coursebook.source import contents, myst

EQUATION = "Equation "
ROLES = {"math": "eq"}  # which link to a claim, with its number; "prf:ref" to all others


class ClaimsTable(SphinxDirective):
    """List every claim of the book, chapter by chapter."""

    def run(self) -> list[nodes.Node]:
        """Return the totals, links to the chapters' parts, and a section for each chapter."""
        known.note_list(self.env)
        names = contents.chapter_names(Path(self.env.srcdir), self.env.found_docs)
        claims = {name: claims_in(Path(self.env.doc2path(name))) for name in names}
        return [
            nodes.paragraph("", self._totals(list(chain(*claims.values()))), classes=["claim-totals"]),
            self._filter(names),
            *(self._chapter(name, claims[name]) for name in names),
        ]

    def _filter(self, names: list[str]) -> nodes.bullet_list:
        """Return links that leave one chapter's claims on the page (card.css), or all."""
        links = [nodes.reference("", "All chapters", refuri="#", internal=True)]
        links += [nodes.reference("", self._title(name), refid=_section(name), internal=True) for name in names]
        items = [nodes.list_item("", nodes.paragraph("", "", link)) for link in links]
        return nodes.bullet_list("", *items, classes=["claim-filter", "web-only"])

    def _title(self, name: str) -> str:
        return myst.title(Path(self.env.doc2path(name)))

    def _chapter(self, name: str, claims: list[Claim]) -> nodes.section:
        section = nodes.section(ids=[_section(name)], classes=["claims"])
        section += self._inline(nodes.title, self._title(name))
        section += self._inline(nodes.paragraph, f"{self._totals(claims)} Read the chapter: {{doc}}`/{name}`.")
        section += [self._claim(claim) for claim in claims]
        return section

    def _totals(self, claims: list[Claim]) -> str:
        found = [self._evidence(claim) for claim in claims]
        return entry.totals(claims, chain(*(tests for tests, _ in found)), (trials for _, trials in found))

    def _evidence(self, claim: Claim) -> tuple[list[Evidence], Trials]:
        app = self.env.app
        return known.TESTS.of(app).get(claim.label, []), known.TRIALS.of(app).get(claim.label, Trials())

    def _claim(self, claim: Claim) -> Fold:
        tests, trials = self._evidence(claim)
        box = nodes.container(classes=["claim-entry"])
        self._name(box, anchor(claim.label))
        kind = EQUATION if claim.kind == "math" else ""
        box += self._inline(nodes.paragraph, f"{kind}{_reference(claim)} `{claim.label}`", classes=["claim-title"])
        box += list(entry.trials_said(claim, trials))
        for number, test in enumerate(tests):
            box += (said := entry.catches(test))
            if number:  # the box itself carries the first test's anchor
                self._name(said, anchor(claim.label, number))
        if tests:
            box += list(entry.sources(tests, trials, self.env))
        return Fold("", self._line(claim), box)

    def _line(self, claim: Claim) -> nodes.Element:
        """Return what is seen before it unfolds; a formula is known by what its first test says."""
        tests, trials = self._evidence(claim)
        words = [_reference(claim), *([entry.sentence(tests[0])] if tests else [])]
        if claim.kind != "math":
            words = [f"{_reference(claim)}: {claim.title}" if claim.title else _reference(claim)]
        counts = entry.count(len(tests), "test")
        if trials.tried:
            counts += f", {entry.versions(trials.tried)}"
        if trials.failed < trials.tried:
            counts += f", {entry.outcome(trials)}"
        if not known.is_checked(self.env.app, claim.label):
            counts = UNCHECKED
        line = self._inline(Line, " ".join(words))
        line += [nodes.Text(" "), nodes.inline("", counts, classes=["claim-counts"])]
        return line

    def _inline(self, kind: type[nodes.TextElement], text: str, **attributes: Any) -> nodes.Element:
        children, _ = self.state.inline_text(text, self.lineno)
        node = kind("", "", *children, **attributes)
        self.set_source_info(node)
        return node

    def _name(self, node: nodes.Element, name: str) -> None:
        node["names"].append(name)
        self.state.document.note_explicit_target(node, node)


def _reference(claim: Claim) -> str:
    return f"{{{ROLES.get(claim.kind, 'prf:ref')}}}`{claim.label}`"


def _section(name: str) -> str:
    return f"checked-{name.removeprefix(contents.CHAPTERS)}"


def settle_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make the whole of "Equation (5)" a link, of which Sphinx makes only the number one, and none of what unfolds."""
    for line in doctree.findall(Line):
        for link in list(line.findall(nodes.reference)):
            link.parent.replace(link, link.children)
    for paragraph in doctree.findall(nodes.paragraph):
        if "claim-title" in paragraph["classes"] and paragraph[0] == EQUATION:
            link = next(paragraph.findall(nodes.reference), None)
            if link is not None:
                word = paragraph.pop(0)
                link.insert(0, word)
