"""What students must not be told, sought in everything that they are given."""

import html
import json
import re
from pathlib import Path

from nbformat import NotebookNode

from lrgrader.assignment import Assignment

SOLUTION = re.compile(
    r"(?ms)(?:### BEGIN SOLUTION|<!-- BEGIN SOLUTION -->)\n(.*?)(?:### END SOLUTION|<!-- END SOLUTION -->)"
)
FOLDERS = {path.parent.name: path.parent for path in sorted(Path(__file__).parents[2].glob("assignments/*/master.md"))}
READ = {".html", ".ipynb", ".js", ".json", ".md", ".py", ".toml", ".txt", ".yml"}


def told_solutions(assignment: Assignment, notebook: NotebookNode) -> list[str]:
    """Return the lines of solutions that a notebook holds, but for those that students are given elsewhere."""
    given = "\n".join(SOLUTION.sub("", cell.source) for cell in assignment.cells)
    lines = {
        line.strip() for cell in assignment.cells for text in SOLUTION.findall(cell.source) for line in text.split("\n")
    }
    secret = {line for line in lines if len(line) > 12 and line not in given}
    everything = json.dumps(notebook, ensure_ascii=False)
    return sorted(line for line in secret if json.dumps(line, ensure_ascii=False)[1:-1] in everything)


def told_by_files(assignment: Assignment, folder: Path) -> list[tuple[Path, str]]:
    """Return the files below the folder that hold a long line of a solution, or what a hidden check looks at."""
    lines = "\n".join(text for cell in assignment.cells for text in SOLUTION.findall(cell.source)).split("\n")
    sought = [line.strip() for line in lines] + [check.says for check in assignment.checks if not check.public]
    sought = [words for words in sought if len(words) > 60]  # a short one may stand in a chapter as well
    told = []
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in READ:
            text = html.unescape(re.sub(r"<[^>]+>", "", path.read_text(encoding="utf-8")))
            told += [(path, words) for words in sought if words in text]
    return told
