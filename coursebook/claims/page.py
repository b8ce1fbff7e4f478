"""Each claim of a chapter says which test checks it, and {claims-table} lists all claims with their tests.

Which claims and tests there are is known to gate.py; here they are put on the pages. A chapter links to the
entry of its claim on the page with {claims-table}, which shows the test itself, so the link also works without a
network; from there a second link leads to the test in the repository, if its address is known.
"""

import hashlib
import re
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.claims.gate import Claim, Evidence, claims_in, evidence
from coursebook.site import assets
from coursebook.source import contents, extension, myst, repository

LOGGER = logging.getLogger(__name__)
STYLE_SHEET = Path(__file__).with_name("claims.css")
EVERY_CLAIM = None  # the labels of the page that lists every claim
EQUATION = "Equation "
MOST_NAMED = 2  # tests that a note beside a claim names; it counts the others
LONGEST_STATEMENT = 1200  # characters

TESTS: extension.Stored[dict[str, list[Evidence]]] = extension.Stored("claim_tests", dict)
# Of each page: the labels it shows, and a hash of what it shows of their tests.
MARKS: extension.Stored[dict[str, tuple[list[str] | None, str]]] = extension.Stored("claim_marks", dict)
CLAIMS: extension.Stored[dict[str, str]] = extension.Stored(
    "claims_said", dict
)  # of each chapter: a hash of its claims


class Details(nodes.General, nodes.Element):
    """A part of the page that opens on a click; its "summary" is always seen, "of" only heard."""


def visit_details(translator: HTML5Translator, node: Details) -> None:
    """Begin the HTML element."""
    heard = f'<span class="visually-hidden">: {escape(node["of"])}</span>'
    summary = f"<summary>{escape(node['summary'])}{heard}</summary>"
    translator.body.append(translator.starttag(node, "details") + summary)


def depart_details(translator: HTML5Translator, node: Details) -> None:
    """End the HTML element."""
    translator.body.append("</details>\n")


# Beside each claim


def link_claims(app: Sphinx, doctree: nodes.document) -> None:
    """Put "checked by ..." after each claim of a chapter that has just been read."""
    env = app.env
    if not env.docname.startswith(contents.CHAPTERS):
        return
    labels = [claim.label for claim in claims_in(Path(env.doc2path(env.docname)))]
    MARKS.of(env)[env.docname] = (labels, _mark(app, labels))
    CLAIMS.of(env)[env.docname] = _claims_hash(env, env.docname)
    for node in list(doctree.findall(nodes.Element)):
        if node.get("label") in labels and not isinstance(node, nodes.Inline):
            note = _note(node["label"], TESTS.of(app).get(node["label"], []), env.docname)
            if isinstance(node, nodes.math_block):
                node.parent.insert(node.parent.index(node) + 1, note)
            else:  # a property: its last child holds its text
                node.children[-1].append(note)


def _note(label: str, tests: list[Evidence], docname: str) -> nodes.paragraph:
    if not tests:
        return nodes.paragraph("", "not checked yet", classes=["claim-note", "claim-unchecked"])
    named, rest = tests[:MOST_NAMED], tests[MOST_NAMED:]
    words = [test.sentence for test in named]
    if rest:
        words.append(_count(len(rest), "more test"))
    note = nodes.paragraph("", "checked by: ", classes=["claim-note"])
    for number, text in enumerate(words):
        if number:
            note += nodes.Text(" · ")
        target = {"refdomain": "std", "reftype": "ref", "reftarget": _anchor(label, number)}
        link = pending_xref("", refdoc=docname, refexplicit=True, refwarn=True, **target)
        link += nodes.inline("", text)
        note += link
    return note


def _anchor(label: str, number: int = 0) -> str:
    return f"check-{label}" + (f"-{number + 1}" if number else "")


# The page of all claims


