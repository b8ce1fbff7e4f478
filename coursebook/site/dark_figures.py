"""Figures that follow the page's light or dark mode.

A chapter's figures are SVG files drawn in the book's palette. The build writes a dark twin of each, the same drawing in
the palette's colours for dark pages, and puts both in the page; the style sheet shows the one for the mode that the
page is in. Both load lazily, so a reader downloads only what is shown. A figure that uses a colour without a twin is a
warning, which fails a strict build.

Why two files: a single one with `@media (prefers-color-scheme: dark)` inside follows the page in Chromium and Firefox,
but Safari ignored such rules in images for years, and dark lines on a dark page cannot be read.
"""

import copy
import posixpath
import re
from pathlib import Path
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.site import assets
from coursebook.site.palette import Palette, palette
from coursebook.source import extension, settings

logger = logging.getLogger(__name__)

STYLE_SHEET = Path(__file__).with_suffix(".css")
_COLOUR = re.compile(r"""\b(fill|stroke|stop-color)(:\s*|=["'])(#[0-9a-fA-F]{6})\b""")
_SVG_TAG = re.compile(r"<svg\b[^>]*>")
_POINTS = re.compile(r'\b(width|height)="([0-9.]+)pt"')


def is_figure(svg: str) -> bool:
    """Say whether this text is a figure drawn by Matplotlib; other SVG files are left as they are."""
    root = _SVG_TAG.search(svg[:2000])
    return "Matplotlib" in svg[:2000] and root is not None and len(_POINTS.findall(root[0])) == 2


def is_dark_twin(svg: str) -> bool:
    """Say whether dark_twin made this figure."""
    return '<svg data-twin="dark"' in svg[:2000]


def dark_twin(svg: str, colours: Palette) -> str:
    """Return the figure in the colours of the dark page; a dark twin comes back as it is."""
    if is_dark_twin(svg):
        return svg
    twins = colours.twins
    recoloured = _COLOUR.sub(lambda m: m[1] + m[2] + twins.get(m[3].lower(), m[3]), svg)
    # Matplotlib writes no colour where the fill is black, so the dark ink is set once, for the whole drawing.
    root = f'<svg data-twin="dark" fill="{colours.dark["ink"]}"'
    return recoloured.replace("<svg", root, 1)


def colours_without_twin(svg: str, colours: Palette) -> list[str]:
    """Return the colours of the figure, sorted, that the dark page has no twin for."""
    return sorted({m[3].lower() for m in _COLOUR.finditer(svg)} - colours.twins.keys())


def size_in_pixels(svg: str) -> tuple[int, int]:
    """Return the figure's (width, height) in whole CSS pixels, 96 to the inch of 72 points."""
    root = _SVG_TAG.search(svg)
    points = dict(_POINTS.findall(root[0] if root else ""))
    return round(float(points["width"]) * 96 / 72), round(float(points["height"]) * 96 / 72)


def twin_name(name: str) -> str:
    """Return the file name of the dark twin of the figure with this file name."""
    return f"{name.removesuffix('.svg')}-dark.svg"


class DarkFigure(nodes.image):
    """The dark twin of the figure with the same uri."""


def place_twins(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put its dark twin after each figure of the page, and give both their size."""
    if not _is_site(app.builder):
        return
    for image in list(doctree.findall(nodes.image)):
        source = Path(app.srcdir, image["uri"])
        svg = source.read_text(encoding="utf-8") if _may_be_figure(source) else ""
        if is_figure(svg):
            _warn_of_strangers(svg, image, app.config)
            _place_twin(image, svg)


def _place_twin(image: nodes.image, svg: str) -> None:
    image["loading"] = "lazy"
    if not {"width", "height", "scale"} & set(image.attributes):
        image["pixels"] = size_in_pixels(svg)
    dark = DarkFigure(**copy.deepcopy(image.attributes))
    dark["ids"], dark["names"] = [], []
    image["classes"] += ["figure-light"]
    dark["classes"] += ["figure-dark"]
    dark["hidden"] = True  # dark_figures.css shows it; a browser's reading mode knows only this, and would show both
    image.parent.insert(image.parent.index(image) + 1, dark)


def visit_dark_figure(translator: HTML5Translator, node: DarkFigure) -> None:
    """Write the twin as the image that it is, at the address that write_dark_twins gives it."""
    light = translator.builder.images[node["uri"]]
    node["uri"] = posixpath.join(translator.builder.imgpath, quote(twin_name(light)))
    translator.visit_image(node)


def depart_dark_figure(translator: HTML5Translator, node: DarkFigure) -> None:
    """End the image."""
    translator.depart_image(node)


def _is_site(builder: Builder) -> bool:
    return builder.name in ("html", "dirhtml", "singlehtml")


def _may_be_figure(source: Path) -> bool:
    return source.suffix == ".svg" and source.is_file()


def _warn_of_strangers(svg: str, node: nodes.image, config: Config) -> None:
    colours = palette(config.course_palette)
    if strangers := colours_without_twin(svg, colours):
        logger.warning(
            "a figure uses %s, for which the dark page has no twin. Take colours from %s; "
            "draw areas of many colours as pixels (imshow, or rasterized=True).",
            ", ".join(strangers),
            f"{config.course_palette}.COLORS" if config.course_palette else "coursebook.site.palette.PLAIN",
            location=node,
            type="dark_figures",
            subtype="colour",
        )


def write_dark_twins(app: Sphinx, error: Exception | None) -> None:
    """Write the dark twin of each figure among the built images, where it is missing or has changed."""
    if error or not _is_site(app.builder):
        return
    colours = palette(settings.of_app(app).palette)
    for light in sorted(Path(app.outdir, app.builder.imagedir).glob("*.svg")):
        svg = light.read_text(encoding="utf-8")
        if not is_figure(svg) or is_dark_twin(svg):
            continue
        dark, drawing = light.with_name(twin_name(light.name)), dark_twin(svg, colours)
        if not dark.is_file() or dark.read_text(encoding="utf-8") != drawing:
            dark.write_text(drawing, encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    for needed in ("coursebook.source.settings", "coursebook.site.translator"):
        app.setup_extension(needed)
    app.add_node(DarkFigure, html=(visit_dark_figure, depart_dark_figure))
    assets.add_style_sheet(app, STYLE_SHEET)
    app.connect("doctree-resolved", place_twins)
    app.connect("build-finished", write_dark_twins)
    return extension.metadata()
