"""The book's theme: one style sheet, the figures' colours, the contents, boxes that open."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont

from coursebook.site import theme
from coursebook.site.palette import palette
from lrlib.plotting import COLORS, DARK


def declared(css, selector):
    """Return the custom properties that the first rule with this selector declares."""
    body = re.search(re.escape(selector) + r"\{(.*?)\}", css)[1]
    return dict(re.findall(r"--([\w-]+):([^;]+);", body))


def test_the_page_has_the_colours_of_the_figures_in_both_modes():
    """Catches a page and a figure that name one colour and show two."""
    css = theme.palette_css(palette("lrlib.plotting"))
    light, dark = declared(css, ":root"), declared(css, ':root[data-theme="dark"]')
    assert {name: light[name] for name in COLORS} == dict(COLORS)
    assert {name: dark[name] for name in COLORS} == {name: DARK[colour] for name, colour in COLORS.items()}
    assert light.keys() == dark.keys()


def test_a_page_without_scripts_follows_the_system():
    """Catches a dark system that gets a white page because no script has set the mode."""
    css = theme.palette_css(palette("lrlib.plotting"))
    rule = ":root:not([data-theme])"
    assert css.index("prefers-color-scheme:dark") < css.index(rule)
    assert declared(css, rule) == declared(css, ':root[data-theme="dark"]')


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a, b):
    bright, dim = sorted((luminance(a), luminance(b)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)


def test_contrast_is_that_of_the_standard():
    """The planted failure of the test below: black on white is 21 to 1, a colour on itself 1 to 1."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#1a7f4b", "#1a7f4b") == 1


@pytest.mark.parametrize("selector", [":root", ':root[data-theme="dark"]'])
def test_each_colour_of_words_can_be_read_on_page_and_surface(selector):
    """Catches grey words, or coloured code, that are too faint on the boxes of the page."""
    colours = declared(theme.palette_css(palette("lrlib.plotting")), selector)
    words = set(colours) - {"grid", "paper", "surface"}
    faint = {
        (word, ground): round(contrast(colours[word], colours[ground]), 2)
        for word in words
        for ground in ("paper", "surface")
        if contrast(colours[word], colours[ground]) < 4.5
    }
    assert faint == {}


def test_joined_style_sheets_keep_their_addresses_true(tmp_path):
    """Catches a font that the joined sheet seeks in the wrong folder."""
    (tmp_path / "maths").mkdir()
    (tmp_path / "maths/a.css").write_text("@font-face { src: url(fonts/A.woff2) } b { background: url('data:x') }")
    (tmp_path / "b.css").write_text("/* a remark */ a { color: red; }")
    css = theme.joined(tmp_path, ["maths/a.css", "b.css"])
    assert "url(maths/fonts/A.woff2)" in css
    assert "url('data:x')" in css
    assert "remark" not in css


@pytest.fixture(scope="module")
def page(built):
    return BeautifulSoup((built / "chapters/sigmoid.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.slow
def test_a_page_asks_for_the_joined_style_sheet_and_its_fonts_exist(page, built):
    """Catches a sheet that an extension adds past the theme, and an address broken by joining."""
    sheets = [link["href"] for link in page.find_all("link", rel="stylesheet")]
    assert [sheet.split("?")[0].rsplit("/", 1)[1] for sheet in sheets] == ["site.css"]
    sheet = (built / "chapters" / sheets[0].split("?")[0]).resolve()
    addresses = re.findall(r"url\(['\"]?(?!data:)([^)'\"]+)", sheet.read_text(encoding="utf-8"))
    assert len(addresses) == 6  # four of words, two of formulas
    assert [address for address in addresses if not (sheet.parent / address).is_file()] == []


@pytest.mark.slow
def test_the_contents_list_all_pages_and_the_sections_of_the_open_one(page, built):
    """Catches a page that cannot be reached, and a contents that does not know where the reader is."""
    contents = page.find(id="contents")
    linked = {link["href"].split("#")[0] for link in contents.find_all("a")}
    here = built / "chapters"
    reached = {(here / link).resolve() for link in linked if link} | {here / "sigmoid.html"}
    assert reached == {path.resolve() for path in built.rglob("*.html")} - {built / "search.html", built / "404.html"}
    current = contents.find("a", attrs={"aria-current": "page"})
    assert current.get_text() == "The sigmoid"
    sections = [link["href"][1:] for link in current.parent.ul.find_all("a")]
    assert sections == [heading.parent["id"] for heading in page.article.find_all("h2")]


@pytest.mark.slow
def test_each_solution_is_a_closed_box_with_its_exercise_in_the_title(page):
    """Catches a solution that is read before the exercise was tried."""
    solutions = page.select("details.solution")
    assert len(solutions) == len(page.select("div.exercise")) > 1
    for solution in solutions:
        assert not solution.has_attr("open")
        assert re.match(r"Solution to Exercise \d+ \(", solution.summary.get_text())
        assert solution.summary.find("a") is None  # a click on it opens the box and leads nowhere


@pytest.mark.slow
def test_nothing_on_a_page_is_written_inline_by_the_theme(built):
    """Catches a script or style in the page itself, which the site's policy forbids."""
    whole = BeautifulSoup((built / "search.html").read_text(encoding="utf-8"), "html.parser")
    assert [tag for tag in whole.find_all("script") if not tag.get("src")] == []
    assert whole.find_all("style") == []
    assert whole.find_all(style=True) == []


def test_the_typeface_carries_its_licence():
    """Catches a font given away without the terms it came with."""
    fonts = Path(theme.THEME, "static/fonts")
    assert len(list(fonts.glob("*.woff2"))) == 4
    licence = (fonts / "LICENSE").read_text(encoding="utf-8")
    assert "Adobe" in licence
    assert "SIL OPEN FONT LICENSE" in licence


def test_the_letters_of_the_rare_faces_are_those_that_their_style_names():
    """Catches a letter that no face draws, because the browser asks the one that lacks it."""
    rules = re.findall(r"@font-face \{(.*?)\}", Path(theme.THEME, "static/theme.css").read_text(encoding="utf-8"), re.S)
    letters = {}
    for rule in rules:
        [name] = re.findall(r'url\("(.*?)"\)', rule)
        letters[name] = set(TTFont(Path(theme.THEME, "static", name)).getBestCmap())
        if ranges := re.findall(r"U\+([0-9A-F]+)-?([0-9A-F]*)", rule):
            named = {code for low, high in ranges for code in range(int(low, 16), int(high or low, 16) + 1)}
            assert letters[name] == named
            assert named.isdisjoint(letters[name.replace("-rare", "")])
    assert len(letters) == 4
    assert set(map(ord, "abc XYZ 019 “é” – — −")) <= letters["fonts/book-serif-normal.woff2"]
