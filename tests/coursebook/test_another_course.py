"""The machinery builds a course of another subject, which brings no palette, no figures to move and no grader."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

from tests.coursebook import course

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("another course")]


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the machinery in a course's folder, whose own package can be imported."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """Return the folder of a course that is built."""
    folder = course.write(tmp_path_factory.mktemp("means"))
    done = run(folder, "coursebook.build")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def page(built: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((built / "_build/html" / name).read_text(encoding="utf-8"), "html.parser")


def test_a_chapter_shows_its_output_its_question_and_the_test_of_its_claim(built):
    """Catches a machinery that needs something of logistic regression."""
    chapter = page(built, "chapters/means.html")
    assert "the mean is 3.0" in chapter.text
    assert chapter.select("details.check-option.check-right")
    assert "The mean is the sum over the count" in page(built, "book/checked.html").text


def test_a_course_without_a_library_offers_its_notebook_without_an_install_cell(built):
    """Catches a first cell that installs somebody else's package."""
    notebook = nbformat.read(built / "_build/html/notebooks/means.ipynb", as_version=4)
    assert [cell.source.splitlines()[0] for cell in notebook.cells if cell.cell_type == "code"] == [
        "from meanlib import mean"
    ]


def test_the_contents_name_the_course_and_its_pages(built):
    """Catches a bar and a table of contents that are ours."""
    start = page(built, "index.html")
    assert start.select_one("header .brand").text.strip() == "Means, step by step"
    assert [link.text for link in start.select("#contents li a")] == ["Front page", "The mean", "What is checked"]


def test_the_gates_pass_and_a_claim_without_a_test_fails(built, tmp_path):
    """Catches gates that look for this book's files."""
    assert run(built, "coursebook.gates").returncode == 0
    (course.write(tmp_path) / "tests/claims/test_means.py").unlink()
    done = run(tmp_path, "coursebook.gates")
    assert done.returncode == 1
    assert "eq-mean: no test checks it" in done.stdout


def test_a_change_of_its_own_package_executes_the_chapter_again(built):
    """Catches outputs of an old library: which packages are the course's own is seen from its folder."""
    done = run(built, "coursebook.build")
    assert "nothing changed" in done.stdout
    with (built / "meanlib/__init__.py").open("a") as file:
        file.write("\n\nNOTHING = 0\n")
    assert "executing 1 of 1" in run(built, "coursebook.build").stdout


def test_a_setting_that_does_not_exist_is_named_with_those_that_do(tmp_path):
    """Catches a spelling mistake that silently means the default."""
    config = course.FILES["_config.yml"] + "    course_pallete: meanlib\n"
    from coursebook.source import settings

    with pytest.raises(ValueError, match=r"no setting course_pallete\. There are: course_palette"):
        settings.of(course.write(tmp_path, **{"_config.yml": config}))
