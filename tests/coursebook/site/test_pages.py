"""The built pages: whole, valid, and asking no third party for anything."""

from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

from coursebook.serve import serving
from coursebook.site import theme
from coursebook.site.strict_policy import POLICY
from tests.coursebook.site.visits import look
from tests.pages import CHAPTERS, DESK, MODES, PAGES, PHONE, every_page, ids, soup, visit
from tests.paths import ROOT

pytestmark = pytest.mark.slow  # they look at the whole book, which must be built first

KILOBYTES = 1000


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
        if not target.is_file() or (anchor and anchor not in ids(target)):
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
    assert len(page.select("math")) > 100
    assert page.select(".temml-error, merror") == []


def test_no_solution_or_source_of_the_project_is_published(built):
    """Catches pages made of every text under the root: the README, the decisions, an assignment's master."""
    published = {page.relative_to(built).parts[0] for page in pages(built)}
    assert published <= {
        "index.html",
        "book",
        "chapters",
        "coursework",
        "404.html",
        "search.html",
    }
    assignments = {master.parent.name for master in (ROOT / "assignments").glob("*/master.md")}
    assert {page.stem for page in (built / "coursework").rglob("*.html")} == assignments


def inline(page: BeautifulSoup) -> list[str]:
    """Return what the strict policy would stop: scripts, style sheets and handlers inside the page itself."""
    # A block of data, such as the description for search engines, is no script.
    data = ("application/json", "application/ld+json")
    found = [str(tag)[:80] for tag in page.find_all("script", src=False) if tag.get("type") not in data]
    found += [str(tag)[:80] for tag in page.find_all("style")]
    for tag in page.find_all(True):
        for name, value in tag.attrs.items():
            if name.startswith("on") or str(value).strip().lower().startswith("javascript:"):
                found.append(f'<{tag.name} {name}="{str(value)[:60]}">')
    return found


@every_page
def test_nothing_stands_inline_in_a_page(built, page):
    """Catches what the strict policy stops: an extension's script in the page, a table's style, an onclick."""
    assert inline(soup(built / page)) == []


@pytest.mark.parametrize(
    "html",
    [
        "<script>go()</script>",
        '<script type="module">go()</script>',
        "<style scoped>p { color: red }</style>",
        '<button onclick="go()">',
        '<a href="javascript:go()">',
        "<noscript><style>p { color: red }</style></noscript>",
    ],
)
def test_each_kind_of_inline_code_is_found(html):
    """The planted failures of the test above."""
    assert len(inline(BeautifulSoup(html, "html.parser"))) == 1


def test_data_and_files_are_not_inline_code():
    """Catches a gate that nobody could satisfy."""
    html = (
        '<script src="a.js" defer></script><script type="application/ld+json">{}</script><svg><path fill="red"/></svg>'
    )
    assert inline(BeautifulSoup(html, "html.parser")) == []


@every_page
def test_a_page_carries_the_policy_itself(built, page):
    """Catches a site that is strict only on our own server: GitHub Pages cannot be told to send a policy."""
    (meta,) = soup(built / page).find_all("meta", attrs={"http-equiv": "Content-Security-Policy"})
    assert meta["content"] == POLICY


@every_page
def test_a_figure_has_its_size_and_waits_until_it_is_near(built, page):
    """Catches a page that jumps, or waits, for a figure far below."""
    for image in soup(built / page).select("main article img"):
        assert {"width", "height"} <= image.attrs.keys(), image
        assert image.get("loading") == "lazy", image


@pytest.fixture(params=[(page, mode) for page in PAGES for mode in MODES], ids="-".join)
def opened(request, record):
    """Return the record of each page in each mode."""
    return record(*request.param)


def test_a_page_says_nothing_on_the_console_and_misses_no_file(opened):
    """Catches errors and warnings on the reader's console, and a file that is not there."""
    assert opened.said + opened.failed == []


def test_a_page_asks_no_other_site_for_anything(opened, site):
    """Catches a third party who could watch each reader."""
    assert opened.foreign(site) == []


def test_a_page_keeps_to_the_policy(opened):
    """Catches a script or style that works without the policy and silently fails with it."""
    assert opened.violations == []


def test_a_page_does_not_move_under_its_reader(opened):
    """Catches figures without a size, fonts of another width, boxes that a script fills later."""
    assert sum(shift[0] for shift in opened.shifts) < 0.01, opened.shifts


