"""The questions of a chapter as a QTI 1.2 package, which Canvas, Blackboard and Brightspace import as a quiz.

    python -m coursebook.questions.qti chapters/sums.md --to _build/qti --book https://the.book/address

Each question is multiple choice (or multiple answers, `:several:`), its feedback answer by answer. Formulas are TeX
between \\( and \\), which these systems typeset. A reference becomes what it points to: a formula itself, a title; with
--book it is a link. Moodle imports no QTI: docs/decisions/0025 says what it takes.
"""

import argparse
import hashlib
import re
import sys
import zipfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree as XML

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from coursebook.questions import reader
from coursebook.questions.reader import Question
from coursebook.source import myst

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
SECTION = re.compile(r"(?m)^\(([\w-]+)\)=\n+#+ +(.+)$")
LABELLED = re.compile(
    r"(?m)^ *(?:`{3,}|:{3,})\{([\w:-]+)\}[ \t]*(.*)\n((?: *:[\w-]+:.*\n)+)((?:.*\n)*?)^ *(?:`{3,}|:{3,}) *$"
)
LABEL = re.compile(r"(?m)^ *:label: *(\S+)")
STOP = re.compile(r"\s*[.,;]\s*(?=(?:\\end\{\w+\})?$)")  # a formula's, at the end of a sentence
TITLED = re.compile(r"(?s)(.*?)\s*<([^<>]*)>$")


class Target(NamedTuple):
    """What a label names: the page that it is on, and what stands for it in a sentence, as MyST."""

    page: str
    words: str


def targets(chapters: Sequence[Path]) -> dict[str, Target]:
    """Return what each label of the chapters names."""
    found: dict[str, Target] = {}
    for path in chapters:
        text = path.read_text(encoding="utf-8")
        found |= {label: Target(path.stem, f'"{title}"') for label, title in SECTION.findall(text)}
        for kind, title, options, body in LABELLED.findall(text):
            if (label := LABEL.search(options)) is not None:
                formula = STOP.sub("", " ".join(body.split()))
                found[label[1]] = Target(
                    path.stem, f"${formula}$" if kind == "math" else f'"{title}"' if title else kind
                )
    return found


class Html:
    """Turns MyST into HTML that stands alone."""

    def __init__(self, known: dict[str, Target], book: str = "") -> None:
        """`known` are the labels, `book` the address under which the chapters are published, or nothing."""
        self._known, self._book = known, book.rstrip("/")
        self._parser = MarkdownIt("commonmark").enable("table")
        self._parser.use(dollarmath_plugin, double_inline=True).use(myst_role_plugin)
        rules: Any = self._parser.renderer.rules  # type: ignore[attr-defined]
        rules |= dict.fromkeys(("math_inline", "math_inline_double", "math_block"), self._math)
        rules["myst_role"] = self._role

    def block(self, text: str) -> str:
        """Return paragraphs."""
        return str(self._parser.render(text)).strip()

    def inline(self, text: str) -> str:
        """Return what stands in a line."""
        return str(self._parser.renderInline(text)).strip()

    def _math(self, tokens: Any, place: int, options: Any, env: Any) -> str:
        opened, closed = (r"\[", r"\]") if tokens[place].type == "math_block" else (r"\(", r"\)")
        return f"{opened}{escape(tokens[place].content.strip(), quote=False)}{closed}"

    def _role(self, tokens: Any, place: int, options: Any, env: Any) -> str:
        name, content = tokens[place].meta["name"], tokens[place].content
        titled = TITLED.match(content)
        words, label = (titled[1], titled[2]) if titled else ("", content)
        if name == "term":
            return escape(words or label, quote=False)
        target = self._known.get(label)
        if target is None:
            raise ValueError(f"{{{name}}}`{content}` names nothing in these chapters")
        shown = self.inline(words or target.words)
        return f'<a href="{self._book}/chapters/{target.page}.html#{label}">{shown}</a>' if self._book else shown


def identifier(*names: str) -> str:
    """Return an identifier that is the same each time, so that a package imported again is the same quiz."""
    return "i" + hashlib.sha256("\0".join(names).encode()).hexdigest()[:31]


def fields(parent: XML.Element, **entries: str) -> None:
    """Add metadata."""
    metadata = XML.SubElement(parent, "qtimetadata")
    for label, entry in entries.items():
        one = XML.SubElement(metadata, "qtimetadatafield")
        XML.SubElement(one, "fieldlabel").text = label
        XML.SubElement(one, "fieldentry").text = entry


def material(parent: XML.Element, html: str) -> None:
    """Add text."""
    XML.SubElement(XML.SubElement(parent, "material"), "mattext", texttype="text/html").text = html


