"""Each id stands once in a page: sphinx-proof and sphinx-exercise give every box of one kind the same."""

from collections import Counter

from docutils import nodes

REPEATED_IDS = {"proof-content", "exercise-content", "solution-content", "proof"}


def number_repeated_ids(app, doctree):
    """Number the ids that stand in a page more than once."""
    count = Counter()
    for node in doctree.findall(nodes.Element):
        for place, name in enumerate(node.get("ids", [])):
            if name in REPEATED_IDS:
                count[name] += 1
                node["ids"][place] = f"{name}-{count[name]}"


def setup(app):
    """Register with Sphinx."""
    app.connect("doctree-read", number_repeated_ids)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
