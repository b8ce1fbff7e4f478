"""One submission inside the sandbox: run its cells, call what it defines, and put what comes into a form to send.

Runs inside the sandbox, next to worker.py. The grader trusts nothing of it: a student's code shares its process.
"""

import ast
import contextlib
import importlib
import io
import random
import re
import signal
import sys
import traceback
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from . import wire

MOST_PRINTED = 20_000
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SETTINGS = (ast.Assign, ast.AnnAssign)
MAGIC = re.compile(r"^(\s*)(?:[%!?].*|[^#\"']*\?\s*)$")
ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, ]+=\s*)[%!].*$")


class Printed(io.TextIOBase):
    """A stream that keeps the first characters of what is printed, and forgets the rest."""

    def __init__(self) -> None:
        """Begin empty."""
        self.kept: list[str] = []
        self.length = 0

    def writable(self) -> bool:
        """Say that one may print here."""
        return True

    def write(self, text: str) -> int:
        """Keep what still has room."""
        if self.length < MOST_PRINTED:
            self.kept.append(text[: MOST_PRINTED - self.length])
        self.length += len(text)
        return len(text)


class OutOfTime(BaseException):
    """The time of a statement or a call is over. Not an Exception, so that a bare retry loop does not swallow it."""


def on_alarm(signum: int, frame: Any) -> None:
    """Interrupt what runs."""
    raise OutOfTime


@contextlib.contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds. A hostile block can prevent it; the grader's own clock cannot be."""
    signal.signal(signal.SIGALRM, on_alarm)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def plain_python(source: str) -> str:
    """Return a cell without what only IPython understands; an empty one where the cell is in another language."""
    first = source.lstrip().split("\n", 1)[0]
    if first.startswith("%%"):
        if first.split()[0] not in ("%%time", "%%timeit", "%%capture", "%%prun"):
            return ""
        source = source.lstrip().partition("\n")[2]
    lines = [ASSIGNED_MAGIC.sub(r"\1None", line) for line in source.split("\n")]
    return "\n".join(MAGIC.sub(r"\1pass", line) for line in lines)


def parsed(source: str, name: str) -> list[ast.stmt]:
    """Return the cell's statements; SyntaxError or the like if it is not Python."""
    try:
        return ast.parse(source, name).body
    except SyntaxError:
        return ast.parse(plain_python(source), name).body


def defines(statement: ast.stmt) -> bool:
    """Does the statement only give something a name, without calling anything?"""
    quiet = not any(isinstance(node, ast.Call) for node in ast.walk(statement))
    return isinstance(statement, DEFINITIONS) or (isinstance(statement, SETTINGS) and quiet)


class Code:
    """An argument that is a function, from the trusted source of one expression."""

    def __init__(self, source: str) -> None:
        """Evaluate it once."""
        self.source, self.function = source, eval(source, {"np": np})

    def __call__(self, *arguments: Any) -> Any:
        """Call it."""
        return self.function(*arguments)


class Student:
    """One submission: the names that its cells define."""

    def __init__(self) -> None:
        """Begin as a fresh notebook does."""
        module = type(sys)("__main__")
        sys.modules["__main__"] = module
        self.names = vars(module)
        self.printed = Printed()
        sys.stdout = sys.stderr = self.printed

    def load(self, cells: list[str], seconds: float, definitions_only: bool) -> list[list[Any]]:
        """Run the cells, statement by statement; return [cell, kind, words] of those that failed.

        A statement that misses a name is tried again after the rest: people run cells out of order.
        """
        problems: list[list[Any]] = []
        waiting: list[tuple[int, ast.stmt]] = []
        for number, source in enumerate(cells):
            try:
                statements = parsed(source, f"<cell {number}>")
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                problems.append([number, type(error).__name__, str(error)[:300]])
                continue
            waiting += [(number, s) for s in statements if not definitions_only or defines(s)]
        preimport(statement for _, statement in waiting)
        for _ in range(3):
            failed = [(number, statement, self.run(number, statement, seconds)) for number, statement in waiting]
            again = [(number, statement) for number, statement, error in failed if isinstance(error, NameError)]
            problems += [described(n, e) for n, _, e in failed if e is not None and not isinstance(e, NameError)]
            if not again or len(again) == len(waiting):
                break
            waiting = again
        problems += [described(number, error) for number, _, error in failed if isinstance(error, NameError)]
        return problems[:50]

    def run(self, number: int, statement: ast.stmt, seconds: float) -> BaseException | None:
        """Run one statement; return what it raised."""
        try:
            with warnings.catch_warnings(), at_most(seconds):
                warnings.simplefilter("ignore")
                code = compile(ast.Module([statement], []), f"<cell {number}>", "exec")
                exec(code, self.names)
        except BaseException as error:
            return error
        return None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call what is asked for; return the reply."""
        self.printed.kept.clear()
        self.printed.length = 0
        seed()
        caught: list[Any] = []
        name, arguments = request["calls"], request.get("value")
        if name not in self.names:
            return {"error": "missing"}
        try:
            with warnings.catch_warnings(record=True) as caught, at_most(request["seconds"]):
                warnings.simplefilter("always")
                value = self.names[name] if arguments is None else self.names[name](*arguments)
                wire.encode(value, [])
        except OutOfTime:
            return {"error": "time"}
        except BaseException as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell")]
            _, kind, words = described(0, error)
            said = {"type": kind, "words": words, "line": lines[-1] if lines else None}
            return {"error": "raised", **said, "printed": "".join(self.printed.kept)}
        words = [str(warning.message)[:200] for warning in caught[:3]]
        return {"value": value, "printed": "".join(self.printed.kept), "warnings": words}


def preimport(statements: Iterable[ast.stmt]) -> None:
    """Load what functions import only when they are called: the time of a call is not meant for that."""
    for node in (node for statement in statements for node in ast.walk(statement)):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
        for name in names:
            with contextlib.suppress(Exception):
                importlib.import_module(name)


def described(cell: int, error: BaseException) -> list[Any]:
    """Return what failed in a form that can be sent."""
    kind = "OutOfTime" if isinstance(error, OutOfTime) else type(error).__name__
    try:
        words = str(error)[:300]
    except BaseException:
        words = ""
    return [cell, kind, words]


def seed() -> None:
    """Begin each call with the same global random numbers, so that the same answer gets the same score."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - this is what students use
    if "torch" in sys.modules:
        sys.modules["torch"].default_generator.manual_seed(0)  # a sandbox has no other device; asking is slow


def snapshot(arguments: Any) -> tuple[Any, list[bytes]]:
    """Return a copy of a call's arguments, to see later whether the call has changed them."""
    blobs: list[bytes] = []
    try:
        return wire.encode(arguments, blobs), blobs
    except TypeError:
        return None, blobs


def makers() -> wire.Makers:
    """Return how arguments are made that are not plain: tensors, functions, and arrays that may be written to."""

    def tensor(array: np.ndarray) -> Any:
        return importlib.import_module("torch").from_numpy(array.copy())

    return {"array": lambda array: array.copy(), "torch": tensor, "code": Code}
