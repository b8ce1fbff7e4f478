"""Figures follow the page's mode: in the files, in the page, and as pixels in a real browser."""

import io
import re
import subprocess
import sys

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure
from PIL import Image

from coursebook.site.dark_figures import (
    colours_without_twin,
    dark_twin,
    is_dark_twin,
    is_figure,
    size_in_pixels,
    twin_name,
)
from coursebook.site.palette import palette
from lrlib.plotting import COLORS, DARK, use_style

pytestmark = pytest.mark.xdist_group("dark figures")  # one process makes what they share

LRLIB = palette("lrlib.plotting")
PAGE = {"light": "#ffffff", "dark": "#121212"}

CONF = """
extensions = ["coursebook.site.theme", "coursebook.site.dark_figures"]
course_palette = "lrlib.plotting"
html_theme = "course"
"""
# The class cell_output is that of a code cell's figure, which the theme gives a margin.
INDEX = """
Figures
=======

.. raw:: html

   <div class="cell_output">

.. image:: bars.svg
   :alt: Two bars.

.. raw:: html

   </div>

.. figure:: bars.svg
   :alt: The same bars.

   A caption.

.. image:: logo.svg
   :alt: A square that nobody drew with Matplotlib.

.. image:: dot.png
   :alt: A dot.
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect fill="#0b57d0" width="9" height="9"/></svg>'


def draw(**bar):
    """Return the SVG of two bars and a word, in the book's style."""
    with mpl.rc_context():
        use_style()
        ax = Figure().subplots()
        ax.bar([1, 2], [3, 4], **{"color": COLORS["zero"], "edgecolor": "none", **bar})
        ax.text(1, 2, "black", color="black")
        ax.set_ylabel("height")
        file = io.StringIO()
        ax.figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


@pytest.fixture(scope="module")
def svg():
    return draw()


def write_project(folder, svg):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "conf.py").write_text(CONF, encoding="utf-8")
    (folder / "index.rst").write_text(INDEX, encoding="utf-8")
    (folder / "bars.svg").write_text(svg, encoding="utf-8")
    (folder / "logo.svg").write_text(LOGO, encoding="utf-8")
    Image.new("RGB", (4, 4), "red").save(folder / "dot.png")


def build(folder):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-j", "2", ".", "html"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def site(tmp_path_factory, svg):
    """Return the folder of a small site, built strictly and in two processes."""
    folder = tmp_path_factory.mktemp("a site with spaces é")
    write_project(folder, svg)
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return folder / "html"


def colours_of(svg):
    return set(re.findall(r"(?:fill|stroke)(?:: |=\")(#\w{6})", svg))


def test_the_twin_has_the_dark_colour_for_every_light_one(svg):
    """Catches a colour left as it was: dark on dark."""
    assert {DARK[colour] for colour in colours_of(svg)} <= colours_of(dark_twin(svg, LRLIB))
    assert colours_of(dark_twin(svg, LRLIB)).isdisjoint(COLORS.values())


def test_the_twin_is_the_same_drawing(svg):
    """Catches a replacement that reaches into coordinates, ids or pixels."""
    colour = re.compile(r"#[0-9a-f]{6}\b")
    untwinned = dark_twin(svg, LRLIB).replace(f' data-twin="dark" fill="{DARK[COLORS["ink"]]}"', "")
    assert colour.sub("#", untwinned) == colour.sub("#", svg)


def test_making_the_twin_of_a_twin_changes_nothing(svg):
    """Catches a second build that colours its own output again."""
    assert dark_twin(dark_twin(svg, LRLIB), LRLIB) == dark_twin(svg, LRLIB)


def test_black_words_turn_to_the_dark_ink(svg):
    """Catches black, for which Matplotlib writes no colour at all, on the dark page."""
    assert "<!-- black -->" in svg
    assert re.search(rf'<svg [^>]*\bfill="{DARK[COLORS["ink"]]}"', dark_twin(svg, LRLIB))


def test_references_and_pixels_are_no_colours():
    """Catches '#abcdef' in a link or an id read as a colour."""
    parts = '<use xlink:href="#0b57d0"/><path clip-path="url(#0b57d0)"/><image href="data:#0b57d0"/>'
    assert parts in dark_twin(f"<svg>{parts}</svg>", LRLIB)


def test_a_colour_without_a_twin_is_found():
    """Catches a check that never finds anything, and one that complains about the palette."""
    assert colours_without_twin(draw(), LRLIB) == []
    assert colours_without_twin(draw(color="red", edgecolor="white"), LRLIB) == ["#ff0000"]


def test_the_size_is_that_of_the_drawing(svg):
    """Catches points taken for pixels: 5.2 by 3.4 inches are 499 by 326 pixels of 1/96 inch."""
    assert size_in_pixels(svg) == (499, 326)


def test_only_drawings_of_matplotlib_are_figures(svg):
    """Catches a logo recoloured by accident."""
    assert is_figure(svg)
    assert not is_figure(LOGO)
    assert not is_figure("")


