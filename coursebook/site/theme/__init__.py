"""The theme: a page (layout.html), the book's colours, and one style sheet instead of a dozen.

A page loads one style sheet, a script of a few lines before the first paint and one after it, and the scripts of the
figures and questions that stand on it. The style sheets of all extensions are joined and minified into that one; what
Sphinx and its extensions bring for other themes is left out. The colours are those of the figures, the book's palette.
"""

import hashlib
import itertools
import os
import re
from pathlib import Path, PurePosixPath

import rcssmin
from docutils import nodes
from sphinx import addnodes
from sphinx_exercise.nodes import solution_node

from coursebook.site import assets
from coursebook.site.palette import palette
from coursebook.source import contents as toc
from coursebook.source import settings

THEME = Path(__file__).resolve().parent
MACHINERY = THEME.parents[1]
SITE_CSS = "site.css"
PALETTE_CSS = "palette.css"

# What only this site needs beside the figures' palette: (on a light page, on a dark page).
SURFACE = ("#f5f6f4", "#1c1f1e")

# Style sheets that theme.css replaces: it styles the few things of theirs that the book uses.
REPLACED = re.compile(r"(^|/)(pygments|basic|proof|exercise|katex-math|mystnb\.\w+|sphinx-design\.min)\.css$")
# Scripts that the theme loads itself when a reader searches, or that it does without.
UNUSED = {"documentation_options.js", "doctools.js", "sphinx_highlight.js"}


def palette_css(colours):
    """Return the custom properties of both modes; the system's choice holds until the page's script has run."""
    light, dark = (
        {**mode, "surface": surface, "link": mode["model"]} for mode, surface in zip(colours, SURFACE, strict=True)
    )

    def declarations(colours):
        return "".join(f"--{name}:{colour};" for name, colour in colours.items())

    return (
        f":root{{color-scheme:light;{declarations(light)}}}\n"
        f"@media (prefers-color-scheme:dark){{:root:not([data-theme]){{color-scheme:dark;{declarations(dark)}}}}}\n"
        f':root[data-theme="dark"]{{color-scheme:dark;{declarations(dark)}}}\n'
        "@media print{:root:root{color-scheme:light;" + declarations(light) + "}}\n"
    )


def write_palette(app):
    """Put the palette where the other style sheets are, before the first page is written."""
    if app.builder.format == "html":
        css = palette_css(palette(app.config.course_palette))
        (assets.static(app) / PALETTE_CSS).write_text(css, encoding="utf-8")


def joined(static, names):
    """Return the style sheets with these names in the folder as one, minified, their relative addresses kept true."""
    sheets = []
    for name in names:
        text = (static / name).read_text(encoding="utf-8")
        folder = PurePosixPath(name).parent
        sheets.append(re.sub(r"url\((['\"]?)(?!['\"]|/|#|\w+:)", lambda m, at=folder: f"url({m[1]}{at}/", text))
    return rcssmin.cssmin("\n".join(sheets)).replace("url(./", "url(")


def write_all_after_change(app, env):
    """Return all pages where the look has changed since they were written: each names its style sheet by content."""
    digest = hashlib.sha256()
    figures = settings.module(app.config.course_explorables)
    for path in sorted([*MACHINERY.rglob("*.*"), *([figures.STYLE] if figures else [])]):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.read_bytes())
    if getattr(env, "look", None) == digest.hexdigest():
        return []
    env.look = digest.hexdigest()
    return sorted(env.found_docs)


# What docutils writes and ARIA does not allow: a role taken out of the standard, and a column's heading without words.
MENDED = {'role="doc-biblioentry"': 'role="listitem"', '<th class="head"><p></p></th>': "<td></td>"}


# The fonts of KaTeX by the classes that ask for them. One that came after the first paint would move the words near it.
KATEX_FONTS = {
    "katex": "Main-Regular",
    "mathnormal": "Math-Italic",
    "mathbf": "Main-Bold",
    "mathcal": "Caligraphic-Regular",
    "amsrm": "AMS-Regular",
    "mathbb": "AMS-Regular",
    "mathtt": "Typewriter-Regular",
    "texttt": "Typewriter-Regular",
    "small-op": "Size1-Regular",
    "large-op": "Size2-Regular",
    **{f"delimsizing size{i}": f"Size{i}-Regular" for i in range(1, 5)},
    "delim-size1": "Size1-Regular",
    "delim-size4": "Size4-Regular",
}


