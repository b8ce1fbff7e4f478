"""The explorable of three regions: its softmax is SciPy's, and what is drawn as a class's region is its own."""

import numpy as np
import pytest
from scipy.special import softmax

W = np.array([[-1.6, -0.8], [1.5, -1.0]])
pytestmark = pytest.mark.slow


def scores(x, y, u, v):
    weights = np.vstack([W, [u, v]])
    return weights @ [x, y] - (weights**2).sum(axis=1) / 2


def test_the_probabilities_are_the_softmax_of_the_scores(in_browser):
    """Catches a class with another one's weights, a temperature that multiplies, and an overflow where it is cold."""
    rows = np.random.default_rng(13).uniform([-3, -3, -2.8, -2.8, 0.1], [3, 3, 2.8, 2.8, 10], (200, 5))
    rows[:5, 4] = 1e-3
    expected = [softmax(scores(*row[:4]) / row[4]) for row in rows]
    np.testing.assert_allclose(in_browser("regions", "probabilities", rows), expected, rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(in_browser("regions", "scores", rows[:, :4]), [scores(*row[:4]) for row in rows])


def polygons(element, **state):
    """Return what is drawn of each class's region, [[x, y], ...] in the plane."""
    paths = element.evaluate(
        """(element, state) => {
          element.state = { ...element.state, ...state };
          element.show();
          return [...element.querySelectorAll("path[fill-opacity='0.2']")].map((path) => path.getAttribute("d"));
        }""",
        state,
    )
    places = [np.array([pair.split() for pair in d.strip("Mz").split("L")], dtype=float) for d in paths]
    return [(place - [192.5, 178.5]) * [6 / 305, -6 / 305] for place in places]


@pytest.mark.parametrize(("u", "v"), [(0.2, 1.6), (-2.8, 2.8), (1, -2)])
def test_each_region_is_where_its_class_has_the_largest_score(alone, u, v):
    """Catches a boundary on the wrong side, or between the wrong two classes; they share the plane without rest."""
    regions = polygons(alone("regions"), u=u, v=v)
    assert len(regions) == 3
    areas = 0.0
    for k, region in enumerate(regions):
        inside = region + 0.02 * (region.mean(axis=0) - region)  # the corners lie on boundaries: a little inwards
        assert {int(np.argmax(scores(x, y, u, v))) for x, y in inside} == {k}
        x, y = region.T
        areas += abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2
    assert areas == pytest.approx(36, rel=2e-3)


def test_the_temperature_moves_no_boundary_but_the_line_of_nine_tenths(alone):
    """Catches regions that depend on the temperature, and a dashed line that does not."""
    element, dashed = alone("regions"), []
    for t in (-0.5, 0):
        regions = polygons(element, t=t)
        dashed.append(element.locator("path[stroke-dasharray='3 2']").get_attribute("d"))
        np.testing.assert_array_equal(np.concatenate(regions), np.concatenate(polygons(element, t=1)))
    assert dashed[0] != dashed[1]
    assert element.locator("path[stroke-dasharray='3 2']").count() == 0  # where it is hot, nowhere is so sure


@pytest.mark.parametrize(
    ("u", "v", "t", "x", "y"), [(0.2, 1.6, 0, 0.6, 0.1), (-1.6, -0.8, 1, 2.8, -2.8), (2, 2, -1, 1, 1)]
)
def test_what_it_shows_and_says_is_computed(alone, shown, u, v, t, x, y):
    """Catches a typed number, and a point that is said to lie in another region."""
    table, said = shown(alone("regions"), u=u, v=v, t=t, x=x, y=y)
    z, p = scores(x, y, u, v), softmax(scores(x, y, u, v) / 10**t)
    np.testing.assert_allclose([float(row[1].replace("−", "-")) for row in table[1:]], z, atol=0.0051)
    assert [row[3] for row in table[1:]] == [f"{value:.3f}" for value in p]
    assert f"region of class {np.argmax(p) + 1}." in said
