"""The claims of chapters/sigmoid.md: each right-hand side as the page prints it, against another way to compute it.

SciPy's expit and logit, mpmath with many digits, central differences and PyTorch's autograd are the other ways. What
the page says about lrlib's own functions is checked on them as well.
"""

import re

import mpmath
import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit
from scipy.special import logit as scipy_logit
from scipy.stats import norm
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.families.links import Cauchy, CLogLog, Logit, Probit
from statsmodels.genmod.generalized_linear_model import GLM

from lrlib.data import breast_cancer
from lrlib.functions import logit, sigmoid
from tests.claims.formulas import ROOT, assert_printed, drawn

REFERENCE = nbformat.read(ROOT / "tests/references/sigmoid.ipynb", as_version=4)
OUTPUTS = [output for cell in REFERENCE.cells for output in cell.get("outputs", [])]
GLUED = {
    output["metadata"]["scrapbook"]["name"]: next(iter(output["data"].values())).strip("'")
    for output in OUTPUTS
    if "scrapbook" in output.get("metadata", {})
}
MARKDOWN = [output.get("data", {}).get("text/markdown", "") for output in OUTPUTS]
[TABLE_OF_RIVALS] = [table for table in MARKDOWN if "probit" in table]


def numbers(limit):
    """Finite floats of at most this size; denormal parameters teach nothing about a chapter's formulas."""
    return st.floats(-limit, limit, allow_subnormal=False)


def weights():
    """Weights far enough from 0 to divide by."""
    return st.floats(0.01, 10) | st.floats(-10, -0.01)


def central_difference(f, x, h=1e-5):
    """The error is of the order h^2 = 1e-10, and rounding adds 1e-16/h = 1e-11."""
    return (f(x + h) - f(x - h)) / (2 * h)


@pytest.mark.claim("eq-odds")
@given(values=drawn("eq-odds"))
def test_odds_are_cases_for_over_cases_against(values):
    """Catches p/(1 + p) and (1 - p)/p: counted cases give the odds without any formula."""
    assert_printed("eq-odds", values)


@pytest.mark.claim("eq-logit")
@given(values=drawn("eq-logit"))
def test_the_logit_is_the_logarithm_of_the_odds(values):
    """Catches a logit upside down, and a logarithm to another base."""
    assert_printed("eq-logit", values)


@pytest.mark.claim("eq-bayes-odds")
@given(values=drawn("eq-bayes-odds"))
def test_evidence_multiplies_the_odds_by_its_likelihood_ratio(values):
    """Catches a ratio upside down, and the two classes exchanged: all shares are counted in one table."""
    assert_printed("eq-bayes-odds", values)


@pytest.mark.claim("eq-evidence-adds")
@given(values=drawn("eq-evidence-adds"))
def test_evidence_adds_to_the_log_odds(values):
    """Catches a difference in place of the sum, and a lost logarithm."""
    assert_printed("eq-evidence-adds", values)


@pytest.mark.claim("eq-bell-ratio")
@given(values=drawn("eq-bell-ratio"))
def test_the_squares_of_two_bells_of_equal_width_cancel(values):
    """Catches the means exchanged, a lost half, and s in place of its square; against SciPy's normal density."""
    assert_printed("eq-bell-ratio", values)


@pytest.mark.claim("eq-bell-weights")
@given(values=drawn("eq-bell-weights"))
def test_two_bells_and_their_shares_give_the_weight_and_the_intercept(values):
    """Catches an intercept without the shares, and means exchanged; the line is read off SciPy's densities."""
    assert_printed("eq-bell-weights", values)


@pytest.mark.claim("eq-bell-weights")
@given(share=st.floats(0.05, 0.95), means=st.tuples(numbers(3), numbers(3)), s=st.floats(0.5, 3), x=numbers(5))
def test_the_sigmoid_of_the_line_is_the_probability_by_bayes(share, means, s, x):
    """Catches a w and b that fit the log-odds at two points only: Bayes' rule on densities, at any x."""
    one, zero = share * norm.pdf(x, means[1], s), (1 - share) * norm.pdf(x, means[0], s)
    w = (means[1] - means[0]) / s**2
    b = np.log(share / (1 - share)) - (means[1] ** 2 - means[0] ** 2) / (2 * s**2)
    assert_allclose(expit(x * w + b), one / (one + zero), rtol=1e-9)


@pytest.mark.claim("eq-bells-differ")
@given(values=drawn("eq-bells-differ"))
def test_bells_of_unequal_width_give_a_parabola(values):
    """Catches the widths exchanged, in the logarithm or in either square."""
    assert_printed("eq-bells-differ", values)


@pytest.mark.claim("eq-bells-differ")
@given(means=st.tuples(numbers(3), numbers(3)), s=st.floats(0.3, 2), wider=st.floats(1.05, 3))
def test_the_wider_class_has_both_ends(means, s, wider):
    """Catches the sentence that the wider class is certain at one end only."""
    far = 1e3 * np.array([-1, 1])
    assert np.all(norm.logpdf(far, means[1], s * wider) > norm.logpdf(far, means[0], s))


