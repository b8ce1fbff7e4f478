"""Take from each page what a reader does not need and what makes the page invalid.

sphinx-thebe is loaded by the theme even where it is switched off, and twice: its second copy is an error on the
browser's console. sphinx-proof and sphinx-exercise give every box of one kind the same id.
"""

from collections import Counter

from docutils import nodes

REPEATED_IDS = {"proof-content", "exercise-content", "solution-content", "proof"}


def without_thebe_and_repeats(app, pagename, templatename, context, doctree):
    """Keep one copy of each script of the page, and none of sphinx-thebe."""
    seen, kept = set(), []
    for script in context.get("script_files", []):
        body = script.attributes.get("body") or ""
        name = body or str(script.filename)
        if name not in seen and "thebe" not in name.lower():
            kept.append(script)
        seen.add(name)
    context["script_files"] = kept
    context["css_files"] = [sheet for sheet in context.get("css_files", []) if "thebe" not in str(sheet.filename)]


def number_repeated_ids(app, doctree):
    """Number the ids that stand in a page more than once."""
    count = Counter()
    for node in doctree.findall(nodes.Element):
        for place, name in enumerate(node.get("ids", [])):
            if name in REPEATED_IDS:
                count[name] += 1
                node["ids"][place] = f"{name}-{count[name]}"


def setup(app):
    """Register with Sphinx; late, so that all other extensions have added their scripts."""
    app.connect("html-page-context", without_thebe_and_repeats, priority=990)
    app.connect("doctree-read", number_repeated_ids)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
