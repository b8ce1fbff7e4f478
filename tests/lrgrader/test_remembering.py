"""A term remembers: a run adds and drops nobody, settings hold, identity and typed marks survive, joins are listed.

What code is worth is decided here by a word in it and not by the sandbox: these tests are about everything around it.
"""

import csv
import re
import shutil
import sqlite3

import pytest

from lrgrader import cli, commands, notebook, policy, settings, submissions
from lrgrader.checks import AssignmentError
from lrgrader.grading import Outcome, Result

from .conftest import TINY, notebook_bytes


def work(points=3, words="It divides by zero."):
    """Return a notebook whose code is worth these points of question 1, with a written answer."""
    return notebook_bytes(
        {"cell_type": "code", "source": f"worth = {points}", "metadata": {"tags": ["answer", "q1"]}},
        {"cell_type": "markdown", "source": words, "metadata": {"tags": ["answer", "q3"]}},
    )


def judge_by_a_word(assignment, todo, store, options):
    """Save a result for each submission: what its code says that it is worth."""
    for submission in todo:
        try:
            found = notebook.answers(assignment, notebook.read_cells(submissions.content_of(submission)))
            points = float(re.search(r"worth = ([\d.]+)", "\n".join(found.code))[1])
            checks = [Outcome("q1-many", "q1", 3.0, "says", "", False, points, "" if points == 3 else "not so")]
            result = Result(checks, found.written, found.by_question, [])
        except notebook.UnreadableError as error:
            result = Result(error=str(error))
        store.save(submission.id, assignment.version, result)


@pytest.fixture
def term(tmp_path, monkeypatch):
    """Return a function that runs lrgrade on a folder of submissions, given as names and contents."""
    monkeypatch.setattr(commands, "run", judge_by_a_word)
    monkeypatch.setattr(commands, "require_sandbox", lambda options, private: None)
    shutil.copytree(TINY, tmp_path / "tiny")

    def lrgrade(command, files=None, *more, status=None, batch="in", out="out"):
        for name, content in (files or {}).items():
            (tmp_path / batch / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / batch / name).write_bytes(content)
        places = [str(tmp_path / "tiny"), *([str(tmp_path / batch)] if command == "grade" else [])]
        got = cli.main([command, *places, "--out", str(tmp_path / out), *map(str, more)])
        assert status is None or got == status
        return got

    lrgrade.folder = tmp_path
    return lrgrade


def scores(term, out="out"):
    """Return the lines of scores.csv by student."""
    with open(term.folder / out / "scores.csv", newline="", encoding="utf-8-sig") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def totals(term):
    """Return the totals of scores.csv by student."""
    return {student: float(row["total"]) for student, row in scores(term).items()}


