"""What is far from the screen is laid out after the first sight of the page, and nobody notices."""

import pytest

from tests.coursebook.site.visits import GUESSED, HEIGHTS
from tests.pages import BLOCKS, CHAPTERS, eventually, every_mode

NEVER_IDLE = "window.requestIdleCallback = () => {}"
pytestmark = pytest.mark.slow


@pytest.fixture
def open_page(looking, site):
    """Return a function of a mode, an address in the site and a script to run before it, that opens the page."""
    tabs = []

    def open_tab(mode, address, script=""):
        tabs.append(looking(mode).new_page())
        tabs[-1].add_init_script(script)
        tabs[-1].goto(site + address)
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.close()


@pytest.mark.parametrize("page", CHAPTERS)
@every_mode
def test_all_of_the_page_is_soon_laid_out_and_nothing_that_is_seen_moves(record, page, mode):
    """Catches heights that stay guesses, and a first screen that jumps when its blocks are let go."""
    found = record(page, mode)
    assert found.guessed == 0
    assert sum(shift[0] for shift in found.shifts) < 0.01
    assert [heights for heights in found.blocks if heights[0] != heights[1]] == []


@pytest.mark.parametrize("page", CHAPTERS)
def test_most_of_the_page_can_wait(open_page, page):
    """Catches a rule that no longer meets the page's blocks: the page would be slow, and no other test would fail."""
    tab = open_page("light", page, NEVER_IDLE)
    blocks = tab.locator(BLOCKS).count()
    assert blocks / 2 < tab.evaluate(GUESSED) < blocks
    assert any(found != right for found, right in tab.evaluate(HEIGHTS))
    tab.reload()  # the browser looks for the place where the reader was
    assert tab.evaluate(GUESSED) == 0


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_link_leads_to_its_place_at_once(open_page, page):
    """Catches a reader who clicks in the contents before the page is laid out, and arrives somewhere else."""
    tab = open_page("light", page, NEVER_IDLE)
    link = tab.locator("#contents a[href^='#']").last
    place = tab.locator(f"[id='{link.get_attribute('href')[1:]}']")
    link.click()
    assert eventually(lambda: tab.evaluate("scrollY"))
    assert tab.evaluate(GUESSED) == 0
    top, height = place.evaluate("(place) => [place.getBoundingClientRect().top, innerHeight]")
    at_the_end = tab.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 1")
    assert 0 <= top < (height if at_the_end else 100)


@pytest.mark.parametrize("page", CHAPTERS)
def test_who_scrolls_at_once_sees_nothing_move(open_page, page):
    """Catches guesses that become heights before a reader's eyes."""
    tab = open_page("light", page, NEVER_IDLE)
    for turn in range(1, 5):
        tab.mouse.wheel(0, 1500)
        assert eventually(lambda: tab.evaluate("scrollY"), lambda y, least=1000 * turn: y > least) > 1000 * turn
    assert tab.evaluate(GUESSED) == 0
    assert sum(shift[0] for shift in tab.evaluate("shifts")) < 0.01


def test_a_place_in_a_page_is_not_kept_waiting(open_page):
    """Catches a shared link that opens where a guess would put it."""
    tab = open_page("light", CHAPTERS[0] + "#exercises", NEVER_IDLE)
    assert tab.evaluate("document.documentElement.dataset.later") is None
    assert tab.evaluate(GUESSED) == 0
