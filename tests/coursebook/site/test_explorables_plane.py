"""The explorable of two features: its tumours are the data's, and its contours lie where the sigmoid says."""

import re

import numpy as np
import pytest
from scipy.special import expit, logit

from lrlib import data
from lrlib.explorables import module
from lrlib.scaling import column_scales, standardise

pytestmark = pytest.mark.slow


def rows():
    """Return standardised radius and texture, and the label, of every ninth tumour that the picture has room for."""
    cancer = data.breast_cancer()
    columns = [cancer.feature_names.index(name) for name in ("mean radius", "mean texture")]
    scaled = standardise(cancer.X, column_scales(cancer.X))[::9, columns].round(2)
    inside = np.abs(scaled).max(axis=1) < 2.9
    return scaled[inside], cancer.y[::9][inside]


def weights():
    return np.random.default_rng(4).uniform([-3, -3, -4], [3, 3, 4], (200, 3))


def test_its_tumours_are_every_ninth_of_the_data():
    """Catches a column, a label or a scale other than the data's."""
    source = module("plane").read_text(encoding="utf-8")
    scaled, labels = rows()
    for name, label in (("BENIGN", 0), ("MALIGNANT", 1)):
        written = re.search(rf"const {name} = \[(.*?)\]", source, re.S)[1]
        found = np.array([float(number) for number in re.findall(r"-?[\d.]+", written)]).reshape(-1, 2)
        np.testing.assert_allclose(found, scaled[labels == label], atol=1e-9)


def test_the_probability_and_the_right_decisions_are_the_models(in_browser):
    """Catches weights that change places, a lost intercept, and a decision with the sides exchanged."""
    scaled, labels = rows()
    models = weights()
    at = np.hstack([np.random.default_rng(5).uniform(-3, 3, (200, 2)), models])
    expected = expit((at[:, :2] * at[:, 2:4]).sum(axis=1) + at[:, 4])
    np.testing.assert_allclose(in_browser("plane", "probability", at), expected, rtol=1e-12)
    right = [int(((scaled @ (w1, w2) + b > 0) == (labels == 1)).sum()) for w1, w2, b in models]
    assert in_browser("plane", "right", models) == right


def test_along_the_arrow_the_probability_is_reached_after_the_way_that_is_said(in_browser):
    """Catches a way that is not divided by the length of w, and a distance of the boundary with the wrong sign."""
    models = weights()
    unit = models[:, :2] / np.linalg.norm(models[:, :2], axis=1)[:, None]
    foot = np.array(in_browser("plane", "distance", models))
    for p in (0.1, 0.5, 0.9):
        way = np.array(in_browser("plane", "way", [[p, w1, w2] for w1, w2, _ in models]))
        at = unit * (foot + way)[:, None]
        np.testing.assert_allclose((at * models[:, :2]).sum(axis=1) + models[:, 2], logit(p), atol=1e-9)


@pytest.mark.parametrize(("w1", "w2", "b"), [(1.2, 0.4, 0), (-2, 1.5, 2), (3, 3, -4), (0, 0, 1)])
def test_what_it_shows_and_says_is_computed(alone, shown, w1, w2, b):
    """Catches a typed number, a division by the length zero, and a contour that the plane does not have."""
    element = alone("plane")
    table, said = shown(element, w1=w1, w2=w2, b=b)
    size = np.hypot(w1, w2)
    assert table[1][1] == f"{size:.2f}"
    if not size:
        assert table[3][1] == "–"
        assert f"{expit(b):.2f} everywhere" in said
        return
    assert float(table[3][1]) == pytest.approx(2 * np.log(9) / size, rel=5e-3)
    assert table[2][1].replace("−", "-") == f"{np.degrees(np.arctan2(w2, w1)):.0f}°"
    corners = [x * w1 + y * w2 + b for x in (-3, 3) for y in (-3, 3)]
    words = element.locator(".lr-stage svg text").all_text_contents()
    for p, word in ((0.1, "0.1"), (0.5, "½"), (0.9, "0.9")):
        assert (word in words) == (min(corners) < logit(p) < max(corners)), p


def test_the_arrow_follows_the_hand_and_stands_at_right_angles_to_the_boundary(alone):
    """Catches an arrow and a boundary that do not belong together."""
    element = alone("plane")
    for w1, w2 in ((1.5, -2), (-0.5, 0.3)):
        drawn = element.evaluate(
            """async (element, [w1, w2]) => {
              element.state = { w1, w2, b: 0.4 };
              element.show();
              const numbers = (query) => element.querySelector(query).getAttribute("d").match(/-?[\\d.]+/g).map(Number);
              return [numbers("path[stroke='var(--model)'][stroke-width='3.5']"), numbers("path[stroke-width='4']")];
            }""",
            [w1, w2],
        )
        (line, arrow) = (np.diff(np.array(path).reshape(2, 2), axis=0)[0] for path in drawn)
        assert line @ arrow == pytest.approx(0, abs=0.01 * np.linalg.norm(line) * np.linalg.norm(arrow))
        assert np.sign(arrow).tolist() == [np.sign(w1), -np.sign(w2)]  # down the page is up


def test_the_handle_of_the_boundary_stands_on_it_where_it_is_nearest_to_the_middle(alone):
    """Catches a handle beside the line that it moves, read back from the drawing."""
    element = alone("plane")
    for w1, w2, b in ((1.5, -2, 1), (-0.5, 0.7, 0.4)):
        cx, cy = element.evaluate(
            """(element, state) => {
              element.state = state;
              element.show();
              const handle = element.querySelector("[data-drag=b]");
              return ["cx", "cy"].map((name) => Number(handle.getAttribute(name)));
            }""",
            {"w1": w1, "w2": w2, "b": b},
        )
        foot = (np.array([cx, cy]) - [192.5, 178.5]) * [6 / 305, -6 / 305]
        np.testing.assert_allclose(foot, -b * np.array([w1, w2]) / (w1**2 + w2**2), atol=0.01)
