"""What a notebook's code finds in Jupyter and not in plain Python: its syntax, `get_ipython`, `display`, `await`.

Runs inside the sandbox, next to worker.py. The syntax is read by IPython's own transformer; no kernel runs.
"""

import __future__

import ast
import asyncio
import builtins
import contextlib
import inspect
import os
import sys
from collections.abc import Callable
from typing import Any

TIMED = ("time", "timeit", "prun", "capture", "memit")  # magics whose line or cell is Python, and is run
_loop: list[asyncio.AbstractEventLoop] = []
FLAGS = {name: getattr(__future__, name).compiler_flag for name in __future__.all_feature_names}


def transformer() -> Callable[[str], str] | None:
    """Return IPython's translation of a cell into Python, loaded once for all submissions; None where it is missing."""
    try:
        from IPython.core.inputtransformer2 import TransformerManager
    except Exception:
        return None
    manager = TransformerManager()
    manager.transform_cell("%time 1")  # loads what it needs
    return manager.transform_cell


def parsed(source: str, name: str, transform: Callable[[str], str] | None) -> list[ast.stmt]:
    """Return the cell's statements; SyntaxError or the like if it is neither Python nor IPython's."""
    try:
        return ast.parse(source, name).body
    except SyntaxError:
        if transform is None:
            raise
        return ast.parse(transform(source), name).body


class Absent:
    """What a part of Jupyter answers that is not here: whatever is asked of it, and nothing comes of it."""

    def __getattr__(self, name: str) -> "Absent":
        """Be asked for anything but what Python itself looks for."""
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *arguments: Any, **options: Any) -> "Absent":
        """Be called."""
        return self


class Shell(Absent):
    """`get_ipython()`: magics that are Python are run, files are written, and the rest does nothing."""

    def __init__(self, names: dict[str, Any]) -> None:
        """Work on the notebook's names."""
        self.user_ns, self.user_global_ns = names, names
        self.execution_count, self.flags = 1, 0
        self.transform: Callable[[str], str] | None = None

    def compile(self, statement: ast.stmt, name: str) -> Any:
        """Return a statement's code; what `from __future__` asks for holds from then on, in every cell."""
        if isinstance(statement, ast.ImportFrom) and statement.module == "__future__":
            for alias in statement.names:
                self.flags |= FLAGS.get(alias.name, 0)
        flags = self.flags | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        return compile(ast.Module([statement], []), name, "exec", flags=flags, dont_inherit=True)

    def execute(self, statement: ast.stmt, name: str) -> None:
        """Run a statement, and wait for it if it is one that waits."""
        code = self.compile(statement, name)
        result = eval(code, self.user_ns)
        if code.co_flags & inspect.CO_COROUTINE:
            finished(result)

    def run_cell(self, source: str, *arguments: Any, **options: Any) -> None:
        """Run Python, or what only IPython understands."""
        for statement in parsed(source, "<cell>", self.transform):
            self.execute(statement, "<cell>")

    ex = run_cell

    def run_line_magic(self, name: str, line: str, *arguments: Any, **options: Any) -> Any:
        """Run a magic of one line; return the value of an expression, as %time does."""
        if name in TIMED:
            return self._value(_without_options(line))
        if name == "run" and line.split():
            with open(line.split()[0]) as file:
                self.run_cell(file.read())
        if name in ("cd", "chdir") and line.strip():
            os.chdir(line.strip())
        if name == "pwd":
            return os.getcwd()
        return None

    def _value(self, line: str) -> Any:
        try:
            return eval(compile(line, "<cell>", "eval", flags=self.flags, dont_inherit=True), self.user_ns)
        except SyntaxError:
            return self.run_cell(line)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        """Run a magic of a cell: Python, or a file to write. Other languages are not run."""
        if name in TIMED:
            self.run_cell(cell)
            if name == "capture" and line.split():
                self.user_ns[line.split()[0]] = Absent()
        if name in ("writefile", "file") and line.split():
            *options, path = line.split()
            with open(path, "a" if "-a" in options else "w") as file:
                file.write(cell)

    def magic(self, line: str) -> Any:
        """Run a magic as it is typed, without its sign."""
        name, _, rest = line.lstrip("%").partition(" ")
        return self.run_line_magic(name, rest)

    def system(self, command: str) -> None:
        """Run no program."""

    def getoutput(self, command: str, *arguments: Any, **options: Any) -> list[str]:
        """Run no program, and return the lines that it did not print."""
        return []


def _without_options(line: str) -> str:
    """Return what a magic runs, without the options before it, such as -n 3."""
    words = line.split()
    while words and words[0].startswith("-"):
        words = words[2:] if len(words[0]) == 2 and len(words) > 1 and words[1].isdigit() else words[1:]
    return line if not line.lstrip().startswith("-") else " ".join(words)


def finished(coroutine: Any) -> Any:
    """Return what a coroutine returns, in the loop that all of a notebook's share."""
    if not _loop:
        _loop.append(asyncio.new_event_loop())
        asyncio.set_event_loop(_loop[0])
    return _loop[0].run_until_complete(coroutine)


def show(*things: Any, **options: Any) -> None:
    """Print what Jupyter would display."""
    for thing in things:
        print(thing)


def furnish(names: dict[str, Any], transform: Callable[[str], str] | None) -> Shell:
    """Put what Jupyter offers where a notebook's code and the modules it writes look for it; return the shell."""
    shell = Shell(names)
    shell.transform = transform
    given: dict[str, Any] = {"get_ipython": lambda: shell, "display": show}
    for name, value in given.items():
        setattr(builtins, name, value)
    for module in ("IPython", "IPython.core.getipython"):
        if module in sys.modules:
            with contextlib.suppress(AttributeError, TypeError):
                vars(sys.modules[module])["get_ipython"] = given["get_ipython"]
    names.update(In=[""], Out={}, _="", __="", ___="", exit=show, quit=show)
    sys.path.insert(0, "")  # as in Jupyter: a module that the notebook has written lies in the folder it works in
    return shell


def loops_without_sockets() -> None:
    """Let asyncio wake its loop through a pipe: the filter of system calls refuses pairs of sockets."""
    from asyncio import selector_events

    class End:
        """One end of a pipe, as a loop uses a socket."""

        def __init__(self, number: int) -> None:
            os.set_blocking(number, False)
            self.number = number

        def fileno(self) -> int:
            return self.number

        def recv(self, size: int) -> bytes:
            return os.read(self.number, size)

        def send(self, data: bytes) -> int:
            return os.write(self.number, data)

        def close(self) -> None:
            os.close(self.number)

    def make_self_pipe(self: Any) -> None:
        ours, theirs = os.pipe()
        self._ssock, self._csock = End(ours), End(theirs)
        self._internal_fds += 1
        self._add_reader(self._ssock.fileno(), self._read_from_self)

    selector_events.BaseSelectorEventLoop._make_self_pipe = make_self_pipe  # type: ignore[attr-defined]
