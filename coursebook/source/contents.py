"""The table of contents: the pages of the book in reading order, and which of them are chapters.

Everything that goes through the book asks here: the gates, the execution, the pages, the EPUB. A folder without a
_toc.yml, such as a test's, is read in the order of its chapters' names.
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from sphinx_external_toc.api import Document, SiteMap
from sphinx_external_toc.parsing import parse_toc_yaml

TOC = "_toc.yml"
OWN_PAGES = "book/"
CHAPTERS = "chapters/"  # a page in this folder is a chapter: executed, claimed and tested


MASTERS = "assignments/*/master.md"
WRITTEN = (CHAPTERS, OWN_PAGES)  # the folders in which authors write pages


class Entry(NamedTuple):
    """One page: the caption of the part that it belongs to (empty for the first page), and its name, such as index."""

    part: str
    name: str


def entries(root: Path) -> list[Entry]:
    """Return the pages of the book at root in reading order."""
    toc = root / TOC
    if not toc.is_file():
        return [Entry("", f"{CHAPTERS}{path.stem}") for path in sorted((root / CHAPTERS).glob("*.md"))]
    site_map = parse_toc_yaml(toc)
    return list(_walk(site_map, site_map.root, ""))


def _walk(site_map: SiteMap, page: Document, part: str) -> Iterator[Entry]:
    yield Entry(part, page.docname.removesuffix(".md"))
    for tree in page.subtrees:
        for item in tree.items:
            if str(item) in site_map:  # a link to another site is no page
                yield from _walk(site_map, site_map[str(item)], part or tree.caption or "")


def names(root: Path) -> list[str]:
    """Return the names of the pages in reading order, such as chapters/sums."""
    return [entry.name for entry in entries(root)]


def chapters(root: Path) -> list[Path]:
    """Return the files of the chapters in reading order."""
    return [root / f"{name}.md" for name in names(root) if name.startswith(CHAPTERS)]


def written(root: Path) -> list[Path]:
    """Return the files that authors write: the chapters in reading order, then the site's own pages by name."""
    return [*chapters(root), *sorted((root / OWN_PAGES).glob("*.md"))]


def worded(root: Path) -> list[Path]:
    """Return the files whose words readers meet: what authors write, the first page, the assignments' masters."""
    first = [path for path in (root / f"{name}.md" for name in names(root)[:1]) if path.is_file()]
    return list(dict.fromkeys([*written(root), *first, *sorted(root.glob(MASTERS))]))


def page_name(path: Path) -> str:
    """Return what lists call a page: sums for sums.md, the folder of an assignment, sums.js for a figure's module."""
    return path.parent.name if path.match(MASTERS) else path.name.removesuffix(".md")


def packages(root: Path) -> list[Path]:
    """Return the folders of the Python packages that lie in the book's folder."""
    return [path.parent for path in sorted(root.glob("*/__init__.py"))]


def in_order(root: Path, found: Collection[str]) -> list[str]:
    """Return the names that were found in reading order, those that the table of contents lacks at the end."""
    return [name for name in dict.fromkeys([*names(root), *sorted(found)]) if name in found]


def chapter_names(root: Path, found: Collection[str]) -> list[str]:
    """Return the names of the chapters among those that were found, in reading order."""
    return [name for name in in_order(root, found) if name.startswith(CHAPTERS)]


def unlisted(root: Path) -> list[Path]:
    """Return the chapters' files that the table of contents does not list: nobody would execute or publish them."""
    return sorted(set((root / CHAPTERS).glob("*.md")) - set(chapters(root)))


def data_of(modules: Iterable[Path]) -> set[Path]:
    """Return the data that modules read: mylib/means.json is that of mylib/means.py, mylib/tables/ that of all."""
    named = {table for module in modules for table in module.parent.glob(f"{module.stem}.json")}
    return named | {table for folder in {module.parent for module in modules} for table in folder.glob("tables/*")}
