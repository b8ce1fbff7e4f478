"""Judge answers: hidden inputs, references and comparison are here, and what becomes of them in a result."""

import builtins
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from .assignment import Assignment
from .checks import AssignmentError, Check, with_numbers
from .comparing import difference, elements, kind_of
from .notebook import clean
from .replies import Reply

BUILTIN_ERRORS = {
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}
LOST = "the process ended: os._exit, a crash, or more memory than there is"
ODD = (TypeError, ValueError, IndexError, KeyError, AttributeError, OverflowError)
STUDENT, AUTHOR, GRADER = "student", "author of the check", "grader"


@dataclass
class Outcome:
    """How one check went. `why` is for the student: of a hidden check it says no more than that it was not passed.

    `fault` says whose it is (the student's, the author's of the check, the grader's), and `detail` what happened; both
    are for the instructor, and stand on no page that a student gets.
    """

    name: str
    question: str
    most: float
    says: str
    see: str
    public: bool
    points: float = 0.0
    why: str = ""
    printed: str = ""
    fault: str = ""
    detail: str = ""


@dataclass
class Result:
    """The result of one submission; `error` says why it could not be graded at all, `fault` whose fault that is.

    `code` is that of each question, `other` all the rest of it; `pictures` are those pasted into written answers,
    each a kind and its bytes in base64.
    """

    checks: list[Outcome] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""
    fault: str = ""
    pictures: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    other: str = ""
    starved: bool = False

    @property
    def marks(self) -> dict[str, float]:
        """The points of each question that the machine grades."""
        marks: dict[str, float] = {}
        for outcome in self.checks:
            marks[outcome.question] = marks.get(outcome.question, 0.0) + outcome.points
        return marks

    @property
    def score(self) -> float:
        """The sum of the marks."""
        return sum(self.marks.values())


class Ruling(NamedTuple):
    """How an answer is judged: why it fails (empty if it passes), whose fault that is, and what the instructor sees."""

    why: str
    fault: str = ""
    detail: str = ""


class Key:
    """Inputs and references of all checks, computed once for all submissions."""

    def __init__(self, assignment: Assignment) -> None:
        """Draw the inputs and compute what is expected; AssignmentError if a check cannot do that."""
        self.assignment = assignment
        self.inputs, self.expected = {}, {}
        for check in assignment.checks:
            try:
                arguments = self._drawn(check)
                # Again from the same seed for the reference, in case it changes its arguments.
                known = None if check.judge else check.reference(self._drawn(check), assignment.numbers)
            except AssignmentError:
                raise
            except Exception as error:
                words = f"its inputs or its expected raise {type(error).__name__}: {error}"
                raise AssignmentError(f"{assignment.slug}/checks.py: check {check.name!r}: {words}") from error
            self.inputs[check.name], self.expected[check.name] = arguments, known

    def _drawn(self, check: Check) -> tuple[Any, ...]:
        return check.arguments(self.assignment.rng("inputs", check.name), self.assignment.numbers)

    def verdict(self, check: Check, answer: Any) -> str:
        """Return an empty string if the answer passes, else words. Never raises, whatever the answer is."""
        return self.ruling(check, answer).why

    def ruling(self, check: Check, answer: Any) -> Ruling:
        """Return whether the answer passes, and if not, why and whose fault that is. Never raises.

        A judge that trips over what kind of thing the answer is has an odd answer before it; one that fails in any
        other way has a mistake of its own, or no memory left.
        """
        try:
            with np.errstate(all="ignore"):
                why = self._judged(check, answer)
        except Exception as error:  # MemoryError and RecursionError are among them
            detail = f"the judge raised {type(error).__name__}: {clean(str(error), 200)}"
            if isinstance(error, ODD):
                return Ruling("the answer is not of the kind that is asked for", STUDENT, detail)
            return Ruling("this check failed itself: tell your instructor", AUTHOR, detail)
        return Ruling(why, STUDENT if why else "")

    def _judged(self, check: Check, answer: Any) -> str:
        if check.dtype_kind and kind_of(answer) not in check.dtype_kind:
            return "the answer's type is not the kind that is asked for"
        if check.judge is None:
            return difference(answer, self.expected[check.name], check.rtol, check.atol)
        if (size := elements(answer)) > check.most:
            return f"the answer has {size} parts; at most {check.most} can be judged"
        said = with_numbers(check.judge, (answer, self.inputs[check.name]), self.assignment.numbers)
        if isinstance(said, str):
            return said or "the answer does not have this property"
        passed = said is True or (isinstance(said, np.bool_) and bool(said))
        return "" if passed else "the answer does not have this property"


def assess(key: Key, check: Check, reply: Reply) -> Ruling:
    """Return how a reply is judged."""
    if reply.error:
        return Ruling(_failure(check, reply), STUDENT)
    if not check.mutates and reply.mutated:
        return Ruling(f"{check.calls} changes its arguments: work on a copy", STUDENT)
    return key.ruling(check, reply.value)


def _failure(check: Check, reply: Reply) -> str:
    """Return why there is no answer, in words."""
    if reply.error == "time":
        return f"no answer within {check.seconds:g} s"
    if reply.error == "missing":
        return f"there is no {check.calls}"
    if reply.error == "lost":
        return LOST
    if reply.error != "raised":
        return "the reply is malformed"
    kind = reply.type if reply.type in BUILTIN_ERRORS else "an exception"
    if kind == "NotImplementedError":
        return "not answered yet"
    place = f" (line {reply.line} of its cell)" if reply.line else ""
    return f"{check.calls} raises {kind}{place}: {clean(reply.words, 300)}"
