"""What the grader's tests share: a tiny assignment, notebooks for it, and a sandbox where there is one."""

import json
import os
import sys
from pathlib import Path

import pytest

from lrgrader import assignment, grading, sandbox

TINY = Path(__file__).parent / "tiny"
collect_ignore = ["tiny"]
MISSING = sandbox.available()


@pytest.fixture(scope="session")
def bubblewrap():
    """Skip where there is no sandbox, with the reason; fail where continuous integration should have one."""
    if MISSING:
        assert not (os.environ.get("CI") and sys.platform == "linux"), (
            f"continuous integration must have a sandbox: {MISSING}"
        )
        pytest.skip(f"no sandbox: {MISSING.splitlines()[0]}")


@pytest.fixture(scope="session")
def tiny():
    """The tiny assignment with the public secret."""
    return assignment.load(TINY)


@pytest.fixture(scope="session")
def bench(bubblewrap, tiny):
    """A bench for all assignments that are made of the tiny one: to start a sandbox takes a hundred times a grading."""
    with grading.Bench(grading.Key(tiny)) as made:
        yield made


def on(bench, assignment, books):
    """Grade notebooks on the bench, one after the other; return their results."""
    bench.key = grading.Key(assignment)
    return [bench.attempt(grading.reader(book)) for book in books]


def notebook_bytes(*cells, **more):
    """Return a notebook file with these cells: text for code, or a finished cell."""
    made = [
        cell if isinstance(cell, dict) else {"cell_type": "code", "source": cell, "metadata": {}, "outputs": []}
        for cell in cells
    ]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}).encode()


@pytest.fixture
def write_notebook(tmp_path):
    """Return a function that writes a notebook below tmp_path and returns its path."""

    def write(name, *cells, folder="in"):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook_bytes(*cells))
        return path

    return write
