"""Who the students are: the roster, and whom each name in an export means.

Somebody is known by the learning system's number, by an id, a login or an e-mail, and last by the name. What fits two
people, or fits one by number and another by name, is nobody's: it is listed, and a person decides.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from .checks import AssignmentError
from .store import Graded
from .tables import columns, plain, read_rows

ROSTER = "roster.csv"
BAR = " | "  # between the cells of a line that say who it is
COLUMNS = {
    "id": ("id", "student id", "sis user id", "sid", "id number", "org defined id", "sis login id", "username",
           "user name", "login", "login id", "matriculation number", "matrikelnummer"),
    "participant": ("identifier",),
    "name": ("name", "full name", "student", "student name", "display name"),
    "first": ("first name", "given name", "vorname"),
    "last": ("last name", "surname", "family name", "nachname"),
    "email": ("email", "email address", "mail"),
    "section": ("section", "sections", "tutorial", "class"),
    "group": ("group", "groups", "team", "group name"),
}  # fmt: skip
NUMBERED = re.compile(r"^(?P<name>.*\S) \((?P<number>\w+)\)$")


@dataclass(frozen=True)
class Person:
    """A line of the roster; `handles` are all ids, logins and e-mails under which a system may know the person."""

    id: str
    name: str
    email: str = ""
    section: str = ""
    group: str = ""
    handles: frozenset[str] = frozenset()
    participant: str = ""


class Class(NamedTuple):
    """A class as it is: its attempts under the people's names, who is missing, who is in no roster, what is unclear."""

    rows: list[Graded]
    absent: list[Person]
    strangers: list[str]
    people: dict[str, list[Person]]  # by Graded.who; several for a group


def read_roster(path: Path) -> list[Person]:
    """Return the people of a roster, a CSV with an id or a name in each line and any further columns, in any order."""
    head, rows = read_rows(path)
    at = columns(head, COLUMNS)
    if not (at["id"] or at["name"] or at["last"] or at["email"]):
        raise AssignmentError(f"{path}: a roster has a column id, name or e-mail; here are {', '.join(head) or 'none'}")
    people = []
    for row in rows:
        cells = {kind: [plain(row[place].strip()) for place in places] for kind, places in at.items()}
        if (person := person_of(cells)) is not None:
            people.append(person)
    seen: set[str] = set()
    for person in people:
        if person.id in seen:
            raise AssignmentError(f"{path}: {person.id} stands in it twice: give each person an id of their own")
        seen.add(person.id)
    if not people:
        raise AssignmentError(f"{path}: nobody stands in this roster")
    return people


def person_of(cells: dict[str, list[str]]) -> Person | None:
    """Return the person of a line; None if it names nobody, as the line of a gradebook that holds the most points."""
    one = {kind: next(filter(None, values), "") for kind, values in cells.items()}
    name = one["name"] or " ".join(filter(None, (one["first"], one["last"])))
    id = one["id"] or one["email"] or name
    if not id or "points possible" in name.lower():
        return None
    handles = {handle.lower() for handle in (*cells["id"], one["email"], one["email"].partition("@")[0]) if handle}
    participant = re.sub(r"\D", "", one["participant"])
    return Person(id, name or id, one["email"], one["section"], one["group"], frozenset(handles), participant)


def words_of(name: str) -> tuple[str, ...]:
    """Return the words of a name without case, accents, order and what stands in brackets behind it."""
    bare = found["name"] if (found := NUMBERED.match(name)) else name
    letters = unicodedata.normalize("NFKD", bare).casefold()
    return tuple(sorted(re.findall(r"\w+", "".join(c for c in letters if not unicodedata.combining(c)))))


def squeezed(name: str) -> str:
    """Return a name as Canvas squeezes "Lee, Ann" into a file's name: leeann."""
    last, comma, first = name.partition(",")
    parts = [last, first] if comma else [name.rpartition(" ")[2], name.rpartition(" ")[0]]
    return "".join("".join(re.findall(r"\w", part.casefold())) for part in parts)


