"""What is out of sight is never needed by what is in sight: the notebook runs without the removed cells."""

import pytest

from coursebook.gates import cells
from tests.paths import ROOT


def found(tmp_path, *sources: str) -> list[str]:
    """Return the problems of a page of these cells; one that begins with - is removed."""
    path = tmp_path / "one.md"
    blocks = []
    for source in sources:
        tags = ":tags: [remove-cell]\n" if source.startswith("-") else ""
        blocks.append(f"```{{code-cell}} ipython3\n{tags}{source.removeprefix('-')}\n```\n")
    path.write_text("# One\n\n" + "\n".join(blocks))
    return cells.page_problems(path)


@pytest.mark.parametrize(
    "sources",
    [
        ("-a = 1", "b = a"),
        ("-import numpy as a", "b = a.pi"),
        ("-from x import a", "b = a"),
        ("-def a(): pass", "a()"),
        ("a = 1", "-a = 2", "b = a"),
        ("-a = 1", "def f():\n    return a"),
        ("-a = 1", "a = a + 1"),
        ("-a = 1", "a += 1"),
        ("-a = 1", "b = [a * x for x in range(3)]"),
        ("-for a in range(3): pass", "b = f'{a}'"),
        ("-if (a := 1): pass", "b = a"),
        ("def f():\n    return a", "-a = 1", "f()"),
        ("-with open('x') as a: pass", "a"),
    ],
)
def test_a_cell_that_needs_a_removed_one_is_refused(tmp_path, sources):
    """Catches a notebook that stops with a NameError, or computes with another value than the page."""
    (problem,) = found(tmp_path, *sources)
    assert "needs a, which the cell on line" in problem


@pytest.mark.parametrize(
    "sources",
    [
        ("a = 1", "-b = a", "c = a"),
        ("-a = 1", "-b = a"),
        ("-a = 1", "a = 2", "b = a"),
        ("-a = 1", "b = [a for a in range(3)]"),
        ("-a = 1", "def f(a):\n    return a"),
        ("-a = 1", "for a in range(3):\n    print(a)"),
        ("-a = 1", "x = 0\nx.a"),
        ("-from x import glue", "a = 1", "-glue('a', a)"),
    ],
)
def test_a_cell_that_needs_nothing_out_of_sight_passes(tmp_path, sources):
    """Catches a gate that is in the way of what is right."""
    assert found(tmp_path, *sources) == []


def test_no_notebook_of_this_book_needs_a_removed_cell():
    """Catches a chapter whose notebook stops, or computes with other values, and one with half a fold."""
    assert cells.problems(ROOT) == []


def test_half_a_fold_is_refused_by_the_gate_too(tmp_path):
    """Catches a fold that only a build would find."""
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters/one.md").write_text("# One\n\n````{deeper-start} A\n````\n")
    (problem,) = cells.problems(tmp_path)
    assert problem.startswith("chapters/one.md:3: deeper-start without a deeper-end")


def test_a_misspelt_tag_is_refused_with_those_that_exist(tmp_path):
    """Catches remove_cells, which would leave the cell in sight."""
    path = tmp_path / "one.md"
    path.write_text("# One\n\n```{code-cell} ipython3\n:tags: [remove-cells]\na = 1\n```\n")
    (problem,) = cells.page_problems(path)
    assert problem.endswith(":3: a cell tagged remove-cells: the tags are hide-input, remove-cell, remove-input")
