"""The command `lrgrade`: build, check, grade, manual, report."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
from tqdm import tqdm

from . import assignment as assignments
from . import checking, sandbox
from .assignment import Assignment
from .checks import AssignmentError
from .sandbox import SandboxError

FINE, FOUND, CANNOT = 0, 1, 2
DESCRIPTION = """\
Grade the course's assignments. Students' code runs in a sandbox and only answers calls; the score is decided outside.

A term, from beginning to end:
  lrgrade build  assignments/1-log-odds                    the notebook for students, and the solution
  lrgrade check  assignments/1-log-odds                    does it grade as its author says?
  lrgrade grade  assignments/1-log-odds handed-in --out term/1
  lrgrade manual assignments/1-log-odds --out term/1       pages to mark the written answers, and marks.csv to fill in
  lrgrade manual assignments/1-log-odds --out term/1 --marks term/1/manual/marks.csv
  lrgrade report assignments/1-log-odds --out term/1       distributions, hardest checks, answers that are alike
"""
EPILOG = "Exit status: 0 all is well; 1 something needs your attention, and was said; 2 it could not be done."


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser("lrgrade", description=DESCRIPTION, epilog=EPILOG, formatter_class=Teaching)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    add_build(commands)
    add_check(commands)
    return top


class Teaching(argparse.RawDescriptionHelpFormatter):
    """Help that keeps the lines of its examples."""


Commands = "argparse._SubParsersAction[argparse.ArgumentParser]"


def add_command(commands: Commands, name: str, words: str, more: str) -> argparse.ArgumentParser:
    """Add a command that takes assignments."""
    command = commands.add_parser(name, help=words, description=f"{words[0].upper()}{words[1:]}.\n\n{more}",
                                  formatter_class=Teaching, epilog=EPILOG)  # fmt: skip
    command.add_argument("--secret-file", type=Path, metavar="FILE",
                         help="a file with the term's secret, which draws the numbers in the questions")  # fmt: skip
    return command


def add_build(commands: Commands) -> None:
    """Add `lrgrade build`."""
    command = add_command(commands, "build", "make the students' notebook and the solution of assignments",
        "Each folder holds master.md and checks.py. Written are DIR/<name>/student.ipynb, to hand out, and\n"
        "solution.ipynb, to keep. Without a secret the numbers are those of the published notebooks.")  # fmt: skip
    command.add_argument("folder", nargs="+", type=Path, help="the folder of an assignment")
    command.add_argument("--to", type=Path, default=Path("_build/assignments"), metavar="DIR",
                         help="where to write (default: _build/assignments)")  # fmt: skip
    command.set_defaults(run=build)


def add_check(commands: Commands) -> None:
    """Add `lrgrade check`."""
    command = add_command(commands, "check", "see that assignments grade as their author says",
        "The solution must get all points, the untouched notebook none, each file of right/ all, and each file of wrong/\n"
        "the marks that wrong/wrong.toml says, failing the checks that it names.")  # fmt: skip
    command.add_argument("folder", nargs="+", type=Path, help="the folder of an assignment")
    add_sandbox_options(command)
    command.set_defaults(run=check)


def add_sandbox_options(command: argparse.ArgumentParser) -> None:
    """Add what decides how students' code is run."""
    command.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2,
                         metavar="N", help="how many sandboxes at a time (default: one for each core)")  # fmt: skip
    command.add_argument("--unsafe-no-sandbox", action="store_true",
                         help="run students' code with your own rights. Only for code that you would run yourself")  # fmt: skip


def build(options: argparse.Namespace) -> int:
    """Write the notebooks of assignments."""
    for folder in options.folder:
        assignment = assignments.load(folder, secret_of(options))
        target = options.to / assignment.slug
        target.mkdir(parents=True, exist_ok=True)
        nbformat.write(assignment.student_notebook(), target / "student.ipynb")
        nbformat.write(assignment.solution_notebook(), target / "solution.ipynb")
        print(f"{assignment.slug}: {target}/student.ipynb and solution.ipynb, {sum(assignment.points.values()):g} points")
    return FINE


def check(options: argparse.Namespace) -> int:
    """Grade what has known marks, and say what differs."""
    require_sandbox(options, options.folder)
    wrong = 0
    for folder in options.folder:
        assignment = assignments.load(folder, secret_of(options))
        print(f"{assignment.slug}: {assignment.title}")
        rows = checking.check(assignment, folder, workers=options.workers, unsafe=options.unsafe_no_sandbox)
        for case, result, problems in rows:
            marks = " ".join(f"{question} {points:g}" for question, points in result.marks.items())
            print(f"  {'ok   ' if not problems else 'WRONG'} {case.name:<32} {marks}")
            for problem in problems:
                print(f"        {problem}")
            wrong += bool(problems)
    return FOUND if wrong else FINE


def secret_of(options: argparse.Namespace) -> str:
    """Return the term's secret, or the published one."""
    if options.secret_file is None:
        return assignments.PUBLIC_SECRET
    try:
        secret = options.secret_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{options.secret_file}: cannot be read ({error})") from error
    if len(secret) < 16:
        raise AssignmentError(f"{options.secret_file}: a secret has at least 16 characters; make one: openssl rand -hex 32")
    return str(secret)


def require_sandbox(options: argparse.Namespace, private: Sequence[Path]) -> None:
    """Refuse, or warn, where there is no sandbox; refuse if it would show what it must not."""
    if options.unsafe_no_sandbox:
        print("warning: without a sandbox. Students' code runs with your rights: it can read and change your files.",
              file=sys.stderr)  # fmt: skip
        return
    if why := sandbox.available():
        raise SandboxError(why if sandbox.HELP in why else f"no sandbox: {why}.\n{sandbox.HELP}")
    if shown := sandbox.visible(private):
        raise SandboxError(f"{shown[0]} lies in a folder that students' code may read. Move it, or Python, elsewhere.")


def bar(total: int, words: str) -> "tqdm[None]":
    """Return a progress bar that appears after two seconds."""
    return tqdm(total=total, desc=words, unit="", delay=2, leave=False)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; return the exit status."""
    options = parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (AssignmentError, SandboxError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\ninterrupted. Run the same command again: it goes on where it stopped.", file=sys.stderr)
    return CANNOT


if __name__ == "__main__":
    sys.exit(main())
