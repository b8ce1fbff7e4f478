"""Search finds a term by its title and by its text: on a phone, by keyboard, and in a folder without a server."""

import pytest

from tests.pages import eventually, visit

pytestmark = pytest.mark.slow

# A word of one chapter's title, and one that stands in texts but in no title.
# Most tests put it in at once: of a word that is typed, the first letters may be searched for, too.
IN_A_TITLE, IN_A_TEXT, NOWHERE = "sigmoid", "overflow", "zyzzyva"


@pytest.fixture(params=["light", "phone"])
def opened(request, site, looking):
    made = visit(looking(request.param), site + "book/glossary.html")
    yield made
    made.tab.close()


@pytest.fixture
def tab(opened):
    return opened.tab


def found(tab, results="#search-results"):
    """Wait for the results; return their addresses, best first."""
    tab.wait_for_selector(f"{results} a[href]", timeout=30000)
    return [link.split("?")[0].split("#")[0].split("/")[-1] for link in links(tab, results)]


def links(tab, results="#search-results"):
    return tab.eval_on_selector_all(f"{results} a[href]", "links => links.map(link => link.href)")


def open_by_button(tab):
    tab.locator("button[data-search]:visible").first.click(timeout=20000)
    assert tab.evaluate("document.activeElement.matches('dialog#search[open] input[type=search]')")


def test_a_title_is_found_first(tab):
    """Catches a search that buries the chapter on a subject below those that mention it."""
    open_by_button(tab)
    tab.keyboard.insert_text(IN_A_TITLE)
    assert found(tab)[0] == "sigmoid.html"


def test_a_word_of_the_text_is_found_and_its_page_contains_it(tab):
    """Catches a search of titles alone, and a result that leads somewhere else."""
    open_by_button(tab)
    tab.keyboard.insert_text(IN_A_TEXT)
    assert "sigmoid-on-a-computer.html" in found(tab)
    tab.goto(links(tab)[0])
    assert IN_A_TEXT in tab.text_content("main").lower()  # inner_text lacks what is not laid out yet


def test_searching_breaks_no_rule_of_the_policy(opened):
    """Catches results that are written with styles or scripts of their own."""
    open_by_button(opened.tab)
    opened.tab.keyboard.insert_text(IN_A_TITLE)
    found(opened.tab)
    assert opened.tab.evaluate("violations") + opened.said + opened.failed == []


def test_a_word_that_is_nowhere_finds_nothing_and_is_told_so(tab):
    """Catches results that do not depend on the word, and silence where there are none."""
    open_by_button(tab)
    tab.keyboard.type(NOWHERE)
    tab.wait_for_function(
        "word => document.querySelector('dialog#search').innerText.includes(word)", arg=NOWHERE, timeout=30000
    )
    assert links(tab) == []


@pytest.mark.parametrize("keys", ["Control+k", "/"])
def test_the_keyboard_alone_leads_to_a_page(tab, keys):
    """Catches a search that opens, or whose results open, only by a mouse."""
    tab.keyboard.press(keys)
    tab.wait_for_selector("dialog#search[open]", timeout=20000)
    tab.keyboard.type(IN_A_TITLE)
    found(tab)
    tab.wait_for_load_state("networkidle")  # the index is here,
    seen: list[list[str]] = []  # and what was found for the first letters has given way to what all of them find
    eventually(lambda: seen.append(links(tab)) or seen[-5:], lambda last: len(last) == 5 and last.count(last[0]) == 5)
    for _ in range(5):
        tab.keyboard.press("Tab")
        if tab.evaluate("!!document.activeElement.closest('#search-results a')"):
            break
    with tab.expect_navigation(timeout=30000):
        tab.keyboard.press("Enter")
    assert "sigmoid.html" in tab.url


def test_a_slash_typed_into_a_field_is_a_slash(tab):
    """Catches a shortcut that takes letters away from the reader."""
    open_by_button(tab)
    tab.keyboard.type("a/b")
    assert tab.eval_on_selector("dialog#search input[type=search]", "input => input.value") == "a/b"


def test_an_address_can_hold_the_question(site, looking):
    """Catches a search page that ignores ?q=, which other sites and the browser's own search use."""
    opened = visit(looking("light"), f"{site}search.html?q={IN_A_TITLE}")
    assert "sigmoid.html" in found(opened.tab)
    opened.tab.close()


@pytest.mark.parametrize("page", ["book/glossary.html", "chapters/softmax.html"])
def test_search_works_in_a_folder_without_a_server(built, looking, page):
    """Catches an index that is fetched, which a browser refuses to a page opened from a folder."""
    opened = visit(looking("light"), (built / page).as_uri())
    open_by_button(opened.tab)
    opened.tab.keyboard.insert_text(IN_A_TEXT)
    assert "sigmoid-on-a-computer.html" in found(opened.tab)
    assert opened.foreign("file:") == []
    assert opened.said == []
    opened.tab.close()


def test_the_index_is_not_loaded_before_someone_searches(site, looking):
    """Catches a hundred kilobytes that each reader of each page would pay for."""
    opened = visit(looking("light"), site + "chapters/sigmoid.html")
    opened.tab.wait_for_load_state("networkidle")
    assert [url for url in opened.asked if "searchindex" in url] == []
    opened.tab.close()
