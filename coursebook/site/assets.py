"""Style sheets and scripts are kept beside the code of their feature; here they are copied to where the pages are."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.fileutil import copy_asset_file


def is_site(app: Sphinx) -> bool:
    """Tell whether pages for a browser are being made."""
    return bool(app.builder.format == "html") and app.builder.name != "epub"


def static(app: Sphinx) -> Path:
    """Return the folder of style sheets, scripts and fonts, made where it is missing."""
    folder = Path(app.outdir, "_static")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def add_style_sheet(app: Sphinx, path: Path) -> None:
    """Link this style sheet from every page, and copy it before the first page is written."""
    app.add_css_file(path.name)
    copy(app, path)


def copy(app: Sphinx, *paths: Path) -> None:
    """Copy these files beside the style sheets before the first page is written; pages that need one name it."""

    def when_known(app: Sphinx) -> None:
        if app.builder.format == "html":
            for path in paths:
                copy_asset_file(str(path), str(static(app)))

    app.connect("builder-inited", when_known)
