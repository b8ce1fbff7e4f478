"""Grade notebooks: hidden inputs, references, comparison and score are here; the sandbox only answers calls.

What comes back is data that `wire` has checked. A wrong answer, a lie, a crash or a late reply costs the check's points
and nothing else. The same notebook gets the same score in every run.
"""

import queue
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from . import forbidden
from . import notebook as reading
from .assignment import Assignment
from .checks import AssignmentError, Check
from .judging import AUTHOR, BUILTIN_ERRORS, GRADER, LOST, STUDENT, Key, Outcome, Result, Ruling, assess
from .notebook import Answers, Submitted, UnreadableError, clean
from .sandbox import Limits, Sandbox, SandboxError
from .session import Session

__all__ = [
    "AUTHOR",
    "GRADER",
    "STUDENT",
    "Bench",
    "Key",
    "Outcome",
    "Result",
    "Ruling",
    "grade",
    "grade_all",
    "grade_one",
]
HIDDEN = "the answer does not do this"  # all that is said of a hidden check, whatever happened
WAITS = "is asked only when the check before it is passed"


def grade_one(key: Key, sandbox: Sandbox, cells: list[Submitted]) -> Result:
    """Grade the cells of one submission: public checks in a fork of its notebook, then the hidden ones.

    All that is shown, but for one bit of each hidden check, is known before the first hidden input is sent.
    """
    found = reading.answers(key.assignment, cells)
    session = Session(sandbox, found.code, list(dict.fromkeys(check.calls for check in key.assignment.checks)))
    refused = refusals(key.assignment, found)
    outcomes = {c.name: Outcome(c.name, c.question, c.points, c.says, c.see, c.public) for c in key.assignment.checks}
    result = Result(list(outcomes.values()), found.written, found.by_question, found.imports)
    result.pictures, result.other = found.pictures, found.other
    for outcome in outcomes.values():
        outcome.why = refused.get(outcome.question, "")
        outcome.fault = STUDENT if outcome.why else ""
    if any(check.public for check in key.assignment.checks):
        session.part()
        for check in key.assignment.checks:
            if check.public:
                ask(key, session, check, outcomes)
        session.leave()
    known = session.names if session.ready() else None
    result.notes = [*found.notes, *_notes(session, found)]
    for check in key.assignment.checks:
        if not check.public:
            ask(key, session, check, outcomes)
            hide(outcomes[check.name], check, known, found, refused)
    sandbox.end()
    result.starved = session.starved
    return result


def refusals(assignment: Assignment, found: Answers) -> dict[str, str]:
    """Return why answers are refused unasked: the questions that use what they forbid, and what that is."""
    told: dict[str, str] = {}
    rules = assignment.facts.get("FORBIDDEN", {})
    if not rules:
        return told
    notebook = forbidden.Notebook(found.code)
    for question in {check.question: None for check in assignment.checks}:
        names = [check.calls for check in assignment.checks if check.question == question]
        wanted = [*rules.get("*", ()), *rules.get(question, ())]
        if used := notebook.uses(found.by_question.get(question, ""), names, wanted):
            told[question] = f"the answer uses {', '.join(used[:5])}, which this question forbids"
    return told


def ask(key: Key, session: Session, check: Check, outcomes: dict[str, Outcome]) -> None:
    """Ask one check, and write down how it went."""
    outcome = outcomes[check.name]
    if outcome.why:  # refused
        return
    if check.after is not None and outcomes[check.after].why:
        outcome.why = WAITS
        return
    reply = session.call(check, key.inputs[check.name])
    outcome.printed = clean(reply.printed, 2000) if check.public else ""
    outcome.why, outcome.fault, outcome.detail = assess(key, check, reply)
    outcome.points = 0.0 if outcome.why else check.points


def hide(outcome: Outcome, check: Check, known: frozenset[str] | None, found: Answers, refused: dict[str, str]) -> None:
    """Leave one bit of what a hidden check has told, and say what was known before it was asked."""
    if not outcome.why or outcome.why == WAITS or check.question in refused:
        return
    outcome.detail, outcome.why = outcome.detail or outcome.why, HIDDEN
    if known is None:
        outcome.why = LOST
    elif check.calls not in known:
        outcome.why = f"there is no {check.calls}"
    if check.question in found.untouched:
        outcome.why = "not answered yet"


