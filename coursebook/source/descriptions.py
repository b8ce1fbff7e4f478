"""What each page says is on it: its html_meta description, noted when the page is read.

app.env.page_descriptions has it by the page's name, empty where a page says nothing. To ask the page's tree instead
would take as long for each as to unpack the whole page.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def description_of(doctree: nodes.document) -> str:
    """Return the description that a page gives of itself, or an empty string."""
    found = (meta["content"] for meta in doctree.findall(nodes.meta) if meta.get("name") == "description")
    return str(next(found, ""))


def _begin(app: Sphinx) -> None:
    if not hasattr(app.env, "page_descriptions"):
        app.env.page_descriptions = {}  # type: ignore[attr-defined]  # kept with the environment from build to build


def _note(app: Sphinx, doctree: nodes.document) -> None:
    app.env.page_descriptions[app.env.docname] = description_of(doctree)  # type: ignore[attr-defined]


def _forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    env.page_descriptions.pop(name, None)  # type: ignore[attr-defined]


def _merge(app: Sphinx, env: BuildEnvironment, names: list[str], other: BuildEnvironment) -> None:
    env.page_descriptions.update({name: other.page_descriptions[name] for name in names})  # type: ignore[attr-defined]


def setup(app: Sphinx) -> dict[str, Any]:
    """Register with Sphinx."""
    app.connect("builder-inited", _begin)
    app.connect("doctree-read", _note)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