def mark(term, points="1", comment="", only=None, name="marks.csv"):
    """Fill in marks.csv, for one code or all, and take it over."""
    term("manual")
    path = term.folder / "out/manual/marks.csv"
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if only is None or row["code"] == only:
            row |= {"criterion 1": points, "criterion 2": points, "comment": comment}
    filled = term.folder / name
    with open(filled, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return term("manual", None, "--marks", filled)


# A run adds, and drops nobody


def test_a_second_batch_or_a_single_file_drops_nobody(term, capsys):
    """Catches a class that shrinks to the last batch."""
    term("grade", {"ann.ipynb": work(3), "bob.ipynb": work(2)}, status=0)
    term("grade", {"carl.ipynb": work(1)}, batch="second", status=0)
    assert totals(term) == {"ann": 3, "bob": 2, "carl": 1}
    assert "kept from earlier runs, not in this folder: 2 students (ann, bob)" in capsys.readouterr().out


def test_a_mended_check_grades_earlier_batches_too(term):
    """Catches students of the first batch who vanish, for their results are by other checks."""
    term("grade", {"ann.ipynb": work(3)})
    checks = term.folder / "tiny/checks.py"
    checks.write_text(checks.read_text() + "\n# mended\n")
    term("grade", {"carl.ipynb": work(1)}, batch="second", status=0)
    assert totals(term) == {"ann": 3, "carl": 1}


def test_a_regrade_whose_earlier_files_are_gone_is_refused_and_changes_nothing(term, capsys):
    """Catches a class that is graded again without those whose files were moved away."""
    term("grade", {"ann.ipynb": work(3)})
    before = (term.folder / "out/scores.csv").read_bytes()
    (term.folder / "in/ann.ipynb").unlink()
    assert term("grade", {"carl.ipynb": work(1)}, "--regrade", batch="second") == 2
    assert "files are not where they were (ann" in capsys.readouterr().err
    assert (term.folder / "out/scores.csv").read_bytes() == before


def test_attempts_of_several_batches_count_in_the_order_in_which_they_came(term):
    """Catches an old file, graded again by itself, that becomes the last attempt."""
    term("grade", {"ann/a.ipynb": work(1), "bob/w.ipynb": work(1)})
    term("grade", {"ann/a.ipynb": work(2), "bob/w.ipynb": work(1)}, batch="second")
    assert (scores(term)["ann"]["attempt"], totals(term)["ann"]) == ("2", 2)
    term("grade", None)
    assert (scores(term)["ann"]["attempt"], totals(term)["ann"]) == ("2", 2)


def test_a_withdrawn_student_stays_away_until_the_settings_say_otherwise(term, capsys):
    """Catches a student who is back because the file still lies there, and a typing mistake that withdraws nobody."""
    term("grade", {"ann.ipynb": work(3), "bob.ipynb": work(2)})
    term("grade", None, "--withdraw", "ann", status=0)
    term("grade", {"ann.ipynb": work(1)}, status=0)
    assert list(totals(term)) == ["bob"]
    said = capsys.readouterr().out
    assert "withdrawn, so it does not count: ann.ipynb\ncame in 2 = graded 1 + named 1" in said
    assert term("grade", None, "--withdraw", "nobody") == 2
    assert "--withdraw nobody" in capsys.readouterr().err
    path = term.folder / "out/settings.toml"
    path.write_text(path.read_text().replace('withdrawn = ["ann"]', "withdrawn = []"))
    term("grade", None, status=0)
    assert (list(totals(term)), scores(term)["ann"]["attempt"]) == (["ann", "bob"], "2")


# Settings hold


def test_an_option_holds_until_it_is_given_anew_and_a_change_is_said_with_its_effect(term, capsys):
    """Catches late options that a second run forgets, and a policy that changes in silence."""
    (term.folder / "times.csv").write_text("name,time\nann,2026-12-01T12:00\nbob,2026-11-30T12:00\n")
    late = ("--deadline", "2026-11-30T23:59", "--late-penalty", "10", "--times", term.folder / "times.csv")
    term("grade", {"ann.ipynb": work(3), "bob.ipynb": work(2)}, *late, status=0)
    assert totals(term) == {"ann": 2.7, "bob": 2}
    term("grade", None, status=0)
    assert totals(term) == {"ann": 2.7, "bob": 2}
    capsys.readouterr()
    term("grade", None, "--late-penalty", "50", status=0)
    said = capsys.readouterr().out
    assert "changed: late penalty: 10.0 -> 50.0\n1 totals changed, 1 by the settings:\n" in said
    assert "ann: 2.7 -> 1.5 (the settings)" in said


def test_a_deadline_can_be_taken_back_though_there_are_times(term, capsys):
    """Catches a deadline that nothing can undo, and times that are given before there is one."""
    (term.folder / "times.csv").write_text("name,time\nann,2026-12-01T12:00\n")
    times = ("--times", term.folder / "times.csv")
    assert term("grade", {"ann.ipynb": work(3)}, *times) == 2
    assert "say also --deadline" in capsys.readouterr().err
    term("grade", None, "--deadline", "2026-11-30T23:59", "--late-penalty", "50", *times, status=0)
    assert totals(term) == {"ann": 1.5}
    term("grade", None, "--deadline", "none", status=0)
    assert totals(term) == {"ann": 3}


def test_settings_can_be_read_and_edited_by_hand(term, capsys):
    """Catches a file that nobody can read, and an edit that is ignored."""
    term("grade", {"ann.ipynb": work(3), "ann (1).ipynb": work(1)}, "--attempts", "first")
    path = term.folder / "out/settings.toml"
    assert 'attempts = "first"\n' in path.read_text()
    path.write_text(path.read_text().replace('"first"', '"best"'))
    capsys.readouterr()
    term("grade", None)
    assert "changed: attempts: first -> best" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('deadline = "soon"', "'soon' is not a time"),
        ("late_penalty = 120", "percentage"),
        ('late_penalty = "10"', "late_penalty is a number"),
        ('attempts = "latest"', "one of last, best, first"),
        ("late_penalti = 10", "no setting 'late_penalti'"),
        ("grace = -5", "grace is 0 or more"),
        ("grace = nan", "grace is a number of minutes"),
        ("free_days = 2", "say also --deadline"),
        ('deadline = "2026-11-30"', "settings.toml: '2026-11-30' is not a time"),
        ('deadline = "9999-99-31T23:59"', "is not a time"),
        ("late_penalty = ", "cannot be read"),
    ],
)
def test_an_edit_that_cannot_be_meant_is_an_error_and_never_in_time(term, capsys, line, words):
    """Catches a policy that fails open: everybody in time, for a mistake in one line."""
    term("grade", {"ann.ipynb": work(3)})
    path, name = term.folder / "out/settings.toml", line.partition(" ")[0]
    kept = [text for text in path.read_text().splitlines() if not text.startswith(f"{name} ")]
    path.write_text("\n".join([line, *kept]))
    before = (term.folder / "out/scores.csv").read_bytes()
    assert term("grade", None) == 2
    assert words in capsys.readouterr().err
    assert (term.folder / "out/scores.csv").read_bytes() == before


