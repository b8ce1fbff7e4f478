"""Every equation and property of the chapter on binary classification, against a computation without its formula."""

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, special
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from lrlib.data import breast_cancer
from lrlib.linear import binary_loss
from lrlib.losses import binary_cross_entropy
from tests.claims.formulas import assert_printed, drawn

logit_values = st.floats(-30, 30)
labels = st.sampled_from([0.0, 1.0])


@st.composite
def problems(draw):
    """Draw features, labels of both classes and parameters of a small problem from a drawn seed."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    rows, columns = draw(st.integers(4, 30)), draw(st.integers(1, 3))
    X = generator.normal(size=(rows, columns))
    y = generator.permutation(np.arange(rows) % 2).astype(np.float64)
    y[generator.integers(0, rows)] = 1.0  # so that the classes need not be equally frequent
    assume(0 < y.mean() < 1)
    return X, y, generator.normal(scale=2.0, size=columns), float(generator.normal())


def tensors(*arrays):
    return [torch.tensor(array, dtype=torch.float64) for array in arrays]


def torch_gradient(X, y, w, b):
    """Differentiate PyTorch's own mean loss by autograd: the derivatives by w, then by b."""
    X, y = tensors(X, y)
    theta = torch.tensor(np.append(w, b), requires_grad=True)
    torch.nn.BCEWithLogitsLoss()(X @ theta[:-1] + theta[-1], y).backward()
    return theta.grad.numpy()


# Split first


@pytest.mark.claim("eq-standardise")
@given(values=drawn("eq-standardise"))
def test_standardising_uses_the_mean_and_deviation_of_the_training_rows_in_both_parts(values):
    """Catches statistics of all rows, of the held-out rows, and a variance in place of the deviation."""
    assert_printed("eq-standardise", values)


# From scratch


@pytest.mark.claim("eq-binary-decision")
@given(values=drawn("eq-binary-decision"))
def test_a_probability_above_one_half_is_a_positive_logit(values):
    """Catches a threshold on the logit at one half, and one on the probability at 0."""
    assert_printed("eq-binary-decision", values)


# As PyTorch users write it


@pytest.mark.claim("eq-batch-gradient")
@given(values=drawn("eq-batch-gradient"))
def test_the_weighted_mean_of_the_batches_gradients_is_the_full_gradient(values):
    """Catches a plain mean over batches, which counts the rows of a short last batch too much."""
    assert_printed("eq-batch-gradient", values)


@pytest.mark.claim("eq-sgd")
@given(values=drawn("eq-sgd"))
def test_stochastic_gradient_descent_follows_one_batch_at_a_time(values):
    """Catches a step on a sum in place of a batch's mean: PyTorch's own optimiser goes over the same batches."""
    assert_printed("eq-sgd", values)


# One loss, three spellings


@pytest.mark.claim("eq-bce-spellings")
@given(values=drawn("eq-bce-spellings"))
def test_the_loss_on_logits_the_softplus_form_and_the_loss_on_probabilities_agree(values):
    """Catches z and -z exchanged, and a sign of z that the label does not choose; soft labels included."""
    assert_printed("eq-bce-spellings", values)


@pytest.mark.claim("eq-two-class")
@given(values=drawn("eq-two-class"))
def test_cross_entropy_of_two_logits_is_the_binary_loss_of_their_difference(values):
    """Catches a difference taken the other way round."""
    assert_printed("eq-two-class", values)


@pytest.mark.claim("prop-bce-clamp")
@given(z=st.floats(37, 700))
def test_from_37_on_the_loss_on_a_probability_is_100_and_pushes_no_more(z):
    """Catches a boundary set too low, and the belief that the clamp only caps losses above 100."""
    z_t = torch.tensor(z, dtype=torch.float64, requires_grad=True)
    zero = torch.zeros((), dtype=torch.float64)
    value = torch.nn.BCELoss()(torch.sigmoid(z_t), zero)
    (slope,) = torch.autograd.grad(value, z_t)
    assert value.item() == 100
    assert slope.item() == 0
    true = torch.nn.BCEWithLogitsLoss()(z_t, zero)
    (true_slope,) = torch.autograd.grad(true, z_t)
    assert_allclose(true.item(), z + np.log1p(np.exp(-z)), rtol=1e-12)
    assert_allclose(true_slope.item(), 1, rtol=1e-12)


