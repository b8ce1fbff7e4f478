"""Answers that know nothing: what an author's checks give to them, and hidden inputs that no secret changes.

Anyone with the published repository knows every input that is not drawn from the secret. A table of them, or a
constant, must not earn points.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook

from .assignment import PUBLIC_SECRET, Assignment, from_texts
from .grading import Key

IGNORANT = "everything is "
SECRETS = ("one of the secrets that are tried", "another of them", "a third")
WORDS = ("0", "0.0", "1", "0.5", "None", "True", "[]", "float('nan')", "arguments[0] if arguments else 0")


def other_terms(assignment: Assignment) -> list[Key]:
    """Return what the grader would know of the assignment under other secrets."""
    slug, master, checks, secret, _ = assignment.recipe
    return [Key(from_texts(slug, master, checks, secret, hidden, assignment.data)) for hidden in SECRETS]


def hidden_constants(assignment: Assignment, keys: list[Key]) -> list[str]:
    """Return a line for each hidden check whose inputs are the same for every secret, and that does not say why.

    One that comes after another may: a table of its answers earns nothing to those who fail the other.
    """
    lines = []
    for check in assignment.checks:
        if check.public or check.fixed or check.after or check.inputs is None:
            continue
        first, *others = (key.inputs[check.name] for key in keys)
        if all(same(first, other) for other in others):
            lines.append(
                f"{check.name}: its inputs are the same for every secret: draw them from rng, or say why in fixed="
            )
    return lines


def same(first: Any, second: Any) -> bool:
    """Are two arguments equal, part by part?"""
    if isinstance(first, (list, tuple)) and isinstance(second, (list, tuple)):
        return len(first) == len(second) and all(map(same, first, second))
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[name], second[name]) for name in first)
    try:
        return bool(np.array_equal(np.asarray(first), np.asarray(second)))
    except (TypeError, ValueError):
        return repr(first) == repr(second)


def ignorant(assignment: Assignment) -> Iterator[tuple[str, NotebookNode]]:
    """Yield notebooks that know nothing: each answer one word, then zeros as large as what is asked for."""
    calls = {check.calls: check.inputs is not None for check in assignment.checks}
    for word in WORDS:
        yield f"{IGNORANT}{word}", _notebook(calls, word)
    yield (
        "everything is zeros of the first argument's shape",
        _notebook(calls, "np.zeros(np.shape(arguments[0])) if arguments else 0"),
    )


def _notebook(calls: dict[str, bool], word: str) -> NotebookNode:
    lines = ["import numpy as np", "arguments = ()"]
    for name, called in calls.items():
        lines.append(f"def {name}(*arguments): return {word}" if called else f"{name} = {word}")
    made: NotebookNode = new_notebook(cells=[new_code_cell("\n".join(lines))])
    return made


def table(assignment: Assignment) -> dict[str, Any]:
    """Return the answer to each hidden call when the secret is the published one, by check."""
    slug, master, checks, secret, _ = assignment.recipe
    key = Key(from_texts(slug, master, checks, secret, PUBLIC_SECRET, assignment.data))
    return {check.name: key.expected[check.name] for check in assignment.checks if check.inputs and not check.judge}


def tabled(assignment: Assignment, keys: list[Key]) -> list[str]:
    """Return the hidden checks that the published secret's answers pass, although the inputs are another secret's."""
    answers, why = table(assignment), "draw inputs that change it, or let it come after another"
    hidden = [check for check in assignment.checks if not (check.public or check.fixed or check.after)]
    return [
        f"{check.name}: the answer is the same for every secret: {why}"
        for check in hidden
        if check.name in answers and not any(key.verdict(check, answers[check.name]) for key in keys)
    ]
