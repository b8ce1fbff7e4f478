"""Cards over the page: the script and the look that they share; popover.js says what a card's script takes from it.

A feature that opens cards loads its script with `load`, on the pages that need it.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets
from coursebook.source import extension

STYLE_SHEET, SCRIPT = (Path(__file__).with_suffix(ending) for ending in (".css", ".js"))


def load(app: Sphinx, script: Path) -> None:
    """Load a script that opens cards on the page that is being written, after what it needs."""
    for path in (SCRIPT, script):
        app.add_js_file(path.name, loading_method="defer")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    assets.add_style_sheet(app, STYLE_SHEET)
    assets.copy(app, SCRIPT)
    return extension.metadata()
