"""Whose a file is, by its name and its folders: the layouts in which learning systems hand out what was handed in.

The system's own pattern is looked for at every level, the nearest to the top first. Without one, a student is a folder
or a file's name, below the folders that only wrap (one folder that holds everything) or divide (sections).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

MOODLE = re.compile(r"^(?P<student>.+?)(?:_(?P<id>\d+))?_assignsubmission_(?:file|onlinetext)(?:_(?P<rest>.*))?$")
CANVAS = re.compile(
    r"^(?:(?!LATE_|anon_)(?P<student>.+?)_)?(?:(?P<late>LATE)_)?(?P<id>(?!(?:19|20)\d\d_[01]?\d_)\d+|anon_[A-Za-z0-9]+)_(?:\d+_.+|(?:text|link)\.html)$"
)
BLACKBOARD = re.compile(
    r"^(?P<before>.+_(?P<student>[^_]+))_attempt_(?P<when>\d{4}(?:-\d\d){5})(?:_(?P<rest>.*)|(?P<receipt>\.txt))?$"
)
RECEIPT = re.compile(r"\AName: (?P<name>[^\r\n]*) \((?P<id>[^()\r\n]+)\)\r?\n")
BRIGHTSPACE = re.compile(r"^(?P<id>\d+)-\d+ - (?P<student>.+?) ?- (?P<when>[^-]*\d{4}[^-]*)$")
GRADESCOPE = re.compile(r"^submission_(?P<id>\d+)$")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
D2L_TIME = re.compile(
    r"(?i)^(?:(?P<m>[a-z]{3})[a-z]* (?P<d>\d{1,2})|(?P<d2>\d{1,2}) (?P<m2>[a-z]{3})[a-z]*),? (?P<y>\d{4}) "
    r"(?P<h>\d{1,2}):?(?P<min>\d\d) ?(?P<ap>[ap])\.?m\.?$"
)
ATTEMPT = re.compile(r"(?i)(?<![a-z])(?:attempt|try|version|v)[ _-]?(\d{1,3})\b")
COPY = re.compile(r"(?: ?\((\d{1,3})\)|-(\d{1,3}))$")
SECTION = re.compile(r"(?i)^(?:section|group|class|lab|tutorial|sec)\b")
WRAPPER = re.compile(r"(?i)^.*(?:submi|handed|hand-?in|export|download|notebook|archive|abgab|all\b|class)")
SUFFIX = re.compile(r"(?i)(-checkpoint)?(\.ipynb)?(\.txt|\.json)?$")


@dataclass(frozen=True)
class Known:
    """Who somebody is by what the system has put beside the work: Gradescope's metadata, Blackboard's receipts."""

    key: str
    name: str
    time: str = ""


@dataclass(frozen=True)
class Place:
    """Whose a file is, in which order among that student's files, and whether the system calls it late.

    `key` is what the student is known by from run to run: "#" and the system's number, or a name. `time` is when it was
    handed in, if the name says so; `dated` whether this system marks what is late.
    """

    student: str
    late: bool
    order: tuple[int, str, int, str]
    receipt: bool = False
    key: str = ""
    time: str = ""
    dated: bool = False


class Found(NamedTuple):
    """What a name in one of the systems' patterns says."""

    student: str
    key: str
    late: bool = False
    time: str = ""
    when: str = ""
    dated: bool = False


def stem_of(name: str) -> str:
    """Return a file's name without the suffix of a notebook, or of a notebook that was renamed."""
    return SUFFIX.sub("", name)


def place(
    parts: Sequence[str], depth: int, slug: str, known: Mapping[str, Known] | None = None, doubted: Collection[str] = ()
) -> Place:
    """Return the place of a file, given its path and how many folders at its beginning only wrap or divide.

    `doubted` are numbers that look like Canvas's and are not. Names that people choose may look like the pattern of
    Canvas or of GitHub Classroom: these are believed only where students stand, and not inside a student's folder.
    """
    reach = depth
    while reach < len(parts) - 1 and WRAPPER.match(parts[reach]):
        reach += 1
    for level, part in enumerate(parts):
        last, high = level == len(parts) - 1, level <= reach
        found = _by_pattern(stem_of(part) if last else part, part, last, known or {}, high)
        if found is not None and not (found.dated and found.key[1:] in doubted):
            receipt = part.endswith(".txt") and bool(found.when) and last
            order = _order(parts[level:], found.when)
            return Place(found.student, found.late, order, receipt, found.key, found.time, found.dated)
        wraps = level < reach and parts[level + 1].startswith(f"{slug}-")
        if slug and high and not (last or wraps) and part.startswith(f"{slug}-"):  # GitHub Classroom made it
            student = part.removeprefix(f"{slug}-")
            return Place(student, False, _order(parts[level + 1 :], ""), key=student)
    own = parts[depth:] if len(parts) > depth else parts[-1:]
    student = (own[0] if len(own) > 1 else _bare(own[0]) or stem_of(own[0])) or "(no name)"
    section = parts[depth - 1] if 0 < depth < len(parts) and SECTION.match(parts[depth - 1]) else ""
    return Place(student, False, _order(own[1:] or own, ""), key=f"{section}/{student}" if section else student)


def is_students(name: str) -> bool:
    """Is this a student's folder in an export of Moodle or Brightspace, by its name alone?"""
    found = BRIGHTSPACE.match(name)
    return bool(MOODLE.match(name) or (found and d2l_time(found["when"])))


