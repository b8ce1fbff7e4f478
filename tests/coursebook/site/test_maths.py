"""Formulas: TeX becomes MathML with TeX's spaces, breaks where TeX would, and each of its letters is in the font."""

import pytest
from fontTools.ttLib import TTFont
from lxml import etree
from sphinx.errors import ExtensionError

from coursebook.site import maths
from coursebook.site.maths import temml
from coursebook.site.maths.temml import Formula
from tests.pages import CHAPTERS, every_page, soup

ITALIC, ITALIC_GREEK = 0x1D434, 0x1D6E2
# What a browser takes for a letter that is alone in its element (MathML Core, "italic mappings").
ITALICS = {
    **{chr(ord("A") + i): chr(ITALIC + i) for i in range(26)},
    **{chr(ord("a") + i): chr(ITALIC + 26 + i) for i in range(26)},
    "h": "\u210e",
    **{chr(0x391 + i): chr(ITALIC_GREEK + i) for i in range(25) if i != 17},
    **{chr(0x3B1 + i): chr(ITALIC_GREEK + 26 + i) for i in range(25)},
}
UNSEEN = set("\u2061\u200b \n")


def mathml(tex, *, displayed=False):
    return temml.mathml([Formula(tex, displayed)])[0]


def in_parts(tex):
    """Return the words of each part of a formula, between which a line may break."""
    math = etree.fromstring(mathml(tex))
    wraps = math.find("mrow[@class='wraps']")
    parts = [*wraps, math[-1]] if wraps is not None else [math]
    return ["".join(part.itertext()) for part in parts]


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        ("p", ["p"]),
        ("-b", ["−b"]),
        ("p = xw + b", ["p=", "xw+", "b"]),
        ("e^{a + b}", ["ea+b"]),
        (r"f(a + b) = c", ["f(a+b)=", "c"]),
        (r"\bigl(a + b\bigr)^2 - c", ["(a+b)2−", "c"]),
        (r"\frac{a + b}{c}", ["a+bc"]),
        ("z = -b", ["z=", "−b"]),
        (r"[0, 1]", ["[0,1]"]),
        (r"\le 0", ["≤0"]),
    ],
)
def test_a_line_may_break_after_relations_and_signs_outside_brackets(tex, parts):
    """Catches a break within brackets, after the sign of a number, and at a formula's end."""
    assert in_parts(tex) == parts


@pytest.mark.parametrize(
    ("tex", "spaces"),
    [
        (r"y\log p", 2),
        (r"-\log p", 2),
        (r"(1 - y)\log(1 - p)", 1),
        (r"\log p", 1),
        (r"(\log p)", 1),
        (r"\frac{x}{\log p}", 1),
        (r"\ell_{\log}", 0),
    ],
)
def test_a_functions_name_has_a_thin_space_before_it_where_a_factor_is(tex, spaces):
    """Catches ylog p, a space after an opening bracket, and one that is a third part of a fraction or an index."""
    assert len(etree.fromstring(mathml(tex)).findall(".//mspace")) == spaces


@pytest.mark.parametrize("tex", [r"x_{i = 1}", r"\bigl( x \bigr)", r"\operatorname{logit}(p)", r"a = \sum_i b_i"])
def test_what_tex_sets_close_has_no_space(tex):
    """Catches wide relations in an index, brackets with space around them, and a sum far from its equals sign."""
    operators = etree.fromstring(mathml(tex)).iter("mo")
    assert any(operator.get("lspace") == "0em" for operator in operators)


def test_a_formula_carries_its_tex():
    """Catches a formula that loses what its author typed: copying, and e-readers without MathML, need it."""
    assert etree.fromstring(mathml("a <\n b")).get("alttext") == "a < b"


def test_a_formula_that_cannot_be_read_is_named_with_its_place():
    """Catches an error that sends its reader through all chapters."""
    with pytest.raises(ExtensionError, match=r"(?s)one\.md:3: .*nosuchmacro"):
        temml.mathml([Formula("x", False), Formula(r"\nosuchmacro", False, "one.md:3")])


