"""Offer the book as files on its own site: copies in downloads/, and links where a page keeps a place for them.

A page keeps the place with two comments, `<!-- downloads -->` and `<!-- /downloads -->`. Between them stand links to
the files that were made from the very sources that the site is built from, and nothing where there are none. So no
page leads to a file that is not there, or to the book as it was before the last change. `make book`, `make pdf` and
`make epub` call this.
"""

import json
import re
import shutil
from html import escape
from pathlib import Path

from coursebook.source import settings

PAPER = Path("_build/paper")
STAMP = PAPER / ".made.json"
DOWNLOADS = "downloads"
KINDS = ("pdf", "epub")
WORDS = {"pdf": "PDF to print", "epub": "EPUB for e-readers"}
PLACE = re.compile(r"(<!-- downloads -->).*?(<!-- /downloads -->)", re.DOTALL)


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
    """Bring downloads/, and each place for links on the site's pages, in step with the files that are made."""
    folder = site / DOWNLOADS
    shutil.rmtree(folder, ignore_errors=True)
    kinds = made(root, inputs)
    for kind in kinds:
        folder.mkdir(exist_ok=True)
        made_file = file_of(root, kind)
        shutil.copyfile(made_file, folder / made_file.name)
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        up = "../" * (len(page.relative_to(site).parts) - 1)
        links = ", ".join(_link(root, kind, up) for kind in kinds)
        # Paper shows no way to itself: `web-only`.
        line = f'<p class="downloads web-only">The whole book: {links}</p>' if links else ""
        new = PLACE.sub(rf"\g<1>{line}\g<2>", text)
        if new != text:
            page.write_text(new, encoding="utf-8")


def _link(root: Path, kind: str, up: str) -> str:
    file = file_of(root, kind)
    return f'<a href="{up}{DOWNLOADS}/{file.name}" download>{escape(WORDS[kind])} ({megabytes(file)})</a>'


def megabytes(file: Path) -> str:
    """Return the size of a file in words."""
    return f"{file.stat().st_size / 1e6:.1f} MB"
