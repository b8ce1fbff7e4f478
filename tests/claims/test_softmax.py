"""Every equation and property of the chapter on softmax, against a computation that does not use its formula."""

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, special
from torch.utils.data import DataLoader, TensorDataset

from lrlib.fit import fit_binary, fit_multiclass
from lrlib.functions import softmax
from lrlib.linear import logits
from tests.claims.formulas import assert_printed, drawn, printed_value

torch_loss = torch.nn.functional.cross_entropy


@st.composite
def rows(draw, bound=30.0, least=2):
    """Draw the logits of one example, of up to six classes."""
    return np.array(draw(st.lists(st.floats(-bound, bound), min_size=least, max_size=6)))


@st.composite
def problems(draw):
    """Draw features, labels and parameters of a small problem of three or four classes from a drawn seed."""
    generator = np.random.default_rng(draw(st.integers(0, 10_000)))
    examples, columns, classes = draw(st.integers(2, 9)), draw(st.integers(1, 3)), draw(st.integers(3, 4))
    X = generator.normal(size=(examples, columns))
    y = generator.integers(0, classes, size=examples)
    return X, y, generator.normal(scale=2.0, size=(columns, classes)), generator.normal(size=classes)


def exact_softmax(a):
    """Return the probabilities of a row of logits in fifty digits, as mpmath numbers."""
    with mpmath.workdps(50):
        powers = [mpmath.exp(mpmath.mpf(float(value))) for value in a]
        return [power / mpmath.fsum(powers) for power in powers]


def torch_mean_loss(X, y, shape):
    """Return theta -> PyTorch's mean loss, theta the rows of [W; b] one after the other."""
    X1, y = torch.tensor(np.column_stack([X, np.ones(len(X))])), torch.tensor(y)
    return lambda theta: torch_loss(X1 @ theta.reshape(shape), y)


def stacked(W, b):
    return np.vstack([W, b])


# Three scores


@pytest.mark.claim("eq-softmax")
@given(values=drawn("eq-softmax"))
def test_softmax_is_the_share_of_the_powers(values):
    """Catches a lost normalisation, and one over the wrong axis; SciPy and fifty digits decide."""
    assert_printed("eq-softmax", values)


@pytest.mark.claim("eq-softmax")
def test_the_sevenths_of_the_chapter_are_right():
    """Catches a wrong number in the worked example: base 2 and the scores 0, 1, 2."""
    assert_allclose(special.softmax(np.log(2.0) * np.array([0, 1, 2])), [1 / 7, 2 / 7, 4 / 7], rtol=1e-15)


@pytest.mark.claim("eq-softmax-ratio")
@given(values=drawn("eq-softmax-ratio"))
def test_the_quotient_of_two_probabilities_is_the_power_of_the_difference(values):
    """Catches the sign of the difference, and a quotient of the scores in place of the powers."""
    assert_printed("eq-softmax-ratio", values)


@pytest.mark.claim("prop-enlarge")
@given(small=st.floats(0.01, 20), more=st.floats(0.01, 5), third=st.floats(0.01, 5))
def test_softmax_stretches_scores_above_one_and_shrinks_scores_below(small, more, third):
    """Catches the half truth that softmax always enlarges the larger, or a turning point other than 1."""
    large = small + more
    p = exact_softmax([large, small, third])
    by_softmax, by_shares = float(p[0] / p[1]), large / small
    if small >= 1:
        assert by_softmax > by_shares
    elif large <= 1:
        assert by_softmax < by_shares


@pytest.mark.claim("prop-enlarge")
def test_the_turning_point_lies_at_one():
    """Catches a bound such as 1/2 or 2: right on either side of 1 the verdict is the promised one."""
    for low, high in ((1.0, 1.02), (0.98, 1.0)):
        enlarged = np.exp(high - low) > high / low
        assert enlarged == (low >= 1)
    assert np.exp(0.6 - 0.5) < 0.6 / 0.5  # above 1/2 is not enough
    assert np.exp(2.0 - 0.5) > 2.0 / 0.5  # and across 1 either may be


# Temperature


@pytest.mark.claim("eq-temperature")
@given(values=drawn("eq-temperature"))
def test_the_temperature_divides_the_logits(values):
    """Catches a temperature that multiplies: the logarithms of the quotients shrink as T grows."""
    assert_printed("eq-temperature", values)


