"""The format of assignments: what students get, what stays with the instructor, and what an author is told."""

import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest

from lrgrader import assignment, checking, grading
from lrgrader.checks import AssignmentError, Check, Criterion, Written, choice, integer

from .conftest import TINY

SECRETS = ["2 * np.asarray(x)", "x / x.sum()", "divides by zero", "it crashes", "BEGIN SOLUTION", "END SOLUTION"]


def test_the_students_notebook_holds_no_solution_and_no_word_for_instructors(tiny):
    """Catches a marker that was not cut out."""
    text = nbformat.writes(tiny.student_notebook())
    assert [secret for secret in SECRETS if secret in text] == []
    assert text.count("raise NotImplementedError") == 3
    assert "*Your answer here.*" in text
    assert "double(1) should be 2" in text


def test_the_solution_holds_everything_but_the_markers(tiny):
    """Catches a solution that is not run as it is read."""
    text = "\n".join(cell.source for cell in tiny.solution_notebook().cells)
    assert [secret in text for secret in SECRETS] == [True, True, True, True, False, False]


def test_both_notebooks_are_valid_and_the_same_in_every_run(tiny):
    """Catches ids by chance, which would make each build a new notebook."""
    for book in (tiny.student_notebook(), tiny.solution_notebook()):
        nbformat.validate(book)
    assert nbformat.writes(tiny.student_notebook()) == nbformat.writes(assignment.load(TINY).student_notebook())


def test_a_secret_changes_numbers_hidden_inputs_and_version_and_nothing_else(tiny):
    """Catches a secret that is not used, and numbers that differ between two loads."""
    others = [assignment.load(TINY, f"secret {n}") for n in range(20)]
    assert {other.numbers["rate"] for other in others} == {0.25, 0.5, 0.75}
    assert assignment.load(TINY, "secret 3").numbers == others[3].numbers
    assert len({other.version for other in [tiny, *others]}) == 21
    draws = [float(other.rng("inputs", "q1-many").random()) for other in others]
    assert len(set(draws)) == 20
    assert {len(other.student_notebook().cells) for other in others} == {len(tiny.student_notebook().cells)}


def test_the_published_numbers_go_with_hidden_inputs_of_ones_own(tiny):
    """Catches hidden inputs that anybody can compute because the notebooks are the published ones."""
    mine = assignment.load(TINY, "public", hidden="mine")
    assert mine.numbers == tiny.numbers
    assert mine.rng("inputs", "q1-many").random() != tiny.rng("inputs", "q1-many").random()


@pytest.fixture
def broken(tmp_path):
    """Return a function that changes a text in a copy of the tiny assignment and loads it."""

    def load(name, old, new):
        folder = tmp_path / "tiny"
        shutil.copytree(TINY, folder, dirs_exist_ok=True)
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new))
        return assignment.load(folder)

    return load


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("master.md", "@rate@", "@rat@", "@rat@ is not among NUMBERS"),
        ("master.md", ":tags: [answer, q1]", ":tags: [answer]", "has no question"),
        ("master.md", "    ### END SOLUTION\n", "", "no solution between"),
        ("master.md", ":tags: [answer, q1]", ":tags: [q1]", "not tagged answer"),
        ("checks.py", '"q1-many"', '"q7-many"', "q7: the master has no answer cell"),
        ("checks.py", '"q1-many"', '"q1-one"', "two checks are called"),
        ("checks.py", 'after="q2-sums"', 'after="q9-x"', "does not precede"),
        ("checks.py", "points=2,\n", "points=0.3,\n", "whole or half"),
        ("checks.py", "import numpy as np", "import nump as np", "does not run"),
        ("checks.py", "Criterion(1, \"names zero\")", "Criterion(2, \"names zero\")", "add up to 3 points"),
        ("checks.py", "WRITTEN = [", "raise SystemExit\nWRITTEN = [", "does not run: SystemExit"),
        ("checks.py", "WRITTEN = [", "CHECKS = None\nWRITTEN = [", "CHECKS is a list of Check"),
        ("checks.py", "WRITTEN = [", "WRITTEN = [CHECKS[0], ", "WRITTEN is a list of Written"),
        ("checks.py", "choice(0.25, 0.5, 0.75)", "0.25", "NUMBERS gives each name a draw"),
        ("checks.py", "expected=np.full(4, 0.25)", "seconds=1", "either expected= or judge="),
    ],
)  # fmt: skip
def test_an_author_is_told_what_to_mend(broken, name, old, new, words):
    """Catches an assignment that would grade something else than its author thinks."""
    with pytest.raises(AssignmentError, match=words):
        broken(name, old, new)


def test_a_folder_without_an_assignment_is_named():
    """Catches a bare FileNotFoundError."""
    with pytest.raises(AssignmentError, match=r"master\.md.*has both files"):
        assignment.load(Path("nowhere"))


def test_draws_are_made_from_the_generator_alone():
    """Catches a draw that uses global randomness."""
    rng = [np.random.default_rng(5) for _ in range(2)]
    assert choice("a", "b", "c")(rng[0]) == choice("a", "b", "c")(rng[1])
    assert integer(3, 3)(rng[0]) == 3


def test_written_questions_and_checks_know_their_question():
    """Catches a name that is split at the wrong hyphen."""
    assert Check("q12-a-b", calls="f", points=1, says="x", expected=1).question == "q12"
    assert Written("q3", 1, [Criterion(1, "x")]).question == "q3"


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_check_passes_the_tiny_assignment(tiny, bench):
    """Catches marks that differ from what the author says."""
    bench.key = grading.Key(tiny)
    rows = checking.check(tiny, TINY, bench=bench)
    assert {case.name: problems for case, _, problems in rows if problems} == {}
    assert {case.name for case, _, _ in rows} >= {"the solution", "wrong/scalar.py", "right/loops.py"}


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("wrong.toml", "q1 = 1", "q1 = 2", "q1: 1 points, should be 2"),
        ("wrong.toml", '"q1-many"', '"q1-one"', "it should fail q1-one, and passes"),
        ("wrong.toml", '"q1-many"', '"q1-none"', "there is no such check"),
        ("master.md", "return 2 * np", "return 3 * np", "q1: 0 points, should be 3"),
    ],
)  # fmt: skip
def test_check_notices_a_planted_mistake(broken, bench, name, old, new, words, tmp_path):
    """The planted failures of the test above."""
    made = broken(name, old, new)
    bench.key = grading.Key(made)
    rows = checking.check(made, tmp_path / "tiny", bench=bench)
    said = [problem for _, _, problems in rows for problem in problems]
    assert any(words in problem for problem in said), said
