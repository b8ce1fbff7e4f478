"""The way back into the learning systems, on tables and names in their own form; read again by the systems' own rules.

The rules are those of Moodle's and Canvas's importers, written down in docs/decisions/0025.
"""

import csv
import io
import zipfile

import nbformat
import pytest

from lrgrader.tables import decoded

from .test_remembering import mark, scores, term, work  # noqa: F401 - the fixture too

WORKSHEET = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,Grade can be changed,"
    '"Last modified (submission)","Last modified (grade)","Feedback comments"\n'
    'Participant 12,Ann_Lee,m1,ann@x.org,"Submitted for grading",,7.00,Yes,"Monday, 30 November 2026, 11:59 PM",-,\n'
    'Participant 13,"Müller, Bob",m2,bob@x.org,Submitted,,7.00,Yes,"Sunday, 29 November 2026, 1:02 AM",-,\n'
    'Participant 14,Eve Roe,m3,eve@x.org,"No submission",5.50,7.00,Yes,-,"Monday, 30 November 2026, 9:00 AM",kept\n'
)
FILES = {  # Moodle writes a space for each underscore of a name
    "Ann Lee_12_assignsubmission_file/w.ipynb": work(3, "one"),
    "Müller, Bob_13_assignsubmission_file/deep/w.ipynb": work(2, "two"),
}


def lines(path, separator=","):
    """Return the lines of a written table by their heads."""
    return list(csv.DictReader(io.StringIO(decoded(path.read_bytes()), newline=""), delimiter=separator))


def moodle_imports(path):
    """Return grades by participant as Moodle's importer reads a worksheet."""
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    rows = lines(path)
    assert {"Identifier", "Grade", "Last modified (grade)"} <= rows[0].keys()
    return {row["Identifier"][len("Participant ") :]: row["Grade"] for row in rows if row["Grade"] != ""}


def moodle_takes(path, participants):
    """Return which participant gets which file, as Moodle's importer reads a zip of feedback."""
    found = {}
    for name in zipfile.ZipFile(path).namelist():
        parts = name.split("/")
        for place, part in enumerate(parts):
            info = part.split("_", 4)
            if len(info) >= 4 and info[1] in participants and info[2:4] == ["assignfeedback", "file"]:
                found[info[1]] = "/".join([*info[4:], *parts[place + 1 :]])
                break
    return found


@pytest.fixture
def graded(term):  # noqa: F811
    """A Moodle class of two, graded and marked."""
    term("grade", FILES)
    mark(term)
    (term.folder / "worksheet.csv").write_text(WORKSHEET, encoding="utf-8-sig")
    return term


def test_moodles_worksheet_is_filled_in_and_nothing_else_of_it_changes(graded, capsys):
    """Catches a grade in another's line, one that wipes out what Moodle has, and a table that Moodle cannot read."""
    assert graded("export", None, "--into", graded.folder / "worksheet.csv") == 1
    said = capsys.readouterr().out
    assert "Moodle: 2 of 3 lines filled in, column 'Grade'" in said
    assert "Eve Roe: in the table, and handed in nothing here" in said
    path = graded.folder / "out/export/worksheet.csv"
    assert moodle_imports(path) == {"12": "5", "13": "4", "14": "5.50"}
    before = list(csv.DictReader(io.StringIO(WORKSHEET)))
    assert [{**row, "Grade": ""} for row in lines(path)] == [{**row, "Grade": ""} for row in before]
    assert (graded.folder / "worksheet.csv").read_text(encoding="utf-8-sig") == WORKSHEET


def test_moodle_gives_each_feedback_file_to_its_student(graded):
    """Catches a zip whose names Moodle passes over without a word."""
    graded("export", None, "--into", graded.folder / "worksheet.csv")
    path = graded.folder / "out/export/feedback.zip"
    assert moodle_takes(path, {"12", "13", "14"}) == {"12": "feedback.html", "13": "feedback.html"}
    page = zipfile.ZipFile(path).read("Ann Lee_12_assignfeedback_file/feedback.html").decode()
    assert "5 of 7 points" in page


def test_a_worksheet_in_another_language_needs_only_its_column(graded):
    """Catches a grader that speaks English to a German Moodle."""
    text = (
        WORKSHEET.replace("Participant ", "Teilnehmer/in").replace("Identifier", "ID").replace(",Grade,", ",Bewertung,")
    )
    (graded.folder / "worksheet.csv").write_text(text.replace("Maximum Grade", "Bestwertung"))
    assert graded("export", None, "--into", graded.folder / "worksheet.csv") == 2
    graded("export", None, "--into", graded.folder / "worksheet.csv", "--column", "Bewertung")
    assert [row["Bewertung"] for row in lines(graded.folder / "out/export/worksheet.csv")] == ["5", "4", "5.50"]


