"""Time the grader beside nbgrader and otter-grader, on the same submissions of assignment 1, and print a table.

    python benchmarks/grade.py [--submissions 1600] [--others 10] [--assignment assignments/1-log-odds]

The submissions are the solution, the right and the wrong answers of the assignment, over and over. The other two get
the same questions: each check becomes a cell of asserts with the very inputs and the expected values written out. They
are installed into environments of their own below _build, and grade without a container.
CPU seconds and memory are those of all processes together (memory: shared pages counted once).
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import numpy as np
import psutil
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from lrgrader import assignment as assignments
from lrgrader import grading
from lrgrader.assignment import Assignment
from lrgrader.checking import cases

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "_build/bench-grade"
TOOLS = {"nbgrader": "nbgrader", "otter-grader": "otter-grader"}


class Measured(NamedTuple):
    """One run: seconds, CPU seconds and the most bytes of all its processes."""

    seconds: float
    cpu: float
    memory: int
    note: str


def main() -> int:
    """Measure all, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=1600, help="for lrgrade (default: 1600)")
    parser.add_argument("--others", type=int, default=10, help="for the other two (default: 10)")
    parser.add_argument("--assignment", type=Path, default=ROOT / "assignments/1-log-odds")
    options = parser.parse_args()
    assignment = assignments.load(options.assignment)
    books = [case.notebook for case in cases(assignment, options.assignment) if case.name != "the untouched notebook"]
    HOME.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=HOME) as folder:
        place = Path(folder)
        rows = [("lrgrade", options.submissions, lrgrade(place, options.assignment, books, options.submissions))]
        for name, measure in (("nbgrader", nbgrader), ("otter-grader", otter)):
            if options.others and install(name):
                rows.append((name, options.others, measure(place / name, assignment, books, options.others)))
    print(table(rows))
    return 0


def table(rows: list[tuple[str, int, Measured]]) -> str:
    """Return the rows as a table in Markdown."""
    first = rows[0][2].seconds / rows[0][1]
    lines = [
        "| Grader | a minute | ratio | CPU s each | memory | hidden tests, scores |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for name, count, done in rows:
        each = done.seconds / count
        lines.append(
            f"| {name} | {60 / each:,.0f} | {first / each:.3f} | {done.cpu / count:.3f} | {done.memory >> 20} MB "
            f"| {done.note} |"
        )
    return "\n".join(lines)


def lrgrade(place: Path, folder: Path, books: list[Any], count: int) -> Measured:
    """Measure `lrgrade grade`, from its start to its last page."""
    handed_in = place / "in"
    handed_in.mkdir(parents=True)
    for number in range(count):
        nbformat.write(books[number % len(books)], handed_in / f"s{number:04}.ipynb")
    command = [sys.executable, "-m", "lrgrader", "grade", str(folder), str(handed_in), "--out", str(place / "out")]
    seconds, cpu, memory = measured(command, place)
    with open(place / "out/scores.csv", encoding="utf-8-sig") as file:
        lines = len(file.readlines())
    assert lines == count + 1, "not every submission has a score"
    return Measured(seconds, cpu, memory, "outside of the student's process")


def asserts(assignment: Assignment) -> Iterator[tuple[str, float, str]]:
    """Yield each check as question, points and a cell of asserts, its inputs and expected value written out."""
    key = grading.Key(assignment)
    for check in assignment.checks:
        call = check.calls
        if check.inputs is not None:
            call += f"({', '.join(map(literal, key.inputs[check.name]))})"
        if check.judge is not None:
            yield check.question, check.points, f"assert {call} is not None"
        else:
            expected = literal(key.expected[check.name])
            yield (
                check.question,
                check.points,
                f"assert np.allclose({call}, {expected}, rtol={check.rtol}, atol={check.atol})",
            )


def literal(value: Any) -> str:
    """Return Python that makes the value."""
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()!r}, dtype={value.dtype.name!r})".replace("inf", "np.inf").replace(
            "nan", "np.nan"
        )
    return repr(value)


