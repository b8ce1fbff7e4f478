"""The mark beside each claim of the built book, and the card that it opens: by pointer, by keyboard, by touch."""

import gzip

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from coursebook.claims.gate import claims_in, evidence
from tests.coursebook.site.visits import TAGS
from tests.pages import CHAPTERS, LISTEN, MODES, eventually, ids, settle, soup
from tests.paths import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("card")]
LIST = "book/checked.html"
# A page with few formulas, one of its statements, one of its formulas.
CHAPTER, STATEMENT, FORMULA = "chapters/accuracy.html", "prop-accuracy-flat", "eq-f1"
CARD = "#evidence .claim-entry"


def mark(tab, label):
    """The mark of a claim, with its claim in the middle of the screen."""
    found = tab.locator(f"a.evidence[href$='#check-{label}']")
    found.evaluate("element => element.scrollIntoView({block: 'center'})")
    return found


@pytest.fixture(scope="module")
def tabs(looking, site):
    """Return a function of a mode that returns a tab with the chapter, the same for all tests, its card closed."""
    opened = {}

    def tab(mode="light"):
        if mode not in opened:
            opened[mode] = looking(mode).new_page()
            opened[mode].goto(site + CHAPTER)
            settle(opened[mode])
        opened[mode].keyboard.press("Escape")
        return opened[mode]

    return tab


# Every claim


@pytest.mark.parametrize("page", CHAPTERS)
def test_each_claim_has_one_mark_and_its_entry_has_its_tests(built, page):
    """Catches a green mark without a test, a claim without a mark, and an entry that tells of another one's tests."""
    tests = evidence(ROOT)
    claims = [claim.label for claim in claims_in(ROOT / page.replace(".html", ".md"))]
    marks = [link["href"] for link in soup(built / page).select("a.evidence")]
    assert marks == [f"../{LIST}#check-{label}" for label in claims]
    listed = soup(built / LIST)
    for label in claims:
        entry = listed.find(id=f"check-{label}")
        assert [said.get_text() for said in entry.select("p > strong")] == [
            test.sentence[:1].upper() + test.sentence[1:] for test in tests[label]
        ]
        assert all(test.source in entry.select_one(".web-only pre").get_text() for test in tests[label])


def test_the_places_that_older_links_lead_to_are_still_there(built):
    """Catches an anchor that is gone: of a claim, of each further test of one, of a chapter's claims."""
    tests = evidence(ROOT)
    claims = [claim.label for page in CHAPTERS for claim in claims_in(ROOT / page.replace(".html", ".md"))]
    wanted = {f"check-{label}" for label in claims}
    wanted |= {f"check-{label}-{number}" for label in claims for number in range(2, len(tests[label]) + 1)}
    wanted |= {page.replace("chapters/", "checked-").removesuffix(".html") for page in CHAPTERS}
    assert wanted <= ids(built / LIST)


def test_each_formula_says_how_many_wrong_versions_failed_and_how_it_is_typed(built):
    """Catches a formula that nobody tried to falsify, a survivor, and a missing code that is not spoken of."""
    formulas = [entry for entry in soup(built / LIST).select(".claim-entry") if entry["id"].startswith("check-eq-")]
    assert len(formulas) > 70
    for entry in formulas:
        text = " ".join(entry.get_text().split())
        assert "each with one sign, number or symbol changed. All failed." in text, entry["id"]
        assert entry.select(".highlight-python pre") or "As NumPy: none" in text, entry["id"]


# The list


def test_the_list_is_light(built, record, site):
    """Catches a page of all claims that grows faster than they do: it had 21,612 elements for 150 claims."""
    asked = record(LIST, "phone").asked
    files = {address.removeprefix(site).partition("?")[0] for address in asked}
    weighed = [(built / name).read_bytes() for name in files]
    assert len(weighed) > 3
    assert sum(min(len(gzip.compress(content)), len(content)) for content in weighed) < 150_000
    page = soup(built / LIST)
    assert len(page.find_all(True)) < 32 * len(page.select(".claim-entry"))


