"""Formulas are MathML, written while the book is built: the reader's browser sets them, without a script.

Temml turns TeX into MathML (temml.py), spacing.py and lines.py put right what it leaves to TeX, and math.woff2 is the
font, with math-rare.woff2 for letters that few pages have (tools/maths_font.py).
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.fileutil import copy_asset
from sphinx.util.math import get_node_equation_number
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.site import assets
from coursebook.site.maths import temml
from coursebook.site.maths.temml import Formula
from coursebook.source import extension

HERE = Path(__file__).parent
STYLE = HERE / "maths.css"
COMMON, RARE = HERE / "math.woff2", HERE / "math-rare.woff2"


def rare_letters() -> str:
    """Return the letters of RARE, as maths.css names them."""
    [ranges] = re.findall(r"unicode-range: ([^;]+);", STYLE.read_text(encoding="utf-8"))
    limits = [[int(end, 16) for end in part.strip()[2:].split("-")] for part in ranges.split(",")]
    return "".join(chr(code) for ends in limits for code in range(ends[0], ends[-1] + 1))


def fonts_of(html: str) -> list[str]:
    """Return which fonts the formulas of this HTML are set in, as paths in _static/ without their ending."""
    found = re.findall(r"<math.*?</math>", html, re.DOTALL)
    drawn = set("".join(re.sub(r"<[^>]*>", "", formula) for formula in found))
    rare = not drawn.isdisjoint(rare_letters())
    return [f"maths/{font.stem}" for font in (COMMON, RARE)[: rare + 1]] if found else []


class SetFormulas(SphinxPostTransform):
    """Set all formulas of a page at once: to start Node.js takes longer than to set them."""

    default_priority = extension.AFTER_REFERENCES + 1
    formats = ("html",)

    def run(self, **kwargs: object) -> None:
        """Keep the MathML of each formula on its node."""
        found = [node for node in self.document.findall() if isinstance(node, nodes.math | nodes.math_block)]
        for node, text in zip(found, temml.mathml([formula_of(node) for node in found]), strict=True):
            node["mathml"] = text


def formula_of(node: nodes.math | nodes.math_block) -> Formula:
    """Return what is to be set, and where its author wrote it."""
    place = f"{node.source}:{node.line}" if node.source and node.line else str(node.source or "")
    return Formula(node.astext(), isinstance(node, nodes.math_block), place)


def mathml_of(node: nodes.math | nodes.math_block) -> str:
    """Return a node's MathML; headings are also shown away from their page, where nothing has set their formulas."""
    return node.get("mathml") or temml.mathml([formula_of(node)])[0]


def visit_math(translator: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    translator.body.append(
        translator.starttag(node, "span", "", CLASS="math notranslate") + mathml_of(node) + "</span>"
    )
    raise nodes.SkipNode


def visit_displayed_math(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on lines of its own, with its number and what stands beside that."""
    translator.body.append(translator.starttag(node, "div", CLASS="math notranslate"))
    if node.get("number"):
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Permalink to this equation"))
        translator.body.append("</span>")
    translator.body.append(f'<div class="formula">{mathml_of(node)}</div></div>\n')
    raise nodes.SkipNode


def copy_files(app: Sphinx) -> None:
    """Put the style sheet and the fonts where the pages look for them."""
    if app.builder.format == "html":
        for file in (STYLE, COMMON, RARE):
            copy_asset(str(file), str(assets.static(app) / "maths"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_displayed_math, None))
    app.config.html_math_renderer = "mathml"
    app.add_post_transform(SetFormulas)
    app.add_css_file("maths/maths.css")
    app.connect("builder-inited", copy_files)
    return extension.metadata()