class ClaimsTable(SphinxDirective):
    """List every claim of the book, chapter by chapter, each with its statement and its tests."""

    def run(self) -> list[nodes.Node]:
        """Return one section for each chapter, after the totals."""
        env = self.env
        names = contents.chapter_names(Path(env.srcdir), env.found_docs)
        claims = {name: claims_in(Path(env.doc2path(name))) for name in names}
        MARKS.of(env)[env.docname] = (EVERY_CLAIM, _mark(env.app, EVERY_CLAIM))
        totals = _totals(list(chain(*claims.values())), TESTS.of(env.app))
        return [
            self._inline("p", totals, classes=["claim-totals"]),
            *(self._chapter(name, claims[name]) for name in names),
        ]

    def _chapter(self, name: str, claims: list[Claim]) -> nodes.section:
        title = myst.title(Path(self.env.doc2path(name)))
        section = nodes.section(ids=[f"checked-{name.removeprefix(contents.CHAPTERS)}"])
        section += self._inline("title", title)
        totals = _totals(claims, TESTS.of(self.env.app))
        section += self._inline("p", f"{totals} Read the chapter: {{doc}}`/{name}`.")
        section += [self._claim(claim) for claim in claims]
        return section

    def _claim(self, claim: Claim) -> nodes.container:
        """Return the entry that the chapter's note leads to."""
        entry = nodes.container(classes=["claim-entry"])
        self._name(entry, _anchor(claim.label))
        role, kind = ("eq", EQUATION) if claim.kind == "math" else ("prf:ref", "")
        title = f": {claim.title}" if claim.title and claim.kind != "math" else ""
        entry += self._inline("p", f"{kind}{{{role}}}`{claim.label}`{title} `{claim.label}`", classes=["claim-title"])
        entry += self._statement(claim)
        tests = TESTS.of(self.env.app).get(claim.label, [])
        for number, test in enumerate(tests):
            entry += self._test(test, number)
        if not tests:
            entry += self._inline("p", "not checked yet", classes=["claim-note", "claim-unchecked"])
        return entry

    def _statement(self, claim: Claim) -> list[nodes.Node]:
        if claim.kind == "math":
            text = "\n".join(filter(None, (claim.title, claim.statement)))
            return [nodes.math_block(text, text, nowrap=False, number=None, label=None)]
        if "{glue" in claim.statement or len(claim.statement) > LONGEST_STATEMENT:
            return []
        # The label of a formula inside the property belongs to the chapter.
        lines = [line for line in claim.statement.splitlines() if not re.match(r"\s*:(label|name):", line)]
        holder = nodes.Element()
        self.state.nested_parse(StringList(lines, source=str(claim.path)), 0, holder)
        return list(holder.children)

    def _test(self, test: Evidence, number: int) -> nodes.container:
        box = nodes.container(classes=["claim-test"])
        if number:  # the entry itself carries the first test's anchor
            self._name(box, _anchor(test.label, number))
        name = nodes.paragraph("", "checked by: ", classes=["claim-note"])
        name += nodes.strong("", test.sentence)
        box += name
        if test.doc:
            box += _plain(test.doc)
        source = Details(summary="Show the test", of=test.sentence)
        source += nodes.literal_block(test.source, test.source, language="python")
        source += nodes.paragraph("", "", _repository_link(test, self.env), classes=["claim-where"])
        box += source
        return box

    def _inline(self, kind: str, text: str, **attributes: Any) -> nodes.Element:
        children, _ = self.state.inline_text(text, self.lineno)
        node = {"p": nodes.paragraph, "title": nodes.title}[kind]("", "", *children, **attributes)
        self.set_source_info(node)
        return node

    def _name(self, node: nodes.Element, name: str) -> None:
        node["names"].append(name)
        self.state.document.note_explicit_target(node, node)


