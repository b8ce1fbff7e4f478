"""Find what was handed in: whose each notebook is, which attempt, and a reason for each thing that is not graded.

Nothing that came in vanishes: a file is graded, or named with its reason, or lies beside a notebook of its student.
File names are data: they are cleaned, shown, and never used as paths. layout.py knows the layouts, walking.py folders.
"""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from .assignment import Assignment
from .layout import Known, Place, is_students, not_canvas, place, stem_of, wrapping
from .names import TOLD, beside, clean_name, shown_path
from .notebook import Submitted, UnreadableError, clean, read_cells
from .walking import CHECKPOINTS, Entry, walk

MOST_FILES = 2_000  # of one student
LOOK = "its name alone: look"  # a guess, which a person should see
MOST_READ = 200  # notebooks of one student
ELSEWHERE = {".zip", ".rar", ".7z", ".gz", ".tar", ".tgz", ".bz2", ".xz"}


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
    inside: tuple[str, ...] = ()
    key: str = ""
    time: str = ""
    dated: bool = False
    copy: int = 0  # how many files with the same bytes the student handed in before

    @property
    def id(self) -> str:
        """A name for this file of this student, the same in every run, however student and file are called by then."""
        parts = "\0".join((self.key or self.student, self.digest or self.path, str(self.copy)))
        return hashlib.sha256(parts.encode()).hexdigest()[:20]


class Intake(NamedTuple):
    """What came in: submissions to grade, lines for what is not graded, lines for what had to be decided.

    `beside` counts files that lie beside a notebook of the same student, such as data.
    """

    submissions: list[Submission]
    named: list[str]
    notes: list[str]
    beside: int