def test_another_secret_or_none_is_refused_and_the_secret_itself_is_not_in_the_settings(term, capsys):
    """Catches a forgotten --secret-file that grades everybody by other numbers."""
    (term.folder / "secret").write_text("the secret of this very term")
    term("grade", {"ann.ipynb": work(3)}, "--secret-file", term.folder / "secret")
    assert "very term" not in (term.folder / "out/settings.toml").read_text()
    for command in ("grade", "report", "manual"):
        assert term(command, None) == 2
        assert "Give the same --secret-file" in capsys.readouterr().err
    assert term("grade", None, "--new-secret") == 0


def test_a_folder_of_another_version_is_refused_in_a_sentence(term, capsys):
    """Catches marks that an older database holds in another way and that nobody finds."""
    (term.folder / "out").mkdir()
    with sqlite3.connect(term.folder / "out/grades.sqlite") as db:
        db.execute("CREATE TABLE submission (id TEXT)")
    db.close()
    assert term("grade", {"ann.ipynb": work(3)}) == 2
    assert "made by another version of lrgrade" in capsys.readouterr().err


# Who somebody is, and typed marks


MOODLE = "{name}_{number}_assignsubmission_file/{file}"


def test_typed_marks_survive_a_new_name_a_moved_file_and_a_resubmission_of_the_same_words(term):
    """Catches an answer that must be marked again because a student married."""
    term("grade", {MOODLE.format(name="Ann Lee", number=12, file="w.ipynb"): work(2)})
    mark(term, "1", "well said")
    code = scores(term)["Ann Lee (12)"]["code"]
    shutil.rmtree(term.folder / "in")
    moved = MOODLE.format(name="Ann Roe", number=12, file="final.ipynb")
    term(
        "grade", {f"deeper/{moved}": work(3, "It divides  by zero.\n"), f"deeper/{moved.replace('12', '13')}": work(1)}
    )
    assert scores(term)["Ann Roe (12)"]["total"] == "5"
    assert scores(term)["Ann Roe (12)"]["code"] == code
    assert scores(term)["Ann Roe (13)"]["waits_for"] == "question 3"


def test_marks_follow_a_renamed_folder_once_the_old_name_is_withdrawn(term):
    """Catches marks that are lost where only a name tells who somebody is."""
    term("grade", {"ann.ipynb": work(2, "zero"), "bob.ipynb": work(2, "other")})
    mark(term)
    (term.folder / "in/ann.ipynb").rename(term.folder / "in/ann_lee.ipynb")
    term("grade", None, "--withdraw", "ann", status=0)
    assert totals(term) == {"ann_lee": 4, "bob": 4}


def test_other_words_are_marked_anew(term):
    """Catches marks of the old words given to the new ones."""
    term("grade", {"ann.ipynb": work(2)})
    mark(term)
    term("grade", {"ann.ipynb": work(2, "Quite another answer.")})
    assert scores(term)["ann"]["waits_for"] == "question 3"


