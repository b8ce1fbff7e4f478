"""Every page keeps to one strict policy: no script and no style sheet inside it, and nothing from another site.

Each page carries the policy itself (theme/layout.html), because a server such as GitHub Pages cannot be told to send
it; `make serve` also sends it as a header. Style attributes are allowed: Temml and docutils write hundreds of them,
and one can neither run a script, nor load from elsewhere, nor style another element. docs/decisions/0016 weighs it.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from coursebook.source import extension

POLICY = "; ".join(
    [
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
    ]
)
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'


def tell_template(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the template the policy."""
    context["policy"] = META


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.connect("html-page-context", tell_template)
    return extension.metadata()
