"""Every equation and property of the chapter on cross entropy, against a computation that does not use its formula."""

import itertools

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, special

from lrlib.divergences import kl_divergence
from lrlib.losses import binary_cross_entropy, brier
from tests.claims.formulas import assert_printed, drawn
from tests.claims.worlds.oracles import bce

logit_values = st.floats(-30, 30)
labels = st.sampled_from([0.0, 1.0])
inner_probabilities = st.floats(0.01, 0.99)


@st.composite
def distributions(draw, count=1):
    """Draw distributions over the same two to six classes, without zeros."""
    size = draw(st.integers(2, 6))
    rows = [draw(st.lists(st.floats(0.01, 1.0), min_size=size, max_size=size)) for _ in range(count)]
    return [np.array(row) / np.sum(row) for row in rows]


@st.composite
def problems(draw):
    """Draw features, labels and parameters of a small problem from a drawn seed."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows, columns = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    X = generator.normal(size=(rows, columns))
    y = generator.integers(0, 2, size=rows).astype(np.float64)
    return X, y, generator.normal(scale=2.0, size=columns), float(generator.normal())


def torch_mean_loss(loss, X, y):
    """Return theta -> mean loss in torch's own functions, with theta = (w, b)."""
    X, y = torch.tensor(X), torch.tensor(y)
    return lambda theta: loss(X @ theta[:-1] + theta[-1], y).mean()


def torch_cross_entropy(z, y):
    return torch.nn.functional.binary_cross_entropy_with_logits(z, y, reduction="none")


def torch_squared_error(z, y):
    return (torch.sigmoid(z) - y) ** 2


def torch_hessian(loss, X, y, theta):
    return torch.autograd.functional.hessian(torch_mean_loss(loss, X, y), torch.tensor(theta)).numpy()


# One number or two


@pytest.mark.claim("eq-pair-mse")
@given(values=drawn("eq-pair-mse"))
def test_the_squared_error_of_the_pair_is_twice_that_of_the_single_number(values):
    """Catches the belief that the second probability adds information, or a lost factor of two."""
    assert_printed("eq-pair-mse", values)


# The slopes in the logit


@pytest.mark.claim("eq-brier-derivative")
@given(values=drawn("eq-brier-derivative"))
def test_the_slope_of_the_squared_error_carries_the_factor_p_one_minus_p(values):
    """Catches a chain rule that forgets the sigmoid's own slope, or the 2."""
    assert_printed("eq-brier-derivative", values)


@pytest.mark.claim("eq-brier-derivative")
def test_at_a_surely_wrong_logit_the_squared_error_hardly_pushes():
    """Catches a wrong number in the chapter's example: y = 1, z = -6."""
    h = 1e-5
    slope = (brier(-6.0 + h, 1) - brier(-6.0 - h, 1)) / (2 * h)
    assert f"{float(slope):.4f}" == "-0.0049"


@pytest.mark.claim("eq-bce-derivative")
@given(values=drawn("eq-bce-derivative"))
def test_the_slope_of_cross_entropy_is_the_error(values):
    """Catches y - p, and a factor p (1 - p) left in."""
    assert_printed("eq-bce-derivative", values)


@pytest.mark.claim("eq-bce-derivative")
def test_at_a_surely_wrong_logit_cross_entropy_pushes_with_all_its_force():
    """Catches a wrong number in the chapter's example: y = 1, z = -6."""
    h = 1e-5
    slope = (binary_cross_entropy(-6.0 + h, 1) - binary_cross_entropy(-6.0 - h, 1)) / (2 * h)
    assert f"{float(slope):.4f}" == "-0.9975"


# Entropy, cross entropy, KL


@pytest.mark.claim("eq-entropy")
@given(values=drawn("eq-entropy"))
def test_the_entropy_is_the_mean_of_minus_log_p(values):
    """Catches a lost minus sign and a logarithm to base 2."""
    assert_printed("eq-entropy", values)


@pytest.mark.claim("eq-cross-entropy")
@given(values=drawn("eq-cross-entropy"))
def test_the_cross_entropy_weighs_the_forecasts_surprise_by_the_real_probabilities(values):
    """Catches real and forecast exchanged."""
    assert_printed("eq-cross-entropy", values)


@pytest.mark.claim("eq-kl")
@given(values=drawn("eq-kl"))
def test_kl_is_the_mean_log_ratio(values):
    """Catches the quotient upside down."""
    assert_printed("eq-kl", values)


