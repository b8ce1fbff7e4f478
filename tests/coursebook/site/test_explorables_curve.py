"""The explorable of the landing page: its line, its curve and its likelihood are those of the book's eight students."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import bernoulli

from lrlib import data
from lrlib.fit import fit_binary

HOURS, PASSED = data.exam().X[:, 0], data.exam().y
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def curves():
    """Return rows (boundary, steepness): the sliders' and some far beyond."""
    rng = np.random.default_rng(3)
    return np.concatenate([rng.uniform([1.5, 0.2], [7.5, 4], (200, 2)), [[4.5, 1.28], [100, 30], [-50, 9], [3, 0]]])


def log_likelihood(c, w):
    return float(bernoulli.logpmf(PASSED, expit(w * (HOURS - c))).sum())


def test_the_curve_is_a_sigmoid_of_the_hours(in_browser, curves):
    """Catches a boundary that is not where the curve is one half, and an overflow far from it."""
    rows = np.array([(x, c, w) for c, w in curves for x in HOURS])
    expected = expit(rows[:, 2] * (rows[:, 0] - rows[:, 1]))
    np.testing.assert_allclose(in_browser("curve", "probability", rows), expected, rtol=1e-12)


def test_the_line_touches_the_curve_at_the_boundary(in_browser):
    """Catches a line of another slope than the curve's own at one half."""
    c, w, h = 4.0, 1.7, 1e-6
    rows = [[c - h, c, w], [c + h, c, w]]
    curve, line = in_browser("curve", "probability", rows), in_browser("curve", "line", rows)
    np.testing.assert_allclose(line, curve, rtol=1e-12)


def test_the_likelihood_is_that_of_the_eight_results(in_browser, curves):
    """Catches a student with another result than in the data, a mean taken for a sum, and a lost minus sign."""
    near = np.array([row for row in curves if np.isfinite(log_likelihood(*row))])
    expected = [log_likelihood(*row) for row in near]
    assert len(near) > 200
    np.testing.assert_allclose(in_browser("curve", "logLikelihood", near), expected, rtol=1e-9)


def test_the_button_ends_at_the_curve_that_the_library_fits(alone):
    """Catches a typed optimum that is none, to the steps of the sliders."""
    fitted = fit_binary(data.exam().X, PASSED)
    element = alone("curve")
    element.locator("button[name=fit]").press("Enter")
    state = element.evaluate("element => element.state")
    assert state["w"] == round(float(fitted.w[0]), 2)
    assert state["c"] == round(-float(fitted.b / fitted.w[0]), 2)


def test_the_button_leads_uphill_all_the_way(in_browser, browser, serve):
    """Catches a gradient with the wrong sign or a step that overshoots: no frame of the animation is less likely."""
    from lrlib.explorables import FOLDER

    tab = browser.new_page()
    tab.goto(serve(FOLDER))
    for c, w in ((3.2, 0.7), (1.5, 4), (7.5, 0.2)):
        script = "([c, w]) => import('/curve.js').then((m) => m.actions.fit({ c, w }).map((s) => [s.c, s.w]))"
        way = tab.evaluate(script, [c, w])
        climbed = np.diff([log_likelihood(*row) for row in [(c, w), *way]])
        assert (climbed > -1e-4).all(), (c, w)
        assert np.abs(np.subtract(way[-2], way[-1])).max() < 0.3  # and no leap at the end
    tab.close()


@pytest.mark.parametrize(("c", "w"), [(3.2, 0.7), (4.5, 1.28), (7.5, 4), (1.5, 0.2)])
def test_what_it_shows_and_says_is_computed(alone, shown, c, w):
    """Catches a typed number, and a line reported as a curve."""
    element = alone("curve")
    table, said = shown(element, c=c, w=w)
    line, curve = 0.5 + w * (HOURS[[0, -1]] - c) / 4, expit(w * (HOURS[[0, -1]] - c))
    assert table[1][1:] == [f"{value:.2f}".replace("-", "−") for value in line]
    assert table[2][1:] == [f"{value:.2f}" for value in curve]
    times = np.exp(-log_likelihood(c, w))
    words = element.locator(".lr-stage svg text").all_text_contents()
    if times < 1e6:
        assert f"1 in {round(times):,}" in words
        assert f"as likely as 1 in {round(times):,};" in said
    best = np.exp(-log_likelihood(4.5, 1.28))
    assert f"best: 1 in {round(best)}" in words


def test_the_line_goes_through_the_hand_that_drags_it(alone):
    """Catches a steepness that is measured from another place than the boundary."""
    element = alone("curve")
    handle = element.locator("[data-drag=w]")
    handle.evaluate("handle => handle.scrollIntoView({ block: 'center' })")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    element.page.mouse.move(x, y)
    element.page.mouse.down()
    element.page.mouse.move(x - 20, y + 30)
    element.page.mouse.up()
    hours, height = element.evaluate(
        """(element, [x, y]) => {
          const svg = element.querySelector("svg"), { left, top, width } = svg.getBoundingClientRect();
          const unit = 360 / width;
          return [((x - left) * unit - 40) * 9.6 / 305, 1.3 - ((y - top) * unit - 26) * 1.6 / 204];
        }""",
        [x - 20, y + 30],
    )
    state = element.evaluate("element => element.state")
    assert 0.5 + state["w"] * (hours - state["c"]) / 4 == pytest.approx(height, abs=0.01)
