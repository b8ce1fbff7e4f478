"""The words in which an assignment's checks.py is written: Check, Written, Criterion, and draws for its numbers.

checks.py is trusted and runs only in the grader, never in the sandbox. It may use lrlib, NumPy, SciPy or scikit-learn.
Beside CHECKS and WRITTEN it may set

    NUMBERS    = {"rate": choice(0.25, 0.5)}           numbers of the questions, drawn from the secret
    MAY_USE    = ["math", "numpy"]                     modules that answers may import; others are reported
    FORBIDDEN  = {"q3": ["torch.sigmoid", ".expit"]}   functions whose use costs the question; "*" is every question
    LIMITS     = {"memory": 2 << 30, "statement": 60}  what a submission may take, as in sandbox.Limits

DATA is the assignment's folder data/, if it has one. Notebooks find it as `data/` in the folder that they work in.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

Draw = Callable[[np.random.Generator], Any]
NOTHING: Final = object()  # "no value was given", where None is a value


class AssignmentError(Exception):
    """An assignment that its author must fix; the message says where and how."""


@dataclass(frozen=True)
class Code:
    """An argument that is a function: trusted source of one expression, such as Code("lambda w: (w ** 2).sum()").

    The sandbox evaluates it with `np` at hand, so a student's code can read it. The reference gets the same function.
    """

    source: str

    def __call__(self, *arguments: Any) -> Any:
        """Call the function in the grader, for the reference."""
        return eval(self.source, {"np": np})(*arguments)


@dataclass(frozen=True)
class Check:
    """One property of an answer, worth some points.

    `calls` names a function, which is called with `inputs(rng, numbers)`, or a variable, which is read (no inputs).
    Either `expected` is the value, or the reference function of the same arguments; or `judge(answer, inputs)` returns
    True, False, or words that say what is wrong. A reference or a judge that has a parameter `numbers` is given them.
    A judge sees no answer with more than `most` parts: one that multiplies it by its inputs may need a thousand times
    the room. `fixed` says why hidden inputs are the same for every secret, where no secret can change them.
    """

    name: str
    calls: str
    points: float
    says: str
    see: str = ""
    public: bool = False
    inputs: Callable[[np.random.Generator, dict[str, Any]], tuple[Any, ...]] | None = None
    expected: Any = NOTHING
    judge: Callable[..., bool | str] | None = None
    rtol: float = 1e-7
    atol: float = 1e-12
    seconds: float = 5.0
    dtype_kind: str | None = None
    after: str | None = None
    mutates: bool = True
    most: int = 100_000
    fixed: str = ""

    def __post_init__(self) -> None:
        """Refuse what could not be graded, in words."""
        if (self.expected is NOTHING) == (self.judge is None):
            raise AssignmentError(f"check {self.name!r}: give either expected= or judge=, and not both")
        if not self.calls.isidentifier():
            raise AssignmentError(f"check {self.name!r}: calls={self.calls!r} is not a name of Python")
        if not self.says:
            raise AssignmentError(f"check {self.name!r}: says= must tell the student, in words, what is checked")
        _half_points(f"check {self.name!r}", self.points)

    @property
    def question(self) -> str:
        """The question that the check belongs to: its name up to the first hyphen."""
        return self.name.partition("-")[0]

    def arguments(self, rng: np.random.Generator, numbers: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the arguments of the call, drawn from rng; an empty tuple where a variable is read."""
        if self.inputs is None:
            return ()
        drawn = self.inputs(rng, dict(numbers))
        if not isinstance(drawn, tuple):
            raise AssignmentError(f"check {self.name!r}: inputs must return a tuple, got {type(drawn).__name__}")
        return drawn

    def reference(self, arguments: tuple[Any, ...], numbers: Mapping[str, Any]) -> Any:
        """Return the value that the answer is compared with."""
        if callable(self.expected):
            return with_numbers(self.expected, arguments, numbers)
        return self.expected


@dataclass(frozen=True)
class Criterion:
    """A line of a rubric: so many points if the answer does what it says."""

    points: float
    says: str

    def __post_init__(self) -> None:
        """Refuse points that are no halves."""
        _half_points(f"criterion {self.says!r}", self.points)


@dataclass(frozen=True)
class Written:
    """A question that a person grades, with its rubric."""

    question: str
    points: float
    criteria: list[Criterion] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse a rubric that does not add up."""
        total = sum(criterion.points for criterion in self.criteria)
        if total != self.points:
            raise AssignmentError(f"{self.question}: its criteria add up to {total:g} points, not to {self.points:g}")


def choice(*values: Any) -> Draw:
    """Return a draw of one of these values, each as likely."""
    if not values:
        raise AssignmentError("choice() needs at least one value")
    return lambda rng: values[int(rng.integers(len(values)))]


def integer(low: int, high: int) -> Draw:
    """Return a draw of a whole number from low to high, both included."""
    return lambda rng: int(rng.integers(low, high + 1))


def with_numbers(function: Callable[..., Any], arguments: tuple[Any, ...], numbers: Mapping[str, Any]) -> Any:
    """Call the function, and give it the term's numbers if it has a parameter of that name."""
    try:
        wanted = "numbers" in inspect.signature(function).parameters
    except (TypeError, ValueError):  # a function written in C has no signature to read
        wanted = False
    return function(*arguments, numbers=dict(numbers)) if wanted else function(*arguments)


def _half_points(what: str, points: float) -> None:
    if not (points > 0 and float(points * 2).is_integer()):
        raise AssignmentError(f"{what}: points are whole or half and above 0, got {points!r}")