@pytest.mark.claim("eq-cross-entropy-identity")
@given(values=drawn("eq-cross-entropy-identity"))
def test_cross_entropy_is_entropy_plus_kl(values):
    """Catches KL taken from forecast to truth."""
    assert_printed("eq-cross-entropy-identity", values)


@pytest.mark.claim("prop-gibbs")
@given(distributions(count=2))
def test_kl_is_positive_unless_forecast_and_truth_are_equal(drawn):
    """Catches a divergence that can go below zero, or vanish elsewhere."""
    p, q = drawn
    assume(np.abs(p - q).max() > 1e-3)
    assert float(special.rel_entr(p, q).sum()) > 0
    assert float(kl_divergence(p, q)) > 0
    assert float(kl_divergence(p, p)) == 0


@pytest.mark.claim("prop-gibbs")
def test_the_forecast_of_least_kl_is_the_truth():
    """Catches a floor that does not lie at the true distribution: a search over all forecasts of three classes."""
    p = np.array([0.5, 0.3, 0.2])
    found = optimize.minimize(lambda a: special.rel_entr(p, special.softmax(a)).sum(), np.zeros(3), tol=1e-12)
    assert_allclose(special.softmax(found.x), p, atol=1e-5)
    assert abs(found.fun) < 1e-9


# A label is one draw


@pytest.mark.claim("prop-label-draw")
@given(distributions(count=2), st.integers(1, 4))
def test_the_mean_loss_of_drawn_labels_is_the_cross_entropy_on_average(drawn, rows):
    """Catches forecast and truth exchanged, and a scatter that does not shrink: every sample of N labels is weighed."""
    p_r, p_theta = drawn
    samples = np.array(list(itertools.product(range(len(p_r)), repeat=rows)))
    chance = p_r[samples].prod(axis=1)
    mean_loss = -np.log(p_theta[samples]).mean(axis=1)
    expected = chance @ mean_loss
    assert_allclose(expected, special.rel_entr(p_r, p_theta).sum() + special.entr(p_r).sum(), rtol=1e-9)
    single = p_r @ (np.log(p_theta) + expected) ** 2
    assert_allclose(chance @ (mean_loss - expected) ** 2, single / rows, rtol=1e-6, atol=1e-14)


@pytest.mark.claim("eq-one-hot")
@given(values=drawn("eq-one-hot"))
def test_a_one_hot_label_leaves_the_logarithm_of_the_true_class(values):
    """Catches a loss that also charges for how the rest is shared out."""
    assert_printed("eq-one-hot", values)


@pytest.mark.claim("eq-binary-cross-entropy")
@given(values=drawn("eq-binary-cross-entropy"))
def test_binary_cross_entropy_is_two_softplus_terms(values):
    """Catches z and -z exchanged; both printed forms in 400 digits, soft labels included."""
    assert_printed("eq-binary-cross-entropy", values)


@pytest.mark.claim("eq-likelihood")
@given(values=drawn("eq-likelihood"))
def test_the_negative_log_likelihood_is_the_sum_of_the_losses(values):
    """Catches a mean in place of the sum, and the exponents y and 1 - y exchanged."""
    assert_printed("eq-likelihood", values)


# The race


@pytest.mark.claim("eq-gradient-descent")
@given(values=drawn("eq-gradient-descent"))
def test_gradient_descent_shrinks_a_parabola_by_a_known_factor(values):
    """Catches a step uphill and a step size used twice: on theta^2 each step multiplies by 1 - 2 eta."""
    assert_printed("eq-gradient-descent", values)


@pytest.mark.claim("eq-plateau")
@given(values=drawn("eq-plateau"))
def test_the_waiting_times_solve_the_motion_downhill(values):
    """Catches a wrong term of the integral: dz/dt is solved numerically, with autograd's slopes."""
    assert_printed("eq-plateau", values)


# The digits


@pytest.mark.claim("prop-lost-digits")
@given(st.floats(37, 700))
def test_from_37_on_the_naive_log_loss_is_exactly_zero_and_the_true_one_is_not(z):
    """Catches a boundary set too low, and a library function that loses the same digits."""
    assert -np.log(1 / (1 + np.exp(-z))) == 0
    with mpmath.workdps(400):
        true = mpmath.log(1 + mpmath.exp(-mpmath.mpf(z)))
        assert true > 0
        assert abs(true / mpmath.exp(-mpmath.mpf(z)) - 1) < 1e-15
    assert_allclose(float(binary_cross_entropy(z, 1)), float(true), rtol=1e-14)


