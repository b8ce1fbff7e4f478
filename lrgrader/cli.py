"""The command `lrgrade` and its options; commands.py does the work."""

import argparse
import errno
import os
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# jsonschema would compile 38 grammars of web addresses at its import, for two seconds, and use none of them here.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

from . import beginning, commands  # noqa: E402
from .checks import AssignmentError  # noqa: E402
from .sandbox import SandboxError  # noqa: E402

DESCRIPTION = """\
Grade the course's assignments. Students' code runs in a sandbox and only answers calls; the score is decided outside.

A term, from beginning to end:
  lrgrade doctor                                           does the sandbox work here?
  lrgrade new    my-assignment                             an example of two questions, to change into your own
  lrgrade build  assignments/1-log-odds                    the notebook for students, and the solution
  lrgrade check  assignments/1-log-odds                    does it grade as its author says?
  lrgrade grade  assignments/1-log-odds handed-in --out term/1
  lrgrade manual assignments/1-log-odds --out term/1       pages to mark the written answers, and marks.csv to fill in
  lrgrade manual assignments/1-log-odds --out term/1 --marks term/1/manual/marks.csv
  lrgrade report assignments/1-log-odds --out term/1       distributions, hardest checks, answers that are alike
  lrgrade export assignments/1-log-odds --out term/1 --into worksheet.csv       back into Moodle, Canvas and others

The command may be stopped at any time, even killed: run it again, and it goes on where it was.
"""
EPILOG = "Exit status: 0 all is well; 1 something needs your attention, and was said; 2 it could not be done."
GRADE = """\
Grade all notebooks below a folder, or one. Recognised are notebooks named after students, a folder for each student,
and the exports of Moodle, Canvas, GitHub Classroom, Gradescope, Blackboard and Brightspace, zips of them included.
Links are not followed. Everything that came in is graded, or named with its reason.

  lrgrade grade assignments/1-log-odds handed-in --out term/1
  lrgrade grade assignments/1-log-odds handed-in --out term/1 --deadline 2026-11-30T23:59 --late-penalty 10
  lrgrade grade assignments/1-log-odds handed-in --out term/1 --dask tcp://192.168.0.2:8786

Only what has no result yet is graded: later attempts, or, after checks.py was corrected, everything again. A run adds
to the class and drops nobody; options that were given once hold, in DIR/settings.toml, until they are given anew. It
says which totals have changed, and why. Hidden inputs come from a random secret that is kept in grades.sqlite.
"""
MANUAL = """\
Without --marks: write a page for each written question, on which one marks by keyboard and saves a table, and
marks.csv for those who prefer a spreadsheet; answers stand under codes. With --marks: take over such tables, of one
marker or several, or none of them if a line is bad, and write the scores and the feedback anew. Lines without a mark
are left for later. Marks on which people disagree are listed, and what was stored stays.
"""
NEW = """\
Write a working assignment of two questions into a new folder: one in code, with checks that students see and hidden
ones, and one in words, with its rubric. Another right answer and two wrong ones with their marks lie beside it, and
`lrgrade check NAME` holds the assignment to them. Change one thing after the other, and check again.
"""
BUILD = """\
Each folder holds master.md and checks.py. Written are DIR/<name>/student.ipynb, to hand out, and solution.ipynb,
to keep.
Without a secret the numbers in the questions are those of the published notebooks.
"""
CHECK = """\
The solution must get all points, the untouched notebook none, each file of right/ all, and each file of wrong/ the
marks that wrong.toml says, failing the checks that it names.
"""
REPORT = """\
Print and write to DIR/report.html how the questions went, which checks were hardest, and which answers are nearly the
same, the published solution included. Answers that are alike are a reason to read them, and no more than that.
"""
EXPORT = """\
Fill in the totals in a copy, DIR/export/FILE, of the table that the learning system itself exports: Moodle's offline
grading worksheet, Canvas's gradebook, the grades of Brightspace or Blackboard. Nothing but one column changes. For
Moodle and Canvas there is also DIR/export/feedback.zip with everybody's feedback, under the names that they take.

  lrgrade export assignments/1-log-odds --out term/1 --into Grades-course-1.csv
  lrgrade export assignments/1-log-odds --out term/1 --into canvas-grades.csv --column "Homework 1 (77)"
"""
GRADESCOPE = """\
Write DIR/<name>-gradescope.zip, to upload as the autograder of a programming assignment in Gradescope. It grades by the
same checks. The zip holds them, and the secret: keep it to yourself.
"""
Commands = Any  # argparse keeps the type of its subparsers to itself


