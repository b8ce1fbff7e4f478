"""The head count: everything that came in is graded, or named with its reason."""

import io
import json
import os
import zipfile

import pytest

from lrgrader import manual, submissions, walking

from .conftest import notebook_bytes

pytestmark = pytest.mark.skipif(os.name == "nt", reason="modes and such names are of Unix")
WORK = notebook_bytes("x = 1")


def lay(folder, files):
    """Write files, given as paths and bytes, below a folder."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def zipped(files):
    """Return a zip archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", [".ipynb.txt", ".ipynb.json", ".json"])
def test_a_notebook_whose_suffix_a_program_changed_is_graded(tmp_path, suffix):
    """Catches a student who vanishes because a browser added a suffix."""
    lay(tmp_path, {f"ann{suffix}": WORK})
    assert [(s.student, s.problem) for s in submissions.find(tmp_path).submissions] == [("ann", "")]


@pytest.mark.parametrize("name", ["work.py", "work.html", "onlinetext.html", "notes.pdf", "work.rar", "work"])
def test_a_student_without_a_notebook_is_named_with_the_reason(tmp_path, name):
    """Catches a student who appears nowhere."""
    lay(tmp_path, {f"ann/{name}": b"x", "bob/work.ipynb": WORK})
    intake = submissions.find(tmp_path)
    assert [s.student for s in intake.submissions] == ["bob"]
    assert len(intake.named) == 1
    assert intake.named[0].startswith(f"ann/{name}: ")
    assert "ann has no notebook" in intake.named[0]


def test_an_empty_folder_is_named(tmp_path):
    """Catches a student whose folder holds nothing."""
    (tmp_path / "ann").mkdir()
    lay(tmp_path, {"bob/work.ipynb": WORK})
    assert submissions.find(tmp_path).named == ["ann: the folder is empty"]


def test_a_notebook_that_is_only_a_checkpoint_is_graded_and_said(tmp_path):
    """Catches the copy that Jupyter keeps, which is all that some students hand in."""
    lay(tmp_path, {"ann/.ipynb_checkpoints/work-checkpoint.ipynb": WORK, "bob/work.ipynb": WORK})
    intake = submissions.find(tmp_path)
    assert [s.student for s in intake.submissions] == ["ann", "bob"]
    assert "checkpoint" in intake.notes[0]


def test_data_beside_a_notebook_is_counted_and_not_named(tmp_path):
    """Catches an exit status of 1 for every file of data."""
    lay(tmp_path, {"ann/work.ipynb": WORK, "ann/data.csv": b"1"})
    assert submissions.find(tmp_path)[1:] == ([], [], 1)


NAMES = {
    "moodle": (
        "Ann Lee_12_assignsubmission_file_/w.ipynb",
        "Bob Roe_13_assignsubmission_file_/w.ipynb",
        {"Ann Lee (12)", "Bob Roe (13)"},
    ),
    "canvas": ("leeann_LATE_12_99_w.ipynb", "roebob_13_98_w.ipynb", {"leeann (12)", "roebob (13)"}),
    "canvas group": ("team_red_LATE_401_9001_w.ipynb", "anon_402_9002_w.ipynb", {"team_red (401)", "anon_402"}),
    "github": ("tiny-annlee/student.ipynb", "tiny-bob/student.ipynb", {"annlee", "bob"}),
    "gradescope": ("submission_11/w.ipynb", "submission_12/w.ipynb", {"submission_11", "submission_12"}),
    "blackboard": (
        "Homework 1_alee_attempt_2026-11-24-10-11-12_w.ipynb",
        "Homework 1_broe_attempt_2026-11-24-10-11-13_w.ipynb",
        {"alee", "broe"},
    ),
    "brightspace": (
        "11-77 - Ann Lee - Nov 24, 2026 1011 AM/w.ipynb",
        "12-77 - Bob Roe - Nov 24, 2026 112 PM/w.ipynb",
        {"Ann Lee (11)", "Bob Roe (12)"},
    ),
    "own folders": ("ann/w.ipynb", "bob/w.ipynb", {"ann", "bob"}),
    "own files": ("ann.ipynb", "bob.ipynb", {"ann", "bob"}),
}
WRAPS = {"": "", "a folder deeper": "export/", "two deeper": "export/submissions/"}


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("layout", NAMES)
def test_every_layout_is_understood_however_deep_it_was_unpacked(tmp_path, tiny, layout, wrap):
    """Catches three students who become one that is called submissions."""
    first, second, students = NAMES[layout]
    lay(tmp_path, {WRAPS[wrap] + first: WORK, WRAPS[wrap] + second: WORK})
    intake = submissions.find(tmp_path, tiny)
    assert {s.student for s in intake.submissions} == students
    assert intake.named == []
    assert {s.student for s in intake.submissions if s.late} == {
        n for n in students if "LATE" in first and n[0] in "lt"
    }


