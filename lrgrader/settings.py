"""What a term was told, in one readable file of its folder: it holds until something else is said.

settings.toml is written by every `lrgrade grade`, and may be edited by hand: the next run says what that changes.
The secret is not in it, only a fingerprint that tells two secrets apart.
"""

import hashlib
import hmac
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from .checks import AssignmentError
from .policy import Policy, read_time
from .store import replaced

FILE = "settings.toml"
OWN = "drawn at random, kept in grades.sqlite"
HEAD = "# What lrgrade was last told about this term. It may be edited: the next run says what that changes.\n"
MOST_GRACE = 527_040  # minutes: a year
CHOICES = ("last", "best", "first")

KINDS = {str: "a text in quotes", bool: "true or false", int: "a whole number", float: "a number",
         list: "a list of names in quotes", dict: "a table"}  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """The settings of one assignment's folder; times are as text, so that the file stays readable."""

    assignment: str = ""
    secret: str = OWN
    published_numbers: bool = False
    anonymous: bool = False
    book: str = ""
    attempts: str = "last"
    most_attempts: int = 0
    deadline: str = ""
    grace: float = 0.0  # minutes
    late_penalty: float = 0.0  # percent a day
    late_days: int = 0
    free_days: int = 0
    withdrawn: list[str] = field(default_factory=list)  # by what the export knows them by
    extensions: dict[str, str] = field(default_factory=dict)
    times: dict[str, str] = field(default_factory=dict)

    def told(self, options: Mapping[str, Any]) -> "Settings":
        """Return the settings after the options of a command; None is an option that was not given.

        Tables add to what is there. "none" takes a deadline back.
        """
        given = {name: value for name, value in options.items() if value is not None and name in vars(self)}
        for table in ("extensions", "times"):
            given[table] = {**getattr(self, table), **given.get(table, {})}
        if given.get("deadline", "").lower() == "none":
            given["deadline"] = ""
        made = replace(self, **given)
        if (options.get("times") or options.get("extensions")) and not made.deadline:
            raise AssignmentError("times and extensions say when work was or may be handed in; say also --deadline")
        made.policy()  # which says what cannot be meant
        return made

    def policy(self, times: Mapping[str, str] | None = None, extensions: Mapping[str, str] | None = None) -> Policy:
        """Return the policy; `times` and `extensions` are the tables once it is known whom each line means."""
        if not 0 <= self.late_penalty <= 100:
            raise AssignmentError(
                f"the late penalty is a percentage of the points for each day, got {self.late_penalty:g}"
            )
        if self.attempts not in CHOICES:
            raise AssignmentError(f"attempts is one of {', '.join(CHOICES)}, got {self.attempts!r}")
        if not self.grace <= MOST_GRACE:
            raise AssignmentError(f"grace is a number of minutes, at most {MOST_GRACE}, got {self.grace:g}")
        if self.free_days and not self.deadline:
            raise AssignmentError("free days are counted from the deadline: say also --deadline")
        if low := [name for name in ("most_attempts", "grace", "late_days", "free_days") if getattr(self, name) < 0]:
            raise AssignmentError(f"{low[0]} is 0 or more, got {getattr(self, low[0])}")
        return Policy(
            attempts=self.attempts,
            most_attempts=self.most_attempts,
            deadline=read_time(self.deadline) if self.deadline else None,
            grace=timedelta(minutes=self.grace),
            percent_a_day=self.late_penalty,
            most_days=self.late_days,
            free_days=self.free_days,
            times={name: read_time(text) for name, text in (self.times if times is None else times).items()},
            extensions={
                name: read_time(text) for name, text in (self.extensions if extensions is None else extensions).items()
            },
        )

    def changes(self, before: "Settings") -> list[str]:
        """Return what is other than before, a setting each."""
        said = []
        for item in fields(self):
            old, new = getattr(before, item.name), getattr(self, item.name)
            if old != new and isinstance(new, dict):
                said.append(f"{item.name}: {sum(old.get(name) != value for name, value in new.items())} lines new")
            elif old != new:
                said.append(f"{item.name.replace('_', ' ')}: {shown(old)} -> {shown(new)}")
        return said


def shown(value: object) -> str:
    """Return a setting in a sentence."""
    if isinstance(value, list):
        return ", ".join(value) or "nobody"
    return "none" if value == "" else str(value)


def fingerprint(secret: str) -> str:
    """Return what may be seen of a secret: enough to tell two apart."""
    return hmac.new(secret.encode(), b"fingerprint", hashlib.sha256).hexdigest()[:16]


def read(folder: Path) -> Settings | None:
    """Return the settings of a folder, None if it has none; AssignmentError if a person has made them unreadable."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise AssignmentError(f"{path}: cannot be read ({error}). Correct it, or delete it: the last run's settings "
                              "are kept in grades.sqlite too") from error  # fmt: skip
    made = settings_from(values, str(path))
    try:
        made.policy()
    except AssignmentError as error:
        raise AssignmentError(f"{path}: {error}") from error
    return made


def settings_from(values: dict[str, Any], where: str) -> Settings:
    """Return settings of their values by name; AssignmentError for a name or a type that there is not."""
    normal = Settings()
    for name, value in values.items():
        if name not in vars(normal):
            raise AssignmentError(f"{where}: there is no setting {name!r}; there are {', '.join(vars(normal))}")
        kind = type(getattr(normal, name))
        kinds = (int, float) if kind is float else (kind,)
        if not isinstance(value, kinds) or (isinstance(value, bool) and kind is not bool):
            raise AssignmentError(f"{where}: {name} is {KINDS[kind]}, got {value!r}")
        if isinstance(value, list) and not all(isinstance(key, str) for key in value):
            raise AssignmentError(f"{where}: {name} is a list of names in quotes, got {value!r}")
        if isinstance(value, dict) and not all(isinstance(text, str) for text in value.values()):
            raise AssignmentError(f'{where}: in {name} each line is a name and a time, both in quotes: "ann" = "…"')
    return Settings(**values)


def write(folder: Path, settings: Settings) -> None:
    """Write the settings in place of those before; the tables come last, as TOML wants it."""
    lines, tables = [HEAD], []
    for name, value in vars(settings).items():
        if isinstance(value, dict):
            rows = [
                f"{json.dumps(k, ensure_ascii=False)} = {json.dumps(v, ensure_ascii=False)}" for k, v in value.items()
            ]
            tables += ["", f"[{name}]", *rows]
        else:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    with replaced(folder / FILE) as draft:
        draft.write_text("\n".join([*lines, *tables]) + "\n", encoding="utf-8")
