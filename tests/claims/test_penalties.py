"""Every equation and property of the chapter on penalties, against a computation without its formula."""

import warnings

import numpy as np
import pytest
import statsmodels.api as sm
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import expit
from sklearn.linear_model import LogisticRegression, SGDClassifier

from lrlib.firth import fit_firth
from lrlib.fit import fit_binary
from tests.claims.formulas import assert_printed, drawn

FEW = settings(max_examples=20, deadline=None)  # each example searches
STRENGTH, N = 0.05, 60


@pytest.fixture(scope="module")
def rows():
    """Sixty rows of three features, and labels that overlap and are not balanced."""
    generator = np.random.default_rng(0)
    X = generator.standard_normal((N, 3))
    y = (X @ [1.0, -1.0, 0.5] + 0.7 + generator.logistic(size=N) > 0).astype(float)
    return X, y


# The balance


@pytest.mark.claim("eq-penalties-two")
@FEW
@given(values=drawn("eq-penalties-two"))
def test_the_pulls_of_two_students_and_of_the_penalty_meet(values):
    """Catches the pull of one student counted for the mean, a penalty without its half, and the wrong tail."""
    assert_printed("eq-penalties-two", values)


@pytest.mark.claim("eq-penalties-balance")
@FEW
@given(values=drawn("eq-penalties-balance"))
def test_at_the_minimum_the_pull_of_the_data_is_that_of_the_penalty(values):
    """Catches a sum for the mean, a lost sign, and a factor two of a penalty without its half."""
    assert_printed("eq-penalties-balance", values)


@pytest.mark.claim("eq-penalties-read-off")
@FEW
@given(values=drawn("eq-penalties-read-off"))
def test_the_strength_of_the_penalty_can_be_read_off_the_fit(values):
    """Catches a lost N, and a length that is not squared."""
    assert_printed("eq-penalties-read-off", values)


@pytest.mark.claim("eq-penalties-bound")
@FEW
@given(values=drawn("eq-penalties-bound"))
def test_no_features_make_the_weights_longer_than_the_bound_and_two_students_reach_it(values):
    """Catches a bound that is needlessly wide, and one that some rows break."""
    assert_printed("eq-penalties-bound", values)


@pytest.mark.claim("prop-penalties-mean")
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), strength=st.floats(1e-3, 3))
def test_the_mean_probability_stays_the_share_of_ones(seed, strength):
    """Catches an intercept in the penalty, for which the mean moves towards one half."""
    generator = np.random.default_rng(seed)
    X, y = generator.standard_normal((30, 2)) + 1, (np.arange(30) % 5 == 0).astype(float)
    fit = fit_binary(X, y, l2=strength)
    assert_allclose(expit(X @ fit.w + fit.b).mean(), 0.2, atol=1e-7)
    model = LogisticRegression(C=1 / (30 * strength), solver="liblinear", tol=1e-8).fit(X, y)
    assert model.predict_proba(X)[:, 1].mean() > 0.2 + 1e-5


@pytest.mark.claim("prop-penalties-monotone")
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), weak=st.floats(1e-3, 1), factor=st.floats(1.05, 50))
def test_a_weaker_penalty_has_the_longer_weights_and_the_lower_loss(seed, weak, factor):
    """Catches the order turned round; the lasso keeps it too."""
    generator = np.random.default_rng(seed)
    X, y = generator.standard_normal((30, 3)), np.arange(30) % 2
    fits = [fit_binary(X, y, l2=strength) for strength in (weak, weak * factor)]
    lengths = [np.linalg.norm(fit.w) for fit in fits]
    z = [X @ fit.w + fit.b for fit in fits]
    losses = [np.mean(np.logaddexp(0, scores) - y * scores) for scores in z]
    assert lengths[0] >= lengths[1] - 1e-9
    assert losses[0] <= losses[1] + 1e-12


# Ridge or lasso


@pytest.mark.claim("eq-penalties-lasso")
@given(values=drawn("eq-penalties-lasso"))
def test_the_lasso_charges_for_sizes(values):
    """Catches squares, and a factor one half."""
    assert_printed("eq-penalties-lasso", values)


@pytest.mark.claim("eq-penalties-lambda-max")
@given(values=drawn("eq-penalties-lambda-max"))
def test_the_strongest_pull_at_the_start_is_the_least_penalty_that_keeps_all_at_zero(values):
    """Catches probabilities of one half in place of the share of ones, and a sum over the features."""
    assert_printed("eq-penalties-lambda-max", values)


def lasso_of(X, y, strength):
    """Return scikit-learn's lasso, its rows in one order: in 6 of 200 orders saga stopped before a weight had moved."""
    model = LogisticRegression(
        C=1 / (len(y) * strength), l1_ratio=1, solver="saga", tol=1e-9, max_iter=100_000, random_state=0
    )
    return model.fit(X, y)


