"""Every equation and property of the chapter on calibration, against a computation without its formula."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sklearn import metrics
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from lrlib.calibration import brier_parts, calibration_line, reliability_bins
from lrlib.data import seattle_rain
from lrlib.fit import fit_binary
from lrlib.metrics import accuracy
from lrlib.ranking import roc_auc
from tests.claims.formulas import assert_printed, drawn

INCREASING = {
    "doubled": lambda p: p**2 / (p**2 + (1 - p) ** 2),  # the log-odds times two
    "root": lambda p: np.sqrt(p),
    "squeezed": lambda p: 0.4 + 0.2 * p,
    "shifted": lambda p: 3 * p / (3 * p + 1 - p),
}
KEEPS_ONE_HALF = {"doubled", "squeezed"}


@st.composite
def overlapping(draw):
    """Draw scores and labels that no threshold parts, from a drawn seed."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    z = generator.normal(size=draw(st.integers(30, 80)))
    y = (z + 2 * generator.logistic(size=z.size) > 0).astype(float)
    assume(z[y == 0].max() > z[y == 1].min() + 1 and z[y == 1].max() > z[y == 0].min() + 1)
    return z, y


# Who notices


@pytest.mark.claim("prop-calibration-ranking")
@pytest.mark.parametrize("name", INCREASING)
@given(rows=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 19)), min_size=4, max_size=40))
def test_an_increasing_map_leaves_the_auc_and_one_that_keeps_one_half_the_accuracy(name, rows):
    """Catches a ranking that counts ties by rounding, and a decision that is not at one half; scikit-learn's AUC."""
    y, p = (np.array(column) for column in zip(*rows, strict=True))
    assume(0 < y.mean() < 1)
    p = p / 20
    q = INCREASING[name](p)
    assert_allclose(roc_auc(y, q), metrics.roc_auc_score(y, p), rtol=1e-12)
    if name in KEEPS_ONE_HALF:
        off = p != 0.5  # where rounding may fall on either side
        assume(off.any())
        assert accuracy(y[off], q[off] > 0.5) == accuracy(y[off], p[off] > 0.5)


@pytest.mark.claim("prop-calibration-ranking")
def test_a_map_that_moves_one_half_can_change_the_accuracy():
    """Catches a property that promises more: the AUC stays, the decisions do not."""
    y, p = np.array([0, 1, 0, 1]), np.array([0.1, 0.2, 0.3, 0.8])
    assert accuracy(y, INCREASING["root"](p) > 0.5) != accuracy(y, p > 0.5)


# The expected calibration error


@pytest.mark.claim("eq-calibration-ece")
@given(values=drawn("eq-calibration-ece"))
def test_the_ece_averages_the_distances_over_the_rows(values):
    """Catches a mean over bins, a square, and a distance without its size."""
    assert_printed("eq-calibration-ece", values)


@pytest.mark.claim("eq-calibration-ece-noise")
@given(values=drawn("eq-calibration-ece-noise"))
def test_chance_alone_gives_true_probabilities_an_ece_of_at_most_a_standard_deviation(values):
    """Catches a variance in place of its root, and a bound that no probabilities attain."""
    assert_printed("eq-calibration-ece-noise", values)


@pytest.mark.claim("prop-calibration-constant")
@given(
    labels=st.lists(st.integers(0, 1), min_size=1, max_size=60),
    bins=st.integers(1, 60),
    spacing=st.sampled_from(["width", "count"]),
)
def test_the_share_of_positives_has_no_ece_whatever_the_bins(labels, bins, spacing):
    """Catches an ECE that punishes saying nothing, by reliability and resolution too."""
    y = np.array(labels)
    p = np.full(y.size, y.mean())
    found = reliability_bins(y, p, bins=bins, spacing=spacing)
    full = found.count > 0
    assert full.sum() == 1
    assert_allclose(found.mean_probability[full], found.positive_share[full], atol=1e-15)
    parts = brier_parts(y, p)
    assert_allclose([parts.reliability, parts.resolution], 0, atol=1e-15)


# The numbers that mean something


@pytest.mark.claim("eq-calibration-bent")
@settings(max_examples=25)  # each example searches
@given(values=drawn("eq-calibration-bent"))
def test_the_line_of_bent_scores_undoes_the_bend(values):
    """Catches a slope multiplied in place of divided, and an intercept that forgets the shift."""
    assert_printed("eq-calibration-bent", values)


@pytest.mark.claim("eq-calibration-brier")
@given(values=drawn("eq-calibration-brier"))
def test_reliability_less_resolution_plus_uncertainty_is_the_brier_score(values):
    """Catches reliability and resolution exchanged, and parts averaged over groups in place of rows."""
    assert_printed("eq-calibration-brier", values)


# What logistic regression promises


@pytest.mark.claim("eq-calibration-moments")
@settings(max_examples=25)  # each example searches
@given(values=drawn("eq-calibration-moments"))
def test_at_the_minimum_the_probabilities_sum_as_the_labels_do(values):
    """Catches sums that agree for the intercept alone, or for decisions in place of probabilities."""
    assert_printed("eq-calibration-moments", values)


@pytest.mark.claim("eq-calibration-moments")
def test_scikit_learns_fit_keeps_the_sums_as_well():
    """Catches a promise of one library's fit: the eight moments of the rain data, at a tight tolerance."""
    X, y = seattle_rain()[:2]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    p = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(X, y).predict_proba(X)[:, 1]
    assert_allclose(p.sum(), y.sum(), rtol=1e-9)
    assert_allclose(X.T @ p, X.T @ y, atol=1e-6)


