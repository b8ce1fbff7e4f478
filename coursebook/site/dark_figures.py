"""Figures that follow the page's light or dark mode.

A chapter's figures are SVG files drawn in the book's palette. The build writes a dark twin of each, the same drawing in
the palette's colours for dark pages, and puts both in the page; the style sheet shows the one for the mode that the
page is in. Both load lazily, so a reader downloads only what is shown. A figure that uses a colour without a twin is a
warning, which fails a strict build.

Why two files: a single one with `@media (prefers-color-scheme: dark)` inside follows the page in Chromium and Firefox,
but Safari ignored such rules in images for years, and dark lines on a dark page cannot be read.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.util import logging

from coursebook.site import assets
from coursebook.site.palette import palette
from coursebook.source import settings

logger = logging.getLogger(__name__)

STYLE_SHEET = Path(__file__).with_suffix(".css")
_COLOUR = re.compile(r"""\b(fill|stroke|stop-color)(:\s*|=["'])(#[0-9a-fA-F]{6})\b""")
_SVG_TAG = re.compile(r"<svg\b[^>]*>")
_POINTS = re.compile(r'\b(width|height)="([0-9.]+)pt"')


def is_figure(svg):
    """Say whether this text is a figure drawn by Matplotlib; other SVG files are left as they are."""
    root = _SVG_TAG.search(svg[:2000])
    return "Matplotlib" in svg[:2000] and root is not None and len(_POINTS.findall(root[0])) == 2


def is_dark_twin(svg):
    """Say whether dark_twin made this figure."""
    return '<svg data-twin="dark"' in svg[:2000]


def dark_twin(svg, colours):
    """Return the figure in the colours of the dark page; a dark twin comes back as it is."""
    if is_dark_twin(svg):
        return svg
    twins = colours.twins
    recoloured = _COLOUR.sub(lambda m: m[1] + m[2] + twins.get(m[3].lower(), m[3]), svg)
    # Matplotlib writes no colour where the fill is black, so the dark ink is set once, for the whole drawing.
    root = f'<svg data-twin="dark" fill="{colours.dark["ink"]}"'
    return recoloured.replace("<svg", root, 1)


def colours_without_twin(svg, colours):
    """Return the colours of the figure, sorted, that the dark page has no twin for."""
    return sorted({m[3].lower() for m in _COLOUR.finditer(svg)} - colours.twins.keys())


def size_in_pixels(svg):
    """Return the figure's (width, height) in whole CSS pixels, 96 to the inch of 72 points."""
    points = dict(_POINTS.findall(_SVG_TAG.search(svg)[0]))
    return tuple(round(float(points[side]) * 96 / 72) for side in ("width", "height"))


def twin_name(name):
    """Return the file name of the dark twin of the figure with this file name."""
    return f"{name.removesuffix('.svg')}-dark.svg"


def visit_image(translator, node):
    """Write a figure's image twice, light and dark; any other image as Sphinx does."""
    sphinx_visit = type(translator).visit_image
    source = Path(translator.builder.srcdir, node["uri"])
    svg = source.read_text(encoding="utf-8") if _may_be_figure(source) else ""
    if not _is_site(translator.builder) or not is_figure(svg):
        sphinx_visit(translator, node)
        return
    _warn_of_strangers(svg, node, translator.config)
    node["loading"] = "lazy"
    dark = node.deepcopy()
    node["classes"] += ["figure-light"]
    # The theme leaves images of class dark-light alone; the others it dims in dark mode and sets on a white plate.
    dark["classes"] += ["figure-dark", "dark-light"]
    dark["ids"] = []
    _visit_sized(translator, sphinx_visit, node, svg)
    # By now Sphinx has replaced the source's path by the image's address on the site.
    dark.parent, dark["uri"] = node.parent, twin_name(node["uri"])
    _visit_sized(translator, sphinx_visit, dark, svg)


def _is_site(builder):
    return builder.name in ("html", "dirhtml", "singlehtml")


def _may_be_figure(source):
    return source.suffix == ".svg" and source.is_file()


def _warn_of_strangers(svg, node, config):
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


def _visit_sized(translator, sphinx_visit, node, svg):
    """Write one image with its width and height, so that the page does not jump when it arrives."""
    sphinx_visit(translator, node)
    if not {"width", "height", "scale"} & set(node.attributes):
        width, height = size_in_pixels(svg)
        image = translator.body[-1].replace("<img ", f'<img width="{width}" height="{height}" ', 1)
        translator.body[-1] = image


def write_dark_twins(app, error):
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


def setup(app):
    """Register with Sphinx."""
    app.setup_extension("coursebook.source.settings")
    app.add_node(nodes.image, override=True, html=(visit_image, None))
    assets.add_style_sheet(app, STYLE_SHEET)
    app.connect("build-finished", write_dark_twins)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