@pytest.mark.claim("eq-penalties-lambda-max")
def test_just_below_it_the_first_feature_enters_and_just_above_none(rows):
    """Catches a threshold that the lasso itself does not know."""
    X, y = rows
    largest = np.max(np.abs(X.T @ (y - y.mean()))) / N
    assert np.sum(lasso_of(X, y, 0.98 * largest).coef_ != 0) == 1
    assert np.sum(lasso_of(X, y, 1.02 * largest).coef_ != 0) == 0


@pytest.mark.claim("prop-penalties-zero")
@pytest.mark.parametrize("strength", [0.02, 0.08, 0.15])
def test_a_weight_is_zero_where_the_data_pull_less_than_the_penalty(rows, strength):
    """Catches pulls of another size or sign on the weights that are not zero, and stronger ones on those that are."""
    X, y = rows
    model = lasso_of(X, y, strength)
    w = model.coef_[0]
    pulls = X.T @ (y - model.predict_proba(X)[:, 1]) / N
    assert_allclose(pulls[w != 0], strength * np.sign(w[w != 0]), rtol=1e-5)
    assert np.all(np.abs(pulls[w == 0]) <= strength * (1 + 1e-6))


# Names


def parameters(w, b):
    return [*np.ravel(w), np.ravel(b)[0]]


@pytest.mark.claim("prop-penalties-names")
def test_the_two_classes_of_scikit_learn_find_our_minimum(rows):
    """Catches C for a mean, and an alpha that is divided by N."""
    X, y = rows
    fit = fit_binary(X, y, l2=STRENGTH)
    model = LogisticRegression(C=1 / (N * STRENGTH), tol=1e-10).fit(X, y)
    assert_allclose(parameters(model.coef_, model.intercept_), parameters(*fit[:2]), rtol=1e-4)
    walk = SGDClassifier(
        loss="log_loss",
        alpha=STRENGTH,
        max_iter=4000,
        tol=None,
        learning_rate="invscaling",
        eta0=0.5,
        average=100_000,
        random_state=0,
    )
    assert_allclose(parameters(walk.fit(X, y).coef_, walk.intercept_), parameters(*fit[:2]), rtol=2e-3)


@pytest.mark.claim("prop-penalties-names")
def test_liblinear_charges_for_the_intercept_as_for_a_weight(rows):
    """Catches the belief that all solvers of one class find the same minimum."""
    X, y = rows
    model = LogisticRegression(C=1 / (N * STRENGTH), solver="liblinear", tol=1e-10, max_iter=10_000).fit(X, y)
    with_ones = np.column_stack([X, np.ones(N)])
    p = model.predict_proba(X)[:, 1]
    assert_allclose(with_ones.T @ (y - p) / N, STRENGTH * np.array([*model.coef_[0], model.intercept_[0]]), rtol=1e-4)


@pytest.mark.claim("prop-penalties-names")
def test_statsmodels_glm_has_the_same_alpha_and_charges_for_the_constant_unless_told_not_to(rows):
    """Catches a sum in place of the mean, a lost half, and a constant that is thought to be free."""
    X, y = rows
    model = sm.GLM(y, np.column_stack([X, np.ones(N)]), family=sm.families.Binomial())
    free = STRENGTH * np.array([1, 1, 1, 0])
    ridge = np.asarray(model.fit_regularized(alpha=free, L1_wt=0).params)
    assert_allclose(ridge, parameters(*fit_binary(X, y, l2=STRENGTH)[:2]), rtol=1e-3)
    lasso = np.asarray(model.fit_regularized(alpha=free, L1_wt=1).params)
    theirs = lasso_of(X, y, STRENGTH)
    assert_allclose(lasso, [*theirs.coef_[0], theirs.intercept_[0]], rtol=1e-4)
    charged = np.asarray(model.fit_regularized(alpha=STRENGTH, L1_wt=0).params)
    assert abs(charged[3]) < 0.9 * abs(ridge[3])