def test_without_scripts_the_list_shows_one_chapter_and_unfolds_what_a_link_leads_to(browser, site):
    """Catches a filter, or an entry, that only a script shows."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(site + LIST)
    sections = tab.locator("section.claims")
    tab.get_by_role("list").filter(has_text="All chapters").get_by_role("link").nth(2).click()
    assert [section.is_visible() for section in sections.all()] == [number == 1 for number in range(len(CHAPTERS))]
    tab.get_by_role("link", name="All chapters").click()
    assert all(section.is_visible() for section in sections.all())
    tab.goto(site + CHAPTER)
    mark(tab, FORMULA).click()
    assert tab.url.endswith(f"{LIST}#check-{FORMULA}")
    tab.locator(f"#check-{FORMULA} >> text=Read from the page").wait_for(timeout=2_000)
    context.close()


# The card


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("label", [FORMULA, STATEMENT])
def test_a_mark_opens_its_entry_in_sight_and_nothing_moves(tabs, mode, label):
    """Catches a card of another claim, one that covers its claim or leaves the window, and a page that jumps."""
    tab = tabs(mode)
    opener = mark(tab, label)
    tab.evaluate("shifts.length = 0")
    opener.click()
    tab.locator(CARD).wait_for()
    assert tab.locator("#evidence code").first.inner_text() == label
    assert tab.locator("#evidence").get_attribute("aria-label") == opener.get_attribute("aria-label")
    card, window = tab.locator("#evidence").bounding_box(), tab.viewport_size
    assert card["x"] >= 0
    assert card["y"] >= 0
    assert card["x"] + card["width"] <= window["width"]
    assert card["y"] + card["height"] <= window["height"] + 1
    top, bottom = opener.evaluate("""element => {
      const { top, bottom } = element.closest(".math, .admonition").getBoundingClientRect()
      return [top, bottom]
    }""")
    assert card["y"] >= bottom - 1 or card["y"] + card["height"] <= top + 1
    close = tab.locator("#evidence .close").bounding_box()  # a locator's click would scroll it away from the page's bar
    tab.mouse.click(close["x"] + close["width"] / 2, close["y"] + close["height"] / 2)
    assert not tab.locator("#evidence").is_visible()
    assert tab.evaluate("shifts") == []
    assert tab.evaluate("violations") == []


def test_by_keyboard_it_opens_closes_and_gives_the_focus_back(tabs):
    """Catches a card that only a pointer opens, that keeps the focus outside, or loses the reader's place."""
    tab = tabs()
    opener = mark(tab, FORMULA)
    opener.focus()
    tab.keyboard.press("Enter")
    tab.locator(CARD).wait_for()
    assert tab.evaluate("document.activeElement.id") == "evidence"
    assert opener.get_attribute("aria-expanded") == "true"
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.ariaLabel") == "Close"
    tab.keyboard.press("Escape")
    assert not tab.locator("#evidence").is_visible()
    assert opener.evaluate("element => element === document.activeElement")
    assert eventually(lambda: opener.get_attribute("aria-expanded"), lambda found: found == "false")


def test_tab_leads_from_the_end_of_the_card_back_to_the_text(tabs):
    """Catches a card at the end of the page, from which the next stop is the foot of the page."""
    tab = tabs()
    opener = mark(tab, FORMULA)
    opener.focus()
    tab.keyboard.press("Enter")
    tab.locator(CARD).wait_for()
    tab.locator("#evidence summary").focus()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == f"#equation-{FORMULA}"


def test_another_mark_opens_another_card(tabs):
    """Catches the first card shown for ever, and a mark that goes on saying that its card is open."""
    tab = tabs()
    for label in (FORMULA, STATEMENT):
        mark(tab, label).evaluate("element => element.click()")  # no pointer closes the first one
        tab.locator(CARD, has_text=label).wait_for()
    assert tab.locator(".evidence[aria-expanded=true]").count() == 1
    assert tab.locator("#evidence").is_visible()


def test_the_code_is_copied_as_code_is_elsewhere(tabs, built):
    """Catches a card without the button, and one whose text is not the code."""
    tab = tabs()
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    mark(tab, FORMULA).click()
    tab.locator("#evidence .copy").focus()
    tab.keyboard.press("Enter")
    copied = eventually(lambda: tab.evaluate("navigator.clipboard.readText()"))
    assert copied.strip() == soup(built / LIST).select_one(f"#check-{FORMULA} .highlight-python pre").get_text().strip()