@dataclass
class Pile:
    """All that one student handed in, before it is read."""

    notebooks: list[tuple[Place, Entry]] = field(default_factory=list)
    checkpoints: list[tuple[Place, Entry]] = field(default_factory=list)
    others: list[tuple[str, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    files: int = 0
    student: str = ""


def find(folder: Path, assignment: Assignment | None = None) -> Intake:
    """Return what came in below a folder, or in one file."""
    entries = list(walk(folder)) if folder.is_dir() else [Entry((folder.name,), folder)]
    whole = folder.absolute() if folder.is_dir() else folder.absolute().parent
    if is_students(whole.name):  # one student's own folder, or a file in it
        entries = [replace(entry, parts=(whole.name, *entry.parts)) for entry in entries]
    depths = wrapping(owned(entry) for entry in entries if counts(entry))
    piles: dict[str, Pile] = {}
    known = beside(entries)
    at_top = (own for own in map(owned, filter(counts, entries)) if len(own) == depth_of(own, depths) + 1)
    doubted = not_canvas(at_top)
    for entry in entries:
        sort(entry, depths, piles, assignment.slug if assignment else "", known, doubted)
    shown = Counter(pile.student for pile in piles.values())
    for key, pile in piles.items():
        section, slash, _ = key.partition("/")
        if slash and shown[pile.student] > 1:  # one name in two sections is two people
            pile.student = f"{pile.student} ({section})"
    intake = Intake([], [], [], sum(len(pile.others) for pile in piles.values() if pile.notebooks or pile.checkpoints))
    for key in sorted(piles, key=lambda key: (piles[key].student, key)):
        settle(key, piles[key], intake, assignment)
    return intake


def owned(entry: Entry) -> tuple[str, ...]:
    """Return the names that tell whose a file is: without the folder in which Jupyter keeps its copies."""
    return tuple(clean_name(part) for part in entry.parts if part != CHECKPOINTS)


def depth_of(own: tuple[str, ...], depths: dict[tuple[str, ...], int]) -> int:
    """Return how many folders at the beginning of a path only wrap or divide."""
    return next((depths[own[:n]] for n in range(1, len(own) + 1) if own[:n] in depths), 0)


def counts(entry: Entry) -> bool:
    """Does an entry say how the folders are laid out? Notebooks do, and data beside them does not."""
    own = owned(entry)
    return bool(own) and not entry.reason and ".ipynb" in own[-1].lower()


def sort(
    entry: Entry, depths: dict[tuple[str, ...], int], piles: dict[str, Pile], slug: str, known: dict[str, Known],
    doubted: set[str],
) -> None:  # fmt: skip
    """Put an entry on its student's pile."""
    shown, own = shown_path(entry.parts), owned(entry)
    if not own or (len(own) == 1 and own[0] in TOLD):
        return
    where = place(own, depth_of(own, depths), slug, known, doubted)
    pile = piles.setdefault(where.key or where.student, Pile())
    pile.student = pile.student or where.student
    pile.files += 1
    if entry.reason:
        pile.refused.append(f"{shown}: {entry.reason}")
    elif pile.files > MOST_FILES:
        if pile.files == MOST_FILES + 1:
            pile.refused.append(f"{where.student}: more than {MOST_FILES} files: the rest was passed over")
    elif entry.parts[-1].startswith("."):
        pile.others.append((shown, "it is hidden"))
    elif is_notebook(entry):
        (pile.checkpoints if CHECKPOINTS in entry.parts else pile.notebooks).append((where, entry))
    elif not where.receipt:
        pile.others.append((shown, kind_of(own[-1])))
    elif not pile.others:
        pile.others.append((shown, "it is a receipt of the system's"))


def is_notebook(entry: Entry) -> bool:
    """Is this a notebook, by its name, or by its content where a program has added a suffix?"""
    name = entry.parts[-1].lower()
    if name.endswith(".ipynb"):
        return True
    if not name.endswith((".ipynb.txt", ".ipynb.json", ".json", ".ipynb.html")):
        return False
    try:
        content = entry.content()
        return content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and (
            b'"cells"' in content or b'"worksheets"' in content
        )
    except UnreadableError:
        return ".ipynb" in name


def kind_of(name: str) -> str:
    """Return why a file is not graded, by its name."""
    suffix = Path(name).suffix.lower()
    if suffix in ELSEWHERE:
        return "it is an archive of a kind that is not opened: unpack it if you trust it"
    return f"it is not a notebook (.ipynb){f' but {suffix}' if suffix else ''}"


def settle(key: str, pile: Pile, intake: Intake, assignment: Assignment | None) -> None:
    """Number a student's notebooks as attempts, and name what is not graded."""
    student = pile.student
    intake.named.extend(pile.refused)
    notebooks = pile.notebooks or pile.checkpoints
    if not notebooks:
        intake.named.extend(f"{shown}: {why}, and {student} has no notebook" for shown, why in pile.others)
        return
    if not pile.notebooks:
        intake.notes.append(f"{student}: only an automatic checkpoint was handed in; it is graded")
    files = sorted(notebooks, key=lambda pair: pair[0].order)[-MOST_READ:]
    if len(files) < len(notebooks):
        intake.named.append(f"{student}: more than {MOST_READ} notebooks: only the last {MOST_READ} are graded")
    read = [(where, entry, *_read(entry)) for where, entry in files]
    mine = read if assignment is None else [row for row in read if not belongs_elsewhere(assignment, row[3], row[4])]
    alike = [row for row in mine if assignment is not None and looks_like(assignment, row[3])]
    chosen = alike or mine
    for row in read:
        if row not in chosen:
            other = belongs_elsewhere(assignment, row[3], row[4]) if assignment else ""
            why = f"it is a notebook of {other}" if other else "it is not a notebook of this assignment"
            line = f"{shown_path(row[1].parts)}: passed over, {why}"
            (intake.notes if chosen else intake.named).append(line)
    copies: Counter[str] = Counter()
    for number, (where, entry, digest, _, _, problem) in enumerate(chosen, start=1):
        shown = shown_path(entry.parts)
        same = digest or shown
        intake.submissions.append(
            Submission(student, number, shown, digest, entry.path, where.late, problem, entry.inside, key, where.time,
                       where.dated, copies[same])
        )  # fmt: skip
        copies[same] += 1
    _say_order(student, [(row[0], row[1]) for row in chosen], intake.notes)


def _say_order(student: str, chosen: list[tuple[Place, Entry]], notes: list[str]) -> None:
    """Say when several notebooks compete, which is taken for the last, and by what."""
    if len(chosen) < 2:
        return
    last, before = chosen[-1][0].order, chosen[-2][0].order
    reasons = ("the attempt's number", "the time in its name", "the number of the copy")
    why = next((words for words, a, b in zip(reasons, last, before, strict=False) if a != b), LOOK)
    notes.append(f"{student}: {len(chosen)} notebooks; {shown_path(chosen[-1][1].parts)} is the last, by {why}")
    stems = Counter(stem_of(entry.parts[-1]).lower() for _, entry in chosen)
    if len(stems) > 3:
        notes.append(f"{student}: {len(stems)} notebooks of unlike names: are these one student's?")


def _read(entry: Entry) -> tuple[str, list[Submitted], str, str]:
    """Return the digest of a file, its cells, the assignment that its metadata name, and what is wrong with it."""
    try:
        content = entry.content()
    except UnreadableError as error:
        return "", [], "", str(error)
    digest = hashlib.sha256(content).hexdigest()
    try:
        cells = read_cells(content)
    except UnreadableError as error:
        return digest, [], "", str(error)
    return digest, cells, named_in(content), ""


def named_in(content: bytes) -> str:
    """Return the assignment that a notebook's metadata name, or nothing."""
    try:
        notebook = json.loads(content.decode("utf-8-sig"), parse_int=lambda digits: 0)
        name = notebook["metadata"]["lrgrader"]["assignment"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return ""
    return clean(name, 80) if isinstance(name, str) else ""


def content_of(submission: Submission) -> bytes:
    """Return a submission's bytes; UnreadableError if they cannot be read, or have changed since they were found."""
    if submission.problem:
        raise UnreadableError(submission.problem)
    content = Entry((submission.path,), submission.file, submission.inside).content()
    if hashlib.sha256(content).hexdigest() != submission.digest:
        raise UnreadableError("changed while it was being graded: grade again")
    return content


def is_there(submission: Submission) -> bool:
    """Can a submission still be read where it was found, with the same bytes?"""
    try:
        content_of(submission)
    except UnreadableError:
        return False
    return True


def belongs_elsewhere(assignment: Assignment, cells: list[Submitted], named: str) -> str:
    """Return the other assignment that a notebook is of, by its metadata; nothing if it holds text of this one."""
    return named if named and named != assignment.slug and not looks_like(assignment, cells) else ""


def looks_like(assignment: Assignment, cells: list[Submitted]) -> bool:
    """Does the notebook hold text or code that only this assignment's notebook has?"""
    given = {cell.source.strip() for cell in assignment.template if len(cell.source) > 40}
    return any(cell.source.strip() in given for cell in cells)
