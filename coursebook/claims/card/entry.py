"""What is said of one claim: in the list of all, and on the card that its mark opens."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.writers.html5 import HTML5Translator

from coursebook.claims.card.trials import Trials
from coursebook.claims.gate import Claim, Evidence
from coursebook.source import repository

Piece = tuple[Path, int, int, str]  # of code: its file, first and last line, text


class Fold(nodes.General, nodes.Element):
    """A part of the page that opens on a click; its first child is the line that is always seen."""


class Line(nodes.TextElement):
    """That line."""


def trials_said(claim: Claim, trials: Trials) -> Iterator[nodes.Element]:
    """Yield what was done with the formulas of a claim."""
    if trials.problem:
        yield nodes.literal_block(trials.problem, trials.problem, language="text")
    if not trials.formulas:
        return
    what = "the formula" if claim.kind == "math" else f"{count(trials.formulas, 'formula')} in its words"
    compared = f"Read from the page and compared, at random values, with an independent computation: {what}."
    yield nodes.paragraph("", " ".join([compared, *trials.compared]))
    falsified = f"Tried: {versions(trials.tried)}, each with one sign, number or symbol changed."
    yield nodes.paragraph("", f"{falsified} {outcome(trials).capitalize()}.")
    if claim.kind == "math" and trials.code:
        text = "\n".join(trials.code)
        yield nodes.paragraph("", "As NumPy:")
        yield nodes.literal_block(text, text, language="python")
    elif claim.kind == "math":
        yield nodes.paragraph("", "As NumPy: none, which has no derivatives and no ≈.")


def catches(test: Evidence) -> nodes.paragraph:
    """Return what a test is called, and which mistake it catches."""
    found = nodes.paragraph("", "", nodes.strong("", sentence(test)), nodes.Text(". "))
    for place, part in enumerate(re.sub(r"\s+", " ", test.doc).split("`")):  # only `code` is set as code
        if part:
            found += nodes.literal("", part) if place % 2 else nodes.Text(part)
    return found


def sources(tests: list[Evidence], trials: Trials, env: BuildEnvironment) -> Iterator[nodes.Element]:
    """Yield where the tests and the worlds of a claim are, and their text to unfold."""
    pieces: list[Piece] = [(test.path, test.line, test.end, test.source) for test in tests]
    pieces += [(Path(env.srcdir, path), first, last, text) for path, first, last, text in trials.worlds]
    yield _places(pieces, env)
    text = "\n\n\n".join(text for *_, text in pieces)
    heard = nodes.inline("", f" of {tests[0].label}", classes=["visually-hidden"])
    source = nodes.literal_block(text, text, language="text")
    yield Fold("", Line("", "", nodes.Text("Show the tests"), heard), source, classes=["web-only"])


def _places(pieces: list[Piece], env: BuildEnvironment) -> nodes.paragraph:
    """Return the files and lines of some code, each a link where the repository has an address."""
    where = nodes.paragraph(classes=["claim-where"])
    before = None
    for path, first, last, _ in pieces:
        name = path.relative_to(env.srcdir).as_posix()
        words = f"line {first}" if path == before else f"{name}, line {first}"
        if before:
            where += nodes.Text(", " if path == before else "; ")
        address = repository.of_app(env.app).source_url(name, first, last)
        where += nodes.reference("", words, refuri=address, internal=False) if address else nodes.Text(words)
        before = path
    return where


# Words


def sentence(test: Evidence) -> str:
    """Return a test's name as a sentence without its full stop."""
    return test.sentence[:1].upper() + test.sentence[1:]


def totals(claims: list[Claim], tests: Iterable[Evidence], trials: Iterable[Trials]) -> str:
    """Return how much was done for these claims."""
    distinct = {(test.path, test.line) for test in tests}
    found = list(trials)
    both = Trials(tried=sum(each.tried for each in found), failed=sum(each.failed for each in found))
    said = f"{count(len(claims), 'claim')}, checked by {count(len(distinct), 'test')}"
    return f"{said}; {versions(both.tried)} of their formulas tried, {outcome(both)}." if both.tried else f"{said}."


def versions(number: int) -> str:
    """Return words for so many wrong versions."""
    return count(number, "wrong version")


def outcome(trials: Trials) -> str:
    """Return what became of the wrong versions."""
    return "all failed" if trials.tried == trials.failed else f"{trials.failed:,} failed"


def count(number: int, noun: str) -> str:
    """Return words for so many things."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


# HTML


def visit_fold(translator: HTML5Translator, node: Fold) -> None:
    """Begin the element."""
    translator.body.append(translator.starttag(node, "details", ""))


def depart_fold(translator: HTML5Translator, node: Fold) -> None:
    """End it."""
    translator.body.append("</details>\n")


def visit_line(translator: HTML5Translator, node: Line) -> None:
    """Begin the line that is always seen."""
    translator.body.append("<summary>")


def depart_line(translator: HTML5Translator, node: Line) -> None:
    """End it."""
    translator.body.append("</summary>\n")
