"""The book as one text: the built site's pages in reading order, without what only a screen can use.

pdf.py prints this text, epub.py packs it. Nothing here knows the site's theme: a page's text is
what `main article` holds, and a part of it that paper cannot show has the class `web-only`.
"""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, unquote, urljoin, urlsplit

import yaml
from lxml import etree, html
from lxml.html import HtmlElement

from coursebook.paper.styles import drawings
from coursebook.site.palette import palette
from coursebook.source import contents, settings

SCREEN_TAGS = {"script", "style", "link", "template", "noscript", "iframe", "audio", "video", "nav"}
SCREEN_TAGS |= {"button", "input", "select", "textarea", "output"}
SCREEN_CLASSES = {"headerlink", "visually-hidden", "sr-only", "figure-dark", "only-dark", "web-only", "toctree-wrapper"}
SCREEN_ATTRIBUTES = {"tabindex", "loading", "hidden", "role", "aria-hidden", "aria-live", "aria-controls"}
WRAPPERS = {"picture", "source", "form", "fieldset", "label"}
NAMED_BY = ("aria-labelledby", "aria-describedby", "aria-details", "headers")  # attributes that hold ids
BLOCKS = {"p", "div", "ul", "ol", "dl", "pre", "table", "section", "h1", "h2", "h3", "h4", "h5", "h6"}


class PaperError(Exception):
    """What the person who makes the PDF or EPUB must fix, in one line."""


class Page(NamedTuple):
    """One page of the site, ready for paper."""

    name: str  # its path on the site, without .html
    part: str  # the caption of the part that it belongs to; "" before the first part
    title: str
    anchor: str
    sections: list[tuple[str, str]]  # (anchor, title) of each
    body: HtmlElement


class Book(NamedTuple):
    """Everything that the two formats need."""

    title: str
    author: str
    language: str
    about: dict[str, Any]  # CITATION.cff
    pages: list[Page]
    lost: list[str]  # links whose target is not on paper: their words stay


def assemble(root: Path, site: Path) -> Book:
    """Read the site in the folder `site`, built from the sources in `root`."""
    config, about = (_yaml(root / name) for name in ("_config.yml", "CITATION.cff"))
    order = contents.entries(root)
    colours = palette(settings.of(root).palette).light
    trees = {name: _read(site / f"{name}.html") for _, name in order}
    texts = {name: _article(tree, name) for name, tree in trees.items()}
    for name, article in texts.items():
        _clean(article, site / f"{name}.html", colours)
    where = _rename_ids(texts)
    lost = []
    for name, article in texts.items():
        address = trees[name].xpath("string(//link[@rel='canonical']/@href)")
        lost += [f"{name}: {link}" for link in _redirect(article, name, address, where)]
    pages = [_page(name, part, texts[name], where) for part, name in order]
    language = trees[order[0][1]].getroot().get("lang", "en")
    return Book(config["title"], config["author"], language, about, pages, lost)


