"""The prose gate: a number in a sentence comes from the code that computed it, through glue.

    python -m coursebook.gates.prose [file ...]   by default all pages; exits 1 on a problem

A typed decimal, percentage, whole number above twelve, share or ratio, in digits or in words, fails wherever a reader
meets it: text, headings, tables, captions, alt texts, formulas, code that is not run, the words of a figure that can be
moved. It may be typed

- if it is a whole number above twelve that the code between the same two headings types too;
- in a {question} question, if a test bears the question's label: these numbers are given with it, or answers to it;
- in a labelled formula that a test reads from the page, if it is a whole number;
- if it is on the list of givens, book/prose_constants.toml, under the page's name: see gates/givens.py.

A line of the list that its page no longer needs fails too.
"""

import re
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

from coursebook.claims import gate as claims
from coursebook.gates import counts, givens, glue
from coursebook.gates.givens import CONSTANTS, Given
from coursebook.gates.passages import FORMULA, NOT_RUN, Passage, passages
from coursebook.questions import reader as questions
from coursebook.source import contents, myst, settings

SPACE = r"(?:[\s~`]|\\[ ,:;!]|\\quad)*"
PERCENT = rf"{SPACE}(?:\\?%|per\s?cent\b)"
LENGTH = r"(?:em|ex|pt|mu)\b"  # \\[0.5em] is spacing, not a number
NUMBER = re.compile(
    r"(?:(?<![\d.])\d+(?:,\d{3})*\.\d+|(?<![\w.:)])\.\d+)"  # 0.5 or .5; not the .3 of {x:.3f}
    rf"(?!\.?\d)(?:[eE][-+−]?\d+)?(?:{PERCENT})?(?!{LENGTH})"  # nor 1.2.3; perhaps 4.2e-18 or 2.5 %
    rf"|(?<![\w.])\d+[eE][-+−]?\d+\b"  # 1e-5
    rf"|(?<![\w.])\d+(?:,\d{{3}})*{PERCENT}"  # 60 %
)
BARE = re.compile(rf"{counts.DIGITS}|{counts.WORDS}", re.IGNORECASE)
GLUE = 'compute it in a code cell, glue("key", ...) it and write {glue:text}`key`'
WORDS = "say it in words that need no number"
REMEDIES = {FORMULA: "write a symbol or a fraction", "an alt text": WORDS, "the page's header": WORDS}
COUNTED = f"{GLUE}, or let the code of this section type it"


class Typed(NamedTuple):
    """A typed number: as it stands, as the list spells it, its line, its passage and place there; a count's numbers."""

    text: str
    spelled: str
    line: int
    passage: Passage
    start: int
    end: int
    values: tuple[int, ...] = ()


