"""Nobody stops the class: whatever one submission causes becomes that submission's result."""

import contextlib
import dataclasses
import json
import os
import random

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from lrgrader import assignment, grading, notebook, replies
from lrgrader.checks import AssignmentError, Check
from lrgrader.inside import wire

from .conftest import notebook_bytes

CASES = int(os.environ.get("LRGRADER_FUZZ", "3000"))  # LRGRADER_FUZZ=100000: the long run
ODD = [None, True, 0, -1, 10**400, 1.5, float("nan"), "", "x" * 300, "\ud800", [], [[]], {}, {"a": {}}, ["\x00"]]
BROKEN_FILES = {
    "worksheets whose cells are a number": b'{"worksheets": [{"cells": 5}]}',
    "worksheets of numbers": b'{"worksheets": [1, null, {"cells": [1, {"source": 2}]}]}',
    "a number of ten thousand digits": b'{"cells": [], "x": ' + b"9" * 10_000 + b"}",
    "brackets without end": b"[" * 200_000,
    "half a character": b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}',
    "attachments that are none": notebook_bytes({"cell_type": "markdown", "source": "", "attachments": {"a": [1]}}),
    "code nested without end": notebook_bytes("(" * 50_000, "-" * 50_000 + "1", "x = " + "[" * 5000 + "]" * 5000),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_is_read_or_refused_in_words(tiny, name):
    """Catches a file of 28 bytes that kept a whole class from being graded."""
    with contextlib.suppress(notebook.UnreadableError):
        assert notebook.answers(tiny, notebook.read_cells(BROKEN_FILES[name])).written == {"q3": ""}


@pytest.mark.parametrize(
    "error", [RuntimeError("x"), RecursionError(), MemoryError(), OverflowError(), UnicodeError("x")]
)
def test_whatever_reading_raises_is_that_submissions_result(tiny, error):
    """Catches two kinds of exceptions that are expected, and a thousand that are not."""

    def read():
        raise error

    result = grading.Bench(grading.Key(tiny)).attempt(read)
    assert "fault of the grader" in result.error
    assert type(error).__name__ in result.error
    assert result.fault == grading.GRADER


@pytest.mark.parametrize("error", [RuntimeError("x"), RecursionError(), MemoryError(), ZeroDivisionError()])
def test_a_judge_that_fails_is_its_authors_fault(tiny, error):
    """Catches a mistake of the author that a student is told is theirs."""

    def judge(answer, inputs):
        raise error

    check = Check("q1-x", calls="double", points=1, says="x", judge=judge)
    ruling = grading.Key(dataclasses.replace(tiny, checks=(check,))).ruling(check, 1)
    assert ruling.fault == grading.AUTHOR
    assert type(error).__name__ in ruling.detail


@pytest.mark.parametrize("part", ["inputs", "expected"])
def test_a_check_that_cannot_be_prepared_is_named(tiny, part):
    """Catches a traceback from the author's own inputs or reference."""

    def fails(*arguments):
        raise ZeroDivisionError("in checks.py")

    parts = {"inputs": lambda rng, numbers: (1,), "expected": lambda x: x, part: fails}
    check = Check("q1-x", calls="double", points=1, says="x", **parts)
    with pytest.raises(AssignmentError, match=r"check 'q1-x': its inputs or its expected raise ZeroDivisionError"):
        grading.Key(dataclasses.replace(tiny, checks=(check,)))


def test_another_kernel_is_said_and_not_guessed():
    """Catches an R notebook that gets 0 points as if it were bad Python."""
    content = notebook_bytes("x <- 1", metadata={"kernelspec": {"name": "ir", "language": "R"}})
    with pytest.raises(notebook.UnreadableError, match="another kernel: its language is R"):
        notebook.read_cells(content)


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_a_grader_that_fails_on_one_submission_grades_the_others(tiny, monkeypatch):
    """Catches an exception between two submissions that ends the thread, and with it the class."""
    original = grading.refusals

    def fails_once(known, found):
        if any("BOOM" in source for source in found.code):
            raise RecursionError("planted")
        return original(known, found)

    monkeypatch.setattr(grading, "refusals", fails_once)
    bad = new_notebook(cells=[new_code_cell("BOOM = 1")])
    results = grading.grade(tiny, [bad, tiny.solution_notebook(), bad, tiny.solution_notebook()], workers=1)
    assert [result.score for result in results] == [0, 5, 0, 5]
    assert [bool(result.error) for result in results] == [True, False, True, False]


# Files and replies at random


def garbled(chance, value, depth=0):
    """Return a copy of a JSON value with some parts replaced, dropped or doubled."""
    if chance.random() < 0.07:
        return chance.choice(ODD)
    if isinstance(value, dict):
        kept = {name: garbled(chance, item, depth + 1) for name, item in value.items() if chance.random() > 0.05}
        return {**kept, chance.choice(["v", "l", "array", "x"]): 1} if chance.random() < 0.03 else kept
    if isinstance(value, list):
        kept = [garbled(chance, item, depth + 1) for item in value if chance.random() > 0.05]
        return kept * 2 if chance.random() < 0.05 else kept
    return value


