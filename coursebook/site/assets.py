"""Style sheets and scripts are kept beside the code of their feature; here they are copied to where the pages are.

Scripts are copied without comments and spaces; the theme does the same for style sheets, which it joins.
"""

from pathlib import Path

import rjsmin
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


def minified(script: str) -> str:
    """Return the script without comments and spaces."""
    return str(rjsmin.jsmin(script))


def copy_to(folder: Path, path: Path) -> None:
    """Copy this file into the folder; a script minified."""
    if path.suffix == ".js":
        text = minified(path.read_text(encoding="utf-8"))
        (folder / path.name).write_text(text, encoding="utf-8")
    else:
        copy_asset_file(str(path), str(folder))


def copy(app: Sphinx, *paths: Path) -> None:
    """Copy these files beside the style sheets before the first page is written; pages that need one name it."""

    def when_known(app: Sphinx) -> None:
        if app.builder.format == "html":
            for path in paths:
                copy_to(static(app), path)

    app.connect("builder-inited", when_known)