@pytest.mark.claim("prop-lost-digits")
def test_just_before_37_the_naive_log_loss_is_not_yet_zero():
    """Catches a boundary set needlessly high: at z = 36 a last bit is still there."""
    assert -np.log(1 / (1 + np.exp(-36.0))) > 0


# Features


@pytest.mark.claim("eq-gradient")
@given(values=drawn("eq-gradient"))
def test_the_gradient_is_the_features_times_the_errors(values):
    """Catches a sum in place of the mean, a sign, and an intercept that is left out."""
    assert_printed("eq-gradient", values)


@pytest.mark.claim("eq-hessian")
@given(values=drawn("eq-hessian"))
def test_the_hessian_weighs_the_rows_by_p_one_minus_p(values):
    """Catches a Hessian without the intercept's row and column, or with p in place of p (1 - p)."""
    assert_printed("eq-hessian", values)


@pytest.mark.claim("prop-convex")
@settings(max_examples=25)  # each example differentiates with autograd
@given(problems())
def test_the_hessian_of_cross_entropy_has_no_negative_eigenvalue(problem):
    """Catches a claim of convexity that holds for one data set only: autograd's Hessian, any data."""
    X, y, w, b = problem
    # A symmetric matrix of size one has its eigenvalues to about 1e-16; 1e-12 leaves room.
    assert np.linalg.eigvalsh(torch_hessian(torch_cross_entropy, X, y, np.append(w, b)))[0] >= -1e-12


@pytest.mark.claim("prop-convex")
@settings(max_examples=25)  # each example evaluates three losses in torch
@given(problems(), st.integers(0, 10_000), st.floats(0, 1))
def test_cross_entropy_lies_below_its_chords(problem, seed, share):
    """Catches what a Hessian at single points could miss: the definition of convexity itself."""
    X, y, w, b = problem
    one, other = np.append(w, b), np.random.default_rng(seed).normal(scale=3.0, size=len(w) + 1)
    loss = torch_mean_loss(torch_cross_entropy, X, y)
    between, at_one, at_other = (
        loss(torch.tensor(theta)).item() for theta in (share * one + (1 - share) * other, one, other)
    )
    assert between <= share * at_one + (1 - share) * at_other + 1e-12


@pytest.mark.claim("eq-brier-curvature")
@given(values=drawn("eq-brier-curvature"))
def test_the_curvature_of_the_squared_error_is_as_printed(values):
    """Catches a sign in the second term: the derivative is taken twice by autograd."""
    assert_printed("eq-brier-curvature", values)


@pytest.mark.claim("prop-mse-not-convex")
@settings(max_examples=25)  # each example differentiates with autograd
@given(problems())
def test_the_squared_error_of_a_sigmoid_lies_above_one_of_its_chords(problem):
    """Catches data for which it would be convex: a chord along the intercept, from the lowest point to far away."""
    X, y, w, _ = problem
    loss = torch_mean_loss(torch_squared_error, X, y)
    intercepts = np.linspace(-40, 40, 81)
    values = np.array([loss(torch.tensor(np.append(0 * w, b))).item() for b in intercepts])
    assert values.min() >= 0
    assert values.max() <= 1
    lowest = int(np.argmin(values))
    gaps = []
    for end in {0, 80} - {lowest}:
        share = (intercepts - intercepts[lowest]) / (intercepts[end] - intercepts[lowest])
        chord = values[lowest] + share * (values[end] - values[lowest])
        gaps.append((values - chord)[(share > 0) & (share < 1)].max())
    assert max(gaps) > 1e-3


@pytest.mark.claim("prop-mse-not-convex")
def test_the_argument_for_the_squared_error_holds_at_its_three_points():
    """Catches a slip in the proof: 1/4 at zero, and limits that sum to 1."""
    y = np.array([1.0, 1.0, 0.0, 1.0])
    far, near = np.full(4, 800.0), np.zeros(4)
    assert float(brier(near, y).mean()) == 0.25
    assert float(brier(far, y).mean() + brier(-far, y).mean()) == 1.0


# Proper scores


@pytest.mark.claim("eq-expected-brier")
@given(values=drawn("eq-expected-brier"))
def test_the_expected_brier_score_is_a_square_and_a_constant(values):
    """Catches a lost pi (1 - pi): the mean is taken over the two outcomes."""
    assert_printed("eq-expected-brier", values)


