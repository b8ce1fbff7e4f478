"""Everything can be reached and used by keyboard alone, in the order of reading, with the focus in sight."""

import pytest

from coursebook.serve import serving
from tests.pages import CHAPTERS, PAGES, settle, visit

pytestmark = pytest.mark.slow

# A walk takes two calls to the browser for each stop. Pages share their frame, so a few are walked on a phone as well,
# and the long lists of links not at all: axe looks at them.
WALKED = [(page, "light") for page in (*CHAPTERS, "index.html", "book/notation.html", "search.html")]
WALKED += [(page, "phone") for page in ("chapters/sigmoid.html", "index.html", "search.html")]
MOST_STOPS = 600

# What is in the page's own order of focus. A group of radio buttons is one stop; a closed details hides its content.
READY = """() => {
  window.stops = [...document.querySelectorAll(
    'a[href], button, input, select, textarea, summary, iframe, [tabindex]')].filter(element =>
    element.tabIndex >= 0 && !element.disabled && !element.closest('[inert]')
    && element.checkVisibility({visibilityProperty: true})
    && !(element.type === 'radio' && element !== document.querySelector(`input[name="${element.name}"]`)))
  window.visited = new Set()
  window.called = element => `${element.nodeName.toLowerCase()} ` +
    (element.ariaLabel || element.textContent || element.id).trim().slice(0, 40)
  window.before = null
  window.style = element => {
    const {outlineStyle: line, outlineWidth: width, outlineColor: colour, boxShadow} = getComputedStyle(element)
    return line === 'none' || width === '0px' ? boxShadow : [line, width, colour].join()
  }
  window.calm = new Map(stops.map(element => [element, style(element)]))
  scrollTo(0, 0)
}"""
STOP = """() => {
  const element = document.activeElement
  if (!element || element === document.body || element === document.documentElement) return null
  const seen = visited.has(element)
  visited.add(element)
  const problems = []
  if (!seen && before && !(before.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING))
    problems.push('comes before the stop before it')
  before = element
  const outlined = calm.has(element) ? calm.get(element) !== style(element) : style(element) !== 'none'
  if (!outlined) problems.push('shows no focus')
  const boxes = [...element.getClientRects()].filter(box => box.width > 2 && box.height > 2)
  const inside = boxes.filter(box => box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth)
  const uncovered = inside.some(box => [0.1, 0.5, 0.9].some(share => {
    const middle = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2 // of what is in the window
    const top = document.elementFromPoint(box.left + share * box.width, middle)
    return top && (element.contains(top) || top.contains(element) || element.labels?.length)
  }))
  if (!uncovered) problems.push('is out of sight')
  return {name: called(element), problems, seen, main: !!element.closest('main')}
}"""
MISSED = "() => stops.filter(element => !visited.has(element)).map(called)"


def walk(tab):
    """Press Tab from the top of the page to its end; return the stops and what is wrong."""
    tab.emulate_media(reduced_motion="reduce")  # else a skip link may still be on its way
    settle(tab)
    tab.evaluate(READY)
    stops, wrong = [], []
    while len(stops) < MOST_STOPS:
        tab.keyboard.press("Tab")
        stop = tab.evaluate(STOP)
        if stop is None:
            break
        if stop["seen"]:
            wrong.append(f"{stop['name']}: comes again before the end of the page")
            break
        stops.append(stop)
        wrong += [f"{stop['name']}: {problem}" for problem in stop["problems"]]
    else:
        wrong.append(f"no end after {MOST_STOPS} stops")
    return stops, wrong + [f"{name}: is never reached" for name in tab.evaluate(MISSED)]


@pytest.mark.parametrize(("page", "mode"), WALKED)
def test_tab_leads_through_the_page_in_order_and_in_sight(site, looking, page, mode):
    """Catches a trap, a stop out of order, one that nobody sees, and a control that only a mouse reaches."""
    opened = visit(looking(mode), site + page)
    stops, wrong = walk(opened.tab)
    opened.tab.close()
    assert wrong == []
    assert any(stop["main"] for stop in stops)


@pytest.mark.parametrize("page", ["chapters/sigmoid.html", "search.html"])
def test_the_focus_is_in_sight_in_forced_colours(site, looking, page):
    """Catches a focus drawn by a shadow or a background, which a reader's own colours remove."""
    opened = visit(looking("light"), site + page)
    opened.tab.emulate_media(forced_colors="active")
    stops, wrong = walk(opened.tab)
    opened.tab.close()
    assert stops
    assert wrong == []


