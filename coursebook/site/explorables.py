"""{explorable}: a figure that the reader can touch, and a complete picture where scripts are off, on paper, in an EPUB.

    ```{explorable} line
    :label: explore-line
    :w: 2

    The caption, which asks something.
    ```

The options are the starting values; the modules are in the folder of the package that course_explorables in
_config.yml names, whose kit.js says how to write one. Their own code draws the figure into the page while the book is
built: Node.js runs once for all figures that are not in the environment's cache yet. Only a page that has an explorable
loads its script, after the kit, which all pages share.
"""

import hashlib
import json
import re
import subprocess
from collections.abc import Mapping
from html import escape
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple, cast

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata, OptionSpec
from sphinx.writers.html5 import HTML5Translator

from coursebook.site import assets, node
from coursebook.site.palette import palette
from coursebook.source import extension, settings

LOGGER = logging.getLogger(__name__)
DRAW = """
let given = "";
for await (const part of process.stdin) given += part;
const { kit, figures } = JSON.parse(given);
const { start, markup } = await import(kit);
const drawn = [];
for (const { address, key, values } of figures) {
  const module = await import(address);
  const state = start(module.spec, values);
  drawn.push({ html: markup(module, key, state), said: module.describe(state) });
}
process.stdout.write(JSON.stringify(drawn));
"""


class Placement(NamedTuple):
    """One explorable in a page: its name, the id of its figure, its starting values."""

    name: str
    key: str
    values: tuple[tuple[str, float], ...]


# Of each page: its explorables; of each hash of what is drawn: its HTML, and what it says in words.
PLACEMENTS: extension.Stored[dict[str, list[Placement]]] = extension.Stored("explorables", dict)
DRAWN: extension.Stored[dict[str, dict[str, str]]] = extension.Stored("explorables_drawn", dict)


def figures_of(config: Config) -> ModuleType:
    """Return the module that the book's figures are in."""
    module = settings.module(config.course_explorables)
    if module is None:
        raise ExtensionError("_config.yml names no module of explorables: set course_explorables under sphinx: config:")
    return module


class explorable(nodes.General, nodes.Element):
    """The figure; its children are the caption."""


class StartingValues(dict[str, Any]):
    """An option_spec that takes every option: which there are, depends on the explorable."""

    def __missing__(self, name: str) -> Any:
        """Return the converter for an option that only the explorable knows."""
        return directives.unchanged


class Explorable(SphinxDirective):
    """Place an explorable; a name or a starting value that does not exist is a warning that says which do."""

    required_arguments = 1
    has_content = True
    option_spec: OptionSpec | None = StartingValues(label=directives.unchanged_required)

    def run(self) -> list[nodes.Node]:
        """Return the figure with its caption."""
        name, figures = self.arguments[0], figures_of(self.config)
        label = self.options.pop("label", f"explore-{name}")
        try:
            values = figures.starting_values(name, self.options)
            figures.module_script(name)
        except figures.ExplorableError as error:
            LOGGER.warning("%s", error, location=self.get_location(), type="explorables")
            return []
        if not self.content:
            LOGGER.warning(
                "the explorable %s has no caption: ask the reader something.",
                name,
                location=self.get_location(),
                type="explorables",
            )
        node = explorable(names=[nodes.fully_normalize_name(label)])
        self.set_source_info(node)
        self.state.document.note_explicit_target(node, node)
        node["placement"] = Placement(name, node["ids"][0], tuple(sorted(values.items())))
        self.state.nested_parse(self.content, self.content_offset, node)
        PLACEMENTS.of(self.env).setdefault(self.env.docname, []).append(node["placement"])
        return [node]


# Drawing


def draw_all(app: Sphinx, env: BuildEnvironment) -> None:
    """Draw, with one run of Node.js, every figure of the book that is not drawn yet."""
    wanted = {_mark(app.config, placement): placement for page in PLACEMENTS.of(env).values() for placement in page}
    before = DRAWN.of(env)
    drawn = {mark: before[mark] for mark in wanted if mark in before}
    missing = [mark for mark in wanted if mark not in drawn]
    if missing:
        drawn.update(zip(missing, draw(figures_of(app.config), [wanted[mark] for mark in missing]), strict=True))
    DRAWN.set(env, drawn)
    if assets.is_site(app) and wanted:
        write_files(app, {placement.name for placement in wanted.values()})


def draw(module: ModuleType, placements: list[Placement]) -> list[dict[str, str]]:
    """Return the markup inside the figure ("html") and its description ("said") of each placement."""
    figures = [
        {"address": module.module(name).as_uri(), "key": key, "values": dict(values)}
        for name, key, values in placements
    ]
    given = json.dumps({"kit": module.KIT.as_uri(), "figures": figures})
    command = [str(node.program()), "--no-warnings", "--input-type=module", "--eval", DRAW]
    run = subprocess.run(command, input=given, capture_output=True, encoding="utf-8", timeout=60, check=False)
    if run.returncode:
        named = ", ".join(sorted({placement.name for placement in placements}))
        raise ExtensionError(f"Node.js could not draw the explorables ({named}):\n{run.stderr.strip()}")
    return cast(list[dict[str, str]], json.loads(run.stdout))


