"""A wide table that prints on one sheet of paper, and is read as cards on a phone.

    :::{container} sheet

    | To … | Formula | ... |

    :::

Paper in landscape begins with what stands before the table in its section, and what follows begins on the next sheet
(sheet.css). On a narrow screen each row is a card: its first cell is the title, and each other one gets the words
above its column, which this transform puts into it.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets
from coursebook.source import extension


class NameCells(SphinxPostTransform):
    """Put the words above a column into each of its cells."""

    default_priority = extension.AFTER_REFERENCES
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Go through the page's sheets."""
        for container in self.document.findall(nodes.container):
            if "sheet" in container["classes"]:
                for table in container.findall(nodes.table):
                    name_cells(table)


def name_cells(table: nodes.table) -> None:
    """Put the words above each column but the first into its cells, for screens alone: on paper they stand above."""
    (head,) = table.findall(nodes.thead)
    names = [entry.astext() for entry in head.findall(nodes.entry)]
    (body,) = table.findall(nodes.tbody)
    for row in body.findall(nodes.row):
        for name, entry in list(zip(names, row.findall(nodes.entry), strict=True))[1:]:
            entry.insert(0, nodes.paragraph("", name, classes=["column-name", "web-only"]))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_post_transform(NameCells)
    assets.add_style_sheet(app, Path(__file__).with_suffix(".css"))
    return extension.metadata()