@pytest.mark.claim("prop-temperature")
@given(a=st.lists(st.integers(-9, 9), min_size=2, max_size=6).map(np.array))
def test_heat_is_uniform_and_cold_is_the_largest_with_ties_shared(a):
    """Catches the two limits exchanged, and a tie given to one class alone."""
    hot = [float(p) for p in exact_softmax(a / 1e9)]
    # The log-odds are at most 18e-9 there, and each probability is within that of 1/K.
    assert_allclose(hot, 1 / len(a), rtol=1e-7)
    winners = a == a.max()
    cold = [float(p) for p in exact_softmax(a / 0.01)]  # a lead of 1 is then a factor of e^100
    assert_allclose(cold, winners / winners.sum(), atol=1e-40)
    assert_allclose(softmax(a / 0.01), winners / winners.sum(), atol=1e-40)


@pytest.mark.claim("prop-temperature")
def test_in_the_cold_the_slope_dies():
    """Catches the hope that a low temperature could be trained: the slope of the winner's probability vanishes."""
    slopes = []
    for T in (1.0, 0.1, 0.02):
        a = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
        torch.softmax(a / T, dim=0)[2].backward()
        slopes.append(a.grad[2].item())
    assert slopes[0] > 0.2
    assert slopes[1] < 1e-3
    assert slopes[2] < 1e-18


@pytest.mark.claim("prop-temperature")
@pytest.mark.parametrize("T", [1.0, 0.1, 0.02])
def test_in_the_cold_the_slope_of_the_loss_is_the_error_divided_by_the_temperature(T):
    """Catches the belief that every slope dies in the cold: that of a wrong answer grows without bound."""
    a = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)
    torch_loss(a[None] / T, torch.tensor([0])).backward()
    assert_allclose(a.grad.numpy(), (special.softmax(np.array([1.0, 2.0, 3.0]) / T) - np.eye(3)[0]) / T, rtol=1e-12)
    assert a.grad[2] > 0.6 / T


# One constant for all


@pytest.mark.claim("eq-softmax-shift")
@given(values=drawn("eq-softmax-shift"))
def test_adding_a_constant_to_every_logit_changes_no_probability(values):
    """Catches a softmax that overflows where the shift is large; fifty digits know the row without the shift."""
    assert_printed("eq-softmax-shift", values)


@pytest.mark.claim("eq-logsumexp")
@given(values=drawn("eq-logsumexp"))
def test_log_sum_exp_is_the_logarithm_of_the_sum(values):
    """Catches a mean in place of the sum."""
    assert_printed("eq-logsumexp", values)


@pytest.mark.claim("eq-log-softmax")
@given(values=drawn("eq-log-softmax"))
def test_the_log_probability_is_the_logit_minus_log_sum_exp(values):
    """Catches the sign, and a logarithm of a probability that was rounded to zero."""
    assert_printed("eq-log-softmax", values)


@pytest.mark.claim("eq-logsumexp-shift")
@given(values=drawn("eq-logsumexp-shift"))
def test_a_common_constant_goes_straight_through_log_sum_exp(values):
    """Catches the belief that log-sum-exp is as blind to a shift as softmax, and a shift not added back."""
    assert_printed("eq-logsumexp-shift", values)


@pytest.mark.claim("eq-logsumexp-bounds")
@given(values=drawn("eq-logsumexp-bounds"))
def test_log_sum_exp_lies_between_the_largest_logit_and_log_k_above(values):
    """Catches a bound that forgets the number of classes."""
    assert_printed("eq-logsumexp-bounds", values)


# The slopes


@pytest.mark.claim("eq-softmax-jacobian")
@given(values=drawn("eq-softmax-jacobian"))
def test_the_jacobian_is_diag_p_minus_p_p_transposed(values):
    """Catches a lost square on the diagonal, and the sign off it; the derivative is taken by autograd."""
    assert_printed("eq-softmax-jacobian", values)


@pytest.mark.claim("eq-multiclass-cross-entropy")
@given(values=drawn("eq-multiclass-cross-entropy"))
def test_the_loss_is_log_sum_exp_minus_the_true_logit(values):
    """Catches the other sign, and a probability in place of the logit."""
    assert_printed("eq-multiclass-cross-entropy", values)


@pytest.mark.claim("eq-softmax-gradient")
@given(values=drawn("eq-softmax-gradient"))
def test_the_slope_in_the_logits_is_the_error(values):
    """Catches e_y - p, and a Jacobian left in."""
    assert_printed("eq-softmax-gradient", values)