class Teaching(argparse.RawDescriptionHelpFormatter):
    """Help that keeps the lines of its examples."""


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser("lrgrade", description=DESCRIPTION, epilog=EPILOG, formatter_class=Teaching)
    group = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    help_ = "does the sandbox work here, and who counts memory?"
    group.add_parser("doctor", help=help_, description=help_, epilog=EPILOG).set_defaults(run=beginning.examine)
    add_new(group)
    add_build(group)
    add_check(group)
    add_grade(group)
    manual = add_command(group, "manual", "mark written answers, anonymously", MANUAL, commands.mark)
    add_results(manual)
    manual.add_argument(
        "--marks", type=Path, nargs="+", metavar="FILE", help="take over the marks of these filled-in tables"
    )
    manual.add_argument("--replace", action="store_true", help="where a stored mark is another, the tables' counts")
    add_results(add_command(group, "report", "see how the class has done", REPORT, commands.tell))
    add_export(group)
    command = add_command(group, "gradescope", "make an autograder for Gradescope", GRADESCOPE, commands.gradescope_zip)
    command.add_argument("folder", nargs="+", type=Path, help="the folder of an assignment")
    command.add_argument(
        "--to", type=Path, default=Path("_build/gradescope"), metavar="DIR", help="default: _build/gradescope"
    )
    return top


def add_command(group: Commands, name: str, words: str, more: str, run: Any) -> argparse.ArgumentParser:
    """Add a command."""
    command: argparse.ArgumentParser = group.add_parser(
        name, help=words, description=more, formatter_class=Teaching, epilog=EPILOG
    )
    command.add_argument(
        "--secret-file",
        type=Path,
        metavar="FILE",
        help="a file with the term's secret: it draws the numbers in questions",
    )
    command.set_defaults(run=run)
    return command


def add_new(group: Commands) -> None:
    """Add `lrgrade new`."""
    command = group.add_parser(
        "new", help="write an example to change into your own", description=NEW, formatter_class=Teaching, epilog=EPILOG
    )
    command.add_argument("folder", type=Path, metavar="NAME", help="the folder to make")
    command.set_defaults(run=beginning.begin)


def add_build(group: Commands) -> None:
    """Add `lrgrade build`."""
    command = add_command(group, "build", "make the students' notebook and the solution", BUILD, commands.build)
    command.add_argument("folder", nargs="+", type=Path, help="the folder of an assignment")
    command.add_argument(
        "--to", type=Path, default=Path("_build/assignments"), metavar="DIR", help="default: _build/assignments"
    )


def add_check(group: Commands) -> None:
    """Add `lrgrade check`."""
    command = add_command(group, "check", "see that assignments grade as their author says", CHECK, commands.check)
    command.add_argument("folder", nargs="+", type=Path, help="the folder of an assignment")
    add_sandbox(command)


