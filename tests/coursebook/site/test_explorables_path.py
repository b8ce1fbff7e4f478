"""The explorable of the penalties: its rows are the data's, its ridge is lrlib's, its lasso is at the minimum."""

import re

import numpy as np
import pytest
from scipy.special import expit, logit
from sklearn.linear_model import LogisticRegression

from lrlib.data import breast_cancer
from lrlib.explorables import module, spec
from lrlib.fit import fit_binary
from lrlib.linear import binary_loss
from tests.pages import glued

SLIDER = spec("path")["state"]["e"]
STOPS = np.round(np.arange(SLIDER["min"], SLIDER["max"] + 0.01, SLIDER["step"]), 2)
RIDGE, LASSO = 0, 1
pytestmark = pytest.mark.slow


def rows():
    """Return the two features, standardised and rounded, and the label of every fourteenth mass."""
    cancer = breast_cancer()
    columns = [list(cancer.feature_names).index(name) for name in ("mean texture", "worst concave points")]
    X = cancer.X[::14][:, columns]
    return ((X - X.mean(axis=0)) / X.std(axis=0)).round(1), cancer.y[::14]


X, Y = rows()


@pytest.fixture(scope="module")
def paths(in_browser):
    """Return the module's w1, w2, b at all stops, (2 kinds, stops, 3)."""
    asked = [(kind, e) for kind in (RIDGE, LASSO) for e in STOPS]
    return np.reshape(in_browser("path", "weights", asked), (2, len(STOPS), 3))


def pulls(theta):
    """Return the slopes of the mean loss by w1, w2 and b, without a penalty."""
    rest = expit(X @ theta[:2] + theta[2]) - Y
    return np.array([*(X.T @ rest), rest.sum()]) / len(Y)


def lasso_gaps(theta, penalty):
    """Return how far w1, w2, b are from the conditions that a lasso's minimum, and nothing else, fulfils.

    A weight that is not 0 is pulled with exactly the penalty, against its sign; one that is 0 with no more than it; the
    intercept not at all.
    """
    slope = pulls(theta)
    there = theta[:2] != 0
    weights = np.where(there, slope[:2] + penalty * np.sign(theta[:2]), np.maximum(0, np.abs(slope[:2]) - penalty))
    return np.append(weights, slope[2])


# The rows and the fits


def test_its_rows_are_every_fourteenth_of_the_data():
    """Catches a column, a label or a scale other than the data's."""
    source = module("path").read_text(encoding="utf-8")
    for name, label in (("BENIGN", 0), ("MALIGNANT", 1)):
        written = re.search(rf"const {name} = \[(.*?)\]", source, re.S)[1]
        found = np.array([float(number) for number in re.findall(r"-?[\d.]+", written)]).reshape(-1, 2)
        np.testing.assert_allclose(found, X[label == Y], atol=1e-9, err_msg=name)


def test_the_ridge_is_the_librarys_at_every_stop(paths):
    """Catches another mean or half, a penalised intercept, and a descent that ends early where the penalty is weak."""
    for e, theta in zip(STOPS, paths[RIDGE], strict=True):
        fit = fit_binary(X, Y, l2=10**e, tolerance=1e-12)
        np.testing.assert_allclose(theta, [*fit.w, fit.b], rtol=1e-6, err_msg=f"e = {e}")


def test_a_ridge_without_the_half_would_be_noticed(paths):
    """The planted failure of the test above: λ|w|² in place of λ|w|²/2."""
    fit = fit_binary(X, Y, l2=2 * 10 ** STOPS[40])
    assert np.abs(paths[RIDGE][40][:2] / fit.w - 1).min() > 0.05


def test_the_lasso_is_at_its_minimum_at_every_stop(paths):
    """Catches a weight held at 0 that should not be, and the reverse: the conditions are those of one point only."""
    for e, theta in zip(STOPS, paths[LASSO], strict=True):
        np.testing.assert_allclose(lasso_gaps(theta, 10**e), 0, atol=1e-9, err_msg=f"e = {e}")


