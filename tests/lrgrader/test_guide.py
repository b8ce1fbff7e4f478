"""The guide for instructors, from grading to export: each of its commands is run as it is printed there."""

import re
import shlex

import pytest

from coursebook.questions import qti
from lrgrader import cli
from tests.paths import ROOT

from .test_remembering import MOODLE, term, work  # noqa: F401 - the fixture too

RUN_HERE = ("grade", "manual", "report", "export", "gradescope")  # build and check are those of test_assignments.py
GRADEBOOK = 'Student,ID,Section,Homework 1 (77)\n"Lee, Ann",12,A,\n"Roe, Bob",13,A,\n'
WORKSHEET = (
    "Identifier,Full name,Grade,Maximum Grade,Last modified (grade)\n"
    "Participant 12,Ann Lee,,7,-\nParticipant 13,Bob Roe,,7,-\n"
)
TABLES = {
    "class.csv": "name,id,e-mail\nAnn Lee,12,ann@x.org\nBob Roe,13,bob@x.org\nEve Poe,14,eve@x.org\n",
    "times.csv": "name,time\nAnn Lee,2026-12-01T12:00\nBob Roe,2026-11-30T12:00\n",
    "extensions.csv": "name,until\nAnn Lee,2026-12-02T23:59\n",
    "worksheet.csv": WORKSHEET,
    "canvas-grades.csv": GRADEBOOK,
    "secret-2026": "the secret of this very term",
}


def printed():
    """Return the commands of the guide, a continued line as one."""
    text = (ROOT / "book/instructors.md").read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```sh\n(.*?)^```", text)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.strip()]


@pytest.fixture
def class_of_two(term, monkeypatch):  # noqa: F811
    """A folder as the guide's reader has it: an assignment, a class's work in two batches, and the tables."""
    place = term.folder
    (place / "assignments").mkdir()
    (place / "tiny").rename(place / "assignments/1-log-odds")
    (place / "chapters").symlink_to(ROOT / "chapters")
    for name, text in TABLES.items():
        (place / name).write_text(text)
    for batch, name, number in (("handed-in", "Ann Lee", 12), ("second-batch", "Bob Roe", 13)):
        path = place / batch / MOODLE.format(name=name, number=number, file="w.ipynb")
        path.parent.mkdir(parents=True)
        path.write_bytes(work(3, name))
    monkeypatch.chdir(place)
    return place


def test_every_command_from_grading_to_export_does_what_the_guide_says(class_of_two, capsys):
    """Catches an option that has gone, a file of another name, and an order of commands that cannot be."""
    ran = []
    for words in printed():
        if words[:3] == ["python", "-m", "coursebook.questions.qti"]:
            assert qti.main(words[3:]) == 0
            ran.append("qti")
        with_secret = "--secret-file" in words and "gradescope" not in words  # other ways to begin, not a later step
        if words[0] != "lrgrade" or words[1] not in RUN_HERE or with_secret or "odds" in words:  # test_example.py
            continue
        if "--marks" in words:
            fill_in(class_of_two / "term/1/manual/marks.csv")
        got = cli.main(words[1:])
        error = capsys.readouterr().err
        assert got in (0, 1), f"{' '.join(words)}: {error}"
        ran.append(words[1])
    assert {name: ran.count(name) for name in (*RUN_HERE, "qti")} == {
        "grade": 7, "manual": 2, "report": 1, "export": 2, "gradescope": 1, "qti": 1}  # fmt: skip
    written = {path.name for path in (class_of_two / "term/1").rglob("*")}
    assert {
        "scores.csv",
        "settings.toml",
        "roster.csv",
        "worksheet.csv",
        "canvas-grades.csv",
        "feedback.zip",
    } <= written
    assert (class_of_two / "_build/gradescope/1-log-odds-gradescope.zip").exists()
    assert "Participant 13,Bob Roe,5," in (class_of_two / "term/1/export/worksheet.csv").read_text()


def fill_in(path):
    """Give every answer a mark in each criterion."""
    path.write_text(re.sub(r",q3,,,,", ",q3,1,1,,", path.read_text()))


def test_each_table_that_the_help_names_is_in_the_guide():
    """Catches an option that nobody can find: those of `grade` and `export` are in the guide, but for a few."""
    guide = (ROOT / "book/instructors.md").read_text(encoding="utf-8")
    known = {"--help", "--most-attempts", "--regrade", "--new-secret", "--out"}
    group = next(action for action in cli.parser()._actions if action.dest == "command")
    for name in ("grade", "export", "gradescope"):
        options = {
            text for action in group.choices[name]._actions for text in action.option_strings if text[:5] != "--no-"
        }
        missing = {text for text in options - known if text.startswith("--") and text not in guide}
        assert missing <= {"--to"}, name
