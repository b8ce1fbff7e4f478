"""Every page for every reader: axe-core finds nothing, and what axe cannot see is looked at here."""

import re
from itertools import pairwise

import pytest
from bs4 import BeautifulSoup

from coursebook.serve import serving
from tests.coursebook.site.visits import Colours, barriers_of
from tests.pages import MOVING, PAGES, every_mode, every_page, soup, visit

pytestmark = pytest.mark.slow


@every_page
@every_mode
def test_axe_finds_nothing(record, page, mode):
    """Catches what bars a reader: low contrast, a nameless button, a list that is none, a target too small for a thumb.

    In dark mode the elements are those of light mode, and only their colours are looked at.
    """
    assert record(page, mode).barriers == []


BARRIERS = {
    "color-contrast": '<p class="pale">Too pale to read, and a second line.</p>',
    "button-name": "<button></button>",
    "image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "link-name": '<a href="#main"></a>',
    "heading-order": "<h4>Deep</h4>",
    "target-size": '<p class="tight"><button>a</button><button>b</button></p>',
    "label": "<input>",
    "region": None,  # a paragraph outside all landmarks
    "list": "<ul><p>No item.</p></ul>",
    "color-contrast in details": '<details><summary>More</summary><p class="pale">Pale when unfolded.</p></details>',
}
SOUND = '<!doctype html><html lang="en"><title>A page</title><link rel="stylesheet" href="style.css">'
STYLE = """.pale { color: #bbb; background: #fff }
.tight button { width: 9px; height: 9px; padding: 0; border: 0; margin: 0 }"""


@pytest.fixture(scope="module")
def barriers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("barriers")
    (folder / "style.css").write_text(STYLE)
    for rule, html in {**BARRIERS, "sound": "<p>Words.</p>"}.items():
        inside = f'<main id="main"><h1>One</h1>{html or ""}</main>' + ("" if html else "<p>Outside.</p>")
        (folder / f"{rule}.html").write_text(f"{SOUND}<body>{inside}</body></html>", encoding="utf-8")
    with serving(folder) as address:
        yield address


@pytest.mark.parametrize("rule", BARRIERS)
def test_each_planted_barrier_is_found(barriers, looking, rule):
    """The planted failures of axe: run under the strict policy, on one barrier of each kind."""
    opened = visit(looking("light"), f"{barriers}{rule}.html")
    found = barriers_of(opened.tab)
    opened.tab.close()
    assert [line.split(":")[0] for line in found] == [rule.split()[0]]


def test_axe_finds_nothing_on_a_sound_page(barriers, looking):
    """Catches an axe that always complains."""
    opened = visit(looking("light"), f"{barriers}sound.html")
    assert barriers_of(opened.tab) == []
    opened.tab.close()


def test_colours_that_were_right_on_one_page_hide_no_wrong_ones_on_the_next(barriers, looking, tmp_path):
    """Catches a memory that takes a pale text for one that was measured, or keeps it as one that is right."""
    measured = Colours(tmp_path / "colours.txt")
    for page, rules in (("sound", []), ("color-contrast", ["color-contrast"]), ("color-contrast", ["color-contrast"])):
        opened = visit(looking("light"), f"{barriers}{page}.html")
        assert [line.split(":")[0] for line in barriers_of(opened.tab, measured=measured)] == rules
        opened.tab.close()
    assert 1 <= len(measured.known()) <= 3  # the heading and the paragraph of the sound page


def headings_out_of_order(page: BeautifulSoup) -> list[str]:
    """Return the headings that skip a level, and a page's second title or missing one."""
    headings = [(int(tag.name[1]), tag.get_text(" ", strip=True)) for tag in page.find_all(re.compile(r"^h[1-6]$"))]
    titles = sum(level == 1 for level, _ in headings)
    skips = [words for (before, _), (level, words) in pairwise(headings) if level > before + 1]
    return [f"{titles} titles", *skips] if titles != 1 else skips


@every_page
def test_the_headings_of_a_page_form_an_outline(built, page):
    """Catches a level chosen for its size, which loses readers who go from heading to heading."""
    assert headings_out_of_order(soup(built / page)) == []