@pytest.mark.claim("prop-bce-clamp")
def test_just_before_37_the_loss_on_a_probability_is_still_near_the_true_one():
    """Catches a boundary set needlessly high: at z = 36 the value has two right digits."""
    z = torch.tensor(36.0, dtype=torch.float64)
    assert_allclose(torch.nn.BCELoss()(torch.sigmoid(z), torch.zeros((), dtype=torch.float64)).item(), 36, rtol=0.02)


@pytest.mark.claim("prop-bce-clamp")
@given(z=st.floats(17, 80))
def test_in_float32_the_loss_on_a_probability_gives_up_at_17(z):
    """Catches a boundary of double precision that is told to those who train in single precision."""
    z_t = torch.tensor(z, requires_grad=True)
    value = torch.nn.BCELoss()(torch.sigmoid(z_t), torch.zeros(()))
    (slope,) = torch.autograd.grad(value, z_t)
    assert value.dtype == torch.float32
    assert (value.item(), slope.item()) == (100, 0)


@pytest.mark.claim("prop-bce-clamp")
def test_in_float32_the_loss_on_a_probability_still_pushes_at_16():
    """Catches a boundary for float32 that is set too low."""
    z = torch.tensor(16.0, requires_grad=True)
    value = torch.nn.BCELoss()(torch.sigmoid(z), torch.zeros(()))
    (slope,) = torch.autograd.grad(value, z)
    assert_allclose([value.item(), slope.item()], [16, 1], rtol=0.01)


# The weight of the positive rows


@pytest.mark.claim("eq-pos-weight")
@settings(max_examples=25)  # each example searches
@given(values=drawn("eq-pos-weight"))
def test_a_weight_on_the_positive_rows_shifts_the_best_score_by_its_logarithm(values):
    """Catches a shift of the probability, a shift to the wrong side, and r in place of its logarithm."""
    assert_printed("eq-pos-weight", values)


# Least squares once more


@pytest.mark.claim("eq-least-squares-direction")
@given(values=drawn("eq-least-squares-direction"))
def test_the_least_squares_weights_point_along_the_linear_discriminant(values):
    """Catches the covariance of all rows in place of that within the classes, and a factor of another size."""
    assert_printed("eq-least-squares-direction", values)


# The sigmoid, twice


def double_sigmoid_loss(z, y):
    return torch.nn.BCEWithLogitsLoss()(torch.sigmoid(z), y)


@pytest.mark.claim("eq-double-sigmoid-floor")
@given(values=drawn("eq-double-sigmoid-floor"))
def test_no_logits_bring_the_doubled_loss_below_its_floor_and_surely_right_ones_reach_it(values):
    """Catches the two logarithms exchanged between the classes."""
    assert_printed("eq-double-sigmoid-floor", values)


def expected_double_loss(z, pi):
    """Average PyTorch's doubled loss over the two outcomes."""
    z_t, zero, one = tensors(z, 0.0, 1.0)
    return pi * double_sigmoid_loss(z_t, one).item() + (1 - pi) * double_sigmoid_loss(z_t, zero).item()


@pytest.mark.claim("prop-hidden-threshold")
@settings(max_examples=25)  # each example searches
@given(pi=st.floats(0.51, 0.72))
def test_between_one_half_and_sigma_of_one_the_doubled_loss_is_least_where_it_believes_pi(pi):
    """Catches an inverse applied once, and a decision that would still be at one half."""
    best = optimize.minimize_scalar(
        expected_double_loss, bounds=(-12, 12), args=(pi,), method="bounded", options={"xatol": 1e-8}
    ).x
    assert_allclose(special.expit(special.expit(best)), pi, atol=1e-5)
    threshold = special.expit(0.5)
    if abs(pi - threshold) > 1e-3:
        assert (best > 0) == (pi > threshold)