def test_marks_of_two_people_are_merged_and_one_that_is_replaced_is_said_and_kept(term, capsys):
    """Catches the second marker's table, which undoes the first's."""
    term("grade", {"ann.ipynb": work(2, "one"), "bob.ipynb": work(2, "two")})
    codes = {name: row["code"] for name, row in scores(term).items()}
    mark(term, only=codes["ann"], name="first.csv")
    mark(term, "0.5", only=codes["bob"], name="second.csv")
    assert totals(term) == {"ann": 4, "bob": 3}
    capsys.readouterr()
    mark(term, "0", only=codes["ann"], name="third.csv")
    said = capsys.readouterr().out
    assert f"marked before, and otherwise: {codes['ann']} q3 (the old mark is kept)" in said
    assert "ann: 4 -> 2 (marks by hand)" in said
    with sqlite3.connect(term.folder / "out/grades.sqlite") as db:
        assert db.execute("SELECT points FROM mark_before").fetchall() == [("[1.0, 1.0]",)]
    db.close()


def test_what_was_typed_and_not_taken_over_is_in_the_next_table_unless_the_answer_is_another(term, capsys):
    """Catches an evening of marks in a table that the next run writes anew, and old marks on new words."""
    term("grade", {"ann.ipynb": work(2, "one"), "bob.ipynb": work(2, "two")})
    term("manual")
    path = term.folder / "out/manual/marks.csv"
    half = path.read_text().replace(",q3,,,,", ",q3,1,0.5,good,")
    path.write_text(half)
    term("grade", {"bob.ipynb": work(2, "three")})
    term("manual")
    codes = {name: row["code"] for name, row in scores(term).items()}
    lines = path.read_text()
    assert f"{codes['ann']},q3,1,0.5,good," in lines
    assert f"{codes['bob']},q3,,,," in lines
    assert path.with_name("marks-before-1.csv").read_text() == half
    assert term("manual", None, "--marks", path.with_name("marks-before-1.csv")) == 2
    assert f"{codes['bob']} has handed in another answer since" in capsys.readouterr().err
    assert term("manual", None, "--marks", path) == 1
    assert totals(term)["ann"] == 3.5


def test_an_untouched_line_gives_way_to_a_mark_that_was_changed_meanwhile(term):
    """Catches an old table that brings back the mark which another marker has corrected."""
    term("grade", {"ann.ipynb": work(2, "one")})
    mark(term)
    term("manual")
    path = term.folder / "out/manual/marks.csv"
    assert ",q3,1,1," in path.read_text()
    other = path.with_name("other.csv")
    other.write_text(path.read_text().replace(",q3,1,1,", ",q3,1,0.5,"))
    term("manual", None, "--marks", other, status=0)
    term("manual")
    assert ",q3,1,0.5," in path.read_text()


def test_best_counts_written_points_too(term):
    """Catches the attempt with the better code and the empty answer."""
    term("grade", {"ann.ipynb": work(2, "words")})
    mark(term)
    term("grade", {"ann.ipynb": work(3, "")}, "--attempts", "best")
    assert (scores(term)["ann"]["attempt"], totals(term)["ann"]) == ("1", 4)


# The roster


ROSTER = "Gruppe;E-Mail;Name;ID\nred;ann@x.org;Lee, Ann;m1\nred;bob@x.org;Bob Müller;m2\n;eve@x.org;Eve Roe;m3\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_roster_gives_everybody_a_line_and_lists_strangers(term, capsys, encoding):
    """Catches who handed in nothing and appears nowhere, and a stranger whom nobody notices."""
    (term.folder / "class.csv").write_text(ROSTER.replace("Gruppe", "Group"), encoding=encoding)
    files = {"bob müller.ipynb": work(3), "ann@x.org.ipynb": work(2), "mallory.ipynb": work(1)}
    assert term("grade", files, "--roster", term.folder / "class.csv") == 1
    rows = scores(term)
    assert {name: (row["id"], row["total"], row["group"]) for name, row in rows.items()} == {
        "Lee, Ann": ("m1", "2", "red"),
        "Bob Müller": ("m2", "3", "red"),
        "Eve Roe": ("m3", "0", ""),
        "mallory": ("", "1", ""),
    }
    assert rows["Eve Roe"]["remarks"] == "nothing was handed in"
    said = capsys.readouterr().out
    assert "handed in nothing: 1 of the roster (Eve Roe)" in said
    assert "not in the roster: mallory: is in no line of the roster" in said
    assert "came in 3 = graded 3 + named 0" in said
    term("grade", None)
    assert len(scores(term)) == 4


