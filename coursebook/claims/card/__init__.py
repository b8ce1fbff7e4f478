"""The evidence of each claim, where the claim is: a mark opens a card, and one page lists all of them.

trials    what became of each formula's wrong versions, and its NumPy
known     what a build knows of tests and trials, and which pages show it
marks     the mark beside a claim
entry     what is said of one claim
listing   {claims-table}: every claim, one line each, which unfolds to its entry
card.js   opens the card; card.css is the look of all
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from coursebook.claims.card import entry, known, listing, marks
from coursebook.site import assets, popover
from coursebook.source import extension

STYLE_SHEET = Path(__file__).with_name("card.css")
SCRIPT = Path(__file__).with_name("card.js")


def load_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script on this page if claims are marked on it."""
    if assets.is_site(app) and known.MARKS.of(app.env).get(pagename, ([], ""))[0]:
        popover.load(app, SCRIPT)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.setup_extension("coursebook.source.repository")
    app.setup_extension("coursebook.site.translator")
    app.setup_extension("coursebook.site.popover")
    app.add_directive("claims-table", listing.ClaimsTable)
    app.add_node(marks.Mark, html=(marks.visit_mark, None))
    app.add_node(entry.Fold, html=(entry.visit_fold, entry.depart_fold))
    app.add_node(entry.Line, html=(entry.visit_line, entry.depart_line))
    assets.add_style_sheet(app, STYLE_SHEET)
    assets.copy(app, SCRIPT)
    app.connect("builder-inited", known.read_evidence)
    app.connect("env-get-outdated", known.outdated)
    app.connect("env-purge-doc", known.forget)
    app.connect("env-merge-info", known.merge)
    app.connect("doctree-read", marks.note_chapter)
    app.connect("env-updated", known.warn)
    app.connect("doctree-resolved", marks.mark_claims)
    app.connect("doctree-resolved", listing.settle_links)
    app.connect("html-page-context", load_script)
    return extension.metadata(env_version=3)  # of what is kept in the environment: MARKS and CLAIMS