def test_points_that_moodle_would_pass_over_are_refused_or_scaled(graded, capsys):
    """Catches 20 points written into an assignment of 10, which Moodle skips in silence."""
    (graded.folder / "worksheet.csv").write_text(WORKSHEET.replace("7.00", "100.00"))
    assert graded("export", None, "--into", graded.folder / "worksheet.csv") == 2
    assert "gives 100 points and the assignment 7" in capsys.readouterr().err
    graded("export", None, "--into", graded.folder / "worksheet.csv", "--scale")
    assert moodle_imports(graded.folder / "out/export/worksheet.csv")["12"] == "71.43"


def test_who_waits_for_marks_is_left_out_and_named(term, capsys):  # noqa: F811
    """Catches half of the points that counts as all of them."""
    term("grade", FILES)
    (term.folder / "worksheet.csv").write_text(WORKSHEET)
    assert term("export", None, "--into", term.folder / "worksheet.csv") == 1
    assert "Ann Lee: waits for marks (question 3), and was left out" in capsys.readouterr().out.replace(" (12)", "")
    assert moodle_imports(term.folder / "out/export/worksheet.csv") == {"14": "5.50"}


GRADEBOOK = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77),Homework 10 (78),Homework Final Score,Final Grade\n"
    ",,,,,Manual Posting,,,\n"
    '"    Points Possible",,,,,7.00,20.00,(read only),(read only)\n'
    '"Lee, Ann",401,s1,alee,A,,3,1,\n"Müller, Bob",402,s2,bm,A,1,,2,\n"Student, Test",499,,x,A,,,,\n'
)
CANVAS_FILES = {"leeann_401_9001_w.ipynb": work(3, "one"), "müllerbob_LATE_402_9002_all.zip": None}


def canvas_imports(path, separator=","):
    """Return grades of Homework 1 by student as Canvas's importer reads a gradebook."""
    rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8")), delimiter=separator))
    assert "Student" in rows[0][0]
    assert "ID" in rows[0][1]
    assert rows[0][4] == "Section"
    assert [row[0].strip() for row in rows[1:3]] == ["", "Points Possible"]
    return {row[1]: row[rows[0].index("Homework 1 (77)")] for row in rows[3:]}


def canvas_takes(path):
    """Return the number of user and attachment for each file, as Canvas infers them from a name."""
    names = zipfile.ZipFile(path).namelist()
    return {name: [part for part in name.split("_") if part.isdigit()][:2] for name in names}


@pytest.fixture
def canvas(term):  # noqa: F811
    """A Canvas class of two, one of whom handed in a zip, graded and marked, and its gradebook."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("w.ipynb", work(2, "two"))
    term("grade", {name: content or buffer.getvalue() for name, content in CANVAS_FILES.items()})
    mark(term)
    (term.folder / "grades.csv").write_text(GRADEBOOK)
    return term


@pytest.mark.parametrize("separator", [",", ";"])
def test_canvass_gradebook_is_filled_in_in_the_column_that_is_named(canvas, separator):
    """Catches a column that is meant by its beginning alone, and a gradebook whose first rows are lost."""
    path = canvas.folder / "grades.csv"
    rows = csv.reader(io.StringIO(GRADEBOOK))
    with open(path, "w", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    canvas("export", None, "--into", path, "--column", "Homework 1 (77)")
    written = canvas.folder / "out/export/grades.csv"
    assert canvas_imports(written, separator) == {"401": "5", "402": "4", "499": ""}
    assert lines(written, separator)[2]["Homework 10 (78)"] == "3"


@pytest.mark.parametrize("column", ["", "Homework", "Final Grade", "ID"])
def test_a_column_that_is_unclear_or_not_for_grades_is_refused(canvas, capsys, column):
    """Catches Homework 10's points in Homework 1, and a number in a column that Canvas computes."""
    assert canvas("export", None, "--into", canvas.folder / "grades.csv", "--column", column) == 2
    assert "columns is this assignment: Homework 1 (77); Homework 10 (78)" in capsys.readouterr().err