def test_scikit_learn_finds_the_same_lasso(paths):
    """Catches conditions of another objective than that of the chapter, where C is 1 / (Nλ)."""
    for stop in (20, 40, 50, 60):
        model = LogisticRegression(
            C=1 / (len(Y) * 10 ** STOPS[stop]), l1_ratio=1, solver="saga", tol=1e-9, max_iter=100_000, random_state=0
        ).fit(X, Y)
        np.testing.assert_allclose(paths[LASSO][stop], [*model.coef_[0], *model.intercept_], rtol=1e-4, atol=1e-5)


def test_a_lasso_stopped_beside_its_minimum_would_be_noticed(paths):
    """The planted failure of the tests above: a weight a little off, one that is 0 let go, the ridge in its place."""
    theta, penalty = paths[LASSO][60], 10 ** STOPS[60]
    assert theta[0] == 0
    for wrong in (theta + np.array([0, 1e-6, 0]), theta + np.array([1e-6, 0, 0]), paths[RIDGE][60]):
        assert np.abs(lasso_gaps(wrong, penalty)).max() > 1e-8


def test_the_loss_and_the_wrong_side_are_the_librarys(in_browser, paths):
    """Catches a loss with the penalty in it, its labels exchanged, and a row on the boundary's other side."""
    thetas = [*paths[RIDGE], *paths[LASSO], np.array([2.0, -30, 5])]
    expected = [float(binary_loss(X, Y, theta[:2], theta[2])) for theta in thetas]
    np.testing.assert_allclose(in_browser("path", "loss", thetas), expected, rtol=1e-12)
    wrong = [int(((X @ theta[:2] + theta[2] > 0) != (Y == 1)).sum()) for theta in thetas]
    assert in_browser("path", "wrong", thetas) == wrong


# What the reader is to find out


def test_without_end_the_weaker_the_penalty_the_longer_the_weights_and_the_smaller_the_loss(paths):
    """Catches rows that no line separates: then both would come to rest."""
    for kind in (RIDGE, LASSO):
        free = paths[kind][: np.flatnonzero(STOPS <= -0.4)[-1] + 1]
        lengths = np.linalg.norm(free[:, :2], axis=1)
        losses = [binary_loss(X, Y, theta[:2], theta[2]) for theta in free]
        assert (np.diff(lengths) < 0).all()
        assert (np.diff(losses) > 0).all()
        # Ten times less penalty, at the weak end: the weights are more than twice as long, still.
        assert lengths[0] > 2 * lengths[20]


def test_a_ridge_leaves_no_weight_at_zero_and_a_lasso_first_one_and_then_the_other(paths):
    """Catches a lasso that only comes near to 0, and a switch with its sides exchanged."""
    assert (paths[RIDGE][:, :2] > 0.05).all()
    last = [STOPS[paths[LASSO][:, j] != 0].max() for j in (0, 1)]
    assert last[0] < -1 < last[1]
    strongest = np.abs(X.T @ (Y - Y.mean())).max() / len(Y)
    assert last[1] == STOPS[np.log10(strongest) > STOPS].max()
    np.testing.assert_allclose(paths[LASSO][-1], [0, 0, logit(Y.mean())], atol=1e-9)


def test_the_boundary_turns_as_the_penalty_shrinks(paths):
    """Catches a path on which the penalty only lengthens the weights: then it would be one boundary at every stop."""
    for kind in (RIDGE, LASSO):
        angle = np.degrees(np.arctan2(paths[kind][:60, 0], paths[kind][:60, 1]))
        assert np.ptp(angle) > 2


# Beside the chapter


def test_the_penalties_that_the_answer_names_are_where_the_lasso_drops_its_weights(paths):
    """Catches a chapter that computes them of other rows: each lies between two stops of the slider."""
    text = glued("penalties")
    for j, name in enumerate(("texture", "all")):
        last = np.flatnonzero(paths[LASSO][:, j])[-1]
        named = float(text[f"penalties-path-{name}"])
        assert 10 ** STOPS[last] - 0.005 <= named <= 10 ** STOPS[last + 1] + 0.005, name


# What is shown