def candidates(key: str, student: str, roster: list[Person]) -> list[Person]:
    """Return whom a name of an export can mean: one person, the members of a group, several if unclear, or nobody."""
    number = key.removeprefix("#").lower() if key.startswith("#") else ""
    by_number = [p for p in roster if number and (number in (p.participant, *p.handles))]
    bare = found["name"] if (found := NUMBERED.match(student)) else student
    first, _, rest = bare.lower().partition(" ")  # Brightspace puts an id or a login before the name
    by_handle = [p for p in roster if p.handles & {student.lower(), bare.lower(), key.lower()}]
    by_handle = by_handle or [p for p in roster if first in p.handles and set(words_of(rest)) <= set(words_of(p.name))]
    by_name = [p for p in roster if words_of(p.name) == words_of(student)]
    by_name = by_name or [p for p in roster if squeezed(p.name) == bare.casefold()]
    named = [*by_handle, *(p for p in by_name if p not in by_handle)] if len(by_name) == 1 else by_handle or by_name
    if by_number:
        return by_number if not named or by_number[0] in named else [*by_number, *named]
    return named


def members(row: Graded, roster: list[Person]) -> list[Person]:
    """Return the members of the group that handed in: those that Gradescope names, or those of the roster's group."""
    handed_in = row.raw.removeprefix("#").lower().split(" and ") if row.raw.startswith("#") else []
    if len(handed_in) > 1:
        named = [[p for p in roster if id in p.handles] for id in handed_in]
        return [found[0] for found in named] if all(len(found) == 1 for found in named) else []
    bare = found["name"] if (found := NUMBERED.match(row.student)) else row.student
    letters = "".join(re.findall(r"[^\W_]", bare.casefold()))
    return [p for p in roster if p.group and "".join(re.findall(r"[^\W_]", p.group.casefold())) == letters]


def enrol(rows: Iterable[Graded], roster: list[Person]) -> Class:
    """Return the class: attempts under the names of the roster, those of one person together."""
    found: list[Graded] = []
    people: dict[str, list[Person]] = {}
    strangers: dict[str, str] = {}
    first: dict[str, str] = {}  # of each person or group: the key under which it was first known, which codes come from
    count: dict[str, int] = {}
    for row in rows:
        who, name, team = row.who, row.student, members(row, roster)
        meant = team or candidates(row.raw, row.student, roster)
        if len(meant) > 1 and not team:
            strangers[row.student] = f"{row.student}: may be {' or '.join(f'{p.name} ({p.id})' for p in meant)}"
            meant = []
        elif roster and not meant:
            strangers[row.student] = f"{row.student}: is in no line of the roster"
        elif meant:
            name = " and ".join(person.name for person in meant)
        if meant:
            who = first.setdefault("\0".join(p.id for p in meant), row.who)
            people[who] = meant
        count[who] = count.get(who, 0) + 1
        found.append(replace(row, student=name, key=who, attempt=count[who], origin=row.raw))
    there = {person.id for meant in people.values() for person in meant}
    return Class(found, [p for p in roster if p.id not in there], sorted(strangers.values()), people)


def whom(text: str, group: Class) -> set[str]:
    """Return whom (Graded.who) a line of a table means: nobody if its cells, between bars, do not agree on one."""
    found = [one for cell in text.split(BAR) if (one := named_by(cell, group))]
    meant = set().union(*found)
    return meant if len(meant) == 1 else set()


def named_by(text: str, group: Class) -> set[str]:
    """Return whom a cell means: by path, name, number, id, login or e-mail.

    Somebody of the roster who has handed in nothing is a zero byte and the id: known, and without an attempt.
    """
    wanted, words = text.strip().lower(), words_of(text)
    exact, loose = set(), set()
    for row in group.rows:
        meant = group.people.get(row.who, [])
        number = row.raw.removeprefix("#").lower() if row.raw.startswith("#") else ""
        handles = {row.path.lower(), row.student.lower(), row.raw.lower()}
        handles |= {number, f"participant {number}"} if number else set()
        if wanted in handles or any(wanted in (p.id.lower(), p.participant, *p.handles) for p in meant):
            exact.add(row.who)
        elif words and (words == words_of(row.student) or any(words == words_of(p.name) for p in meant)):
            loose.add(row.who)
    for person in group.absent:
        if wanted in (person.id.lower(), person.participant, *person.handles):
            exact.add(f"\0{person.id}")
        elif words == words_of(person.name):
            loose.add(f"\0{person.id}")
    return exact or (loose if len(loose) == 1 else set())
