"""The page on which written answers are marked, by keyboard, and the marks of several people brought together."""

import base64
import re
import shutil
from pathlib import Path

import pytest

from lrgrader import feedback, manual, notebook, report
from lrgrader.judging import Outcome, Result
from lrgrader.maths import outline, pieces
from lrgrader.merging import Row, merge, packed
from lrgrader.policy import code_of
from lrgrader.store import Graded

from .conftest import notebook_bytes

EVIL = "\"'><script>document.title='LEAK'</script><img src=https://example.org/x.png onerror=alert(1)>"
DOT = base64.b64encode(b"\x89PNG not really").decode()
FORMULA = r"The slope is $\frac{d}{dz}\log\sigma(z) = 1 - \sigma(z)$."


def handed_in(name, text, pictures=()):
    """Return a student's attempt with this answer to the tiny assignment's written question."""
    secret = Outcome("q1-many", "q1", 2, "works", "", False, why="HIDDEN", detail="SEEN BY NO STUDENT")
    result = Result([secret], {"q3": text}, {"q1": f"def double(x): {EVIL}"}, pictures={"q3": list(pictures)})
    return Graded(name, name, 1, f"{name}.ipynb", False, result)


CLASS = [
    handed_in("Ann Lee", FORMULA, [("image/png", DOT)]),
    handed_in("Bob", f"{EVIL} ${EVIL}$"),
    handed_in("Nobody", ""),
]


@pytest.fixture
def page(tiny, tmp_path):
    """The page to mark, of a class with an honest answer, a hostile one and none."""
    (path,) = manual.write(tmp_path / "manual", tiny, CLASS, {}, "secret")
    return path


def test_the_page_shows_formula_picture_code_and_rubric_under_codes(page):
    """Catches raw TeX, a lost picture, a rubric without its maximum, a name, and what only instructors may know."""
    text = page.read_text(encoding="utf-8")
    assert text.count("<article") == 2
    assert text.count('<path d="M') == 1
    assert f"data:image/png;base64,{DOT}" in text
    assert "names the division" in text
    assert "of 1</span>" in text
    assert not re.search("Ann|Bob|SEEN BY NO STUDENT|HIDDEN", text)