@pytest.mark.parametrize("layout", NAMES)
def test_sections_and_zips_of_zips_are_gone_into(tmp_path, tiny, layout):
    """Catches a section taken for a student, and an archive that nobody opens."""
    first, second, students = NAMES[layout]
    lay(tmp_path, {f"section A/{first}": WORK, "section B/archive.zip": zipped({second: WORK})})
    sections = {s.student for s in submissions.find(tmp_path, tiny).submissions}
    (tmp_path / "zip").mkdir()
    lay(tmp_path / "zip", {"all.zip": zipped({"submissions.zip": zipped({first: WORK, second: WORK})})})
    assert {s.student for s in submissions.find(tmp_path / "zip", tiny).submissions} == students
    if layout not in ("own folders", "own files"):  # a name of one's own inside an archive may be anything
        assert sections == students


def test_what_is_in_an_archive_is_read_as_it_was_found(tmp_path):
    """Catches a submission in an archive that is found and cannot be read."""
    lay(tmp_path, {"ann.zip": zipped({"deep/work.ipynb": WORK})})
    (found,) = submissions.find(tmp_path).submissions
    assert (found.student, submissions.content_of(found)) == ("ann", WORK)


def test_a_broken_an_encrypted_and_an_exploding_archive_are_named(tmp_path, monkeypatch):
    """Catches an archive that stops the class or fills the memory."""
    monkeypatch.setattr(walking, "MOST_BYTES", 1000)
    lay(tmp_path, {"ann.zip": b"PK nonsense", "eve.zip": zipped({"w.ipynb": bytes(5000)}), "bob.ipynb": WORK})
    intake = submissions.find(tmp_path)
    assert [line.split(":")[0] for line in intake.named] == ["ann.zip"]
    assert {s.student: bool(s.problem) for s in intake.submissions} == {"bob": False, "eve": True}


def test_many_files_of_one_student_cost_that_student_only(tmp_path, monkeypatch):
    """Catches a walk that ends early and drops those who come later in the alphabet."""
    monkeypatch.setattr(submissions, "MOST_FILES", 5)
    lay(tmp_path, {f"ann/{n}.csv": b"" for n in range(9)} | {"zoe/work.ipynb": WORK})
    intake = submissions.find(tmp_path)
    assert [s.student for s in intake.submissions] == ["zoe"]
    assert any("more than 5 files" in line for line in intake.named)


