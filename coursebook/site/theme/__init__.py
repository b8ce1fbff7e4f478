"""The theme: a page (layout.html), the book's colours, and one style sheet instead of a dozen.

A page loads one style sheet, a script of a few lines before the first paint and one after it, and the scripts of the
figures and questions on it. The style sheets of all extensions are joined and minified into that one; what
Sphinx and its extensions bring for other themes is left out. The colours are those of the figures, the book's palette.
"""

import hashlib
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import rcssmin
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import solution_node

from coursebook.site import assets, maths
from coursebook.site.folds import Summary
from coursebook.site.palette import Palette, palette
from coursebook.source import contents as toc
from coursebook.source import extension, settings

THEME = Path(__file__).resolve().parent
MACHINERY = THEME.parents[1]
SITE_CSS = "site.css"
PALETTE_CSS = "palette.css"

# The background of boxes, which the figures' palette lacks: on a light page, on a dark page.
SURFACE = ("#f5f6f4", "#1c1f1e")

# Style sheets that theme.css replaces: it styles the few things of theirs that the book uses.
REPLACED_STYLE_SHEETS = re.compile(r"(^|/)(pygments|basic|proof|exercise|mystnb\.\w+|sphinx-design\.min)\.css$")
# Scripts that the theme loads itself when a reader searches, or that it does without.
UNUSED_SCRIPTS = {"documentation_options.js", "doctools.js", "sphinx_highlight.js"}

JOINED_SHEETS: extension.Stored[tuple[str, ...]] = extension.Stored("joined_sheets", tuple)
LOOK: extension.Stored[str] = extension.Stored("look", str)  # a hash of all that the look depends on


def palette_css(colours: Palette) -> str:
    """Return the custom properties of both modes; the system's choice holds until the page's script has run."""
    light, dark = (
        {**mode, "surface": surface, "link": mode["model"]} for mode, surface in zip(colours, SURFACE, strict=True)
    )

    def declarations(colours: Mapping[str, str]) -> str:
        return "".join(f"--{name}:{colour};" for name, colour in colours.items())

    return (
        f":root{{color-scheme:light;{declarations(light)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme]){{color-scheme:dark;{declarations(dark)}}}}}\n"
        f':root[data-theme="dark"]{{color-scheme:dark;{declarations(dark)}}}\n'
        "@media print{:root:root{color-scheme:light;" + declarations(light) + "}}\n"
    )


def write_palette(app: Sphinx) -> None:
    """Put the palette where the other style sheets are, before the first page is written."""
    if app.builder.format == "html":
        css = palette_css(palette(app.config.course_palette))
        (assets.static(app) / PALETTE_CSS).write_text(css, encoding="utf-8")


def joined(static: Path, names: Iterable[str]) -> str:
    """Return the style sheets with these names in the folder as one, minified, their relative addresses kept true."""
    sheets = []
    for name in names:
        text = (static / name).read_text(encoding="utf-8")
        sheets.append(re.sub(r"(url\(['\"]?)(?!['\"]|/|#|\w+:)", rf"\g<1>{PurePosixPath(name).parent}/", text))
    return str(rcssmin.cssmin("\n".join(sheets))).replace("url(./", "url(")


