"""Every equation and property of the chapter on cross entropy, against a computation that does not use its formula."""

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate, optimize, special, stats

from lrlib.divergences import cross_entropy, entropy, kl_divergence
from lrlib.linear import binary_gradient, binary_hessian
from lrlib.losses import binary_cross_entropy, brier
from lrlib.optimize import gradient_descent

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


def torch_derivative(loss, z, y):
    """Differentiate a loss of one logit by autograd, in float64."""
    z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    loss(z, torch.tensor(y, dtype=torch.float64)).backward()
    return z.grad.item()


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
@given(p=st.floats(0, 1), y=labels)
def test_the_squared_error_of_the_pair_is_twice_that_of_the_single_number(p, y):
    """Catches the belief that the second probability adds information, or a lost factor of two."""
    pair = np.linalg.norm(np.array([p, 1 - p]) - np.array([y, 1 - y])) ** 2
    assert_allclose((p - y) ** 2 + ((1 - p) - (1 - y)) ** 2, pair, rtol=1e-12, atol=1e-15)
    assert_allclose(2 * (p - y) ** 2, pair, rtol=1e-12, atol=1e-15)


# The slopes in the logit


@pytest.mark.claim("eq-brier-derivative")
@given(z=logit_values, y=labels)
def test_the_slope_of_the_squared_error_carries_the_factor_p_one_minus_p(z, y):
    """Catches a chain rule that forgets the sigmoid's own slope, or the 2."""
    p = special.expit(z)
    # Both sides form p - y and 1 - p with an absolute error of one rounding of 1.
    assert_allclose(2 * (p - y) * p * (1 - p), torch_derivative(torch_squared_error, z, y), rtol=1e-9, atol=1e-15)


@pytest.mark.claim("eq-brier-derivative")
def test_at_a_surely_wrong_logit_the_squared_error_hardly_pushes():
    """Catches a wrong number in the chapter's example: y = 1, z = -6."""
    h = 1e-5
    slope = (brier(-6.0 + h, 1) - brier(-6.0 - h, 1)) / (2 * h)
    assert f"{float(slope):.4f}" == "-0.0049"


@pytest.mark.claim("eq-bce-derivative")
@given(z=logit_values, y=labels)
def test_the_slope_of_cross_entropy_is_the_error(z, y):
    """Catches y - p, and a factor p (1 - p) left in."""
    p = special.expit(z)
    slope = torch_derivative(torch_cross_entropy, z, y)
    # p - 1 has an absolute error of one rounding of 1.
    assert_allclose(-y * (1 - p) + (1 - y) * p, slope, rtol=1e-12, atol=2e-16)
    assert_allclose(p - y, slope, rtol=1e-12, atol=2e-16)


@pytest.mark.claim("eq-bce-derivative")
def test_at_a_surely_wrong_logit_cross_entropy_pushes_with_all_its_force():
    """Catches a wrong number in the chapter's example: y = 1, z = -6."""
    h = 1e-5
    slope = (binary_cross_entropy(-6.0 + h, 1) - binary_cross_entropy(-6.0 - h, 1)) / (2 * h)
    assert f"{float(slope):.4f}" == "-0.9975"


# Entropy, cross entropy, KL


@pytest.mark.claim("eq-entropy")
@given(distributions())
def test_the_entropy_is_the_mean_of_minus_log_p(drawn):
    """Catches a lost minus sign and a logarithm to base 2."""
    (p,) = drawn
    printed = -np.sum(p * np.log(p))
    assert_allclose(printed, stats.entropy(p), rtol=1e-12)
    assert_allclose(entropy(p), stats.entropy(p), rtol=1e-12)


@pytest.mark.claim("eq-cross-entropy")
@given(distributions(count=2))
def test_the_cross_entropy_weighs_the_forecasts_surprise_by_the_real_probabilities(drawn):
    """Catches real and forecast exchanged."""
    p, q = drawn
    printed = -np.sum(p * np.log(q))
    # PyTorch's loss takes log q as logits (the logarithm of a distribution is its own log-softmax) and soft labels p.
    expected = torch.nn.functional.cross_entropy(torch.log(torch.tensor(q))[None], torch.tensor(p)[None]).item()
    assert_allclose(printed, expected, rtol=1e-12)
    assert_allclose(cross_entropy(p, q), expected, rtol=1e-12)