def test_a_path_deeper_than_the_limit_is_a_line(tmp_path):
    """Catches a path that is longer than the system allows."""
    lay(tmp_path, {"bob/work.ipynb": WORK, "/".join(["ann"] + ["d"] * 45) + "/w.ipynb": WORK})
    intake = submissions.find(tmp_path)
    assert [s.student for s in intake.submissions] == ["bob"]
    assert "folders deep" in intake.named[0]


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("work.ipynb", "work (1).ipynb"),
        ("work (2).ipynb", "work (10).ipynb"),
        ("b v1.ipynb", "a v2.ipynb"),
        ("work.ipynb", "work-1.ipynb"),
    ],
)
def test_of_several_copies_the_number_decides_and_it_is_said(tmp_path, earlier, later):
    """Catches the untouched download that beats the work."""
    lay(tmp_path, {f"ann/{earlier}": WORK, f"ann/{later}": notebook_bytes("x = 2"), "bob/w.ipynb": WORK})
    intake = submissions.find(tmp_path)
    assert [s.path for s in intake.submissions if s.student == "ann"] == [f"ann/{earlier}", f"ann/{later}"]
    assert f"ann/{later} is the last" in intake.notes[0]


def test_a_notebook_of_another_assignment_is_named_and_not_graded_as_zero(tmp_path, tiny):
    """Catches 0 points for the right work in the wrong place."""
    content = json.loads(WORK) | {"metadata": {"lrgrader": {"assignment": "2-accuracy"}}}
    lay(tmp_path, {"ann/w.ipynb": json.dumps(content).encode(), "bob/w.ipynb": WORK})
    intake = submissions.find(tmp_path, tiny)
    assert [s.student for s in intake.submissions] == ["bob"]
    assert "a notebook of 2-accuracy" in intake.named[0]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_read_as_any_spreadsheet_saves_it(tmp_path, encoding, separator):
    """Catches a European Excel, whose tables end in "no answer None to None"."""
    path = tmp_path / "marks.csv"
    path.write_text(f"code{separator}comment\nS-1{separator}für Zoë\n", encoding=encoding)
    assert manual.read_table(path) == [{"code": "S-1", "comment": "für Zoë"}]


def test_a_table_that_was_filled_in_is_set_aside_each_time(tmp_path):
    """Catches a half-filled marks.csv that the next run overwrites."""
    path = tmp_path / "marks.csv"
    assert manual.set_aside(path) is None
    path.write_text("typed")
    assert [manual.set_aside(path).read_text(), manual.set_aside(path).name] == ["typed", "marks-before-2.csv"]


# Names as the systems write them today; docs/decisions/0025 says where each form is written down.

OWN_FORMS = {
    # path: student, key, late, time
    "Ann Lee_123_assignsubmission_file/deep/w.ipynb": ("Ann Lee (123)", "#123", False, ""),
    "Ann Lee_123_assignsubmission_file_w.ipynb": ("Ann Lee (123)", "#123", False, ""),
    "Participant_123_assignsubmission_file/w.ipynb": ("Participant (123)", "#123", False, ""),
    "Group A_17_assignsubmission_file/w.ipynb": ("Group A (17)", "#17", False, ""),
    "Default group_assignsubmission_file/w.ipynb": ("Default group", "Default group", False, ""),
    "leeann_401_9001_w.ipynb": ("leeann (401)", "#401", False, ""),
    "leeann_LATE_401_9001_my_2_w-1.ipynb": ("leeann (401)", "#401", True, ""),
    "anon_aB3x9_9001_my_2_w.ipynb": ("anon_aB3x9", "#anon_aB3x9", False, ""),
    "LATE_anon_aB3x9_9001_w.ipynb": ("anon_aB3x9", "#anon_aB3x9", True, ""),
    "müllerbob_LATE_402_9002_all/deep/w.ipynb": ("müllerbob (402)", "#402", True, ""),
    "HW 1_alee_attempt_2026-11-24-10-11-12_w.ipynb": ("alee", "alee", False, "2026-11-24T10:11:12"),
    "27236-46025 - 23304308 Lee - 05 March 2026 612 PM/w.ipynb": (
        "23304308 Lee (27236)", "#27236", False, "2026-03-05T18:12:00"),
    "27236-46025 - Ann Lee - Jul 30, 2026 1253 AM/w.ipynb": ("Ann Lee (27236)", "#27236", False, "2026-07-30T00:53:00"),
    "27236-46025 - Ann Lee-Roe- Sep 20, 2026 1003 PM/w.ipynb": (
        "Ann Lee-Roe (27236)", "#27236", False, "2026-09-20T22:03:00"),
}  # fmt: skip