@pytest.mark.claim("eq-multiclass-gradient")
@given(values=drawn("eq-multiclass-gradient"))
def test_the_gradient_is_the_features_times_the_errors(values):
    """Catches a sum in place of the mean, a sign, and intercepts that are left out."""
    assert_printed("eq-multiclass-gradient", values)


def torch_hessian(X, y, W, b):
    loss = torch_mean_loss(X, y, (len(W) + 1, len(b)))
    return torch.autograd.functional.hessian(loss, torch.tensor(stacked(W, b).ravel())).numpy()


@pytest.mark.claim("eq-multiclass-hessian")
@given(values=drawn("eq-multiclass-hessian"))
def test_the_hessian_is_the_mean_of_kronecker_products(values):
    """Catches the two factors exchanged (the order of the parameters), and intercepts without a row."""
    assert_printed("eq-multiclass-hessian", values)


@pytest.mark.claim("prop-multiclass-convex")
@settings(max_examples=25)  # each example differentiates twice with autograd
@given(problems())
def test_the_hessian_has_no_negative_eigenvalue(problem):
    """Catches a claim of convexity that holds for one data set only: autograd's Hessian, any data."""
    # A symmetric matrix of this size has its eigenvalues to about 1e-15; 1e-12 leaves room.
    assert np.linalg.eigvalsh(torch_hessian(*problem))[0] >= -1e-12


@pytest.mark.claim("prop-multiclass-convex")
@settings(max_examples=25)  # each example evaluates three losses in torch
@given(problems(), st.integers(0, 10_000), st.floats(0, 1))
def test_the_loss_lies_below_its_chords(problem, seed, share):
    """Catches what a Hessian at single points could miss: the definition of convexity itself."""
    X, y, W, b = problem
    one = stacked(W, b).ravel()
    other = np.random.default_rng(seed).normal(scale=3.0, size=one.size)
    loss = torch_mean_loss(X, y, (len(W) + 1, len(b)))
    between, at_one, at_other = (
        loss(torch.tensor(theta)).item() for theta in (share * one + (1 - share) * other, one, other)
    )
    assert between <= share * at_one + (1 - share) * at_other + 1e-12


@pytest.mark.claim("prop-multiclass-convex")
@given(a=rows(), data=st.data())
def test_the_curvature_in_a_direction_is_a_variance(a, data):
    """Catches a slip in the argument: NumPy's weighted variance against v^T (diag(p) - p p^T) v."""
    v = np.array(data.draw(st.lists(st.floats(-5, 5), min_size=len(a), max_size=len(a))))
    p = special.softmax(a)
    variance = np.average((v - np.average(v, weights=p)) ** 2, weights=p)
    assert_allclose(np.sum(p * v**2) - np.sum(p * v) ** 2, variance, rtol=1e-9, atol=1e-12)
    assert_allclose(v @ (np.diag(p) - np.outer(p, p)) @ v, variance, rtol=1e-9, atol=1e-12)


@pytest.mark.claim("eq-softmax-of-two")
@given(values=drawn("eq-softmax-of-two"))
def test_two_classes_are_the_sigmoid_of_the_difference(values):
    """Catches a_0 - a_1, the probability of the other class; and the loss is the binary one of the difference."""
    assert_printed("eq-softmax-of-two", values)


# Several labels, and one against the rest


@pytest.mark.claim("eq-several-labels")
@given(values=drawn("eq-several-labels"))
def test_the_losses_of_several_labels_add_up_to_one_likelihood(values):
    """Catches a softmax where each class has its own sigmoid, and a label's sign; PyTorch's mean, times K, agrees."""
    assert_printed("eq-several-labels", values)
    a, y = torch.tensor(values["a"]), torch.tensor(values["y"])
    mean = torch.nn.functional.binary_cross_entropy_with_logits(a, y).item()
    assert_allclose(mean * len(a), printed_value("eq-several-labels", values), rtol=1e-10)


