"""Write the book's page of each assignment, and the notebook that the site offers, from the assignment's master.

    python -m coursebook.source.assignment_pages     writes coursework/<name>.md and _build/assignments/<name>.ipynb

Only what students get is written: lrgrader takes the solutions out. On the page code is shown and not run. The numbers
are those of the published notebooks.
"""

import sys
from pathlib import Path

import nbformat
import yaml

from lrgrader import assignment as assignments
from lrgrader.assignment import Assignment, Cell

MASTERS, PAGES, NOTEBOOKS = Path("assignments"), Path("coursework"), Path("_build/assignments")


def main() -> int:
    """Write all pages and notebooks and say so."""
    for path in write(Path.cwd()):
        print(path)
    return 0


def write(root: Path) -> list[Path]:
    """Write what differs from what is there, pages of assignments that are gone removed; return all paths."""
    wanted: dict[Path, str] = {}
    for folder in sorted(path.parent for path in (root / MASTERS).glob("*/master.md")):
        assignment = assignments.load(folder)
        wanted[root / PAGES / f"{folder.name}.md"] = page(assignment, header(folder / "master.md"))
        notebook = nbformat.writes(assignment.student_notebook())
        wanted[root / NOTEBOOKS / f"{folder.name}.ipynb"] = notebook + "\n"
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:  # Sphinx reads again what was written again
            path.write_text(text, encoding="utf-8")
    for path in (*(root / PAGES).glob("*.md"), *(root / NOTEBOOKS).glob("*.ipynb")):
        if path not in wanted:
            path.unlink()
    return sorted(wanted)


def header(master: Path) -> str:
    """Return the part of the master's header that the page keeps: its description."""
    _, front, _ = master.read_text(encoding="utf-8").split("---\n", 2)
    return str(yaml.safe_dump({"myst": yaml.safe_load(front)["myst"]}, allow_unicode=True, width=1000))


def page(assignment: Assignment, front: str) -> str:
    """Return the page as MyST."""
    first, *others = [shown(cell) for cell in assignment.template]
    title, _, rest = first.partition("\n")
    offer = """```{admonition} To work on it
:class: tip
This text is also a notebook, with cells to fill in: the book's site opens it in Binder and offers it as a file, at the
top of this page. Your course may hand out another one, with other numbers; then use that.
{doc}`../book/coursework` says how to work, check and hand in.
```"""
    return "\n\n".join([f"---\n{front}---", title, offer, rest.strip("\n"), *others]) + "\n"


def shown(cell: Cell) -> str:
    """Return a cell as the page shows it."""
    if cell.kind != "code":
        return cell.source
    block = f"```python\n{cell.source}\n```"
    return f"Checks that you can run:\n\n{block}" if cell.role == "public-check" else block


if __name__ == "__main__":
    sys.exit(main())