def nbgrader(place: Path, assignment: Assignment, books: list[Any], count: int) -> Measured:
    """Measure `nbgrader autograde` on the same answers."""
    source = new_notebook(metadata=kernel())
    source.cells.append(new_code_cell("import numpy as np", metadata=grade_cell("imports", locked=True)))
    for cell in assignment.template:
        if cell.role == "answer" and cell.kind == "code":
            source.cells.append(new_code_cell(cell.source, metadata=grade_cell(cell.question, solution=True)))
    for number, (question, points, code) in enumerate(asserts(assignment)):
        cell = new_code_cell(code, metadata=grade_cell(f"{question}-{number}", points=points))
        source.cells.append(cell)
    write(source, place / "source/one/one.ipynb")
    (place / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'bench'\n")
    program = [str(HOME / "nbgrader/bin/nbgrader")]
    run([*program, "generate_assignment", "one", "--force"], place)
    for number in range(count):
        made = nbformat.read(place / "release/one/one.ipynb", 4)
        for cell in made.cells:
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = answer_of(books[number % len(books)], cell.metadata.nbgrader.grade_id)
        write(made, place / f"submitted/s{number:04}/one/one.ipynb")
    seconds, cpu, memory = measured([*program, "autograde", "one", "--force"], place)
    return Measured(seconds, cpu, memory, "in the student's process")


def grade_cell(
    name: str, *, solution: bool = False, locked: bool = False, points: float | None = None
) -> dict[str, Any]:
    """Return the metadata of one of nbgrader's cells."""
    facts = {"grade": points is not None, "grade_id": name, "locked": locked or points is not None, "schema_version": 3}
    facts |= {"solution": solution, "task": False} | ({"points": points} if points is not None else {})
    return {"nbgrader": facts}


def otter(place: Path, assignment: Assignment, books: list[Any], count: int) -> Measured:
    """Measure `otter run`, one submission after the other on each core, as otter does without a container."""
    source = new_notebook(metadata=kernel())
    source.cells += [
        raw("# ASSIGNMENT CONFIG\nexport_cell: false\ninit_cell: true\nname: one"),
        new_code_cell("import numpy as np"),
    ]
    for cell in assignment.template:
        if cell.role == "answer" and cell.kind == "code":
            points = assignment.points[cell.question]
            mine = [row for row in asserts(assignment) if row[0] == cell.question]
            source.cells += [
                raw(f"# BEGIN QUESTION\nname: {cell.question}\npoints: {points}"),
                new_markdown_cell("Answer"),
            ]
            code = f"# BEGIN SOLUTION\n{answer_of(books[0], cell.question)}\n# END SOLUTION"
            source.cells += [raw("# BEGIN SOLUTION"), new_code_cell(code), raw("# END SOLUTION"), raw("# BEGIN TESTS")]
            source.cells += [new_code_cell("# HIDDEN\n" + code) for _, _, code in mine]
            source.cells += [raw("# END TESTS"), raw("# END QUESTION")]
    write(source, place / "one.ipynb")
    run([str(HOME / "otter-grader/bin/otter"), "assign", "one.ipynb", "dist", "--no-run-tests"], place)
    package = next((place / "dist/autograder").glob("*.zip"))
    for number in range(count):
        made = new_notebook(metadata={**kernel(), "otter": {"assignment_name": "one"}})
        made.cells.append(new_code_cell("import numpy as np"))
        questions = [cell.question for cell in assignment.template if cell.role == "answer" and cell.kind == "code"]
        made.cells += [new_code_cell(answer_of(books[number % len(books)], question)) for question in questions]
        write(made, place / f"in/s{number:04}/one.ipynb")
    program = str(HOME / "otter-grader/bin/otter")
    grade = f"{program} run in/{{}}/one.ipynb -a {package} -o out/{{}}"
    each = f"mkdir -p out/{{}} && {grade} >/dev/null 2>out/{{}}/log || true"
    seconds, cpu, memory = measured(["sh", "-c", f"ls in | xargs -P {os.cpu_count()} -I {{}} sh -c '{each}'"], place)
    if len(list((place / "out").glob("*/results.json"))) != count:
        said = next((place / "out").glob("*/log")).read_text()[-1500:]
        raise SystemExit(f"otter did not grade every submission:\n{said}")
    return Measured(seconds, cpu, memory, "in the student's process")


def raw(text: str) -> Any:
    """Return one of otter's cells of settings."""
    return nbformat.v4.new_raw_cell(text)


def answer_of(book: Any, question: str) -> str:
    """Return the code that answers a question in one of our notebooks."""
    cells = (c for c in book.cells if {"answer", question} <= set(c.metadata.get("tags", ())) and c.cell_type == "code")
    return "\n".join(str(cell.source) for cell in cells)


def kernel() -> dict[str, Any]:
    """Return the metadata that names the kernel."""
    return {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def write(book: Any, path: Path) -> None:
    """Write a notebook where it is wanted."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)


def install(name: str) -> bool:
    """Install one of the others into an environment of its own; say so and return False where that fails."""
    python = HOME / name / "bin/python"
    if not (HOME / name / ".ready").exists():
        print(f"installing {name} ...", flush=True)
        shutil.rmtree(HOME / name, ignore_errors=True)
        packages = [TOOLS[name], "numpy", "ipykernel", "setuptools<81"]
        made = subprocess.run([sys.executable, "-m", "uv", "venv", "-q", str(HOME / name), "--python", sys.executable])
        install = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", str(python), *packages]
        if made.returncode or subprocess.run(install).returncode:
            print(f"{name} could not be installed: left out of the table.", file=sys.stderr)
            return False
        (HOME / name / ".ready").touch()
    return True


def run(command: list[str], place: Path) -> None:
    """Run a step of preparation; show what it said if it fails."""
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, env=environment(command))
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")


def environment(command: list[str]) -> dict[str, str]:
    """Return the environment, with the program's own folder first, so that it finds its own kernel."""
    return {**os.environ, "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}


def measured(command: list[str], place: Path) -> tuple[float, float, int]:
    """Run a command; return its seconds, the CPU seconds of it and its children, and their most bytes together."""
    most, cpu, ended = [0], [0.0], threading.Event()
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment(command)
    )

    def watch() -> None:
        while not ended.wait(0.2):
            memory, seconds = taken_by(process.pid)
            most[0], cpu[0] = max(most[0], memory), max(cpu[0], seconds)

    thread = threading.Thread(target=watch)
    thread.start()
    _, error = process.communicate()
    seconds = time.perf_counter() - start
    ended.set()
    thread.join()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)} failed:\n{error[-2000:]}")
    return seconds, cpu[0], most[0]


def taken_by(pid: int) -> tuple[int, float]:
    """Return the bytes (PSS: shared pages counted once) and the CPU seconds of a process and its descendants so far.

    The seconds of those that have ended are in their parents' account.
    """
    memory, seconds = 0, 0.0
    try:
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
    except psutil.Error:
        return memory, seconds
    for each in tree:
        with contextlib.suppress(psutil.Error, OSError):
            seconds += sum(each.cpu_times()[:4])
            memory += each.memory_full_info().pss
    return memory, seconds


if __name__ == "__main__":
    sys.exit(main())
