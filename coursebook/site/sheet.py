"""A wide table that prints on one sheet of paper, and is read as cards on a phone.

    :::{container} sheet

    | To … | Formula | ... |

    :::

Paper in landscape begins with what stands before the table in its section, and what follows begins on the next sheet
(sheet.css). On a narrow screen each row is a card: its first cell is the title, and each other one says
the words above its column, which this transform hands to it as `data-column`.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets
from coursebook.source import extension


class NameCells(SphinxPostTransform):
    """Tell each cell the words above its column."""

    default_priority = extension.AFTER_REFERENCES
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Go through the page's sheets."""
        for container in self.document.findall(nodes.container):
            if "sheet" in container["classes"]:
                for table in container.findall(nodes.table):
                    name_cells(table)


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
    app.add_post_transform(NameCells)
    assets.add_style_sheet(app, Path(__file__).with_suffix(".css"))
    return extension.metadata()
