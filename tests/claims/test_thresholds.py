"""Every equation and property of the chapter on thresholds, against a computation without its formula."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit, logit
from scipy.stats import mannwhitneyu
from sklearn import metrics
from sklearn.linear_model import LogisticRegression

from lrlib.ranking import average_precision, precision_recall_curve, roc_auc, roc_curve
from tests.claims.formulas import assert_printed, drawn


@st.composite
def rankings(draw):
    """Draw labels of both classes and scores, many of them tied, from a drawn seed."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    size = draw(st.integers(2, 40))
    y = generator.permutation(np.arange(size) % draw(st.integers(2, 5)) == 0).astype(np.float64)
    return y, generator.integers(-5, 6, size).astype(np.float64)


# Each case


@pytest.mark.claim("eq-thresholds-worth")
@given(values=drawn("eq-thresholds-worth"))
def test_an_alarm_is_worth_what_hits_save_less_what_needless_ones_cost(values):
    """Catches a needless alarm that is counted with the probability of a hit."""
    assert_printed("eq-thresholds-worth", values)


@pytest.mark.claim("eq-thresholds-own")
@given(values=drawn("eq-thresholds-own"))
def test_a_case_is_worth_an_alarm_above_a_threshold_of_its_own(values):
    """Catches a ratio that is upside down, and a ratio of the two costs in place of a share of their sum."""
    assert_printed("eq-thresholds-own", values)


@pytest.mark.claim("eq-thresholds-own")
@given(seed=st.integers(0, 1000))
def test_no_other_set_of_alarms_is_cheaper(seed):
    """Catches cases that must be decided together: all 64 sets of alarms on six cases are tried."""
    generator = np.random.default_rng(seed)
    p, needless, saved = generator.random(6), generator.uniform(0.2, 9, 6), generator.uniform(5, 30, 6)

    def expected(alarm):
        return np.where(alarm, (1 - p) * needless, p * saved).sum()

    cheapest = min(expected(np.array(alarms)) for alarms in itertools.product([False, True], repeat=6))
    assert_allclose(expected(p > needless / (needless + saved)), cheapest, rtol=1e-12)


# The order


@pytest.mark.claim("eq-thresholds-auc")
@given(values=drawn("eq-thresholds-auc"))
def test_the_auc_counts_the_pairs_in_order_and_half_of_the_ties(values):
    """Catches ties that count as won or as lost, and pairs counted the other way round."""
    assert_printed("eq-thresholds-auc", values)


@pytest.mark.claim("prop-thresholds-auc")
@given(ranking=rankings())
def test_the_area_below_straight_lines_is_the_share_of_pairs_in_order(ranking):
    """Catches stairs in place of straight lines, which count ties as won or lost; SciPy counts the pairs."""
    y, score = ranking
    curve = roc_curve(y, score)
    area = np.trapezoid(curve.true_positive_rate, curve.false_positive_rate)
    pairs = mannwhitneyu(score[y == 1], score[y == 0]).statistic / (y.sum() * (1 - y).sum())
    assert_allclose([area, roc_auc(y, score), metrics.roc_auc_score(y, score)], pairs, rtol=1e-12)


@pytest.mark.claim("prop-thresholds-order")
@given(ranking=rankings())
@pytest.mark.parametrize("f", [expit, np.arctan, lambda s: s**3 - 7, lambda s: expit(s) / 2])
def test_an_increasing_function_of_the_scores_changes_no_rate(f, ranking):
    """Catches a measure that looks at the values of the scores, such as their mean."""
    y, score = ranking
    for before, after in zip(roc_curve(y, score)[:2], roc_curve(y, f(score))[:2], strict=True):
        assert_allclose(after, before, rtol=1e-12)
    for before, after in zip(
        precision_recall_curve(y, score)[:2], precision_recall_curve(y, f(score))[:2], strict=True
    ):
        assert_allclose(after, before, rtol=1e-12)
    assert_allclose(roc_auc(y, f(score)), roc_auc(y, score), rtol=1e-12)
    assert_allclose(average_precision(y, f(score)), average_precision(y, score), rtol=1e-12)