def _mark(config: Config, placement: Placement) -> str:
    """Return a hash of all that the page shows of a figure; the style sheet and the script have addresses with it."""
    module = figures_of(config)
    files = (*module.PARTS, module.STYLE, module.module(placement.name))
    digest = hashlib.sha256(repr(placement).encode())
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()


def write_files(app: Sphinx, names: set[str]) -> None:
    """Write the scripts that pages load and the style sheet, before the first page is written."""
    folder = Path(app.outdir, "_static", "explorables")
    folder.mkdir(parents=True, exist_ok=True)
    module = figures_of(app.config)
    scripts = {module.KIT.name: module.kit_script()} | {f"{name}.js": module.module_script(name) for name in names}
    files = {name: assets.minified(text) for name, text in scripts.items()}
    files[module.STYLE.name] = module.STYLE.read_text(encoding="utf-8")
    for name, text in files.items():
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text:
            (folder / name).write_text(text, encoding="utf-8")


# The page


def visit(translator: HTML5Translator, node: explorable) -> None:
    """Begin the figure: the drawing with its controls; in an EPUB the drawing alone, in colours of its own."""
    placement = node["placement"]
    drawn = DRAWN.of(translator.builder.env)[_mark(translator.config, placement)]
    if translator.builder.name == "epub":
        colours = palette(translator.config.course_palette).light
        inner = "".join(literal(svg, colours) for svg in re.findall(r"<svg.*?</svg>", drawn["html"]))
        inner = f'<div role="img" aria-label="{escape(drawn["said"])}">{inner}</div>'
    else:
        attributes = "".join(f' {option}="{value:g}"' for option, value in placement.values)
        inner = f'<lr-{placement.name} class="explorable"{attributes}>{drawn["html"]}</lr-{placement.name}>'
    translator.body.append(f'<figure class="explorable" id="{placement.key}">{inner}<figcaption>')


def depart(translator: HTML5Translator, node: explorable) -> None:
    """End the figure."""
    translator.body.append("</figcaption></figure>\n")


def literal(svg: str, colours: Mapping[str, str]) -> str:
    """Return the drawing in the colours of a light page and without handles: e-readers know no custom properties."""
    svg = re.sub(r'<[^<>]* data-handle=""[^<>]*/>| (?:data-\w+|aria-hidden)="[^"]*"', "", svg)
    return re.sub(r"var\(--(\w+)\)", lambda match: colours[match[1]], svg)


def put_words(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Where a page is not HTML, put the drawing's description in its place, above the caption."""
    if app.builder.format != "html":
        for node in list(doctree.findall(explorable)):
            said = DRAWN.of(app.env)[_mark(app.config, node["placement"])]["said"]
            target = nodes.target(ids=node["ids"], names=node["names"])
            node.replace_self([target, nodes.paragraph("", said), *node.children])


def load_script(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Let the page load the scripts of its explorables, and no other page."""
    names = sorted({f"{placement.name}.js" for placement in PLACEMENTS.of(app.env).get(pagename, [])})
    if names and app.builder.name != "epub":
        for name in (figures_of(app.config).KIT.name, *names):
            app.add_js_file(f"explorables/{name}", loading_method="defer")


# What must be read again


def outdated(app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]) -> list[str]:
    """Return the pages with a figure whose module, kit or style sheet is not what it was."""

    def is_current(placement: Placement) -> bool:
        known = placement.name in figures_of(app.config).names()
        return known and _mark(app.config, placement) in DRAWN.of(env)

    return [page for page, placements in PLACEMENTS.of(env).items() if not all(map(is_current, placements))]


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """Forget a page that is removed or about to be read again."""
    PLACEMENTS.of(env).pop(name, None)


def merge(app: Sphinx, env: BuildEnvironment, names: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    theirs = PLACEMENTS.of(other)
    PLACEMENTS.of(env).update((name, theirs[name]) for name in names if name in theirs)


def link_style_sheet(app: Sphinx, config: Config) -> None:
    """Link the style sheet of the figures, in a book that has any."""
    if config.course_explorables:
        app.add_css_file(f"explorables/{figures_of(config).STYLE.name}")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.setup_extension("coursebook.source.settings")
    app.add_directive("explorable", Explorable)
    app.add_node(explorable, html=(visit, depart))
    app.connect("config-inited", link_style_sheet)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", draw_all)
    app.connect("doctree-resolved", put_words)
    app.connect("html-page-context", load_script)
    return extension.metadata()
