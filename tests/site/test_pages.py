"""The built pages: whole, valid, and asking no third party for anything."""

from collections import Counter
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

pytestmark = pytest.mark.slow  # they look at the whole book, which must be built first


@cache
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


def pages(built: Path) -> list[Path]:
    return sorted(page for page in built.rglob("*.html") if "_static" not in page.parts)


def wanted_from_elsewhere(page: BeautifulSoup) -> list[str]:
    """Return what the page loads (not: links to) from another site."""
    loaded = [(tag, "src") for tag in page.find_all(src=True)]
    loaded += [(tag, "href") for tag in page.find_all("link", href=True) if tag.get("rel") != ["canonical"]]
    return [tag[name] for tag, name in loaded if urlsplit(tag[name]).netloc]


def broken_links(built: Path, page: Path) -> list[str]:
    """Return the links of the page that lead to no file, or to no place in it."""
    broken = []
    for link in soup(page).find_all("a", href=True):
        parts = urlsplit(link["href"])
        if parts.scheme or parts.netloc:
            continue
        target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
        anchor = unquote(parts.fragment)
        if not target.is_file() or (anchor and not soup(target).find(id=anchor)):
            broken.append(link["href"])
    return broken


def test_the_book_has_its_chapters(built):
    """Catches the tests below passing because there is nothing to look at."""
    names = {page.stem for page in pages(built)}
    assert {"index", "checked", "sigmoid", "accuracy", "cross-entropy", "regression-vs-classification"} <= names


def test_no_page_loads_anything_from_another_site(built):
    """Catches a third party who could watch, or break, each reader's page."""
    assert {page.name: found for page in pages(built) if (found := wanted_from_elsewhere(soup(page)))} == {}


def test_a_load_from_another_site_is_found():
    """The planted failure of the test above."""
    page = BeautifulSoup(
        '<script src="https://cdn.example/x.js"></script><a href="https://a.example/">a</a>', "html.parser"
    )
    assert wanted_from_elsewhere(page) == ["https://cdn.example/x.js"]


def test_every_link_inside_the_book_leads_somewhere(built):
    """Catches a renamed page, and an anchor that is not there."""
    assert {page.name: found for page in pages(built) if (found := broken_links(built, page))} == {}


def test_a_link_that_leads_nowhere_is_found(tmp_path):
    """The planted failure of the test above: no such file, no such anchor; the third one is whole."""
    page = tmp_path / "page.html"
    page.write_text('<a href="gone.html">a</a><a href="#gone">b</a><a href="page.html#here">c</a><p id="here">')
    assert broken_links(tmp_path, page) == ["gone.html", "#gone"]


def test_no_id_stands_twice_in_a_page(built):
    """Catches an anchor that leads to the wrong box; sphinx-proof and sphinx-exercise repeat theirs."""
    for page in pages(built):
        count = Counter(tag["id"] for tag in soup(page).find_all(id=True))
        assert [name for name, times in count.items() if times > 1] == [], page.name


def test_formulas_are_set_while_building(built):
    """Catches raw TeX on the page, and formulas that only a script would set."""
    page = soup(built / "chapters/sigmoid.html")
    assert len(page.select(".katex math")) > 100
    assert page.select(".katex-error") == []


def test_no_solution_or_source_of_the_project_is_published(built):
    """Catches pages made of every text under the root: the README, the decisions, an assignment's master."""
    published = {page.relative_to(built).parts[0] for page in pages(built)}
    assert published <= {
        "index.html",
        "book",
        "chapters",
        "404.html",
        "search.html",
    }


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_page_opens_without_an_error_or_a_foreign_request_and_fits(built, browser, mode, width):
    """Catches an error on the console, a request to another site, and a page that scrolls sideways on a phone."""
    for page in sorted([*built.glob("chapters/*.html"), *built.glob("book/*.html")]):
        tab = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=mode)
        said, asked = [], []
        tab.on("console", lambda message, said=said: said.append(message.text) if message.type != "log" else None)
        tab.on("pageerror", lambda error, said=said: said.append(str(error)))
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.goto(page.as_uri())
        assert said == [], page.name
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == [], page.name
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, page.name
        tab.close()