@pytest.mark.claim("prop-thresholds-order")
def test_a_decreasing_function_does_change_them():
    """Catches a measure that would not notice an order turned round."""
    y, score = np.array([0.0, 1.0, 0.0, 1.0]), np.array([1.0, 2.0, 3.0, 4.0])
    assert_allclose(roc_auc(y, -score), 1 - roc_auc(y, score))
    assert roc_auc(y, score) == 3 / 4


# Rare positives


@pytest.mark.claim("eq-thresholds-precision")
@given(values=drawn("eq-thresholds-precision"))
def test_precision_follows_from_both_rates_and_the_prevalence(values):
    """Catches a precision that takes the rates for counts, as if both classes were equally frequent."""
    assert_printed("eq-thresholds-precision", values)


@pytest.mark.claim("prop-thresholds-baseline")
@given(positives=st.integers(1, 20), negatives=st.integers(1, 20), copies=st.integers(1, 5))
def test_a_score_that_says_nothing_has_the_prevalence_for_precision(positives, negatives, copies):
    """Catches a baseline of one half: every score is had by the same share of both classes."""
    scores = np.arange(copies)
    y = np.repeat([1.0, 0.0], [positives * copies, negatives * copies])
    score = np.concatenate([np.tile(scores, positives), np.tile(scores, negatives)])
    roc, curve = roc_curve(y, score), precision_recall_curve(y, score)
    assert_allclose(roc.true_positive_rate, roc.false_positive_rate, atol=1e-12)
    assert_allclose(curve.precision, positives / (positives + negatives), rtol=1e-12)
    assert_allclose([roc_auc(y, score), average_precision(y, score)], [1 / 2, y.mean()], rtol=1e-12)


@pytest.mark.claim("prop-thresholds-baseline")
@given(ranking=rankings(), times=st.integers(2, 9))
def test_more_negatives_leave_the_roc_curve_and_lower_the_precision(ranking, times):
    """Catches an ROC curve that depends on the prevalence, and a precision that does not."""
    y, score = ranking
    rarer = np.repeat(y, np.where(y == 1, 1, times)), np.repeat(score, np.where(y == 1, 1, times))
    for before, after in zip(roc_curve(y, score), roc_curve(*rarer), strict=True):
        assert_allclose(after, before, rtol=1e-12)
    assert (precision_recall_curve(*rarer).precision <= precision_recall_curve(y, score).precision).all()
    assert precision_recall_curve(*rarer).precision[-1] < precision_recall_curve(y, score).precision[-1]


@pytest.mark.claim("eq-thresholds-ap")
@given(values=drawn("eq-thresholds-ap"))
def test_average_precision_weighs_each_precision_by_the_recall_that_it_adds(values):
    """Catches trapezoids, which promise more than any threshold gives, and steps taken from the wrong side."""
    assert_printed("eq-thresholds-ap", values)


@pytest.mark.claim("eq-thresholds-cost")
@given(values=drawn("eq-thresholds-cost"))
def test_the_mean_cost_of_a_point_of_the_curve(values):
    """Catches rates that are not weighted by how frequent their class is."""
    assert_printed("eq-thresholds-cost", values)


@pytest.mark.claim("eq-thresholds-slope")
@given(values=drawn("eq-thresholds-slope"))
def test_points_of_equal_cost_lie_on_a_line_of_this_slope(values):
    """Catches a slope that is upside down."""
    assert_printed("eq-thresholds-slope", values)


# Weights and resampling


@pytest.mark.claim("eq-thresholds-balanced")
@given(values=drawn("eq-thresholds-balanced"))
def test_balanced_weights_are_the_ratio_of_the_classes(values):
    """Catches the share of one class in place of the ratio."""
    assert_printed("eq-thresholds-balanced", values)


@pytest.mark.claim("eq-thresholds-kept")
@given(values=drawn("eq-thresholds-kept"))
def test_the_share_of_positives_among_the_rows_that_are_kept(values):
    """Catches chances of being kept that are exchanged."""
    assert_printed("eq-thresholds-kept", values)


@pytest.mark.claim("eq-thresholds-correction")
@given(values=drawn("eq-thresholds-correction"))
def test_subtracting_the_logarithm_of_the_weight_restores_the_probability(values):
    """Catches a logarithm that is added, and a probability divided by the weight."""
    assert_printed("eq-thresholds-correction", values)


