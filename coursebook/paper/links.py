"""{downloads}: a line with links to the whole book as a PDF and an EPUB, empty while neither is made.

The files are those in the site's downloads/ (downloads.py), which holds none that was made from other sources. A page
with the directive is written again when they change.
"""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata
from sphinx.writers.html5 import HTML5Translator

from coursebook.paper import downloads
from coursebook.source import extension

WORDS = {".pdf": "PDF to print", ".epub": "EPUB for e-readers"}
PAGES: extension.Stored[set[str]] = extension.Stored("pages_with_downloads", set)
SHOWN: extension.Stored[list[tuple[str, str]]] = extension.Stored(
    "downloads_shown", list
)  # address, words of each link


class Downloads(nodes.General, nodes.Element):
    """The place for the links."""


class DownloadsDirective(SphinxDirective):
    """Keep the place."""

    def run(self) -> list[nodes.Node]:
        """Return the node."""
        PAGES.of(self.env).add(self.env.docname)
        return [Downloads()]


def offered(site: Path) -> list[tuple[str, str]]:
    """Return the address below the site and the words of a link to each file that it offers."""
    files = sorted((site / downloads.DOWNLOADS).glob("*.*"), key=lambda file: list(WORDS).index(file.suffix))
    return [
        (f"{downloads.DOWNLOADS}/{file.name}", f"{WORDS[file.suffix]} ({downloads.megabytes(file)})") for file in files
    ]


def visit_downloads(translator: HTML5Translator, node: Downloads) -> None:
    """Write the links, which a book on paper leaves out: `web-only`."""
    builder = translator.builder
    if builder.name != "epub" and (links := offered(Path(builder.outdir))):
        up = "../" * builder.get_target_uri(builder.current_docname).count("/")
        written = [
            translator.starttag({}, "a", "", href=f"{up}{address}", download="") + f"{translator.encode(words)}</a>"
            for address, words in links
        ]
        line = translator.starttag(node, "p", "", CLASS="downloads web-only")
        translator.body.append(f"{line}The whole book: {', '.join(written)}</p>\n")
    raise nodes.SkipNode


def skip(translator: nodes.NodeVisitor, node: Downloads) -> None:
    """Leave the links out of what is not a page."""
    raise nodes.SkipNode


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages with links when these are no longer those that were written."""
    now = offered(Path(app.outdir))
    if now == SHOWN.of(env):
        return []
    SHOWN.set(env, now)
    return sorted(PAGES.of(env))


def forget(app: Sphinx, env: BuildEnvironment, name: str) -> None:
    """Forget a page that is removed or about to be read again."""
    PAGES.of(env).discard(name)


def merge(app: Sphinx, env: BuildEnvironment, names: list[str], other: BuildEnvironment) -> None:
    """Take over what another process has read."""
    PAGES.of(env).update(PAGES.of(other) & set(names))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.add_directive("downloads", DownloadsDirective)
    app.add_node(Downloads, html=(visit_downloads, None), latex=(skip, None), text=(skip, None))
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", write_again)
    return extension.metadata()
