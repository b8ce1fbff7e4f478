"""Names as they can be shown, and who people are by what a system puts beside their work."""

import hashlib
import os
import unicodedata
from collections.abc import Iterable
from datetime import datetime

import yaml

from .layout import BLACKBOARD, RECEIPT, Known
from .notebook import UnreadableError, clean
from .walking import Entry

TOLD = ("submission_metadata.yml", "index.html")  # what a system puts beside the students' work at the top


def clean_name(name: str) -> str:
    """Return a file name that can be shown: normal characters, one way of writing each, not too long.

    What had to be changed gets a mark of its own, so that nobody hands in under a name that only looks like another's.
    """
    raw = name.encode("utf-8", "surrogateescape") if name.isascii() else os.fsencode(name)
    normal = unicodedata.normalize("NFC", raw.decode("utf-8", "replace"))
    cleaned = clean(normal, 200).replace("\n", " ").replace("\t", " ").strip()
    return cleaned if cleaned == normal else f"{cleaned} [{hashlib.sha256(raw).hexdigest()[:6]}]"


def shown_path(parts: Iterable[str]) -> str:
    """Return a path as it is shown."""
    return "/".join(map(clean_name, parts))


def beside(entries: list[Entry]) -> dict[str, Known]:
    """Return who people are by what the system has put beside their work; what cannot be read says nothing."""
    known: dict[str, Known] = {}
    for entry in entries:
        name = entry.parts[-1]
        receipt = BLACKBOARD.match(name) if name.endswith(".txt") and not entry.reason else None
        try:
            if name == TOLD[0] and not entry.reason:
                known.update(of_gradescope(entry.content()))
            elif receipt and receipt["receipt"]:
                found = RECEIPT.match(entry.content().decode("utf-8-sig", "replace"))
                if found and receipt["before"].endswith(f"_{found['id']}"):
                    who = clean_name(found["id"])
                    known[name.removesuffix(".txt")] = Known(who, f"{clean_name(found['name'])} ({who})")
        except UnreadableError:
            continue
    return known


def of_gradescope(content: bytes) -> dict[str, Known]:
    """Return who handed in each folder submission_N, by Gradescope's submission_metadata.yml."""
    try:
        told = yaml.load(content, Loader=yaml.CSafeLoader)
        people = {folder: facts[":submitters"] for folder, facts in told.items()}
        known = {}
        for folder, submitters in people.items():
            ids = [str(person.get(":sid") or person.get(":email") or person[":name"]) for person in submitters]
            names = [str(person.get(":name") or id) for person, id in zip(submitters, ids, strict=True)]
            when = told[folder].get(":created_at")
            time = when.isoformat() if isinstance(when, datetime) else ""
            who = clean_name(" and ".join(ids))
            known[str(folder)] = Known(f"#{who}", f"{clean_name(' and '.join(names))} ({who})", time)
        return known
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return {}
