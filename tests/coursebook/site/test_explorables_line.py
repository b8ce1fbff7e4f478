"""The explorable of the least squares line: its maths is lrlib's, and its students are the book's, and a ninth."""

import numpy as np
import pytest

from coursebook.source import myst
from lrlib import data
from lrlib.linear import least_squares
from tests.paths import ROOT

HOURS, PASSED = data.exam().X[:, 0], data.exam().y
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ninth():
    """Return the ninth student's hours: those of the slider, and some far beyond it on both sides."""
    rng = np.random.default_rng(8)
    return np.concatenate([np.arange(5.0, 151.0), rng.uniform(-1e3, 1e3, 50), [1e5, -1e5, 1e8, 4.5, 0.0]])


def refit(x):
    """Return the slope and intercept that lrlib fits to the eight and a ninth who passed."""
    line = least_squares(np.append(HOURS, x)[:, None], np.append(PASSED, 1.0))
    return float(line.w[0]), float(line.b)


def test_the_line_is_the_librarys(in_browser, ninth):
    """Catches a sum taken for a mean, a label of 0 for the ninth, and sums of squares that lose their digits."""
    w, b = np.array([refit(x) for x in ninth]).T
    rows = ninth[:, None]
    np.testing.assert_allclose(in_browser("line", "weight", rows), w, rtol=1e-9)
    np.testing.assert_allclose(in_browser("line", "intercept", rows), b, rtol=1e-9, atol=1e-12)


def test_a_ninth_student_who_failed_would_be_noticed(ninth):
    """The planted failure of the test above."""
    failed = [least_squares(np.append(HOURS, x)[:, None], np.append(PASSED, 0.0)).w[0] for x in ninth]
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(failed, [refit(x)[0] for x in ninth], rtol=1e-9)


def test_the_boundary_is_where_the_line_is_one_half(in_browser, ninth):
    """Catches a crossing of 0 or 1 in place of one half; with the ninth student at 80 hours it is the book's 5.89."""
    expected = [(0.5 - b) / w for w, b in map(refit, ninth)]
    np.testing.assert_allclose(in_browser("line", "boundary", ninth[:, None]), expected, rtol=1e-6)
    assert round(in_browser("line", "boundary", [[80]])[0], 2) == 5.89


def test_the_wrong_and_the_odd_predictions_are_counted_as_by_the_librarys_line(in_browser, ninth):
    """Catches a comparison the wrong way round, a ninth student counted among the eight, and an edge counted as out."""
    wrong, outside = [], []
    for x in ninth:
        w, b = refit(x)
        wrong.append(int(np.sum((HOURS * w + b > 0.5) != (PASSED == 1))))
        prediction = np.append(HOURS, x) * w + b
        outside.append(int(np.sum((prediction < 0) | (prediction > 1))))
    assert in_browser("line", "wrong", ninth[:, None]) == wrong
    assert in_browser("line", "outside", ninth[:, None]) == outside
    assert {1, 2} <= set(wrong)
    assert len(set(outside)) >= 3


@pytest.mark.parametrize("x", [5, 8, 14, 15, 80, 119, 120, 150])
def test_what_it_shows_and_says_is_what_the_library_computes(alone, shown, x):
    """Catches a typed number, and a row of the line of eight under the heading of the line of nine."""
    table, said = shown(alone("line"), hours=x)
    before = least_squares(HOURS[:, None], PASSED)
    w, b = refit(x)
    assert table[1][1:] == [f"{x * before.w[0] + before.b:.2f}", f"{x * w + b:.2f}"]
    assert table[2][1:] == ["4.50", f"{(0.5 - b) / w:.2f}"]
    wrong = HOURS[(HOURS * w + b > 0.5) != (PASSED == 1)]
    assert table[3][1:] == ["2", str(len(wrong))]
    assert f"at {x} hours the line crosses one half at {(0.5 - b) / w:.2f} hours" in said
    assert all(f"{hours:.0f}" in said.split("revised for")[1] for hours in wrong) if len(wrong) else "none" in said


def test_a_cross_stands_over_each_student_who_is_now_wrong(alone, shown):
    """Catches a picture that shows other mistakes than the table counts."""
    element = alone("line")
    for x in (5, 30, 80):
        table, _ = shown(element, hours=x)
        near = element.locator(".lr-stage svg").nth(1)
        assert near.locator("path[stroke='var(--warn)']").count() == 2 * int(table[3][2])


def test_it_begins_with_the_ninth_student_of_the_chapter():
    """Catches a chapter whose ninth student moves while the figure keeps the old one."""
    path = ROOT / "chapters/regression-vs-classification.md"
    [figure] = [figure for figure in myst.directives(path, "explorable") if figure.argument == "line"]
    assert f"np.append(hours, {float(figure.options['hours'])})" in path.read_text(encoding="utf-8")