def write_all_after_change(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return all pages where the look has changed since they were written: each names its style sheet by content."""
    digest = hashlib.sha256()
    figures = settings.module(app.config.course_explorables)
    for path in sorted([*MACHINERY.rglob("*.*"), *([figures.STYLE] if figures else [])]):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    if LOOK.of(env) == digest.hexdigest():
        return []
    LOOK.set(env, digest.hexdigest())
    return sorted(env.found_docs)


def fonts_of(body: str) -> list[str]:
    """Return the fonts that a page needs at once, as paths in _static/ without their ending.

    Text in a closed box does not count: a browser would report a font that was fetched for nothing. Nor do italics:
    preloading them costs some 60 ms of blocking time on the phone that Lighthouse simulates.
    """
    closed = 1
    while closed:  # a box within a box, innermost first
        body, closed = re.subn(r"<details\b(?:(?!<details).)*?</details>", "", body, flags=re.S)
    return ["fonts/book-serif-normal", *maths.fonts_of(body)]


def lean_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template the page's contents, its one style sheet and the few scripts that it needs."""
    static = Path(app.outdir, "_static")
    pathto = context["pathto"]

    def asset(name: str) -> str:
        digest = hashlib.sha256((static / name).read_bytes()).hexdigest()[:8]
        return f"{pathto('_static/' + name, 1)}?v={digest}"

    names = [str(sheet.filename).removeprefix("_static/") for sheet in context["css_files"]]
    kept = tuple(dict.fromkeys([PALETTE_CSS, *(name for name in names if not REPLACED_STYLE_SHEETS.search(name))]))
    if JOINED_SHEETS.of(app) != kept:
        whole = static / f"{SITE_CSS}.{os.getpid()}"  # several processes may write pages
        whole.write_text(joined(static, kept), encoding="utf-8")
        whole.replace(static / SITE_CSS)
        JOINED_SHEETS.set(app, kept)
    context["asset"] = asset
    context["author"] = app.config.author
    context["brand"], comma, motto = app.config.html_title.partition(",")
    context["motto"] = comma + motto
    context["site_css"] = asset(SITE_CSS)
    context["fonts"] = " ".join(fonts_of(context.get("body", "")))
    context["page_scripts"] = [
        script
        for script in context["script_files"]
        if script.filename and Path(str(script.filename)).name not in UNUSED_SCRIPTS
    ]
    context["contents"] = contents(app.env, pagename, context["pathto"])


def contents(env: BuildEnvironment, pagename: str, pathto: Callable[[str], str]) -> dict[str, Any]:
    """Return the book's parts and their pages for the template, with the sections of the page that is open."""

    def page(name: str) -> dict[str, Any]:
        return {
            "title": env.titles[name].astext(),
            "href": "#" if name == pagename else pathto(name),
            "current": name == pagename,
            "sections": sections(env, name) if name == pagename else [],
        }

    known = env.found_docs - {env.config.root_doc}
    listed = [entry for entry in toc.entries(Path(env.srcdir)) if entry.name in known]
    parts = [
        {"caption": caption, "pages": [page(entry.name) for entry in entries]}
        for caption, entries in itertools.groupby(listed, key=lambda entry: entry.part)
    ]
    return {"start": page(env.config.root_doc) | {"title": "Front page", "sections": []}, "parts": parts}


def sections(env: BuildEnvironment, name: str) -> list[dict[str, str]]:
    """Return title and address of each section of a page, not of the sections within sections."""
    found = []
    for entry in env.tocs[name][0].findall(addnodes.compact_paragraph):
        link = entry[0]
        depth = sum(isinstance(above, nodes.bullet_list) for above in ancestors(entry))
        if depth == 2 and link["anchorname"]:
            found.append({"title": link.astext(), "href": link["anchorname"]})
    return found


def ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    """Yield the nodes around this one, innermost first."""
    while node := node.parent:
        yield node


def visit_solution(translator: HTML5Translator, node: solution_node) -> None:
    """Begin a solution: a box that the reader opens, after having tried. A click on its title must not lead away."""
    title = node[0]
    for link in list(title.findall(nodes.reference)):
        link.parent.replace(link, link.children)
    node.replace(title, Summary("", "", *title.children))
    translator.body.append(translator.starttag(node, "details", CLASS="admonition"))


def depart_solution(translator: HTML5Translator, node: solution_node) -> None:
    """End the solution."""
    translator.body.append("</details>\n")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx. Loaded last: a page is made lean when all other features have added their files to it."""
    for needed in ("source.settings", "site.translator", "site.folds", "site.strict_policy"):
        app.setup_extension(f"coursebook.{needed}")
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it, for an extension that is not loaded
    app.add_html_theme("course", str(THEME))
    assets.copy(app, THEME / "mode.js", THEME / "theme.js")
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    app.connect("builder-inited", write_palette)
    app.connect("html-page-context", lean_page)
    app.connect("env-updated", write_all_after_change)
    return extension.metadata()
