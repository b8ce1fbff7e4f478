"""The explorable of softmax: its probabilities are lrlib's, and the words around it hold."""

import numpy as np
import pytest

from coursebook.source import myst
from lrlib.explorables import spec
from lrlib.functions import softmax
from tests.pages import settle
from tests.paths import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inputs():
    """Return rows of a temperature from 0.05 to 20 and three scores: ordinary, ties, and extremes up to ±1e4."""
    rng = np.random.default_rng(11)
    size = np.repeat([1.0, 10.0, 1e4], 100)[:, None]
    T = 0.05 * 400 ** rng.uniform(size=(300, 1))
    edges = [[1, 1e4, -1e4, 0], [0.05, 1e4, 1e4, -1e4], [20, -1e4, -1e4, -1e4], [0.05, 5, -5, 4.9], [20, 0, 0, 0]]
    return np.vstack([np.hstack([T, rng.uniform(-1, 1, size=(300, 3)) * size]), edges])


def test_the_probabilities_are_the_librarys_softmax_of_the_cooled_scores(in_browser, inputs):
    """Catches a formula that overflows, and a temperature that multiplies."""
    expected = softmax(inputs[:, 1:] / inputs[:, :1])
    np.testing.assert_allclose(in_browser("softmax", "softmax", inputs), expected, rtol=1e-12, atol=1e-300)


def test_a_naive_softmax_would_be_noticed(inputs):
    """The planted failure of the test above: powers without the shift, which overflow."""
    with np.errstate(all="ignore"):
        powers = np.exp(inputs[:, 1:] / inputs[:, :1])
        naive = powers / powers.sum(axis=1, keepdims=True)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(naive, softmax(inputs[:, 1:] / inputs[:, :1]), rtol=1e-12, atol=1e-300)


def test_a_quotient_is_that_of_the_librarys_probabilities(in_browser, inputs):
    """Catches a difference the wrong way round, and one that the temperature does not divide."""
    moderate = inputs[np.ptp(inputs[:, 1:], axis=1) / inputs[:, 0] < 600]
    assert len(moderate) > 100
    p = softmax(moderate[:, 1:] / moderate[:, :1])
    np.testing.assert_allclose(in_browser("softmax", "quotient", moderate[:, :3]), p[:, 0] / p[:, 1], rtol=1e-10)


def test_the_plain_shares_are_quotients_by_the_sum_and_nothing_where_it_is_zero(in_browser, inputs):
    """Catches a sum that rounding keeps away from zero: tenths, as the sliders give them."""
    a = np.round(inputs[:300, 1:], 1)
    a = np.vstack([a[np.abs(a.sum(axis=1)) > 1e-6], [[-1, 0, 1], [0.1, 0.2, -0.3], [0, 0, 0]]])
    found = np.array(in_browser("softmax", "shares", a))
    np.testing.assert_allclose(found[:-3], a[:-3] / a[:-3].sum(axis=1, keepdims=True), rtol=1e-9)
    assert np.isnan(found[-3:]).all()


def test_it_begins_with_the_scores_of_the_chapter_at_temperature_one():
    """Catches a figure that starts elsewhere than the text, which speaks of the scores 1, 2 and 3."""
    figures = myst.directives(ROOT / "chapters/softmax.md", "explorable")
    [figure] = [figure for figure in figures if figure.argument == "softmax"]
    begin = {name: slider["start"] for name, slider in spec("softmax")["state"].items()}
    begin |= {name: float(value) for name, value in figure.options.items() if name != "label"}
    assert begin == {"a1": 1, "a2": 2, "a3": 3, "t": 0, "c": 0}


def test_the_words_below_the_figure_hold(in_browser):
    """Catches a slip in the algebra of the golden ratio, and plain shares that are other than described."""
    T = 1 / np.log((1 + np.sqrt(5)) / 2)
    assert 2 < T < 2.1
    np.testing.assert_allclose(softmax(np.array([1.0, 2.0, 3.0]) / T)[2], 0.5)
    shares = np.array(in_browser("softmax", "shares", np.add.outer([-1, -2, -4], [1, 2, 3])))
    np.testing.assert_allclose(shares[0], softmax(np.array([1.0, 2.0, 3.0])), atol=0.1)
    assert np.isnan(shares[1]).all()
    assert shares[2].argmax() == 0


# On the page


@pytest.fixture
def tab(built, browser):
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    tab.goto((built / "chapters/softmax.html").as_uri())
    tab.wait_for_selector("lr-softmax:defined", state="attached")
    tab.locator("lr-softmax").scroll_into_view_if_needed()
    settle(tab)
    yield tab
    tab.close()


def columns(tab):
    """Return the columns of the table after two frames, by their headings."""
    rows = tab.evaluate(
        """new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(
           [...document.querySelectorAll("lr-softmax tr")].map(
             tr => [...tr.children].map(cell => cell.textContent))))))"""
    )
    return {head: [row[i] for row in rows[1:]] for i, head in enumerate(rows[0])}


def test_heat_makes_all_equal_and_cold_leaves_the_largest(tab):
    """Catches buttons that are exchanged, and a limit that is not reached within the slider."""
    tab.locator("lr-softmax button[name=cool]").click()
    assert columns(tab)["softmax"][:3] == ["0.000", "0.000", "1.000"]
    assert tab.locator("lr-softmax output[for$='.t']").inner_text() == "0.05"
    tab.locator("lr-softmax button[name=heat]").click()
    hot = [float(p) for p in columns(tab)["softmax"][:3]]
    np.testing.assert_allclose(hot, 1 / 3, atol=0.02)
    assert tab.locator("lr-softmax output[for$='.t']").inner_text() == "20"


def test_a_constant_moves_the_plain_shares_only_and_the_temperature_softmax_only(tab):
    """Catches a constant that softmax feels, and a column of plain shares that follows the temperature."""
    first = columns(tab)
    tab.locator("lr-softmax input[name=c]").press("End")
    moved = columns(tab)
    assert moved["softmax"] == first["softmax"]
    assert moved["plain"] != first["plain"]
    tab.locator("lr-softmax button[name=reset]").click()
    tab.locator("lr-softmax button[name=heat]").click()
    heated = columns(tab)
    assert heated["plain"] == first["plain"]
    assert heated["softmax"] != first["softmax"]


def test_where_the_shares_make_no_sense_no_bar_is_drawn_and_it_is_said(tab):
    """Catches a bar of negative height, and "NaN" on the page."""
    bars = "document.querySelectorAll('lr-softmax svg rect').length"
    ordinary = tab.evaluate(bars)
    for c, words in ((-2, "not defined"), (-2.5, "no probabilities")):
        tab.evaluate("c => document.querySelector('lr-softmax').touch({ c })", c)
        shown = columns(tab)
        assert tab.evaluate(bars) == ordinary - 3
        assert words in tab.locator("lr-softmax .lr-stage").get_attribute("aria-label")
        assert not {"NaN", "Infinity", "∞"} & set(shown["plain"])
    assert "NaN" not in tab.locator("lr-softmax").inner_text()
