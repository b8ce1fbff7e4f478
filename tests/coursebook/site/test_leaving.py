"""Text that leaves the page, copied, translated or shown by a browser's reading mode, is whole and there once."""

import pytest
from bs4 import BeautifulSoup

from tests.pages import CHAPTERS, eventually, every_page, soup

CHAPTER = "chapters/sigmoid.html"
# Copy what is in this element, as Ctrl-C does; return the clipboard's text and HTML.
COPY = """(element) => {
  getSelection().selectAllChildren(element);
  const data = new DataTransfer();
  const event = new ClipboardEvent("copy", { clipboardData: data, bubbles: true, cancelable: true });
  element.dispatchEvent(event);
  const text = event.defaultPrevented ? data.getData("text/plain") : getSelection().toString();
  return [text, data.getData("text/html")];
}"""
# What a translator does: each piece of text gets elements of its own, and other words.
TRANSLATE = """(element) => {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT), texts = [];
  while (walker.nextNode()) texts.push(walker.currentNode);
  for (const text of texts.filter((text) => text.data.trim() && !text.parentElement.closest("[translate=no]"))) {
    const font = document.createElement("font");
    text.replaceWith(font);
    font.append(Object.assign(document.createElement("font"), { textContent: `${text.data}` }));
  }
}"""


@pytest.fixture(scope="module")
def tab(looking, site):
    tab = looking("light").new_page()
    tab.goto(site + CHAPTER)
    yield tab
    tab.close()


def test_a_copied_paragraph_holds_each_formula_once_as_tex(tab):
    """Catches formulas in pieces, one letter a line, and those that are copied twice."""
    paragraph = tab.locator("article p:has(math)").first
    tex = paragraph.locator("math").evaluate_all("all => all.map((math) => math.getAttribute('alttext'))")
    text, markup = paragraph.evaluate(COPY)
    assert tex
    assert [text.count(f"${formula}$") >= 1 for formula in tex] == [True] * len(tex)
    assert "\n" not in text.strip()
    assert "<math" not in markup


@pytest.mark.parametrize(
    ("place", "strange"),
    [("article h2", "#"), ("article .admonition-title:has(.evidence)", "✓"), ("article .highlight:has(.copy)", "Copy")],
)
def test_a_copied_heading_claim_or_code_has_no_sign_of_the_page(tab, place, strange):
    """Catches "The question #", "Property 3 ✓" and "Copy this code" in what somebody pastes."""
    element = tab.locator(place).first
    text, _ = element.evaluate(COPY)
    assert text.strip()
    assert strange not in text


def test_copying_without_a_formula_is_left_to_the_browser(tab):
    """Catches a handler that takes from code its lines, or from words their style."""
    element = tab.locator("article .highlight pre").first
    assert element.evaluate(COPY)[0].strip() == element.text_content().strip()


def translatable(page: BeautifulSoup) -> list[str]:
    """Return the formulas and code that a translator would change."""
    return [
        str(tag)[:100]
        for tag in page.select("article math, article pre, article code")
        if tag.find_parent(attrs={"translate": "no"}) is None and tag.get("translate") != "no"
    ]


@every_page
def test_translators_leave_formulas_and_code_alone(built, page):
    """Catches formulas in another language, and code that no longer runs."""
    assert translatable(soup(built / page)) == []


def test_a_translatable_formula_is_found():
    """The planted failure of the test above."""
    planted = "<article><p>a <math></math></p><p translate=no><math></math></p></article>"
    assert len(translatable(BeautifulSoup(planted, "html.parser"))) == 1


def test_a_figure_still_moves_on_a_translated_page(looking, site):
    """Catches a table that keeps its first numbers: what was to change is no longer on the page."""
    tab = looking("light").new_page()
    tab.goto(site + CHAPTER)
    figure = tab.locator(".explorable:has(.lr-readout)").first

    def moved_to(end):
        """Return what the table says when its first slider is at this end."""
        before = figure.locator(".lr-readout").inner_text()
        figure.locator("input").first.evaluate(
            f"(i) => {{ i.value = i.{end}; i.dispatchEvent(new Event('input', {{ bubbles: true }})); }}"
        )
        eventually(lambda: figure.locator(".lr-readout").inner_text(), lambda now: now != before)

    moved_to("max")  # from here on the figure knows its words
    figure.evaluate(TRANSLATE)
    moved_to("min")
    tab.close()


@every_page
def test_a_reading_mode_shows_each_figure_once_and_headings_without_signs(built, page):
    """Catches a figure for dark pages below the one for light pages, and "The question#"."""
    tree = soup(built / page)
    assert [tag for tag in tree.select("img.figure-dark") if not tag.has_attr("hidden")] == []
    assert [tag for tag in tree.select("img.figure-light") if tag.has_attr("hidden")] == []
    assert [tag.get_text() for tag in tree.select("a.headerlink") if tag.get_text()] == []


@pytest.mark.slow
@pytest.mark.parametrize("page", CHAPTERS)
def test_code_and_formulas_run_from_left_to_right_in_any_page(looking, site, page):
    """Catches a formula backwards where a translator has turned the page."""
    tab = looking("light").new_page()
    tab.goto(site + page)
    tab.evaluate("document.documentElement.dir = 'rtl'")
    ways = tab.evaluate(
        "[...document.querySelectorAll('article :is(math, pre, code)')].map((e) => getComputedStyle(e).direction)"
    )
    tab.close()
    assert set(ways) == {"ltr"}


def test_a_malformed_place_in_an_address_stops_nothing(looking, site):
    """Catches an error at #50% that takes the search and the printing with it."""
    tab, said = looking("light").new_page(), []
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.goto(f"{site}{CHAPTER}#50%")
    tab.keyboard.press("/")
    tab.wait_for_selector("dialog[open]")
    tab.close()
    assert said == []


def test_two_books_on_one_host_keep_their_choices_apart(looking, site):
    """Catches a key of the whole host: the mode of one book, and its answers, would be those of all."""
    tab = looking("light").new_page()
    tab.goto(site + CHAPTER)
    tab.locator("[data-mode]").click()
    keys = tab.evaluate("Object.keys(localStorage)")
    tab.evaluate("localStorage.clear()")
    tab.close()
    assert keys == ["theme /"]