def _yaml(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def _read(page: Path) -> etree._ElementTree:
    if not page.is_file():
        raise PaperError(f"{page} is missing. Run make book first.")
    return html.parse(str(page), html.HTMLParser(encoding="utf-8"))


def _article(tree: etree._ElementTree, name: str) -> HtmlElement:
    found = tree.xpath("//main//article")
    if not found:
        raise PaperError(f"{name}.html has no text: the page holds no `main article`.")
    return found[0]


# What paper cannot show


def _clean(article: HtmlElement, page: Path, colours: Mapping[str, str]) -> None:
    """Take from a page what needs a screen, open what is folded, and make its pictures complete by themselves."""
    etree.strip_tags(article, etree.Comment)
    for element in [tag for tag in article.iter() if tag.tag.startswith("lr-")]:
        _leave_the_drawing(element, page, colours)
    for tag in list(article.iterdescendants()):
        if tag.tag == "details":
            _open(tag)
        if _is_for_screens(tag):
            tag.drop_tree()
        elif tag.tag in WRAPPERS:
            tag.drop_tag()
        elif tag.tag == "img":
            tag.set("src", _local(tag.get("src", ""), page))
    for tag in article.iter():
        if tag.tag != "svg":
            for name in [name for name in tag.attrib if name in SCREEN_ATTRIBUTES or name.startswith("on")]:
                del tag.attrib[name]
    # Formulas and drawings keep their measures and colours; what is left says how boxes behave on a screen.
    for tag in article.xpath(".//*[@style][not(ancestor-or-self::svg)]"):
        if not tag.xpath("ancestor-or-self::math"):
            del tag.attrib["style"]


def _is_for_screens(tag: HtmlElement) -> bool:
    hidden = tag.get("hidden", "until-found") != "until-found"  # what the browser's search opens is text
    return hidden or tag.tag in SCREEN_TAGS or not SCREEN_CLASSES.isdisjoint(tag.get("class", "").split())


def _leave_the_drawing(element: HtmlElement, page: Path, colours: Mapping[str, str]) -> None:
    """Leave of an explorable its drawing, in the colours of the light page; where it has none, its words."""
    if element.find(".//svg") is not None:
        if element.find(".//svg//svg") is not None:
            raise PaperError(f"{page.name}: a drawing in <{element.tag}> holds another one.")
        drawn = drawings(element, page, colours)
        for child in element:
            child.drop_tree()
        element.text = None
        element.extend(drawn)
    caption = element.xpath("ancestor::figure[1]/figcaption")
    name = element.get("aria-label") or (words(caption[0]) if caption else "")
    for svg in element.iter("svg"):
        svg.set("role", "img")
        svg.attrib.pop("aria-hidden", None)  # on the page, words beside the drawing say what it shows
        if name and not svg.get("aria-label"):
            svg.set("aria-label", name)
    tail = element.tail
    element.tag = "div"
    element.attrib.clear()
    element.set("class", "explorable")
    element.tail = tail


def _open(box: HtmlElement) -> None:
    """Make a box of what folds; words that only tell one to unfold it go."""
    classes = box.get("class", "").split()
    for summary in box.findall("summary"):
        if "hide" in classes:  # myst-nb's "Show code cell source"
            summary.drop_tree()
        else:
            summary.tag = "div" if BLOCKS.intersection(tag.tag for tag in summary.iter()) else "p"
            summary.set("class", "summary")
    box.tag = "div"
    for name in set(box.attrib) - {"id", "class", "hidden"}:
        del box.attrib[name]
    box.set("class", " ".join([*classes, "opened"]))


def _local(address: str, page: Path) -> str:
    """Return the path of a picture, which must be there."""
    if address.startswith("data:"):
        return address
    path = (page.parent / unquote(urlsplit(address).path)).resolve()
    if urlsplit(address).netloc or not path.is_file():
        raise PaperError(f"{page.name} shows {address!r}, which is not a file of the site.")
    return str(path)


# Ids and links


def _rename_ids(texts: dict[str, HtmlElement]) -> dict[tuple[str, str], str]:
    """Make each id the only one of its name in the book; return (page, old id): new id, and (page, ""): the page's."""
    where: dict[tuple[str, str], str] = {}
    for name, article in texts.items():
        stem = posixpath.basename(name)
        where[name, ""] = stem
        for tag in article.xpath(".//*[@id]"):
            where[name, tag.get("id")] = new = f"{stem}-{re.sub(r'[^A-Za-z0-9_.-]+', '-', tag.get('id'))}"
            tag.set("id", new)
        _rename_references(article, name, where)
    if repeated := [anchor for anchor, times in Counter(where.values()).items() if times > 1]:
        raise PaperError(f"two places of the book would be called {', '.join(repeated)}: rename one of their labels.")
    return where


def _rename_references(article: HtmlElement, name: str, where: dict[tuple[str, str], str]) -> None:
    """Keep attributes that name other elements of the page in step with the new ids."""
    for key in NAMED_BY:
        for tag in article.xpath(f".//*[@{key}]"):
            found = [where[name, old] for old in tag.get(key).split() if (name, old) in where]
            tag.set(key, " ".join(found))
            if not found:
                del tag.attrib[key]
    for tag in article.xpath(".//svg//*"):
        for key, value in tag.items():
            if "url(#" in value:
                tag.set(key, re.sub(r"url\(#([^)]+)\)", lambda m: f"url(#{where.get((name, m[1]), m[1])})", value))
            elif key in ("href", "xlink:href") and value.startswith("#"):
                tag.set(key, f"#{where.get((name, value[1:]), '')}")


def _redirect(article: HtmlElement, name: str, address: str, where: dict[tuple[str, str], str]) -> list[str]:
    """Lead the page's links to their places in the book; return those that have none, whose words stay."""
    lost = []
    for link in list(article.iter("a")):
        link.attrib.pop("download", None)  # an e-reader knows no such attribute
        if link.get("href") is None:
            link.tag = "span"
            continue
        parts = urlsplit(link.get("href"))
        if parts.scheme or parts.netloc:
            link.set("href", quote(link.get("href"), safe="!#$%&'()*+,/:;=?@[]~"))  # a DOI may hold < and >
            continue
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path))) if parts.path else name
        place = (path.removesuffix(".html"), unquote(parts.fragment))
        if place in where:
            link.set("href", f"#{where[place]}")
        elif address and (place[0], "") not in where:  # a page of the site that is not in the book
            link.set("href", urljoin(address, link.get("href")))
        else:
            if posixpath.splitext(path)[1] == ".html":  # a file to download is no place in the book
                lost.append(link.get("href"))
            link.tag = "span"
            del link.attrib["href"]
    return lost


def _page(name: str, part: str, article: HtmlElement, where: dict[tuple[str, str], str]) -> Page:
    heading = article.find(".//h1")
    if heading is None:
        raise PaperError(f"{name} has no title.")
    sections = []
    for title in article.iter("h2"):
        holder = title if title.get("id") else title.xpath("ancestor::*[@id][1]")
        anchor = title.get("id") or (holder[0].get("id") if len(holder) else where[name, ""])
        sections.append((anchor, words(title)))
    return Page(name, part, words(heading), where[name, ""], sections, article)


def words(tag: HtmlElement) -> str:
    """Return the text of a heading."""
    return " ".join(tag.text_content().split())
