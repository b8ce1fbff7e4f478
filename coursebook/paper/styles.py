"""What paper takes from the site's own style sheets: the colours of drawings.

A drawing on a page is coloured by classes and custom properties (`--ink`, `--zero`, ...). On paper it carries its
colours itself, those of the light page.
"""

import re
from collections.abc import Mapping
from functools import cache
from html import escape
from pathlib import Path
from urllib.parse import unquote, urlsplit

import css_inline
import tinycss2
from lxml import etree, html
from lxml.html import HtmlElement

_VARIABLE = re.compile(r"var\(\s*--([\w-]+)\s*(?:,((?:[^()]|\((?:[^()]|\([^()]*\))*\))*))?\)")
DEEPEST_NESTING = 8  # a property that names a property that names ...


def drawings(element: HtmlElement, page: Path, colours: Mapping[str, str]) -> list[HtmlElement]:
    """Return the drawings in an element, with every style of the page's sheets on the parts that it colours.

    colours: the palette of the light page, which wins over what the sheets say of the same names.
    """
    sheets = style_sheets(element, page)
    properties = {key: value for sheet in reversed(sheets) for key, value in _properties(sheet).items()} | dict(colours)
    css = resolved("\n".join(_text(sheet) for sheet in sheets), properties)
    # Selectors may name the elements around it.
    around = "".join(f"<{tag.tag}{_attributes(tag)}>" for tag in reversed([*element.iterancestors()]))
    source = around + resolved(html.tostring(element, encoding="unicode", with_tail=False), properties)
    styled = css_inline.CSSInliner(extra_css=css, load_remote_stylesheets=False).inline(source)
    # As XML: a parser of HTML would write viewBox in small letters.
    found = re.findall(r"<svg\b.*?</svg>", styled, re.DOTALL)
    return [etree.fromstring(_without_namespaces(svg), html.XHTMLParser()) for svg in found]


def _without_namespaces(svg: str) -> str:
    return re.sub(r'\sxmlns(:\w+)?="[^"]*"', "", svg).replace("xlink:href", "href").replace("&nbsp;", "\u00a0")


def resolved(text: str, properties: dict[str, str]) -> str:
    """Put the values of the light page in place of var(...): a property, else the fallback."""

    def value(match: re.Match[str]) -> str:
        name, fallback = match[1], (match[2] or "").strip()
        return properties.get(name) or fallback or "inherit"

    for _ in range(DEEPEST_NESTING):
        text, times = _VARIABLE.subn(value, text)
        if not times:
            break
    return text


def style_sheets(tag: HtmlElement, page: Path) -> list[Path]:
    """Return the files of the site that the tag's page links as style sheets."""
    links = tag.getroottree().xpath("//link[contains(concat(' ', @rel, ' '), ' stylesheet ')]/@href")
    files = [(page.parent / unquote(urlsplit(link).path)).resolve() for link in links if not urlsplit(link).netloc]
    return [file for file in files if file.is_file()]


@cache
def _text(sheet: Path) -> str:
    return sheet.read_text(encoding="utf-8")


@cache
def _rules(sheet: Path) -> list[tuple[str, str]]:
    return _parsed(_text(sheet))


def _parsed(css: str) -> list[tuple[str, str]]:
    """Return (selector, declarations) of each rule that holds everywhere: none of @media, @supports and the like."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return [
        (tinycss2.serialize(rule.prelude).strip(), tinycss2.serialize(rule.content).strip())
        for rule in rules
        if rule.type == "qualified-rule"
    ]


@cache
def _properties(sheet: Path) -> dict[str, str]:
    """Return the custom properties that the sheet gives to the whole page, in light mode."""
    found: dict[str, str] = {}
    for selector, declarations in _rules(sheet):
        if {":root", "html"} & {part.strip() for part in selector.split(",")}:
            for name, value in re.findall(r"--([\w-]+)\s*:\s*([^;]+)", declarations):
                found.setdefault(name, value.strip())
    return found


def _attributes(tag: HtmlElement) -> str:
    return "".join(f' {key}="{escape(value)}"' for key, value in tag.items())
