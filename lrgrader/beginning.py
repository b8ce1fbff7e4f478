"""What one does before there is an assignment: see what the machine lacks, and write an example to begin with."""

import argparse
import shutil
from pathlib import Path

from . import doctor
from .checks import AssignmentError

EXAMPLE = Path(__file__).resolve().parent / "example"


def examine(options: argparse.Namespace) -> int:
    """Say what this machine has and lacks; 1 if something keeps lrgrade from grading."""
    problems = 0
    for finding in doctor.findings():
        print(f"{'PROBLEM' if finding.problem else 'ok     '} {finding.words}")
        problems += finding.problem
    return int(problems > 0)


def begin(options: argparse.Namespace) -> int:
    """Write the example of an assignment into a new folder."""
    folder = options.folder
    if folder.exists():
        raise AssignmentError(f"{folder} is there already: give the name of a folder to make; nothing was written")
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    print(f"written: {folder}/master.md, checks.py, right/, wrong/, wrong.toml; now: lrgrade check {folder}")
    return 0
