"""A link shows what it leads to, under the pointer, at the focus and at a first tap; an old link is led on."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.coursebook.site.visits import TAGS
from tests.pages import CHAPTERS, LISTEN, MODES, eventually, ids, settle, soup

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("previews")]
CHAPTER = "chapters/softmax.html"
LINK = "article p a.reference.internal"
# Of each kind: a link to it, and where the shown thing stands.
KINDS = {
    "a term": f"{LINK}[href*='#term-']",
    "a formula of this page": f"{LINK}[href^='#equation-']",
    "a formula of another page": f"{LINK}[href*='.html#equation-']",
    "a statement": f"{LINK}[href^='#prop-']",
    "a cited work": f"{LINK}[title]",
}


@pytest.fixture(scope="module")
def tabs(looking, site):
    """Return a function of a mode that returns a tab with the chapter, the same for all tests, without a card."""
    opened = {}

    def tab(mode="light"):
        if mode not in opened:
            opened[mode] = looking(mode).new_page()
            opened[mode].goto(site + CHAPTER)
            settle(opened[mode])
        opened[mode].mouse.move(1, 1)
        opened[mode].keyboard.press("Escape")
        opened[mode].evaluate("document.activeElement.blur(); shifts.length = 0")
        return opened[mode]

    return tab


def link(tab, selector):
    """Return the first such link that is no part of a fold, in the middle of the screen."""
    found = tab.locator(f"{selector}:visible").first
    found.evaluate("element => element.scrollIntoView({block: 'center'})")
    return found


def card(tab):
    """Return the card, once it is open."""
    found = tab.locator("#preview")
    found.wait_for()
    return found


def said(built, href: str) -> str:
    """Return the words of what a link of the chapter leads to, without blanks."""
    page, _, name = href.partition("#")
    target = soup(built / "chapters" / page if page else built / CHAPTER).find(id=name)
    if target.name == "dt":
        target = target.find_next_sibling("dd")
    for extra in target.select(".headerlink, .evidence, .backrefs"):
        extra.decompose()
    return re.sub(r"\s+", "", target.get_text())


@pytest.mark.parametrize("kind", KINDS)
def test_under_the_pointer_a_link_shows_what_it_leads_to(tabs, built, kind):
    """Catches a card of something else, a card that leaves the window or covers its link, and a page that moves."""
    tab = tabs()
    over = link(tab, KINDS[kind])
    over.hover()
    shown = re.sub(r"\s+", "", card(tab).evaluate("box => box.querySelector('div').textContent"))
    assert said(built, over.get_attribute("href"))[:200] in shown
    box, at, window = card(tab).bounding_box(), over.bounding_box(), tab.viewport_size
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= window["width"]
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= window["height"] + 1
    below, above = box["y"] - at["y"] - at["height"], at["y"] - box["y"] - box["height"]
    assert -1 <= max(below, above) <= 12
    assert tab.evaluate("shifts") == []
    assert tab.evaluate("violations") == []


def test_it_stays_while_the_pointer_is_on_it_and_goes_when_it_leaves(tabs):
    """Catches a card that nobody can scroll or follow a link of, and one that stays for ever."""
    tab = tabs()
    link(tab, KINDS["a term"]).hover()
    card(tab).hover()
    tab.wait_for_timeout(400)
    assert card(tab).is_visible()
    tab.mouse.move(1, 1)
    tab.locator("#preview").wait_for(state="hidden")


def test_a_pointer_that_passes_opens_nothing(tabs):
    """Catches a page that flickers with cards under a moving pointer."""
    tab = tabs()
    link(tab, KINDS["a term"]).hover()
    tab.mouse.move(1, 1)
    tab.wait_for_timeout(400)
    assert not tab.locator("#preview").is_visible()


def test_by_keyboard_the_focus_opens_it_escape_closes_it_and_enter_follows_the_link(tabs):
    """Catches a card that only a pointer opens, that cannot be dismissed, or that takes the link away."""
    tab = tabs()
    at = link(tab, KINDS["a formula of this page"])
    tab.keyboard.press("Shift")  # the keyboard is in use
    at.focus()
    card(tab)
    assert at.get_attribute("aria-describedby") == "preview"
    tab.keyboard.press("Escape")
    assert not tab.locator("#preview").is_visible()
    assert at.get_attribute("aria-describedby") is None
    assert at.evaluate("element => element === document.activeElement")
    tab.keyboard.press("Enter")
    assert eventually(lambda: tab.evaluate("location.hash.slice(1)")) == at.get_attribute("href")[1:]


def test_a_first_tap_opens_it_and_the_link_in_it_or_a_second_tap_leads_there(browser, site):
    """Catches a thumb that is led away before it has read, and one that never gets there."""
    context = browser.new_context(**MODES["phone"], has_touch=True, is_mobile=True)
    tab = context.new_page()
    tab.goto(site + CHAPTER)
    settle(tab)
    at = link(tab, KINDS["a term"])
    href = at.evaluate("element => element.href")
    at.tap()
    card(tab)
    assert tab.url == site + CHAPTER
    way = tab.locator("#preview").get_by_role("link", name="Go there")
    assert way.evaluate("element => element.href") == href
    tab.locator("#preview .close").tap()
    tab.locator("#preview").wait_for(state="hidden")
    at.tap()
    card(tab)
    at.tap()
    tab.wait_for_url(href)
    context.close()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", ["a term", "a statement"])
def test_axe_finds_nothing_on_it(tabs, mode, kind):
    """Catches pale words, a nameless card, and what else bars a reader."""
    tab = tabs(mode)
    link(tab, KINDS[kind]).hover()
    card(tab)
    tab.evaluate(AXE_SCRIPT)
    found = tab.evaluate("tags => axe.run('#preview', {runOnly: {type: 'tag', values: tags}, elementRef: false})", TAGS)
    assert [violation["id"] for violation in found["violations"]] == []
    assert len(found["passes"]) > 5


def test_from_a_file_this_page_is_shown_and_another_is_a_link(browser, built):
    """Catches complaints in the console of a reader without a server, and a preview lost that needs none."""
    tab = browser.new_page()
    tab.add_init_script(LISTEN)
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.goto((built / CHAPTER).as_uri())
    link(tab, KINDS["a term"]).hover()
    tab.wait_for_timeout(400)
    assert not tab.locator("#preview").is_visible()
    link(tab, KINDS["a formula of this page"]).hover()
    card(tab)
    assert said == []
    tab.close()


def test_paper_has_no_card(tabs):
    """Catches a card printed over the text."""
    tab = tabs()
    link(tab, KINDS["a term"]).hover()
    card(tab)
    tab.emulate_media(media="print")
    assert not tab.locator("#preview").is_visible()
    tab.emulate_media(media="screen")


# Places that moved


def test_a_link_to_a_place_that_is_on_another_page_now_leads_there(looking, site, built):
    """Catches old links to a chapter that was split, to a formula, a statement, a section, a solution, a state."""
    tab = looking("light").new_page()
    found = ids(built / "chapters/accuracy.html")
    names = [next(name for name in sorted(found) if name.startswith(kind)) for kind in KINDS_THAT_MOVE]
    for name in [*names, f"{names[-1]}?m=1"]:
        tab.goto(f"{site}chapters/sigmoid.html#{name}")
        assert eventually(
            lambda: tab.evaluate("location.href"), lambda url, name=name: url == f"{site}chapters/accuracy.html#{name}"
        )
    tab.close()


KINDS_THAT_MOVE = ("equation-", "prop-", "sec-", "ex-", "solution-ex-", "check-", "explore-")


def test_a_place_that_is_here_or_nowhere_leads_to_no_other_page(looking, site, built):
    """Catches a heading that several pages have, a name that nobody knows, and a list loaded for nothing."""
    tab = looking("light").new_page()
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    for name, loads in [("exercises", False), ("nothing-of-that-name", True)]:
        asked.clear()
        tab.goto("about:blank")
        tab.goto(f"{site}chapters/sigmoid.html#{name}")
        settle(tab)
        tab.wait_for_timeout(200)
        assert tab.url == f"{site}chapters/sigmoid.html#{name}"
        assert any("places.js" in address for address in asked) == loads
    tab.close()


@pytest.mark.parametrize("page", CHAPTERS)
def test_no_page_names_a_place_of_another_one(built, page):
    """Catches a list of places that is out of date: each place of a page that it names is there."""
    text = (built / "_static/places.js").read_text(encoding="utf-8")
    listed = re.search(rf'"{page}":\[([^\]]*)\]', text)[1]
    assert set(re.findall(r'"([^"]*)"', listed)) <= ids(built / page)