def not_canvas(paths: Iterable[Sequence[str]]) -> set[str]:
    """Return the numbers that look like Canvas's and stand beside several names: dates and versions, not people."""
    names: dict[str, set[str]] = {}
    for path in paths:
        if (match := CANVAS.match(path[-1])) is not None:
            names.setdefault(match["id"], set()).add(match["student"] or "")
    return {id for id, those in names.items() if len(those) > 1}


def _by_pattern(stem: str, name: str, file: bool, known: Mapping[str, Known], high: bool) -> Found | None:
    """Return what a name in one of the systems' patterns says; two students may share a name, so numbers tell them.

    `high`: it stands where students stand; there, a folder too may be an archive that Canvas handed out.
    """
    if match := MOODLE.match(stem):
        number = match["id"]
        return Found(f"{match['student']} ({number})" if number else match["student"], f"#{number}" if number else "")
    if match := BLACKBOARD.match(name):
        said = known.get(f"{match['before']}_attempt_{match['when']}")
        time = datetime.strptime(match["when"], "%Y-%m-%d-%H-%M-%S").isoformat() if _is_time(match["when"]) else ""
        return Found(said.name if said else match["student"], said.key if said else match["student"], False, time,
                     match["when"])  # fmt: skip
    if match := BRIGHTSPACE.match(stem):
        time = d2l_time(match["when"])
        return Found(f"{match['student']} ({match['id']})", f"#{match['id']}", False, time, time or match["when"])
    if not file and (match := GRADESCOPE.match(stem)):
        said = known.get(stem)
        return Found(said.name, said.key, False, said.time, said.time) if said else Found(stem, stem)
    if high and (match := CANVAS.match(name)):
        id, late = match["id"], bool(match["late"])
        student = f"{match['student']} ({id})" if match["student"] else id
        return Found(student, f"#{id}", late, dated=True)
    return None


def _is_time(text: str) -> bool:
    try:
        datetime.strptime(text, "%Y-%m-%d-%H-%M-%S")
    except ValueError:
        return False
    return True


def d2l_time(text: str) -> str:
    """Return a time as Brightspace writes it ("Jul 30, 2026 1053 PM", "05 March 2026 612 PM"), or nothing."""
    if (match := D2L_TIME.match(text.strip())) is None:
        return ""
    month, day = (match["m"] or match["m2"]).lower(), int(match["d"] or match["d2"])
    hour = int(match["h"]) % 12 + 12 * (match["ap"].lower() == "p")
    try:
        return datetime(int(match["y"]), MONTHS.index(month) + 1, day, hour, int(match["min"])).isoformat()
    except ValueError:
        return ""


def _order(tail: Sequence[str], when: str) -> tuple[int, str, int, str]:
    """Return what sorts the files of a student: the attempt that is named, the time, the number of a copy, the name."""
    attempt = ATTEMPT.search("/".join(tail))
    copy = COPY.search(stem_of(tail[-1]))
    number = int(copy[1] or copy[2]) if copy else 0
    return (int(attempt[1]) if attempt else 0, when, number, "/".join(tail))


def wrapping(paths: Iterable[Sequence[str]]) -> dict[tuple[str, ...], int]:
    """Return how many folders at the beginning of a path only wrap or divide, by the folders at its beginning.

    Folders that hold everything are gone into, if there is more than one student's work in the last of them. A folder
    that holds no work itself and two or more folders of it, which are no attempts, is a section.
    """
    every = [tuple(path) for path in paths]
    common = 0
    while every and all(len(path) > common + 1 for path in every) and len({path[common] for path in every}) == 1:
        common += 1
    folders = {path[common] for path in every if len(path) > common + 1 and not ATTEMPT.search(path[common])}
    files = {_bare(path[common]) for path in every if len(path) == common + 1}
    above = every[0][common - 1] if common else ""
    # Files alone in a folder are one student's, unless their number or the folder's name says otherwise.
    wraps = len(folders) > 1 or (not folders and (len(files) > 2 or (len(files) > 1 and WRAPPER.match(above))))
    depth = common if wraps else 0
    sections = _sections(every, depth)
    return {path[: depth + 1]: depth + (path[depth : depth + 1] in sections) for path in every}


def _bare(name: str) -> str:
    """Return a file's name without suffix, attempt and number of a copy."""
    return COPY.sub("", ATTEMPT.sub("", stem_of(name)).strip(" _-")).strip(" _-")


def _sections(every: list[tuple[str, ...]], depth: int) -> set[tuple[str, ...]]:
    """Return the folders at this depth that divide the class."""
    below: dict[tuple[str, ...], set[str]] = {}
    direct = {path[depth : depth + 1] for path in every if len(path) == depth + 2}
    for path in every:
        if len(path) > depth + 2 and not ATTEMPT.search(path[depth + 1]):
            below.setdefault(path[depth : depth + 1], set()).add(path[depth + 1])
    whole = {top for top, inner in below.items() if top not in direct and (len(inner) > 1 or SECTION.match(top[0]))}
    known = set().union(*(below[top] for top in whole))
    whole |= {top for top, inner in below.items() if top not in direct and inner <= known}
    flat = {top for top in direct if SECTION.match(top[0])}
    own = {top: {_bare(path[-1]) for path in every if path[depth : depth + 1] == top} for top in flat}
    groups = {top for top in flat if len(own[top]) == 1 and any(own[top] == own[o] for o in flat if o != top)}
    return whole | (flat - groups)
