"""Formulas are set by KaTeX while the book is built: the reader's browser needs no script and asks no third party.

sphinxcontrib-katex does the work, with the style sheet and fonts in katex/; patches.py says what it cannot be told.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets, patches
from coursebook.source import extension

KATEX = Path(__file__).with_name("katex")


def copy_fonts(app: Sphinx) -> None:
    """Put KaTeX's style sheet and fonts where the pages look for them."""
    if app.builder.format == "html":
        copy_asset(str(KATEX), str(assets.static(app) / "katex"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Load and configure sphinxcontrib-katex."""
    patches.strict_katex()
    app.setup_extension("sphinxcontrib.katex")
    app.connect("builder-inited", copy_fonts)
    app.config.katex_prerender = True
    app.config.katex_css_path = "katex/katex.min.css"
    app.config.html_math_renderer = "katex"
    return extension.metadata()