@pytest.mark.parametrize("page", PAGES)
def test_the_first_stop_skips_to_the_content(site, looking, page):
    """Catches a skip link that is missing, comes late, or leaves the focus where it was."""
    opened = visit(looking("light"), site + page)
    tab = opened.tab
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href') ?? ''").startswith("#")
    tab.keyboard.press("Enter")
    assert tab.evaluate("location.pathname") == f"/{page}"  # the page for lost addresses has its base elsewhere
    assert tab.evaluate("document.activeElement.id") == "content"
    tab.keyboard.press("Tab")
    skipped = tab.evaluate("!document.activeElement.closest('header, nav') || !!document.activeElement.closest('main')")
    tab.close()
    assert skipped


@pytest.mark.parametrize("mode", ["light", "phone"])
def test_a_dialog_opens_closes_by_escape_and_gives_the_focus_back(site, looking, mode):
    """Catches a dialog that keeps the focus, or loses it to the top of the page."""
    opened = visit(looking(mode), site + "chapters/sigmoid.html")
    assert use_dialogs(opened.tab) > 0
    opened.tab.close()


def use_dialogs(tab):
    """Open each dialog of the page from its button and close it by Escape; return how many there are."""
    buttons = tab.locator("button[aria-controls]:visible")
    used = 0
    for number in range(buttons.count()):
        button = buttons.nth(number)
        dialog = tab.locator(f"dialog#{button.get_attribute('aria-controls')}")
        if dialog.count() == 0:
            continue
        button.focus()
        tab.keyboard.press("Enter")
        assert dialog.evaluate("dialog => dialog.matches(':modal')")
        assert dialog.evaluate("dialog => dialog.contains(document.activeElement)")
        for _ in range(30):
            tab.keyboard.press("Tab")
            assert not tab.evaluate("document.activeElement.closest('main')")
        tab.keyboard.press("Escape")
        assert not dialog.evaluate("dialog => dialog.open")
        assert button.evaluate("button => button === document.activeElement")
        used += 1
    return used


SOUND = '<a href="#main">Skip</a><main id="main"><h1>A</h1><button>One</button><a href="#x">Two</a></main>'
MISTAKES = {
    "comes before": SOUND + '<button tabindex="1">First of all</button>',
    "shows no focus": SOUND + '<button class="bare">Bare</button>',
    "out of sight": SOUND + '<button class="away">Away</button>',
    "is out of sight": SOUND + '<div class="lid"></div>',
    "never reached": SOUND + '<input id="trap"><button>Behind the trap</button>',
}
STYLE = """:focus-visible { outline: 2px solid blue } .bare:focus-visible { outline: none }
.away { position: absolute; left: -999px } .lid { position: fixed; inset: 0; background: white }"""
TRAP = "document.querySelector('#trap')?.addEventListener('keydown', event => event.preventDefault())"


@pytest.mark.parametrize("mistake", MISTAKES)
def test_each_planted_mistake_of_focus_is_found(tmp_path, looking, mistake):
    """The planted failures of the walk."""
    assert any(mistake in line for line in walked(tmp_path, looking, MISTAKES[mistake]))


def test_a_sound_page_is_walked_without_a_word(tmp_path, looking):
    """Catches a walk that always complains."""
    assert walked(tmp_path, looking, SOUND) == []


def walked(folder, looking, body):
    (folder / "style.css").write_text(STYLE)
    (folder / "trap.js").write_text(TRAP)
    head = '<!doctype html><html lang="en"><title>A</title><link rel="stylesheet" href="style.css">'
    (folder / "index.html").write_text(f'{head}<script src="trap.js" defer></script>{body}')
    with serving(folder) as address:
        opened = visit(looking("light"), address)
        wrong = walk(opened.tab)[1]
        opened.tab.close()
    return wrong


DIALOG = """<button aria-controls="d">Open</button><main><a href="#a">A</a></main><dialog id="d"><input></dialog>"""
OPENS = "const [b, d] = [document.querySelector('button'), document.querySelector('dialog')]; "


@pytest.mark.parametrize(
    ("script", "sound"),
    [
        ("b.onclick = () => d.showModal()", True),
        ("b.onclick = () => d.show()", False),
        ("b.onclick = () => d.showModal(); d.oncancel = event => event.preventDefault()", False),
        ("b.onclick = () => d.showModal(); d.onclose = () => document.querySelector('a').focus()", False),
    ],
)
def test_a_dialog_that_does_not_let_go_is_found(tmp_path, looking, script, sound):
    """The planted failures of the test of dialogs: not modal, not closed by Escape, the focus elsewhere."""
    (tmp_path / "dialog.js").write_text(OPENS + script)
    (tmp_path / "index.html").write_text(f'<!doctype html><title>A</title>{DIALOG}<script src="dialog.js"></script>')
    with serving(tmp_path) as address:
        opened = visit(looking("light"), address)
        if sound:
            assert use_dialogs(opened.tab) == 1
        else:
            with pytest.raises(AssertionError):
                use_dialogs(opened.tab)
        opened.tab.close()
