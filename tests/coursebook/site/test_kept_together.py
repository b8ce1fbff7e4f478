"""A formula and the punctuation that touches it stay on one line."""

import pytest
from docutils import nodes

from coursebook.site import kept_together
from tests.pages import CHAPTERS

# Every formula in a line whose bracket or comma, in the text beside it, stands on another line. CHANGE is style.


def kept(*parts):
    """Return the words of a paragraph after the transform; formulas in dollars, what is kept together in brackets."""
    line = nodes.paragraph(
        "", "", *[nodes.math("", part[1:]) if part[0] == "$" else nodes.Text(part) for part in parts]
    )
    for formula in list(line.findall(nodes.math)):
        kept_together.keep(formula)
    return "".join(f"[{part.astext()}]" if isinstance(part, nodes.inline) else part.astext() for part in line.children)


@pytest.mark.parametrize(
    ("parts", "result"),
    [
        (["So ", "$x", ", and"], "So [x,] and"),
        (["So (", "$x", "), and"], "So [(x),] and"),
        (["the ", "$i", "-th of"], "the [i-th] of"),
        (["the ", "$N", "-dimensional"], "the [N-]dimensional"),
        (["“", "$x", "”"], "[“x”]"),
        (["So ", "$x", " and"], "So x and"),
        (["$x"], "x"),
        (["$a", "/", "$b", ", ", "$c", ", d"], "[a/][b,] [c,] d"),
    ],
)
def test_what_touches_a_formula_is_kept_with_it(parts, result):
    """Catches a comma left behind, one that is lost or put at the wrong formula, and a span where nothing touches."""
    assert kept(*parts) == result


@pytest.mark.slow
@pytest.mark.parametrize("page", CHAPTERS)
@pytest.mark.parametrize("mode", ["light", "phone"])
def test_no_line_begins_with_the_punctuation_of_a_formula(record, page, mode):
    """Catches a comma at the beginning of a line, and a bracket left at its end, in every chapter."""
    lines = record(page, mode).lines
    assert lines["kept"] > 20
    assert lines["torn"] == []
    assert lines["planted"]
