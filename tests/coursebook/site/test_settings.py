"""Readers' settings in combination: each page can be read and used under any two of them at once."""

import io
import itertools
import re

import pypdfium2
import pytest
from PIL import Image

from lrlib.plotting import COLORS, DARK
from tests.coursebook.site.test_theme import contrast
from tests.pages import DESK, MOVING, PHONE, every_page, open_all_details, settle

pytestmark = pytest.mark.slow

SETTINGS = {
    "chosen": ("none", "light", "dark"),  # by the button of the bar; kept by a script
    "system": ("light", "dark"),
    "contrast": ("own", "forced"),  # the reader's few colours in place of the page's
    "font": ("16", "32"),  # of the browser, in pixels
    "width": ("1280", "360"),
    "scripts": ("on", "off"),
    "medium": ("screen", "print"),
    "motion": ("any", "less"),
}
ROWS = [
    dict(zip(SETTINGS, row.split(), strict=True))
    for row in (
        "dark light forced 16 360 on print less",
        "none dark own 32 1280 off screen less",
        "light dark forced 16 1280 on screen any",
        "none light own 32 360 off print any",
        "light light own 32 360 on screen less",
        "dark dark forced 32 1280 on print any",
        "none light forced 16 1280 off screen less",
        "dark light forced 32 360 on screen any",
        "dark dark own 16 360 on screen less",
        "light light forced 16 1280 on print any",
        "none dark forced 16 360 on screen less",
        "light dark own 32 1280 on print less",
        "dark light own 16 360 on print any",
    )
]
# A chapter has all there is to see, questions and figures to touch among it; the other pages take turns.
CHAPTER = "chapters/sigmoid.html"
OTHERS = ("index.html", "book/checked.html", "book/api.html", "coursework/1-log-odds.html")
VISITS = [(CHAPTER, row) for row in ROWS] + list(zip(itertools.cycle(OTHERS), ROWS))
every_visit = pytest.mark.parametrize(
    ("page", "row"), VISITS, ids=[f"{page} {'-'.join(row.values())}" for page, row in VISITS]
)


def possible(chosen: str, scripts: str) -> bool:
    """Say whether there can be such a reader: a choice is kept by a script."""
    return chosen == "none" or scripts == "on"


def test_every_two_settings_meet_and_every_three_that_make_the_colours():
    """Catches a row taken out, or a new setting that nothing is combined with."""
    for names in [*itertools.combinations(SETTINGS, 2), ("chosen", "system", "contrast")]:
        met = {tuple(row[name] for name in names) for row in ROWS}
        wanted = set(itertools.product(*(SETTINGS[name] for name in names)))
        if names == ("chosen", "scripts"):
            wanted = {both for both in wanted if possible(*both)}
        assert wanted <= met, names
    assert all(possible(row["chosen"], row["scripts"]) for row in ROWS)