def add_grade(group: Commands) -> None:
    """Add `lrgrade grade`."""
    command = add_command(group, "grade", "grade a folder of submissions", GRADE, commands.grade)
    add_results(command)
    command.add_argument("submissions", type=Path, help="the folder with the notebooks, or one notebook")
    add_sandbox(command)
    command.add_argument("--regrade", action="store_true", help="grade again what has a result by these very checks")
    command.add_argument(
        "--dask", metavar="ADDRESS", help="spread the work over this cluster (pip install 'lrgrader[dask]')"
    )
    command.add_argument(
        "--anonymous", action=argparse.BooleanOptionalAction, help="write codes for names everywhere but in names.csv"
    )
    command.add_argument("--book", metavar="URL", help="where the book is published: feedback then links to it")
    people = command.add_argument_group("the class")
    people.add_argument(
        "--roster", type=Path, metavar="FILE", help="CSV with an id, a name or both, and e-mail, section, group"
    )
    people.add_argument(
        "--withdraw",
        action="append",
        metavar="NAME",
        help="this student no longer counts, until taken out of `withdrawn` in settings.toml",
    )
    people.add_argument(
        "--new-secret", action="store_true", help="grade everybody again, with the numbers of another secret"
    )
    late = command.add_argument_group(
        "late and repeated submissions (kept in DIR/settings.toml until they are given again)"
    )
    late.add_argument("--attempts", choices=("last", "best", "first"), help="which counts (at first: last)")
    late.add_argument("--most-attempts", type=int, metavar="N", help="attempts after the N-th do not count")
    late.add_argument(
        "--deadline", metavar="TIME", help="for example 2026-11-30T23:59, in this machine's zone or with one; or none"
    )
    late.add_argument(
        "--times", type=Path, metavar="FILE", help="CSV with the columns name (or id, e-mail, file) and time"
    )
    late.add_argument("--extensions", type=Path, metavar="FILE", help="CSV with the columns name (or id) and until")
    late.add_argument("--grace", type=float, metavar="MINUTES", help="so late is in time (at first: 0)")
    late.add_argument("--late-penalty", type=float, metavar="PERCENT", help="taken off for each day begun")
    late.add_argument("--late-days", type=int, metavar="N", help="more than N days late gives no points")
    late.add_argument(
        "--free-days",
        type=int,
        metavar="N",
        help="so many days late cost nothing, in all assignments beside DIR together",
    )


def add_export(group: Commands) -> None:
    """Add `lrgrade export`."""
    command = add_command(group, "export", "fill in the learning system's own table", EXPORT, commands.export)
    add_results(command)
    command.add_argument(
        "--into", type=Path, required=True, metavar="FILE", help="the table, as the system exported it"
    )
    command.add_argument(
        "--column", default="", metavar="NAME", help="its column for this assignment, or its beginning"
    )
    command.add_argument("--scale", action="store_true", help="turn our points into those that the table says it takes")


def add_results(command: argparse.ArgumentParser) -> None:
    """Add what names an assignment and its results."""
    command.add_argument("folder", type=Path, metavar="assignment", help="the folder of the assignment")
    command.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder of its results")
    command.add_argument(
        "--published-numbers",
        action="store_true",
        default=None,
        help="students have the published notebooks: the secret draws only the hidden inputs",
    )


def add_sandbox(command: argparse.ArgumentParser) -> None:
    """Add what decides how students' code is run."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    command.add_argument(
        "--workers", type=int, default=cores, metavar="N", help=f"sandboxes at a time (default: the cores, {cores})"
    )
    command.add_argument(
        "--unsafe-no-sandbox",
        action="store_true",
        help="run students' code with your own rights: only for code that you would run yourself",
    )


def in_words(error: sqlite3.Error | OSError) -> str:
    """Return what an error of the system means, in a sentence that says what to do."""
    where = f" ({error.filename})" if isinstance(error, OSError) and error.filename else ""
    if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG) or "full" in str(error):
        return f"the disk is full{where}. Make room and run the same command again: what is graded is kept"
    if "locked" in str(error):
        return "grades.sqlite is in use by another program. Close that, and run the same command again"
    if getattr(error, "errno", None) in (errno.EROFS, errno.EACCES, errno.EPERM) or "readonly" in str(error):
        return f"the folder may not be written to{where}: give --out another one, or its rights"
    if "malformed" in str(error) or "not a database" in str(error):
        return "grades.sqlite is damaged. Put a copy of the folder back, or grade into a new one"
    return f"{error}. Nothing that was graded is lost: run the same command again"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (AssignmentError, SandboxError) as error:
        print(f"error: {error}", file=sys.stderr)
    except (sqlite3.Error, OSError) as error:
        print(f"error: {in_words(error)}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ninterrupted. Run the same command again: it goes on where it stopped.", file=sys.stderr)
    return commands.CANNOT


if __name__ == "__main__":
    sys.exit(main())