@pytest.mark.claim("prop-proper")
@given(pi=inner_probabilities)
def test_a_search_over_forecasts_finds_the_true_probability_for_both_scores(pi):
    """Catches a score whose best forecast is an exaggeration (as for the absolute error)."""

    def log_loss(q):
        return -pi * np.log(q) - (1 - pi) * np.log1p(-q)

    def squared(q):
        return pi * (1 - q) ** 2 + (1 - pi) * q**2

    grid = np.linspace(0.0005, 0.9995, 1000)
    for charge in (log_loss, squared):
        best = optimize.minimize_scalar(charge, bounds=(1e-6, 1 - 1e-6), method="bounded", options={"xatol": 1e-9}).x
        assert_allclose(best, pi, atol=1e-5)
        # Downhill to the truth and uphill after it: no second minimum.
        values = charge(grid)
        steps = np.diff(values)
        left, right = grid[1:] <= pi, grid[:-1] >= pi
        assert (steps[left] < 0).all()
        assert (steps[right] > 0).all()


@pytest.mark.claim("prop-proper")
@given(pi=inner_probabilities, q=st.floats(0, 1))
def test_expected_accuracy_only_knows_the_side_of_one_half(pi, q):
    """Catches the claim that accuracy is strictly proper: every forecast on the truth's side does as well."""
    decision = int(q > 0.5)
    expected = np.average([decision == 1, decision == 0], weights=[pi, 1 - pi])
    assert_allclose(expected, pi if q > 0.5 else 1 - pi, rtol=1e-12)
    best = max(pi, 1 - pi)
    if (q > 0.5) == (pi > 0.5):
        assert_allclose(expected, best, rtol=1e-12)


@pytest.mark.claim("eq-smoothed-optimum")
@given(values=drawn("eq-smoothed-optimum"))
def test_smoothed_labels_ask_for_a_smoothed_truth(values):
    """Catches alpha / K taken for alpha / (K - 1), and a smoothing that leaves the best forecast alone.

    The mean of PyTorch's loss with label_smoothing, over labels drawn from the truth, is flat where the page says.
    """
    assert_printed("eq-smoothed-optimum", values)
    truth, asked = torch.tensor(values[r"\pi"]), torch.tensor(np.log(values["q"]), requires_grad=True)
    smoothed = torch.nn.CrossEntropyLoss(label_smoothing=values[r"\alpha"], reduction="none")
    charges = smoothed(asked.expand(len(truth), -1), torch.arange(len(truth)))
    (by_logits,) = torch.autograd.grad((truth * charges).sum(), asked)
    assert_allclose(by_logits, 0, atol=1e-12)


@pytest.mark.claim("eq-focal-truth")
@given(values=drawn("eq-focal-truth"))
def test_the_truth_can_be_had_back_from_the_best_announcement_of_focal_loss(values):
    """Catches a lost factor in the derivative of the focal loss, and q for 1 - q."""
    assert_printed("eq-focal-truth", values)


@pytest.mark.claim("prop-focal-modest")
@given(pi=st.floats(0.51, 0.99), gamma=st.floats(0.1, 6))
def test_the_best_announcement_of_focal_loss_lies_between_one_half_and_the_truth(pi, gamma):
    """Catches the belief that focal loss returns probabilities, and that it moves the decision at one half."""
    q = np.linspace(0.0005, 0.9995, 2000)
    expected = -pi * (1 - q) ** gamma * np.log(q) - (1 - pi) * q**gamma * np.log1p(-q)
    lowest = expected[(q > 0.5) & (q < pi)].min()
    assert lowest < expected[q >= pi].min()
    assert lowest < expected[q <= 0.5].min()


# The name


@pytest.mark.claim("eq-conditional-mean")
@given(values=drawn("eq-conditional-mean"))
def test_the_mean_of_labels_is_the_probability_of_a_one(values):
    """Catches the view that a regression cannot have labels 0 and 1 as its outcome: least squares finds the share."""
    assert_printed("eq-conditional-mean", values)


@pytest.mark.claim("prop-ce-fractions")
@given(cured=st.lists(st.integers(0, 10), min_size=2, max_size=6), seed=st.integers(0, 999))
def test_fractions_cost_what_their_labels_cost(cured, seed):
    """Catches a loss that is not linear in the label, by SciPy's losses of every single label."""
    z = np.random.default_rng(seed).normal(scale=3, size=len(cured))
    every = [bce(logit, float(row < ones)) for logit, ones in zip(z, cured, strict=True) for row in range(10)]
    assert_allclose(np.mean(bce(z, np.array(cured) / 10)), np.mean(every), rtol=1e-12)
