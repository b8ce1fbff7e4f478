"""TeX becomes MathML: Temml, run by Node.js, and then the book's own rules of spacing and of lines."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree
from sphinx.errors import ExtensionError

from coursebook.site import node
from coursebook.site.maths import lines, spacing

PROGRAM = Path(__file__).with_name("temml.js")
SECONDS = 60  # for the formulas of a page: a busy machine is not an error


class Formula(NamedTuple):
    """TeX, and how and where it is shown."""

    tex: str
    displayed: bool  # on lines of its own
    place: str = ""  # file and line, for messages


def mathml(formulas: Sequence[Formula]) -> list[str]:
    """Return each formula as MathML; ExtensionError names the place of one that Temml cannot read."""
    new = [formula for formula in dict.fromkeys(formulas) if formula not in _SET]
    if new:
        for formula, answer in zip(new, _temml(tuple(formula[:2] for formula in new)), strict=True):
            if not isinstance(answer, str):
                raise ExtensionError(
                    f"{formula.place}: Temml cannot read this formula. {answer['error']}\n{formula.tex}"
                )
            _SET[formula] = _finished(answer, formula)
    return [_SET[formula] for formula in formulas]


_SET: dict[Formula, str] = {}  # one build sets the formulas of a page's headings several times


def _temml(formulas: tuple[tuple[str, bool], ...]) -> list[Any]:
    done = subprocess.run(
        [node.program(), PROGRAM],
        input=json.dumps(formulas),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if done.returncode:
        raise ExtensionError(f"Node.js could not run {PROGRAM.name}: {done.stderr.strip()}")
    answers: list[Any] = json.loads(done.stdout)
    return answers


def _finished(answer: str, formula: Formula) -> str:
    math = etree.fromstring(answer)
    spacing.set_right(math)
    if not formula.displayed:
        lines.divide(math)
    math.set("alttext", " ".join(formula.tex.split()))
    text: str = etree.tostring(math, encoding="unicode", method="html")
    return text