@pytest.mark.parametrize("path", OWN_FORMS)
def test_a_name_in_a_systems_own_form_says_who_when_and_how_late(tmp_path, tiny, path):
    """Catches a form that the system has changed, or that only our own examples have."""
    lay(tmp_path, {path: WORK})
    (found,) = submissions.find(tmp_path, tiny).submissions
    assert (found.student, found.key, found.late, found.time) == OWN_FORMS[path]


def test_a_text_entry_of_canvas_is_named_under_its_student(tmp_path, tiny):
    """Catches a student who typed into the box and appears nowhere."""
    lay(tmp_path, {"leeann_401_9001_w.ipynb": WORK, "roebob_LATE_402_text.html": b"x", "anon_aB3x9_link.html": b"x"})
    named = submissions.find(tmp_path, tiny).named
    assert [line.split(", and ")[1] for line in named] == ["anon_aB3x9 has no notebook", "roebob (402) has no notebook"]


GRADESCOPE_METADATA = b"""---
submission_11:
  :submitters:
  - :name: Ann Lee
    :sid: '301'
    :email: ann@x.org
  :created_at: 2026-11-24 10:11:12.000000000 -08:00
  :score: 0.0
submission_12:
  :submitters:
  - :name: Bob Roe
    :sid: '302'
    :email: bob@x.org
  - :name: Eve Poe
    :sid:
    :email: eve@x.org
  :created_at: 2026-11-25 10:11:12.000000000 -08:00
"""


def test_gradescopes_export_says_whose_each_folder_is(tmp_path, tiny):
    """Catches a student who is another one with each resubmission: the folder's number is the submission's."""
    top = "assignment_77_export/"
    lay(tmp_path, {f"{top}submission_{n}/w.ipynb": WORK for n in (11, 12)})
    lay(tmp_path, {f"{top}submission_metadata.yml": GRADESCOPE_METADATA})
    found = submissions.find(tmp_path, tiny).submissions
    assert [(s.student, s.key, s.time) for s in found] == [
        ("Ann Lee (301)", "#301", "2026-11-24T10:11:12-08:00"),
        ("Bob Roe and Eve Poe (302 and eve@x.org)", "#302 and eve@x.org", "2026-11-25T10:11:12-08:00"),
    ]


@pytest.mark.parametrize("content", [b"", b"- 1", b"submission_11: {}", b"{", b"\xff", b"a: !!python/object:os.x"])
def test_metadata_that_cannot_be_read_cost_nobody_anything(tmp_path, tiny, content):
    """Catches a class that a broken file beside it stops."""
    lay(tmp_path, {"submission_11/w.ipynb": WORK, "submission_metadata.yml": content})
    assert [s.student for s in submissions.find(tmp_path, tiny).submissions] == ["submission_11"]


def test_blackboards_receipt_tells_logins_with_underscores_apart(tmp_path, tiny):
    """Catches ann_lee and bob_lee, who are both "lee" by the file's name alone."""
    files = {}
    for login, name in (("ann_lee", "Ann Lee"), ("bob_lee", "Bob (Robert) Lee")):
        start = f"HW 1_{login}_attempt_2026-11-24-10-11-12"
        files[f"{start}_w.ipynb"] = notebook_bytes(f"x = '{login}'")
        files[f"{start}.txt"] = f"Name: {name} ({login})\r\nAssignment: HW 1\r\nDate Submitted: Tuesday\r\n".encode()
    lay(tmp_path, files)
    intake = submissions.find(tmp_path, tiny)
    assert [(s.student, s.key) for s in intake.submissions] == [
        ("Ann Lee (ann_lee)", "ann_lee"), ("Bob (Robert) Lee (bob_lee)", "bob_lee")]  # fmt: skip
    assert intake.named == []


