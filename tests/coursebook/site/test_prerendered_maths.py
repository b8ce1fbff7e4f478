"""Formulas: the style sheet that the pages load is that of the KaTeX that set them; all of each is seen."""

import re

import pytest
from sphinxcontrib import katex

from tests.pages import CHAPTERS
from tests.paths import ROOT

KATEX = ROOT / "coursebook/site/katex"
STYLE = (KATEX / "katex.min.css").read_text(encoding="utf-8")


def test_the_style_sheet_is_of_the_version_that_sets_the_formulas():
    """Catches an upgrade of sphinxcontrib-katex that leaves the old style sheet and fonts behind."""
    assert re.search(r'\.katex-version:{1,2}after\{content:"([\d.]+)"', STYLE)[1] == katex.katex_version


def test_every_font_that_the_style_sheet_asks_for_is_there_and_no_other():
    """Catches a formula in the wrong letters, and files that nobody asks for."""
    asked = set(re.findall(r"url\(fonts/([^)]+)\)", STYLE))
    assert asked == {font.name for font in (KATEX / "fonts").iterdir()}
    assert len(asked) == 20


@pytest.mark.slow
@pytest.mark.parametrize("page", CHAPTERS)
def test_each_formula_is_seen_whole_on_a_telephone(record, page):
    """Catches a formula whose end is out of sight until one scrolls in its line: break it, as the others are."""
    formulas = record(page, "phone").formulas
    assert formulas["wide"] == []
    assert formulas["planted"]
