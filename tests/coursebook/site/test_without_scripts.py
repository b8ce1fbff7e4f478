"""With JavaScript off every page can still be read, and the whole book reached."""

import re

import pytest

from coursebook.serve import serving
from tests.pages import CHAPTERS, DESK, PAGES, PHONE, every_page, visit

pytestmark = pytest.mark.slow

SCREENS = {"desk": DESK, "phone": PHONE}
ASKS = re.compile(r"\b(enable|activate|allow|turn on|switch on|needs?|requires?) (java)?scripts?\b", re.IGNORECASE)
NEEDS_SCRIPTS = {"search.html"}  # ... and says so


@pytest.fixture(scope="module")
def plain(browser):
    """Return a function that opens an address with scripts off, on one screen and in one of the system's modes."""
    contexts = {}

    def opened(address, screen="desk", system="light"):
        if (screen, system) not in contexts:
            contexts[screen, system] = browser.new_context(
                viewport=SCREENS[screen], color_scheme=system, java_script_enabled=False
            )
        return visit(contexts[screen, system], address).tab

    return opened


FIGURES = """() => ['light', 'dark'].map(mode => [...document.querySelectorAll(`img.figure-${mode}`)]
  .filter(image => image.checkVisibility() || image.closest('details:not([open])')).length)"""
LIGHTNESS = """() => {
  for (let element = document.querySelector('main'); element; element = element.parentElement) {
    const [r, g, b, a = 1] = getComputedStyle(element).backgroundColor.match(/[\\d.]+/g).map(Number)
    if (a > 0) return (r + g + b) / 3
  }
  return 255
}"""


@pytest.mark.parametrize("page", CHAPTERS)
@pytest.mark.parametrize("system", ["light", "dark"])
def test_each_figure_is_there_once_and_in_the_colours_of_the_page(site, plain, page, system):
    """Catches figures that a script would show, both twins one below the other, and dark lines on a dark page."""
    tab = plain(site + page, system=system)
    tab.evaluate("document.querySelectorAll('details').forEach(details => { details.open = true })")
    light, dark = tab.evaluate(FIGURES)
    shown = light if tab.evaluate(LIGHTNESS) > 128 else dark
    tab.close()
    assert light + dark == shown > 0


@every_page
def test_a_page_reads_well(site, plain, page):
    """Catches words that only a script shows, formulas left in TeX, and an advice to turn scripts on."""
    tab = plain(site + page)
    words = tab.inner_text("main")
    formulas = tab.evaluate("[...document.querySelectorAll('.math')].every(box => box.querySelector('math > *'))")
    tab.close()
    assert len(words) > 20
    assert formulas
    assert not re.search(r"\$\$|\\\(|\\begin\{", re.sub(r"(?s)<pre.*?</pre>", "", words))
    assert bool(ASKS.search(words)) == (page in NEEDS_SCRIPTS)


def test_a_details_unfolds(site, plain):
    """Catches solutions that only a script opens."""
    tab = plain(site + "book/checked.html")  # each claim of the page unfolds
    details = tab.locator("main details:not([open])").first
    details.locator("summary").first.focus(timeout=5000)
    tab.keyboard.press("Enter")
    assert tab.locator("main details[open]").count() > 0
    tab.close()


def chapters_in_reach(tab):
    """Return the chapters that a reader can follow a link to, unfolding what unfolds by itself."""
    for summary in tab.locator("header details:not([open]) > summary, nav details:not([open]) > summary").all():
        if summary.is_visible():
            summary.click()
    for button in tab.locator("header button[popovertarget]").all():  # a sheet that the browser opens by itself
        if button.is_visible():
            button.click()
    found = tab.evaluate("[...document.links].filter(link => link.checkVisibility()).map(link => link.href)")
    return {match[0] for link in found if (match := re.search(r"chapters/[\w-]+\.html", link))}


@every_page
@pytest.mark.parametrize("screen", SCREENS)
def test_every_chapter_can_be_reached(site, plain, page, screen):
    """Catches a menu that only a script opens, and readers of a phone who are left with the back button."""
    tab = plain(site + page, screen)
    reached = chapters_in_reach(tab)
    tab.close()
    assert reached >= set(CHAPTERS) - {page}


def test_what_a_script_would_have_to_do_is_found(tmp_path, plain):
    """The planted failures: a hidden menu, a figure twice, an advice; and the menu that unfolds is sound."""
    (tmp_path / "index.html").write_text(
        "<!doctype html><title>A</title><nav hidden><a href='chapters/a.html'>A</a></nav>"
        "<nav><details><summary>Menu</summary><a href='chapters/b.html'>B</a></details></nav>"
        "<main><p>To read this, please enable JavaScript.</p>"
        "<img class='figure-light' alt='a'><img class='figure-dark' alt='a'></main>"
    )
    with serving(tmp_path) as address:
        tab = plain(address)
        assert chapters_in_reach(tab) == {"chapters/b.html"}
        assert tab.evaluate(FIGURES) == [1, 1]
        assert ASKS.search(tab.inner_text("main"))
        tab.close()


def test_there_are_pages_to_look_at(built):
    """Catches the tests above passing because nothing is built."""
    assert len(CHAPTERS) >= 6
    assert len(PAGES) > len(CHAPTERS)