def typed_numbers(path: Path) -> list[Typed]:
    """Return the decimals, percentages and counts that are typed in the file's words, in order."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = []
    for passage in passages(path):
        taken = [match.span() for match in NUMBER.finditer(passage.text)]
        for match in NUMBER.finditer(passage.text):
            typed = match[0].split()
            spelled = re.sub(r"[\s`]", "", re.sub(PERCENT, "%", match[0]))
            line = passage.line_of(typed[0], match.start(), lines)
            found.append(Typed(" ".join(typed), spelled, line, passage, match.start(), match.end()))
        for count in counts.counts(passage.text) if passage.place != NOT_RUN else ():
            if any(start < count.end and count.start < end for start, end in taken):
                continue
            line = passage.line_of(count.text.split()[0], count.start, lines)
            found.append(Typed(count.text, count.text, line, passage, count.start, count.end, count.values))
    return found


def _from_code(numbers: Sequence[Typed], path: Path) -> list[Typed]:
    """Return the whole numbers above twelve that the code between the same two headings types as well."""
    pieces = list(myst.pieces(path)) if path.suffix == ".md" else []
    heads = [0, *(piece.line for piece in pieces if isinstance(piece, myst.Sentence) and piece.heading == 2)]
    code: dict[int, set[int]] = {}
    for cell in (piece for piece in pieces if isinstance(piece, myst.Directive) and piece.name == "code-cell"):
        code.setdefault(_section(cell.line, heads), set()).update(givens.in_code(cell.body))
    return [
        number
        for number in numbers
        if len(number.values) == 1
        and number.values[0] > counts.LARGEST_FREE
        and not re.search(r"times|fold|ths?\b", number.text)
        and number.values[0] in code.get(_section(number.line, heads), ())
    ]


def _section(line: int, heads: Sequence[int]) -> int:
    return max(head for head in heads if head <= line)


def number_problems(path: Path, listed: Sequence[Given], tested: Collection[str] = ()) -> list[str]:
    """Return the typed numbers that nothing bears out, and the lines of the list that do not hold or are not needed."""
    try:
        numbers = typed_numbers(path)
    except yaml.YAMLError as error:
        line = error.problem_mark.line + 2
        return [f"{path}:{line}: the page's header is not YAML ({error.problem}): put the text in quotes"]
    found, asked = _asked(path, numbers, tested)
    read = [number for number in numbers if number.values and number.passage.label in tested]
    borne_out = [*asked, *read, *_from_code(numbers, path)]
    used: dict[Given, list[Typed]] = {given: [] for given in listed}
    for number in (number for number in numbers if number not in borne_out):
        covering = [given for given in listed if _covers(given, number)]
        for given in covering:
            used[given].append(number)
        if not covering:
            found.append(f"{path}:{number.line}: {_typed(number, contents.page_name(path))}")
    for given, theirs in used.items():
        where = f'{CONSTANTS}: [{contents.page_name(path)}] "{given.text}"'
        values = {value for number in theirs for value in number.values}
        if not theirs:
            found.append(f"{where} is no number that {path} types and nothing else bears out: remove it")
        elif weakness := givens.weakness(given, path, values, tested):
            found.append(f"{where} {weakness}")
    return found


def _covers(given: Given, number: Typed) -> bool:
    """A line that is a bare count would excuse the same number elsewhere on the page: it must hold a word around it."""
    bare = bool(number.values) and bool(BARE.fullmatch(given.text))
    alone = bare and number.passage.text.strip() != number.spelled
    return not alone and given.covers(number.spelled, number.passage.text, number.start, number.end)


def _asked(path: Path, numbers: Sequence[Typed], tested: Collection[str]) -> tuple[list[str], list[Typed]]:
    """Return the questions whose numbers no test checks, as messages, and the numbers of all questions."""
    found, asked = [], []
    for question in questions.questions_in(path) if path.suffix == ".md" else ():
        inside = [number for number in numbers if question.line <= number.line < question.end]
        asked += inside
        if inside and question.label not in tested:
            found.append(
                f'{path}:{inside[0].line}: typed number "{inside[0].text}" in a question that no test checks: '
                f'write one in tests/claims/ marked @pytest.mark.claim("{question.label}")'
            )
    return found, asked


def _typed(number: Typed, page: str) -> str:
    place = number.passage.place
    remedy = REMEDIES.get(place, COUNTED if number.values else GLUE)
    entry = f'"... {number.spelled} ..." with a word around it' if number.values else f'"{number.spelled}"'
    return (
        f'typed number "{number.text}" in {place}: {remedy}; if it is given, add {entry} '
        f"and a reason to [{page}] in {CONSTANTS}"
    )


def figures(root: Path) -> list[Path]:
    """Return the modules of the figures that readers can move."""
    name = settings.of(root).explorables
    return sorted((root / name.replace(".", "/")).glob("*.js")) if name else []


def problems(root: Path, paths: Sequence[Path] | None = None) -> list[str]:
    """Return every problem of these files of the book at root (by default of all its pages), one line each."""
    book = [*contents.worded(root), *figures(root)]
    checked = book if paths is None else paths
    listed, tested = givens.read(root), claims.evidence(root)
    found: list[str] = []
    for path in checked:
        found += number_problems(path, listed.get(contents.page_name(path), []), tested)
    # Keys must be unique over the whole book, so all of it is read even for one file. Assignments have none.
    glued = {path for path in (*book, *checked) if path.suffix == ".md" and not path.match(contents.MASTERS)}
    keys = glue.glue_problems(sorted(glued))
    found += [problem for problem in keys if problem.startswith(tuple(f"{path}:" for path in checked))]
    found += givens.stray(listed, [*book, *checked])
    return myst.shortened(found, root)


def main(arguments: list[str]) -> int:
    """Check the named files, or all pages."""
    found = problems(Path.cwd(), [Path(name).resolve() for name in arguments] or None)
    print("\n".join(found) if found else "every number in the words is computed, verified or a listed given")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
