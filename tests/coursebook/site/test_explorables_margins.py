"""The explorable of five losses over the margin: their values are SciPy's, their slopes are difference quotients."""

import numpy as np
import pytest
from scipy.special import log_expit

pytestmark = pytest.mark.slow
LOSSES = {
    "zeroOne": lambda m: (m <= 0).astype(float),
    "logistic": lambda m: -log_expit(m) / np.log(2),
    "hinge": lambda m: np.maximum(0, 1 - m),
    "exponential": lambda m: np.exp(-m),
    "squared": lambda m: (1 - m) ** 2,
}


def margins():
    """Return margins: the slider's and wider ones, without the two where a loss has a corner or jumps."""
    return np.concatenate([np.arange(-3, 3.01, 0.02) + 0.003, np.random.default_rng(2).uniform(-30, 30, 100)])


@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_what_its_name_says(in_browser, loss):
    """Catches a margin with the wrong sign, natural logarithms, and an overflow of the logistic loss."""
    m = margins()
    np.testing.assert_allclose(in_browser("margins", loss, m[:, None]), LOSSES[loss](m), rtol=1e-9)


@pytest.mark.parametrize("loss", LOSSES)
def test_its_slope_is_the_difference_quotient(in_browser, loss):
    """Catches a lost factor 2 or ln 2, and the slope of another loss."""
    m, h = margins(), 1e-6
    quotient = (LOSSES[loss](m + h) - LOSSES[loss](m - h)) / (2 * h)
    found = in_browser("margins", f"{loss}Slope", m[:, None])
    np.testing.assert_allclose(found, quotient, rtol=1e-3, atol=1e-6)


def test_where_a_loss_jumps_or_has_a_corner_there_is_no_slope(alone, shown):
    """Catches a slope 0 at the jump of the zero-one loss, and a side that is chosen at the corner of the hinge."""
    for m, name in ((0, "zero-one"), (1, "hinge")):
        table, said = shown(alone("margins"), m=m)
        assert [row[0] for row in table if row[-1] == "none"] == [name]
        assert f"{name} loss" in said


@pytest.mark.parametrize("m", [-3, -0.5, 0.5, 3])
def test_what_it_shows_and_says_is_computed(alone, shown, m):
    """Catches a typed number, and a row under another loss's name."""
    table, said = shown(alone("margins"), m=m)
    assert [row[0] for row in table[1:]] == ["zero-one", "logistic", "hinge", "exponential", "squared"]
    assert [row[1] for row in table[1:]] == [f"{loss(np.array([m]))[0]:.2f}" for loss in LOSSES.values()]
    assert all(f"{row[0]} loss {row[1]} with slope {row[2]}" in said for row in table[1:])
