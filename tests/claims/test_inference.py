"""Every equation and property of the chapter on inference, against a computation that does not use its formula."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats
from scipy.special import expit, xlogy

from lrlib import data
from lrlib.fit import fit_binary
from lrlib.inference import likelihood_ratio_test, profile_likelihood, wald
from tests.claims.formulas import assert_printed, drawn
from tests.claims.worlds.oracles import bce, hessian

# By hand


@pytest.mark.claim("eq-inference-odds-ratio")
@given(values=drawn("eq-inference-odds-ratio"))
def test_the_fitted_weight_is_the_log_odds_ratio_of_the_table(values):
    """Catches a ratio of probabilities, and one of the two odds upside down."""
    assert_printed("eq-inference-odds-ratio", values)


@pytest.mark.claim("eq-inference-table-error")
@given(values=drawn("eq-inference-table-error"))
def test_the_squared_standard_error_is_the_sum_of_the_four_reciprocals(values):
    """Catches a count left out, and signs as in the odds ratio."""
    assert_printed("eq-inference-table-error", values)


@pytest.mark.claim("eq-inference-case-control")
@given(values=drawn("eq-inference-case-control"))
def test_choosing_rows_by_their_label_moves_the_intercept_only(values):
    """Catches a weight that depends on who was chosen, and the shares exchanged."""
    assert_printed("eq-inference-case-control", values)


# From the curvature


@pytest.mark.claim("eq-inference-covariance")
@given(values=drawn("eq-inference-covariance"))
def test_the_covariance_is_the_inverse_curvature_of_the_summed_loss(values):
    """Catches the Hessian of the mean, and a matrix that was not inverted."""
    assert_printed("eq-inference-covariance", values)


@pytest.mark.claim("eq-inference-wald")
@given(values=drawn("eq-inference-wald"))
def test_z_counts_standard_errors(values):
    """Catches a division by the variance."""
    assert_printed("eq-inference-wald", values)


@pytest.mark.claim("eq-inference-unit")
@given(values=drawn("eq-inference-unit"))
def test_a_step_of_c_units_multiplies_the_odds_by_e_to_the_c_w(values):
    """Catches c times the odds ratio of one unit."""
    assert_printed("eq-inference-unit", values)


# Where the standard error misleads


def log_likelihood(k, n):
    return xlogy(k, k / n) + xlogy(n - k, 1 - k / n)


@pytest.mark.claim("prop-inference-hauck-donner")
@pytest.mark.parametrize("n", range(4, 402, 2))
def test_the_likelihood_ratio_grows_with_every_step_and_z_turns_back_at_the_last(n):
    """Catches an n from which z does not fall yet, and a G that falls too; z is the table's closed form."""
    k = np.arange(n // 2, n)
    G = 2 * (log_likelihood(k, n) + log_likelihood(n / 2, n) - log_likelihood(k + n / 2, 2 * n))
    assert np.all(np.diff(G) > 0)
    z = np.log(k / (n - k)) / np.sqrt(4 / n + 1 / k + 1 / (n - k))
    assert (z[-1] < z[-2]) == (n >= 26)


@pytest.mark.claim("prop-inference-hauck-donner")
@pytest.mark.parametrize("k", [15, 24, 25])
def test_the_closed_forms_are_those_of_the_library(k):
    """Catches closed forms of another model than the one that is fitted."""
    n = 26
    x = np.repeat([0.0, 0, 1, 1], [13, 13, n - k, k])[:, None]
    y = np.repeat([0, 1, 0, 1], [13, 13, n - k, k])
    fit = fit_binary(x, y)
    z = np.log(k / (n - k)) / np.sqrt(4 / n + 1 / k + 1 / (n - k))
    assert_allclose(wald(x, y, fit).z[0], z, rtol=1e-6)
    G = 2 * (log_likelihood(k, n) + log_likelihood(13, n) - log_likelihood(k + 13, 2 * n))
    assert_allclose(likelihood_ratio_test(x, y, fit).statistic, G, rtol=1e-6)


@pytest.mark.claim("eq-inference-likelihood-ratio")
@given(values=drawn("eq-inference-likelihood-ratio"))
def test_g_is_twice_the_logarithm_of_the_ratio_of_the_likelihoods(values):
    """Catches a lost N, a lost 2, and the losses exchanged."""
    assert_printed("eq-inference-likelihood-ratio", values)


def held(X, y, w):
    """Return the least summed loss with the weight held at w, by SciPy."""
    found = optimize.minimize_scalar(lambda b: bce(X[:, 0] * w + b, y).sum(), bracket=(-1 - 5 * w, 1 - 3 * w))
    return found.fun


@pytest.mark.claim("prop-inference-profile")
def test_holding_the_weight_at_an_end_of_the_profile_gives_the_square_of_1_96():
    """Catches an interval at which the other parameters stay where they were; the eight students."""
    students = data.exam()
    fit = fit_binary(students.X, students.y)
    found = profile_likelihood(students.X, students.y, fit)
    best = bce(students.X[:, 0] * float(fit.w[0]) + float(fit.b), students.y).sum()
    for end in (found.lower[0], found.upper[0]):
        assert_allclose(2 * (held(students.X, students.y, float(end)) - best), 1.96**2, rtol=1e-4)


@pytest.mark.claim("prop-inference-profile")
def test_the_ends_for_an_odds_ratio_are_those_for_the_weight_and_walds_are_not():
    """Catches an interval that depends on whether one reports w or e^w: both are worked out for r = e^w itself."""
    students = data.exam()
    X, y = students.X, students.y
    fit = fit_binary(X, y)
    best = bce(X[:, 0] * float(fit.w[0]) + float(fit.b), y).sum()
    top = float(np.exp(fit.w[0]))
    excess = lambda r: 2 * (held(X, y, np.log(r)) - best) - stats.chi2.ppf(0.95, 1)  # noqa: E731
    ends = [optimize.brentq(excess, 1.0001, top), optimize.brentq(excess, top, 1000)]
    found = profile_likelihood(X, y, fit)
    assert_allclose(np.log(ends), [found.lower[0], found.upper[0]], rtol=1e-5)

    def loss(t):
        return bce(X[:, 0] * np.log(t[0]) + t[1], y).sum()

    error = np.sqrt(np.linalg.inv(hessian(loss, np.array([top, float(fit.b)])))[0, 0])
    result = wald(X, y, fit)
    assert abs(top - 1.96 * error - np.exp(result.lower[0])) > 1


# Is a straight line right?


@pytest.mark.claim("eq-inference-residual")
@given(values=drawn("eq-inference-residual"))
def test_a_residual_is_in_standard_deviations_of_a_count(values):
    """Catches the variance for the standard deviation, and shares compared with counts."""
    assert_printed("eq-inference-residual", values)


@pytest.mark.claim("eq-inference-deviance")
@given(values=drawn("eq-inference-deviance"))
def test_the_deviance_is_twice_what_the_likelihood_lacks_to_the_groups_own_shares(values):
    """Catches a lost 2, one half of the sum, and observed over expected upside down."""
    assert_printed("eq-inference-deviance", values)


@pytest.mark.claim("eq-inference-single-deviance")
@given(values=drawn("eq-inference-single-deviance"))
def test_at_the_fit_the_deviance_of_single_labels_holds_no_label(values):
    """Catches a sign, and a sum that is right for any p and not only at the fit."""
    assert_printed("eq-inference-single-deviance", values)


@pytest.mark.claim("eq-inference-r2")
@given(values=drawn("eq-inference-r2"))
def test_r2_is_the_share_of_the_best_constants_loss_that_is_saved(values):
    """Catches the losses exchanged."""
    assert_printed("eq-inference-r2", values)


# Why a weight moves


@pytest.mark.claim("eq-inference-pooled")
@given(values=drawn("eq-inference-pooled"))
def test_two_odds_ratios_of_nine_make_one_of_less_than_six(values):
    """Catches an odds ratio that averages."""
    assert_printed("eq-inference-pooled", values)


@pytest.mark.claim("prop-inference-collapse")
@given(
    intercepts=st.lists(st.floats(-4, 4), min_size=2, max_size=5),
    shares=st.lists(st.floats(0.05, 1), min_size=5, max_size=5),
    w=st.floats(0.05, 4),
    sign=st.sampled_from([-1, 1]),
)
def test_leaving_out_an_independent_feature_pulls_the_weight_towards_zero(intercepts, shares, w, sign):
    """Catches a weight that stays, one that grows, and a difference of probability that does not average."""
    b, w = np.array(intercepts), sign * w
    assume(np.ptp(b) > 0.1)
    share = np.array(shares[: len(b)]) / np.sum(shares[: len(b)])
    one, zero = share @ expit(b + w), share @ expit(b)
    pooled = np.log(one / (1 - one)) - np.log(zero / (1 - zero))
    assert 0 < pooled / w < 1
    assert_allclose(one - zero, share @ (expit(b + w) - expit(b)), rtol=1e-9)


# In probabilities


@pytest.mark.claim("eq-inference-risk-ratio")
@given(values=drawn("eq-inference-risk-ratio"))
def test_the_risk_ratio_follows_from_the_odds_ratio_and_the_smaller_groups_risk(values):
    """Catches the odds ratio read as a risk ratio, and the other group's risk."""
    assert_printed("eq-inference-risk-ratio", values)


@pytest.mark.claim("eq-inference-ame")
@given(values=drawn("eq-inference-ame"))
def test_the_average_marginal_effect_is_what_a_small_step_of_all_rows_does(values):
    """Catches the slope at the mean row, and a sum for a mean."""
    assert_printed("eq-inference-ame", values)


@pytest.mark.claim("eq-inference-risk-difference")
@given(values=drawn("eq-inference-risk-difference"))
def test_the_risk_difference_averages_over_the_rows_as_they_are_otherwise(values):
    """Catches the difference at the mean row, and one taken between different rows."""
    assert_printed("eq-inference-risk-difference", values)


@pytest.mark.claim("eq-inference-delta")
@given(values=drawn("eq-inference-delta"))
def test_the_delta_method_sees_the_gradient_through_the_covariance(values):
    """Catches the diagonal alone, and an error that was not squared."""
    assert_printed("eq-inference-delta", values)


@pytest.mark.claim("eq-inference-rows")
@given(values=drawn("eq-inference-rows"))
def test_a_share_is_known_to_within_delta_with_so_many_rows(values):
    """Catches a distance that was not squared."""
    assert_printed("eq-inference-rows", values)
