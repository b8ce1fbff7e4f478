"""Hostile submissions: none earns a point, reaches anything, harms the grader or the submission after it."""

import dataclasses
import os
import sys
import threading
from pathlib import Path

import psutil
import pytest

from lrgrader import grading, sandbox, session

from . import attacks
from .conftest import TINY

# All attacks are graded in one go: one process does it, not each of those that run tests.
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap"), pytest.mark.xdist_group("attacks")]
LIMITS = sandbox.Limits(memory=300 << 20, statement=0.5, load=1.5, restarts=1)


@pytest.fixture(scope="module")
def short(tiny):
    """The tiny assignment with only its first question's checks, and half a second for each call."""
    checks = tuple(dataclasses.replace(check, seconds=0.5) for check in tiny.checks if check.question == "q1")
    return dataclasses.replace(tiny, checks=checks)


@pytest.fixture(scope="module")
def everything(short, tmp_path_factory):
    """Grade each attack, and after each an honest answer; return both results, and what was left behind."""
    from nbformat.v4 import new_code_cell, new_notebook

    python = Path(sys.base_prefix).resolve()
    mine = [str(path) for path in Path.home().iterdir() if not python.is_relative_to(path)]
    hidden = [str(TINY), str(tmp_path_factory.getbasetemp()), os.getcwd(), *mine]
    notebooks = []
    for code in attacks.ALL.values():
        lines = f"import numpy as np\nHIDDEN = {hidden!r}\n"
        notebooks.append(new_notebook(cells=[new_code_cell(lines), new_code_cell(code)]))
        notebooks.append(short.solution_notebook())
    os.environ["PLANTED_SECRET"] = "PLANTED_SECRET"
    threads, before = threading.active_count(), sandboxes()  # other tests may keep one
    try:
        patch = pytest.MonkeyPatch()
        patch.setattr(session, "GRACE", 0.25)
        results = grading.grade(short, notebooks, workers=2, limits=LIMITS)
    finally:
        patch.undo()
        del os.environ["PLANTED_SECRET"]
    left = sandboxes() - before
    return dict(zip(attacks.ALL, results[::2], strict=True)), results[1::2], left, threading.active_count() - threads


def sandboxes():
    """Return the numbers of all processes of our own sandboxes."""
    ours = {child.pid for child in psutil.Process().children(recursive=True)}
    every = [process for process in psutil.process_iter(["cmdline"]) if process.pid in ours]
    return {process.pid for process in every if "inside.worker" in " ".join(process.info["cmdline"] or ())}


@pytest.mark.parametrize("name", attacks.ALL)
def test_it_earns_nothing_and_reaches_nothing(everything, name):
    """Catches a grader that trusts what a student's process says, and a wall with a hole."""
    result = everything[0][name]
    assert result.score == 0, result
    assert not result.error
    assert all(outcome.why for outcome in result.checks)
    assert not any("LEAK" in outcome.printed for outcome in result.checks), result.checks[0].printed


@pytest.mark.parametrize("name", attacks.REACH)
def test_what_it_reached_for_was_there_to_be_refused(everything, name):
    """Catches an attack that never ran: a typing mistake would pass the test above."""
    assert "blocked" in everything[0][name].checks[0].printed, everything[0][name]


def test_the_honest_answer_after_each_attack_gets_all_its_points(everything):
    """Catches a sandbox that an attack has spoilt for the next student."""
    assert {result.score for result in everything[1]} == {3.0}


def test_no_process_and_no_thread_is_left_behind(everything):
    """Catches a daemon that outlives its turn, and a sandbox that is not taken down."""
    assert everything[2] == set()
    assert everything[3] == 0


def test_hidden_inputs_are_not_printed_and_not_in_errors(everything, short):
    """Catches feedback that hands hidden inputs to whoever prints them or raises them."""
    from nbformat.v4 import new_code_cell, new_notebook

    teller = new_notebook(
        cells=[new_code_cell("def double(x):\n    print('seen', x)\n    raise ValueError(f'seen {x}')")]
    )
    (result,) = grading.grade(short, [teller])
    public, secret = result.checks
    assert "seen 1.0" in public.printed
    assert "seen 1.0" in public.why
    assert secret.printed == ""
    assert secret.why == grading.HIDDEN


def test_without_the_sandbox_the_score_is_still_decided_outside(short):
    """Catches a score that only the walls protect."""
    from nbformat.v4 import new_code_cell, new_notebook

    books = [
        new_notebook(cells=[new_code_cell("import numpy as np"), new_code_cell(code)])
        for code in attacks.SCORE.values()
    ]
    for name, result in zip(attacks.SCORE, grading.grade(short, books, unsafe=True, limits=LIMITS), strict=True):
        assert result.score == 0, name
