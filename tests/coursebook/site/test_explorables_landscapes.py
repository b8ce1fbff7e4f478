"""The explorable of two landscapes: losses, slopes and paths are lrlib's and NumPy's on the module's eight examples."""

import numpy as np
import pytest
from scipy.optimize import approx_fprime, minimize
from scipy.special import expit

from lrlib.linear import binary_gradient, binary_loss

X = np.array([[3, 1], [2, -1], [1, 3], [-2, -1], [-1, -3], [-3, 1], [2, 2], [-1, 2]], dtype=float)
Y = np.array([1, 1, 1, 0, 0, 0, 0, 1.0])
pytestmark = pytest.mark.slow


def squared(w):
    return np.mean((expit(X @ w) - Y) ** 2)


def squared_slope(w):
    return approx_fprime(w, squared, 1e-7)


def cross_slope(w):
    return np.asarray(binary_gradient(X, Y, w, 0.0).w)


def descend(slope, w, steps):
    for _ in range(steps):
        w = w - 0.5 * slope(w)
    return w


def weights(n=100):
    return np.random.default_rng(11).uniform(-4, 4, (n, 2))


def test_both_losses_are_computed_right(in_browser):
    """Catches a sum for a mean, an example with another label, and a cross entropy that overflows."""
    found = in_browser("landscapes", "squared", weights())
    np.testing.assert_allclose(found, [squared(w) for w in weights()], rtol=1e-10)
    far = np.vstack([weights(), [[400, 300], [-1000, 0]]])
    expected = [float(binary_loss(X, Y, w, 0.0)) for w in far]
    np.testing.assert_allclose(in_browser("landscapes", "cross", far), expected, rtol=1e-10)


@pytest.mark.parametrize("k", [0, 1])
def test_both_slopes_are_computed_right(in_browser, k):
    """Catches the lost factor p(1 - p) of the squared error, and the two weights exchanged."""
    rows = [(k, *w) for w in weights()]
    found = in_browser("landscapes", "squaredSlope", rows)
    np.testing.assert_allclose(found, [squared_slope(w)[k] for w in weights()], atol=1e-6)
    found = in_browser("landscapes", "crossSlope", rows)
    np.testing.assert_allclose(found, [cross_slope(w)[k] for w in weights()], atol=1e-10)


def test_the_squared_error_has_terraces_and_the_cross_entropy_a_single_lowest_place(in_browser):
    """Catches data for which the figure would show nothing: descent that waits on one map, and arrives on the other."""
    [lowest] = {tuple(minimize(lambda w: float(binary_loss(X, Y, w, 0.0)), w).x.round(3)) for w in weights(5)}
    start = (-3, -2.5)
    ends = [[in_browser("landscapes", "after", [[which, 200, *start, k]])[0] for k in (0, 1)] for which in (0, 1)]
    np.testing.assert_allclose(ends[1], lowest, atol=0.01)
    assert squared(np.array(ends[0])) > squared(np.array(lowest)) + 0.1
    assert np.linalg.norm(squared_slope(np.array(ends[0]))) < 0.05


@pytest.mark.parametrize(("u", "v", "steps"), [(-3, -2.5, 40), (4, -4, 7), (0, 0, 0), (-1, 3, 200)])
def test_what_it_shows_and_says_is_computed(alone, shown, u, v, steps):
    """Catches a typed number, and one path in both landscapes."""
    table, said = shown(alone("landscapes"), u=u, v=v, steps=steps)
    assert table[0][0] == f"after {steps} steps"
    for row, slope, loss in ((table[1], squared_slope, squared), (table[2], cross_slope, None)):
        w = descend(slope, np.array([u, v], dtype=float), steps)
        at = [float(number) for number in row[1].replace("−", "-").split(", ")]
        np.testing.assert_allclose(at, w, atol=0.051)
        expected = loss(w) if loss else float(binary_loss(X, Y, w, 0.0))
        assert float(row[2]) == pytest.approx(expected, abs=6e-4)
        assert float(row[3]) == pytest.approx(np.linalg.norm(slope(w)), abs=6e-4)
        assert f"with loss {row[2]} and a slope of length {row[3]}" in said


def test_the_cross_marks_the_lowest_place_of_the_cross_entropy_and_squared_error_has_none(alone):
    """Catches a mark where descent has only become slow: far along its valley, squared error still sinks."""
    found = alone("landscapes").evaluate(
        """element => [...element.querySelectorAll("svg")].map((svg) =>
          svg.querySelector("path[d*='h12m']")?.getAttribute("d"))"""
    )
    assert found[0] is None
    px, py = (float(number) for number in found[1].strip("M").split("h")[0].split())
    lowest = minimize(lambda w: float(binary_loss(X, Y, w, 0.0)), [0, 0]).x
    np.testing.assert_allclose(np.array([px + 6 - 192.5, py - 178.5]) * [8 / 305, -8 / 305], lowest, atol=0.01)
    far = [squared(np.array([1.0, 1.0]) * size) for size in (1, 2, 4, 8, 16, 32)]
    assert (np.diff(far) < 0).all()


def test_a_contour_lies_where_the_loss_has_its_value(alone):
    """Catches a map of another function than the one that is walked on, read back from the drawing."""
    paths = alone("landscapes").evaluate(
        """element => [...element.querySelectorAll("svg")].map((svg) =>
          [...svg.querySelectorAll("path[stroke-width='1.6']")].map((path) => path.getAttribute("d")))"""
    )
    for found, loss in zip(paths, (squared, lambda w: float(binary_loss(X, Y, w, 0.0))), strict=True):
        assert len(found) >= 10
        for d in found[::3]:
            points = np.array([pair.split() for pair in d.replace("L", "M").split("M")[1:]], dtype=float)[::9]
            w = (points - [192.5, 178.5]) * [8 / 305, -8 / 305]
            values = np.array([loss(one) for one in w])
            assert np.ptp(values) < 0.12 * values.mean() + 0.01
