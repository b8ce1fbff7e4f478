"""What search engines, other sites and readers need to find a page and to come back to its sources.

Every page says in a sentence what is on it: its html_meta description, without which a strict build fails. If the
site's address is known (source/repository.py), a page also names its canonical address and a card for links to it, and
the site has a sitemap. For the templates: edit_url, report_url, repository_url and canonical_url.
"""

import html
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging
from sphinx.util.typing import ExtensionMetadata

from coursebook.site import social_card
from coursebook.source import contents, extension, repository, settings
from coursebook.source.descriptions import description_of

LOGGER = logging.getLogger(__name__)
NOT_FOUND = "404"
NOT_FOUND_BODY = Path(__file__).with_name("not_found.html")
CARDS = "_static/cards"
SHORTEST, LONGEST = 50, 160  # characters: what a search engine shows of a description, and enough to fill it

# The pages that Sphinx makes by itself have no source that could say it.
GENERATED = {
    "search": "Search every chapter of the book, its glossary and its library's reference, also without a network.",
    NOT_FOUND: "There is no page at this address. Search the book, or choose one of its chapters.",
}
REPORT = "Page: {page}\nSection: \nBuilt from: {version}\n\nWhat is wrong:\n\n\nWhat it should say:\n"


# What a page says about itself


def describe_page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Give the page its tags, and the template the addresses that belong to it."""
    site, source = app.config.html_baseurl, repository.of_app(app)
    path = str(app.env.doc2path(pagename, base=False)) if doctree else ""  # of its source
    title = app.env.titles[pagename].astext() if doctree else context.get("title", pagename)
    description = description_of(doctree) if doctree else GENERATED.get(pagename, "")
    if problem := weakness(description):
        LOGGER.warning("%s", problem, location=pagename, type="findable", subtype="description")
    canonical = site + _address(app, pagename) if site and pagename != NOT_FOUND else ""
    tags = []
    if not doctree:
        tags.append(_tag("name", "description", description))
    elif canonical:
        tags += _social_tags(app, pagename, title, description, canonical)
    if pagename == NOT_FOUND and source.base:
        # The server shows this page at every depth, and its links, relative ones, must lead to the same places from
        # all. Only on the published site: opened as a file, or served from elsewhere, they are right as they are.
        tags.append(f'<base href="{html.escape(source.base)}{app.builder.get_target_uri(NOT_FOUND)}">')
    context["metatags"] = "\n".join([context.get("metatags") or "", *tags])
    report = REPORT.format(page=path or pagename, version=source.commit or source.branch)
    context.update(
        canonical_url=canonical,
        pageurl=canonical or None,  # Sphinx's own name for it, which its layouts print
        repository_url=source.url,
        edit_url=source.edit_url(path) if path else "",
        report_url=source.issue_url(f'Error on the page "{title}"', report),
    )


def weakness(description: str) -> str:
    """Return what is wrong with a page's description, or nothing."""
    if not description:
        return "this page has no description: say in its header, under myst: html_meta: description:, what is on it"
    if not SHORTEST <= len(description) <= LONGEST:
        return f"the page's description has {len(description)} characters; {SHORTEST} to {LONGEST} are shown whole"
    return ""


def _address(app: Sphinx, pagename: str) -> str:
    """Return the page's address below the site's."""
    address = app.builder.get_target_uri(pagename)
    return "" if address == "index.html" else address


def _social_tags(app: Sphinx, pagename: str, title: str, description: str, canonical: str) -> list[str]:
    site_name = app.config.html_title
    tags = {
        "og:title": title,
        "og:description": description,
        "og:type": "website" if pagename == app.config.root_doc else "article",
        "og:site_name": site_name,
        "og:url": canonical,
        "og:image": f"{app.config.html_baseurl}{CARDS}/{social_card.file_name(title, site_name)}",
        "og:image:width": social_card.WIDTH,
        "og:image:height": social_card.HEIGHT,
        "og:image:alt": social_card.words(title, site_name),
    }
    return [_tag("property", name, words) for name, words in tags.items()] + [
        _tag("name", "twitter:card", "summary_large_image")
    ]


def _tag(kind: str, name: str, words: object) -> str:
    return f'<meta {kind}="{name}" content="{html.escape(str(words))}">'


# Pages and files of the whole site


def page_not_found(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Yield the page for an address that leads nowhere: what happened, a search, and where the chapters are."""
    chapters = contents.chapter_names(Path(app.srcdir), app.env.found_docs)
    names = {
        "start": app.builder.get_target_uri(app.config.root_doc),
        "search": app.builder.get_target_uri("search"),
        "chapters": [(app.builder.get_target_uri(name), app.env.titles[name].astext()) for name in chapters],
    }
    assert isinstance(app.builder, StandaloneHTMLBuilder)  # the only kind that emits this event
    body = app.builder.templates.render_string(NOT_FOUND_BODY.read_text(encoding="utf-8"), names)
    yield NOT_FOUND, {"title": "Page not found", "body": body}, "page.html"


def write_site_files(app: Sphinx, error: Exception | None) -> None:
    """Write the sitemap, the file that leads search engines to it, and the cards; without an address, none of them."""
    if error or app.builder.format != "html":
        return
    out, site = Path(app.outdir), app.config.html_baseurl
    pages = contents.in_order(Path(app.srcdir), app.env.found_docs) if site else []
    files = {}
    if site:
        files["sitemap.xml"] = sitemap([site + _address(app, name) for name in pages])
        files["robots.txt"] = f"User-agent: *\nAllow: /\nSitemap: {site}sitemap.xml\n"
    for name in ("sitemap.xml", "robots.txt"):
        if name in files:
            (out / name).write_text(files[name], encoding="utf-8")
        else:  # of an earlier build, which knew an address
            (out / name).unlink(missing_ok=True)
    titles = [app.env.titles[name].astext() for name in pages]
    social_card.write_all(out / CARDS, titles, app.config.html_title, settings.of_app(app))


def sitemap(addresses: Iterable[str]) -> str:
    """Return the list of the pages as search engines read it."""
    root = ElementTree.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    for address in addresses:
        ElementTree.SubElement(ElementTree.SubElement(root, "url"), "loc").text = address
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register with Sphinx."""
    app.setup_extension("coursebook.source.settings")
    app.setup_extension("coursebook.source.repository")
    app.connect("html-collect-pages", page_not_found)
    app.connect("html-page-context", describe_page)
    app.connect("build-finished", write_site_files)
    return extension.metadata()
