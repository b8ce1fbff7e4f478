"""`lrgrade new`, and the guide's way from there to a graded class, run as it is printed."""

import csv
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from lrgrader import assignment, beginning, checking, cli, grading

ROOT = Path(__file__).resolve().parents[2]
GUIDE = ROOT / "book/instructors.md"
SECTION = "Ten minutes to an assignment of your own"


def section(text: str, title: str) -> str:
    """Return a section of the guide."""
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def printed(text: str, language: str) -> list[str]:
    """Return the blocks of a language that a text prints."""
    return re.findall(rf"(?ms)^(`{{3,}}){language}\n(.*?)^\1\n", text)


def commands_of(text: str) -> list[str]:
    """Return the commands that a section of the guide tells one to type."""
    return [line.partition("  #")[0].strip() for _, block in printed(text, "sh") for line in block.splitlines()]


def fill_in(table: Path) -> None:
    """Be the instructor who types the marks."""
    with open(table, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    with open(table, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "criterion 1": "1", "criterion 2": "0.5"} for row in rows)


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_every_command_of_the_guides_ten_minutes_works_as_it_is_printed(tmp_path, monkeypatch):
    """Catches a command, an option, a file or a folder that is not as the guide says, and an example that fails."""
    monkeypatch.chdir(tmp_path)
    lines = commands_of(section(GUIDE.read_text(encoding="utf-8"), SECTION))
    assert [line.split()[1] for line in lines if line.startswith("lrgrade")] == [
        "new", "check", "build", "grade", "manual", "manual", "report"]  # fmt: skip
    for line in lines:
        program, *words = shlex.split(line)
        if "--marks" in words:
            fill_in(tmp_path / words[-1])
        status = cli.main(words) if program == "lrgrade" else subprocess.run([program, *words]).returncode
        assert status == 0, line
    with open(tmp_path / "term/odds/scores.csv", newline="", encoding="utf-8-sig") as file:
        totals = {row["student"]: row["total"] for row in csv.DictReader(file)}
    assert totals == {"ann": "0", "bob": "4.5"}
    assert len(list((tmp_path / "term/odds/feedback").glob("*.html"))) == 2


def test_what_the_guide_prints_of_the_example_is_the_example():
    """Catches a listing that was changed in one place only."""
    text = section(GUIDE.read_text(encoding="utf-8"), "Write an assignment")
    files = "".join((beginning.EXAMPLE / name).read_text(encoding="utf-8") for name in ("master.md", "checks.py"))
    (master,), (check,) = printed(text, "md"), printed(text, "text")
    parts = [part.strip("\n") for part in re.split(r"\n(?=```\{code-cell|\+\+\+)", master[1])]
    assert len(parts) == 3
    assert [part for part in (*parts, check[1].strip("\n")) if part not in files] == []


def test_the_example_is_never_written_over_a_folder(tmp_path, capsys):
    """Catches an instructor's own assignment that the example replaces."""
    assert cli.main(["new", str(tmp_path)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("bubblewrap")
def test_the_example_grades_as_it_says_whatever_its_numbers_are(tmp_path):
    """Catches numbers, drawn by some secret, for which a wrong answer is right."""
    assert cli.main(["new", str(tmp_path / "odds")]) == 0
    terms = [assignment.load(tmp_path / "odds", f"term {number}") for number in range(6)]
    assert len({tuple(term.numbers.values()) for term in terms}) > 2
    with grading.Bench(grading.Key(terms[0])) as bench:
        for term in terms:
            bench.key = grading.Key(term)
            for case, _, problems in checking.check(term, tmp_path / "odds", bench=bench):
                assert problems == [], f"{case.name}: {problems}"
