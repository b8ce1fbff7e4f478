"""A term: graded, killed and graded again, marked by hand, regraded after a mended check, late, anonymous, exported."""

import csv
import dataclasses
import json
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import datetime, timedelta
from html.parser import HTMLParser

import pytest

from lrgrader import cli, cluster, feedback, grading, notebook, policy, report, store, tables
from lrgrader.checks import AssignmentError
from lrgrader.grading import Result

from .conftest import TINY, notebook_bytes

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("bubblewrap")]
EVIL = "<script>document.title='LEAK'</script><img src=x onerror=alert(1)>"
RIGHT = "import numpy as np\ndef double(x): return 2 * np.asarray(x)"


def answered(written="It divides by zero.", code=RIGHT):
    """Return a notebook with one answer in code and one in words."""
    words = {"cell_type": "markdown", "source": written, "metadata": {"tags": ["answer", "q3"]}}
    return notebook_bytes({"cell_type": "code", "source": code, "metadata": {"tags": ["answer", "q1"]}}, words)


@pytest.fixture
def term(tmp_path):
    """Three students, one of them hostile, and a broken file; return a function that runs lrgrade on them."""
    handed_in = tmp_path / "in"
    handed_in.mkdir()
    (handed_in / "ann.ipynb").write_bytes(answered())
    (handed_in / "=cmd|' ∕C calc'!A0.ipynb").write_bytes(
        answered(EVIL, f"def double(x):\n    print({EVIL!r})\n    raise ValueError({EVIL!r})")
    )
    (handed_in / f"{EVIL.replace('/', '∕')}.ipynb").write_bytes(answered(EVIL))
    (handed_in / "carl.ipynb").write_bytes(b"")
    shutil.copytree(TINY, tmp_path / "tiny")

    def lrgrade(command, *more, status=None):
        places = [str(tmp_path / "tiny"), *([str(handed_in)] if command == "grade" else [])]
        got = cli.main([command, *places, "--out", str(tmp_path / "out"), *more])
        assert status is None or got == status
        return got

    lrgrade.folder = tmp_path
    return lrgrade


def scores(folder):
    """Return the lines of scores.csv by student."""
    with open(folder / "out/scores.csv", newline="", encoding="utf-8-sig") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_everything_is_graded_and_a_broken_file_is_a_line(term, capsys):
    """Catches one file that stops the rest, and an exit status that hides it."""
    assert term("grade") == 1
    assert "carl.ipynb: it is empty" in capsys.readouterr().out
    rows = scores(term.folder)
    assert (rows["ann"]["q1"], rows["ann"]["q2"], rows["ann"]["q3"], rows["ann"]["total"]) == ("3", "0", "", "3")
    assert rows["carl"]["remarks"] == "is empty"
    assert rows["ann"]["waits_for"] == "question 3"
    for row in rows.values():
        result = json.loads((term.folder / "out/gradescope" / row["code"] / "results.json").read_text())
        assert result["score"] == float(row["total"])
        assert sum(test["max_score"] for test in result["tests"]) in (2, 5, 7)


def test_no_cell_of_the_table_is_a_formula(term):
    """Catches a name that a spreadsheet runs."""
    term("grade")
    with open(term.folder / "out/scores.csv", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any("cmd" in cell for cell in cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t"))] == []


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "|cmd", "%0A=1", "＝1"])
def test_each_beginning_of_a_formula_is_kept_from_being_one(text):
    """Catches the beginning that was forgotten."""
    assert tables.no_formula(text).startswith("'")
    assert tables.no_formula("Ann-Lee") == "Ann-Lee"