@pytest.mark.claim("prop-hidden-threshold")
@pytest.mark.parametrize(("pi", "direction"), [(0.05, -1), (0.5, -1), (0.7311, 1), (0.95, 1)])
def test_outside_that_range_the_doubled_loss_only_falls(pi, direction):
    """Catches a range with other ends: sigma(1) is 0.73106."""
    z = np.linspace(-12, 12, 241)
    values = [expected_double_loss(v, pi) for v in z]
    assert (direction * np.diff(values) < 0).all()


# Labels in a column


@pytest.mark.claim("eq-broadcast-loss")
@given(values=drawn("eq-broadcast-loss"))
def test_a_column_of_labels_charges_every_logit_with_the_mean_label(values):
    """Catches a mean over pairs that forgets the broadcast: PyTorch's functional loss on the expanded table."""
    assert_printed("eq-broadcast-loss", values)


@pytest.mark.claim("prop-broadcast-blind")
@settings(max_examples=25)  # each example searches
@given(problems())
def test_the_least_broadcast_loss_ignores_the_features(problem):
    """Catches a minimum elsewhere: a search from the drawn parameters, with autograd's gradient."""
    X, y, w, b = problem
    X_t, y_t = tensors(X, y)

    def broadcast_loss(theta):
        theta = torch.tensor(theta, requires_grad=True)
        z_table, y_table = torch.broadcast_tensors(X_t @ theta[:-1] + theta[-1], y_t[:, None])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(z_table, y_table)
        loss.backward()
        return loss.item(), theta.grad.numpy()

    blind = np.append(np.zeros(len(w)), np.log(y.mean() / (1 - y.mean())))
    assert abs(broadcast_loss(blind)[1]).max() < 1e-12
    found = optimize.minimize(broadcast_loss, np.append(w, b), jac=True, options={"gtol": 1e-9})
    assert broadcast_loss(blind)[0] <= found.fun + 1e-12


@pytest.mark.claim("prop-broadcast-blind")
def test_who_guards_the_shape_of_the_labels():
    """Catches a library that has come to accept a column of labels: two refuse, PyTorch's MSELoss warns."""
    z, column = torch.zeros(4), torch.zeros(4, 1)
    with pytest.raises(ValueError, match="same"):
        torch.nn.BCEWithLogitsLoss()(z, column)
    with pytest.raises(ValueError, match="ravel"):
        binary_cross_entropy(z, column)
    with pytest.warns(UserWarning, match="broadcasting"):
        torch.nn.MSELoss()(z, column)


# The optimum


@pytest.mark.claim("eq-penalised")
@given(values=drawn("eq-penalised"))
def test_the_penalty_is_half_the_sum_of_squared_weights_and_spares_the_intercept(values):
    """Catches a lost half, a mean of the squares, and a penalised intercept."""
    assert_printed("eq-penalised", values)


@pytest.mark.claim("eq-newton")
@given(values=drawn("eq-newton"))
def test_newtons_step_leads_to_the_lowest_point_of_the_parabola(values):
    """Catches a Hessian that is not inverted, and a step uphill: a search for the minimum of autograd's parabola."""
    assert_printed("eq-newton", values)


@pytest.mark.claim("eq-irls")
@given(values=drawn("eq-irls"))
def test_newtons_step_is_a_weighted_least_squares_fit(values):
    """Catches weights that are not inverted in the corrected score, and labels and probabilities exchanged."""
    assert_printed("eq-irls", values)


@pytest.mark.claim("eq-weight-decay")
@given(values=drawn("eq-weight-decay"))
def test_weight_decay_shrinks_the_weights_and_then_follows_the_gradient(values):
    """Catches a decay that does not know the step size: one step of PyTorch's SGD."""
    assert_printed("eq-weight-decay", values)


