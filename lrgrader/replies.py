"""What a sandbox may reply: each field has a type and a range, in one table, or the reply is refused."""

from collections.abc import Callable
from typing import Any, NamedTuple

from .inside import wire
from .inside.wire import WireError


class Reply(NamedTuple):
    """What a sandbox says to one request, checked field by field. `error` is empty, or one of ERRORS."""

    error: str = ""
    value: Any = None
    type: str = ""
    words: str = ""
    line: int | None = None
    printed: str = ""
    mutated: bool = True
    problems: tuple[tuple[int, str, str], ...] = ()
    names: frozenset[str] = frozenset()


ERRORS = ("time", "missing", "raised")  # what a sandbox may say; "lost" and "malformed" are the grader's own words


def reply(head: dict[str, Any], ticket: str) -> Reply:
    """Return what a sandbox replied; WireError if a field is unknown, of another type, or out of its range."""
    if head.pop("ticket", None) != ticket:
        raise WireError("a reply to nothing that was asked")
    if unknown := head.keys() - FIELDS.keys():
        raise WireError(f"a reply with {len(unknown)} fields that there are not")
    for name, value in head.items():
        if not FIELDS[name](value):
            raise WireError(f"a reply whose {name} is not what it should be")
    if not head.keys() & {"error", "value", "problems"}:
        raise WireError("a reply that says nothing")
    if "error" in head and "value" in head:
        raise WireError("a reply with an answer and an error")
    rows = tuple((cell, kind, words) for cell, kind, words in head.pop("problems", ()))
    names = frozenset(head.pop("names", ()))
    return Reply(**head, problems=rows, names=names)


def _text(most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is str and len(value) <= most


def _problems(value: Any) -> bool:
    """Are these the statements that failed: cell, kind and words of each?"""
    return isinstance(value, list) and len(value) <= wire.MOST_PROBLEMS and all(map(_problem, value))


def _problem(row: Any) -> bool:
    if not (isinstance(row, list) and len(row) == 3 and type(row[0]) is int and 0 <= row[0] < 100_000):
        return False
    return _text(100)(row[1]) and _text(300)(row[2])


FIELDS: dict[str, Callable[[Any], bool]] = {
    "error": lambda value: type(value) is str and value in ERRORS,
    "value": lambda value: True,  # `decode` has already refused what is not plain data
    "type": _text(100),
    "words": _text(300),
    "line": lambda value: value is None or (type(value) is int and 0 < value < 1_000_000),
    "printed": _text(wire.MOST_LETTERS),
    "mutated": lambda value: type(value) is bool,
    "problems": _problems,
    "names": lambda value: isinstance(value, list) and len(value) <= wire.MOST_NAMES and all(map(_text(200), value)),
}
