"""A search that finds places: every section, term and function with the sentence around what was found.

The build writes one file of all places (places.py). When a reader opens the search, theme.js loads it with MiniSearch
and search.js, which joins the two, by the names and hashes in search-files.js: only that file is asked for anew each
time. Sphinx's own index, which knows pages and no sentences, is not made.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets
from coursebook.site.search import places
from coursebook.source import contents, extension

HERE = Path(__file__).parent
SCRIPTS = ("minisearch.js", "search.js")
PLACES, FILES = "search-places.js", "search-files.js"


def leave_out_sphinx(app: Sphinx) -> None:
    """Let Sphinx make no index and no page for it."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]  # of the builders that write pages


def search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page for a search in an address."""
    yield "search", {}, "search.html"


def write_index(app: Sphinx, error: Exception | None) -> None:
    """Write the scripts, the places of all pages, and the list of these files with their hashes."""
    if error or app.builder.format != "html":
        return
    static = assets.static(app)
    for name in (*SCRIPTS, "LICENSE-minisearch"):
        assets.copy_to(static, HERE / name)
    found = []
    for name in contents.in_order(Path(app.srcdir), app.env.found_docs):
        address = app.builder.get_target_uri(name)
        found += places.of(Path(app.outdir, app.builder.get_outfilename(name)), address)  # type: ignore[attr-defined]
    text = json.dumps([place._asdict() for place in found], ensure_ascii=False, separators=(",", ":"))
    (static / PLACES).write_text(f"globalThis.bookPlaces={text}", encoding="utf-8")
    names = [f"_static/{name}?v={_hash(static / name)}" for name in (*SCRIPTS, PLACES)]
    (static / FILES).write_text(f"globalThis.searchFiles={json.dumps(names)}", encoding="utf-8")


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("builder-inited", leave_out_sphinx)
    app.connect("html-collect-pages", search_page)
    app.connect("build-finished", write_index)
    return extension.metadata()