@pytest.mark.claim("prop-several-labels")
@given(seed=st.integers(0, 999))
@settings(max_examples=15)
def test_fits_of_single_labels_are_the_fit_of_all(seed):
    """Catches a loss that ties the labels together: at the separate fits PyTorch's joint gradient is zero."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(60, 2))
    Y = (generator.random((60, 3)) < special.expit(X @ generator.normal(size=(2, 3)))).astype(float)
    alone = [fit_binary(X, labels) for labels in Y.T]
    W = torch.tensor(np.column_stack([fit.w for fit in alone]), requires_grad=True)
    b = torch.tensor([float(fit.b) for fit in alone], dtype=torch.float64, requires_grad=True)
    joint = torch.nn.functional.binary_cross_entropy_with_logits(torch.tensor(X) @ W + b, torch.tensor(Y))
    for slopes in torch.autograd.grad(joint, (W, b)):
        assert_allclose(slopes, 0, atol=1e-8)


@pytest.mark.claim("eq-against-the-rest")
@given(values=drawn("eq-against-the-rest"))
def test_log_odds_against_the_rest_weigh_all_other_classes(values):
    """Catches a rest that contains the class itself, which would be the log-probability."""
    assert_printed("eq-against-the-rest", values)


@pytest.mark.claim("prop-middle-class")
@given(
    middle=st.lists(st.floats(0, 3), min_size=1, max_size=6),
    outer=st.lists(st.floats(-1, 4), min_size=1, max_size=6),
)
def test_a_class_in_the_middle_has_no_weight_against_the_rest(middle, outer):
    """Catches the belief that one against the rest is softmax fitted in parts: the class's own fit says its share."""
    x = np.array([*middle, *(-value for value in middle), *outer, *(-value for value in outer)])
    assume(np.ptp(x) > 0.1)
    second = np.arange(len(x)) < 2 * len(middle)
    fit = fit_binary(x[:, None], second.astype(float))
    assert_allclose(fit.w, 0, atol=1e-6)
    assert_allclose(special.expit(fit.b), second.mean(), rtol=1e-6)


@pytest.mark.claim("prop-middle-class")
def test_softmax_gives_the_class_in_the_middle_its_room():
    """Catches the belief that no linear model could tell the middle class, which one against the rest never calls."""
    x = np.array([-3, -2, -0.5, -1, 0, 0, 1, 0.5, 2, 3])[:, None]
    y = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
    fit = fit_multiclass(x, y)
    assert np.argmax(logits(np.array([[-3.0], [0.0], [3.0]]), fit.w, fit.b), axis=1).tolist() == [0, 1, 2]


# One class too many


@pytest.mark.claim("prop-softmax-redundant")
@given(problems(), st.integers(0, 10_000))
def test_one_vector_added_to_all_classes_changes_no_probability(problem, seed):
    """Catches a vector added to one class only, or a constant added to one feature's row of another class."""
    X, _, W, b = problem
    generator = np.random.default_rng(seed)
    v, c = generator.normal(size=(len(W), 1)), generator.normal()
    expected = special.softmax(X @ W + b, axis=1)
    assert_allclose(special.softmax(X @ (W + v) + (b + c), axis=1), expected, rtol=1e-11)
    assert_allclose(softmax(logits(X, W + v, b + c)), expected, rtol=1e-11)


@pytest.mark.claim("prop-softmax-redundant")
@settings(max_examples=25)  # each example differentiates twice with autograd
@given(problems())
def test_the_hessian_is_flat_in_these_directions_and_so_singular(problem):
    """Catches an objective with a single lowest point: D + 1 directions have no curvature at all."""
    hessian = torch_hessian(*problem)
    columns, classes = problem[2].shape
    for j in range(columns + 1):
        direction = np.zeros((columns + 1, classes))
        direction[j] = 1.0
        assert_allclose(hessian @ direction.ravel(), 0, atol=1e-13)
    assert np.sum(np.linalg.eigvalsh(hessian) < 1e-12) >= columns + 1


@pytest.mark.claim("prop-softmax-centred")
@given(st.integers(0, 10_000))
def test_the_least_squares_of_equivalent_weights_sum_to_zero_over_the_classes(seed):
    """Catches centring over the features in place of the classes: a search over v finds the same."""
    W = np.random.default_rng(seed).normal(size=(3, 4))
    found = optimize.minimize(lambda v: np.sum((W + v[:, None]) ** 2), np.ones(3), tol=1e-12).x
    assert_allclose((W + found[:, None]).sum(axis=1), 0, atol=1e-5)
    assert_allclose(found, -W.mean(axis=1), atol=1e-5)


