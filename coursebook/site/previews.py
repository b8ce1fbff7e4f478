"""Links that show what they lead to: a term's entry, a formula, a statement, a figure, a work that is cited.

The script takes what it shows from where it stands, on this page or another one of the site, so no page grows. It is
loaded where there are such links. Without it, or from a file, they are the links that they are.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets, popover
from coursebook.source import extension

STYLE_SHEET, SCRIPT = (Path(__file__).with_suffix(ending) for ending in (".css", ".js"))


def load_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the script on a page with links to places."""
    if doctree is None or not assets.is_site(app):
        return
    links = doctree.findall(nodes.reference)
    if any(link.get("internal") and ("refid" in link or "#" in link.get("refuri", "")) for link in links):
        popover.load(app, SCRIPT)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.setup_extension("coursebook.site.popover")
    assets.add_style_sheet(app, STYLE_SHEET)
    assets.copy(app, SCRIPT)
    app.connect("html-page-context", load_script)
    return extension.metadata()
