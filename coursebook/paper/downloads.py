"""Offer the book as files on its own site: copies in downloads/, to which links.py leads from the pages.

Only files are offered that were made from the very sources of the site. So no page leads to a missing file, or to the
book as it was before the last change. `make book`, `make pdf` and `make epub` call this before the pages are written.
"""

import json
import shutil
from pathlib import Path

from coursebook.source import settings

PAPER = Path("_build/paper")
STAMP = PAPER / ".made.json"
DOWNLOADS = "downloads"
KINDS = ("pdf", "epub")


def made(root: Path, inputs: str) -> list[str]:
    """Return the formats whose file is there and was made from the sources whose hash is `inputs`."""
    try:
        stamp = json.loads((root / STAMP).read_text())
    except (OSError, ValueError):
        stamp = {}
    return [kind for kind in KINDS if stamp.get(kind) == inputs and file_of(root, kind).is_file()]


def file_of(root: Path, kind: str) -> Path:
    """Return where the book is kept in this format, under the name that _config.yml gives."""
    return root / PAPER / f"{settings.of(root).file_name}.{kind}"


def remember(root: Path, kinds: list[str], inputs: str) -> None:
    """Note that the files of these formats are made from the sources whose hash is `inputs`."""
    (root / STAMP).write_text(json.dumps(dict.fromkeys(kinds, inputs)))


def offer(root: Path, site: Path, inputs: str) -> None:
    """Let the site's downloads/ hold the files that were made from the sources whose hash is `inputs`, and no other."""
    folder = site / DOWNLOADS
    shutil.rmtree(folder, ignore_errors=True)
    for kind in made(root, inputs):
        folder.mkdir(parents=True, exist_ok=True)
        made_file = file_of(root, kind)
        shutil.copyfile(made_file, folder / made_file.name)


def megabytes(file: Path) -> str:
    """Return the size of a file in words."""
    return f"{file.stat().st_size / 1e6:.1f} MB"