def item(section: XML.Element, question: Question, html: Html) -> None:
    """Add a question."""
    ids = [identifier(question.label, str(number)) for number in range(len(question.options))]
    right = [id for id, option in zip(ids, question.options, strict=True) if option.right]
    made = XML.SubElement(section, "item", ident=identifier(question.label), title=question.label)
    kind = "multiple_answers_question" if question.several else "multiple_choice_question"
    known = {"question_type": kind, "points_possible": "1", "original_answer_ids": ",".join(ids)}
    bank = {"assessment_question_identifierref": identifier(question.label, "question")}
    fields(XML.SubElement(made, "itemmetadata"), **known, **bank)
    presentation = XML.SubElement(made, "presentation")
    material(presentation, html.block("\n\n".join(filter(None, (question.title, question.stem.text)))))
    response = XML.SubElement(
        presentation, "response_lid", ident="response1", rcardinality="Multiple" if question.several else "Single"
    )
    choices = XML.SubElement(response, "render_choice")
    for id, option in zip(ids, question.options, strict=True):
        material(XML.SubElement(choices, "response_label", ident=id), html.inline(option.answer.text))
    score(made, ids, right)
    for id, option in zip(ids, question.options, strict=True):
        feedback = XML.SubElement(made, "itemfeedback", ident=f"{id}_fb")
        material(XML.SubElement(feedback, "flow_mat"), html.block(option.feedback.text))


def score(made: XML.Element, ids: list[str], right: list[str]) -> None:
    """Add what an answer is worth, all or nothing, and which feedback it is shown."""
    processing = XML.SubElement(made, "resprocessing")
    outcomes = XML.SubElement(processing, "outcomes")
    XML.SubElement(outcomes, "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    for id in ids:
        condition = XML.SubElement(processing, "respcondition", {"continue": "Yes"})
        equal(XML.SubElement(condition, "conditionvar"), id)
        XML.SubElement(condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{id}_fb")
    condition = XML.SubElement(processing, "respcondition", {"continue": "No"})
    place = XML.SubElement(condition, "conditionvar")
    if len(right) > 1:
        place = XML.SubElement(place, "and")
        for id in ids:
            equal(place if id in right else XML.SubElement(place, "not"), id)
    else:
        equal(place, right[0])
    XML.SubElement(condition, "setvar", action="Set", varname="SCORE").text = "100"


def equal(parent: XML.Element, id: str) -> None:
    """Add that this answer was chosen."""
    XML.SubElement(parent, "varequal", respident="response1").text = id


def assessment(title: str, name: str, questions: Sequence[Question], html: Html) -> XML.Element:
    """Return the quiz."""
    root = XML.Element("questestinterop", xmlns=QTI)
    quiz = XML.SubElement(root, "assessment", ident=identifier(name), title=title)
    fields(quiz, cc_maxattempts="unlimited")
    section = XML.SubElement(quiz, "section", ident="root_section")
    for question in questions:
        item(section, question, html)
    return root


def manifest(name: str) -> XML.Element:
    """Return the list of what is in the package."""
    root = XML.Element("manifest", identifier=identifier(name, "manifest"), xmlns=PACKAGE)
    metadata = XML.SubElement(root, "metadata")
    XML.SubElement(metadata, "schema").text = "IMS Content"
    XML.SubElement(metadata, "schemaversion").text = "1.1.3"
    XML.SubElement(root, "organizations")
    resources = XML.SubElement(root, "resources")
    resource = XML.SubElement(resources, "resource", identifier=identifier(name), type="imsqti_xmlv1p2")
    XML.SubElement(resource, "file", href=f"{identifier(name)}/{identifier(name)}.xml")
    return root


def write(chapter: Path, target: Path, known: dict[str, Target], book: str = "") -> Path:
    """Write the package of a chapter's questions; ValueError if it has none, or one is not sound."""
    questions = reader.questions_in(chapter)
    if not questions or (wrong := next(reader.chapter_problems([chapter]), "")):
        raise ValueError(wrong if questions else f"{chapter}: no {{question}} in it")
    quiz = assessment(myst.title(chapter), chapter.stem, questions, Html(known, book))
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"{chapter.stem}-qti.zip"
    place = identifier(chapter.stem)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, root in (("imsmanifest.xml", manifest(chapter.stem)), (f"{place}/{place}.xml", quiz)):
            archive.writestr(
                zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0)), XML.tostring(root, "UTF-8", xml_declaration=True)
            )
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the packages of the chapters named; return the exit status."""
    parser = argparse.ArgumentParser(
        "python -m coursebook.questions.qti", description="Questions for learning systems."
    )
    parser.add_argument("chapters", nargs="+", type=Path, help="chapters with questions, such as chapters/sums.md")
    parser.add_argument("--to", type=Path, default=Path("_build/qti"), metavar="DIR", help="default: _build/qti")
    parser.add_argument("--book", default="", metavar="URL", help="where the book is published: references link to it")
    options = parser.parse_args(arguments)
    try:
        known = targets(sorted({path for chapter in options.chapters for path in chapter.parent.glob("*.md")}))
        for chapter in options.chapters:
            print(f"written: {write(chapter, options.to, known, options.book)}")
    except (ValueError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