@pytest.mark.claim("eq-kl")
@given(distributions(count=2))
def test_kl_is_the_mean_log_ratio(drawn):
    """Catches the quotient upside down."""
    p, q = drawn
    printed = np.sum(p * np.log(p / q))
    expected = special.rel_entr(p, q).sum()
    assert_allclose(printed, expected, rtol=1e-12, atol=1e-15)
    assert_allclose(kl_divergence(p, q), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.claim("eq-cross-entropy-identity")
@given(distributions(count=2))
def test_cross_entropy_is_entropy_plus_kl(drawn):
    """Catches KL taken from forecast to truth."""
    p, q = drawn
    left = torch.nn.functional.cross_entropy(torch.log(torch.tensor(q))[None], torch.tensor(p)[None]).item()
    assert_allclose(left, stats.entropy(p) + stats.entropy(p, q), rtol=1e-12)


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


# A label leaves one term


@pytest.mark.claim("eq-one-hot")
@given(drawn=distributions(), data=st.data())
def test_a_one_hot_label_leaves_the_logarithm_of_the_true_class(drawn, data):
    """Catches a loss that also charges for how the rest is shared out."""
    (q,) = drawn
    c = data.draw(st.integers(0, q.size - 1))
    label = np.eye(q.size)[c]
    assert stats.entropy(label) == 0
    assert_allclose(special.rel_entr(label, q).sum(), -np.log(q[c]), rtol=1e-12)
    assert_allclose(cross_entropy(label, q), -np.log(q[c]), rtol=1e-12)
    assert_allclose(kl_divergence(label, q), -np.log(q[c]), rtol=1e-12)


@pytest.mark.claim("eq-binary-cross-entropy")
@given(z=st.floats(-700, 700), y=st.one_of(labels, inner_probabilities))
def test_binary_cross_entropy_is_two_softplus_terms(z, y):
    """Catches z and -z exchanged; both printed forms in 400 digits, soft labels included."""
    with mpmath.workdps(400):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(z)))
        y_exact = mpmath.mpf(y)
        logarithms = -y_exact * mpmath.log(p) - (1 - y_exact) * mpmath.log(1 - p)
        softplus = y_exact * mpmath.log(1 + mpmath.exp(-mpmath.mpf(z)))
        softplus += (1 - y_exact) * mpmath.log(1 + mpmath.exp(mpmath.mpf(z)))
        assert abs(logarithms - softplus) < mpmath.mpf(10) ** -80
        # Two roundings of softplus at 4 units in the last place, and a sum: 1e-14 leaves room.
        assert_allclose(float(binary_cross_entropy(z, y)), float(logarithms), rtol=1e-14)


@pytest.mark.claim("eq-likelihood")
@given(st.lists(st.tuples(st.floats(-5, 5), labels), min_size=1, max_size=20))
def test_the_negative_log_likelihood_is_the_sum_of_the_losses(examples):
    """Catches a mean in place of the sum, and the exponents y and 1 - y exchanged."""
    z, y = np.array(examples).T
    p = special.expit(z)
    likelihood = np.prod(p**y * (1 - p) ** (1 - y))
    assert_allclose(likelihood, np.prod(stats.bernoulli(p).pmf(y)), rtol=1e-10)
    assert_allclose(-np.log(likelihood), binary_cross_entropy(z, y).sum(), rtol=1e-10)


# The race


@pytest.mark.claim("eq-gradient-descent")
def test_gradient_descent_shrinks_a_parabola_by_a_known_factor():
    """Catches a step uphill and a step size used twice: on theta^2 each step multiplies by 1 - 2 eta."""
    eta, start = 0.1, np.array([3.0, -2.0])
    path = gradient_descent(lambda theta: 2 * theta, start, step_size=eta, steps=20).parameters
    expected = start * ((1 - 2 * eta) ** np.arange(21))[:, None]
    assert_allclose(path, expected, rtol=1e-12)
    assert_allclose(path[1:], path[:-1] - eta * 2 * path[:-1], rtol=1e-12)