@pytest.mark.parametrize(("kind", "e"), [(0, -1.5), (0, -4), (0, 0.5), (1, -2.8), (1, -1), (1, 0)])
def test_what_it_shows_and_says_is_computed(alone, shown, paths, kind, e):
    """Catches a typed number, the two weights exchanged, 0.00 for what is exactly 0, and a band that is not there."""
    element = alone("path")
    table, said = shown(element, kind=kind, e=e)
    w1, w2, b = theta = paths[kind][int(np.argmin(np.abs(STOPS - e)))]
    weights = [f"{w:.2f}" if w else "0" for w in (w1, w2, np.hypot(w1, w2))]
    assert table[0][1] == ("lasso" if kind else "ridge")
    assert float(table[1][1].replace(",", "")) == pytest.approx(1 / (41 * 10**e), rel=6e-3)
    assert [row[1] for row in table[2:5]] == weights
    assert f"weights are {weights[0]} of texture and {weights[1]} of concave points" in said
    assert float(table[5][1]) == pytest.approx(float(binary_loss(X, Y, theta[:2], b)), rel=6e-3)
    wrong = int(((X @ theta[:2] + b > 0) != (Y == 1)).sum())
    assert table[6][1] == f"{wrong} of 41"
    assert element.locator("circle[stroke='var(--warn)']").count() == wrong
    words = element.locator(".lr-stage svg text").all_text_contents()
    corners = [x1 * w1 + x2 * w2 + b for x1 in (-2.5, 2.5) for x2 in (-2.5, 2.5)]
    high = {f"↑ {w:.1f} {name}" for w, name in ((w1, "texture"), (w2, "concave points")) if w > 10}
    assert {word for word in words if word.startswith("↑")} == high
    # Where the band is narrow, the words at its rims may have no room.
    assert ("½" in words) == (min(corners) < 0 < max(corners))
    assert (f"p = {expit(b):.2f} everywhere" in words) == (w1 == w2 == 0)


def test_the_band_of_the_drawing_is_the_models(alone, paths):
    """Catches a contour of another probability: the three lines, read back from the picture."""
    element = alone("path")
    for kind, stop in ((RIDGE, 50), (LASSO, 40)):
        e, theta = STOPS[stop], paths[kind][stop]
        drawn = element.evaluate(
            """async (element, state) => {
              element.state = state;
              element.show();
              const lines = element.querySelector("svg").querySelectorAll("path[stroke='var(--model)']");
              return [...lines].map((line) => line.getAttribute("d").match(/-?[\\d.]+/g).map(Number));
            }""",
            {"e": float(e), "kind": kind},
        )
        ends = np.array(drawn).reshape(3, 2, 2)
        plane = np.stack([-2.5 + (ends[..., 0] - 40) * 5 / 305, -2.5 + (331 - ends[..., 1]) * 5 / 305], axis=-1)
        p = expit(plane @ theta[:2] + theta[2])
        np.testing.assert_allclose(p, np.array([0.5, 0.1, 0.9])[:, None] * np.ones(2), atol=0.01)


def test_the_curves_of_the_drawing_are_the_paths(alone, paths):
    """Catches the two weights' curves exchanged, and a curve that goes on beyond its axes."""
    element = alone("path")
    for kind in (RIDGE, LASSO):
        drawn = element.evaluate(
            """async (element, kind) => {
              element.state = { e: 0, kind };
              element.show();
              const lines = element.querySelectorAll("svg")[1].querySelectorAll("path[stroke='var(--model)']");
              return [...lines].map((line) => line.getAttribute("d").match(/-?[\\d.]+/g).map(Number));
            }""",
            kind,
        )
        for j, numbers in enumerate(drawn):
            place = np.array(numbers).reshape(-1, 2)
            e, w = -4 + (place[:, 0] - 40) * 4.5 / 305, -0.8 + (331 - place[:, 1]) * 10.8 / 305
            seen = paths[kind][:, j] <= 10
            assert w.max() < 10.02
            kept = slice(0 if seen.all() else 1, None)  # the first point is where the curve comes in
            np.testing.assert_allclose(e[kept], STOPS[seen], atol=0.002)
            np.testing.assert_allclose(w[kept], paths[kind][seen, j], atol=0.003)


def test_the_buttons_loosen_the_penalty_and_change_its_kind(alone, shown):
    """Catches an animation that ends before the weakest penalty, and a kind that does not change back."""
    element = alone("path")
    element.locator("button[name=loosen]").press("Enter")
    assert element.evaluate("element => element.state") == {"e": -4, "kind": 0}
    for kind in (1, 0):
        element.locator("button[name=swap]").press("Enter")
        assert element.evaluate("element => element.state") == {"e": -4, "kind": kind}
