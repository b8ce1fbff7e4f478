"""Links, the keyboard and the browser's own search lead to their place at once, on a page that has just opened."""

from urllib.parse import quote

import pytest

from tests.pages import CHAPTERS, eventually

pytestmark = pytest.mark.slow
# The first words of paragraphs after the first third of a page, where they occur once on it.
SENTENCES = """() => {
  const all = [...document.querySelectorAll("article section > p")].filter((p) => p.checkVisibility());
  const text = document.querySelector("article").innerText;
  return all.slice(all.length / 3).map((p) => p.firstChild?.data?.trim() ?? "")
    .filter((words) => words.length > 30 && !/[-–,&]/.test(words) && text.split(words).length === 2);
}"""
TOP = """(words) => [...document.querySelectorAll("article section > p")]
  .find((p) => p.textContent.includes(words)).getBoundingClientRect().top"""


@pytest.fixture
def tab(looking, site):
    tab = looking("phone").new_page()
    yield tab
    tab.close()


def sentences(tab, address):
    tab.goto(address)
    found = tab.evaluate(SENTENCES)
    assert found
    return found[:: max(1, len(found) // 3)][:3]


@pytest.mark.parametrize("page", CHAPTERS)
def test_a_link_to_a_sentence_lands_on_it(tab, site, page):
    """Catches heights that are guesses when the browser looks for the text of a link: 11 of 15 missed on a phone."""
    for words in sentences(tab, site + page):
        tab.goto("about:blank")
        tab.goto(f"{site}{page}#:~:text={quote(words)}")
        assert eventually(lambda: tab.evaluate("scrollY")) > 0
        assert 0 <= tab.evaluate(TOP, words) < tab.evaluate("innerHeight")


@pytest.mark.parametrize("page", CHAPTERS)
def test_search_in_the_page_finds_a_sentence_at_once(tab, site, page):
    """Catches a find that lands thousands of pixels off, since the page was not laid out yet."""
    words = sentences(tab, site + page)[-1]
    tab.goto("about:blank")
    tab.goto(site + page)
    assert tab.evaluate("(words) => window.find(words)", words)
    top, height = tab.evaluate(TOP, words), tab.evaluate("innerHeight")
    assert 0 <= top < height


@pytest.mark.parametrize("page", CHAPTERS)
def test_end_leads_to_the_end(tab, site, page):
    """Catches an End that stops where the page ended before it was laid out."""
    tab.goto(site + page)
    tab.keyboard.press("End")
    assert (
        eventually(
            lambda: tab.evaluate("document.documentElement.scrollHeight - scrollY - innerHeight"), lambda rest: rest < 2
        )
        < 2
    )
