"""The explorable of two bell curves: its densities are SciPy's, its line and its curve follow by Bayes' rule."""

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

pytestmark = pytest.mark.slow


def states(n=200):
    """Return rows (distance, width, ratio of widths, share): at random, the first half of them of equal width."""
    rows = np.random.default_rng(7).uniform([0, 0.6, 0.5, 0.05], [5, 2, 2, 0.95], (n, 4))
    rows[: n // 2, 2] = 1
    return rows


def joint(x, d, s, r, prior):
    """Return how many of class 0 and of class 1 there are at x."""
    return (1 - prior) * norm.pdf(x, -d / 2, s), prior * norm.pdf(x, d / 2, s * r)


def test_the_bell_curves_are_scipys(in_browser):
    """Catches a lost width in front, a mean on the other side, and a share given to the other class."""
    rows = np.column_stack([np.random.default_rng(8).uniform(-6, 6, 200), states()])
    zero, one = joint(*rows.T)
    np.testing.assert_allclose(in_browser("evidence", "zero", rows), zero, rtol=1e-9)
    np.testing.assert_allclose(in_browser("evidence", "one", rows), one, rtol=1e-9)


def test_the_log_odds_and_the_probability_are_those_of_bayes_rule(in_browser):
    """Catches a formula that does not belong to the curves above it."""
    rows = np.column_stack([np.random.default_rng(9).uniform(-3, 3, 200), states()])
    zero, one = joint(*rows.T)
    np.testing.assert_allclose(in_browser("evidence", "logOdds", rows), np.log(one / zero), atol=1e-8)
    np.testing.assert_allclose(in_browser("evidence", "posterior", rows), one / (zero + one), rtol=1e-8)


def test_with_equal_widths_there_is_no_square_and_with_others_there_is(in_browser):
    """Catches a bend that should not be, or that is missing: equal widths are what makes it a sigmoid of a line."""
    rows = states()
    square = np.array(in_browser("evidence", "square", rows))
    assert (square[:100] == 0).all()
    assert (np.sign(square[100:]) == np.sign(rows[100:, 2] - 1)).all()
    d, s, _, prior = rows[:100].T
    np.testing.assert_allclose(in_browser("evidence", "weight", rows[:100]), d / s**2, rtol=1e-12)
    np.testing.assert_allclose(expit(in_browser("evidence", "intercept", rows[:100])), prior, rtol=1e-12)


@pytest.mark.parametrize(
    ("d", "s", "r", "prior"), [(2, 1, 1, 0.5), (3, 1.5, 1, 0.1), (1, 1, 2, 0.9), (5, 0.6, 0.5, 0.05)]
)
def test_what_it_shows_and_says_is_computed(alone, shown, d, s, r, prior):
    """Catches a typed number, and a bend that is called a line."""
    element = alone("evidence")
    table, said = shown(element, d=d, s=s, r=r, prior=prior)
    x = np.array([-1.0, 0.0, 1.0])
    zero, one = joint(x, d, s, r, prior)
    a, w, b = np.polyfit(x, np.log(one / zero), 2)
    assert [row[1] for row in table[1:]] == [f"{round(v, 9) + 0:.3f}".replace("-", "−") for v in (a, w, b)]
    words = element.locator(".lr-stage svg text").all_text_contents()
    assert ("log-odds: a line" in words, "log-odds: they bend" in words) == (r == 1, r != 1)
    assert f"{expit(b):.3f}" in said
