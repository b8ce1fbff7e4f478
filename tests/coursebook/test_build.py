"""Building the book: from any folder, never twice at once, and never a broken page taken for a finished one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from coursebook import build
from tests.coursebook import course

pytestmark = pytest.mark.xdist_group("build")  # one process makes what they share

CHAPTER, PAGE = "chapters/means.md", "_build/html/chapters/means.html"


def run_build(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run what make book runs, in a course's folder."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "coursebook.build"], cwd=folder, env=environment, capture_output=True, text=True
    )


def contents(folder: Path) -> dict[Path, bytes]:
    """Return the sources as they are on the disk."""
    return {folder / name: (folder / name).read_bytes() for name in course.FILES}


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """A course that is built, in a folder whose name has a space and letters that are not ASCII."""
    folder = course.write(tmp_path_factory.mktemp("ein Büchlein – λ"))
    done = run_build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_a_book_builds_in_a_folder_with_a_space_and_letters_beyond_ascii(book):
    """Catches a path that is pasted into a command, or read as ASCII."""
    assert (book / PAGE).is_file()


@pytest.mark.slow
def test_a_second_build_of_an_unchanged_book_does_nothing(book):
    """Catches a build that starts again from nothing."""
    again = run_build(book)
    assert "nothing changed" in again.stdout
    assert again.returncode == 0


@pytest.mark.slow
def test_a_page_deleted_from_the_site_is_not_taken_for_built(book):
    """Catches "nothing changed" where the output is gone."""
    root_hash = build.inputs_hash(book)
    assert build.up_to_date(book, root_hash)
    page = book / PAGE
    kept = page.read_bytes()
    page.unlink()
    assert not build.up_to_date(book, root_hash)
    page.write_bytes(kept)


@pytest.mark.slow
def test_every_kind_of_broken_page_is_named_again_and_again_and_changes_no_source(book):
    """Catches a missing key, reference or label that is published; Sphinx alone forgets them on its second run."""
    chapter = book / CHAPTER
    original = chapter.read_text(encoding="utf-8")
    planted = (
        "{glue:text}`no-such-key` {eq}`eq-no-such-equation` {doc}`no-such-page`\n\n"
        "```{math}\n:label: eq-mean\np = p\n```\n\nIt is the sum"
    )
    edit(chapter, "It is the sum", planted)
    before = contents(book)
    for _ in range(2):
        failed = run_build(book)
        assert failed.returncode == 1
        for name in ("no-such-key", "eq-no-such-equation", "no-such-page", "eq-mean"):
            assert name in failed.stderr
        assert CHAPTER in failed.stderr
        assert "the book was not built" in failed.stderr
    assert contents(book) == before
    chapter.write_text(original, encoding="utf-8")
    assert run_build(book).returncode == 0


@pytest.mark.slow
def test_a_formula_that_cannot_be_set_stops_the_build(book):
    """Catches red TeX on a published page."""
    chapter = book / CHAPTER
    original = chapter.read_text(encoding="utf-8")
    edit(chapter, "It is the sum", "Here is $\\nosuchmacro{z}$. It is the sum")
    failed = run_build(book)
    assert failed.returncode == 1
    assert "nosuchmacro" in failed.stderr
    chapter.write_text(original, encoding="utf-8")


@pytest.mark.slow
def test_an_exception_in_a_chapter_stops_the_build_with_its_name(book):
    """Catches a page published with a traceback on it."""
    chapter = book / CHAPTER
    original = chapter.read_text(encoding="utf-8")
    edit(chapter, "It is the sum", "```{code-cell} ipython3\n1 / 0\n```\n\nIt is the sum")
    failed = run_build(book)
    chapter.write_text(original, encoding="utf-8")
    assert failed.returncode == 1
    assert f"{CHAPTER}:" in failed.stderr
    assert "raised ZeroDivisionError: division by zero" in failed.stderr


# Without a book: each of these ends before anything is executed


def a_folder(tmp_path: Path) -> Path:
    """The least that the build takes for a book."""
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: intro\n")
    return tmp_path


def test_a_second_build_at_the_same_time_is_refused_in_words(tmp_path, monkeypatch, capsys):
    """Catches two builds that write into one another's pages."""
    monkeypatch.chdir(a_folder(tmp_path))
    (tmp_path / "_build").mkdir()
    with FileLock(tmp_path / "_build/.lock"):
        assert build.main() == 1
    assert "another build of this folder is running" in capsys.readouterr().err


def test_a_build_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, capsys):
    """Catches a traceback where a file stands in the way, the disk is full or may not be written."""
    monkeypatch.chdir(a_folder(tmp_path))
    (tmp_path / "_build").touch()
    assert build.main() == 1
    assert "_build" in capsys.readouterr().err


def test_another_folder_is_not_taken_for_a_book(tmp_path, monkeypatch, capsys):
    """Catches a build started one folder too high."""
    monkeypatch.chdir(tmp_path)
    assert build.main() == 1
    assert "holds no _toc.yml" in capsys.readouterr().err