@pytest.mark.claim("eq-empirical-logit")
@given(values=drawn("eq-empirical-logit"))
def test_the_empirical_logit_adds_half_a_case_to_either_side(values):
    """Catches a half that is added to one side only, and a count that is infinite."""
    assert_printed("eq-empirical-logit", values)


@pytest.mark.claim("eq-logit-link")
@given(values=drawn("eq-logit-link"))
def test_when_p_is_the_logistic_function_of_a_line_its_log_odds_are_the_line(values):
    """Catches a link to p or to log p, and a sign of b. |z| <= 15, where 1 - p still holds 9 digits."""
    assert_printed("eq-logit-link", values)


@pytest.mark.claim("eq-sigmoid")
@given(values=drawn("eq-sigmoid"))
def test_the_sigmoid_is_one_over_one_plus_e_to_the_minus_z(values):
    """Catches a lost minus in the exponent. Below 700 nothing overflows; 4 roundings of 1e-16 each."""
    assert_printed("eq-sigmoid", values)


@pytest.mark.claim("prop-sigmoid-inverse")
@given(z=numbers(300))
def test_the_logit_of_the_sigmoid_is_the_score(z):
    """Catches a pair of formulas that are not each other's inverse: 300 digits, of which sigma(300) needs 130."""
    with mpmath.workdps(300):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        assert abs(mpmath.log(p / (1 - p)) - z) < mpmath.mpf(10) ** -100


@pytest.mark.claim("prop-sigmoid-inverse")
@given(p=st.floats(1e-300, 1 - 1e-15))
def test_the_sigmoid_of_the_logit_is_the_probability(p):
    """Catches the same in the other order, on SciPy's logit. An error of 1e-16 z in z is one of 7e-14 in p."""
    assert_allclose(1 / (1 + np.exp(-scipy_logit(p))), p, rtol=1e-12)
    assert_allclose(sigmoid(logit(p)), p, rtol=1e-12)


@pytest.mark.claim("prop-odds-ratio")
@given(x=numbers(5), w=numbers(2), b=numbers(5))
def test_one_more_unit_of_x_multiplies_the_odds_by_exp_w(x, w, b):
    """Catches "multiplies the probability by exp(w)" and "multiplies the odds by w". |z| <= 17: 8 digits of 1 - p."""
    before, after = expit(x * w + b), expit((x + 1) * w + b)
    assert_allclose(after / (1 - after), np.exp(w) * (before / (1 - before)), rtol=1e-7)
    assert_allclose(scipy_logit(after), scipy_logit(before) + w, rtol=1e-7, atol=1e-7)


@pytest.mark.claim("prop-odds-ratio")
def test_the_ratio_of_probabilities_is_not_constant():
    """Catches the reading the page warns of: from 1/2, exp(w) > 2 would lead past 1."""
    x = np.array([-6.0, 0.0, 6.0])
    quotients = expit((x + 1) * 0.95) / expit(x * 0.95)
    assert_allclose(quotients[0], np.exp(0.95), rtol=0.01)  # p is small: odds and probability nearly agree
    assert quotients[1] < 2
    assert quotients[2] < 1.01


def rivals(rows):
    """Of each S-curve, in the order of the chapter's table, the most likely fit's -log L, by statsmodels."""
    data = breast_cancer()
    x = data.X[rows, data.feature_names.index("mean radius")] - 14
    links = (Logit(), Probit(), CLogLog(), Cauchy())
    X = np.column_stack([x, np.ones_like(x)])
    return np.array([-GLM(data.y[rows], X, Binomial(link)).fit(maxiter=200, tol=1e-12).llf for link in links])


@pytest.mark.claim("obs-sigmoid-rivals")
def test_the_sigmoid_is_the_most_likely_of_the_curves_by_little():
    """Catches curves that were not fitted to the end: the table as the page prints it, by statsmodels' own fits."""
    found = rivals(slice(None))
    assert np.all(found[1:] > found[0])
    assert found[1] - found[0] < 1
    printed = re.findall(r"\d+\.\d", TABLE_OF_RIVALS)
    assert [f"{value:.1f}" for value in found] == printed[:4]
    assert float(printed[4]) - found[0] > 10  # the line