def _notes(session: Session, found: Answers) -> list[str]:
    notes = []
    if session.definitions_only:
        notes.append("A statement of the notebook hung or ended the process, so that only its definitions were run.")
    for cell, kind, words in session.problems[:5]:
        if kind not in BUILTIN_ERRORS | {"OutOfTime"} or kind == "NotImplementedError":
            continue
        what = "takes too long" if kind == "OutOfTime" else f"raises {kind}: {clean(words, 200)}"
        notes.append(f"Code cell {cell + 1} {what}.")
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
    doubtful = _grade_side_by_side(key, list(jobs), done, workers, limits, unsafe)
    if doubtful:  # a time ran out while others had the processors: once more, alone
        _grade_side_by_side(key, doubtful, done, 1, limits, unsafe, last=True)


def _grade_side_by_side(
    key: Key,
    jobs: list[Job],
    done: Callable[[Any, Result], None],
    workers: int,
    limits: Limits | None,
    unsafe: bool,
    last: bool = False,
) -> list[Job]:
    """Grade jobs in so many sandboxes; return those whose result is in doubt, unless this is the last time."""
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    ready: queue.SimpleQueue[tuple[Job, Result] | BaseException | None] = queue.SimpleQueue()
    for job in jobs:
        waiting.put(job)
    workers = max(1, min(workers, len(jobs)))
    doubtful: list[Job] = []

    def work(number: int) -> None:
        try:
            with Bench(key, limits, number, unsafe) as bench:
                while not stopped.is_set():
                    job = waiting.get_nowait()
                    ready.put((job, bench.attempt(job[1])))
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
            elif item[1].starved and not last:
                doubtful.append(item[0])
            else:
                done(item[0][0], item[1])
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(usual)
    return doubtful


class Bench:
    """A key with a sandbox that is started when first needed, and once more if it breaks."""

    def __init__(self, key: Key, limits: Limits | None = None, number: int = 0, unsafe: bool = False) -> None:
        """Start nothing yet."""
        self.key = key
        mine, limits = key.assignment, limits or limits_of(key.assignment)
        self._start: Callable[[], Sandbox] = lambda: Sandbox(
            mine.preload, limits, number, unsafe, mine.allows_library, mine.data
        )
        self._sandbox: Sandbox | None = None

    def __enter__(self) -> "Bench":
        """Return itself."""
        return self

    def __exit__(self, *problem: object) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()

    def attempt(self, read: Callable[[], list[Submitted]]) -> Result:
        """Grade what `read` returns. Whatever one submission causes is its result; SandboxError if none can be had."""
        try:
            cells = read()
        except UnreadableError as error:
            return Result(error=str(error), fault=STUDENT)
        except Exception as error:
            return failed("could not be read", error)
        for last in (False, True):
            self._sandbox = self._sandbox or self._start()
            try:
                return grade_one(self.key, self._sandbox, cells)
            except SandboxError as error:
                self._sandbox = None
                if last:  # if there can be none at all, that is raised; else it is this submission's doing
                    self._sandbox = self._start()
                    return failed("ended two sandboxes", error)
            except Exception as error:
                self._restart()
                return failed("could not be graded", error)
        raise AssertionError

    def _restart(self) -> None:
        """Give up a sandbox of which nobody knows what it is at."""
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None


def limits_of(assignment: Assignment) -> Limits:
    """Return what a submission may take, as LIMITS of checks.py says: {"memory": 2 << 30, "statement": 60}."""
    told = assignment.facts.get("LIMITS", {})
    known = {item.name for item in fields(Limits)}
    if not isinstance(told, dict) or told.keys() - known or not all(isinstance(v, (int, float)) for v in told.values()):
        raise AssignmentError(f"{assignment.slug}/checks.py: LIMITS may give numbers for {', '.join(sorted(known))}")
    return Limits(**told)


def failed(what: str, error: Exception) -> Result:
    """Return the result of a submission on which the grader itself failed."""
    words = f"{type(error).__name__}: {clean(str(error), 200)}"
    return Result(error=f"{what}; this is a fault of the grader, not of the notebook ({words})", fault=GRADER)


def reader(item: Path | str | NotebookNode) -> Callable[[], list[Submitted]]:
    """Return how the cells of a notebook are read, given as a path or as nbformat's."""
    if isinstance(item, NotebookNode):
        return lambda: reading.from_nodes(item["cells"])
    return lambda: reading.read_cells(reading.read_bytes(Path(item)))


def grade(assignment: Assignment, notebooks: Sequence[Path | str | NotebookNode], **options: Any) -> list[Result]:
    """Grade notebooks, given as paths or as nbformat notebooks; return their results in the same order."""
    results: dict[int, Result] = {}
    grade_all(assignment, list(enumerate(map(reader, notebooks))), results.__setitem__, **options)
    return [results[number] for number in range(len(notebooks))]
