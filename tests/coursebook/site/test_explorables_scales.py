"""The explorable of three scales: its bins are counted in the tumours' data, its three curves are one model."""

import numpy as np
import pytest
from scipy.special import expit, logit

from lrlib import data

pytestmark = pytest.mark.slow


def test_its_bins_are_counted_in_the_data(in_browser):
    """Catches a bin with a count of its neighbour's, and a share of the benign ones."""
    cancer = data.breast_cancer()
    radius = cancer.X[:, cancer.feature_names.index("mean radius")]
    shares = [cancer.y[(radius >= low) & (radius < low + 1)].mean() for low in range(8, 22)]
    found = in_browser("scales", "binLogOdds", [[i] for i in range(14)])
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(found, logit(shares), rtol=1e-12)
    assert {-np.inf, np.inf} <= set(found)


def test_the_three_curves_are_one_model(in_browser):
    """Catches odds or log-odds of another model than the probability's, and an overflow."""
    rows = np.random.default_rng(6).uniform([-9, -3, -9], [9, 3, 9], (300, 3))
    z = rows[:, 0] * rows[:, 1] + rows[:, 2]
    np.testing.assert_allclose(in_browser("scales", "logOdds", rows), z, rtol=1e-12)
    np.testing.assert_allclose(in_browser("scales", "odds", rows), np.exp(z), rtol=1e-12)
    np.testing.assert_allclose(in_browser("scales", "probability", rows), expit(z), rtol=1e-12)


@pytest.mark.parametrize(("w", "b", "x"), [(0.95, -0.62, -1), (2, 4, 6.5), (0, 1, 0), (1, -4, -6)])
def test_what_it_shows_and_says_is_computed(alone, shown, w, b, x):
    """Catches a typed number, and a step that is added where it multiplies."""
    element = alone("scales")
    table, said = shown(element, w=w, b=b, x=x)
    z = np.array([x, x + 1]) * w + b
    assert table[1][1:] == [*(f"{v:.2f}".replace("-", "−") for v in z), f"+{w:.2f}"]
    assert table[2][3] == f"× {np.exp(w):.2f}"
    assert table[3][1:] == [*(f"{p:.3f}" for p in expit(z)), f"+{np.diff(expit(z))[0]:.3f}"]
    words = element.locator(".lr-stage svg text").all_text_contents()
    assert {row[-1] for row in table[1:]} <= set(words)
    assert ", ".join(row[-1] for row in table[1:]) in said


def test_the_button_makes_the_open_point_the_filled_one(alone):
    """Catches a step of another length than the one that is drawn."""
    element = alone("scales")
    element.locator("button[name=step]").press("Enter")
    assert element.evaluate("element => element.state") == {"w": 0.95, "b": -0.62, "x": 0}