CANVAS_ROSTER = (
    "Student,ID,SIS User ID,SIS Login ID,Section,HW 1 (77)\n    Points Possible,,,,,7\n"
    '"Lee, Ann",401,s1,alee,A,\n"Roe, Bob",402,s2,broe,B,\n'
)


@pytest.mark.parametrize(
    "names",
    [
        ("leeann_401_9001_w.ipynb", "roebob_LATE_402_9002_w.ipynb"),
        ("Homework 1_alee_attempt_2026-11-24-10-11-12_w.ipynb", "Homework 1_broe_attempt_2026-11-24-10-11-13_w.ipynb"),
        ("11-77 - alee Ann Lee - Nov 24, 2026 1011 AM/w.ipynb", "12-77 - s2 Roe - 24 November 2026 112 PM/w.ipynb"),
        ("Ann Lee_12_assignsubmission_file/w.ipynb", "Bob Roe_13_assignsubmission_file/w.ipynb"),
        ("tiny-alee/w.ipynb", "tiny-broe/w.ipynb"),
        ("Lee Ann.ipynb", "ROE, BOB.ipynb"),
        ("Ann Lee (alee).ipynb", "broe.ipynb"),
    ],
)
def test_each_systems_names_find_their_line_of_the_systems_own_roster(term, names):
    """Catches a class of strangers, because a system turns names round, squeezes them or gives numbers."""
    (term.folder / "class.csv").write_text(CANVAS_ROSTER)
    term("grade", dict(zip(names, (work(3), work(2)), strict=True)), "--roster", term.folder / "class.csv", status=0)
    assert {name: row["id"] for name, row in scores(term).items()} == {"Lee, Ann": "401", "Roe, Bob": "402"}


def test_what_fits_two_people_is_nobodys_and_is_listed(term, capsys):
    """Catches one of two students of a name who gets the other's marks."""
    (term.folder / "class.csv").write_text("id,name\nm1,Ann Lee\nm2,Ann Lee\n401,Bob Roe\n")
    files = {"Ann Lee.ipynb": work(3), "leeann_401_9_w.ipynb": work(2)}
    assert term("grade", files, "--roster", term.folder / "class.csv") == 1
    said = capsys.readouterr().out
    assert "Ann Lee: may be Ann Lee (m1) or Ann Lee (m2)" in said
    assert "handed in nothing: 3 of the roster" in said


def test_a_first_name_is_not_another_persons_login(term):
    """Catches Bob Roe's work under the name of Bob Müller, whose address begins with bob."""
    (term.folder / "class.csv").write_text("id,name,email\nm1,Bob Müller,bob@x.org\nm2,Bob Roe,roe@x.org\n")
    term("grade", {"Bob Roe_5_assignsubmission_file/w.ipynb": work(3)}, "--roster", term.folder / "class.csv", status=0)
    assert totals(term) == {"Bob Müller": 0, "Bob Roe": 3}


def test_each_member_of_a_group_gets_the_groups_points(term):
    """Catches a group of three whose work counts for the one who handed it in."""
    (term.folder / "class.csv").write_text(ROSTER.replace("Gruppe", "Group"))
    files = {"red_9_assignsubmission_file/w.ipynb": work(3), "Eve Roe_10_assignsubmission_file/w.ipynb": work(1)}
    term("grade", files, "--roster", term.folder / "class.csv", status=0)
    assert totals(term) == {"Lee, Ann": 3, "Bob Müller": 3, "Eve Roe": 1}
    assert len({row["code"] for row in scores(term).values()}) == 3
    assert len(list((term.folder / "out/feedback").glob("S-*.html"))) == 3


def test_a_roster_that_comes_later_keeps_marks_and_codes(term):
    """Catches marks that are lost when names become people."""
    term("grade", {"ann lee.ipynb": work(3)})
    mark(term)
    code = scores(term)["ann lee"]["code"]
    (term.folder / "class.csv").write_text("id,name\nm1,Ann Lee\n")
    term("grade", None, "--roster", term.folder / "class.csv", status=0)
    assert (scores(term)["Ann Lee"]["total"], scores(term)["Ann Lee"]["code"]) == ("5", code)