def test_canvas_gives_each_feedback_file_to_its_student_under_the_name_of_what_was_handed_in(canvas):
    """Catches names that Canvas cannot read, and a page that the student opens as a notebook."""
    canvas("export", None, "--into", canvas.folder / "grades.csv", "--column", "Homework 1 ")
    path = canvas.folder / "out/export/feedback.zip"
    assert canvas_takes(path) == {
        "leeann_401_9001_w.ipynb": ["401", "9001"],
        "müllerbob_LATE_402_9002_all.zip": ["402", "9002"],
    }
    archive = zipfile.ZipFile(path)
    notebook = nbformat.reads(archive.read("leeann_401_9001_w.ipynb").decode(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].source.startswith("# 5 of 7 points")
    inner = zipfile.ZipFile(io.BytesIO(archive.read("müllerbob_LATE_402_9002_all.zip")))
    assert "4 of 7 points" in inner.read("feedback.html").decode()


BRIGHTSPACE = (
    "OrgDefinedId,Username,Last Name,First Name,HW 1 Points Grade <Numeric MaxPoints:7>,End-of-Line Indicator\n"
    "#23304308,#alee,Lee,Ann,,#\n#23304309,#bmueller,Müller,Bob,,#\n"
)
BLACKBOARD = (
    '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Availability"\t"HW 1 [Total Pts: 7 Score] |664617"\n'
    '"Lee"\t"Ann"\t"alee"\t"23304308"\t"Yes"\t""\n"Müller"\t"Bob"\t"bm_x"\t"s2"\t"Yes"\t""\n'
)


def test_brightspaces_and_blackboards_grades_are_filled_in_as_they_came(term):  # noqa: F811
    """Catches a number sign that belongs to the id, a lost end of line, and tabs in UTF-16 that become commas."""
    files = {
        "11-77 - 23304308 Lee - 05 March 2026 612 PM/w.ipynb": work(3, ""),
        "12-77 - Bob Müller - Nov 24, 2026 112 PM/w.ipynb": work(2, ""),
    }
    term("grade", files)
    (term.folder / "d2l.csv").write_text(BRIGHTSPACE)
    term("export", None, "--into", term.folder / "d2l.csv", status=0)
    written = (term.folder / "out/export/d2l.csv").read_text()
    assert written.splitlines()[1:] == ["#23304308,#alee,Lee,Ann,3,#", "#23304309,#bmueller,Müller,Bob,2,#"]
    (term.folder / "gc.xls").write_text(BLACKBOARD, encoding="utf-16")
    term("export", None, "--into", term.folder / "gc.xls", status=0)
    rows = lines(term.folder / "out/export/gc.xls", "\t")
    assert [row["HW 1 [Total Pts: 7 Score] |664617"] for row in rows] == ["3", "2"]
    assert (term.folder / "out/export/gc.xls").read_bytes().startswith(b"\xff\xfe")


def test_a_name_that_is_a_formula_is_one_in_no_table(term):  # noqa: F811
    """Catches a command in a name, on its way from the system through the grader into a spreadsheet."""
    (term.folder / "grades.csv").write_text(GRADEBOOK.replace('"Lee, Ann"', '"=cmd|x, Ann"').replace("Homework", "=H"))
    term("grade", {"cmdxann_401_9_w.ipynb": work(3, ""), "@b_402_9_w.ipynb": work(3, "x")}, "--anonymous")
    term("export", None, "--into", term.folder / "grades.csv", "--column", "=H 1 (77)")
    term("manual")
    tables = [*(term.folder / "out").rglob("*.csv")]
    assert {path.name for path in tables} == {"scores.csv", "names.csv", "marks.csv", "grades.csv"}
    for path in tables:
        for row in csv.reader(io.StringIO(decoded(path.read_bytes()))):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@", "|"))], path


def test_an_anonymous_class_has_no_name_on_any_page(term):  # noqa: F811
    """Catches names in the report of a class that is marked without them."""
    term("grade", {"annlee.ipynb": work(3, "one"), "zoepoe.ipynb": b"", "bobroe.ipynb": work(3, "one")}, "--anonymous")
    term("manual")
    term("report")
    shown = [path for path in (term.folder / "out").rglob("*.*") if path.suffix in (".html", ".csv", ".json")]
    assert {"report.html", "scores.csv", "q3.html"} <= {path.name for path in shown}
    for path in shown:
        named = [name for name in ("annlee", "zoepoe", "bobroe") if name in path.read_text()]
        assert named == (["annlee", "zoepoe", "bobroe"] if path.name == "names.csv" else []), path
    assert scores(term)[scores(term).popitem()[0]]["id"] == ""


def test_two_who_mean_one_line_are_named_and_neither_is_written(term, capsys):  # noqa: F811
    """Catches the total of the second of two, which is written over that of the first."""
    (term.folder / "g.csv").write_text('Student,ID,Section,Homework 1 (77)\n"Lee, Ann",12,A,\n')
    term("grade", {"Ann Lee.ipynb": work(3, ""), "Lee Ann.ipynb": work(1, "")})
    assert term("export", None, "--into", term.folder / "g.csv") == 1
    said = capsys.readouterr().out
    assert "Ann Lee: in the line of another" in said
    assert "Lee Ann: in the line of another" in said
    assert (term.folder / "out/export/g.csv").read_text().splitlines()[1] == '"Lee, Ann",12,A,'
