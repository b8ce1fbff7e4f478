"""Touch: each control can be hit with a thumb, and none waits for a pointer that hovers."""

import pytest

from tests.pages import PHONE, every_page, open_all_details, settle

pytestmark = pytest.mark.slow

# The controls that a thumb misses 21 pixels from their middle: WCAG 2.5.5 asks for 44 by 44, and makes an exception of
# links within a sentence. A heading's link is there when its heading was touched, and has a test of its own. What is
# dragged within a drawing is set by a slider as well (the exception of an equivalent).
MISSED = """scope => {
  const inSentence = link => getComputedStyle(link).display === 'inline'
    && link.closest('p, li, dd, td, th, figcaption, .admonition-title, cite')?.matches(':not(nav *, .foot li, .run li)')
    && !link.matches('.headerlink, .evidence')
  const hits = (control, x, y) => {
    const top = document.elementFromPoint(x, y)
    return top && (control.contains(top) || [...control.labels ?? []].some(label => label.contains(top)))
  }
  const missed = []
  for (const control of document.querySelector(scope).querySelectorAll('a[href], button, input, summary')) {
    if (!control.checkVisibility({visibilityProperty: true}) || control.matches('.skip-link, .headerlink')) continue
    if (control.matches('a') && inSentence(control)) continue
    control.scrollIntoView({block: 'center', behavior: 'instant'})
    const box = [...control.getClientRects()].filter(({width}) => width).at(-1)
    if (!box) continue
    const [x, y] = [box.left + Math.min(box.width, innerWidth) / 2, box.top + box.height / 2]
    const short = [[-21, 0], [21, 0], [0, -21], [0, 21]].filter(([dx, dy]) => !hits(control, x + dx, y + dy))
    const words = control.textContent.trim().slice(0, 24)
    if (short.length) missed.push(`${control.localName}.${control.className} "${words}" ` +
      `${Math.round(box.width)} x ${Math.round(box.height)}: ${short.join(' ')}`)
  }
  return missed
}"""


@pytest.fixture(scope="module")
def phone(browser):
    context = browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True, reduced_motion="reduce")
    yield context
    context.close()


@every_page
def test_a_thumb_hits_each_control(site, phone, page):
    """Catches buttons, sliders, answers, marks and links of lists that are smaller than 44 pixels either way."""
    tab = phone.new_page()
    tab.goto(site + page)
    settle(tab)
    open_all_details(tab)
    missed = tab.evaluate(MISSED, "body")
    tab.close()
    assert missed == []


OPENED = {
    "#contents": ("button.menu", "#contents:popover-open"),
    "dialog#search": ("[data-search]", "dialog#search[open]"),
    "#evidence": ("a.evidence >> nth=0", "#evidence:popover-open .claim-entry"),
    "#preview": ("article a[href*='#term-'] >> nth=0", "#preview:popover-open .go"),
}


@pytest.mark.parametrize("scope", OPENED)
def test_a_thumb_hits_each_control_of_what_opens(site, phone, scope):
    """Catches small links in the contents, in what the search has found, and on a card."""
    control, opened = OPENED[scope]
    tab = phone.new_page()
    tab.goto(site + "chapters/sigmoid.html")
    settle(tab)
    tab.locator(control).tap()
    tab.wait_for_selector(opened)
    if scope == "dialog#search":
        tab.locator("#search-field").fill("sigmoid")
        tab.wait_for_selector("#search-results li")
    missed = tab.evaluate(MISSED, scope)
    tab.close()
    assert missed == []


@pytest.mark.parametrize(
    "place", ["h1", "h2 >> nth=2", "div.math:has(.evidence) >> nth=0", ".proof .admonition-title >> nth=0"]
)
def test_a_link_to_a_place_is_no_trap_and_then_large_enough(site, phone, place):
    """Catches an unseen link under a thumb, and one that is seen and cannot be hit."""
    tab = phone.new_page()
    tab.goto(site + "chapters/sigmoid.html")
    settle(tab)
    heading = tab.locator(place)
    link = heading.locator("a.headerlink")
    reach = """link => {
      const box = [...link.getClientRects()].at(-1)
      const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
      const hit = (dx, dy) => document.elementFromPoint(x + dx, y + dy) === link
      return [[0, 0], [-21, 0], [21, 0], [0, -21], [0, 21]].map(([dx, dy]) => hit(dx, dy))
    }"""
    heading.scroll_into_view_if_needed()
    assert link.evaluate(reach) == [False] * 5
    heading.hover()  # as phones take a tap; Chromium's headless shell does not
    assert link.evaluate(reach) == [True] * 5
    tab.close()


def test_the_copy_button_is_in_sight_without_a_touch(site, phone):
    """Catches a button that shows itself to a pointer that hovers, which a thumb never does."""
    tab = phone.new_page()
    tab.goto(site + "chapters/sigmoid.html")
    settle(tab)
    shown = tab.locator("button.copy").evaluate_all(
        "buttons => buttons.map(button => getComputedStyle(button).opacity)"
    )
    tab.close()
    assert set(shown) == {"1"}


def test_small_controls_are_found(tmp_path, serve, phone):
    """The planted failures of the tests above; a link in a sentence and a large button are sound."""
    (tmp_path / "index.html").write_text(
        "<!doctype html><meta name=viewport content='width=device-width'><title>A</title><main>"
        "<p>Read <a href='#'>this</a> first.</p><button style='width:60px;height:60px'>large</button>"
        "<button style='width:60px;height:20px'>low</button><nav><ul><li><a href='#'>list</a></ul></nav>"
        "<div style='position:relative'><button style='width:90px;height:90px'>covered</button>"
        "<span style='position:absolute;inset:0 0 50px'></span></div></main>"
    )
    tab = phone.new_page()
    tab.goto(serve(tmp_path))
    missed = tab.evaluate(MISSED, "body")
    tab.close()
    assert [line.split('"')[1] for line in missed] == ["low", "list", "covered"]