class Tags(HTMLParser):
    """All tags of a page, and its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found, self.attributes = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append(tag)
        self.attributes += [name for name, _ in attributes]


def test_pages_show_what_students_wrote_and_run_none_of_it(term):
    """Catches a script in an answer, a name or an error that reaches the page alive."""
    term("grade", "--book", "https://example.org/book")
    term("manual")
    term("report")
    pages = list((term.folder / "out").rglob("*.html"))
    assert len(pages) == 4 + 1 + 1
    evil = 0
    for page in pages:
        text = page.read_text()
        tags = Tags(text)
        ours = str(feedback.asset("marks.js")[0])
        assert [tag for tag in tags.found if tag in ("script", "img")] == ["script"] * (ours in text)
        assert [name for name in tags.attributes if name.startswith("on")] == []
        assert "default-src 'none'" in text
        evil += "&lt;script&gt;" in text
    assert evil >= 3  # the feedback of two, and the page to mark: it is shown, and not dropped
    shown = "".join(page.read_text() for page in pages)
    assert 'href="https://example.org/book/chapters/sigmoid.html#eq-odds"' in shown


def test_a_page_in_a_browser_runs_nothing_and_uses_its_style(term):
    """Catches a policy that forbids the page's own style, or lets a script in."""
    playwright = pytest.importorskip("playwright.sync_api")
    term("grade")
    with playwright.sync_playwright() as starter:
        path = shutil.which("chromium")
        if path is None:
            pytest.skip("no Chromium")
        browser = starter.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        for file in (term.folder / "out/feedback").glob("*.html"):
            page.goto(file.as_uri())
            assert page.title() == "Halves and doubles"
            assert page.evaluate("getComputedStyle(document.body).maxWidth") not in ("none", "")
        browser.close()
    assert complaints == []


def test_marks_are_given_under_codes_and_end_up_in_the_scores(term, capsys):
    """Catches a name on the page to mark, and marks that go to the wrong student."""
    term("grade")
    term("manual", status=0)
    out = term.folder / "out"
    page = (out / "manual/q3.html").read_text().partition("<script>")[0]
    assert "ann" not in page.replace("answer", "")
    with open(out / "manual/marks.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 3  # carl's file could not be read
    code = scores(term.folder)["ann"]["code"]
    mine = next(row for row in rows if row["code"] == code)
    mine |= {"criterion 1": "1", "criterion 2": "0,5", "comment": EVIL}
    filled = term.folder / "filled.csv"
    with open(filled, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    term("manual", "--marks", str(filled), status=1)
    assert "2 students still wait" in capsys.readouterr().out
    assert scores(term.folder)["ann"]["q3"] == "1.5"
    assert scores(term.folder)["ann"]["total"] == "4.5"
    assert "<script>" not in (out / "feedback" / f"{code}.html").read_text()
    term("grade", "--regrade")
    assert scores(term.folder)["ann"]["q3"] == "1.5"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("S-0,q3,1,1,", "no answer 'S-0'"),
        ("{code},q9,1,1,", "to 'q9'"),
        ("{code},q3,2,1,", "from 0 to 1, in halves"),
        ("{code},q3,-1,1,", "from 0 to 1"),
        ("{code},q3,0.3,1,", "in halves"),
        ("{code},q3,good,1,", "'good' for .* is not a number"),
        ("{code},q3,nan,1,", "from 0 to 1"),
        ("{code},q3,1,,", "'' for .* is not a number"),
    ],
)
def test_a_bad_line_of_marks_is_named_and_nothing_is_taken_over(term, capsys, line, words):
    """Catches half a table in the scores."""
    term("grade")
    code = scores(term.folder)["ann"]["code"]
    before = (term.folder / "out/scores.csv").read_bytes()
    filled = term.folder / "filled.csv"
    head = "code,question,criterion 1,criterion 2,comment\n"
    filled.write_text(head + f"{code},q3,1,1,fine\n" + line.format(code=code) + "\n")
    assert term("manual", "--marks", str(filled)) == 2
    error = capsys.readouterr().err
    assert "line 3" in error
    assert re.search(words, error)
    assert (term.folder / "out/scores.csv").read_bytes() == before


def test_a_long_list_of_bad_lines_says_that_it_is_cut(term, capsys):
    """Catches an instructor who mends twenty lines and believes that these were all."""
    term("grade")
    filled = term.folder / "filled.csv"
    filled.write_text("code,question,criterion 1,criterion 2,comment\n" + "nobody,q3,1,1,\n" * 23)
    assert term("manual", "--marks", str(filled)) == 2
    assert "and 3 more lines" in capsys.readouterr().err


