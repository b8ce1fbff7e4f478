"""What `lrgrade doctor` says: whether students' code can be held here, and who counts the memory that it takes."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from . import sandbox
from .inside import jupyter
from .sandbox import Limits

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")
UNLIMITED = 1 << 60  # cgroup v1 writes a huge number where there is no limit
ADVICE = "systemd-run --user --scope -p MemoryMax=4G -p MemorySwapMax=0 lrgrade grade …"


class Finding(NamedTuple):
    """A line of the report; a problem is one that keeps lrgrade from grading."""

    words: str
    problem: bool = False


def findings() -> Iterator[Finding]:
    """Yield what there is here, one thing after the other."""
    why = sandbox.available()
    if why:
        yield Finding(f"sandbox: none. {why}", problem=True)
    else:
        who = f"as user {sandbox.NOBODY} and following" if os.getuid() == 0 else "as you, without any privilege"
        yield Finding(f"sandbox: works; students' code runs {who}")
    yield Finding(f"Python {sys.version.split()[0]} at {os.path.realpath(sys.executable)}")
    if jupyter.transformer() is None:
        yield Finding("notebooks' syntax: no IPython, so that %magic and !commands are errors: install ipython", True)
    else:
        yield Finding("notebooks' syntax: read by IPython")
    yield Finding(f"memory: {memory()}")
    free = shutil.disk_usage(".").free
    yield Finding(f"disk: {free / 1e9:.1f} GB are free here", problem=free < 100_000_000)


def memory() -> str:
    """Return who counts what submissions take."""
    each = f"each submission may take {Limits().memory >> 20} MB"
    counted = f"{each}, added up from /proc twenty times a second; what it takes and gives back in between is not seen"
    if (most := limit()) is None:
        return f"{counted}. No cgroup limits this run; to have the kernel count all of it: {ADVICE}"
    return f"{counted}. Together they, and lrgrade, may take {most >> 20} MB: the kernel's own count, by a cgroup"


def limit(own: Path = OWN, groups: Path = GROUPS) -> int | None:
    """Return the bytes that the cgroup of this process, or one above it, allows; None if there is no limit."""
    found = []
    try:
        lines = own.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root, name = (groups / "memory", "memory.limit_in_bytes") if controllers else (groups, "memory.max")
        place = root / path.lstrip("/")
        found += [number for folder in (place, *place.parents) if folder.is_relative_to(root)
                  for number in _number(folder / name)]  # fmt: skip
    return min(found, default=None)


def _number(path: Path) -> list[int]:
    """Return a limit in a file, if there is such a file and it holds one."""
    try:
        text = path.read_text().strip()
    except OSError:
        return []
    return [int(text)] if text.isdigit() and int(text) < UNLIMITED else []