def test_a_link_on_the_card_leads_where_it_does_in_the_list(looking, site, built):
    """Catches links that are relative to the list, followed from a chapter."""
    text = (built / LIST).read_text(encoding="utf-8").replace(f"../{CHAPTER}#equation-{FORMULA}", "#here")
    tab = looking("light").new_page()
    tab.route(f"**/{LIST}", lambda route: route.fulfill(body=text, content_type="text/html; charset=utf-8"))
    tab.goto(site + CHAPTER)
    mark(tab, FORMULA).click()
    assert tab.locator("#evidence .claim-title a").evaluate("a => a.href") == f"{site}{LIST}#here"
    tab.close()


def test_there_is_room_for_a_thumb(browser, site):
    """Catches a mark of less than 44 pixels, or one that something else covers."""
    context = browser.new_context(**MODES["phone"], has_touch=True, is_mobile=True)
    tab = context.new_page()
    tab.goto(site + CHAPTER)
    settle(tab)
    for label in (FORMULA, STATEMENT):
        hit = mark(tab, label).evaluate("""element => {
          const box = element.getBoundingClientRect(), [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
          return [[0, 0], [-21, 0], [21, 0], [0, -21], [0, 21]].map(([dx, dy]) =>
            document.elementFromPoint(x + dx, y + dy) === element)
        }""")
        assert hit == [True] * 5, label
    mark(tab, FORMULA).tap()
    tab.locator(CARD).wait_for()
    context.close()


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_nothing_on_the_card(tabs, mode):
    """Catches a card that bars a reader: pale words, a nameless dialog, a box that the keyboard cannot scroll."""
    tab = tabs(mode)
    mark(tab, FORMULA).click()
    tab.locator(CARD).wait_for()
    tab.locator("#evidence summary").click()
    tab.evaluate(AXE_SCRIPT)
    found = tab.evaluate(
        "tags => axe.run('#evidence', {runOnly: {type: 'tag', values: tags}, elementRef: false})", TAGS
    )
    assert [violation["id"] for violation in found["violations"]] == []
    assert len(found["passes"]) > 10


def test_without_a_network_the_card_says_so(looking, site):
    """Catches a reader on a train who is led from the chapter to an error."""
    tab = looking("light").new_page()
    tab.goto(site + CHAPTER)
    tab.route(f"**/{LIST}", lambda route: route.abort())
    mark(tab, FORMULA).click()
    way = tab.locator("#evidence").get_by_role("link")
    assert way.get_attribute("href") == f"{site}{LIST}#check-{FORMULA}"
    assert "could not be loaded" in tab.locator("#evidence").inner_text()
    tab.close()


def test_from_a_file_the_mark_is_a_link(browser, built):
    """Catches a mark that does nothing where no page can be fetched, and complaints in the console."""
    tab = browser.new_page()
    tab.add_init_script(LISTEN)
    said = []
    tab.on("console", lambda message: said.append(message.text))
    tab.goto((built / CHAPTER).as_uri())
    mark(tab, FORMULA).click()
    tab.locator(f"#check-{FORMULA} >> text=Read from the page").wait_for()
    assert tab.url == f"{(built / LIST).as_uri()}#check-{FORMULA}"
    assert said == []
    tab.close()


def test_paper_has_no_mark_that_nobody_can_open(tabs):
    """Catches marks, and an open card, on a chapter that a reader prints."""
    tab = tabs()
    mark(tab, FORMULA).click()
    tab.locator(CARD).wait_for()
    tab.emulate_media(media="print")
    shown = tab.locator(".evidence, #evidence").evaluate_all("found => found.filter(each => each.checkVisibility())")
    tab.emulate_media(media="screen")
    assert shown == []


@pytest.mark.timing
def test_the_card_is_there_within_a_tenth_of_a_second(tabs):
    """Catches a card that keeps a reader waiting: it was 15 ms, and 40 ms where nothing had been fetched before."""
    tab = tabs()
    opener = mark(tab, FORMULA)
    opener.hover()
    seconds = opener.evaluate("""async element => {
      const begin = performance.now()
      element.click()
      while (!document.querySelector('#evidence .claim-entry')) await new Promise(done => setTimeout(done))
      await new Promise(requestAnimationFrame)
      return (performance.now() - begin) / 1000
    }""")
    assert seconds < 0.1
