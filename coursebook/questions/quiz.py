"""Check yourself: a {question} directive becomes a question whose answers unfold, each with its feedback.

On the site each answer is a <details>, so a question is complete without scripts: choosing an answer opens it. The
script, loaded only where there are questions, remembers what was chosen and lets the reader type a number where the
answers are numbers (`:within:`). In other formats (EPUB, LaTeX, text) the answers follow the question, unfolded.

reader.py reads the directive's text and says what may be wrong with it; each such thing is a warning, which
fails a strict build.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.questions import reader as questions
from coursebook.site import assets
from coursebook.source import extension

LOGGER = logging.getLogger(__name__)
STYLE_SHEET, SCRIPT = (Path(__file__).with_suffix(ending) for ending in (".css", ".js"))
SITE = ("html", "dirhtml")  # the builders whose pages a reader can click
HOW_TO = "Choose an answer to open it. It says whether it is right, and why."
VERDICTS = {True: "Right.", False: "Not so."}
LABELS: extension.Stored[dict[str, str]] = extension.Stored("check_labels", dict)  # of each label: the page it is on


class QuestionNode(nodes.General, nodes.Element):
    """A question: a Stem and its Options. A Head comes before the first one of a page."""


class Stem(nodes.General, nodes.Element):
    """What is asked."""


class Option(nodes.Part, nodes.Element):
    """An answer: its Choice, and the Feedback to it."""


class Choice(nodes.General, nodes.TextElement):
    """What the answer says."""


class Feedback(nodes.General, nodes.Element):
    """What the reader who chooses the answer is told."""


class Head(nodes.General, nodes.Element):
    """How to use the questions of the page; the script adds how many are answered."""


class QuestionDirective(SphinxDirective):
    """One question with its answers; reader.py says how it is written."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {  # noqa: RUF012 - the base class's name for it
        "label": directives.unchanged,
        "within": directives.unchanged,
        "several": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Return the question's node, after its problems were reported."""
        title = self.arguments[0] if self.arguments else ""
        question = questions.read(title, self.options, list(self.content))
        found = list(questions.problems(question))
        for place, problem in found:
            self._warn(problem, place)
        if any(not part for part in (question.options, question.label)):
            return []
        self._claim_label(question.label)
        node = QuestionNode(label=question.label, several=question.several, within=question.within)
        self.set_source_info(node)
        node["names"].append(question.label)
        self.state.document.note_explicit_target(node, node)
        stem = Stem()
        if title:
            stem += self._inline(nodes.paragraph, title, 0)
        self._block(question.stem, stem)
        node += stem
        node += [self._option(option) for option in question.options]
        return [node]

    def _option(self, option: questions.Option) -> Option:
        node = Option(right=option.right, number=option.number)
        node.append(self._inline(Choice, option.answer.text, option.answer.offset))
        if any(node[0].findall(nodes.reference)) or any(node[0].findall(lambda n: n.tagname == "pending_xref")):
            self._warn("an answer is something to click: put its link into the feedback", option.answer.offset)
        feedback = Feedback()
        self._block(option.feedback, feedback)
        verdict = nodes.strong("", VERDICTS[option.right], classes=["check-verdict"])
        if not feedback.children or not isinstance(feedback[0], nodes.paragraph):
            feedback.insert(0, nodes.paragraph())
        feedback[0][:0] = [verdict, nodes.Text(" ")]
        node.append(feedback)
        return node

    def _block(self, part: questions.Part, node: nodes.Element) -> None:
        if part.text:
            lines = StringList(part.lines, source=self.get_source_info()[0])
            self.state.nested_parse(lines, self.content_offset + part.offset, node)

    def _inline(self, kind: type[nodes.TextElement], text: str, place: int) -> nodes.TextElement:
        children, _ = self.state.inline_text(text, self.lineno + self.content_offset + place)
        return kind("", "", *children)

    def _claim_label(self, label: str) -> None:
        other = LABELS.of(self.env).setdefault(label, self.env.docname)
        known = any(node["label"] == label for node in self.state.document.findall(QuestionNode))
        if other != self.env.docname or known:
            self._warn(f"the label {label} is taken in {other}: choose another")

    def _warn(self, problem: str, place: int = -1) -> None:
        line = self.lineno if place < 0 else self.lineno + self.content_offset + place + 1
        LOGGER.warning(problem, location=(self.env.docname, line), type="quiz")


def number_questions(app: Sphinx, doctree: nodes.document) -> None:
    """Number the questions of a page that has just been read, and put the Head before the first."""
    found = list(doctree.findall(QuestionNode))
    for number, node in enumerate(found, start=1):
        node["number"] = number
    if found:
        first = found[0]
        first.parent.insert(first.parent.index(first), Head(chapter=app.env.docname))


# On the site


