"""Results on disk: SQLite, one row for each submission and version of the checks, written the moment it is known.

A grader that is killed loses at most the submissions it was at; the next run grades only what has no row. A row is
replaced by one with the same key, so that nothing is ever counted twice. Marks that people give are kept beside, and
no regrading touches them.
"""

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from .checks import AssignmentError
from .grading import Outcome, Result
from .submissions import Submission

SCHEMA = """
CREATE TABLE IF NOT EXISTS submission (
    id TEXT PRIMARY KEY, student TEXT NOT NULL, attempt INTEGER NOT NULL, path TEXT NOT NULL, digest TEXT NOT NULL,
    late INTEGER NOT NULL, present INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS result (
    submission TEXT NOT NULL REFERENCES submission, version TEXT NOT NULL, score REAL NOT NULL, result TEXT NOT NULL,
    PRIMARY KEY (submission, version));
CREATE TABLE IF NOT EXISTS mark (
    submission TEXT NOT NULL, question TEXT NOT NULL, points TEXT NOT NULL, comment TEXT NOT NULL,
    PRIMARY KEY (submission, question));
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
        self._db = sqlite3.connect(folder / "grades.sqlite")
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

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

    def keep(self, name: str, value: dict[str, object]) -> None:
        """Keep settings under a name."""
        with self._db:
            self._db.execute("INSERT OR REPLACE INTO fact VALUES (?, ?)", (name, json.dumps(value)))

    def kept(self, name: str) -> dict[str, object]:
        """Return settings that were kept; AssignmentError if there are none."""
        row = self._db.execute("SELECT value FROM fact WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise AssignmentError("nothing is graded here yet: run lrgrade grade first")
        return dict(json.loads(row[0]))

    def expect(self, submissions: Iterable[Submission]) -> None:
        """Write down which submissions there are now; what was there before and has gone no longer counts."""
        rows = [(s.id, s.student, s.attempt, s.path, s.digest, s.late) for s in submissions]
        with self._db:
            self._db.execute("UPDATE submission SET present = 0")
            self._db.executemany("INSERT OR REPLACE INTO submission VALUES (?, ?, ?, ?, ?, ?, 1)", rows)

    def done(self, version: str) -> set[str]:
        """Return the submissions that have a result by this version."""
        return {row[0] for row in self._db.execute("SELECT submission FROM result WHERE version = ?", (version,))}

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
        query = """SELECT id, student, attempt, path, late, result FROM submission JOIN result ON submission = id
                   WHERE version = ? AND present ORDER BY student, attempt, path"""
        return [
            Graded(id, student, attempt, path, bool(late), result_from(json.loads(text)))
            for id, student, attempt, path, late, text in self._db.execute(query, (version,))
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

    def save_marks(self, rows: Iterable[tuple[str, str, list[float], str]]) -> None:
        """Write the marks of a person: submission, question, points for each criterion, comment. All, or none."""
        packed = [(submission, question, json.dumps(points), comment) for submission, question, points, comment in rows]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?)", packed)

    def marks(self) -> dict[tuple[str, str], tuple[list[float], str]]:
        """Return the marks of people, by submission and question."""
        query = "SELECT submission, question, points, comment FROM mark"
        return {(s, q): (json.loads(points), comment) for s, q, points, comment in self._db.execute(query)}


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
