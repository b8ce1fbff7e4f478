"""The reviewed outputs: each chapter has them, they are of this very text, they were executed, and they can fail."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from coursebook.run import references
from coursebook.run.execution import chapters
from coursebook.run.references import REFERENCES, reference_of
from tests.coursebook import course
from tests.paths import ROOT

CHAPTERS = {chapter.name: chapter for chapter in chapters(ROOT)}
FILES = {path.stem: path for path in (ROOT / REFERENCES).glob("*.ipynb")}


def stale_cells(name: str, reference: nbformat.NotebookNode) -> list[str]:
    """Return what is wrong with a reference's cells, in words."""
    cells = [cell for cell in CHAPTERS[name].notebook.cells if cell.cell_type == "code"]
    problems = []
    if len(cells) != len(reference.cells):
        problems.append(f"{name}: {len(cells)} cells in the chapter, {len(reference.cells)} in its reference")
    for number, (cell, kept) in enumerate(zip(cells, reference.cells, strict=False), start=1):
        if cell.source != kept.source:
            problems.append(f"{name}: code cell {number} is not the one that the reference was made from")
        if kept.execution_count != number:
            problems.append(f"{name}: code cell {number} of the reference was never executed")
    return [f"{problem}. Run make references and read the difference." for problem in problems]


def test_every_chapter_has_a_reference_and_every_reference_a_chapter():
    """Catches a new chapter that nothing compares, and a reference that outlived its chapter."""
    assert set(FILES) == set(CHAPTERS)


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_reference_was_executed_from_the_chapter_as_it_stands(name):
    """Catches an edited chapter with old outputs; nbval itself does not compare a cell that was never executed."""
    assert stale_cells(name, nbformat.read(FILES[name], as_version=4)) == []


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_reference_holds_no_images_and_no_warnings(name):
    """Catches a warning that was accepted as an output, and pictures that would swell every diff."""
    for cell in nbformat.read(FILES[name], as_version=4).cells:
        for output in cell.outputs:
            assert output.get("name") != "stderr"
            assert not [kind for kind in output.get("data", {}) if kind.startswith("image/")]


def test_a_changed_cell_is_noticed():
    """The planted failure of the gate above: one number of one cell is another."""
    name = min(FILES)
    reference = nbformat.read(FILES[name], as_version=4)
    reference.cells[3].source += "\nprint(1)"
    reference.cells[4].execution_count = None
    reference.cells.pop()
    problems = "\n".join(stale_cells(name, reference))
    assert "code cell 4 is not the one" in problems
    assert "code cell 5 of the reference was never executed" in problems
    assert "cells in the chapter" in problems


def test_making_a_reference_keeps_text_and_drops_images():
    """Catches a reference without the outputs that are to be compared."""
    figure = nbformat.v4.new_output("display_data", {"image/svg+xml": "<svg/>", "text/plain": "<Figure>"})
    cell = nbformat.v4.new_code_cell("draw()", outputs=[figure, nbformat.v4.new_output("stream", text="0.6\n")])
    executed = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("Prose."), cell])
    executed.metadata["kernelspec"] = {"name": "python3"}
    (kept,) = reference_of(executed).cells
    assert kept.execution_count == 1
    assert kept.outputs[0].data == {"text/plain": "<Figure>"}
    assert kept.outputs[1].text == "0.6\n"


def run_nbval(folder: Path, **printed: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    """Run nbval, as make nbval does, on a notebook for each name, whose cell prints 3 / 5 and is said to print this."""
    for name, texts in printed.items():
        cell = nbformat.v4.new_code_cell("print(3 / 5)", execution_count=1)
        cell.outputs = [nbformat.v4.new_output("stream", text=text) for text in texts]
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), folder / f"{name}.ipynb")
    command = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env", "--override-ini", "addopts=", "-q"]
    return subprocess.run([*command, str(folder)], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.slow
def test_nbval_fails_on_a_planted_wrong_number(tmp_path):
    """Catches a comparison that has been switched off: the right number passes, a wrong one and a missing one fail."""
    done = run_nbval(tmp_path, right=("0.6\n",), wrong=("0.7\n",), missing=())
    assert done.returncode == 1
    assert "2 failed, 1 passed" in done.stdout
    assert "right.ipynb" not in done.stdout
    assert "0.7" in done.stdout


@pytest.mark.slow
def test_one_chapter_is_refreshed_alone_and_its_difference_piped_is_plain_text(tmp_path, monkeypatch, capsys):
    """Catches a wait for every chapter, and codes of colours in a file: each made the difference hard to read."""
    toc = course.FILES["_toc.yml"] + "- file: chapters/modes\n"
    course.write(tmp_path, **{"_toc.yml": toc, "chapters/modes.md": course.FILES["chapters/means.md"]})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert references.main(["means"]) == 0
    assert [path.stem for path in (tmp_path / REFERENCES).iterdir()] == ["means"]
    chapter = tmp_path / "chapters/means.md"
    chapter.write_text(chapter.read_text(encoding="utf-8").replace("[1, 2, 6]", "[1, 2, 9]"), encoding="utf-8")
    capsys.readouterr()
    assert references.main(["means"]) == 0
    printed = capsys.readouterr().out
    assert "the mean is 4.0" in printed
    assert "1 of 1 references changed" in printed
    assert "\x1b" not in printed


def test_a_chapter_that_does_not_exist_is_named_with_those_that_do(capsys):
    """Catches a misspelt name after which nothing is refreshed, and nothing said."""
    with pytest.raises(SystemExit, match="2"):
        references.main(["softmaxx"])
    assert "there is no chapter softmaxx. There are: regression-vs-classification" in capsys.readouterr().err