@pytest.mark.claim("eq-plateau")
@pytest.mark.parametrize("s", [0.5, 2.0, 6.0, 8.0])
def test_the_waiting_times_solve_the_motion_downhill(s):
    """Catches a wrong term of the integral: dz/dt is solved numerically, with autograd's slopes."""
    cross_entropy_time = s + 1 - np.exp(-s)
    squared_error_time = (np.exp(s) + 3 * s + 5 / 2 - 3 * np.exp(-s) - np.exp(-2 * s) / 2) / 2

    def crossed(t, z):
        return z[0]

    crossed.terminal = True
    for loss, expected in ((torch_cross_entropy, cross_entropy_time), (torch_squared_error, squared_error_time)):
        motion = integrate.solve_ivp(
            lambda t, z, loss=loss: [-torch_derivative(loss, float(z[0]), 1.0)],
            (0.0, 10_000.0),
            [-s],
            events=crossed,
            rtol=1e-8,
            atol=1e-10,
        )
        assert_allclose(motion.t_events[0][0], expected, rtol=1e-5)


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
@settings(max_examples=25)  # each example differentiates with autograd
@given(problems())
def test_the_gradient_is_the_features_times_the_errors(problem):
    """Catches a sum in place of the mean, a sign, and an intercept that is left out."""
    X, y, w, b = problem
    theta = torch.tensor(np.append(w, b), requires_grad=True)
    torch_mean_loss(torch_cross_entropy, X, y)(theta).backward()
    p = special.expit(X @ w + b)
    assert_allclose(np.append(X.T @ (p - y) / len(y), np.mean(p - y)), theta.grad.numpy(), rtol=1e-9, atol=1e-12)
    ours = binary_gradient(X, y, w, b)
    assert_allclose(np.append(ours.w, ours.b), theta.grad.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.claim("eq-hessian")
@settings(max_examples=25)  # each example differentiates with autograd
@given(problems())
def test_the_hessian_weighs_the_rows_by_p_one_minus_p(problem):
    """Catches a Hessian without the intercept's row and column, or with p in place of p (1 - p)."""
    X, y, w, b = problem
    p = special.expit(X @ w + b)
    X1 = np.column_stack([X, np.ones(len(y))])
    printed = X1.T @ np.diag(p * (1 - p)) @ X1 / len(y)
    expected = torch_hessian(torch_cross_entropy, X, y, np.append(w, b))
    assert_allclose(printed, expected, rtol=1e-8, atol=1e-12)
    assert_allclose(binary_hessian(X, y, w, b), expected, rtol=1e-8, atol=1e-12)


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
@given(z=st.floats(-15, 15), y=labels)
def test_the_curvature_of_the_squared_error_is_as_printed(z, y):
    """Catches a sign in the second term: the derivative is taken twice by autograd."""
    p = special.expit(z)
    twice = torch.autograd.functional.hessian(
        lambda t: torch_squared_error(t, torch.tensor(y, dtype=torch.float64)), torch.tensor(z, dtype=torch.float64)
    )
    printed = 2 * p * (1 - p) * (p * (1 - p) + (p - y) * (1 - 2 * p))
    assert_allclose(printed, twice.item(), rtol=1e-8, atol=1e-14)
    if y == 1:
        assert_allclose(2 * p * (1 - p) ** 2 * (3 * p - 1), twice.item(), rtol=1e-8, atol=1e-14)


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
@given(pi=st.floats(0, 1), q=st.floats(0, 1))
def test_the_expected_brier_score_is_a_square_and_a_constant(pi, q):
    """Catches a lost pi (1 - pi): the mean is taken over the two outcomes."""
    outcomes, probabilities = np.array([1.0, 0.0]), np.array([pi, 1 - pi])
    expected = np.average((q - outcomes) ** 2, weights=probabilities)
    assert_allclose((q - pi) ** 2 + pi * (1 - pi), expected, rtol=1e-12, atol=1e-15)
    assert_allclose(pi * (1 - q) ** 2 + (1 - pi) * q**2, expected, rtol=1e-12, atol=1e-15)


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


# The name


@pytest.mark.claim("eq-conditional-mean")
@pytest.mark.parametrize(("cases", "positive"), [(10, 3), (7, 7), (5, 0)])
def test_the_mean_of_labels_is_the_probability_of_a_one(cases, positive):
    """Catches the view that a regression cannot have labels 0 and 1 as its outcome: least squares finds the share."""
    y = np.array([1.0] * positive + [0.0] * (cases - positive))
    regressed = np.linalg.lstsq(np.ones((cases, 1)), y, rcond=None)[0][0]
    p = positive / cases
    assert_allclose(1 * p + 0 * (1 - p), regressed, rtol=1e-12, atol=1e-15)
    assert_allclose(stats.bernoulli(p).mean(), regressed, rtol=1e-12, atol=1e-15)