def test_a_page_does_not_scroll_sideways(opened):
    """Catches a table, formula or line of code that widens the page of a phone, here 360 and 320 pixels wide."""
    assert opened.widths
    assert {width: needed for width, needed in opened.widths.items() if needed > int(width)} == {}


@pytest.mark.parametrize("page", CHAPTERS)
@pytest.mark.parametrize(("screen", "most"), [(DESK, 190), (PHONE, 160)], ids=["desk", "phone"])
def test_a_chapter_opens_within_its_budget_of_bytes(site, browser, page, screen, most):
    """Catches a page that a slow connection cannot carry: fonts and, on a desk, the first figures are in these KB."""
    weight = weigh(browser, site + page, screen)
    assert sum(weight.values()) <= most * KILOBYTES, weight
    assert weight["script"] <= 35 * KILOBYTES, weight


def weigh(browser, address, screen):
    """Return the bytes that a first visit transfers before the reader scrolls, by kind, bodies and headers."""
    context = browser.new_context(viewport=screen)
    tab, answered = context.new_page(), []
    tab.on("requestfinished", lambda request: answered.append(request))
    tab.goto(address, wait_until="networkidle")
    weight = Counter(script=0)
    for request in answered:
        sizes = request.sizes()
        weight[request.resource_type] += sizes["responseBodySize"] + sizes["responseHeadersSize"]
    context.close()
    return weight


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_chapter_read_from_a_folder_is_whole_too(built, browser, page):
    """Catches what works only on a server: a script of type module, an address that begins with a slash."""
    made = visit(browser, (built / page).as_uri())
    assert made.said + made.failed == []
    assert made.foreign("file:") == []
    made.tab.close()


PLANTED = """<!doctype html><html lang="en"><title>Planted</title><script src="late.js" defer></script>
<link rel="stylesheet" href="https://elsewhere.example/style.css">
<link rel="stylesheet" href="wide.css">
<style>p { color: red }</style><p>Inline.</p><div id="hole"></div><p>Text.</p><p class="wide">Wide</p>
"""


@pytest.fixture(scope="module")
def planted(tmp_path_factory, looking):
    """Return the record of a page with one mistake of each kind, and its address."""
    folder = tmp_path_factory.mktemp("planted")
    (folder / "index.html").write_text(PLANTED, encoding="utf-8")
    (folder / "wide.css").write_text(".wide { width: 400px }")
    late = "setTimeout(() => { hole.style.height = '300px'; document.body.dataset.done = 1 }, 300)"
    (folder / "late.js").write_text(late)
    with serving(folder) as address:
        yield look(looking("phone"), address, "phone", wait_for="body[data-done]"), address


def test_each_mistake_of_a_planted_page_is_seen(planted):
    """The planted failures of the tests of opened pages: each finds its mistake."""
    opened, address = planted
    assert opened.foreign(address) == ["https://elsewhere.example/style.css"]
    assert len(opened.said) >= 2
    assert sorted(violation.strip() for violation in opened.violations) == [
        "style-src-elem: https://elsewhere.example/style.css",
        "style-src-elem: inline",
    ]
    for gate in (
        test_a_page_keeps_to_the_policy,
        test_a_page_does_not_move_under_its_reader,
        test_a_page_does_not_scroll_sideways,
    ):
        with pytest.raises(AssertionError):
            gate(opened)


def test_the_weight_of_a_page_is_that_of_its_files(tmp_path, browser):
    """Catches a scale that misses scripts, or weighs files before compression."""
    (tmp_path / "index.html").write_text('<!doctype html><script src="a.js"></script>')
    (tmp_path / "a.js").write_text("let a = 1\n" * 50_000)
    with serving(tmp_path) as address:
        weight = weigh(browser, address, DESK)
    assert 500 < weight["script"] < 5000
    assert weight["document"] > 39


@every_page
def test_the_font_of_formulas_comes_with_the_page(record, page):
    """Catches words that move when the font of a formula arrives, and a font that is fetched for nothing."""
    opened = record(page, "light")  # each formula has been laid out, and has asked for its font
    assert {address for address in opened.fonts if "/maths/" in address} == {
        address for address in opened.early_fonts if "/maths/" in address
    }


def test_a_formula_in_a_closed_box_asks_for_no_font():
    """Catches a font fetched for nothing; the planted failure of the test above."""
    assert theme.fonts_of("<p><math></math></p>") == ["fonts/book-serif-normal", "maths/math"]
    assert theme.fonts_of("<details><summary>a</summary><math></math></details>") == ["fonts/book-serif-normal"]
