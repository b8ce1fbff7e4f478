"""The six assignments run, grade as their authors say, point to places that exist, and tell no solution."""

import ast
import contextlib
import io
import json
import re
import shutil
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from nbformat import NotebookNode

from coursebook.source import assignment_pages
from lrgrader import assignment as assignments
from lrgrader import checking, grading, sandbox
from lrgrader.assignment import Assignment
from tests.assignments.leaks import FOLDERS, told_by_files, told_solutions
from tests.paths import ROOT

SITE = ROOT / "_build/html"
EVERY = pytest.mark.parametrize("slug", list(FOLDERS))
POINTER = re.compile(r" See (?P<chapter>[A-Z][\w ,]*?), '(?P<section>[^']+)'\.$")


def load(slug: str, secret: str = "public") -> Assignment:
    return assignments.load(FOLDERS[slug], secret)


def run(notebook: NotebookNode) -> dict[str, str]:
    """Run the code cells as a notebook does; return the questions whose visible checks fail, and with which error."""
    names, failed = {"__name__": "notebook"}, {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        question = next((tag for tag in tags if re.fullmatch(r"q\d+", tag)), "")
        try:
            with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                exec(compile(cell.source, cell.id, "exec"), names)
        except Exception as error:
            if "public-check" in tags:
                failed.setdefault(question, f"{type(error).__name__}: {error}")
    return failed


def visible_checks(assignment: Assignment) -> list[ast.Assert]:
    cells = [cell.source for cell in assignment.cells if cell.role == "public-check"]
    return [node for source in cells for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Assert)]


def chapter(title: str) -> str:
    """Return the text of the chapter with this title, short of a subtitle; an empty string if there is none."""
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "chapters").glob("*.md")]
    return next((text for text in texts if re.search(rf"(?m)^# {re.escape(title)}(,|$)", text)), "")


def lost_pointers(assignment: Assignment) -> list[str]:
    """Return the messages of visible checks that lead to no section of the book, nor to the question or docstring."""
    lost = []
    for node in visible_checks(assignment):
        message = ast.literal_eval(node.msg) if node.msg is not None else ""
        found = POINTER.search(message)
        if found and f"# {found['section']}" in re.sub(r"(?m)^#+ ", "# ", chapter(found["chapter"])):
            continue
        if not message.endswith((" See the docstring.", " See the question.")):
            lost.append(message or ast.unparse(node))
    return lost


