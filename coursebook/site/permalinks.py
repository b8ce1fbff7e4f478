"""A link of its own for every claim, exercise and solution, as headings and equations have one.

An address ends in the label: #prop-odds-ratio, #ex-odds-twice, and for an exercise's solution
#solution-ex-odds-twice. (Equations are named by Sphinx: #equation-eq-odds.) A solution's id is on what is
inside its box, because a browser opens a closed box for a link that leads into it, and not for one to the box itself.

Every such link, Sphinx's own too, shows "#" and tells a screen reader what it is: "Link to this equation"
(translator.py).
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator
from sphinx_exercise.nodes import is_exercise_node, is_solution_node

from coursebook.site import assets
from coursebook.source import extension

STYLE_SHEET = Path(__file__).with_suffix(".css")


class Permalink(nodes.Inline, nodes.Element):
    """A link to the place in this page with the id "to"; "says" is what a screen reader calls it."""


def visit_permalink(translator: HTML5Translator, node: Permalink) -> None:
    """Write the link as Sphinx writes that of a heading."""
    translator.add_permalink_ref(nodes.target(ids=[node["to"]]), node["says"])
    raise nodes.SkipNode


def name_solutions(app: Sphinx, doctree: nodes.document) -> None:
    """Name each solution after its exercise: the number that sphinx-exercise gives it changes with its neighbours."""
    for solution in doctree.findall(is_solution_node):
        content = solution[-1]
        content["ids"], solution["ids"] = [f"solution-{solution['target_label']}"], []


def link_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a link into the title of each claim and exercise, and into the box of each solution."""
    if app.builder.format != "html":
        return
    for box in doctree.findall(nodes.Admonition):
        if not isinstance(box, nodes.Element) or not box.get("label"):
            continue
        if is_solution_node(box):  # its title is what opens the box, and can hold no link
            content = box[-1]
            content.insert(0, Permalink(to=content["ids"][0], says="Link to this solution"))
        else:
            kind = "exercise" if is_exercise_node(box) else box.get("realtype", "box")
            box[0] += Permalink(to=box["ids"][0], says=f"Link to this {kind}")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.setup_extension("coursebook.site.translator")
    app.add_node(Permalink, html=(visit_permalink, None))
    assets.add_style_sheet(app, STYLE_SHEET)
    app.connect("doctree-read", name_solutions)
    app.connect("doctree-resolved", link_boxes)
    return extension.metadata()