@pytest.mark.claim("prop-penalties-names")
def test_statsmodels_logit_has_an_alpha_that_is_n_times_as_large(rows):
    """Catches one alpha for both classes of one library."""
    X, y = rows
    model = sm.Logit(y, np.column_stack([X, np.ones(N)]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of parameters that it set to 0, if there are any
        found = np.asarray(model.fit_regularized(alpha=N * STRENGTH * np.array([1, 1, 1, 0]), disp=0, acc=1e-12).params)
    theirs = lasso_of(X, y, STRENGTH)
    assert_allclose(found, [*theirs.coef_[0], theirs.intercept_[0]], rtol=1e-4)


@pytest.mark.claim("prop-penalties-names")
@pytest.mark.parametrize(("name", "step"), [("SGD", 1.0), ("Adam", 0.01)])
def test_pytorchs_weight_decay_is_our_penalty_if_the_intercept_has_a_group_of_its_own(rows, name, step):
    """Catches a decay that is thought to spare the intercept, and one that is divided by N."""
    X, y = (torch.tensor(array) for array in rows)
    fits = {}
    for decayed in ("weight", "both"):
        w, b = torch.zeros(3, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
        w.requires_grad_()
        b.requires_grad_()
        groups = [{"params": [w], "weight_decay": STRENGTH}]
        groups.append({"params": [b], "weight_decay": STRENGTH if decayed == "both" else 0.0})
        optimizer = getattr(torch.optim, name)(groups, lr=step)
        for _ in range(3000):
            optimizer.zero_grad()
            torch.nn.BCEWithLogitsLoss()(X @ w + b, y).backward()
            optimizer.step()
        fits[decayed] = w.detach().numpy(), b.detach().numpy()
    assert_allclose(parameters(*fits["weight"]), parameters(*fit_binary(*rows, l2=STRENGTH)[:2]), rtol=1e-4)
    assert abs(fits["both"][1][0]) < 0.9 * abs(fits["weight"][1][0])


@pytest.mark.claim("eq-penalties-units")
@FEW
@given(values=drawn("eq-penalties-units"))
def test_other_units_need_the_penalty_times_the_square_of_the_factor(values):
    """Catches the factor itself, and its inverse."""
    assert_printed("eq-penalties-units", values)


# Belief


@pytest.mark.claim("eq-penalties-prior")
@given(values=drawn("eq-penalties-prior"))
def test_the_ridge_is_the_logarithm_of_a_normal_belief(values):
    """Catches a variance for the deviation, and a lost half."""
    assert_printed("eq-penalties-prior", values)


@pytest.mark.claim("eq-penalties-tau")
@FEW
@given(values=drawn("eq-penalties-tau"))
def test_the_most_probable_weights_are_those_of_the_ridge(values):
    """Catches a penalty that grows with the rows, and a deviation that is not squared."""
    assert_printed("eq-penalties-tau", values)


# Firth


@pytest.mark.claim("eq-penalties-firth")
@given(values=drawn("eq-penalties-firth"))
def test_the_penalty_is_half_the_logarithm_of_the_determinant(values):
    """Catches a lost half, the mean loss for the sum, and a penalty of the other sign."""
    assert_printed("eq-penalties-firth", values)


@pytest.mark.claim("eq-penalties-firth-score")
@FEW
@given(values=drawn("eq-penalties-firth-score"))
def test_at_the_greatest_penalised_likelihood_the_corrected_errors_sum_to_zero(values):
    """Catches a correction towards certainty, and a leverage that is forgotten."""
    assert_printed("eq-penalties-firth-score", values)


@pytest.mark.claim("eq-penalties-firth-score")
@pytest.mark.claim("eq-penalties-firth")
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000))
def test_the_librarys_fit_solves_these_equations(seed):
    """Catches a function that fits something else than the page says: NumPy's leverages at its answer."""
    generator = np.random.default_rng(seed)
    X, y = generator.standard_normal((10, 2)), np.arange(10) % 2
    line = fit_firth(X, y)
    rows = np.column_stack([X, np.ones(10)])
    p = expit(X @ line.w + line.b)
    half = rows * np.sqrt(p * (1 - p))[:, None]
    leverage = np.diag(half @ np.linalg.pinv(half))
    assert_allclose(rows.T @ (y - p + leverage * (0.5 - p)), 0, atol=1e-7)
    assert_allclose(leverage.sum(), 3)


@pytest.mark.claim("eq-penalties-firth-constant")
@FEW
@given(values=drawn("eq-penalties-firth-constant"))
def test_of_a_constant_half_a_pass_and_half_a_fail_are_added(values):
    """Catches a whole one, and a half that is added to the passes alone."""
    assert_printed("eq-penalties-firth-constant", values)


@pytest.mark.claim("prop-penalties-firth-table")
@settings(max_examples=20, deadline=None)
@given(cells=st.lists(st.integers(0, 5), min_size=4, max_size=4))
def test_a_table_of_two_by_two_is_fitted_with_half_a_case_more_in_each_cell(cells):
    """Catches halves for the empty cells only: maximum likelihood with weights of count and a half."""
    assume(min(cells[0] + cells[1], cells[2] + cells[3]) > 0)
    x, y = np.repeat([0.0, 0.0, 1.0, 1.0], cells), np.repeat([0, 1, 0, 1], cells)
    line = fit_firth(x[:, None], y)
    more = np.array(cells) + 0.5
    likelihood = fit_binary([[0.0], [0.0], [1.0], [1.0]], [0, 1, 0, 1], sample_weight=more)
    assert_allclose([line.w[0], line.b], [likelihood.w[0], likelihood.b], atol=1e-6)
