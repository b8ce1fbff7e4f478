"""A page that this build did not make goes: Sphinx leaves the pages of renamed or removed chapters where they were.

Such a page could still be found by its old address, linked from a search engine, and put into the EPUB.
"""

from pathlib import Path


def note_page(app, pagename, templatename, context, doctree):
    """Note what is written beside the documents: the search, the page for wrong addresses."""
    if doctree is None:
        app.extra_pages = getattr(app, "extra_pages", set()) | {pagename}


def remove_stale(app, error):
    """Remove all pages that are neither a document of the book nor written by this build."""
    if error is not None or app.builder.name != "html":
        return
    extra = getattr(app, "extra_pages", set())
    if not extra:  # nothing was out of date: Sphinx wrote no page at all, not even the search
        return
    out = Path(app.outdir)
    known = app.env.found_docs | extra
    for page in out.rglob("*.html"):
        name = page.relative_to(out).with_suffix("").as_posix()
        if not name.startswith("_") and name not in known:
            page.unlink()


def setup(app):
    """Register with Sphinx; early at the end, so that others list only pages that stay."""
    app.connect("html-page-context", note_page)
    app.connect("build-finished", remove_stale, priority=100)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
