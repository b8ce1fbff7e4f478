"""The explorable of the sigmoid: its maths is lrlib's, and it begins with the model of its chapter."""

import numpy as np
import pytest

from coursebook.source import myst
from lrlib.functions import logit, sigmoid
from tests.pages import glued
from tests.paths import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def inputs():
    """Return rows of x, w and b: ordinary ones, and extreme ones up to ±1e4."""
    rng = np.random.default_rng(4)
    size = np.repeat([1.0, 10.0, 1e4], 100)[:, None]
    edges = [[0, 0, 0], [1e4, 1, 0], [-1e4, 1, 0], [1, 1e4, -1e4], [709, 1, 0], [-745, 1, 0]]
    return np.vstack([rng.uniform(-1, 1, size=(300, 3)) * size, edges])


def test_the_probability_is_the_librarys_sigmoid_of_the_score(in_browser, inputs):
    """Catches a formula that overflows, a lost b, and a sign that points the other way."""
    x, w, b = inputs.T
    found = in_browser("sigmoid", "probability", inputs)
    np.testing.assert_allclose(found, sigmoid(x * w + b), rtol=1e-13, atol=0)


def test_a_naive_sigmoid_would_be_noticed(inputs):
    """The planted failure of the test above: exp(z) / (1 + exp(z)), which is not a number for a large score."""
    x, w, b = inputs.T
    with np.errstate(all="ignore"):
        naive = np.exp(x * w + b) / (1 + np.exp(x * w + b))
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(naive, sigmoid(x * w + b), rtol=1e-13, atol=0)


def test_the_odds_and_their_ratio_are_those_of_the_librarys_probabilities(in_browser, inputs):
    """Catches odds of the wrong class, and a ratio of probabilities that is sold as one of odds."""
    x, w, b = moderate = inputs[np.abs(inputs).max(axis=1) <= 5][:150].T
    log_odds = logit(sigmoid(x * w + b))
    np.testing.assert_allclose(np.log(in_browser("sigmoid", "odds", moderate.T)), log_odds, rtol=1e-6, atol=1e-6)
    step = logit(sigmoid((x + 1) * w + b)) - log_odds
    np.testing.assert_allclose(np.log(in_browser("sigmoid", "oddsRatio", w[:, None])), step, rtol=1e-5, atol=1e-5)


def test_the_curve_is_at_one_half_and_steepest_where_the_drawing_says(in_browser, inputs):
    """Catches a lost minus in -b/w, and a slope that is not w/4, by central differences."""
    w, b = inputs[np.abs(inputs[:, 1]) > 0.05][:200, 1:].T
    centre = np.array(in_browser("sigmoid", "centre", np.column_stack([w, b])))
    scale = np.maximum(1, np.abs(b))
    np.testing.assert_allclose((centre * w + b) / scale, 0, atol=1e-12)
    h = 1e-4 / np.abs(w)
    slope = (sigmoid(h * w) - sigmoid(-h * w)) / (2 * h)
    np.testing.assert_allclose(in_browser("sigmoid", "steepest", w[:, None]), slope, rtol=1e-6)


def test_it_begins_with_the_model_that_the_chapter_has_just_computed():
    """Catches a chapter whose numbers change while its figure keeps the old ones."""
    figures = myst.directives(ROOT / "chapters/sigmoid.md", "explorable")
    [figure] = [figure for figure in figures if figure.argument == "scales"]
    shown = {key: text.replace("−", "-") for key, text in glued("sigmoid").items()}
    assert (figure.options["w"], figure.options["b"]) == (shown["sigmoid-w"], shown["sigmoid-b"])
