"""An old link finds its place again when that has moved to another page: a.html#prop-b, though prop-b has left a.

The site has a list of its places, _static/places.js, made of all labels, headings and formulas that only one page has.
A page loads it only when its address names a place that it lacks (theme.js), and goes on to the page that has it.
Without scripts such a link leads to the top of the old page.
"""

import json
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import assets
from coursebook.source import extension

FILE = "places.js"


def places(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return the ids of each page that no other page has."""
    pages: dict[str, set[str]] = defaultdict(set)  # of each id
    known = getattr(env, "sphinx_exercise_registry", {})
    exercises = {label for label, its in known.items() if its["type"].startswith("exercise")}
    for page, name in env.get_domain("std").anonlabels.values():  # type: ignore[attr-defined]
        pages[name].add(page)
        if name in exercises:
            pages[f"solution-{name}"].add(page)  # permalinks.py calls an exercise's solution so
    for label, (page, _) in env.get_domain("math").equations.items():  # type: ignore[attr-defined]
        pages[nodes.make_id(f"equation-{label}")].add(page)
    for name, its in getattr(env, "proof_list", {}).items():
        pages[name].add(its["docname"])
    for page, contents in env.tocs.items():
        for link in contents.findall(nodes.reference):
            pages[link["anchorname"].removeprefix("#")].add(page)
    found: dict[str, list[str]] = defaultdict(list)
    for name, its in sorted(pages.items()):
        if len(its) == 1 and name and "/" not in name:  # sphinx-exercise's own names of solutions, which no page keeps
            found[min(its)].append(name)
    return dict(sorted(found.items()))


def write_places(app: Sphinx, error: Exception | None) -> None:
    """Write the list."""
    if error or not assets.is_site(app):
        return
    listed = {app.builder.get_target_uri(page): names for page, names in places(app.env).items()}
    text = f"globalThis.PLACES = {json.dumps(listed, separators=(',', ':'))};\n"
    Path(assets.static(app), FILE).write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("build-finished", write_places)
    return extension.metadata()
