"""Fits against scikit-learn's and statsmodels' coefficients, and what they say where there is no answer."""

import math
import tracemalloc
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize
from sklearn.linear_model import LogisticRegression

import lrlib._progress
from lrlib import data
from lrlib.fit import ConvergenceWarning, SeparableError, SingularHessianError, fit_binary, fit_multiclass
from lrlib.functions import sigmoid
from lrlib.linear import logits

from . import libraries
from .problems import BINARY, L2, MULTICLASS, join

METHODS = ["newton", "lbfgs", "gradient-descent"]


@pytest.fixture(params=["binary", "multiclass"])
def problem(request):
    """Each problem in turn, its columns standardised, so that gradient descent arrives too."""
    return {"binary": BINARY, "multiclass": MULTICLASS}[request.param]


def standardised(X):
    """Return X with mean 0 and standard deviation 1 in each column that varies."""
    spread = X.std(axis=0)
    return (X - X.mean(axis=0)) / np.where(spread > 0, spread, 1)


def overlapping(n=60, seed=1):
    """Return two features and labels that no plane separates."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, 2))
    return X, (X[:, 0] + generator.normal(size=n) > 0).astype(int)


def _real(name):
    """Return the breast cancer data standardised, or the digits 0 to 3."""
    if name == "cancer":
        cancer = data.breast_cancer()
        return standardised(cancer.X), cancer.y
    digits = data.digits()
    return digits.X[digits.y < 4] / 16, digits.y[digits.y < 4]


class TestAgreement:
    @pytest.mark.parametrize("method", ["newton", "lbfgs"])
    @pytest.mark.parametrize("l2", [1e-1, 1e-3, 1e-5])
    @pytest.mark.parametrize("name", ["cancer", "digits"])
    def test_coefficients_are_scikit_learns(self, method, l2, name):
        """Catches a penalty off by N or by 2, and a penalised intercept: C = 1 / (N l2)."""
        X, y = _real(name)
        fit = fit_binary if name == "cancer" else fit_multiclass
        theirs = LogisticRegression(C=1 / (len(X) * l2), solver="newton-cholesky", tol=1e-13, max_iter=1000).fit(X, y)
        w, b = np.squeeze(theirs.coef_.T), theirs.intercept_ - (0 if name == "cancer" else theirs.intercept_.mean())
        expected = join(w, np.squeeze(b))
        ours = fit(X, y, l2=l2, method=method)
        error = np.linalg.norm(join(ours.w, ours.b) - expected) / np.linalg.norm(expected)
        assert error < (1e-6 if l2 >= 1e-3 else 1e-5)  # a gradient of 1e-8 over a curvature of l2
        # Each coefficient by itself, also one near zero, has its digits only where the gradient is shorter still.
        ours = fit(X, y, l2=l2, method=method, tolerance=1e-13 if method == "newton" else 1e-12)
        assert_allclose(join(ours.w, ours.b), expected, rtol=1e-6, atol=1e-10)

    def test_without_a_penalty_they_are_those_of_statsmodels(self):
        """Catches a penalty that stays when l2 is 0, on raw features of unlike scales."""
        statsmodels = pytest.importorskip("statsmodels.api")
        cancer = data.breast_cancer()
        X = cancer.X[:, [1, 4, 8]]
        fit = fit_binary(X, cancer.y)
        theirs = statsmodels.Logit(cancer.y, statsmodels.add_constant(X)).fit(disp=0, method="newton", tol=1e-12)
        assert_allclose(join(fit.w, fit.b), np.roll(theirs.params, -1), rtol=1e-6)

    def test_without_a_penalty_many_classes_are_those_of_statsmodels(self):
        """Catches a Newton step that leaves the weights that sum to zero."""
        statsmodels = pytest.importorskip("statsmodels.api")
        fit = fit_multiclass(MULTICLASS.X, MULTICLASS.y)
        design = statsmodels.add_constant(MULTICLASS.X)
        theirs = statsmodels.MNLogit(MULTICLASS.y, design).fit(disp=0, method="newton", tol=1e-12, maxiter=100)
        ours = join(fit.w, fit.b)
        assert_allclose(ours[:, 1:] - ours[:, :1], np.roll(theirs.params, -1, axis=0), rtol=1e-6)

    @pytest.mark.parametrize("method", METHODS)
    def test_every_method_ends_at_the_same_optimum(self, problem, method):
        """Catches a method that minimises something else: gradient 1e-8 over a curvature of at least l2."""
        X = standardised(problem.X)
        fit = problem.fit(X, problem.y, l2=L2, method=method)
        reference = problem.fit(X, problem.y, l2=L2, method="newton", tolerance=1e-13)
        assert_allclose(join(fit.w, fit.b), join(reference.w, reference.b), atol=1e-8 / L2)

    @pytest.mark.parametrize("method", METHODS)
    def test_the_gradient_at_the_optimum_is_shorter_than_the_tolerance(self, problem, method):
        """Catches a norm of part of the gradient, and one taken before the last step."""
        X = standardised(problem.X)
        fit = problem.fit(X, problem.y, l2=L2, method=method)
        gradient = join(*problem.gradient(X, problem.y, fit.w, fit.b, l2=L2))
        assert fit.converged
        assert np.linalg.norm(gradient) < 1e-8

    @pytest.mark.parametrize("method", ["newton", "lbfgs"])
    def test_raw_and_standardised_features_give_the_same_probabilities(self, problem, method):
        """Catches a search that stops short where features have unlike scales and centres."""
        probabilities = []
        for X in (problem.X, standardised(problem.X)):
            fit = problem.fit(X, problem.y, method=method)
            probabilities.append(logits(X, fit.w, fit.b))
        assert_allclose(probabilities[0], probabilities[1], atol=1e-5)

    def test_many_classes_sum_to_zero(self):
        """Catches an answer that depends on where the search began."""
        fit = fit_multiclass(MULTICLASS.X, MULTICLASS.y, l2=L2)
        assert_allclose(fit.w.sum(axis=1), 0, atol=1e-10)
        assert_allclose(fit.b.sum(), 0, atol=1e-10)


class TestResult:
    @pytest.mark.parametrize("method", METHODS)
    def test_the_path_leads_from_zero_to_the_answer(self, problem, method):
        """Catches an intercept in the first place, and a path without its end."""
        fit = problem.fit(standardised(problem.X), problem.y, l2=L2, method=method)
        assert fit.optimization.path.shape[1:] == problem.shape
        assert_array_equal(fit.optimization.path[0], 0)
        assert_array_equal(join(fit.w, fit.b), fit.optimization.path[-1])
        K = 2 if len(problem.shape) == 1 else problem.shape[1]
        assert_allclose(fit.optimization.values[0], math.log(K), rtol=1e-14)

    def test_up_to_a_hundred_parameters_the_default_is_newton(self):
        """Catches a default that takes many steps where a few are as cheap."""
        assert_array_equal(
            fit_binary(BINARY.X, BINARY.y, l2=L2).optimization.path,
            fit_binary(BINARY.X, BINARY.y, l2=L2, method="newton").optimization.path,
        )

    @pytest.mark.parametrize("name", ["numpy", "torch", "dask"])
    @pytest.mark.parametrize("method", METHODS)
    def test_every_library_ends_at_the_same_optimum(self, problem, name, method):
        """Catches an operation that means something else elsewhere."""
        library = libraries.load(name)
        X = standardised(problem.X)
        fit = problem.fit(library.make(X, "float64"), library.make(problem.y), l2=L2, method=method)
        expected = problem.fit(X, problem.y, l2=L2, method="newton", tolerance=1e-13)
        assert_allclose(np.asarray(fit.w), expected.w, atol=1e-8 / L2)
        assert_allclose(np.asarray(fit.b), expected.b, atol=1e-8 / L2)
        if name == "torch":
            assert isinstance(fit.w, library.array_type)
            assert isinstance(fit.optimization.values, library.array_type)

    def test_float32_is_fitted_in_float32(self, problem, eager_library):
        """Catches a tolerance that float32 cannot reach."""
        X = eager_library.make(standardised(problem.X), "float32")
        for method in METHODS:
            fit = problem.fit(X, eager_library.make(problem.y), l2=L2, method=method)
            assert fit.converged
            assert eager_library.dtype_name(fit.w) == "float32"

    def test_with_many_more_features_than_examples_it_needs_no_square_of_them(self):
        """Catches a first guess of the curvature that is larger than the data."""
        generator = np.random.default_rng(4)
        X, y = generator.normal(size=(40, 3000)), generator.integers(0, 2, size=40)
        tracemalloc.start()
        fit = fit_binary(X, y, l2=0.1)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert fit.converged
        assert most < 8 * X.nbytes  # a square of the features would be 75 times as large

    def test_whole_numbers_and_lists_are_read_as_floats(self):
        """Catches steps in whole numbers, which go nowhere."""
        fit = fit_binary([[0], [1], [2], [3]], [False, True, False, True], l2=0.1)
        assert 0 < sigmoid(fit.w[0] * 1.5 + fit.b) < 1
        assert fit.converged

    def test_on_cuda_the_answer_is_that_of_the_processor(self, problem):
        """Catches an array that is made on the wrong device."""
        torch = pytest.importorskip("torch")
        if not torch.cuda.is_available():
            pytest.skip("no CUDA device on this machine")
        X, y = torch.tensor(problem.X, device="cuda"), torch.tensor(problem.y, device="cuda")
        for method in ("newton", "lbfgs"):
            fit = problem.fit(X, y, l2=L2, method=method)
            assert fit.w.is_cuda
            expected = problem.fit(problem.X, problem.y, l2=L2)
            assert_allclose(fit.w.cpu().numpy(), expected.w, atol=1e-6)


class TestNoSingleAnswer:
    @pytest.mark.parametrize("method", METHODS)
    def test_separable_data_without_penalty_are_an_error_that_holds_the_plane(self, method):
        """Catches weights that are as large as the number of steps allows."""
        X, _ = overlapping()
        y = (X[:, 0] > 0.1).astype(int)
        with pytest.raises(SeparableError, match=r"a plane separates the classes: every.*Use l2 > 0") as caught:
            fit_binary(X, y, method=method)
        assert_array_equal(logits(X, caught.value.w, caught.value.b) > 0, y == 1)
        assert fit_binary(X, y, l2=1e-3, method=method, max_steps=100_000).converged

    @pytest.mark.parametrize("method", ["newton", "lbfgs"])
    @pytest.mark.parametrize("tolerance", [1e-2, 1e-8])
    def test_data_separated_but_for_points_on_the_plane_are_an_error(self, method, tolerance):
        """Catches the gradient that grows short although the weights grow for ever."""
        X = np.array([[-2.0], [-1.0], [0.0], [0.0], [1.0], [2.0]])
        with pytest.raises(SeparableError, match="some lie on it") as caught:
            fit_binary(X, [0, 0, 0, 1, 1, 1], method=method, tolerance=tolerance)
        assert caught.value.w[0] > 0

    @pytest.mark.parametrize("method", ["newton", "lbfgs"])
    def test_one_class_that_can_be_told_from_the_others_is_an_error(self, method):
        """Catches a check that knows two classes only: 0 and 1 overlap, 2 lies apart."""
        X, y = overlapping()
        X, y = np.vstack([X, X[:20] + np.array([0.0, 30.0])]), np.append(y, np.full(20, 2))
        with pytest.raises(SeparableError, match="some lie on it"):
            fit_multiclass(X, y, method=method)

    def test_separable_classes_are_an_error(self):
        """Catches three classes in three corners, whose loss falls to zero."""
        X = np.array([[0.0, 0.0], [0.1, 0.2], [5.0, 0.1], [5.2, 0.0], [0.0, 5.0], [0.2, 5.1]])
        with pytest.raises(SeparableError, match="every example"):
            fit_multiclass(X, [0, 0, 1, 1, 2, 2])

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("name", ["numpy", "dask"])
    def test_dependent_columns_without_penalty_are_an_error_that_names_them(self, method, name):
        """Catches one of many equally good answers, returned as if it were the only one."""
        X, y = overlapping()
        library = libraries.load(name)
        X = np.column_stack([X[:, 0], np.linspace(2, 3, 60) ** 2, X[:, 1], X @ [2.0, -3.0]])
        with pytest.raises(SingularHessianError, match=r"column 0, column 2, column 3 .*Drop a column, or use l2 > 0"):
            fit_binary(library.make(X), library.make(y), method=method)
        assert fit_binary(X, y, l2=1e-3, method=method, max_steps=100_000, tolerance=1e-6).converged

    @pytest.mark.parametrize("column", [np.zeros(60), np.ones(60)])
    def test_a_column_that_never_changes_is_an_error(self, column):
        """Catches a constant beside the intercept, and a pixel that is always empty."""
        X, y = overlapping()
        with pytest.raises(SingularHessianError, match="column 1"):
            fit_binary(np.column_stack([X[:, 0], column]), y)

    def test_more_columns_than_examples_are_an_error(self):
        """Catches a fit that interpolates, and an error that lists every column."""
        _, y = overlapping()
        with pytest.raises(SingularHessianError, match=r"column \d+, and \d+ more \(columns"):
            fit_binary(np.random.default_rng(0).normal(size=(60, 60)), y)

    def test_columns_of_unlike_scales_are_not_called_dependent(self):
        """Catches an absolute threshold."""
        X, y = overlapping()
        scaled = fit_binary(X * [1e-6, 1e6], y)
        assert_allclose(scaled.w * [1e-6, 1e6], fit_binary(X, y).w, rtol=1e-6)

    @pytest.mark.parametrize("method", METHODS)
    def test_steps_that_run_out_are_a_warning_with_the_way_out(self, problem, method):
        """Catches an answer that is not one, without a word."""
        with pytest.warns(ConvergenceWarning, match=r"the 1 steps ran out at a decrement of .*Raise max_steps"):
            fit = problem.fit(problem.X, problem.y, l2=L2, method=method, max_steps=1)
        assert not fit.converged

    def test_a_tolerance_beyond_the_digits_is_a_warning_with_the_way_out(self):
        """Catches a search that goes on for ever."""
        with pytest.warns(ConvergenceWarning, match=r"rounding hides any further decrease.*use float64"):
            fit_binary(BINARY.X, BINARY.y, l2=L2, tolerance=1e-30)

    @pytest.mark.parametrize("method", METHODS)
    def test_numbers_too_large_to_multiply_are_fitted(self, method):
        """Catches nan returned as weights, and a refusal of what a change of units makes easy."""
        X, y = overlapping()
        expected = fit_binary(X, y)
        assert_allclose(fit_binary(X * 1e200, y, method=method).w * 1e200, expected.w, rtol=1e-6)

    def test_an_unknown_method_is_refused_with_those_that_are_known(self):
        """Catches a misspelt name that falls back to another method."""
        with pytest.raises(ValueError, match=r"method must be one of lbfgs, newton, gradient-descent; got 'bfgs'"):
            fit_binary(BINARY.X, BINARY.y, method="bfgs")

    @pytest.mark.parametrize("method", METHODS)
    def test_overlapping_data_never_meet_these_errors(self, method):
        """Catches a check that takes an ordinary minimum for a separation, over forty small problems."""
        for seed in range(40):
            X, y = overlapping(n=30, seed=seed)
            y[:2] = 1 - (X[:2, 0] > 0)  # two on the wrong side, so that no plane separates
            fit_binary(X, y, method=method, tolerance=1e-6)


def separable(X, y):
    """Does a linear program find a direction that is wrong for no example and right for some?"""
    rows = np.column_stack([standardised(X), np.ones(len(X))])
    K, margins = y.max() + 1, []
    for x, label in zip(rows, y, strict=True):
        for other in set(range(K)) - {label}:
            margin = np.zeros((len(x), K))
            margin[:, label], margin[:, other] = x, -x
            margins.append(margin.ravel())
    margins = np.array(margins)
    best = optimize.linprog(-margins.sum(axis=0), A_ub=-margins, b_ub=np.zeros(len(margins)), bounds=(-1, 1))
    return -best.fun > 1e-6


@pytest.mark.slow
class TestAgainstALinearProgram:
    """Three to five classes, features that are mostly zero and of unlike scales: some separable, some not."""

    # In the last, L-BFGS comes to rest where probabilities of 0 and 1 have made the objective flat.
    @pytest.mark.parametrize(("share", "seed"), [*((0.12, seed) for seed in range(40)), (0.05, 2)])
    def test_no_separation_goes_unsaid_and_none_is_made_up(self, share, seed):
        """Catches an answer, without a word, where a linear program proves that there is none; and the converse.

        A warning is in order either way: a best value may lie so far out that rounding hides it.
        """
        generator = np.random.default_rng(seed)
        n, D, K = generator.integers([60, 3, 3], [200, 8, 6])
        X = generator.normal(size=(n, D)) * (generator.random((n, D)) < share) * 10 ** generator.uniform(-2, 2, size=D)
        logits = standardised(X) @ generator.normal(size=(D, K)) + generator.gumbel(size=(n, K))
        y = np.unique(logits.argmax(axis=1), return_inverse=True)[1]
        unfit = "an answer" if separable(X, y) else "an error"
        for method in ("newton", "lbfgs"):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    fit_multiclass(X, y, method=method)
                    came = "a warning" if caught else "an answer"
                except SeparableError:
                    came = "an error"
            assert came != unfit, method


class TestProgress:
    @pytest.fixture
    def at_once(self, monkeypatch):
        """Draw the bar without waiting."""
        monkeypatch.setattr(lrlib._progress, "SECONDS", 0)

    @pytest.mark.usefixtures("at_once")
    def test_a_long_fit_shows_its_steps_and_takes_the_bar_away(self, capsys):
        """Catches a bar without news, and one that stays."""
        fit_binary(BINARY.X, BINARY.y, l2=L2)
        shown = capsys.readouterr().err
        assert "steps" in shown
        assert shown.rstrip(" ").endswith("\r")

    @pytest.mark.usefixtures("at_once")
    def test_it_can_be_silent(self, capsys):
        """Catches a switch that does nothing."""
        fit_binary(BINARY.X, BINARY.y, l2=L2, progress=False)
        assert capsys.readouterr().err == ""

    def test_a_short_fit_is_silent(self, capsys):
        """Catches a bar that flashes in a notebook."""
        fit_binary(BINARY.X, BINARY.y, l2=L2)
        assert capsys.readouterr().err == ""