def test_a_mended_check_grades_all_again_and_says_whose_score_changed(term, capsys):
    """Catches old scores by new checks, and a change that nobody hears of."""
    term("grade")
    checks = term.folder / "tiny/checks.py"
    checks.write_text(checks.read_text().replace("expected=lambda x: 2 * x", "expected=lambda x: 3 * x", 1))
    capsys.readouterr()
    term("grade")
    said = capsys.readouterr().out
    assert "4 to grade" in said
    assert "ann #1: 3 -> 2" in said
    assert scores(term.folder)["ann"]["q1"] == "2"
    term("grade")
    assert "0 to grade" in capsys.readouterr().out


def test_two_graders_in_one_folder_and_two_assignments_in_one_folder_are_refused(term, capsys):
    """Catches results that overwrite each other."""
    term("grade")
    with store.Store(term.folder / "out"):
        assert term("grade") == 2
    assert "another lrgrade is at work" in capsys.readouterr().err
    (term.folder / "tiny").rename(term.folder / "other")
    got = cli.main(["grade", str(term.folder / "other"), str(term.folder / "in"), "--out", str(term.folder / "out")])
    assert got == 2
    assert "results of tiny" in capsys.readouterr().err


def test_who_is_withdrawn_no_longer_counts_and_has_no_page(term):
    """Catches the score and the page of a student who has left."""
    term("grade")
    code = scores(term.folder)["ann"]["code"]
    (term.folder / "in/ann.ipynb").unlink()
    term("grade", "--withdraw", "ann")
    assert "ann" not in scores(term.folder)
    assert not list((term.folder / "out").rglob(f"{code}*"))


def test_anonymous_grading_names_nobody_outside_of_one_file(term):
    """Catches a name in a table or a page that goes to markers."""
    term("grade", "--anonymous")
    out = term.folder / "out"
    for path in [out / "scores.csv", *out.rglob("*.html"), *out.rglob("*.json")]:
        assert "carl" not in path.read_text()
    assert "carl" in (out / "names.csv").read_text()


def graded(student="ann", attempt=1, points=4.0, late=False, error=""):
    """Return a graded submission with these points."""
    outcome = grading.Outcome("q1-one", "q1", 4.0, "says", "", True, points)
    result = Result(checks=[] if error else [outcome], error=error)
    return store.Graded(f"{student}{attempt}", student, attempt, f"{student}{attempt}.ipynb", late, result)


AT = datetime(2026, 11, 30, 23, 59).astimezone()


@pytest.mark.parametrize(
    ("after", "kept"),
    [(-1, 1.0), (0, 1.0), (10, 1.0), (11, 0.9), (24 * 60 + 10, 0.9), (24 * 60 + 11, 0.8), (3 * 24 * 60 + 11, 0.0)],
)
def test_lateness_costs_by_days_begun_after_the_grace(after, kept):
    """Catches a day too many at midnight, and a penalty within the grace."""
    times = {"ann": AT + timedelta(minutes=after)}
    rule = policy.Policy(deadline=AT, grace=timedelta(minutes=10), percent_a_day=10, most_days=3, times=times)
    assert rule.kept(graded()) == pytest.approx(kept, abs=1e-12)


def test_late_without_a_time_counts_as_the_first_day():
    """Catches a file that the LMS marks late and that loses nothing, or everything."""
    rule = policy.Policy(deadline=AT, percent_a_day=10)
    assert rule.kept(graded(late=True)) == pytest.approx(0.9)
    assert rule.days_late(graded(late=True)) is None
    assert rule.kept(graded()) == 1


