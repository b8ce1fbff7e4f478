"""Every file below a folder or inside an archive, in a fixed order; a line for each thing that cannot be looked into.

Links are never followed. Zip archives are read where they are and never unpacked to disk: their names stay names.
What one student sends, however much or deep, costs that student only.
"""

import contextlib
import io
import os
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .notebook import MOST_BYTES, UnreadableError, read_bytes

MOST_ENTRIES, MOST_DEPTH, MOST_ZIPPED, MOST_NESTED = 20_000, 40, 500 << 20, 3
PASSED_SILENTLY = {"__MACOSX", ".git", ".DS_Store", "__pycache__", "Thumbs.db", "desktop.ini"}
CHECKPOINTS = ".ipynb_checkpoints"
Parts = tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A file: its names from the top, where it lies, and its names inside archives; `reason` if it cannot be had."""

    parts: tuple[str, ...]
    path: Path
    inside: tuple[str, ...] = ()
    reason: str = ""

    def content(self) -> bytes:
        """Return the bytes; UnreadableError if they cannot be read."""
        if not self.inside:
            return read_bytes(self.path)
        content: bytes | Path = self.path
        for number, name in enumerate(self.inside, start=1):
            content = member(content, name, MOST_BYTES if number == len(self.inside) else MOST_ZIPPED)
        assert isinstance(content, bytes)
        return content


def walk(folder: Path) -> Iterator[Entry]:
    """Yield every file below a folder, those inside zip archives too; with its reason what cannot be opened."""
    waiting: list[tuple[Path, Parts]] = [(folder, ())]
    while waiting:
        here, parts = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            if not parts:
                raise
            yield Entry(parts, here, reason=f"the folder cannot be opened: {error.strerror}")
            continue
        if parts and not entries and here.name != CHECKPOINTS:
            yield Entry(parts, here, reason="the folder is empty")
        if parts and len(entries) > MOST_ENTRIES:
            yield Entry(parts, here, reason=f"the folder holds more than {MOST_ENTRIES} files")
            continue
        for entry in entries:
            yield from _one(entry, (*parts, entry.name), waiting)


def _one(
    entry: "os.DirEntry[str]", parts: tuple[str, ...], waiting: list[tuple[Path, tuple[str, ...]]]
) -> Iterator[Entry]:
    """Yield a file, or put a folder among those that wait."""
    path = Path(entry.path)
    if entry.name in PASSED_SILENTLY:
        return
    try:
        if entry.is_symlink():
            yield Entry(parts, path, reason="it is a link, and links are not followed")
        elif not entry.is_dir(follow_symlinks=False):
            yield from _file(path, parts)
        elif len(parts) > MOST_DEPTH:
            yield Entry(parts, path, reason=f"it lies more than {MOST_DEPTH} folders deep")
        else:
            waiting.append((path, parts))
    except OSError as error:
        yield Entry(parts, path, reason=f"cannot be looked at: {error.strerror}")


def _file(path: Path, parts: tuple[str, ...]) -> Iterator[Entry]:
    if not parts[-1].lower().endswith(".zip"):
        yield Entry(parts, path)
        return
    try:
        yield from _members(path, parts, path, ())
    except UnreadableError as error:
        yield Entry(parts, path, reason=str(error))


@contextlib.contextmanager
def opened(archive: bytes | Path) -> Iterator[zipfile.ZipFile]:
    """Open an archive, never through a link. A large one on disk is not read as a whole."""
    if isinstance(archive, bytes):
        with zipfile.ZipFile(io.BytesIO(archive)) as inner:
            yield inner
        return
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(archive, flags), "rb") as file, zipfile.ZipFile(file) as outer:
        yield outer


def _members(content: bytes | Path, parts: Parts, path: Path, inside: Parts) -> Iterator[Entry]:
    """Yield the files of an archive. Its name stands for a folder."""
    top = (*parts[:-1], parts[-1][: -len(".zip")] or parts[-1])
    names = [name for name in names_of(content) if not name.endswith("/")]
    if not names:
        yield Entry(parts, path, inside, "the archive is empty")
    for name in names:
        pieces = tuple(piece for piece in name.replace("\\", "/").split("/") if piece not in ("", ".", ".."))
        if not pieces or PASSED_SILENTLY & set(pieces):
            continue
        if len(pieces) > MOST_DEPTH:
            yield Entry(parts, path, inside, f"holds a file more than {MOST_DEPTH} folders deep")
        elif not name.lower().endswith(".zip"):
            yield Entry((*top, *pieces), path, (*inside, name))
        elif len(inside) + 1 >= MOST_NESTED:
            yield Entry((*top, *pieces), path, (*inside, name), f"is an archive in {MOST_NESTED} archives")
        else:
            try:
                yield from _members(member(content, name, MOST_ZIPPED), (*top, *pieces), path, (*inside, name))
            except UnreadableError as error:
                yield Entry((*top, *pieces), path, (*inside, name), str(error))


def names_of(content: bytes | Path) -> list[str]:
    """Return the names in an archive in a fixed order; UnreadableError if it is broken or holds too many."""
    try:
        with opened(content) as archive:
            names = sorted(set(archive.namelist()))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise UnreadableError(f"is an archive that cannot be read ({str(error)[:80]})") from error
    if len(names) > MOST_ENTRIES:
        raise UnreadableError(f"is an archive of more than {MOST_ENTRIES} files")
    return names


def member(content: bytes | Path, name: str, most: int) -> bytes:
    """Return a file of an archive; UnreadableError if it is broken, encrypted, or larger than `most` once unpacked."""
    try:
        with opened(content) as archive, archive.open(name) as file:
            unpacked = file.read(most + 1)  # its head may lie about the size
    except Exception as error:  # zlib, lzma and zipfile each have errors of their own
        raise UnreadableError(f"cannot be unpacked ({str(error)[:80]})") from error
    if len(unpacked) > most:
        raise UnreadableError(f"is larger than {most >> 20} MB when it is unpacked")
    return unpacked
