"""One submission inside the sandbox: run its cells, call what it defines, and put what comes into a form to send.

Runs inside the sandbox, next to worker.py. The grader trusts nothing of it: a student's code shares its process.
"""

import ast
import contextlib
import importlib
import inspect
import io
import random
import sys
import traceback
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from . import wire
from .clock import OutOfTime, at_most, waited
from .jupyter import finished, furnish, parsed

DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
SETTINGS = (ast.Assign, ast.AnnAssign)


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
        if self.length < wire.MOST_LETTERS:
            self.kept.append(text[: wire.MOST_LETTERS - self.length])
        self.length += len(text)
        return len(text)


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

    def __init__(self, transform: Callable[[str], str] | None = None) -> None:
        """Begin as a fresh notebook does."""
        module = type(sys)("__main__")
        sys.modules["__main__"] = module
        self.names = vars(module)
        self.transform = transform
        self.shell = furnish(self.names, transform)
        self.waited = 0.0
        self.printed = Printed()
        sys.stdout = sys.stderr = self.printed

    def load(self, cells: list[str], seconds: float, definitions_only: bool) -> list[list[Any]]:
        """Run the cells, statement by statement; return [cell, kind, words] of those that failed.

        A statement that misses a name is tried again after the rest: people run cells out of order.
        """
        problems: list[list[Any]] = []
        self.waited = waited()
        waiting: list[tuple[int, ast.stmt]] = []
        for number, source in enumerate(cells):
            try:
                statements = parsed(source, f"<cell {number}>", self.transform)
            except Exception as error:
                problems.append(described(number, error))
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
        return problems[: wire.MOST_PROBLEMS]

    def run(self, number: int, statement: ast.stmt, seconds: float) -> BaseException | None:
        """Run one statement; return what it raised."""
        try:
            with warnings.catch_warnings(), at_most(seconds, self.waited):
                warnings.simplefilter("ignore")
                self.shell.execute(statement, f"<cell {number}>")
        except BaseException as error:
            return error
        return None

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call what is asked for; return the reply."""
        self.printed.kept.clear()
        self.printed.length = 0
        seed()
        name, arguments = request["calls"], request.get("value")
        if name not in self.names:
            return {"error": "missing"}
        try:
            with warnings.catch_warnings(), at_most(request["seconds"], waited()):
                warnings.simplefilter("ignore")
                value = self.names[name] if arguments is None else self.names[name](*arguments)
                if inspect.iscoroutine(value):
                    value = finished(value)
                wire.encode(value, [])
        except OutOfTime:
            return {"error": "time"}
        except BaseException as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename.startswith("<cell")]
            _, kind, words = described(0, error)
            said = {"type": kind, "words": words, "line": lines[-1] if lines else None}
            return {"error": "raised", **said, "printed": "".join(self.printed.kept)}
        return {"value": value, "printed": "".join(self.printed.kept)}


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
    kind = "OutOfTime" if isinstance(error, OutOfTime) else str(type(error).__name__)[:100]
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

    def frame(table: wire.Table) -> Any:
        return importlib.import_module("pandas").DataFrame(table.columns, index=table.index)

    return {"array": lambda array: array.copy(), "torch": tensor, "code": Code, "table": frame}
