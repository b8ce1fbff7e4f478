"""A page that this build did not make is removed: Sphinx leaves the pages of renamed or removed chapters in place.

Such a page could still be found by its old address, linked from a search engine, and put into the EPUB.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from coursebook.source import extension

EXTRA_PAGES: extension.Stored[set[str]] = extension.Stored("extra_pages", set)


def note_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Note what is written beside the documents: the search, the page for wrong addresses."""
    if doctree is None:
        EXTRA_PAGES.of(app).add(pagename)


def remove_stale(app: Sphinx, error: Exception | None) -> None:
    """Remove all pages that are neither a document of the book nor written by this build."""
    if error is not None or app.builder.name != "html":
        return
    extra = EXTRA_PAGES.of(app)
    if not extra:  # nothing was out of date: Sphinx wrote no page at all, not even the search
        return
    out = Path(app.outdir)
    known = app.env.found_docs | extra
    for page in out.rglob("*.html"):
        name = page.relative_to(out).with_suffix("").as_posix()
        if not name.startswith("_") and name not in known:
            page.unlink()


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("html-page-context", note_page)
    app.connect("build-finished", remove_stale)
    return extension.metadata()
