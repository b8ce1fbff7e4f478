"""The explorable of KL: surprise, entropy, cross entropy and divergence are SciPy's, and its areas are what it says."""

import numpy as np
import pytest
from scipy.special import rel_entr
from scipy.stats import entropy

pytestmark = pytest.mark.slow


def pairs():
    """Return rows (truth, forecast), with what is certain among them."""
    rows = np.random.default_rng(12).uniform(0.02, 0.98, (200, 2))
    return np.concatenate([rows, [[0, 0.3], [1, 0.3], [0.5, 0.5]]])


def test_entropy_and_divergence_are_scipys(in_browser):
    """Catches logarithms to another base, swapped arguments, and 0 times infinity for what never happens."""
    p, q = pairs().T
    expected = entropy([p, 1 - p])
    np.testing.assert_allclose(in_browser("divergence", "entropy", p[:, None]), expected, atol=1e-12)
    expected = rel_entr(p, q) + rel_entr(1 - p, 1 - q)
    np.testing.assert_allclose(in_browser("divergence", "kl", pairs()), expected, atol=1e-12)


def test_cross_entropy_is_entropy_and_divergence_together(in_browser):
    """Catches a cross entropy that swaps truth and forecast: the identity holds for the right one only."""
    p, q = pairs().T
    expected = entropy([p, 1 - p]) + rel_entr(p, q) + rel_entr(1 - p, 1 - q)
    np.testing.assert_allclose(in_browser("divergence", "crossEntropy", pairs()), expected, atol=1e-12)


@pytest.mark.parametrize(("p", "q"), [(0.3, 0.8), (0, 0.05), (1, 0.95), (0.5, 0.5)])
def test_what_it_shows_and_says_is_computed(alone, shown, p, q):
    """Catches a typed number, and a column of the other outcome."""
    table, said = shown(alone("divergence"), p=p, q=q)
    h, kl = entropy([p, 1 - p]), rel_entr(p, q) + rel_entr(1 - p, 1 - q)
    assert table[3][1:] == [f"{-np.log(q):.3f}", f"{-np.log(1 - q):.3f}", f"{h + kl:.3f}"]
    assert table[4][3] == f"{h:.3f}"
    assert table[5][3] == f"{kl:.3f}"
    assert f"the entropy {h:.3f} and the KL divergence {kl:.3f}" in said
    assert ("∞" in table[4]) == (p in (0, 1))


def test_the_area_of_the_blocks_is_the_cross_entropy(alone, shown):
    """Catches blocks that are as high or as wide as the other outcome, measured in the drawing."""
    element = alone("divergence")
    for p, q in ((0.3, 0.8), (0.9, 0.2)):
        table, _ = shown(element, p=p, q=q)
        area = element.evaluate(
            """element => [...element.querySelector("svg").querySelectorAll("rect")]
              .reduce((sum, { width, height }) => sum + width.baseVal.value * height.baseVal.value, 0)"""
        )
        assert area / 305 * 3 / 234 == pytest.approx(float(table[3][3]), abs=0.002)