@pytest.mark.parametrize(
    ("text", "words"),
    [("points\n3\n", "a column id, name"), ("id,name\nm1,A\nm1,B\n", "m1 stands in it twice"), ("id\n", "nobody")],
)
def test_a_roster_that_cannot_be_meant_is_refused(term, capsys, text, words):
    """Catches a table of points taken for a class."""
    (term.folder / "class.csv").write_text(text)
    assert term("grade", {"ann.ipynb": work(3)}, "--roster", term.folder / "class.csv") == 2
    assert words in capsys.readouterr().err
    assert not (term.folder / "out/roster.csv").exists()


# Times and extensions


def test_lines_that_match_nobody_and_students_without_a_time_are_listed_by_name(term, capsys):
    """Catches "Ann Lee" against "Ann Lee (401)": three days late were on time."""
    (term.folder / "times.csv").write_text("name,time\nAnn Lee,2026-12-03T12:00\nBob Lee,2026-11-30T12:00\n")
    (term.folder / "more.csv").write_text("id,until\n401,2026-12-02T23:59\n999,2026-12-02T23:59\n")
    files = {MOODLE.format(name=n, number=i, file="w.ipynb"): work(3) for n, i in (("Ann Lee", 401), ("Eve", 402))}
    late = ("--deadline", "2026-11-30T23:59", "--late-penalty", "10", "--times", term.folder / "times.csv")
    assert term("grade", files, *late, "--extensions", term.folder / "more.csv") == 1
    said = capsys.readouterr().out
    assert "look at: time for 'Bob Lee': nobody, or more than one, is called so" in said
    assert "look at: extension for '999': nobody" in said
    assert "no time is known of 1 (? in scores.csv): no day is charged, or one if it is marked late: Eve (402)" in said
    rows = scores(term)
    assert (rows["Ann Lee (401)"]["days_late"], rows["Ann Lee (401)"]["total"]) == ("1", "2.7")
    assert rows["Eve (402)"]["days_late"] == "?"


@pytest.mark.parametrize(
    "text", ["name,time\nann,30.11.\n", "name,until\nann,tomorrow\n", "who,when\nann,2026-11-30\n"]
)
@pytest.mark.parametrize("option", ["--times", "--extensions"])
def test_a_time_that_cannot_be_read_is_an_error_with_its_line(term, capsys, text, option):
    """Catches an unreadable date that makes a student in time."""
    (term.folder / "table.csv").write_text(text)
    assert term("grade", {"ann.ipynb": work(3)}, "--deadline", "2026-11-30", option, term.folder / "table.csv") == 2
    assert re.search("line 2: .* is not a time|needs a first line", capsys.readouterr().err)
    assert not (term.folder / "out/scores.csv").exists()


def test_times_come_from_the_systems_own_tables_and_names(tmp_path):
    """Catches Moodle's way to write a date, and Gradescope's."""
    path = tmp_path / "worksheet.csv"
    path.write_text(
        "Identifier,Full name,Grade,Last modified (submission)\n"
        'Participant 12,Ann,,"Monday, 30 November 2026, 11:59 PM"\n'
        "Participant 13,Bob,,-\n"
    )
    assert policy.read_times(path) == {"Participant 12 | Ann": policy.read_time("2026-11-30T23:59").isoformat()}
    assert policy.read_time("2026-11-30 23:59:00 -0800") == policy.read_time("2026-12-01T07:59:00+00:00")
    with pytest.raises(AssignmentError):
        policy.read_time("30/11/2026")


def test_blackboard_and_brightspace_say_in_their_names_when_work_was_handed_in(term):
    """Catches lateness that stands in each file's name and is asked of a table."""
    files = {
        "HW_alee_attempt_2026-12-01-10-11-12_w.ipynb": work(3),
        "11-77 - Bob Roe - Nov 30, 2026 1153 PM/w.ipynb": work(3),
    }
    term("grade", files, "--deadline", "2026-11-30T23:59", "--late-penalty", "10", status=0)
    assert totals(term) == {"alee": 2.7, "Bob Roe (11)": 3}