def name_equations(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make the whole of "Equation (5)" a link, of which Sphinx makes only the number one."""
    for paragraph in doctree.findall(nodes.paragraph):
        if "claim-title" in paragraph["classes"] and paragraph[0] == EQUATION:
            link = next(paragraph.findall(nodes.reference), None)
            if link is not None:
                word = paragraph.pop(0)
                link.insert(0, word)


def _totals(claims: list[Claim], tests: dict[str, list[Evidence]]) -> str:
    distinct = {(test.path, test.line) for claim in claims for test in tests.get(claim.label, [])}
    return f"{_count(len(claims), 'claim')}, checked by {_count(len(distinct), 'test')}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _plain(text: str) -> nodes.paragraph:
    """Return a docstring as it is; only `code` is set as code."""
    paragraph = nodes.paragraph(classes=["claim-doc"])
    for number, part in enumerate(re.sub(r"\s+", " ", text).split("`")):
        if part:
            paragraph += nodes.literal("", part) if number % 2 else nodes.Text(part)
    return paragraph


def _repository_link(test: Evidence, env: BuildEnvironment) -> nodes.Node:
    path = test.path.relative_to(env.srcdir).as_posix()
    where = f"{path}, line {test.line}"
    address = repository.of_app(env.app).source_url(path, test.line, test.end)
    return nodes.reference("", where, refuri=address, internal=False) if address else nodes.Text(where)


# What must be read again, and what is missing


def read_tests(app: Sphinx) -> None:
    """Find the tests, once for each build."""
    TESTS.set(app, evidence(Path(app.srcdir)))


def _mark(app: Sphinx, labels: list[str] | None) -> str:
    tests = TESTS.of(app)
    if labels is None:
        shown: object = (sorted(tests.items()), repository.of_app(app))
    else:
        shown = [(label, [test.sentence for test in tests.get(label, [])]) for label in labels]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Return the pages whose tests have changed since they were read, and the list of claims if a claim has."""
    chapters = [name for name in added | changed | removed if name.startswith(contents.CHAPTERS)]
    claims_changed = any(CLAIMS.of(env).get(name) != _claims_hash(env, name) for name in chapters)
    return [
        name
        for name, (labels, mark) in MARKS.of(env).items()
        if mark != _mark(app, labels) or (labels is EVERY_CLAIM and claims_changed)
    ]


def _claims_hash(env: BuildEnvironment, name: str) -> str:
    """Return a hash of what a chapter claims, whichever lines it claims it on; of nothing if it is gone."""
    path = Path(env.doc2path(name))
    shown: list[object] = []
    if path.is_file():
        shown = [myst.title(path), *(claim._replace(path=Path(), line=0) for claim in claims_in(path))]
    return hashlib.sha256(repr(shown).encode()).hexdigest()


def warn_of_unchecked(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn, at every build, of each claim without a test: a strict build fails."""
    for name, (labels, _) in sorted(MARKS.of(env).items()):
        for label in labels or []:
            if label not in TESTS.of(app):
                LOGGER.warning(
                    'no test checks the claim %s: write one in tests/claims/ marked @pytest.mark.claim("%s")',
                    label,
                    label,
                    location=name,
                    type="claims",
                    subtype="unchecked",
                )


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """Forget a page that is removed or about to be read again."""
    MARKS.of(env).pop(name, None)
    CLAIMS.of(env).pop(name, None)


def merge(app: Sphinx, env: BuildEnvironment, names: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    marks, claims = MARKS.of(other), CLAIMS.of(other)
    MARKS.of(env).update((name, marks[name]) for name in names if name in marks)
    CLAIMS.of(env).update((name, claims[name]) for name in names if name in claims)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.setup_extension("coursebook.source.repository")
    app.add_directive("claims-table", ClaimsTable)
    app.add_node(Details, html=(visit_details, depart_details))
    assets.add_style_sheet(app, STYLE_SHEET)
    app.connect("builder-inited", read_tests)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", link_claims)
    app.connect("env-updated", warn_of_unchecked)
    app.connect("doctree-resolved", name_equations)
    return extension.metadata(env_version=2)  # of what is kept in the environment: MARKS and CLAIMS
