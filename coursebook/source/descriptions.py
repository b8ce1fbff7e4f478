"""What each page says is on it: its html_meta description, noted when the page is read.

To ask the page's tree instead would take as long for each as to unpack the whole page.
"""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

from coursebook.source import extension

# Of each page: its description, empty where the page says nothing.
DESCRIPTIONS: extension.Stored[dict[str, str]] = extension.Stored("page_descriptions", dict)


def description_of(doctree: nodes.document) -> str:
    """Return the description that a page gives of itself, or an empty string."""
    found = (meta["content"] for meta in doctree.findall(nodes.meta) if meta.get("name") == "description")
    return str(next(found, ""))


def note(app: Sphinx, doctree: nodes.document) -> None:
    """Note the description of a page that has just been read."""
    DESCRIPTIONS.of(app.env)[app.env.docname] = description_of(doctree)


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """Forget a page that is removed or about to be read again."""
    DESCRIPTIONS.of(env).pop(name, None)


def merge(app: Sphinx, env: BuildEnvironment, names: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    DESCRIPTIONS.of(env).update({name: DESCRIPTIONS.of(other)[name] for name in names})


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("doctree-read", note)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    return extension.metadata()