@pytest.mark.claim("prop-softmax-centred")
@settings(max_examples=10)  # each example trains twice
@given(problems(), st.integers(0, 10_000))
def test_training_with_a_penalty_ends_at_centred_weights_from_any_start(problem, seed):
    """Catches a property of the zero start taken for one of the penalty: SciPy starts at a random point."""
    X, y, W, b = problem
    shape, l2 = (len(W) + 1, len(b)), 0.1
    mean_loss = torch_mean_loss(X, y, shape)

    def objective(theta):
        theta = torch.tensor(theta, requires_grad=True)
        value = mean_loss(theta) + l2 / 2 * (theta.reshape(shape)[:-1] ** 2).sum()
        value.backward()
        return value.item(), theta.grad.numpy()

    start = np.random.default_rng(seed).normal(size=shape).ravel()
    found = optimize.minimize(objective, start, jac=True, tol=1e-10).x
    assert_allclose(found.reshape(shape)[:-1].sum(axis=1), 0, atol=1e-6)  # BFGS stops where float64 shows no descent
    assume(len(np.unique(y)) == len(b))  # the library asks for an example of each class
    assert_allclose(fit_multiclass(X, y, l2=l2).w.sum(axis=1), 0, atol=1e-7)


@pytest.mark.claim("prop-softmax-centred")
@settings(max_examples=25)  # each example differentiates twice with autograd
@given(problems())
def test_a_penalty_on_the_weights_leaves_one_flat_direction_the_common_constant_of_the_intercepts(problem):
    """Catches the belief that the penalty makes the Hessian invertible, although it leaves the intercepts alone."""
    X, _, W, b = problem
    assume(special.softmax(X @ W + b, axis=1).min() > 1e-9)  # else the curvature is below what float64 shows
    columns, classes = W.shape
    penalised = np.zeros((columns + 1, classes))
    penalised[:-1] = 0.1
    hessian = torch_hessian(*problem) + np.diag(penalised.ravel())
    constant = np.zeros((columns + 1, classes))
    constant[-1] = 1.0
    assert_allclose(hessian @ constant.ravel(), 0, atol=1e-13)
    # Beside it every direction is curved, if only as much as the data make it.
    others = np.linalg.svd(constant.ravel()[None])[2][1:]
    assert np.linalg.eigvalsh(others @ hessian @ others.T)[0] > 0


# Three classes in the plane


@pytest.mark.claim("prop-softmax-regions")
@given(problems(), st.integers(0, 10_000), st.floats(0, 1))
def test_between_two_points_of_a_class_every_point_is_of_that_class(problem, seed, share):
    """Catches regions taken for those of the nearest example, which may have dents."""
    _, _, W, b = problem
    points = np.random.default_rng(seed).normal(scale=3.0, size=(20, len(W)))
    won = np.argmax(points @ W + b, axis=1)
    for k in set(won.tolist()):
        one, other = points[won == k][0], points[won == k][-1]
        a = (share * one + (1 - share) * other) @ W + b
        assert a[k] >= a.max() - 1e-12


@pytest.mark.claim("prop-softmax-regions")
def test_regions_of_the_nearest_example_would_be_noticed():
    """The planted failure of the test above: a class of two examples with one of another class between them."""
    examples, classes = np.array([-2.0, 0.0, 2.0]), np.array([0, 1, 0])
    ends_and_middle = [classes[np.argmin(abs(examples - x))] for x in (-2.0, 2.0, 0.0)]
    assert ends_and_middle == [0, 0, 1]


# Softmax before the loss


@st.composite
def distributions(draw):
    row = np.array(draw(st.lists(st.floats(0, 1), min_size=2, max_size=12)))
    assume(row.sum() > 0.01)
    return row / row.sum()


@pytest.mark.claim("prop-double-softmax-floor")
@given(p=distributions(), data=st.data())
def test_no_distribution_goes_below_the_floor(p, data):
    """Catches a floor of zero, or one that forgets K - 1; PyTorch's loss is asked."""
    y, K = data.draw(st.integers(0, len(p) - 1)), len(p)
    floor = np.log(1 + (K - 1) / np.e)
    loss = torch_loss(torch.tensor(p)[None], torch.tensor([y])).item()
    assert loss >= floor - 1e-14
    if p[y] < 0.999:  # not one-hot, and then clearly above
        assert loss > floor + 1e-4
    one_hot = torch.eye(K, dtype=torch.float64)[[y]]
    assert_allclose(torch_loss(one_hot, torch.tensor([y])).item(), floor, rtol=1e-13)


@pytest.mark.claim("prop-double-softmax-floor")
@pytest.mark.parametrize("K", [2, 3, 10])
def test_a_search_over_all_distributions_stops_at_the_floor(K):
    """Catches a lower point that random draws miss: the best distribution found is the sure and right one."""
    found = optimize.minimize(
        lambda p: special.logsumexp(p) - p[0],
        np.full(K, 1 / K),
        bounds=[(0, 1)] * K,
        constraints={"type": "eq", "fun": lambda p: p.sum() - 1},
        tol=1e-12,
    )
    assert_allclose(found.fun, np.log(1 + (K - 1) / np.e), rtol=1e-8)
    assert_allclose(found.x, np.eye(K)[0], atol=1e-6)