def visit_head(translator: HTML5Translator, node: Head) -> None:
    """Begin the line above the first question."""
    attributes = {"CLASS": "check-head", "data-chapter": node["chapter"]}
    translator.body.append(translator.starttag(node, "div", "", **attributes) + f"<p>{HOW_TO}</p>")


def visit_question(translator: HTML5Translator, node: QuestionNode) -> None:
    """Begin a question, with its number and its permanent link."""
    name = node["ids"][0]
    attributes = {"CLASS": "check", "role": "group", "aria-labelledby": f"{name}-question"}
    if node["within"] is not None:
        attributes["data-within"] = f"{float(node['within']):g}"
    translator.body.append(translator.starttag(node, "div", **attributes))
    translator.body.append(f'<p class="check-number">Question {node["number"]}')
    translator.add_permalink_ref(node, "Link to this question")
    translator.body.append("</p>\n")


def visit_stem(translator: HTML5Translator, node: Stem) -> None:
    """Begin the words of a question."""
    translator.body.append(f'<div class="check-question" id="{node.parent["ids"][0]}-question">')


def depart_stem(translator: HTML5Translator, node: Stem) -> None:
    """End them; the answers follow."""
    translator.body.append('</div>\n<ol class="check-options">\n')


def visit_option(translator: HTML5Translator, node: Option) -> None:
    """Begin an answer, which unfolds."""
    number = "" if node["number"] is None else f' data-number="{float(node["number"]):.12g}"'
    kind = "check-right" if node["right"] else "check-wrong"
    translator.body.append(f'<li><details class="check-option {kind}"{number}>')


def visit_choice(translator: HTML5Translator, node: Choice) -> None:
    """Begin the words of an answer, after its letter."""
    letter = ascii_uppercase[node.parent.parent.index(node.parent) - 1]  # the question's first child is its stem
    translator.body.append(f'<summary><span class="check-letter">{letter}</span><span class="check-choice">')


def visit_feedback(translator: HTML5Translator, node: Feedback) -> None:
    """Begin the feedback."""
    translator.body.append('<div class="check-feedback">')


def _write(html: str) -> Callable[[HTML5Translator, nodes.Element], None]:
    return lambda translator, node: translator.body.append(html)


HTML: dict[type[nodes.Element], Any] = {
    Head: (visit_head, _write("</div>\n")),
    QuestionNode: (visit_question, _write("</ol>\n</div>\n")),
    Stem: (visit_stem, depart_stem),
    Option: (visit_option, _write("</details></li>\n")),
    Choice: (visit_choice, _write("</span></summary>\n")),
    Feedback: (visit_feedback, _write("</div>")),
}


# Everywhere else


class Unfold(SphinxPostTransform):
    """Where nothing can be clicked, let the answers follow the question, with the letters of what they answer."""

    default_priority = extension.AFTER_REFERENCES

    def run(self, **kwargs: Any) -> None:
        """Replace the nodes of this module by docutils' own."""
        if self.app.builder.name in SITE:
            return
        for head in list(self.document.findall(Head)):
            head.parent.remove(head)
        for node in list(self.document.findall(QuestionNode)):
            node.replace_self(unfolded(node))


def unfolded(node: QuestionNode) -> nodes.container:
    """Return a question as a box of plain paragraphs and lists."""
    stem, *options = node.children
    box = nodes.container(ids=node["ids"], classes=["check"])
    box += nodes.paragraph("", "", nodes.strong("", f"Question {node['number']}"), classes=["check-number"])
    box += stem.children
    box += _lettered([nodes.paragraph("", "", *option[0].children)] for option in options)
    box += nodes.paragraph("", "", nodes.emphasis("", "Answers"), classes=["check-answers"])
    box += _lettered(option[1].children for option in options)
    return box


def _lettered(items: Iterable[list[nodes.Node]]) -> nodes.enumerated_list:
    return nodes.enumerated_list(
        "", *(nodes.list_item("", *item) for item in items), enumtype="upperalpha", prefix="", suffix="."
    )


# What a build keeps


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """Forget the labels of a page that is removed or about to be read again."""
    LABELS.set(env, {label: page for label, page in LABELS.of(env).items() if page != name})


def merge(app: Sphinx, env: BuildEnvironment, names: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    for label, page in LABELS.of(other).items():
        if page in names:
            LABELS.of(env).setdefault(label, page)


def load_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script on this page if it has questions."""
    if app.builder.name in SITE and doctree is not None and doctree.next_node(QuestionNode):
        app.add_js_file(SCRIPT.name, loading_method="defer")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_directive(questions.DIRECTIVE, QuestionDirective)
    for node, html in HTML.items():
        app.add_node(node, html=html)
    app.add_post_transform(Unfold)
    assets.add_style_sheet(app, STYLE_SHEET)
    assets.copy(app, SCRIPT)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", number_questions)
    app.connect("html-page-context", load_script)
    return extension.metadata()