@pytest.fixture
def seen(browser, site):
    """Return a function that opens a page under a row of settings, with everything in it unfolded on a screen."""
    contexts = []

    def opened(page, row):
        context = browser.new_context(
            viewport=DESK if row["width"] == "1280" else PHONE,
            color_scheme=row["system"],
            forced_colors="active" if row["contrast"] == "forced" else "none",
            reduced_motion="reduce" if row["motion"] == "less" else "no-preference",
            java_script_enabled=row["scripts"] == "on",
        )
        contexts.append(context)
        if row["chosen"] != "none":
            context.add_init_script(f"localStorage.setItem('theme /', '{row['chosen']}')")
        tab = context.new_page()
        size = int(row["font"])
        context.new_cdp_session(tab).send(
            "Page.setFontSizes", {"fontSizes": {"standard": size, "fixed": size * 13 // 16}}
        )
        tab.goto(site + page)
        if row["scripts"] == "on":
            settle(tab)
        tab.emulate_media(media=row["medium"])
        return tab

    yield opened
    for context in contexts:
        context.close()


# What stands outside the page to its left or right, and can be reached by no scrolling within it.
OUTSIDE = """() => {
  const width = document.documentElement.clientWidth
  const scrolls = element => element && element !== document.body &&
    (/auto|scroll/.test(getComputedStyle(element).overflowX) || scrolls(element.parentElement))
  const found = [...document.querySelectorAll('a[href], button, input, summary, output, .lr-stage, article img')]
    .filter(element => element.checkVisibility({visibilityProperty: true}))
    .filter(element => !element.closest('.skip-link, .visually-hidden'))
    .filter(element => {
      const {left, right, width: own} = element.getBoundingClientRect()
      return own > 0 && (left < -1 || right > width + 1) && !scrolls(element.parentElement)
    })
  return found.map(element => `${element.nodeName}.${element.className} ${element.textContent.slice(0, 30)}`)
}"""
# Controls whose words do not fit in them.
CUT = """() => [...document.querySelectorAll('button, summary, .way a, .run a, .hero a, .bar a')]
  .filter(element => element.checkVisibility({visibilityProperty: true}))
  .filter(element => getComputedStyle(element).overflowX !== 'visible')
  .filter(element => element.scrollWidth > element.clientWidth + 1)
  .map(element => element.textContent.trim().slice(0, 40))"""
TWINS = """() => ['light', 'dark'].map(mode =>
  [...document.querySelectorAll(`img.figure-${mode}`)].filter(image => image.checkVisibility()).length)"""
# In sight although nothing can be done with it on paper.
ON_PAPER = """() => [...document.querySelectorAll(
  'input, button, .lr-controls, .bar, .foot, #contents, .run, .way, .skip-link, a.headerlink, a.evidence, dialog')]
  .filter(element => element.checkVisibility({visibilityProperty: true}) && element.getClientRects().length)
  .map(element => `${element.nodeName}.${element.getAttribute('class') ?? element.id}`)"""
CLOSED = """() => [...document.querySelectorAll('article details')]
  .filter(box => box.getClientRects().length && box.querySelector('summary'))
  .filter(box => ![...box.querySelectorAll(':scope > :not(summary)')].some(
    child => child.checkVisibility() && child.offsetHeight))
  .map(box => box.querySelector('summary').textContent.trim().slice(0, 50))"""
# What a script would do when it is there.
USELESS = """() => [...document.querySelectorAll('.lr-controls, .needs-script, .check-form')]
  .filter(element => element.checkVisibility({visibilityProperty: true})).map(element => element.className)"""
TO_READ = (
    "article p",
    ".formula",
    ".lr-stage",
    "img.figure-light, img.figure-dark",
    ".check-question",
    ".claims summary",
)


def colours(picture: bytes) -> tuple[str, float]:
    """Return the colour that most of a picture has, and the largest contrast of another to it, that of a letter."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    counted = sorted(image.getcolors(image.width * image.height), reverse=True)
    names = [(count, "#{:02x}{:02x}{:02x}".format(*colour)) for count, colour in counted[:400]]
    ground = names[0][1]
    return ground, max(contrast(ground, name) for count, name in names if count >= 12)


def faint(tab) -> dict[str, float]:
    """Return the contrast of what is there to read, seen in a picture of it, where it is less than 7."""
    found = {}
    for selector in TO_READ:
        if not tab.locator(f"main :is({selector}):visible").count():
            continue
        words = tab.locator(f"main :is({selector}):visible").first
        words.scroll_into_view_if_needed()
        if "img" in selector:
            words.evaluate("image => image.decode()")
        ground, ratio = colours(words.screenshot(animations="disabled"))
        if "img" in selector:  # white boxes on black would pass: the letters of a figure are in its ink
            dark = "figure-dark" in words.get_attribute("class")
            ratio = contrast(ground, DARK[COLORS["ink"]] if dark else COLORS["ink"])
        found[selector] = round(ratio, 1)
    assert found
    return {selector: ratio for selector, ratio in found.items() if ratio < 7}


@every_visit
def test_a_page_can_be_read_and_used_under_any_two_settings(seen, page, row):
    """Catches what is right under each setting alone: dark figures on black, a button beside a page of large words."""
    tab = seen(page, row)
    printed = row["medium"] == "print"
    problems = {}
    if printed:
        problems["in sight on paper"] = tab.evaluate(ON_PAPER)
        problems["closed on paper"] = tab.evaluate(CLOSED)
    open_all_details(tab)
    if row["scripts"] == "off":
        problems["in sight without scripts"] = tab.evaluate(USELESS)
    if row["motion"] == "less":
        problems["moving"] = tab.evaluate(MOVING)
    needed = tab.evaluate("document.documentElement.scrollWidth")
    problems["wider than the window"] = [needed] if needed > int(row["width"]) else []
    problems["out of sight"] = tab.evaluate(OUTSIDE)
    problems["cut off"] = tab.evaluate(CUT)
    shown, figures = tab.evaluate(TWINS), tab.locator("img.figure-light").count()
    problems["figures"] = [] if sorted(shown) == [0, figures] else shown
    problems["faint"] = faint(tab)
    ground = colours(tab.locator("main h1").first.screenshot())[0]
    if row["contrast"] == "own" or not printed:  # a browser that prints forces no colours, and cannot be asked here
        mode = row["system"] if row["contrast"] == "forced" or row["chosen"] == "none" else row["chosen"]
        bright = contrast(ground, "#000000") > contrast(ground, "#ffffff")
        problems["mode"] = [] if bright == (mode == "light" or printed) else [ground]
    assert {what: found for what, found in problems.items() if found} == {}


@every_page
def test_a_large_font_fits_a_small_screen(seen, page):
    """Catches a bar, a formula or a table that widens a page of eleven letters."""
    plain = {name: values[0] for name, values in SETTINGS.items()}
    tab = seen(page, plain | {"font": "32", "width": "360"})
    open_all_details(tab)
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.evaluate(OUTSIDE) + tab.evaluate(CUT) == []


def test_paper_without_scripts_has_what_is_folded_on_the_screen(seen):
    """Catches solutions that only a script unfolds for the printer."""
    plain = {name: values[0] for name, values in SETTINGS.items()}
    tab = seen("chapters/sigmoid-on-a-computer.html", plain | {"scripts": "off", "medium": "print"})
    code = tab.locator("article details.solution .cell_input pre").all_text_contents()
    folded = [re.sub(r"\W", "", box.splitlines()[0]) for box in code]
    with pypdfium2.PdfDocument(tab.pdf()) as paper:
        printed = "".join(re.sub(r"\W", "", page.get_textpage().get_text_bounded()) for page in paper)
    assert folded
    assert [words for words in folded if words not in printed] == []
