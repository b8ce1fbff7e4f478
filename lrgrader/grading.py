"""Grade notebooks: hidden inputs, references, comparison and score are here; the sandbox only answers calls.

What comes back is data that `wire` has checked. A wrong answer, a lie, a crash or a late reply costs the check's points
and nothing else. The same notebook gets the same score in every run.
"""

import builtins
import queue
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from nbformat import NotebookNode

from . import notebook as reading
from .assignment import Assignment
from .checks import Check, with_numbers
from .comparing import difference
from .notebook import Answers, Submitted, UnreadableError, clean
from .sandbox import Limits, Sandbox, SandboxError
from .session import Session

BUILTIN_ERRORS = {
    name for name, kind in vars(builtins).items() if isinstance(kind, type) and issubclass(kind, BaseException)
}
LOST = "the process ended: os._exit, a crash, or more memory than there is"


@dataclass
class Outcome:
    """How one check went; `why` is for the student and gives no hidden input away."""

    name: str
    question: str
    most: float
    says: str
    see: str
    public: bool
    points: float = 0.0
    why: str = ""
    printed: str = ""


@dataclass
class Result:
    """The result of one submission; `error` says why it could not be graded at all."""

    checks: list[Outcome] = field(default_factory=list)
    written: dict[str, str] = field(default_factory=dict)
    code: dict[str, str] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    error: str = ""

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


class Key:
    """Inputs and references of all checks, computed once for all submissions."""

    def __init__(self, assignment: Assignment) -> None:
        """Draw the inputs and compute what is expected."""
        self.assignment = assignment
        self.inputs, self.expected = {}, {}
        for check in assignment.checks:
            arguments = check.arguments(assignment.rng("inputs", check.name), assignment.numbers)
            # Again from the same seed for the reference, in case it changes its arguments.
            again = check.arguments(assignment.rng("inputs", check.name), assignment.numbers)
            self.inputs[check.name] = arguments
            self.expected[check.name] = None if check.judge else check.reference(again, assignment.numbers)

    def verdict(self, check: Check, answer: Any) -> str:
        """Return an empty string if the answer passes, else words. Never raises, whatever the answer is."""
        try:
            with np.errstate(all="ignore"):
                if check.dtype_kind and np.asarray(answer).dtype.kind not in check.dtype_kind:
                    return f"the answer's type is {np.asarray(answer).dtype}, which is not the kind that is asked for"
                if check.judge is None:
                    return difference(answer, self.expected[check.name], check.rtol, check.atol)
                said = with_numbers(check.judge, (answer, self.inputs[check.name]), self.assignment.numbers)
        except Exception:
            return "the answer is not of the kind that is asked for"
        if isinstance(said, str):
            return said
        return (
            ""
            if said is True or (isinstance(said, np.bool_) and bool(said))
            else "the answer does not have this property"
        )


def grade_one(key: Key, sandbox: Sandbox, cells: list[Submitted]) -> Result:
    """Grade the cells of one submission."""
    found = reading.answers(key.assignment, cells)
    session = Session(sandbox, found.code)
    result = Result(written=found.written, code=found.by_question, imports=found.imports)
    passed: set[str] = set()
    for check in key.assignment.checks:
        outcome = Outcome(check.name, check.question, check.points, check.says, check.see, check.public)
        result.checks.append(outcome)
        if check.after is not None and check.after not in passed:
            outcome.why = "is asked only when the check before it is passed"
            continue
        outcome.why = assess(key, session, check, outcome)
        if not outcome.why:
            outcome.points = check.points
            passed.add(check.name)
    sandbox.end()
    result.notes = _notes(session, found)
    return result


def assess(key: Key, session: Session, check: Check, outcome: Outcome) -> str:
    """Call the answer and compare; return why it fails, in words, or an empty string."""
    reply = session.call(check, key.inputs[check.name])
    if check.public and isinstance(reply.get("printed"), str):
        outcome.printed = clean(reply["printed"], 2000)
    if "error" in reply or "value" not in reply:
        return _failure(check, reply)
    if not check.mutates and reply.get("mutated") is not False:
        return f"{check.calls} changes its arguments: work on a copy"
    return key.verdict(check, reply["value"])


