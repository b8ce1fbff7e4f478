"""What a page shows only when asked, as native <details>: parts that go deeper, answers, the code of figures.

    ````{deeper-start} Where the formula comes from
    ````
    ...
    ````{deeper-end}
    ````

and an admonition with `:class: dropdown` are closed boxes. A cell tagged `hide-input` shows its output, and its code in
a closed box below it. The browser opens a box for a link that leads into it and for its own search; paper prints
the boxes open, without the code of figures. A solution is folded by the theme, in the same way.
"""

from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.source import extension, gated

LOGGER = logging.getLogger(__name__)
DEEPER = "Deeper: "
DRAWN, MADE = "How it was drawn", "The code"
BEFORE_MYST_NB_HIDES = 190  # its own boxes, above the output, are made at 199
AFTER_MIME_TYPES = 11  # an order among transforms of a page that is read: sphinx-exercise joins its pairs at 10


class FoldedBox(nodes.General, nodes.Element):
    """A closed box: a Summary, and a container with what it hides."""


class Summary(nodes.TextElement):
    """The title of a box that opens on a click."""


class DeeperStart(nodes.General, nodes.TextElement):
    """Where a part begins that is to be folded; it holds the words of the part's title."""


class DeeperEnd(nodes.General, nodes.Element):
    """Where it ends."""


class DeeperStartDirective(SphinxDirective):
    """Begin a part that is folded, up to deeper-end; gated.py says what is wrong with a pair."""

    optional_arguments = 1  # gated.py asks for it, and says where
    final_argument_whitespace = True
    option_spec = {"label": directives.unchanged}  # noqa: RUF012 - the base class's name for it

    def run(self) -> list[nodes.Node]:
        """Return the mark, with the title's words."""
        title = self.arguments[0] if self.arguments else ""
        words, messages = self.state.inline_text(title, self.lineno)
        node = DeeperStart("", "", *words)
        node["named"] = self.options.get("label") or nodes.make_id(f"deeper {title}")
        self.set_source_info(node)
        return [node, *messages]


class DeeperEndDirective(SphinxDirective):
    """End the part."""

    def run(self) -> list[nodes.Node]:
        """Return the mark."""
        return [DeeperEnd()]


class FoldParts(SphinxTransform):
    """Put what lies between two marks into a box, and the admonitions that ask for one."""

    default_priority = AFTER_MIME_TYPES

    def apply(self, **kwargs: object) -> None:
        """Go through the page."""
        for start in list(self.document.findall(DeeperStart)):
            self.fold(start)
        for end in list(self.document.findall(DeeperEnd)):
            end.parent.remove(end)
        for box in list(self.document.findall(nodes.admonition)):
            if "dropdown" in box["classes"]:
                content = nodes.container("", *box.children[1:], classes=["folded"])
                box.replace_self(
                    FoldedBox("", Summary("", "", *box[0].children), content, classes=["admonition", *box["classes"]])
                )

    def fold(self, start: DeeperStart) -> None:
        """FoldedBox one part; a mark without a partner has been reported, and is taken away."""
        parent = start.parent
        begin = parent.index(start)
        end = next((i for i, node in enumerate(parent.children) if i > begin and isinstance(node, DeeperEnd)), begin)
        content = nodes.container("", *parent.children[begin + 1 : end], classes=["folded"])
        content["names"].append(start["named"])
        self.document.note_implicit_target(content, content)
        if not content["ids"]:  # the name is taken: a number instead
            self.document.set_id(content, suggested_prefix=start["named"])
        summary = Summary("", "", nodes.Text(DEEPER), *start.children)
        fold = FoldedBox("", summary, content, classes=["admonition", "deeper"])
        fold.source, fold.line = start.source, start.line
        del parent[begin : end + 1]
        parent.insert(begin, fold)


class CodeBelow(SphinxPostTransform):
    """Put the code of a cell tagged hide-input into a closed box below what it has drawn."""

    default_priority = BEFORE_MYST_NB_HIDES
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Go through the page's cells."""
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") != "cell_code" or cell.get("hide_mode") != "input":
                continue
            del cell["hide_mode"]
            source = cell[0]
            cell.remove(source)
            drawn = any(cell.findall(nodes.image))
            cell += FoldedBox(
                "", Summary("", DRAWN if drawn else MADE), source, classes=["admonition", "how", "web-only"]
            )


def report(app: Sphinx, doctree: nodes.document) -> None:
    """Warn of parts that cannot be folded, which fails a strict build."""
    name = app.env.docname
    path = Path(app.env.doc2path(name))
    for line, problem in gated.problems(path) if path.suffix == ".md" else ():
        LOGGER.warning("%s", problem, location=(name, line), type="folds")


def visit_folded_box(translator: HTML5Translator, node: FoldedBox) -> None:
    """Begin a closed box."""
    translator.body.append(translator.starttag(node, "details"))


def depart_folded_box(translator: HTML5Translator, node: FoldedBox) -> None:
    """End the box."""
    translator.body.append("</details>\n")


def visit_summary(translator: HTML5Translator, node: Summary) -> None:
    """Begin the title of a box that opens."""
    translator.body.append(translator.starttag(node, "summary", "", CLASS="admonition-title"))


def depart_summary(translator: HTML5Translator, node: Summary) -> None:
    """End the title."""
    translator.body.append("</summary>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_directive(gated.START, DeeperStartDirective)
    app.add_directive(gated.END, DeeperEndDirective)
    app.add_node(FoldedBox, html=(visit_folded_box, depart_folded_box))
    app.add_node(Summary, html=(visit_summary, depart_summary))
    app.add_node(DeeperStart)
    app.add_node(DeeperEnd)
    app.add_transform(FoldParts)
    app.add_post_transform(CodeBelow)
    app.connect("doctree-read", report)
    return extension.metadata()
