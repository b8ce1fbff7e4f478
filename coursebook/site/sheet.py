"""A wide table that prints on one sheet of paper, and is read as cards on a phone.

    :::{container} sheet

    | To … | Formula | ... |

    :::

Paper in landscape begins with what stands before the table in its section, and what follows begins on the next sheet
(sheet.css). On a narrow screen each row is a card: its first cell is the title, and each other one says
the words above its column, which this transform hands to it as `data-column`.
"""

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets
from coursebook.source import extension


class Sheets(SphinxPostTransform):
    """Tell each cell the words above its column, and each section of a sheet that it has one.

    A style sheet could ask with `:has()`, but a browser then asks again at each change of a page, which took 20 ms of
    each frame of a figure.
    """

    default_priority = extension.AFTER_REFERENCES
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Go through the page's sheets."""
        for container in sheets(self.document):
            container.parent["classes"].append("has-sheet")
            for table in container.findall(nodes.table):
                name_cells(table)


def sheets(document: nodes.document) -> list[nodes.container]:
    """Return the sheets of a page."""
    return [container for container in document.findall(nodes.container) if "sheet" in container["classes"]]


def widen(app: Sphinx, page: str, template: str, context: dict[str, Any], document: nodes.document | None) -> None:
    """Tell the layout of a page with a sheet that it may be wide."""
    context["wide"] = bool(document and sheets(document))


def name_cells(table: nodes.table) -> None:
    """Tell the cells of each column but the first the words above it."""
    (head,) = table.findall(nodes.thead)
    names = [entry.astext() for entry in head.findall(nodes.entry)]
    (body,) = table.findall(nodes.tbody)
    for row in body.findall(nodes.row):
        for name, entry in list(zip(names, row.findall(nodes.entry), strict=True))[1:]:
            entry["column"] = name


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_post_transform(Sheets)
    app.connect("html-page-context", widen)
    assets.add_style_sheet(app, Path(__file__).with_suffix(".css"))
    return extension.metadata()
