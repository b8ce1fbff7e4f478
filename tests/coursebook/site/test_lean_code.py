"""Code on the page: spans only where they are seen."""

from bs4 import BeautifulSoup
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer, get_lexer_by_name

from coursebook.site import lean_code

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