def _failure(check: Check, reply: dict[str, Any]) -> str:
    """Return why there is no answer, in words. What a student's code says is shown for public checks only."""
    error = reply.get("error")
    if error == "time":
        return f"no answer within {check.seconds:g} s"
    if error == "missing":
        return f"there is no {check.calls}"
    if error == "lost":
        return LOST
    if error != "raised":
        return "the reply is malformed"
    kind = reply.get("type") if reply.get("type") in BUILTIN_ERRORS else "an exception"
    line = reply.get("line")
    place = f" (line {line} of its cell)" if type(line) is int and 0 < line < 100_000 else ""
    if kind == "NotImplementedError":
        return "not answered yet"
    words = f": {clean(str(reply.get('words')), 300)}" if check.public and isinstance(reply.get("words"), str) else ""
    return f"{check.calls} raises {kind}{place}{words}"


def _notes(session: Session, found: Answers) -> list[str]:
    notes = []
    if session.definitions_only:
        notes.append("A statement of the notebook hung or ended the process, so that only its definitions were run.")
    for cell, kind, words in session.problems[:5]:
        if kind not in BUILTIN_ERRORS | {"OutOfTime"} or kind == "NotImplementedError":
            continue
        what = "takes too long" if kind == "OutOfTime" else f"raises {kind}: {clean(words, 200)}"
        notes.append(f"Code cell {int(cell) + 1 if type(cell) is int else '?'} {what}.")
    if not found.code:
        notes.append("The notebook has no code.")
    return notes


Job = tuple[Any, Callable[[], list[Submitted]]]


def grade_all(
    assignment: Assignment,
    jobs: Iterable[Job],
    done: Callable[[Any, Result], None],
    *,
    workers: int = 2,
    limits: Limits | None = None,
    unsafe: bool = False,
) -> None:
    """Grade jobs (a name, and how to read its cells), and hand each result to `done`, in this thread, as it comes."""
    key = Key(assignment)
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    ready: queue.SimpleQueue[tuple[Any, Result] | BaseException | None] = queue.SimpleQueue()
    count = 0
    for job in jobs:
        waiting.put(job)
        count += 1
    workers = max(1, min(workers, count))

    def work(number: int) -> None:
        try:
            with Bench(key, limits, number, unsafe) as bench:
                while not stopped.is_set():
                    name, read = waiting.get_nowait()
                    ready.put((name, bench.attempt(read)))
        except queue.Empty:
            ready.put(None)
        except BaseException as error:
            ready.put(error)

    # A thread that has a reply waits for the one that computes, a hundred times a second: not five milliseconds.
    usual = sys.getswitchinterval()
    sys.setswitchinterval(usual / 10)
    stopped = threading.Event()
    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(workers)]
    for thread in threads:
        thread.start()
    try:
        while workers:
            item = ready.get()
            if isinstance(item, BaseException):
                raise item
            if item is None:
                workers -= 1
            else:
                done(*item)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(usual)


class Bench:
    """A key with a sandbox that is started when first needed, and once more if it breaks."""

    def __init__(self, key: Key, limits: Limits | None = None, number: int = 0, unsafe: bool = False) -> None:
        """Start nothing yet."""
        self.key = key
        preload, library = key.assignment.preload, key.assignment.allows_library
        self._start: Callable[[], Sandbox] = lambda: Sandbox(preload, limits, number, unsafe, library)
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> "Bench":
        """Return itself."""
        return self

    def __exit__(self, *problem: object) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()

    def attempt(self, read: Callable[[], list[Submitted]]) -> Result:
        """Grade what `read` returns; a file that cannot be read is a result too. SandboxError if none can be had."""
        try:
            cells = read()
        except UnreadableError as error:
            return Result(error=str(error))
        for last in (False, True):
            self._sandbox = self._sandbox or self._start()
            try:
                return grade_one(self.key, self._sandbox, cells)
            except SandboxError:
                self._sandbox = None
                if last:
                    raise
        raise AssertionError


def grade(assignment: Assignment, notebooks: Sequence[Path | str | NotebookNode], **options: Any) -> list[Result]:
    """Grade notebooks, given as paths or as nbformat notebooks; return their results in the same order."""
    results: dict[int, Result] = {}

    def reader(item: Path | str | NotebookNode) -> Callable[[], list[Submitted]]:
        if isinstance(item, NotebookNode):
            return lambda: reading.from_nodes(item["cells"])
        return lambda: reading.read_cells(reading.read_bytes(Path(item)))

    grade_all(assignment, list(enumerate(map(reader, notebooks))), results.__setitem__, **options)
    return [results[number] for number in range(len(notebooks))]