def fonts_of(body):
    """Return the fonts that a page needs at once, as paths in _static/ without their ending.

    What lies in a closed box does not count: a browser would say that it fetched a font for nothing. Nor do italics:
    asked for here, they cost Lighthouse's telephone some 60 ms of blocking time.
    """
    body = re.sub(r"<details\b(?:(?!<details).)*?</details>", "", body, flags=re.S)
    used = [set(classes.split()) for classes in set(re.findall(r'class="([^"]*)"', body))]
    katex = dict.fromkeys(
        font for wanted, font in KATEX_FONTS.items() if any(set(wanted.split()) <= classes for classes in used)
    )
    return ["fonts/book-serif-normal", *(f"katex/fonts/KaTeX_{font}" for font in katex)]


def lean_page(app, pagename, templatename, context, doctree):
    """Give the template the page's contents, its one style sheet and the few scripts that it needs."""
    static = Path(app.outdir, "_static")
    pathto = context["pathto"]

    def asset(name):
        digest = hashlib.sha256((static / name).read_bytes()).hexdigest()[:8]
        return f"{pathto('_static/' + name, 1)}?v={digest}"

    names = [str(sheet.filename).removeprefix("_static/") for sheet in context["css_files"]]
    names = tuple(dict.fromkeys([PALETTE_CSS, *(name for name in names if not REPLACED.search(name))]))
    if getattr(app, "joined_sheets", None) != names:
        whole = static / f"{SITE_CSS}.{os.getpid()}"  # several processes may write pages
        whole.write_text(joined(static, names), encoding="utf-8")
        whole.replace(static / SITE_CSS)
        app.joined_sheets = names
    for faulty, sound in MENDED.items():
        context["body"] = context.get("body", "").replace(faulty, sound)
    context["asset"] = asset
    context["author"] = app.config.author
    context["brand"], comma, motto = app.config.html_title.partition(",")
    context["motto"] = comma + motto
    context["site_css"] = asset(SITE_CSS)
    context["fonts"] = " ".join(fonts_of(context["body"]))
    context["page_scripts"] = [
        script
        for script in context["script_files"]
        if script.filename and Path(str(script.filename)).name not in UNUSED
    ]
    context["contents"] = contents(app.env, pagename, context["pathto"])


def contents(env, pagename, pathto):
    """Return the book's parts and their pages for the template, with the sections of the page that is open."""

    def page(name):
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


def sections(env, name):
    """Return title and address of each section of a page, not of the sections within sections."""
    found = []
    for entry in env.tocs[name][0].findall(addnodes.compact_paragraph):
        link = entry[0]
        depth = sum(isinstance(above, nodes.bullet_list) for above in ancestors(entry))
        if depth == 2 and link["anchorname"]:
            found.append({"title": link.astext(), "href": link["anchorname"]})
    return found


def ancestors(node):
    """Yield the nodes around this one, innermost first."""
    while node := node.parent:
        yield node


class Summary(nodes.TextElement):
    """The title of a box that opens on a click."""


def visit_table(translator, node):
    """Put a table into a box of its own, which scrolls on a narrow page."""
    translator.body.append('<div class="table">')
    type(translator).visit_table(translator, node)


def depart_table(translator, node):
    """Close the table and its box."""
    type(translator).depart_table(translator, node)
    translator.body.append("</div>\n")


def visit_solution(translator, node):
    """Begin a solution: a box that the reader opens, after having tried. A click on its title must not lead away."""
    title = node[0]
    for link in list(title.findall(nodes.reference)):
        link.parent.replace(link, link.children)
    node.replace(title, Summary("", "", *title.children))
    translator.body.append(translator.starttag(node, "details", CLASS="admonition"))


def depart_solution(translator, node):
    """End the solution."""
    translator.body.append("</details>\n")


def visit_summary(translator, node):
    """Begin the title of a box that opens."""
    translator.body.append(translator.starttag(node, "summary", "", CLASS="admonition-title"))


def depart_summary(translator, node):
    """End the title."""
    translator.body.append("</summary>\n")


def setup(app):
    """Register with Sphinx; the page is made lean last, when all other extensions have added their files."""
    app.setup_extension("coursebook.source.settings")
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it, for an extension that is not loaded
    app.add_html_theme("course", str(THEME))
    app.add_node(nodes.table, override=True, html=(visit_table, depart_table))
    app.add_node(solution_node, override=True, html=(visit_solution, depart_solution))
    app.add_node(Summary, html=(visit_summary, depart_summary))
    app.connect("builder-inited", write_palette)
    app.connect("html-page-context", lean_page, priority=990)
    app.connect("env-updated", write_all_after_change)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
