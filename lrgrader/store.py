"""Results on disk: SQLite, one row for each submission and version of the checks, written the moment it is known.

A grader that is killed loses at most the submissions it was at; the next run grades only what has no row. A row is
replaced by one with the same key, so that nothing is ever counted twice. A run adds submissions and drops none; who has
withdrawn is told to go. Marks that people give are kept beside, by student and text of the answer: no regrading, no
renamed or moved file and no resubmission of the same words touches them, and one that is replaced is kept as well.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from . import given
from .checks import AssignmentError
from .grading import Outcome, Result
from .submissions import Submission

FORMAT = 2
PATIENCE = 10.0  # seconds to wait for another program that has the database
SCHEMA = """
CREATE TABLE IF NOT EXISTS submission (
    id TEXT PRIMARY KEY, key TEXT NOT NULL, student TEXT NOT NULL, attempt INTEGER NOT NULL, path TEXT NOT NULL,
    digest TEXT NOT NULL, late INTEGER NOT NULL, dated INTEGER NOT NULL, time TEXT NOT NULL, file TEXT NOT NULL,
    inside TEXT NOT NULL, problem TEXT NOT NULL, copy INTEGER NOT NULL, present INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS result (
    submission TEXT NOT NULL REFERENCES submission, version TEXT NOT NULL, score REAL NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (submission, version));
CREATE TABLE IF NOT EXISTS mark (
    key TEXT NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL, points TEXT NOT NULL, comment TEXT NOT NULL,
    PRIMARY KEY (key, question, text));
CREATE TABLE IF NOT EXISTS mark_before (
    key TEXT NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL, points TEXT NOT NULL, comment TEXT NOT NULL,
    until TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Graded:
    """A submission with its result by one version of the checks."""

    id: str
    student: str
    attempt: int
    path: str
    late: bool
    result: Result
    key: str = ""  # what the student is known by, from run to run
    time: str = ""  # when the export says that it was handed in
    dated: bool = False  # does the export say of each whether it is late?
    origin: str = ""  # the key in the export, before a roster said who that is

    @property
    def who(self) -> str:
        """What tells this student from all others."""
        return self.key or self.student

    @property
    def raw(self) -> str:
        """What the export tells the student by."""
        return self.origin or self.who


class Store:
    """The results in a folder; use it in a with statement. Only one grader at a time may work in a folder."""

    def __init__(self, folder: Path) -> None:
        """Open or make grades.sqlite; AssignmentError if another grader is at work there."""
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = open(folder / ".lock", "w")  # noqa: SIM115 - held until close
        with contextlib.suppress(ImportError):  # Windows
            import fcntl

            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                self._lock.close()
                raise AssignmentError(f"another lrgrade is at work in {folder}: wait for it") from error
        self._db = sqlite3.connect(folder / "grades.sqlite", timeout=PATIENCE)
        try:
            self._prepare(folder)
        except BaseException:
            self._db.close()
            self._lock.close()
            raise

    def _prepare(self, folder: Path) -> None:
        """Set the database up; AssignmentError if an earlier lrgrade made it."""
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        made = self._db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'submission'").fetchone()[0]
        if made and self._db.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            raise AssignmentError(f"{folder} was made by another version of lrgrade: grade into a new folder")
        self._db.executescript(SCHEMA)
        self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def __enter__(self) -> "Store":
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self._db.close()
        self._lock.close()

    def secret(self) -> str:
        """Return this folder's own secret for hidden inputs, drawn at random at first use."""
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO fact VALUES ('secret', ?)", (os.urandom(32).hex(),))
        return str(self._db.execute("SELECT value FROM fact WHERE name = 'secret'").fetchone()[0])

    def claim(self, slug: str) -> None:
        """Keep the folder for one assignment; AssignmentError if it holds the results of another."""
        with self._db:
            self._db.execute("INSERT OR IGNORE INTO fact VALUES ('assignment', ?)", (slug,))
        held = self._db.execute("SELECT value FROM fact WHERE name = 'assignment'").fetchone()[0]
        if held != slug:
            raise AssignmentError(
                f"this folder holds the results of {held}, not of {slug}: give each a folder of its own"
            )

    def keep(self, name: str, value: Mapping[str, object]) -> None:
        """Keep facts under a name."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, json.dumps(value)))

    def kept(self, name: str, otherwise: dict[str, object]) -> dict[str, Any]:
        """Return what was kept under a name, or what it is otherwise."""
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        return dict(json.loads(row[0])) if row else otherwise

    def expect(self, submissions: Iterable[Submission]) -> list[str]:
        """Write down which submissions came in, beside those of earlier runs; return the students only of those.

        A student's attempts keep their order; what is new comes after what was there, unless this run holds both and
        says otherwise.
        """
        came: dict[str, list[Submission]] = {}
        for submission in submissions:
            came.setdefault(submission.key, []).append(submission)
        with self._db:
            for key, mine in came.items():
                known = [row[0] for row in self._db.execute(
                    "SELECT id FROM submission WHERE key = ? AND present ORDER BY attempt", (key,))]  # fmt: skip
                now = [s.id for s in mine]
                order = known if set(now) <= set(known) else [*(id for id in known if id not in now), *now]
                rows = [(s.id, s.key, s.student, 0, s.path, s.digest, s.late, s.dated, s.time, str(s.file.absolute()),
                         json.dumps(s.inside), s.problem, s.copy) for s in mine]  # fmt: skip
                self._db.executemany(f"INSERT OR REPLACE INTO submission VALUES ({'?, ' * 13}1)", rows)
                self._db.executemany(
                    "UPDATE submission SET attempt = ? WHERE id = ?", [(n, id) for n, id in enumerate(order, start=1)]
                )
                self._db.execute("UPDATE submission SET student = ? WHERE key = ?", (mine[-1].student, key))
        there = self._db.execute("SELECT DISTINCT key, student FROM submission WHERE present ORDER BY student")
        return [student for key, student in there if key not in came]

    def attend(self, withdrawn: Iterable[str]) -> None:
        """Let all students count but those withdrawn; nothing of theirs is deleted."""
        with self._db:
            self._db.execute("UPDATE submission SET present = 1")
            self._db.executemany("UPDATE submission SET present = 0 WHERE key = ?", [(key,) for key in withdrawn])

    def never_came(self, keys: Iterable[str]) -> list[str]:
        """Return those of the keys by which nobody is known."""
        there = {row[0] for row in self._db.execute("SELECT DISTINCT key FROM submission")}
        return [key for key in keys if key not in there]

    def waiting(self, version: str) -> list[Submission]:
        """Return the submissions that count and have no result by this version, of earlier runs too."""
        query = """SELECT student, attempt, path, digest, file, late, problem, inside, key, time, dated, copy
                   FROM submission WHERE present AND id NOT IN (SELECT submission FROM result WHERE version = ?)
                   ORDER BY student, key, attempt"""
        return [
            Submission(
                student, attempt, path, digest, Path(file), bool(late), problem, tuple(json.loads(inside)), *rest
            )
            for student, attempt, path, digest, file, late, problem, inside, *rest in self._db.execute(
                query, (version,)
            )
        ]

    def names(self) -> dict[str, list[str]]:
        """Return the names on the way to each submission's file: that of the file, and those inside archives."""
        query = "SELECT id, file, inside FROM submission"
        return {
            id: [Path(file).name, *map(name_only, json.loads(inside))] for id, file, inside in self._db.execute(query)
        }

    def save(self, submission: str, version: str, result: Result) -> None:
        """Write a result, in place of one with the same key."""
        with self._db:
            row = (submission, version, result.score, json.dumps(vars(result), default=vars))
            self._db.execute("INSERT OR REPLACE INTO result VALUES (?, ?, ?, ?)", row)

    def forget(self, version: str) -> None:
        """Drop the results of a version, so that all are graded again."""
        with self._db:
            self._db.execute("DELETE FROM result WHERE version = ?", (version,))

    def graded(self, version: str) -> list[Graded]:
        """Return all present submissions with their results by this version, by student and attempt."""
        query = """SELECT id, student, attempt, path, late, result, key, time, dated FROM submission
                   JOIN result ON submission = id WHERE version = ? AND present ORDER BY student, key, attempt, path"""
        return [
            Graded(id, student, attempt, path, bool(late), result_from(json.loads(text)), key, time, bool(dated))
            for id, student, attempt, path, late, text, key, time, dated in self._db.execute(query, (version,))
        ]

    def finish(self, version: str) -> dict[str, tuple[float, float]]:
        """Note that this version is complete; return the scores that it changed against the one before, old and new."""
        row = self._db.execute("SELECT value FROM fact WHERE name = 'version'").fetchone()
        changes: dict[str, tuple[float, float]] = {}
        if row is not None and row[0] != version:
            query = """SELECT a.submission, a.score, b.score FROM result a JOIN result b ON a.submission = b.submission
                       JOIN submission ON id = a.submission
                       WHERE present AND a.version = ? AND b.version = ? AND a.score != b.score"""
            changes = {id: (old, new) for id, old, new in self._db.execute(query, (row[0], version))}
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO fact VALUES ('version', ?)", (version,))
        return changes

    def version(self) -> str:
        """Return the version that was last completed; AssignmentError if there is none."""
        row = self._db.execute("SELECT value FROM fact WHERE name = 'version'").fetchone()
        if row is None:
            raise AssignmentError("nothing is graded here yet: run lrgrade grade first")
        return str(row[0])

    def save_marks(self, rows: Iterable[given.Row]) -> list[tuple[str, str]]:
        """Write the marks of a person, all or none; return the submissions and questions whose mark was another."""
        return given.save(self._db, self.version(), rows)

    def marks(self) -> dict[tuple[str, str], tuple[list[float], str]]:
        """Return the marks of people, by submission and question."""
        return given.marks(self._db, self.version())


def name_only(path: str) -> str:
    """Return the last name of a path inside an archive."""
    return path.rpartition("/")[2]


def result_from(row: dict[str, object]) -> Result:
    """Return a result as it was before it was written."""
    fields = dict(row)
    fields["checks"] = [Outcome(**outcome) for outcome in fields["checks"]]  # type: ignore[attr-defined]
    return Result(**fields)  # type: ignore[arg-type]


@contextlib.contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a path to write to, and put it in place of the old file when the block ends well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    yield draft
    os.replace(draft, path)
