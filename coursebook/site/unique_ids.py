"""Each id occurs once in a page: sphinx-proof and sphinx-exercise give every box of one kind the same."""

from collections import Counter

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from coursebook.source import extension

REPEATED_IDS = {"proof-content", "exercise-content", "solution-content", "proof"}


def number_repeated_ids(app: Sphinx, doctree: nodes.document) -> None:
    """Number the ids that occur in a page more than once."""
    count: Counter[str] = Counter()
    for node in doctree.findall(nodes.Element):
        for place, name in enumerate(node.get("ids", [])):
            if name in REPEATED_IDS:
                count[name] += 1
                node["ids"][place] = f"{name}-{count[name]}"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("doctree-read", number_repeated_ids)
    return extension.metadata()