def written(chance, value):
    """Return a value as JSON, some of its bytes replaced."""
    text = bytearray(json.dumps(value).encode())
    for _ in range(chance.choice([0, 0, 0, 1, 5])):
        if text:
            text[chance.randrange(len(text))] = chance.randrange(256)
    return bytes(text)


def test_no_notebook_at_random_raises_anything_but_words(tiny):
    """Catches an exception that nobody expected while a file is read, searched for answers and for its imports."""
    chance, refused = random.Random(1), 0
    book = json.loads(json.dumps(tiny.solution_notebook()))
    for cell in book["cells"]:
        cell["attachments"] = {"a.png": {"image/png": "aGk="}}
    for _ in range(CASES // 3):
        try:
            found = notebook.answers(tiny, notebook.read_cells(written(chance, garbled(chance, book))))
            json.dumps(dataclasses.asdict(grading.Result(written=found.written, code=found.by_question))).encode()
            [source.encode("utf-8", "replace") for source in found.code]
        except notebook.UnreadableError:
            refused += 1
    assert 0.02 < refused / (CASES // 3) < 0.9  # both ways are tried


def test_no_reply_at_random_raises_anything_or_passes(tiny):
    """Catches a reply that is believed, and one that ends the grader: in reading, in judging, or in the words shown."""
    chance, accepted, key = random.Random(2), 0, grading.Key(tiny)
    known = [
        {"error": "raised", "type": "ValueError", "words": "x", "line": 3, "printed": "y", "ticket": "t"},
        {"value": {"array": ["float64", [3, 4], 96]}, "mutated": False, "printed": "", "ticket": "t"},
        {"value": {"d": [["a", {"l": [{"v": 1}, {"t": [{"s": [{"v": 2}]}]}]}]]}, "mutated": False, "ticket": "t"},
        {"value": {"table": [{"v": 1}, [["a", {"l": [{"v": 1}]}]]]}, "mutated": False, "ticket": "t"},
        {"problems": [[0, "ValueError", "x"]], "names": ["double"], "ticket": "t"},
    ]
    for number in range(CASES - CASES // 3):
        head, body = garbled(chance, known[number % len(known)]), bytes(96 * (number % 5 == 1))
        try:
            reply = replies.reply(wire.read_frame(written(chance, head), body), "t")
        except wire.WireError:
            continue
        accepted += 1
        for check in tiny.checks:
            ruling = grading.assess(key, check, reply)
            assert ruling.why
            notebook.clean(ruling.why).encode()
    assert accepted > CASES // 100


def test_pictures_pasted_into_an_answer_are_kept(tiny):
    """Catches an answer whose formula is a photograph, and which the marker cannot see."""
    book = tiny.student_notebook()
    place = next(cell for cell in book.cells if "q3" in cell.metadata.get("tags", ()))
    place.attachments = {"a.png": {"image/png": "aGVsbG8="}, "b.svg": {"image/svg+xml": "PHN2Zz4="}}
    assert notebook.answers(tiny, notebook.from_nodes(book.cells)).pictures == {"q3": [("image/png", "aGVsbG8=")]}


@pytest.mark.parametrize("kind", ["code", "raw", "markdown"])
def test_a_written_answer_is_found_in_a_cell_of_any_kind(tiny, kind):
    """Catches an answer that is lost because its cell was turned into another kind."""
    book = tiny.student_notebook()
    place = next(cell for cell in book.cells if "q3" in cell.metadata.get("tags", ()))
    place.update(cell_type=kind, source="Because of zero.")
    assert notebook.answers(tiny, notebook.from_nodes(book.cells)).written == {"q3": "Because of zero."}


def test_code_in_a_cell_that_is_not_run_is_said(tiny):
    """Catches 0 points without a word for an answer in a Markdown cell."""
    book = tiny.solution_notebook()
    place = next(cell for cell in book.cells if {"q1", "answer"} <= set(cell.metadata.get("tags", ())))
    place["cell_type"] = "markdown"
    (note,) = notebook.answers(tiny, notebook.from_nodes(book.cells)).notes
    assert "question 1 stands in a cell that is not a code cell" in note


def test_an_assignment_of_its_own_limits_and_files(tmp_path):
    """Catches limits that nobody reads, and a changed data file that grades nothing anew."""
    from .conftest import TINY

    folder = tmp_path / "mine"
    (folder / "data").mkdir(parents=True)
    (folder / "master.md").write_text((TINY / "master.md").read_text())
    (folder / "checks.py").write_text((TINY / "checks.py").read_text() + '\nLIMITS = {"memory": 2 << 30}\n')
    (folder / "data/x.csv").write_text("a\n1\n")
    first = assignment.load(folder)
    assert grading.limits_of(first).memory == 2 << 30
    (folder / "data/x.csv").write_text("a\n2\n")
    assert assignment.load(folder).version != first.version
    with pytest.raises(AssignmentError, match="LIMITS may give numbers for"):
        grading.limits_of(dataclasses.replace(first, facts={"LIMITS": {"memroy": 1}}))
    assert np.array_equal(first.rng("x").random(2), assignment.load(folder).rng("x").random(2))