@pytest.mark.claim("eq-thresholds-correction")
def test_a_model_that_is_right_needs_nothing_but_its_intercept_changed():
    """Catches slopes that move too: with a free logit for each group, weights shift every one of them by log r."""
    groups, r = np.repeat(np.arange(3), [40, 60, 50]), 7.0
    y = np.concatenate([np.arange(n) < k for n, k in ((40, 3), (60, 11), (50, 20))]).astype(float)
    X = np.eye(3)[groups][:, 1:]
    plain, weighted = (
        LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000, class_weight=w).fit(X, y) for w in (None, {0: 1, 1: r})
    )
    assert_allclose(weighted.coef_, plain.coef_, atol=1e-4)
    assert_allclose(weighted.intercept_ - np.log(r), plain.intercept_, atol=1e-4)


def four_names(r, penalty):
    """Return the parameters of one small problem, the weight r given in four ways; penalty: lambda/2 w^2 beside a mean.

    scikit-learn's C multiplies a sum; PyTorch's two losses are means.
    """
    generator = np.random.default_rng(3)
    X = generator.normal(size=(60, 2))
    y = (generator.random(60) < expit(X @ [1.0, -1.0] - 2)).astype(float)
    repeated = np.repeat(np.arange(60), np.where(y == 1, r, 1))
    C = 1 / (penalty * 60) if penalty else np.inf
    options = {"C": C, "solver": "newton-cholesky", "tol": 1e-12}
    theirs = [
        LogisticRegression(class_weight={0: 1, 1: r}, **options).fit(X, y),
        LogisticRegression(**options).fit(X, y, sample_weight=np.where(y == 1, r, 1)),
        LogisticRegression(**options).fit(X[repeated], y[repeated]),
    ]
    found = [np.append(fit.coef_, fit.intercept_) for fit in theirs]
    for rows, weight in ((slice(None), torch.tensor(float(r))), (repeated, None)):
        criterion = torch.nn.BCEWithLogitsLoss(pos_weight=weight)
        theta = torch.zeros(3, dtype=torch.float64, requires_grad=True)
        features, target = torch.tensor(X[rows]), torch.tensor(y[rows])
        search = torch.optim.LBFGS(
            [theta], max_iter=500, tolerance_grad=1e-12, tolerance_change=0, line_search_fn="strong_wolfe"
        )

        def loss(features=features, target=target, theta=theta, criterion=criterion, search=search):
            search.zero_grad()
            value = criterion(features @ theta[:2] + theta[2], target) + penalty / 2 * (theta[:2] ** 2).sum()
            value.backward()
            return value

        search.step(loss)
        found.append(theta.detach().numpy())
    return found


@pytest.mark.claim("prop-thresholds-names")
@pytest.mark.parametrize("r", [1, 3, 10])
def test_four_ways_to_weight_the_positives_have_one_minimum(r):
    """Catches a weight on the wrong class, and a weight that is squared by being given twice."""
    first, *others = four_names(r, 0.0)
    for other in others:
        assert_allclose(other, first, atol=1e-6)


@pytest.mark.claim("prop-thresholds-names")
def test_with_a_penalty_pytorchs_mean_over_repeated_rows_has_another_minimum():
    """Catches the belief that the divisor never matters: pos_weight agrees, a mean over more rows does not."""
    *same, repeated = four_names(5, 0.05)
    for other in same[1:]:
        assert_allclose(other, same[0], atol=1e-6)
    assert np.abs(repeated - same[0]).max() > 0.01


@pytest.mark.claim("prop-thresholds-prevalence")
@given(N_1=st.integers(1, 50), N_0=st.integers(1, 50), away=st.floats(1e-6, 3), side=st.sampled_from([-1, 1]))
def test_a_weighted_probability_above_one_half_is_one_above_the_prevalence(N_1, N_0, away, side):
    """Catches a threshold at one half for the corrected probability too."""
    pi = expit(logit(N_1 / (N_1 + N_0)) + side * away)
    weighted = np.average([1, 0], weights=[pi * N_0 / N_1, 1 - pi])  # of one row, positive with this probability
    assert (weighted > 1 / 2) == (side > 0)
    misses, alarms = pi * N_0 / N_1, 1 - pi  # the two mean costs, of silence and of an alarm
    assert (misses > alarms) == (side > 0)