def test_a_submission_is_the_same_wherever_it_lies_and_twice_the_same_file_is_two(tmp_path, tiny):
    """Catches an identity by the path, and one by the bytes alone."""
    lay(tmp_path, {"ann/a.ipynb": WORK, "ann/a (1).ipynb": WORK, "bob/a.ipynb": WORK})
    ids = [s.id for s in submissions.find(tmp_path, tiny).submissions]
    assert len(set(ids)) == 3
    (tmp_path / "x").mkdir()
    (tmp_path / "ann").rename(tmp_path / "x/ann")
    (tmp_path / "bob").rename(tmp_path / "x/bob")
    (tmp_path / "x/bob/a.ipynb").rename(tmp_path / "x/bob/b.ipynb")
    assert [s.id for s in submissions.find(tmp_path, tiny).submissions] == ids


OWN_WORDS = {
    "a date that looks like Canvas's numbers": ("ann/2026_11_30_hw.ipynb", "bob/2026_11_30_hw.ipynb", {"ann", "bob"}),
    "a version inside a folder": ("ann/hw_1_2_last.ipynb", "bob/hw_1_2_last.ipynb", {"ann", "bob"}),
    "a version in the file's name": ("ann_hw_1_2_x.ipynb", "bob_hw_1_2_x.ipynb", {"ann_hw_1_2_x", "bob_hw_1_2_x"}),
    "a date in the file's name": ("ann_2026_11_30.ipynb", "b_2026_1_3.ipynb", {"ann_2026_11_30", "b_2026_1_3"}),
    "the assignment's name inside": ("ann/tiny-final/w.ipynb", "bob/tiny-final/w.ipynb", {"ann", "bob"}),
    "what gh classroom clones": (
        "tiny-submissions/tiny-ann/w.ipynb",
        "tiny-submissions/tiny-bob/w.ipynb",
        {"ann", "bob"},
    ),
    "one that gh has cloned": ("tiny-submissions/tiny-ann/w.ipynb", "tiny-submissions/tiny-ann/v2/w.ipynb", {"ann"}),
    "groups": ("Group 1/work.ipynb", "Group 2/work.ipynb", {"Group 1", "Group 2"}),
    "one name in two sections": ("Lab 1/ann/w.ipynb", "Lab 2/ann/w.ipynb", {"ann (Lab 1)", "ann (Lab 2)"}),
}


@pytest.mark.parametrize("kind", OWN_WORDS)
def test_a_name_of_ones_own_makes_nobody_another_student(tmp_path, tiny, kind):
    """Catches a class that becomes one student, because its files are named after a day, a version or a group."""
    first, second, students = OWN_WORDS[kind]
    lay(tmp_path, {first: WORK, second: notebook_bytes("x = 2")})
    found = submissions.find(tmp_path, tiny).submissions
    assert {s.student for s in found} == students
    assert len({s.key for s in found}) == len(students)


def test_a_name_inside_an_archive_takes_nobodys_number(tmp_path):
    """Catches a file in one student's zip that makes another's number, and so the other's identity, doubted."""
    evil = zipped({"evil_402_1_x.ipynb": WORK, "tiny-bob/w_402_2_x.ipynb": WORK})
    lay(tmp_path, {"leeann_401_9001_hw.zip": evil, "roebob_402_9002_hw.ipynb": WORK})
    found = submissions.find(tmp_path).submissions
    assert {(s.student, s.key) for s in found} == {("leeann (401)", "#401"), ("roebob (402)", "#402")}


def test_a_folder_of_one_known_student_is_no_student(tmp_path, tiny):
    """Catches the one who hands in again, and becomes a student who is called June."""
    lay(tmp_path, {"May/ann/w.ipynb": WORK, "May/bob/w.ipynb": WORK, "June/ann/w.ipynb": notebook_bytes("x = 2")})
    assert {s.student for s in submissions.find(tmp_path, tiny).submissions} == {"ann", "bob"}