@pytest.mark.claim("eq-sklearn-c")
@given(values=drawn("eq-sklearn-c"))
def test_the_two_objectives_differ_by_the_factor_c_n(values):
    """Catches C = 1/lambda, and a penalty that is divided by N once more."""
    assert_printed("eq-sklearn-c", values)


@pytest.mark.claim("eq-sklearn-c")
@pytest.mark.parametrize("penalty", [0.01, 1.0])
def test_at_scikit_learns_optimum_the_gradient_of_our_objective_vanishes(penalty):
    """Catches a C that scikit-learn reads differently, or an intercept that it penalises."""
    X, y = breast_cancer()[:2]
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    theirs = LogisticRegression(C=1 / (len(y) * penalty), solver="newton-cholesky", tol=1e-10).fit(X, y)
    gradient = torch_gradient(X, y, theirs.coef_[0], theirs.intercept_[0])
    gradient[:-1] += penalty * theirs.coef_[0]
    assert abs(gradient).max() < 1e-8


@pytest.mark.claim("prop-separable")
@given(problem=problems(), length=st.floats(0.1, 3))
def test_on_separable_data_longer_parameters_are_always_better_and_never_perfect(problem, length):
    """Catches a loss that levels off: labels are set by a plane, and its parameters are stretched."""
    X, _, w, b = problem
    z = X @ w + b
    assume(abs(z).min() > 1e-2)
    y = (z > 0).astype(np.float64)
    theta = length * np.append(w, b)
    X_t, y_t = tensors(X, y)
    losses = [
        torch.nn.BCEWithLogitsLoss()(*tensors(c * (X @ theta[:-1] + theta[-1]), y)).item() for c in (1, 2, 4, 8, 16)
    ]
    assert (np.diff(losses) < 0).all() or losses[-1] < 1e-15  # far out the loss is smaller than a rounding of itself
    assert torch.nn.BCEWithLogitsLoss()(1e6 * (X_t @ torch.tensor(w) + b), y_t).item() < 1e-12
    # Above 0 everywhere, in a form that does not round it away.
    assert float(binary_loss(X, y, theta[:-1], theta[-1])) > 0


@pytest.mark.claim("prop-separable")
@settings(max_examples=25)  # each example searches twice
@given(problem=problems(), seed=st.integers(0, 1000))
def test_with_a_penalty_two_searches_from_far_apart_end_at_one_point(problem, seed):
    """Catches a penalised objective with several lowest points, or with none: separable labels."""
    X, _, w, b = problem
    y = (X @ w + b > 0).astype(np.float64)
    assume(0 < y.mean() < 1)

    def objective(theta):
        gradient = torch_gradient(X, y, theta[:-1], theta[-1]) + np.append(0.1 * theta[:-1], 0.0)
        return float(binary_loss(X, y, theta[:-1], theta[-1], l2=0.1)), gradient

    starts = 3 * np.random.default_rng(seed).normal(size=(2, len(w) + 1))
    ends = [optimize.minimize(objective, start, jac=True, options={"gtol": 1e-8}).x for start in starts]
    assert_allclose(ends[0], ends[1], atol=1e-5)


@pytest.mark.claim("prop-separable")
def test_the_training_rows_of_the_chapter_are_separable():
    """Catches a text that calls the rows separable when they are not: a linear program looks for a plane."""
    X, y = breast_cancer()[:2]
    rows, _ = train_test_split(np.arange(len(y)), test_size=0.3, stratify=y, random_state=0)
    X = StandardScaler().fit_transform(X[rows])
    signed = (2 * y[rows] - 1)[:, None] * np.column_stack([X, np.ones(len(rows))])
    plane = optimize.linprog(np.zeros(31), A_ub=-signed, b_ub=-np.ones(len(rows)), bounds=(None, None))
    assert plane.success
    assert (signed @ plane.x).min() > 0