@pytest.mark.parametrize(
    ("rule", "attempt"),
    [
        (policy.Policy(), 3),
        (policy.Policy(attempts="first"), 1),
        (policy.Policy(attempts="best"), 2),
        (policy.Policy(attempts="best", most_attempts=1), 1),
        (policy.Policy(most_attempts=2), 2),
    ],
)
def test_the_attempt_that_counts_follows_the_policy(rule, attempt):
    """Catches the best of all where the last was agreed, and a broken file that replaces a good attempt."""
    tries = [graded(attempt=1, points=1), graded(attempt=2, points=3), graded(attempt=3, points=2)]
    tries.append(graded(attempt=4, error="is empty"))
    assert policy.counting(tries, rule)[0].attempt == attempt


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--deadline", "tomorrow"], "not a time"),
        (["--late-penalty", "120"], "percentage"),
        (["--times", "nowhere.csv", "--deadline", "2026-11-30"], "cannot be read"),
        (["--secret-file", "nowhere"], "cannot be read"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_before_anything_is_written(term, capsys, options, words):
    """Catches a typing mistake that costs a class its marks."""
    assert term("grade", *options) == 2
    assert words in capsys.readouterr().err
    assert not (term.folder / "out/scores.csv").exists()


# Nothing is lost

MANY = 24


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """A folder of submissions, a good part of them slow, wrong, hostile or broken, graded once without disturbance."""
    folder = tmp_path_factory.mktemp("many")
    kinds = [
        answered(),
        answered(code="import numpy as np\ndef double(x): return float(x) * 2"),
        answered(code="import time\ntime.sleep(0.2)\n" + RIGHT),
        answered(code="import os\ndef double(x): os._exit(0)"),
        b"",
        answered(code="def double(x): return None"),
    ]
    (folder / "in").mkdir()
    for number in range(MANY):
        (folder / f"in/s{number:02}.ipynb").write_bytes(kinds[number % len(kinds)] + b" " * number)
    (folder / "secret").write_text("a secret of this term")
    subprocess.run(command(folder, "calm"), capture_output=True, timeout=120)
    return folder


def command(folder, out, *more):
    """Return the command that grades the folder."""
    start = [sys.executable, "-m", "lrgrader", "grade", str(TINY), str(folder / "in"), "--out", str(folder / out)]
    return [*start, "--secret-file", str(folder / "secret"), *more]


def rows_of(folder, out):
    """Return all results in a folder, as they lie in the database."""
    with sqlite3.connect(folder / out / "grades.sqlite") as db:
        query = "SELECT path, score, result FROM result JOIN submission ON id = submission ORDER BY path"
        return db.execute(query).fetchall()


def count(folder, out):
    """Return how many results there are in a folder, while a grader may be at work there."""
    path = folder / out / "grades.sqlite"
    if not path.exists():
        return 0
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM result").fetchone()[0]
    except sqlite3.OperationalError:
        return 0


def kill_after(process, folder, out, results):
    """Kill the grader as soon as there are so many results; return how many there were."""
    deadline = time.monotonic() + 60
    while count(folder, out) < results and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return count(folder, out)


def test_killed_at_any_moment_and_run_again_nothing_is_lost_or_counted_twice(many):
    """Catches a result that is written twice, half or never, broken outputs, and a run that starts from nothing."""
    chance, moments = random.Random(7), []
    for _ in range(4):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        process = subprocess.Popen(command(many, "wild"), **quiet)
        moments.append(kill_after(process, many, "wild", count(many, "wild") + chance.randint(1, 6)))
    assert moments == sorted(moments)
    assert 0 < moments[0] < moments[-1] < MANY
    done = subprocess.run(command(many, "wild"), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    assert f"{MANY} notebooks, {MANY - moments[-1]} to grade" in done.stdout
    assert len(rows_of(many, "wild")) == MANY
    assert rows_of(many, "wild") == rows_of(many, "calm")
    assert scores_without_codes(many, "wild") == scores_without_codes(many, "calm")
    assert not list((many / "wild").rglob(".*.new"))


def scores_without_codes(folder, out):
    """Return scores.csv but for the codes, which each folder makes by chance."""
    lines = (folder / out / "scores.csv").read_text().splitlines()
    return [line.split(",")[:2] + line.split(",")[3:] for line in lines]


def test_on_a_cluster_whose_worker_dies_the_scores_are_the_same(many):
    """Catches a submission that is lost with its worker, or counted twice."""
    distributed = pytest.importorskip("distributed")
    workers = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with workers:
        spread = command(many, "spread", "--dask", workers.scheduler_address)
        process = subprocess.Popen(spread, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not count(many, "spread"):
            time.sleep(0.02)
        assert count(many, "spread") < MANY
        os.kill(next(iter(workers.workers.values())).process.pid, signal.SIGKILL)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 1, err
    assert "could not be read" in out
    assert rows_of(many, "spread") == rows_of(many, "calm")


def test_a_cluster_that_does_not_answer_is_named(tiny):
    """Catches a traceback of Dask's in place of a sentence."""
    pytest.importorskip("distributed")
    with pytest.raises(AssignmentError, match=r"no cluster answers at tcp://127\.0\.0\.1:9"):
        cluster.grade_on_cluster("tcp://127.0.0.1:9", tiny, [], print, timeout=0.5)


# The class

LONG = """
def double(x):
    total = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        value = x[index]
        for _ in range(2):
            total[index] = total[index] + value
    return total
"""
RENAMED = """
def double(array):   # my own work
    out = np.zeros(array.shape)
    for i in np.ndindex(array.shape):
        v = array[i]
        for k in range(2):
            out[i] = out[i] + v
    return out
"""
OTHER = """
def double(x):
    if x.ndim == 0:
        return x + x
    parts = [double(part) for part in x]
    result = np.array(parts)
    assert result.shape == x.shape, "lost"
    return result.reshape(x.shape)
"""


def named(student, code):
    """Return a graded submission with this code."""
    return store.Graded(student, student, 1, f"{student}.ipynb", False, Result(code={"q1": code}))


def test_a_renamed_copy_is_listed_and_other_work_is_not(tiny):
    """Catches a copy with other names, and honest answers that are accused."""
    pairs = report.alike(tiny, [named("ann", LONG), named("bob", RENAMED), named("eve", OTHER)])
    assert [(pair.first, pair.second) for pair in pairs] == [("ann #1", "bob #1")]


def test_a_copy_of_the_published_solution_is_listed(tiny, monkeypatch):
    """Catches the solution, which anybody can read, handed in as one's own."""
    monkeypatch.setattr(report, "ENOUGH", 3)
    solution = next(cell.source for cell in tiny.solution_notebook().cells if "np.asarray(x)" in cell.source)
    pairs = report.alike(tiny, [named("ann", solution.replace("x", "values")), named("eve", OTHER)])
    assert [(pair.first, pair.second) for pair in pairs] == [("ann #1", report.SOLUTION)]


def test_modules_that_the_assignment_does_not_allow_are_listed(tiny):
    """Catches an answer that another library computed, and a module that the assignment itself hands out."""
    ours = dataclasses.replace(tiny, facts={"MAY_USE": ["math", "sklearn.datasets"]})
    code = [
        "import numpy as np, math",
        "  from sklearn.linear_model import X",
        "import sklearn.datasets as d # import os",
    ]
    row = store.Graded("ann", "ann", 1, "ann.ipynb", False, Result(imports=notebook.imports(code)))
    assert report.not_allowed(ours, [row]) == [("ann #1", ["sklearn.linear_model"])]
    assert report.not_allowed(tiny, [row]) == []


@pytest.mark.parametrize("code", ["'''", "\x00", "(" * 10_000, "if 1:\n  x\n y", "\\", "é" * 100, "def"])
def test_code_that_is_not_python_is_compared_as_far_as_it_goes(code):
    """Catches a report that one broken answer prevents."""
    assert isinstance(report.windows(code), frozenset)


def test_the_report_counts_what_was_passed(term, capsys):
    """Catches a hardest check that is the easiest."""
    term("grade")
    capsys.readouterr()
    term("report", status=0)
    said = capsys.readouterr().out
    assert "q1: mean 2.00 of 3; none 1, all 2" in said
    assert "q2-sums: passed by 0 of 3" in said.split("hardest checks:")[1].splitlines()[1]
    assert "carl" in (term.folder / "out/report.html").read_text()


def test_the_help_of_each_command_shows_how_it_is_used(capsys):
    """Catches help that lists options and teaches nothing."""
    for name in ("build", "check", "grade", "manual", "report"):
        with pytest.raises(SystemExit) as stop:
            cli.main([name, "--help"])
        assert stop.value.code == 0
        assert "Exit status" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    assert "A term, from beginning to end" in capsys.readouterr().out


def test_an_error_of_the_author_is_one_line(tmp_path, capsys):
    """Catches a traceback."""
    assert cli.main(["build", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert "Traceback" not in error
    with pytest.raises(AssignmentError):
        policy.read_time("noon")