@pytest.mark.claim("obs-sigmoid-rivals")
def test_half_of_the_rows_does_not_tell_the_first_three_apart():
    """Catches a winner: in twenty halves the lead changes, and the counts are those that the sentence has."""
    size = len(breast_cancer().y)
    halves = [np.random.default_rng(seed).permutation(size)[: size // 2] for seed in range(20)]
    found = np.array([rivals(half) for half in halves])
    ahead = np.sum(found[:, 1:] < found[:, :1], axis=0)
    assert 3 < ahead[0] < 17
    assert 3 < ahead[1] < 17
    assert ahead[2] < 3
    names = ("probit", "cloglog", "cauchy")
    assert [int(GLUED[f"sigmoid-{name}-ahead"]) for name in names] == ahead.tolist()


@pytest.mark.claim("prop-weights-arrow")
@given(x=st.tuples(numbers(5), numbers(5)), w=st.tuples(weights(), weights()), b=numbers(5), angle=st.floats(0, 7))
def test_along_the_weights_the_log_odds_rise_by_their_length_and_nowhere_faster(x, w, b, angle):
    """Catches the boundary along w in place of across it, and a rise by the length's square."""
    x, w = np.array(x), np.array(w)
    log_odds = lambda at: at @ w + b  # noqa: E731
    length = np.hypot(*w)
    across, along = np.array([-w[1], w[0]]), w / length
    assert_allclose(log_odds(x + across), log_odds(x), atol=1e-10)
    assert_allclose(log_odds(x + along) - log_odds(x), length, rtol=1e-9, atol=1e-12)
    step = np.array([np.cos(angle), np.sin(angle)])
    assert log_odds(x + step) - log_odds(x) <= length + 1e-9


@pytest.mark.claim("eq-sigmoid-symmetry")
@given(values=drawn("eq-sigmoid-symmetry"))
def test_flipping_the_sign_of_the_score_gives_the_other_class(values):
    """Catches sigma(-z) = -sigma(z). Absolute: the subtraction cannot do better than 1e-16."""
    assert_printed("eq-sigmoid-symmetry", values)


@pytest.mark.claim("eq-sigmoid-derivative")
@given(values=drawn("eq-sigmoid-derivative"))
def test_the_derivative_is_sigma_times_one_minus_sigma(values):
    """Catches sigma (1 + sigma) and a lost factor, by central differences of SciPy's expit."""
    assert_printed("eq-sigmoid-derivative", values)


@pytest.mark.claim("prop-steepest-slope")
@given(w=weights(), b=numbers(20))
def test_the_slope_is_w_over_four_where_p_is_one_half(w, b):
    """Catches x = b/w, and w or w/2 for the slope; autograd through torch's own sigmoid."""
    x = torch.tensor(-b / w, dtype=torch.float64, requires_grad=True)
    p = torch.sigmoid(x * w + b)
    p.backward()
    assert_allclose(p.item(), 1 / 2, rtol=1e-12)
    assert_allclose(x.grad.item(), w / 4, rtol=1e-12)


@pytest.mark.claim("prop-steepest-slope")
@given(w=weights(), b=numbers(20), shift=st.floats(0.01, 20))
def test_everywhere_else_the_curve_is_flatter(w, b, shift):
    """Catches a point that is only on the curve, not its steepest. shift: how far away, in units of z."""
    for side in (shift, -shift):
        slope = w * central_difference(expit, (-b / w + side / w) * w + b)
        # 0.01 from the middle the slope has lost 1e-5 of itself; at the middle the difference quotient only 1e-10.
        assert abs(slope) < (1 - 1e-6) * abs(w) / 4


@pytest.mark.claim("prop-steepest-slope")
@given(w=weights(), b=numbers(20), x=numbers(20))
def test_one_more_unit_never_moves_the_probability_by_more_than_a_quarter_of_the_weight(w, b, x):
    """Catches the rule without its absolute value, and a divisor above 4: next to the middle w/4 is nearly reached."""
    moved = abs(expit((x + 1) * w + b) - expit(x * w + b))
    assert moved <= abs(w) / 4 + 1e-15  # the subtraction errs by a rounding or two
    around_the_middle = abs(expit(w / 2) - expit(-w / 2))
    # The third derivative of sigma is -1/8 at 0: of w/4 the step around the middle lacks about w^2/48 of itself.
    assert around_the_middle > abs(w) / 4 * (1 - w**2 / 48) - 1e-15


@pytest.mark.claim("eq-sigmoid-tanh")
@given(values=drawn("eq-sigmoid-tanh"))
def test_the_sigmoid_is_a_tanh_in_other_units(values):
    """Catches tanh(z) for tanh(z/2). Absolute: the sum cancels on the left, as an exercise shows."""
    assert_printed("eq-sigmoid-tanh", values)


@pytest.mark.claim("eq-boundary")
@given(values=drawn("eq-boundary"))
def test_on_the_boundary_the_probability_is_one_half(values):
    """Catches either lost minus: the x2 at which SciPy's root finder meets p = 1/2 is the printed one."""
    assert_printed("eq-boundary", values)


@pytest.mark.claim("eq-boundary")
@given(x1=numbers(3), w1=numbers(3), w2=weights(), b=numbers(3))
def test_with_a_minus_lost_the_model_says_what_the_page_says(x1, w1, w2, b):
    """Catches the two sentences on the misprints: sigma(2b) along one line, sigma(2 w1 x1) along the other."""
    without_b, without_w1 = b / w2 - w1 / w2 * x1, -b / w2 + w1 / w2 * x1
    assert_allclose(expit(w1 * x1 + w2 * without_b + b), expit(2 * b), rtol=1e-12)
    assert_allclose(expit(w1 * x1 + w2 * without_w1 + b), expit(2 * w1 * x1), rtol=1e-12)
