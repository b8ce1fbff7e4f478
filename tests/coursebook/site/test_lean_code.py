"""Code on the page: spans only where they are seen, and boxes whose height is known before they are laid out."""

import io

import pytest
from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer, get_lexer_by_name

from coursebook.site import lean_code
from tests.pages import CHAPTERS, every_mode

CODE = "import numpy as np\n\n\ndef odds(p):  # p / (1 - p)\n    return p / (1 - p) if p < 1.0 else np.inf\n"


def shown(code, lexer, formatter):
    return BeautifulSoup(highlight(code, lexer, formatter()), "html.parser")


def test_only_coloured_words_get_a_span():
    """Catches spans that nobody sees, and a coloured word that lost its own."""
    lean, full = (
        shown(CODE, PythonLexer(), formatter).select("span[class]")
        for formatter in (lean_code.LeanFormatter, HtmlFormatter)
    )
    assert len(lean) < len(full) / 2
    assert [str(s) for s in full if s["class"][0] in lean_code.coloured()] == [str(s) for s in lean]
    assert {"k", "c1", "mf", "nf"} <= lean_code.coloured()


def test_the_code_itself_stays():
    """Catches words that go with their span, in Python and in a console."""
    for lexer in (PythonLexer(), get_lexer_by_name("console"), get_lexer_by_name("pytb")):
        text = CODE + "$ make book\nTraceback (most recent call last):\n  ValueError: p\n"
        assert shown(text, lexer, lean_code.LeanFormatter).get_text() == shown(text, lexer, HtmlFormatter).get_text()


@pytest.mark.parametrize("count", [1, 2, 17])
def test_a_box_says_how_many_lines_it_has(count):
    """Catches a height that counts the tags around the code, too."""
    out = io.StringIO()
    highlight("x = 1\n" * count, PythonLexer(), lean_code.LeanFormatter(), out)
    assert f'<pre style="contain-intrinsic-block-size:{count}lh">' in out.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("page", CHAPTERS)
@every_mode
def test_code_has_its_height_before_it_is_laid_out(record, page, mode):
    """Catches text that jumps while the reader scrolls to code. A bar to scroll sideways may add its own height."""
    boxes, off = record(page, mode).code
    assert boxes
    assert [(before, after) for before, after, wide in boxes if abs(after - before) > (16 if wide else 0.5)] == []
    assert all(abs(after - before) > 1 for before, after, wide in off if not wide)
