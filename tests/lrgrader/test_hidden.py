"""Nothing hidden gets out: of a hidden check a student learns whether it was passed, and nothing else."""

import dataclasses
import json

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lrgrader import assignment, grading, sandbox, session
from lrgrader.checks import Check

from .conftest import TINY, on

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap")]

# Each is another way in which a hidden call can go wrong; what the page says must not tell them apart.
WAYS = {
    "another value": "return 0 * x",
    "another shape": "return np.zeros((int(abs(x.flat[0]) * 1000) % 50 + 1,))",
    "another number of parts": "return [0] * (int(abs(x.flat[0]) * 1000) % 50)",
    "not a number": "return x * np.nan",
    "nothing": "return None",
    "a text": "return 'x'",
    "an error": "raise ValueError(str(x))",
    "another error": "raise KeyError(str(x))",
    "an error in another line": "y = 1\n\n    raise ValueError",
    "not implemented": "raise NotImplementedError",
    "the end of the process": "import os; os._exit(3)",
    "changed arguments": "x[...] = 0; return x",
    "a name that is gone": "global double; del double; return 0",
    "something that cannot be sent": "return object()",
}


def book(*cells):
    return new_notebook(cells=[new_code_cell("import numpy as np"), *map(new_code_cell, cells)])


@pytest.fixture(scope="module")
def hidden_only(tiny):
    checks = tuple(dataclasses.replace(c, mutates=False) for c in tiny.checks if c.name == "q1-many")
    return dataclasses.replace(tiny, checks=checks)


@pytest.fixture(scope="module")
def failed(hidden_only):
    results = grading.grade(hidden_only, [book(f"def double(x):\n    {body}") for body in WAYS.values()])
    return dict(zip(WAYS, results, strict=True))


def shown(result):
    """Return all of a result that a student may see."""
    row = dataclasses.asdict(result)
    for name in ("code", "other", "starved", "imports"):
        row.pop(name)
    for check in row["checks"]:
        check.pop("detail")
        check.pop("fault")
    return json.dumps(row)


def test_every_way_to_fail_a_hidden_check_looks_the_same(failed):
    """Catches a line, an exception, a shape or a kind of failure that is one more bit of a hidden input."""
    assert {shown(result) for result in failed.values()} == {shown(failed["another value"])}
    assert failed["another value"].checks[0].why == grading.HIDDEN


def test_the_instructor_is_told_what_happened(failed):
    """Catches one bit for the instructor, too, who has to answer questions."""
    assert "ValueError" in failed["an error"].checks[0].detail
    assert "the process ended" in failed["the end of the process"].checks[0].detail
    assert {result.checks[0].fault for result in failed.values()} == {grading.STUDENT}


def test_no_public_check_is_asked_after_a_hidden_one(tiny, bench):
    """Catches inputs of hidden checks that a later public check prints: they were copied so, and earned 3 of 3."""
    spy = "seen = []\ndef double(x):\n    seen.append(x); print(len(seen), seen)\n    return x"
    late = dataclasses.replace(tiny, checks=(tiny.checks[1], tiny.checks[0]))
    (result,) = on(bench, late, [book(spy)])
    assert [outcome.name for outcome in result.checks] == ["q1-many", "q1-one"]
    assert result.checks[1].printed == "1 [array(1.)]\n"
    assert result.checks[0].printed == ""


def test_hidden_checks_are_asked_of_a_process_that_has_answered_no_public_one(tiny, bench):
    """Catches one process for both: what the public call changes would change the hidden answer."""
    once = "calls = []\ndef double(x):\n    calls.append(1)\n    return 2 * x if len(calls) == 1 else 0 * x"
    checks = (tiny.checks[0], tiny.checks[1])
    (result,) = on(bench, dataclasses.replace(tiny, checks=checks), [book(once)])
    assert [outcome.points for outcome in result.checks] == [1, 2]


def test_what_is_said_of_the_notebook_was_known_before_a_hidden_input_was_sent(tiny, bench):
    """Catches notes of a notebook that is loaded again after a hidden call has ended it."""
    quits = "print('x')\ndef double(x):\n    import os\n    if np.size(x) > 1: os._exit(0)\n    return 2 * x\n1 / 0"
    (result,) = on(bench, tiny, [book(quits)])
    assert result.notes == ["Code cell 2 raises ZeroDivisionError: division by zero."]


def test_what_was_known_before_is_said(tiny, bench):
    """Catches feedback so thin that a missing or untouched answer is not told from a wrong one."""
    untouched, missing = on(bench, tiny, [tiny.student_notebook(), book("x = 1")])
    assert {o.why for o in untouched.checks if o.question == "q1"} == {"not answered yet"}
    assert {o.why for o in missing.checks if o.question == "q1"} == {"there is no double"}


def test_a_public_check_after_a_hidden_one_is_refused(tmp_path):
    """Catches an author who makes a hidden check's bit a public one."""
    checks = (TINY / "checks.py").read_text().replace('after="q2-sums"', 'after="q2-sums", public=True')
    with pytest.raises(assignment.AssignmentError, match="is public and comes after"):
        assignment.from_texts("tiny", (TINY / "master.md").read_text(), checks, "s")


def test_a_call_that_hangs_in_c_costs_its_own_check_alone(tiny, monkeypatch):
    """Catches right answers that are lost after as many hangs as there may be restarts."""
    monkeypatch.setattr(session, "GRACE", 0.2)
    hang = Check("q1-a", calls="hang", points=1, says="x", inputs=lambda rng, n: (1,), expected=1, seconds=0.2)
    checks = (hang, dataclasses.replace(hang, name="q1-b"), dataclasses.replace(hang, name="q1-c"), tiny.checks[1])
    cells = "def hang(x): return sum(iter(int, 1))\ndef double(x): return 2 * x"
    limits = sandbox.Limits(restarts=1)
    (result,) = grading.grade(dataclasses.replace(tiny, checks=checks), [book(cells)], limits=limits)
    assert result.marks["q1"] == 2


SPINNER = """
import os
for _ in range(28):
    if os.fork() == 0:
        os.setsid()
        while True: pass
def double(x):
    while True: pass
"""
HONEST = """
import time
def double(x):
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
    return 2 * x
"""


def test_an_answer_that_others_slow_down_gets_its_points(tiny):
    """Catches seconds of the clock that a neighbour's processes have used up: 0 of 3 for an honest 1.5 s answer."""
    short = dataclasses.replace(tiny, checks=tuple(dataclasses.replace(c, seconds=0.5) for c in tiny.checks[:2]))
    results = grading.grade(short, [book(SPINNER), book(HONEST)], workers=2)
    assert [result.marks["q1"] for result in results] == [0, 3]


@pytest.mark.parametrize("value", [np.float64(2), 2])
def test_a_judge_sees_no_answer_that_is_too_large_to_be_judged(tiny, value):
    """Catches a judge that multiplies 2 x 4 million numbers before it looks at their shape."""
    seen = []
    check = Check("q1-x", calls="double", points=1, says="x", judge=lambda answer, inputs: seen.append(1) or True)
    key = grading.Key(dataclasses.replace(tiny, checks=(check,)))
    assert key.verdict(check, value) == ""
    assert "at most 100000 can be judged" in key.verdict(check, np.zeros((2, 4_000_000), np.uint8))
    assert len(seen) == 1