@pytest.mark.claim("prop-calibration-groups")
@settings(max_examples=25)  # each example searches
@given(seed=st.integers(0, 10_000))
def test_in_a_group_that_is_a_feature_and_outside_it_the_mean_probability_is_the_share(seed):
    """Catches a promise that needs no intercept, or holds for a group that the model does not know."""
    generator = np.random.default_rng(seed)
    group, other = generator.integers(0, 2, 120), generator.normal(size=120)
    y = (group + other + 2 * generator.logistic(size=120) > 0.5).astype(float)
    assume(all(0.05 < y[group == g].mean() < 0.95 for g in (0, 1)))
    fit = fit_binary(np.column_stack([group, other]), y)
    p = 1 / (1 + np.exp(-(fit.w[0] * group + fit.w[1] * other + fit.b)))
    for g in (0, 1):
        assert_allclose(p[group == g].mean(), y[group == g].mean(), atol=1e-6)


@pytest.mark.claim("prop-calibration-groups")
def test_a_group_that_is_no_feature_has_no_promise():
    """Catches a property that would hold for any group: the days after rain, for a model that is not told of it."""
    X, y = seattle_rain()[:2]
    wet, told = X[:, 0] == 1, X[:, 2:]
    fit = fit_binary(told, y)
    p = 1 / (1 + np.exp(-(told @ fit.w + fit.b)))
    assert_allclose(p.mean(), y.mean(), atol=1e-6)
    assert abs(p[wet].mean() - y[wet].mean()) > 0.05


@pytest.mark.claim("thm-calibration-penalty")
@settings(max_examples=25)  # each example searches
@given(rows=overlapping(), strength=st.floats(0.01, 3))
def test_a_penalty_keeps_the_sum_and_makes_the_line_steep(rows, strength):
    """Catches a slope below 1, and a sum that the penalty changes: scikit-learn's fit, our line."""
    z, y = rows
    X = np.column_stack([z, np.sin(3 * z)])
    model = LogisticRegression(C=1 / (len(y) * strength), solver="newton-cholesky", tol=1e-12).fit(X, y)
    scores = model.decision_function(X)
    assert_allclose((1 / (1 + np.exp(-scores))).sum(), y.sum(), rtol=1e-6)
    if np.ptp(scores) > 1e-3:
        assert calibration_line(y, scores).w > 1


@pytest.mark.claim("thm-calibration-penalty")
def test_a_penalty_on_the_intercept_too_loses_the_sum():
    """Catches a theorem that does not need the free intercept: a column of ones, penalised like the others."""
    X, y = seattle_rain()[:2]
    X = np.column_stack([(X - X.mean(axis=0)) / X.std(axis=0), np.ones(len(y))])
    model = LogisticRegression(C=10 / len(y), fit_intercept=False, tol=1e-10).fit(X, y)
    assert abs(model.predict_proba(X)[:, 1].mean() - y.mean()) > 0.01


# Recalibration


@pytest.mark.claim("eq-calibration-temperature")
@given(values=drawn("eq-calibration-temperature"))
def test_at_the_best_temperature_scores_meet_their_labels_on_average(values):
    """Catches scores multiplied by the temperature, and sums without the score."""
    assert_printed("eq-calibration-temperature", values)


@pytest.mark.claim("prop-calibration-platt")
@settings(max_examples=25)  # each example searches
@given(rows=overlapping())
def test_a_second_calibration_line_finds_nothing_left(rows):
    """Catches a line that is not at its minimum on its own rows: the second one is statsmodels' Logit."""
    z, y = rows
    line = calibration_line(y, z)
    repaired = line.w * z + line.b
    assume(abs(line.w) > 0.01)
    models = pytest.importorskip("statsmodels.api")
    found = models.Logit(y, models.add_constant(repaired)).fit(disp=0).params
    assert_allclose(found, [0, 1], atol=1e-4)
    assert_allclose((1 / (1 + np.exp(-repaired))).sum(), y.sum(), rtol=1e-6)


@pytest.mark.claim("prop-calibration-isotonic")
@given(
    rows=st.lists(st.tuples(st.integers(0, 1), st.floats(-3, 3).map(lambda v: round(v, 1))), min_size=2, max_size=60)
)
def test_each_step_of_the_staircase_is_the_share_of_its_rows(rows):
    """Catches steps that are not block means, and a reliability that noise would not get."""
    y, z = (np.array(column) for column in zip(*rows, strict=True))
    p = IsotonicRegression(out_of_bounds="clip").fit(z, y).predict(z)
    for step in np.unique(p):
        assert_allclose(y[p == step].mean(), step, atol=1e-12)
    assert_allclose(brier_parts(y, p).reliability, 0, atol=1e-20)
    assert (np.diff(p[np.argsort(z, kind="stable")]) >= 0).all()


@pytest.mark.claim("eq-calibration-weighted")
@settings(max_examples=25)  # each example searches
@given(values=drawn("eq-calibration-weighted"))
def test_with_weights_the_weighted_sums_agree(values):
    """Catches sums in which each row counts once."""
    assert_printed("eq-calibration-weighted", values)


@pytest.mark.claim("eq-calibration-weighted")
def test_the_weighted_calibration_line_keeps_the_weighted_sum():
    """Catches weights that the library takes and forgets."""
    X, y = seattle_rain()[:2]
    z, s = X[:, 2] / 10, 1 + X[:, 4]
    line = calibration_line(y, z, sample_weight=s)
    p = 1 / (1 + np.exp(-(line.w * z + line.b)))
    assert_allclose(s @ p, s @ y, rtol=1e-7)
    assert abs(p.sum() - y.sum()) > 1


# Another share


@pytest.mark.claim("eq-calibration-shift")
@given(values=drawn("eq-calibration-shift"))
def test_another_share_moves_all_log_odds_by_the_same_amount(values):
    """Catches probabilities that are multiplied, and the two shares exchanged."""
    assert_printed("eq-calibration-shift", values)