def test_a_line_of_a_table_means_whom_all_its_cells_mean(term, capsys):
    """Catches a time for the number of one student and the name of another, and a group's member without a time."""
    (term.folder / "class.csv").write_text(ROSTER.replace("Gruppe", "Group"))
    head = "Identifier,Full name,Last modified (submission)\n"
    late = '"Wednesday, 2 December 2026, 10:12 AM"'
    (term.folder / "times.csv").write_text(
        f"{head}Participant 77,Bob Müller,{late}\nParticipant 10,Bob Müller,{late}\n"
    )
    files = {"red_9_assignsubmission_file/w.ipynb": work(3), "Eve Roe_10_assignsubmission_file/w.ipynb": work(1)}
    options = ("--deadline", "2026-11-30T23:59", "--late-penalty", "10", "--times", term.folder / "times.csv")
    assert term("grade", files, "--roster", term.folder / "class.csv", *options) == 1
    assert "time for 'Participant 10 | Bob Müller': nobody, or more than one" in capsys.readouterr().out
    assert totals(term) == {"Lee, Ann": 2.4, "Bob Müller": 2.4, "Eve Roe": 1}


def test_who_is_late_by_the_system_and_may_be_is_listed(term, capsys):
    """Catches an extension that Canvas's LATE overrules in silence."""
    (term.folder / "more.csv").write_text("name,until\nleeann (401),2026-12-05T23:59\n")
    late = ("--deadline", "2026-11-30T23:59", "--late-penalty", "10", "--extensions", term.folder / "more.csv")
    assert term("grade", {"leeann_LATE_401_9_w.ipynb": work(3), "b_LATE_402_9_w.ipynb": work(2)}, *late) == 1
    assert "marked late: leeann (401)\n" in capsys.readouterr().out


def test_free_days_are_a_budget_over_the_assignments_beside_each_other(term, capsys):
    """Catches a budget of late days that begins anew with each assignment."""
    files, late = {"HW_alee_attempt_2026-12-02-10-11-12_w.ipynb": work(3)}, ("--late-penalty", "10", "--free-days", "3")
    term("grade", files, "--deadline", "2026-11-30T23:59", *late, out="term/1")
    assert scores(term, "term/1")["alee"]["total"] == "3"
    assert scores(term, "term/1")["alee"]["free_days"] == "2"
    again = {"HW_alee_attempt_2026-12-12-10-11-12_w.ipynb": work(3)}
    term("grade", again, "--deadline", "2026-12-10T23:59", *late, batch="two", out="term/2")
    assert scores(term, "term/2")["alee"]["total"] == "2.7"


def test_what_is_written_is_what_is_read(tmp_path):
    """Catches a name with quotes or signs that spoils the settings."""
    made = settings.Settings(
        assignment="tiny", deadline="2026-11-30T23:59", extensions={'a"\\\n=é': "2026-12-01T12:00"}, grace=1.5
    )
    settings.write(tmp_path, made)
    assert settings.read(tmp_path) == made


@pytest.mark.parametrize("text", ["", "2026-11-30", "20261130", "9999-12-31T23:59-23:00", "0001-01-01T00:00+23:00"])
def test_a_time_without_an_hour_or_beyond_the_calendar_is_refused(term, capsys, text):
    """Catches a class that is a day late by a deadline without its hour, or has none by an empty variable."""
    assert term("grade", {"ann.ipynb": work(3)}, "--deadline", text) == 2
    assert f"{text!r} is not a time" in capsys.readouterr().err


def test_two_times_of_one_person_are_an_error_or_said(term, capsys):
    """Catches the second of two lines that counts without a word: 29 days late by a line that means somebody else."""
    (term.folder / "times.csv").write_text("name,time\nann,2026-11-29T12:00\nann,2026-12-29T12:00\n")
    due = ("--deadline", "2026-11-30T23:59", "--late-penalty", "10", "--times", term.folder / "times.csv")
    assert term("grade", {"Ann Lee.ipynb": work(3)}, *due) == 2
    assert "line 3: ann has another time in a line above" in capsys.readouterr().err
    (term.folder / "times.csv").write_text('name,time\nAnn Lee,2026-11-29T12:00\n"Lee, Ann",2026-12-29T12:00\n')
    assert term("grade", None, *due) == 1
    assert "time for 'Lee, Ann': another line means the same one" in capsys.readouterr().out


