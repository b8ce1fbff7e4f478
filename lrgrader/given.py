"""Marks that people give: kept by student and words of the answer, so that they survive whatever else changes."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

Row = tuple[str, str, list[float], str]  # submission, question, points for each criterion, comment


def save(db: sqlite3.Connection, version: str, rows: Iterable[Row]) -> list[tuple[str, str]]:
    """Write the marks of a person, all or none; return the submissions and questions whose mark was another.

    The mark that was there is kept in `mark_before`.
    """
    known = answers(db, version)
    had, replaced = marks(db, version), []
    now = datetime.now().isoformat(timespec="seconds")
    with db:
        for submission, question, points, comment in rows:
            key, text = known[submission, question]
            if (submission, question) in had and had[submission, question] != (points, comment):
                replaced.append((submission, question))
                db.execute(
                    "INSERT INTO mark_before SELECT *, ? FROM mark WHERE key = ? AND question = ? AND text = ?",
                    (now, key, question, text),
                )
            packed = (key, question, text, json.dumps(points), comment)
            db.execute("INSERT OR REPLACE INTO mark VALUES (?, ?, ?, ?, ?)", packed)
    return replaced


def marks(db: sqlite3.Connection, version: str) -> dict[tuple[str, str], tuple[list[float], str]]:
    """Return the marks of people, by submission and question: those given to this student for these very words.

    Where one who no longer counts and one who has no mark wrote the very same words, and nobody else, it is the
    same student under another name, and the marks follow.
    """
    given: dict[tuple[str, str, str], tuple[list[float], str]] = {}
    for key, question, text, points, comment in db.execute("SELECT * FROM mark"):
        given[key, question, text] = (json.loads(points), comment)
    there = {row[0] for row in db.execute("SELECT key FROM submission WHERE present")}
    left: dict[tuple[str, str], list[tuple[list[float], str]]] = {}
    for (key, question, text), mark in given.items():
        if key not in there:
            left.setdefault((question, text), []).append(mark)
    known = answers(db, version) if given else {}
    found: dict[tuple[str, str], tuple[list[float], str]] = {}
    heirs: dict[tuple[str, str], set[str]] = {}
    for (_, question), (key, text) in known.items():
        heirs.setdefault((question, text), set()).add(key)
    for (submission, question), (key, text) in known.items():
        same = left.get((question, text), []) if len(heirs[question, text]) == 1 else []
        if (key, question, text) in given:
            found[submission, question] = given[key, question, text]
        elif len(same) == 1:
            found[submission, question] = same[0]
    return found


def answers(db: sqlite3.Connection, version: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the student's key and the digest of the words of each written answer, by submission and question."""
    query = "SELECT id, key, result FROM submission JOIN result ON submission = id WHERE version = ? AND present"
    found = {}
    for id, key, result in db.execute(query, (version,)):
        for question, words in json.loads(result)["written"].items():
            found[id, question] = (key, digest_of(words))
    return found


def digest_of(words: str) -> str:
    """Return what tells the words of an answer from others; spaces between them do not count."""
    return hashlib.sha256(" ".join(words.split()).encode("utf-8", "surrogatepass")).hexdigest()[:32]