def places(path: Path) -> set[str]:
    """Return the anchors that the page of a chapter has: its equations, labels and headings."""
    text = path.read_text(encoding="utf-8")
    labels = set(re.findall(r"(?m)^:label: ([\w-]+)", text)) | set(re.findall(r"(?m)^\(([\w-]+)\)=", text))
    titles = re.findall(r"(?m)^##+ (.+)$", text)
    slugs = {re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") for title in titles}
    return labels | {f"equation-{label}" for label in labels if label.startswith("eq-")} | slugs


def test_there_are_the_six_of_the_course():
    """Catches an assignment that was lost, and a folder that none of the tests below looks at."""
    assert list(FOLDERS) == ["1-log-odds", "2-accuracy", "3-cross-entropy", "4-softmax", "5-project", "6-alarms"]


@EVERY
def test_the_points_in_the_text_are_those_that_the_grader_gives(slug):
    """Catches a mark that was moved in checks.py and not in the master, or the other way round."""
    assignment, text = load(slug), (FOLDERS[slug] / "master.md").read_text(encoding="utf-8")
    headings = re.findall(r"(?m)^## Question (\d+): .*\((\d+) points\)$", text)
    rows = re.findall(r"(?m)^\| (\d+) \| .* \| (\d+) \|$", text)
    assert headings == rows
    assert {f"q{number}": float(points) for number, points in headings} == assignment.points
    assert sum(assignment.points.values()) == 20
    assert "| | **Sum** | **20** |" in text


@EVERY
def test_each_question_is_taught_checked_and_tried(slug):
    """Catches a coding question without a visible check, and an assignment without a written one or mistakes."""
    assignment = load(slug)
    coding = {check.question for check in assignment.checks}
    assert coding == {cell.question for cell in assignment.cells if cell.role == "public-check"}
    assert coding == {check.question for check in assignment.checks if not check.public}
    assert [written.question for written in assignment.written] == sorted(set(assignment.questions) - coding)
    assert "<summary>Hint" in (FOLDERS[slug] / "master.md").read_text(encoding="utf-8")
    assert 4 <= len(list((FOLDERS[slug] / "wrong").glob("*.py"))) <= 10
    assert len(list((FOLDERS[slug] / "right").glob("*.py"))) >= 2


@EVERY
def test_no_check_can_be_skipped_and_each_says_where_to_read_on(slug):
    """Catches a check that points to a section which was renamed, and two checks that say the same."""
    checks = load(slug).checks
    for check in checks:
        page, _, anchor = check.see.partition("#")
        assert anchor in places((ROOT / page).with_suffix(".md")), f"{check.name} points to {check.see}"
    assert len({(check.calls, check.says) for check in checks}) == len(checks)


@EVERY
def test_visible_checks_lead_to_sections_that_exist(slug):
    """Catches an assert without words, and one whose section was renamed."""
    assert lost_pointers(load(slug)) == []


def test_a_pointer_into_nowhere_is_noticed():
    """The planted failure of the test above."""
    assignment = load("1-log-odds")
    cells = [
        assignments.Cell("code", text, "public-check", "q1", ())
        for text in (
            "assert 1 == 1",
            "assert True, 'So. See The sigmoid, \\'Nowhere\\'.'",
            "assert True, 'See the docs.'",
        )
    ]
    planted = assignments.Assignment(**{**vars(assignment), "cells": tuple(cells)})
    assert len(lost_pointers(planted)) == 3


@EVERY
def test_solutions_and_right_answers_use_only_what_the_text_allows(slug):
    """Catches a master that imports the answer, which students may not."""
    assignment = load(slug)
    sources = [cell.source for cell in assignment.solution_notebook().cells if cell.cell_type == "code"]
    sources += [path.read_text(encoding="utf-8") for path in (FOLDERS[slug] / "right").glob("*.py")]
    names = {name for source in sources for name in assignments.imported(source)}
    allowed = tuple(assignment.facts["MAY_USE"])
    assert all(name in allowed or name.startswith(tuple(f"{module}." for module in allowed)) for name in names), names


@EVERY
def test_students_are_told_no_solution(slug):
    """Catches a solution outside its markers, and markers that stayed."""
    assignment = load(slug)
    notebook = assignment.student_notebook()
    assert told_solutions(assignment, notebook) == []
    assert "SOLUTION" not in json.dumps(notebook)
    hidden = [check.says for check in assignment.checks if not check.public]
    assert not [words for words in hidden if words in json.dumps(notebook, ensure_ascii=False)]


def test_a_told_solution_is_noticed():
    """The planted failure of the test above."""
    assignment = load("1-log-odds")
    assert len(told_solutions(assignment, assignment.solution_notebook())) > 10


@EVERY
def test_visible_checks_pass_for_right_answers_and_fail_for_wrong_ones(slug):
    """Catches a visible check that a right answer fails, and one that is weaker than the grader's public check."""
    assignment = load(slug)
    assert run(assignment.solution_notebook()) == {}
    untouched = run(assignment.student_notebook())
    assert set(untouched) == {check.question for check in assignment.checks}
    public = {check.name: check.question for check in assignment.checks if check.public}
    told = checking.read_wrong(FOLDERS[slug] / "wrong.toml")
    noticed = 0
    for path in sorted(FOLDERS[slug].glob("*ght/*.py")):
        assert run(assignment.with_answers(path)) == {}, path
    for path in sorted((FOLDERS[slug] / "wrong").glob("*.py")):
        failed = run(assignment.with_answers(path))
        should = {public[name] for name in told[path.stem]["fails"] if name in public}
        assert should <= set(failed), f"{path}: the visible checks of {should} should fail"
        assert all(why.startswith("AssertionError: ") and " See " in why for why in failed.values()), failed
        noticed += bool(failed)
    assert 0 < noticed < len(told), "some mistakes should be seen by students, and some only by the grader"


@pytest.mark.slow
@EVERY
def test_the_site_tells_no_solution(slug):
    """Catches a solution, or what a hidden check looks at, on a page of the built book or in a file that it offers."""
    assert SITE.is_dir(), "build the book first: make book"
    assignment = load(slug)
    assert told_by_files(assignment, SITE) == []
    (offered,) = SITE.rglob(f"{slug}.ipynb")
    assert told_solutions(assignment, nbformat.read(offered, as_version=4)) == []


def test_a_site_that_tells_a_solution_is_noticed(tmp_path):
    """The planted failures of the test above: a solution notebook, and a hidden check on a page, marked up."""
    assignment = load("1-log-odds")
    nbformat.write(assignment.solution_notebook(), tmp_path / "offered.ipynb")
    hidden = next(check for check in assignment.checks if check.name == "q4-right")
    (tmp_path / "page.html").write_text("<p>" + hidden.says.replace(" tiny", " <em>tiny</em>"), encoding="utf-8")
    assert {path.name for path, _ in told_by_files(assignment, tmp_path)} == {"offered.ipynb", "page.html"}


def test_pages_hold_what_students_get_and_are_written_once(tmp_path):
    """Catches a page made from the solution, one written again without need, and one that outlived its master."""
    shutil.copytree(ROOT / "assignments/1-log-odds", tmp_path / "assignments/1-log-odds")
    gone = tmp_path / "coursework/9-gone.md"
    gone.parent.mkdir()
    gone.write_text("old", encoding="utf-8")
    notebook, page = assignment_pages.write(tmp_path)
    assert not gone.exists()
    before, text = page.stat().st_mtime_ns, page.read_text(encoding="utf-8")
    assert assignment_pages.write(tmp_path) == [notebook, page]
    assert page.stat().st_mtime_ns == before
    assert "SOLUTION" not in text + notebook.read_text(encoding="utf-8")
    assert all(cell.source in text for cell in load("1-log-odds").template if cell.kind == "code")
    assert "{code-cell}" not in text


@pytest.mark.parametrize("slug", list(FOLDERS))
def test_the_students_guide_lists_each_assignment_as_it_is(slug):
    """Catches a title, hours or points that were changed in one place only."""
    assignment = load(slug)
    low, high = assignment.facts["HOURS"]
    row = f"| {slug[0]}. {{doc}}`{assignment.title} <../coursework/{slug}>` |"
    (line,) = [x for x in (ROOT / "book/coursework.md").read_text(encoding="utf-8").split("\n") if x.startswith(row)]
    assert line.endswith(f"| {low} to {high} | {sum(assignment.points.values()):g} |")


@EVERY
def test_the_text_varies_with_the_secret(slug):
    """Catches numbers that no draw changes: a term would get the published answers."""
    texts = {json.dumps(load(slug, secret).student_notebook()) for secret in ("public", "a", "b", "c", "d")}
    assert len(texts) > 1


@pytest.mark.slow
@EVERY
def test_the_solution_runs_as_a_notebook_without_a_word_of_complaint(slug, tmp_path):
    """Catches a master that only works in the order of its tests, warns, or takes more than a minute."""
    notebook = load(slug).solution_notebook()
    NotebookClient(
        notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    assert not [output for output in outputs if output.get("name") == "stderr" or output.output_type == "error"]


@pytest.mark.slow
@pytest.mark.skipif(bool(sandbox.available()), reason="there is no sandbox here")
@EVERY
def test_it_grades_as_its_author_says(slug):
    """Catches every mark that is not exactly what wrong.toml says, and a mistake that fails a check nobody named.

    And hidden inputs that can be tabled from the published checks. Both terms share a sandbox, whose start costs more.
    """
    terms = [load(slug, secret) for secret in ("public", "another term")]
    with grading.Bench(grading.Key(terms[0])) as bench:
        for assignment in terms:
            bench.key = grading.Key(assignment)
            for case, result, problems in checking.check(assignment, FOLDERS[slug], bench=bench):
                assert problems == [], f"{case.name}: {problems}"
                if case.name.startswith("wrong/"):
                    assert {outcome.name for outcome in result.checks if outcome.why} == set(case.fails), case.name
