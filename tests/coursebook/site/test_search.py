"""Search finds a term by its title and by its text: on a phone, by keyboard, and in a folder without a server."""

import hashlib
import json

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
    assert IN_A_TEXT in tab.text_content("main").lower()


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


@pytest.fixture(scope="module")
def look_for(looking, site):
    """Return a function of a query: what is found, as (name, page, sentence, marked words, address)."""
    tab = looking("light").new_page()
    tab.goto(site + "book/glossary.html")
    open_by_button(tab)

    def answers(query):
        tab.fill("#search-field", "")
        eventually(lambda: tab.locator("#search-status").inner_text(), lambda text: not text)
        tab.fill("#search-field", query)
        eventually(lambda: tab.locator("#search-status").inner_text())
        return tab.eval_on_selector_all(
            "#search-results li",
            """all => all.map(item => [item.querySelector("a").textContent,
              item.querySelector("span")?.textContent ?? "", item.querySelector("p").textContent,
              [...item.querySelectorAll("mark")].map(mark => mark.textContent),
              item.querySelector("a").getAttribute("href")])""",
        )

    yield answers
    tab.close()


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("σ", "σ(z)"),
        ("λ", "λ"),
        ("p", "p"),
        ("regularization", "regularisation"),
        ("Newton's method", "Newton’s method"),
        ("odds ratios", "odds ratio"),
        ("log loss", "log loss"),
        ("roc_auc", "lrlib.ranking.roc_auc"),
        ("lrlib.ranking.roc_auc", "lrlib.ranking.roc_auc"),
        ("boundry", "decision boundary"),
    ],
)
def test_signs_names_and_spellings_find_their_entry_first(look_for, query, name):
    """Catches a search for words of one language's letters, of one spelling, or of whole pages alone."""
    assert look_for(query)[0][0] == name


@pytest.mark.parametrize("query", ["0.5", "log₂", "logaddexp", "behavior", "AUC"])
def test_numbers_functions_and_american_words_find_something(look_for, query):
    """Catches a number cut at its point, and silence at words that the book has in another form."""
    found = look_for(query)
    assert found
    assert any(marked for *_, marked, _ in found)


def test_a_result_shows_the_sentence_and_marks_the_word_in_it(look_for):
    """Catches results that are names of pages: the reader would have to open each."""
    name, page, sentence, marked, _ = look_for("overflow")[1]
    assert page != name
    assert len(sentence.split()) > 4
    assert {word.lower().rstrip("s") for word in marked} == {"overflow"}


def test_a_result_leads_to_its_place_and_marks_the_words_there(look_for, looking, site):
    """Catches hits that lead to the top of a long page."""
    addresses = [found[4] for found in look_for("underflow overflow") if "chapters/" in found[4]]
    address = next(address for address in addresses if "#" in address and ":~:text=" in address)
    tab = looking("light").new_page()
    tab.goto(site + "book/" + address)
    assert eventually(lambda: tab.evaluate("scrollY")) > 0
    tab.close()


def test_every_file_of_the_search_carries_a_hash_of_its_contents(built):
    """Catches an index of last week beside pages of today."""
    names = json.loads((built / "_static/search-files.js").read_text().split("=", 1)[1])
    assert [name.split("?")[0] for name in names] == [
        "_static/minisearch.js",
        "_static/search.js",
        "_static/search-places.js",
    ]
    for name in names:
        path, version = name.split("?v=")
        assert version == hashlib.sha256((built / path).read_bytes()).hexdigest()[:8]


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
    assert [url for url in opened.asked if "/search-" in url or "minisearch" in url] == []
    opened.tab.close()
