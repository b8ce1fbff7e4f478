"""The questions of a chapter's "Check yourself": one {question} directive each, its options and what each answers back.

    ```{question} The odds are 3 to 1. What is the probability?
    :label: check-odds-to-probability
    - [ ] $1/3$
      : Feedback: what would make one think so, and why it fails.
    - [x] $3/4$
      : Feedback: why it is right.
    ```

The question, or more of it, may also come between the directive's options and the first answer; a question with
`code` must. `:several:` allows more than one right answer. With `:within: 0.01` the answers are numbers, and a reader
with scripts types one: it counts as the answer that is no further away than that.

quiz.py shows the questions, coursebook.claims asks for their tests.
"""

import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

from coursebook.source import myst

DIRECTIVE = "question"
LABEL = re.compile(r"check-[a-z0-9]+(?:-[a-z0-9]+)+")
FENCE = re.compile(r"\s*(?:`{3,}|:{3,})\{question\}")
BOX = re.compile(r"- \[([ xX])\] +(\S.*)")
FEEDBACK = re.compile(r"\s+: +(\S.*)")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:/[1-9]\d*)?")


class Part(NamedTuple):
    """Some lines of MyST, without their indentation; offset is the place of the first among those of the directive."""

    lines: list[str]
    offset: int

    @property
    def text(self) -> str:
        """Return the lines as one string."""
        return "\n".join(self.lines).strip()


class Option(NamedTuple):
    """One answer: is it right, what it says, and what the reader is told who chooses it."""

    right: bool
    answer: Part
    feedback: Part

    @property
    def number(self) -> Fraction | None:
        """Return the answer as a number, None if it is not one: $-3/4$ is, "about 2" is not."""
        plain = self.answer.text.strip("$ ").replace("−", "-")
        if not NUMBER.fullmatch(plain):
            return None
        above, _, below = plain.partition("/")
        return Fraction(above) / Fraction(below or 1)


class Question(NamedTuple):
    """One {question}: its argument is the question, which stem continues; within is None unless a number is typed."""

    label: str
    title: str
    stem: Part
    options: list[Option]
    several: bool
    within: Fraction | None
    stray: list[int]  # places of lines that belong to nothing
    path: Path = Path()
    line: int = 0
    body_line: int = 0
    end: int = 0  # the line after its last

    @property
    def right(self) -> list[Option]:
        """Return the right options."""
        return [option for option in self.options if option.right]

    @property
    def computable(self) -> bool:
        """Tell whether a right answer contains a digit: then something can be computed, and a test must do so."""
        return any(re.search(r"\d", option.answer.text) for option in self.right)


def read(title: str, options: dict[str, Any], body: list[str]) -> Question:
    """Return the question that a directive with this argument, these options and these lines asks."""
    boxes = {place: box for place, line in enumerate(body) if (box := BOX.match(line))}
    starts = list(boxes)
    ends = [*starts[1:], len(body)]
    stem = Part(body[: starts[0]] if starts else body, 0)
    answers, stray = [], []
    for start, end in zip(starts, ends, strict=True):
        stray += [place for place in range(start + 1, end) if re.match(r"\S", body[place])]
        answers.append(_option(boxes[start], body[start:end], start))
    try:
        within = Fraction(str(options["within"])) if "within" in options else None
    except ValueError:
        within = Fraction(-1)  # which problems() refuses
    return Question(str(options.get("label", "")), title, stem, answers, "several" in options, within, stray)


def _option(box: re.Match[str], lines: list[str], start: int) -> Option:
    feedback = {place: found for place, line in enumerate(lines) if place and (found := FEEDBACK.match(line))}
    cut = min(feedback, default=len(lines))
    answer = Part([box[2], *(line.strip() for line in lines[1:cut])], start)
    if cut == len(lines):
        return Option(box[1] != " ", answer, Part([], start))
    rest = dedent("\n".join(lines[cut + 1 :])).splitlines()
    return Option(box[1] != " ", answer, Part([feedback[cut][1], *rest], start + cut))


def problems(question: Question) -> Iterator[tuple[int, str]]:
    """Yield what is wrong with a question, each with the place of its line in the body, -1 for the directive's own."""
    yield from _label_problems(question)
    if not (question.title or question.stem.text):
        yield -1, "there is no question: write it after {question}"
    if len(question.options) < 2:
        yield -1, "a question needs two answers or more: `- [ ] wrong` and `- [x] right`"
    elif len(question.right) != 1 and not (question.several and question.right):
        yield -1, f"{len(question.right)} answers are marked right: mark one with [x], or say :several:"
    for option in question.options:
        if not option.feedback.text:
            yield option.answer.offset, "an answer without feedback: add an indented line `: why it is right or wrong`"
    for place in question.stray:
        yield place, "this line belongs to no answer: indent it, or write it before the first one"
    if question.within is not None:
        yield from _number_problems(question)


def _label_problems(question: Question) -> Iterator[tuple[int, str]]:
    if not LABEL.fullmatch(question.label):
        said = question.label or "none"
        yield -1, f"the label ({said}) must read check-<chapter>-<some-words> (lower case, digits, hyphens)"


def _number_problems(question: Question) -> Iterator[tuple[int, str]]:
    if question.within is None or question.within <= 0:
        yield -1, ":within: takes a positive number, such as 0.01"
        return
    seen: list[Fraction] = []
    for option in question.options:
        if option.number is None:
            yield option.answer.offset, "with :within: each answer is a plain number or fraction, such as $-3/4$"
        elif any(abs(option.number - other) <= 2 * question.within for other in seen):
            yield (
                option.answer.offset,
                "this number is too close to another answer: one typed number could mean both",
            )
        else:
            seen.append(option.number)


def questions_in(path: Path) -> list[Question]:
    """Return the questions of one chapter, in the order of the page."""
    return [
        read(found.argument, found.options, found.body.splitlines())._replace(
            path=path, line=found.line, body_line=found.body_line, end=found.body_line + found.body.count("\n") + 1
        )
        for found in myst.directives(path, DIRECTIVE)
    ]


def chapter_problems(paths: Iterable[Path]) -> Iterator[str]:
    """Yield the problems of the questions of these chapters, one line each."""
    first: dict[str, Question] = {}
    for path in paths:
        found = questions_in(path)
        lines = path.read_text(encoding="utf-8").splitlines()
        begun = {number for number, line in enumerate(lines, start=1) if FENCE.match(line)}
        for number in sorted(begun - {question.line for question in found}):
            # CommonMark allows no backtick on the line of a ``` fence.
            yield f"{path}:{number}: this {{question}} does not begin: put a question with `code` below the options"
        for question in found:
            for place, problem in problems(question):
                line = question.line if place < 0 else question.body_line + place
                yield f"{path}:{line}: {question.label or DIRECTIVE}: {problem}"
            if other := first.get(question.label):
                where = f"{other.path}:{other.line}"
                yield f"{path}:{question.line}: {question.label}: the label is taken at {where}: choose another"
            first.setdefault(question.label, question)