@pytest.mark.claim("eq-double-softmax-gradient")
@given(values=drawn("eq-double-softmax-gradient"))
def test_the_doubled_slope_carries_the_jacobian(values):
    """Catches q and p exchanged, and the slope of the single softmax in its place."""
    assert_printed("eq-double-softmax-gradient", values)


@pytest.mark.claim("eq-double-softmax-gradient")
@pytest.mark.parametrize("K", [2, 5, 10])
def test_at_equal_logits_the_doubled_slope_is_one_kth_of_the_right_one(K):
    """Catches a wrong factor in the sentence about the start."""
    slopes = []
    for last in (lambda a: a, lambda a: torch.softmax(a, dim=1)):
        a = torch.zeros(1, K, dtype=torch.float64, requires_grad=True)
        torch_loss(last(a), torch.tensor([1])).backward()
        slopes.append(a.grad.numpy())
    assert_allclose(slopes[1], slopes[0] / K, rtol=1e-14)


# ReLU on the logits


@pytest.mark.claim("prop-relu-dead")
@given(problems(), st.data())
def test_a_class_below_zero_on_every_example_has_no_gradient_and_never_moves(problem, data):
    """Catches the hope that its own examples would pull it up again."""
    X, y, W, b = problem
    k = data.draw(st.integers(0, len(b) - 1))
    b[k] = -np.max(X @ W[:, k])  # the largest of its logits is 0
    W, b = torch.tensor(W, requires_grad=True), torch.tensor(b, requires_grad=True)
    with torch.no_grad():
        b[k] -= 1e-9  # rounding may have left it a little above
    dead = W[:, k].detach().clone(), b[k].item()
    sgd = torch.optim.SGD([W, b], lr=0.5)
    for _ in range(3):
        sgd.zero_grad()
        torch_loss(torch.relu(torch.tensor(X) @ W + b), torch.tensor(y)).backward()
        assert (W.grad[:, k] == 0).all()
        assert b.grad[k] == 0
        sgd.step()
    assert torch.equal(W[:, k].detach(), dead[0])
    assert b[k].item() == dead[1]


@pytest.mark.claim("prop-relu-dead")
def test_from_the_all_zero_start_no_class_ever_moves():
    """Catches a framework that takes 1 or 1/2 for the slope at exactly 0: then training would not be stuck."""
    W = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    X, y = torch.tensor([[1.0, 2.0], [0.5, -1.0]], dtype=torch.float64), torch.tensor([0, 2])
    loss = torch_loss(torch.relu(X @ W), y)
    loss.backward()
    assert (W.grad == 0).all()
    assert_allclose(loss.item(), np.log(3), rtol=1e-14)


# Batch means


@pytest.mark.claim("eq-batch-means")
@given(values=drawn("eq-batch-means"))
def test_batch_means_weighted_by_their_sizes_give_the_mean(values):
    """Catches a sum that forgets the sizes, which an unequal last batch makes wrong."""
    assert_printed("eq-batch-means", values)


@pytest.mark.claim("prop-batch-size")
@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 10_000))
def test_with_equal_batches_the_sum_over_n_is_too_small_by_the_batch_size(size, count, seed):
    """Catches the number of batches named as the factor."""
    losses = torch.tensor(np.random.default_rng(seed).exponential(size=size * count))
    batches = [batch for (batch,) in DataLoader(TensorDataset(losses), batch_size=size)]
    total = sum(batch.mean().item() for batch in batches)
    assert_allclose(total / len(losses), losses.mean().item() / size, rtol=1e-12)
    assert_allclose(total / len(batches), losses.mean().item(), rtol=1e-12)


@pytest.mark.claim("prop-batch-size")
def test_with_a_short_last_batch_both_quotients_are_wrong():
    """Catches the belief that the mean of the batch means is always the mean."""
    losses = torch.tensor([1.0, 1.0, 1.0, 9.0], dtype=torch.float64)
    means = [batch.mean().item() for (batch,) in DataLoader(TensorDataset(losses), batch_size=3)]
    assert losses.mean().item() == 3.0
    assert sum(means) / 2 == 5.0
    assert sum(means) / 4 == 2.5
