"""Executing chapters: only what can have changed, and every way to fail names the chapter, the line and the cell."""

import asyncio
from pathlib import Path

import pytest

from coursebook.run.execution import (
    Chapter,
    ChapterError,
    execute,
    execute_stale,
    fingerprint,
    imported_modules,
    read_chapter,
)

HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
# A chapter
"""


def chapter_of(root: Path, *cells: str, name: str = "planted", prose: str = "Words.") -> Chapter:
    """Write a chapter with these code cells below `root`, beside a library of two rooms, and read it."""
    for folder in ("chapters", "lrlib"):
        (root / folder).mkdir(exist_ok=True)
    (root / "constraints.txt").touch()
    library = {"__init__": "", "functions": "one = 1\n", "losses": "from lrlib.functions import one\n"}
    for room, source in library.items():
        (root / "lrlib" / f"{room}.py").write_text(source)
    code = "\n\n".join(f"```{{code-cell}} ipython3\n{cell}\n```" for cell in cells)
    (root / "chapters" / f"{name}.md").write_text(f"{HEADER}\n{prose}\n\n{code}\n")
    return read_chapter(root, Path(f"chapters/{name}.md"))


def names_of(modules: set[Path]) -> set[str]:
    return {module.stem for module in modules}


# What a chapter depends on


@pytest.mark.parametrize(
    ("line", "reached"),
    [
        ("import numpy", set()),
        ("from lrlib.functions import one", {"__init__", "functions"}),
        ("from lrlib.losses import one", {"__init__", "functions", "losses"}),
        ("from lrlib import losses", {"__init__", "functions", "losses"}),
        ("import lrlib.functions as f", {"__init__", "functions"}),
        ("from lrlib import one", {"__init__", "functions", "losses"}),
        ("import lrlib", {"__init__", "functions", "losses"}),
        ("%matplotlib inline\ndef f():\n    from lrlib.functions import one", {"__init__", "functions"}),
    ],
)
def test_a_chapter_depends_on_the_modules_that_its_imports_can_reach(tmp_path, line, reached):
    """Catches stale outputs (an import overlooked) and needless runs (every chapter after every edit)."""
    assert names_of(imported_modules(chapter_of(tmp_path, line))) == reached


def test_the_fingerprint_changes_with_a_module_in_reach_and_with_no_other(tmp_path):
    """Catches a chapter shown with the outputs of an older library."""
    chapter = chapter_of(tmp_path, "from lrlib.functions import one")
    before = fingerprint(chapter)
    (tmp_path / "lrlib/losses.py").write_text("two = 2\n")
    assert fingerprint(chapter) == before
    (tmp_path / "lrlib/functions.py").write_text("one = 1.0\n")
    assert fingerprint(chapter) != before


@pytest.mark.parametrize("table", ["functions.json", "tables/rain.csv"])
def test_the_fingerprint_changes_with_the_data_beside_a_module_in_reach(tmp_path, table):
    """Catches a chapter that shows findings of an earlier measurement, or of a table that has been corrected."""
    chapter = chapter_of(tmp_path, "from lrlib.functions import one")
    (tmp_path / "lrlib/tables").mkdir()
    before = fingerprint(chapter)
    (tmp_path / "lrlib" / table).write_text("{}")
    assert fingerprint(chapter) != before


def test_the_fingerprint_changes_with_the_pinned_packages(tmp_path):
    """Catches outputs of a package that has been replaced."""
    chapter = chapter_of(tmp_path, "print(1)")
    before = fingerprint(chapter)
    (tmp_path / "constraints.txt").write_text("numpy==2.0\n")
    assert fingerprint(chapter) != before


@pytest.mark.slow
def test_a_chapter_is_executed_again_for_its_code_and_not_for_its_prose(tmp_path):
    """Catches a cache that is never used, and one that is used too long."""
    first = chapter_of(tmp_path, "print(1)")
    assert execute_stale([first]) == [first]
    assert execute_stale([chapter_of(tmp_path, "print(1)", prose="Better words.")]) == []
    edited = chapter_of(tmp_path, "print(2)")
    assert execute_stale([edited]) == [edited]


# The ways to fail


def failure_of(root: Path, *cells: str, timeout: int = 60) -> str:
    with pytest.raises(ChapterError) as caught:
        asyncio.run(execute(chapter_of(root, *cells), timeout=timeout))
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1 / 0", "raised ZeroDivisionError: division by zero"),
        ("import warnings\nwarnings.warn('of this')", "warned (fix the cause, or catch the warning and print it):"),
        ("import os\nos._exit(1)", "ended its kernel"),
    ],
)
def test_a_bad_cell_is_named_with_chapter_line_number_and_reason(tmp_path, cell, said):
    """Catches an error message that leaves the author to search."""
    message = failure_of(tmp_path, "print(1)", cell)
    assert message.startswith(f"chapters/planted.md:20: code cell 2 {said}")
    assert f"    {cell.splitlines()[-1]}" in message


@pytest.mark.slow
def test_a_cell_that_runs_for_ever_is_stopped_and_named(tmp_path):
    """Catches a build that hangs."""
    assert "planted.md:16: code cell 1 ran longer than 2 s" in failure_of(tmp_path, "while True: pass", timeout=2)


def test_a_cell_that_is_not_python_is_named_before_anything_runs(tmp_path):
    """Catches a traceback of our own tools in place of a message to the author."""
    with pytest.raises(ChapterError, match=r"planted\.md: a code cell is not valid Python: .*print\(1"):
        fingerprint(chapter_of(tmp_path, "print(1"))


@pytest.mark.slow
def test_one_bad_chapter_does_not_keep_the_others_from_being_tried(tmp_path):
    """Catches an author told of one error at a time."""
    good, bad = chapter_of(tmp_path, "print(1)", name="good"), chapter_of(tmp_path, "1 / 0", name="bad")
    with pytest.raises(ChapterError, match=r"bad\.md"):
        execute_stale([bad, good])
    assert execute_stale([good]) == []


@pytest.mark.slow
def test_a_chapter_cannot_write_into_the_sources(tmp_path):
    """Catches a chapter that leaves files beside the chapters."""
    before = chapter_of(tmp_path, "open('made.txt', 'w').close()")
    files = sorted(tmp_path.rglob("*"))
    asyncio.run(execute(before))
    assert sorted(tmp_path.rglob("*")) == files