def test_who_is_withdrawn_by_hand_and_known_to_nobody_is_said(term, capsys):
    """Catches a name typed into the settings that does nothing, and a student who still counts."""
    term("grade", {"leeann_401_9_w.ipynb": work(3)})
    path = term.folder / "out/settings.toml"
    path.write_text(path.read_text().replace("withdrawn = []", 'withdrawn = ["Lee Ann"]'))
    assert term("grade", None) == 1
    assert "withdrawn 'Lee Ann': nobody is known by that" in capsys.readouterr().out


def test_marks_above_a_lowered_rubric_wait_and_another_rubric_is_said_once(term, capsys):
    """Catches 2 points of 1, and marks that stand beside criteria they were not given for."""
    term("grade", {"ann.ipynb": work(3)})
    mark(term)
    checks = term.folder / "tiny/checks.py"
    text = checks.read_text()
    checks.write_text(text.replace("Criterion(1,", "Criterion(0.5,").replace('"q3", points=2', '"q3", points=1'))
    assert term("grade", None) == 1
    assert "the rubric of q3 is another now; marks given by the one before: 1" in capsys.readouterr().out
    assert (scores(term)["ann"]["q3"], scores(term)["ann"]["waits_for"]) == ("", "question 3")
    assert term("grade", None) == 0
    checks.write_text(text)
    assert term("grade", None) == 1
    assert scores(term)["ann"]["q3"] == "2"


@pytest.mark.parametrize(
    ("old", "new", "status"),
    [("code,question", "Code , QUESTION", 0), ("S-", " s-", 0), ("criterion 2", "names zero", 2), (None, None, 2)],
)
def test_a_table_of_marks_whose_heads_have_changed_is_read_or_refused(term, capsys, old, new, status):
    """Catches "0 marks taken over" for a table whose columns nobody found."""
    term("grade", {"ann.ipynb": work(3)})
    mark(term, name="typed.csv")
    path = term.folder / "typed.csv"
    path.write_text(path.read_text().replace("1,1,", "0.5,1,").replace(old, new) if old else "")
    capsys.readouterr()
    assert term("manual", None, "--replace", "--marks", path) == status
    assert ("1 marks taken over" in capsys.readouterr().out) == (not status)
    assert scores(term)["ann"]["q3"] == ("2" if status else "1.5")


def test_umlauts_in_comments_are_read_by_a_spreadsheet(term):
    """Catches comments that come back garbled, because marks.csv does not say that it is UTF-8."""
    term("grade", {"ann.ipynb": work(3)})
    mark(term, comment="schön")
    term("manual")
    assert (term.folder / "out/manual/marks.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_a_guess_at_which_notebook_is_the_last_needs_a_person(term, capsys):
    """Catches sections taken for students, each with the last of its students' marks and an exit status of 0."""
    files = {f"{day}/{name}.ipynb": work(3, name) for day, name in (("Mon", "a"), ("Mon", "b"), ("Tue", "c"))}
    assert term("grade", files) == 1
    assert "Mon: 2 notebooks; Mon/b.ipynb is the last, by its name alone: look" in capsys.readouterr().out


def test_one_students_folder_or_file_is_that_students(term):
    """Catches a resubmission graded alone, which becomes a student who is called like the file."""
    one = MOODLE.format(name="Ann Lee", number=12, file="w.ipynb")
    term("grade", {one: work(1), MOODLE.format(name="Bob Roe", number=13, file="w.ipynb"): work(2)})
    for batch in (f"in/{one}", f"in/{one}/.."):
        place = (term.folder / batch).resolve()
        term("grade", None, batch=place.relative_to(term.folder), status=0)
        assert set(totals(term)) == {"Ann Lee (12)", "Bob Roe (13)"}


def test_who_is_no_longer_in_the_roster_is_said(term, capsys):
    """Catches somebody who handed in nothing, and whose line goes without a word."""
    roster = term.folder / "class.csv"
    roster.write_text("id,name\n1,ann\n2,bob\n")
    term("grade", {"ann.ipynb": work(3)}, "--roster", roster)
    roster.write_text("id,name\n1,ann\n")
    term("grade", None, "--roster", roster)
    assert "no longer in the roster: bob (2)" in capsys.readouterr().out