def test_a_heading_that_skips_a_level_is_found():
    """The planted failures of the test above."""
    parse = lambda html: headings_out_of_order(BeautifulSoup(html, "html.parser"))  # noqa: E731
    assert parse("<h1>A</h1><h3>B</h3>") == ["B"]
    assert parse("<h2>A</h2>") == ["0 titles"]
    assert parse("<h1>A</h1><h1>B</h1>") == ["2 titles"]
    assert parse("<h1>A</h1><h2>B</h2><h3>C</h3><h2>D</h2>") == []


@pytest.mark.parametrize("page", ["chapters/sigmoid.html", "book/glossary.html", "index.html"])
def test_the_names_of_headings_are_their_words(site, looking, page):
    """Catches "The sigmoid Link to this heading", as the browser tells it to a screen reader."""
    opened = visit(looking("light"), site + page)
    nodes = opened.tab.context.new_cdp_session(opened.tab).send("Accessibility.getFullAXTree")["nodes"]
    opened.tab.close()
    names = [node["name"]["value"] for node in nodes if node.get("role", {}).get("value") == "heading"]
    assert names
    assert [name for name in names if "Link to" in name or "#" in name] == []


@every_page
def test_a_page_says_its_language(built, page):
    """Catches a screen reader that reads English by the rules of another language."""
    assert soup(built / page).html.get("lang") == "en"


def unreadable_formulas(page: BeautifulSoup) -> list[str]:
    """Return the formulas that are not there exactly once, as MathML that is read out."""
    return [
        str(formula)[:120]
        for formula in page.select("span.math, div.math")
        if len(formula.select("math")) != 1 or formula.select('[aria-hidden="true"] math, math[aria-hidden], svg, img')
    ]


@every_page
def test_every_formula_is_read_once_as_mathematics(built, page):
    """Catches formulas that are only drawn, and those that a screen reader gets twice."""
    assert unreadable_formulas(soup(built / page)) == []


def test_a_formula_that_is_only_drawn_is_found():
    """The planted failures of the test above: drawn, hidden, and there twice."""
    maths = "<math><mi>x</mi></math>"
    count = lambda html: len(unreadable_formulas(BeautifulSoup(f'<span class="math">{html}</span>', "html.parser")))  # noqa: E731
    assert count(maths) == 0
    assert count("<svg></svg>") == count(maths + maths) == count(f'<b aria-hidden="true">{maths}</b>') == 1


@every_page
def test_nothing_moves_for_a_reader_who_asked_for_that(site, looking, page):
    """Catches a transition, an animation or smooth scrolling without a rule for reduced motion."""
    opened = visit(looking("light"), site + page)
    opened.tab.emulate_media(reduced_motion="reduce")
    found = opened.tab.evaluate(MOVING)
    opened.tab.close()
    assert sorted(set(found)) == []


WORDS = """document.querySelector('main article').innerText.replace(/\\s+/g, '')"""


@pytest.mark.parametrize("page", [page for page in PAGES if page.startswith(("chapters", "book"))])
def test_nothing_is_lost_at_twice_the_size(site, looking, page):
    """Catches text that is hidden where a window of 1280 pixels is zoomed to 200 %, which leaves 640."""
    opened = visit(looking("light"), site + page)
    tab = opened.tab
    before = tab.evaluate(WORDS)
    tab.set_viewport_size({"width": 640, "height": 400})
    after, width = tab.evaluate(WORDS), tab.evaluate("document.documentElement.scrollWidth")
    tab.close()
    assert len(before) > 100
    assert after == before
    assert width <= 640


def test_each_planted_motion_and_loss_is_found(tmp_path, looking):
    """The planted failures of the two tests above."""
    (tmp_path / "index.html").write_text(
        f"{SOUND}<main><article><p class=a>slides</p><p class=b>moves</p><p class=c>gone</p></article></main>"
    )
    (tmp_path / "style.css").write_text(
        ".a { transition: left 1s } .b::before { content: 'x'; animation: turn 1s infinite }"
        "@keyframes turn { to { rotate: 1turn } } @media (max-width: 700px) { .c { display: none } }"
        "@media (prefers-reduced-motion: no-preference) { .c { transition: left 1s } }"
    )
    with serving(tmp_path) as address:
        opened = visit(looking("light"), address)
        opened.tab.emulate_media(reduced_motion="reduce")
        assert opened.tab.evaluate(MOVING) == ["P.a", "P.b::before"]
        before = opened.tab.evaluate(WORDS)
        opened.tab.set_viewport_size({"width": 640, "height": 400})
        assert opened.tab.evaluate(WORDS) == before.removesuffix("gone")
        opened.tab.close()
