"""How docutils' and Sphinx's own nodes become HTML on the book's pages, where that differs from what Sphinx writes."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.source import extension

BUILDERS = ("html", "dirhtml", "singlehtml", "epub")


class PageTranslator(HTML5Translator):
    """Sphinx's translator, with tables in a box, valid roles, sizes of figures, and links that say what they are."""

    def emptytag(self, node: nodes.Element, tagname: str, suffix: str = "\n", **attributes: Any) -> str:
        """Give an image the size in pixels that a transform measured; the page does not jump when it arrives."""
        if tagname == "img" and "pixels" in node:
            attributes["width"], attributes["height"] = map(str, node["pixels"])
        if tagname == "img" and "hidden" in node:
            attributes["hidden"] = "hidden"
        return str(super().emptytag(node, tagname, suffix, **attributes))

    def add_permalink_ref(self, node: nodes.Element, title: str) -> None:
        """Write a link to the node that shows a sign, and tells a screen reader what it leads to.

        Before it comes what a feature wants beside a formula's number: the node under "beside".
        """
        if "beside" in node:
            node["beside"].walkabout(self)
        if node["ids"] and self.config.html_permalinks and self.builder.add_permalinks:
            name = title.replace("Permalink to", "Link to")
            link = {"class": "headerlink", "href": f"#{node['ids'][0]}", "title": name, "aria-label": name}
            written = "".join(f' {key}="{self.attval(value)}"' for key, value in link.items())
            # The sign is the style sheet's: it is no part of a heading that is copied, translated or read elsewhere.
            self.body.append(f"<a{written}></a>")

    def _has_link(self, node: nodes.Element) -> bool:
        """Tell whether this is the heading of a section, with a link to itself."""
        links = self.config.html_permalinks and self.builder.add_permalinks
        return bool(links and isinstance(node, nodes.title) and isinstance(node.parent, nodes.section))

    def depart_title(self, node: nodes.Element) -> None:
        """End a heading; its name ends before its link."""
        if self._has_link(node):
            self.body.append("</span>")
        super().depart_title(node)

    def starttag(self, node: nodes.Element, tagname: str, suffix: str = "\n", **attributes: Any) -> str:
        """Begin an element; code and formulas, whose class tells Google's translator to leave them, tell it to all.

        A cell says what stands above its column, where a transform has told it (sheet.py).
        """
        if "notranslate" in f"{attributes.get('CLASS', '')} {attributes.get('class', '')}".split():
            attributes["translate"] = "no"
        if "column" in node and tagname == "td":
            attributes["data-column"] = node["column"]
        if not self._has_link(node):
            return str(super().starttag(node, tagname, suffix, **attributes))
        # A screen reader calls the heading by its words alone, without those of the link in it.
        name = f"title:{node.parent['ids'][0]}"
        tag = super().starttag(node, tagname, suffix, **attributes, **{"aria-labelledby": name})
        return f'{tag}<span id="{name}">'

    def visit_table(self, node: nodes.Element) -> None:
        """Put a table into a box of its own, which scrolls on a narrow page."""
        self.body.append('<div class="table">')
        super().visit_table(node)

    def depart_table(self, node: nodes.Element) -> None:
        """Close the table and its box."""
        super().depart_table(node)
        self.body.append("</div>\n")

    def visit_entry(self, node: nodes.Element) -> None:
        """Begin a cell; one without words above a column is no heading, which ARIA requires to have words."""
        if isinstance(node.parent.parent, nodes.thead) and not node.astext().strip() and not _shows_something(node):
            node.clear()
            node.parent.column += 1
            self.body.append(self.starttag(node, "td", ""))
            self.context.append("</td>\n")
        else:
            super().visit_entry(node)

    def visit_citation(self, node: nodes.Element) -> None:
        """Begin an entry of a bibliography, as an item of its list: ARIA has deprecated docutils' doc-biblioentry."""
        if not isinstance(node.previous_sibling(), nodes.citation):
            self.body.append('<div role="list" class="citation-list">\n')
        self.body.append(self.starttag(node, "div", classes=[node.tagname], role="listitem"))


def _shows_something(node: nodes.Element) -> bool:
    """Tell whether a cell without words has an image or spans other cells."""
    return node.next_node(nodes.image) is not None or "morecols" in node or "morerows" in node


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    for builder in BUILDERS:
        app.set_translator(builder, PageTranslator)
    return extension.metadata()