def test_nothing_that_a_student_wrote_is_markup_on_the_page(page):
    """Catches an answer, a formula or code that is not escaped, and a policy that would load a picture from afar."""
    text = page.read_text(encoding="utf-8")
    assert text.count("<script") == 1
    assert text.count("<img") == 1
    (said,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    style, script = (feedback.asset(name)[1] for name in ("page.css", "marks.js"))
    assert said == (
        f"default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize(
    ("text", "formulas"),
    [
        (r"$\sigma(z)$ and \(z \le 3\)", 2),
        (r"$$\dfrac{1}{2}$$", 1),
        ("5$ or 6$, $5 and $6", 0),
        ("`$x$` is code", 0),
        (r"\$x$ is escaped", 0),
        (r"$\begin{aligned}x\end{aligned}$", 0),
        ("$" + "{" * 40 + "x" + "}" * 40 + "$", 0),
        ("$" + r"\left(" * 50 + "$", 0),
        ("$x$ " * 4000, 4000),
    ],
)
def test_a_formula_is_set_or_shown_as_it_was_typed(text, formulas):
    """Catches a price taken for a formula, text that is lost around one, and one that stops the page."""
    parts = pieces(text)
    assert "".join(part.text for part in parts) == text
    assert sum(bool(part.path) for part in parts) == formulas


def test_an_outline_is_made_of_numbers():
    """Catches a path into which a formula's letters find their way, and a figure upside down."""
    path, (left, top, width, height) = outline(r"\frac{a}{b}")
    assert re.fullmatch(r"[MLQCZ0-9. -]+", path)
    assert height > 10 > width > 0
    ups = [float(y) for _, y in re.findall(r"M(\S+) (\S+?)(?=[LQCZ])", path)]
    assert top <= min(ups) < 0 < left + 1
    assert len(ups) >= 3


def test_plots_that_a_cell_has_drawn_come_with_the_answer(tiny):
    """Catches an answer whose picture was computed and not pasted, and output that is no picture."""
    data = {"image/png": DOT, "text/html": EVIL, "image/svg+xml": EVIL}
    drawn = {"cell_type": "code", "source": "plot()", "metadata": {"tags": ["answer", "q3"]},
             "outputs": [{"output_type": "display_data", "data": data, "metadata": {}}, 7]}  # fmt: skip
    found = notebook.answers(tiny, notebook.read_cells(notebook_bytes(drawn)))
    assert found.pictures == {"q3": [("image/png", DOT)]}


def test_an_answer_that_is_only_a_picture_waits_for_a_mark(tiny):
    """Catches a drawing that gets no points because no word stands beside it."""
    drawn = handed_in("Ann", "", [("image/png", DOT)])
    assert feedback.question(tiny, "q3", drawn, {}).points is None
    assert feedback.question(tiny, "q3", handed_in("Bob", ""), {}).points == 0


def test_the_class_figures_hold_the_written_parts(tiny):
    """Catches statistics of the machine's points alone, and an unmarked answer that counts as none."""
    marks = {("Ann Lee", "q3"): ([1.0, 0.5], "")}
    figures = report.summary(tiny, CLASS, CLASS, marks)
    (written,) = [row for row in figures["questions"] if row["name"] == "q3"]
    assert (written["mean"], written["none"], written["some"], written["waiting"]) == (0.75, 1, 1, 1)
    assert figures["complete"] == 2
    assert figures["line"].startswith("lowest 0, median 0.75")


def line(points, before="", source="a.csv", comment=""):
    return Row("ann", "q3", points, comment, before, Path(source))


@pytest.mark.parametrize(
    ("rows", "stored", "taken", "torn"),
    [
        ([line([1, 1])], None, [[1, 1]], 0),  # the first mark
        ([line([1, 1]), line([1, 1], source="b.csv")], None, [[1, 1]], 0),  # two who agree
        ([line([1, 1]), line([1, 0], source="b.csv")], None, [], 1),  # two who do not
        ([line([1, 1], before=packed([1, 0]))], [1, 0], [[1, 1]], 0),  # corrected by one who saw the old mark
        ([line([1, 1])], [1, 0], [], 1),  # given by one who did not
        ([line([1, 0])], [1, 0], [], 0),  # repeated
        ([line([1, 0]), line([1, 1], before=packed([1, 0]), source="b.csv")], [1, 0], [[1, 1]], 0),
        ([line([0, 0], before=packed([0, 1]))], [1, 0], [], 1),  # corrected, and meanwhile somebody else did so too
    ],
)
def test_marks_are_taken_over_where_people_agree_and_listed_where_not(rows, stored, taken, torn):
    """Catches a mark that the table read last overwrites, and a correction that is taken for a quarrel."""
    known = {} if stored is None else {("ann", "q3"): (stored, "")}
    good, bad = merge(rows, known)
    assert [row.points for row in good] == taken
    assert len(bad) == torn


def test_replace_goes_by_the_tables_and_still_not_by_the_last_of_them():
    """Catches an option that settles a quarrel between two tables by their order."""
    known = {("ann", "q3"): ([1.0, 0.0], "")}
    assert merge([line([1, 1])], known, replace=True)[0]
    assert merge([line([1, 1]), line([0, 0])], known, replace=True)[0] == []


@pytest.mark.slow
def test_a_class_is_marked_by_keyboard_and_the_saved_table_is_taken_over(page, tiny, tmp_path):
    """Catches keys that do nothing, a table that lrgrade does not read, a policy that stops our script."""
    playwright = pytest.importorskip("playwright.sync_api")
    if (path := shutil.which("chromium")) is None:
        pytest.skip("no Chromium")
    with playwright.sync_playwright() as starter:
        browser = starter.chromium.launch(executable_path=path, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 360, "height": 700})
        complaints, asked = [], []
        tab.on("console", lambda message: complaints.append(message.text))
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("request", lambda request: asked.append(request.url))
        tab.goto(page.as_uri())
        wide = tab.evaluate("document.documentElement.scrollWidth")
        tab.keyboard.type("1\n")
        tab.keyboard.press("s")  # half an answer is not saved
        refused = tab.inner_text("#state")
        tab.keyboard.press("Tab")
        tab.keyboard.type("0.5")
        tab.keyboard.press("Tab")
        tab.keyboard.type('=1+1, "so"')
        tab.keyboard.press("Escape")
        tab.keyboard.press("n")
        tab.keyboard.press("f")
        tab.reload()  # nothing that was typed is lost
        with tab.expect_download() as download:
            tab.keyboard.press("s")
        download.value.save_as(tmp_path / "saved.csv")
        said = tab.inner_text("#state")
        browser.close()
    assert "'=1+1" in (tmp_path / "saved.csv").read_text(encoding="utf-8")
    assert complaints == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)
    assert wide == 360
    assert "Not saved" in refused
    assert "2 marked" in said
    rows = {row.submission: row for row in manual.read(tmp_path / "saved.csv", tiny, CLASS, "secret")}
    first, second = sorted(("Ann Lee", "Bob"), key=lambda name: code_of(name, "secret"))
    assert rows[first].mark == ([1.0, 0.5], '=1+1, "so"')
    assert rows[second].mark == ([1.0, 1.0], "")
