"""What the system refuses, a full disk, a lock, a folder that is read-only, is one sentence, and loses nothing."""

import os
import resource
import sqlite3
import subprocess
import sys

import pytest

from lrgrader import cli, sandbox, store

from .conftest import TINY, notebook_bytes
from .test_remembering import term, totals, work  # noqa: F401 - the fixture too

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these limits are of Unix")


def said(capsys):
    """Return what was said of the error, which is one sentence and no traceback."""
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert "Traceback" not in error
    return error


def test_a_database_that_another_program_has_locked_is_a_sentence(term, capsys, monkeypatch):  # noqa: F811
    """Catches a traceback of sqlite's where a spreadsheet or a backup reads the results."""
    monkeypatch.setattr(store, "PATIENCE", 0.05)
    term("grade", {"ann.ipynb": work(3)}, status=0)
    before = (term.folder / "out/scores.csv").read_bytes()
    other = sqlite3.connect(term.folder / "out/grades.sqlite")
    other.execute("BEGIN IMMEDIATE")
    assert term("grade", {"bob.ipynb": work(2)}) == 2
    assert "in use by another program" in said(capsys)
    assert (term.folder / "out/scores.csv").read_bytes() == before
    other.close()
    term("grade", None, status=0)
    assert totals(term) == {"ann": 3, "bob": 2}


def test_a_file_that_may_not_grow_is_a_sentence_and_the_next_run_goes_on(term, capsys):  # noqa: F811
    """Catches a quota that ends in a traceback, or in a table cut in the middle."""
    term("grade", {"ann.ipynb": work(3)}, status=0)
    before = (term.folder / "out/scores.csv").read_bytes()
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    files = {f"s{n}.ipynb": work(1, f"{n} " * 4000) for n in range(9)}
    for name, content in files.items():
        (term.folder / "in" / name).write_bytes(content)
    resource.setrlimit(resource.RLIMIT_FSIZE, (90_000, limit[1]))
    try:
        assert term("grade", None) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert "run the same command again" in said(capsys)
    assert (term.folder / "out/scores.csv").read_bytes() == before
    term("grade", None, status=0)
    assert len(totals(term)) == 10


def test_a_damaged_database_and_a_file_where_the_folder_should_be_are_sentences(term, capsys):  # noqa: F811
    """Catches sqlite's traceback for a file that a synchronising program has spoilt."""
    (term.folder / "out").mkdir()
    (term.folder / "out/grades.sqlite").write_bytes(b"no database at all" * 500)
    assert term("grade", {"ann.ipynb": work(3)}) == 2
    assert "grades.sqlite is damaged" in said(capsys)
    assert term("grade", None, out="in/ann.ipynb") == 2
    assert "ann.ipynb" in said(capsys)


def test_without_a_sandbox_there_is_a_sentence_and_no_folder(tmp_path, capsys, monkeypatch):
    """Catches students' code that runs unconfined because a program is missing."""
    monkeypatch.setattr(sandbox, "available", lambda: "bubblewrap (bwrap) is not installed")
    (tmp_path / "ann.ipynb").write_bytes(work(3))
    assert cli.main(["grade", str(TINY), str(tmp_path / "ann.ipynb"), "--out", str(tmp_path / "out")]) == 2
    assert "no sandbox: bubblewrap (bwrap) is not installed" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


FULL = """
grade() {{
  {python} -m lrgrader grade {tiny} {handed_in} --out {disk}/out --unsafe-no-sandbox --workers 1; echo "status $?"
}}
head -c 10000000 /dev/zero > {disk}/ballast 2>/dev/null
grade
rm {disk}/ballast
grade
cat {disk}/out/scores.csv
mount_is_read_only() {{ {python} -m lrgrader report {tiny} --out {away}; echo "status $?"; }}
mount_is_read_only
"""


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_on_a_disk_that_is_really_full_and_one_that_is_read_only_nothing_is_lost(tmp_path):
    """Catches what only a real file system does: grades half written, a run that cannot go on once there is room."""
    (tmp_path / "in").mkdir()
    (tmp_path / "disk").mkdir()
    (tmp_path / "away").mkdir()
    code = {"cell_type": "code", "source": "def double(x): return 2 * x", "metadata": {"tags": ["answer", "q1"]}}
    for name in ("ann", "bob"):
        (tmp_path / f"in/{name}.ipynb").write_bytes(notebook_bytes(code))
    places = {"python": sys.executable, "tiny": TINY, "handed_in": tmp_path / "in"}
    script = FULL.format(disk=tmp_path / "disk", away=tmp_path / "away", **places)
    inside = ["bwrap", "--dev-bind", "/", "/", "--size", "2000000", "--tmpfs", str(tmp_path / "disk")]
    inside += ["--ro-bind", str(tmp_path / "away"), str(tmp_path / "away")]
    done = subprocess.run([*inside, "bash", "-c", script], capture_output=True, text=True, timeout=120)
    assert "Traceback" not in done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith("status")] == [
        "status 2",
        "status 0",
        "status 2",
    ]
    assert "error: the disk is full" in done.stderr
    assert "error: the folder may not be written to" in done.stderr
    assert "came in 2 = graded 2 + named 0" in done.stdout
    assert "ann,,S-" in done.stdout
