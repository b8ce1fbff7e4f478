"""How long a chapter takes, computed from its source (source/measures.py): in the box at its top, and in one table.

    ```{study-times}
    ```

is a table of all chapters. In the box "In this chapter" the times come before the last paragraph, which says what the
chapter needs.
"""

from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from coursebook.source import contents, extension, measures

HEADS = ("Chapter", "To read", "With the code", "With questions and exercises")
NEEDS = "needs"  # how the box's last paragraph begins


def said(times: measures.Times) -> str:
    """Return the three times as the box says them."""
    reading, code, exercises = map(measures.spoken, times)
    return f"About {reading} to read · {code} with the code · {exercises} with the exercises"


def time_chapter(app: Sphinx, doctree: nodes.document) -> None:
    """Put a chapter's times into its box."""
    name = app.env.docname
    if not name.startswith(contents.CHAPTERS):
        return
    boxes = [box for box in doctree.findall(nodes.admonition) if box[0].astext() == measures.HEADER]
    for box in boxes:
        times = said(measures.times(measures.of(Path(app.env.doc2path(name)))))
        last = box[-1]
        if isinstance(last, nodes.paragraph) and last.astext().startswith(NEEDS):
            last.insert(0, nodes.Text(f"{times} · "))
        else:
            box += nodes.paragraph("", times)


class StudyTimes(SphinxDirective):
    """A table of all chapters and their times."""

    def run(self) -> list[nodes.Node]:
        """Return the table; the page is read anew when a chapter changes."""
        root = Path(self.env.srcdir)
        group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in HEADS), cols=len(HEADS))
        group += nodes.thead("", self._row(nodes.Text(head) for head in HEADS))
        body = nodes.tbody()
        for path in contents.chapters(root):
            name = path.relative_to(root).with_suffix("").as_posix()
            self.env.note_dependency(str(path))
            times = measures.times(measures.of(path))
            link, _ = self.state.inline_text(f"{{doc}}`/{name}`", self.lineno)
            body += self._row([*link, *(nodes.Text(measures.spoken(minutes)) for minutes in times)])
        group += body
        return [nodes.table("", group)]

    @staticmethod
    def _row(cells: Iterable[nodes.Node]) -> nodes.row:
        return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", cell)) for cell in cells))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_directive("study-times", StudyTimes)
    app.connect("doctree-read", time_chapter)
    return extension.metadata()
