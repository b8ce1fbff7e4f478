"""Hostile and odd files: each is a line in the report, never an abort, and never another student's marks."""

import json
import os
import zipfile

import pytest

from lrgrader import notebook, submissions
from lrgrader.notebook import UnreadableError

from .conftest import notebook_bytes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, pipes and such names are of Unix")
BAD = {
    "empty": b"",
    "blank": b" \n ",
    "binary": bytes(range(256)) * 10,
    "not JSON": b"{",
    "a list": b"[]",
    "a number": b"7",
    "no cells": b"{}",
    "cells that are a text": b'{"cells": "abc"}',
    "nested a million deep": b"[" * 1_000_000,
    "a number of ten thousand digits": b'{"cells": ' + b"9" * 10_000 + b"}",
    "half of UTF-8": b'{"cells": ["\xff\xfe"]}',
    "a zip archive with another name": b"PK\x03\x04" + bytes(100),
    "too many cells": notebook_bytes(*["x"] * 1001),
    "too large": b" " * ((10 << 20) + 1),
}
ODD = {
    "cells that are no cells": b'{"cells": [1, null, "a", [], {}, {"cell_type": 5}, {"cell_type": "code"}]}',
    "sources of the wrong kind": b'{"cells": [{"cell_type": "code", "source": {"a": 1}}, {"source": [1]}]}',
    "metadata of the wrong kind": b'{"cells": [{"cell_type": "code", "source": "x", "metadata": [], "id": {}}]}',
    "tags of the wrong kind": b'{"cells": [{"cell_type": "code", "source": "x", "metadata": {"tags": [[], 1, {}]}}]}',
    "halves of characters": b'{"cells": [{"cell_type": "code", "source": "x = \\"\\ud800\\u0000\\u202e\\""}]}',
    "the format before 2015": b'{"worksheets": [{"cells": [{"cell_type": "code", "input": ["x = 1"]}]}, 3]}',
    "a byte order mark": b"\xef\xbb\xbf" + b'{"cells": []}',
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_notebook_is_refused_in_words(name, tmp_path):
    """Catches a traceback, or all memory, for one student's broken file."""
    path = tmp_path / "a.ipynb"
    path.write_bytes(BAD[name])
    with pytest.raises(UnreadableError, match=r"^(is|has|cannot)"):
        notebook.read_cells(notebook.read_bytes(path))


@pytest.mark.parametrize("name", ODD)
def test_an_odd_notebook_is_read_as_far_as_it_goes(name, tiny):
    """Catches a reader that believes the format, and texts that cannot be stored."""
    cells = notebook.read_cells(ODD[name])
    found = notebook.answers(tiny, cells)
    json.dumps([found.code, found.written]).encode()
    "".join(found.code).encode()


def test_the_old_format_keeps_its_code():
    """Catches a reader that takes an old notebook for an empty one."""
    assert [cell.source for cell in notebook.read_cells(ODD["the format before 2015"])] == ["x = 1"]


def test_links_pipes_archives_and_hidden_files_are_passed_over_and_named(write_notebook, tmp_path):
    """Catches a link to another's work or to /etc/passwd, a pipe that blocks for ever, and a zip bomb."""
    write_notebook("ann.ipynb", "x = 1")
    folder = tmp_path / "in"
    outside = write_notebook("solution.ipynb", "x = 2", folder="outside")
    (folder / "eve.ipynb").symlink_to(outside)
    (folder / "passwords.ipynb").symlink_to("/etc/passwd")
    (folder / "loop").symlink_to(folder)
    (folder / "everything").symlink_to("/")
    os.mkfifo(folder / "pipe.ipynb")
    (folder / "folder.ipynb").mkdir()
    (folder / ".hidden.ipynb").write_text("{}")
    (folder / ".ipynb_checkpoints").mkdir()
    (folder / ".ipynb_checkpoints" / "ann-checkpoint.ipynb").write_text("{}")
    with zipfile.ZipFile(folder / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.ipynb", bytes(10 << 20))
    found, remarks, notes, _ = submissions.find(folder)
    problems = {s.student: s.problem for s in found}
    assert problems.pop("bomb").startswith("is not a notebook")
    assert problems == {"ann": "", "pipe": "is not a regular file"}
    passed_over = [".hidden.ipynb", "eve.ipynb", "everything", "folder.ipynb", "loop", "passwords.ipynb"]
    assert [remark.split(":")[0] for remark in remarks] == passed_over
    assert notes == []


def test_a_file_that_is_swapped_for_a_link_after_it_was_found_is_refused(write_notebook):
    """Catches the race between looking and opening."""
    path = write_notebook("ann.ipynb", "x = 1")
    (found,), *_ = submissions.find(path.parent)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(UnreadableError):
        submissions.content_of(found)
    path.unlink()
    path.write_bytes(notebook_bytes("x = 2"))
    with pytest.raises(UnreadableError, match="changed"):
        submissions.content_of(found)


NAMES = [
    "ann..ipynb",
    "a\nb.ipynb",
    "\x1b[31mred\x1b[0m.ipynb",
    "<script>alert(1)</script>.ipynb".replace("/", "∕"),
    "=HYPERLINK(1).ipynb",
    "ann\u202ebypi.ipynb",
    "%2e%2e%2fann.ipynb",
    "x" * 240 + ".ipynb",
    "$(touch planted).ipynb",
    "-rf.ipynb",
]


def test_names_of_files_are_only_ever_shown(tmp_path):
    """Catches a name that leaves the folder, steers the terminal, or runs."""
    for name in NAMES:
        (tmp_path / name).write_bytes(notebook_bytes("x = 1"))
    (tmp_path / os.fsdecode(b"\xff\xfe.ipynb")).write_bytes(notebook_bytes("x = 1"))
    found, *_ = submissions.find(tmp_path)
    assert len(found) == len({s.student for s in found}) == len(NAMES) + 1
    for submission in found:
        assert submission.student.isprintable()
        submission.student.encode()


def test_nobody_hands_in_under_a_name_that_only_looks_like_another(tmp_path):
    """Catches an invisible letter that makes one student's file the last attempt of another."""
    for name in ("ann.ipynb", "ann\u202e.ipynb", "ann\u200b.ipynb"):
        (tmp_path / name).write_bytes(notebook_bytes("x = 1"))
    found, *_ = submissions.find(tmp_path)
    assert len({s.student for s in found}) == 3
    assert all(s.attempt == 1 for s in found)


LAYOUTS = {
    "moodle folders": {
        "Ann Lee_123_assignsubmission_file_/1-log-odds.ipynb": ("Ann Lee (123)", 1),
        "Ann Lee_456_assignsubmission_file_/work (2).ipynb": ("Ann Lee (456)", 1),
    },
    "moodle flat": {"Ann Lee_123_assignsubmission_file_1-log-odds.ipynb": ("Ann Lee (123)", 1)},
    "canvas": {
        "leeann_1234_98765_1-log-odds.ipynb": ("leeann (1234)", 1),
        "roebob_LATE_1235_98766_Untitled-1.ipynb": ("roebob (1235)", 1),
    },
    "github classroom": {
        "tiny-annlee/student.ipynb": ("annlee", 1),
        "tiny-bob/deep/down/renamed.ipynb": ("bob", 1),
    },
    "named after students": {"ann.ipynb": ("ann", 1), "Zoë Müller.IPYNB": ("Zoë Müller", 1)},
    "attempts": {
        "ann/attempt-10/a.ipynb": ("ann", 3),
        "ann/attempt-2/a.ipynb": ("ann", 2),
        "ann/attempt-1/a.ipynb": ("ann", 1),
        "bob v2.ipynb": ("bob", 2),
        "bob v1.ipynb": ("bob", 1),
    },
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_folders_of_each_source_are_understood(layout, tmp_path, tiny):
    """Catches two students of one name taken for one, and attempt 10 before attempt 2."""
    for number, path in enumerate(LAYOUTS[layout]):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(notebook_bytes(f"x = {number}"))
    found, *_ = submissions.find(tmp_path, tiny)
    assert {s.path: (s.student, s.attempt) for s in found} == LAYOUTS[layout]
    assert {s.student for s in found if s.late} == ({"roebob (1235)"} if layout == "canvas" else set())


def test_other_notebooks_of_a_student_do_not_count_as_attempts(write_notebook, tiny, tmp_path):
    """Catches notes in the same repository that are graded as the last attempt."""
    given = next(cell.source for cell in tiny.template if len(cell.source) > 40)
    text = {"cell_type": "markdown", "source": given, "metadata": {}}
    write_notebook("ann/notes.ipynb", "x = 1")
    write_notebook("ann/homework.ipynb", text, "x = 2")
    found, remarks, notes, _ = submissions.find(tmp_path / "in", tiny)
    assert [s.path for s in found] == ["ann/homework.ipynb"]
    assert remarks == []
    assert "ann/notes.ipynb" in notes[0]
