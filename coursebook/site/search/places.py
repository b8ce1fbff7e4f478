"""The places of a page that a search can find, with their words, read from the page as it was written."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import html
from lxml.html import HtmlElement

# What is no text of its place: signs, buttons, drawings, the dark twin of a figure.
LEFT_OUT = (
    ".//a[@class='headerlink']|.//a[@class='evidence']|.//button|.//svg|.//script|.//style|.//*[@hidden='hidden']"
)
LEFT_OUT += "|.//*[contains(@class, 'claim-entry')]//pre"  # the code of tests, many times the text of the book
BLOCKS = ("p", "li", "div", "td", "th", "dt", "dd", "figcaption", "pre", "summary", "h2", "h3", "h4")  # words end here
FORMULA = "\u2063"  # around a formula: no words of the page's text, which a link could ask for, run across it
APPLY = "\u2061"


class Place(NamedTuple):
    """A section, a term, a function or a row of a table of signs."""

    address: str  # of the page and the place in it, as in "chapters/odds.html#twice"
    name: str
    page: str  # the title of the page
    text: str
    code: str  # of its cells, with what they print
    kind: str  # "page", "section", "term", "function" or "row"


def of(file: Path, address: str) -> list[Place]:
    """Return the places of a page that was written to `file`; address: the page's own in the site."""
    article = html.parse(str(file), html.HTMLParser(encoding="utf-8")).find(".//main//article")
    if article is None:
        return []
    for tag in article.xpath(LEFT_OUT):
        tag.drop_tree()
    for formula in article.iter("math"):
        words = formula.text_content().replace(APPLY, "")
        for child in list(formula):
            formula.remove(child)
        formula.text = f"{FORMULA}{words}{FORMULA}"
    for block in article.iter(*BLOCKS):
        block.tail = f" {block.tail or ''}"
    title = article.find(".//h1")
    page = _words(title) if title is not None else ""
    return [*_definitions(article, address, page), *_rows(article, address, page), *_sections(article, address, page)]


def _definitions(article: HtmlElement, address: str, page: str) -> Iterator[Place]:
    """Take the terms of a glossary and the functions of a library out of the page."""
    for term in article.xpath(".//dt[@id]"):
        function = "sig" in term.get("class", "").split()
        meaning = term.getnext()
        text = _words(meaning) if meaning is not None and meaning.tag == "dd" else ""
        name = term.get("id") if function else _words(term)
        yield Place(f"{address}#{term.get('id')}", name, page, text, "", "function" if function else "term")
        for tag in (term, meaning):
            if tag is not None and tag.getparent() is not None:
                tag.drop_tree()


def _rows(article: HtmlElement, address: str, page: str) -> Iterator[Place]:
    """Yield the rows of tables whose first cell is a formula: a list of signs, each with its meaning."""
    for row in article.xpath(".//tr[td[1]//math]"):
        place = row.xpath("ancestor::section[1]/@id")
        sign, *meaning = (_words(cell) for cell in row)
        anchor = f"#{place[0]}" if place else ""
        yield Place(address + anchor, sign.replace(FORMULA, ""), page, " ".join(meaning), "", "row")


def _sections(article: HtmlElement, address: str, page: str) -> Iterator[Place]:
    """Yield each section with the words that are in none of its own sections."""
    for section in article.iter("section"):
        heading = next((tag for tag in section if tag.tag in ("h1", "h2", "h3", "h4", "h5", "h6")), None)
        if heading is None:
            continue
        own = copy.deepcopy(section)
        for inner in own.xpath(".//section|./h1|./h2|./h3|./h4|./h5|./h6"):
            inner.drop_tree()
        cells = own.xpath(".//pre")
        code = " ".join(_words(cell) for cell in cells)
        for cell in cells:
            cell.drop_tree()
        first = heading.tag == "h1"
        anchor = "" if first else f"#{section.get('id')}"
        yield Place(address + anchor, _words(heading), page, _words(own), code, "page" if first else "section")


def _words(tag: HtmlElement) -> str:
    return " ".join(tag.text_content().split())