@pytest.fixture(scope="module")
def font():
    return TTFont(maths.COMMON)


@pytest.fixture(scope="module")
def rare():
    return TTFont(maths.RARE)


def letters(page):
    """Return the characters that a browser draws for the formulas of a page."""
    drawn = set()
    for leaf in page.select("math mi, math mo, math mn, math mtext"):
        text = leaf.get_text()
        alone = leaf.name == "mi" and leaf.get("mathvariant") != "normal" and len(text) == 1
        drawn |= set(ITALICS.get(text, text) if alone else text)
    return drawn - UNSEEN


@every_page
def test_every_letter_of_a_formula_is_in_the_font(built, font, rare, page):
    """Catches a letter in another font, drawn where it was cut too far: tools/maths_font.py."""
    found = letters(soup(built / page))
    assert len(found) > 20 or page not in CHAPTERS
    assert sorted(found - {chr(code) for code in font.getBestCmap() | rare.getBestCmap()}) == []


def test_the_letters_of_the_rare_font_are_those_that_its_style_names(font, rare):
    """Catches a letter that neither font draws, because the browser asks the one that lacks it."""
    assert set(maths.rare_letters()) == {chr(code) for code in rare.getBestCmap()}
    assert font.getBestCmap().keys() & rare.getBestCmap().keys() == set()


@pytest.mark.parametrize(
    ("html", "fonts"),
    [
        ("<p>x</p>", []),
        ("<math><mi>θ</mi></math>", ["maths/math"]),
        ('<math alttext="ℕ"><mi>p</mi></math><p>ℕ</p>', ["maths/math"]),
        ("<math><mi>κ</mi></math>", ["maths/math", "maths/math-rare"]),  # drawn as 𝜅, and asked for as κ
        ("<math><mi>p</mi></math><math><mi>𝚛𝚎𝚜𝚝</mi></math>", ["maths/math", "maths/math-rare"]),
    ],
)
def test_a_page_asks_early_for_the_fonts_of_its_formulas(html, fonts):
    """Catches words that move when the font of a formula arrives, and one that is fetched for nothing."""
    assert maths.fonts_of(html) == fonts


def test_both_fonts_set_formulas_alike(font, rare):
    """Catches a page of two sizes or heights: the measures that a browser takes from either font."""
    assert vars(font["MATH"].table.MathConstants).keys() == vars(rare["MATH"].table.MathConstants).keys()
    for table, name in (("head", "unitsPerEm"), ("hhea", "ascent"), ("hhea", "descent")):
        assert getattr(font[table], name) == getattr(rare[table], name)


@every_page
def test_no_part_of_a_formula_loses_the_spaces_of_its_sign(built, page):
    """Catches pred=y: one sign with text is one sign for a browser, whose spaces belong to the row around it."""
    parts = soup(built / page).select("math > .wraps > mrow, math > .wraps ~ mrow")
    assert parts or page not in CHAPTERS
    signs = [part for part in parts if sorted({child.name for child in part} - {"mtext", "mspace"}) == ["mo"]]
    assert [part.get_text() for part in signs if len(part.find_all("mo")) == 1 and part.get_text() != "…"] == []


def test_the_font_tells_browsers_how_to_set_formulas(font):
    """Catches a font cut without its table of measures, and subscripts that push lines apart."""
    constants = font["MATH"].table.MathConstants
    assert constants.SubscriptBaselineDropMin.Value < constants.SubscriptShiftDown.Value / 2
    assert constants.AxisHeight.Value > 0


@pytest.mark.slow
@pytest.mark.parametrize("page", CHAPTERS)
def test_each_formula_is_seen_whole_on_a_phone(record, page):
    """Catches a formula whose end is out of sight until one scrolls in its line: break it, as the others are."""
    formulas = record(page, "phone").formulas
    assert formulas["wide"] == []
    assert formulas["planted"]