def images(site):
    return re.findall(r"<img\b[^>]*>", re.search(r"<article.*</article>", page(site), re.DOTALL)[0])


def page(site):
    return (site / "index.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_holds_each_figure_twice(site):
    """Catches a figure without its twin, without its words, or with the twin's file missing."""
    light = [image for image in images(site) if "figure-light" in image]
    dark = [image for image in images(site) if "figure-dark" in image]
    assert [re.search(r'alt="(.*?)"', image)[1] for image in light] == ["Two bars.", "The same bars."]
    assert [re.search(r'alt="(.*?)"', image)[1] for image in dark] == ["Two bars.", "The same bars."]
    for image in light + dark:
        assert (site / re.search(r'src="(.*?)"', image)[1]).is_file()


@pytest.mark.slow
def test_a_figure_reserves_its_place_and_waits_until_it_is_shown(site):
    """Catches a page that jumps when a figure arrives, and a reader who downloads both twins."""
    figures = [image for image in images(site) if "figure-" in image]
    assert len(figures) == 4
    for image in figures:
        assert 'height="326"' in image
        assert 'width="499"' in image
        assert 'loading="lazy"' in image


@pytest.mark.slow
def test_other_images_are_left_alone(site):
    """Catches a logo or a photograph shown twice, or a twin made for it."""
    others = [image for image in images(site) if "figure-" not in image]
    assert [re.search(r'src="(.*?)"', image)[1] for image in others] == ["_images/logo.svg", "_images/dot.png"]
    assert not (site / "_images" / twin_name("logo.svg")).exists()


@pytest.mark.slow
def test_the_page_links_the_style_sheet(site):
    """Catches both twins shown one below the other."""
    sheet = (site / re.search(r'href="(_static/site\.css)', page(site))[1]).read_text(encoding="utf-8")
    assert 'html[data-theme="dark"] img.figure-light{display:none}' in sheet


@pytest.mark.slow
def test_building_again_writes_no_figure_again(site):
    """Catches twins of twins, and files that change at every build."""
    pictures = site / "_images"
    before = {path.name: path.stat().st_mtime_ns for path in pictures.iterdir()}
    assert build(site.parent).returncode == 0
    assert {path.name: path.stat().st_mtime_ns for path in pictures.iterdir()} == before


@pytest.mark.slow
def test_a_colour_without_a_twin_fails_a_strict_build(tmp_path):
    """Catches a figure that nobody can read in dark mode, and a message that names neither page nor remedy."""
    write_project(tmp_path, draw(color="red"))
    built = build(tmp_path)
    assert built.returncode != 0
    assert re.search(r"index\.rst:\d+: WARNING: a figure uses #ff0000.*lrlib\.plotting\.COLORS", built.stderr)


def switch_page_to(tab, mode):
    """Press the page's own button until the page is in this mode."""
    for _ in range(2):
        tab.locator("[data-mode]").click()
        if tab.evaluate("document.documentElement.dataset.theme") == mode:
            return
    raise AssertionError(f"the page's button never leads to {mode}")


def seen(tab, image):
    """Return the colours of the figure as shown, and the one in its empty corner, where the page shows through."""
    shown = tab.locator(f'img[alt="{image}"]:visible')
    assert shown.count() == 1
    shown.scroll_into_view_if_needed()
    tab.wait_for_function("img => img.complete && img.naturalWidth > 0", arg=shown.element_handle())
    pixels = Image.open(io.BytesIO(shown.screenshot())).convert("RGB")
    colours = {as_hex(colour) for _, colour in pixels.getcolors(pixels.width * pixels.height)}
    return colours, as_hex(pixels.getpixel((2, 2)))


def as_hex(channels):
    return "#" + "".join(f"{channel:02x}" for channel in channels)


@pytest.mark.slow
@pytest.mark.parametrize("image", ["Two bars.", "The same bars."])
@pytest.mark.parametrize(("system", "mode"), [("light", "dark"), ("dark", "light")])
def test_a_figure_follows_the_pages_button_and_not_the_system(site, browser, system, mode, image):
    """Catches a figure in the system's colours on a page switched to the other mode, and a white plate."""
    tab = browser.new_page(color_scheme=system)
    tab.goto((site / "index.html").as_uri())
    switch_page_to(tab, mode)
    colours, corner = seen(tab, image)
    zero = {"light": COLORS["zero"], "dark": DARK[COLORS["zero"]]}
    assert corner == PAGE[mode]
    assert zero[mode] in colours
    assert zero[system] not in colours
    tab.close()


@pytest.mark.slow
def test_switching_back_and_forth_shows_the_right_figure_each_time(site, browser):
    """Catches a figure that follows the page once and then keeps its colours."""
    tab = browser.new_page(color_scheme="light")
    tab.goto((site / "index.html").as_uri())
    for mode in ("dark", "light", "dark"):
        switch_page_to(tab, mode)
        assert seen(tab, "Two bars.")[1] == PAGE[mode]
    tab.close()


@pytest.mark.slow
def test_a_reader_in_light_mode_downloads_no_dark_figure(site, browser):
    """Catches a page that costs twice its figures."""
    tab = browser.new_page(color_scheme="light")
    asked = []
    tab.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    tab.goto((site / "index.html").as_uri())
    seen(tab, "The same bars.")
    assert "bars.svg" in asked
    assert twin_name("bars.svg") not in asked
    tab.close()


@pytest.mark.slow
def test_a_figure_fits_a_telephone(site, browser):
    """Catches a figure that makes the page scroll sideways, or that is squeezed in one direction."""
    tab = browser.new_page(viewport={"width": 360, "height": 800})
    tab.goto((site / "index.html").as_uri())
    seen(tab, "Two bars.")
    box = tab.locator('img[alt="Two bars."]:visible').bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert box["width"] / box["height"] == pytest.approx(5.2 / 3.4, rel=0.01)
    tab.close()


# Each word of a figure is a group of glyphs with an id that begins with `text`. What lies behind it is the colour that
# most of its box has once all words are taken away: a line that crosses it, or a grid, covers little of that.
WORDS = """async ({svg, paper}) => {
  document.body.innerHTML = svg
  document.documentElement.style.background = paper
  document.body.style.margin = 0
  const drawing = document.querySelector('svg')
  const words = [...drawing.querySelectorAll('g[id^="text"]')]
  const found = words.map(word => {
    const glyphs = word.querySelector('g, path, use, text') ?? word
    const box = word.getBoundingClientRect()
    const comment = [...word.childNodes].find(node => node.nodeType === Node.COMMENT_NODE)
    return {ink: getComputedStyle(glyphs).fill, box: [box.left, box.top, box.right, box.bottom],
      words: comment ? comment.data.trim() : word.textContent.trim()}
  })
  for (const word of words) word.style.visibility = 'hidden'
  return found
}"""


def luminance(channels):
    """Return the relative luminance of WCAG 2 of a colour in 0 to 255."""
    shares = [channel / 255 for channel in channels]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Return the contrast ratio of WCAG 2 of two colours, from 1 to 21."""
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def pale_words(tab, svg, paper):
    """Return the words of the figure whose contrast with what lies behind them is below 4.5, with that contrast."""
    found = tab.evaluate(WORDS, {"svg": svg[svg.index("<svg") :], "paper": paper})
    drawing = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("RGB")
    pale = []
    for word in found:
        box = [round(edge) for edge in word["box"]]
        if box[2] <= box[0] or box[3] <= box[1]:
            continue
        behind = drawing.crop(box)
        _, ground = max(behind.getcolors(behind.width * behind.height))
        ink = [int(channel) for channel in re.findall(r"\d+", word["ink"])[:3]]
        if (ratio := contrast(ink, ground)) < 4.5:
            pale.append(f"{word['words']}: {ratio:.2f}")
    return pale


def paper_of(browser, built, mode):
    """Return the colour behind the text of a built chapter in this mode."""
    tab = browser.new_page(color_scheme=mode)
    tab.goto((built / "chapters/sigmoid.html").as_uri())
    colour = tab.evaluate("""() => {
      for (let element = document.querySelector('main'); element; element = element.parentElement) {
        const colour = getComputedStyle(element).backgroundColor
        if (colour !== 'rgba(0, 0, 0, 0)') return colour
      }
      return 'rgb(255, 255, 255)'
    }""")
    tab.close()
    return colour


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_word_of_every_figure_stands_out_from_what_lies_behind_it(built, browser, mode):
    """Catches pale ticks, a label over a filled area of a like colour, and a number in a cell of a dark image."""
    paper = paper_of(browser, built, mode)
    tab, figures, pale = browser.new_page(viewport={"width": 1000, "height": 800}), 0, {}
    for file in sorted((built / "_images").glob("*.svg")):
        svg = file.read_text(encoding="utf-8")
        if (is_figure(svg) or is_dark_twin(svg)) and is_dark_twin(svg) == (mode == "dark"):
            figures += 1
            if found := pale_words(tab, svg, paper):
                pale[file.name] = found
    tab.close()
    assert figures >= 20
    assert pale == {}


@pytest.mark.slow
def test_a_pale_word_and_a_word_over_a_like_colour_are_found(browser):
    """The planted failures of the test above; the words of a sound figure are found to be sound."""
    tab = browser.new_page()
    assert pale_words(tab, draw(color=COLORS["grid"]), "#ffffff") == []
    (over_a_bar,) = pale_words(tab, draw(color="#333333"), "#ffffff")
    assert over_a_bar.startswith("black: 1.")
    assert "height: 1." in " ".join(pale_words(tab, draw(), COLORS["ink"]))
    tab.close()


def test_contrast_is_that_of_the_standard():
    """Catches a wrong exponent: black on white is 21, and #767676 the palest grey that passes on white."""
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert contrast((0x76,) * 3, (255,) * 3) > 4.5 > contrast((0x77,) * 3, (255,) * 3)
