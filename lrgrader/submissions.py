"""Find the submissions in a folder: whose each notebook is, which attempt, and what is in the way.

Understood are notebooks in one folder, named after students; one folder a student, as Moodle exports them and as
`gh classroom clone` makes them; Moodle's flat files and Canvas's; several attempts of one student. Links are never
followed, archives never opened. File names are data: they are cleaned, shown, and never used as paths.
"""

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .assignment import Assignment
from .notebook import Submitted, UnreadableError, clean, read_bytes, read_cells

MOODLE = re.compile(r"^(?P<student>.+?)_(?P<id>\d+)_assignsubmission_file(?:_(?P<rest>.*))?$")
CANVAS = re.compile(r"^(?P<student>[^_]+)(?:_(?P<late>LATE))?_(?P<id>\d+)_\d+_(?P<rest>.+)$")
ATTEMPT = re.compile(r"(?i)(?<![a-z])(?:attempt|try|version|v)[ _-]?(\d{1,3})\b")
CANVAS_AGAIN = re.compile(r"-(\d{1,3})$")
MOST_FILES = 20_000
ARCHIVES = {".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz"}


@dataclass(frozen=True)
class Submission:
    """One handed-in file; `problem` says why it cannot be read, and then there are no cells."""

    student: str
    attempt: int
    path: str
    digest: str
    file: Path
    late: bool = False
    problem: str = ""

    @property
    def id(self) -> str:
        """A name for this very file of this student, the same in every run."""
        parts = "\0".join((self.student, self.path, self.digest))
        return hashlib.sha256(parts.encode()).hexdigest()[:20]


@dataclass(frozen=True)
class Found:
    """A file before it is read: whose it is, by its name and place alone."""

    student: str
    late: bool
    order: tuple[object, ...]
    path: Path
    shown: str


def find(folder: Path, assignment: Assignment | None = None) -> tuple[list[Submission], list[str]]:
    """Return the submissions below a folder, or of one file, and lines about what was passed over.

    Where a student handed in other notebooks as well, only those of this assignment count.
    """
    remarks: list[str] = []
    root = folder if folder.is_dir() else folder.parent
    paths = list(walk(folder, remarks)) if folder.is_dir() else [folder]
    by_student: dict[str, list[Found]] = {}
    for path in paths:
        found = whose(path, root, assignment.slug if assignment else "")
        by_student.setdefault(found.student, []).append(found)
    submissions: list[Submission] = []
    for student in sorted(by_student):
        files = sorted(by_student[student], key=lambda found: found.order)
        read = [(found, *_read(found.path, parse=len(files) > 1)) for found in files]
        if assignment is not None and len(read) > 1:
            mine = [row for row in read if looks_like(assignment, row[2])]
            dropped = [row[0].shown for row in read if row not in mine] if mine else []
            remarks += [f"{name}: passed over, it is not a notebook of this assignment" for name in dropped]
            read = mine or read
        for number, (found, digest, _, problem) in enumerate(read, start=1):
            submissions.append(Submission(student, number, found.shown, digest, found.path, found.late, problem))
    return submissions, remarks


def walk(folder: Path, remarks: list[str]) -> Iterator[Path]:
    """Yield the notebooks below a folder in a fixed order; links, hidden folders and other files are passed over."""
    waiting, count = [folder], 0
    while waiting:
        here = waiting.pop()
        entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        for entry in entries:
            count += 1
            name = shown_path(Path(entry.path), folder)
            if count > MOST_FILES:
                remarks.append(f"more than {MOST_FILES} files: the rest was passed over")
                return
            if entry.is_symlink():
                remarks.append(f"{name}: passed over, it is a link")
            elif entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith((".", "__")):
                    waiting.append(Path(entry.path))
            elif entry.name.startswith("."):
                if entry.name.lower().endswith(".ipynb"):
                    remarks.append(f"{name}: passed over, it is hidden")
            elif entry.name.lower().endswith(".ipynb"):
                yield Path(entry.path)
            elif Path(entry.name).suffix.lower() in ARCHIVES:
                remarks.append(f"{name}: passed over, archives are not opened: unpack it if you trust it")


def whose(path: Path, root: Path, slug: str) -> Found:
    """Return whose notebook this is and which attempt, by its name and its folders."""
    *folders, name = path.relative_to(root).parts
    stem = clean_name(re.sub(r"(?i)\.ipynb$", "", name))
    parts = [*map(clean_name, folders), clean_name(name)]
    late = False
    if match := MOODLE.match(parts[0] if len(parts) > 1 else stem):
        student = f"{match['student']} ({match['id']})"  # two students may share a name
    elif len(parts) == 1 and (match := CANVAS.match(stem)):
        student, late = f"{match['student']} ({match['id']})", bool(match["late"])
    elif len(parts) > 1:
        student = re.sub(rf"^{re.escape(slug)}-", "", parts[0]) if slug else parts[0]
    else:
        student = ATTEMPT.sub("", stem).strip(" _-") or stem
    tail = "/".join(parts[1:] if len(parts) > 1 else parts)
    number = ATTEMPT.search(tail) or CANVAS_AGAIN.search(stem)
    order = (int(number[1]) if number else 0, tail)
    return Found(student or "(no name)", late, order, path, "/".join(parts))


def clean_name(name: str) -> str:
    """Return a file name that can be shown: normal characters, one way of writing each, not too long.

    What had to be changed gets a mark of its own, so that nobody hands in under a name that only looks like another's.
    """
    raw = os.fsencode(name)
    normal = unicodedata.normalize("NFC", raw.decode("utf-8", "replace"))
    cleaned = clean(normal, 200).replace("\n", " ").replace("\t", " ").strip()
    return cleaned if cleaned == normal else f"{cleaned} [{hashlib.sha256(raw).hexdigest()[:6]}]"


def shown_path(path: Path, root: Path) -> str:
    """Return a path below root as it is shown."""
    return "/".join(clean_name(part) for part in path.relative_to(root).parts)


def _read(path: Path, parse: bool) -> tuple[str, list[Submitted], str]:
    """Return the digest of a file, its cells if they are wanted, and what is wrong with it."""
    try:
        content = read_bytes(path)
    except UnreadableError as error:
        return "", [], str(error)
    digest = hashlib.sha256(content).hexdigest()
    try:
        return digest, read_cells(content) if parse else [], ""
    except UnreadableError as error:
        return digest, [], str(error)


def content_of(submission: Submission) -> bytes:
    """Return a submission's bytes; UnreadableError if they cannot be read, or have changed since they were found."""
    if submission.problem:
        raise UnreadableError(submission.problem)
    content = read_bytes(submission.file)
    if hashlib.sha256(content).hexdigest() != submission.digest:
        raise UnreadableError("changed while it was being graded: grade again")
    return content


def looks_like(assignment: Assignment, cells: list[Submitted]) -> bool:
    """Does the notebook hold text or code that only this assignment's notebook has?"""
    given = {cell.source.strip() for cell in assignment.template if len(cell.source) > 40}
    return any(cell.source.strip() in given for cell in cells)
