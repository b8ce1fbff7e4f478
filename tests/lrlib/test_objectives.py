"""Objectives against the functions of lrlib.linear, in blocks and whole, in every library."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lrlib import _blocks
from lrlib.objectives import binary_objective, multiclass_objective

from . import libraries
from .problems import BINARY, L2, MULTICLASS, join

ONE_BLOCK = _blocks.BLOCK_BYTES


@pytest.fixture(params=["binary", "multiclass"])
def problem(request):
    """Each problem in turn."""
    return {"binary": BINARY, "multiclass": MULTICLASS}[request.param]


@pytest.fixture(params=["one block", "blocks of seven rows"])
def blocks(request, monkeypatch):
    """Sum over everything at once, and over blocks of which the last is smaller."""
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", ONE_BLOCK if request.param == "one block" else 8 * 3 * 7)


@pytest.fixture(params=["numpy", "torch", "dask", "strict"])
def made(request, problem):
    """Return the objective of the problem in each library, and its theta in the library that it is given in."""
    library = libraries.load(request.param)
    objective = problem.objective(library.make(problem.X, "float64"), library.make(problem.y), l2=L2)
    return objective, problem.theta if request.param == "dask" else library.make(problem.theta)


@pytest.mark.usefixtures("blocks")
class TestEvaluate:
    def test_value_and_gradient_are_those_of_the_formulas(self, problem, made):
        """Catches a mean of block means, a block left out, a penalised intercept, and a lost l2."""
        objective, theta = made
        value, gradient, _ = objective.evaluate(theta)
        w, b = problem.theta[:-1], problem.theta[-1]
        assert_allclose(float(value), problem.loss(problem.X, problem.y, w, b, l2=L2), rtol=1e-13)
        expected = join(*problem.gradient(problem.X, problem.y, w, b, l2=L2))
        assert_allclose(np.asarray(gradient), expected, rtol=1e-11, atol=1e-14)

    def test_the_largest_loss_is_that_of_the_worst_example(self, problem, made):
        """Catches the largest of one block only, and a mean."""
        objective, theta = made
        w, b = problem.theta[:-1], problem.theta[-1]
        worst = max(
            float(problem.loss(x[None], label[None], w, b)) for x, label in zip(problem.X, problem.y, strict=True)
        )
        assert_allclose(float(objective.evaluate(theta).largest_loss), worst, rtol=1e-12)


@pytest.mark.usefixtures("blocks")
class TestCurvature:
    def test_the_hessian_is_that_of_the_formula_where_probabilities_change(self, problem, made):
        """Catches blocks weighted alike, a penalised intercept, and curvature added where the formula has its own."""
        objective, theta = made
        hessian = np.asarray(objective.hessian(theta))
        expected = problem.hessian(problem.X, problem.y, problem.theta[:-1], problem.theta[-1], l2=L2)
        free = np.eye(expected.shape[0])
        if len(problem.shape) == 2:  # leave out what is the same for all classes
            K = problem.shape[1]
            free -= np.kron(np.eye(problem.shape[0]), np.full((K, K), 1 / K))
        assert_allclose(free @ hessian @ free, free @ expected @ free, rtol=1e-11, atol=1e-13)

    def test_the_hessian_is_invertible(self, problem, made):
        """Catches the directions that change no probability, along which the multiclass loss is flat."""
        objective, theta = made
        scaled = np.asarray(objective.hessian(theta))
        scaled = scaled / np.sqrt(np.outer(np.diag(scaled), np.diag(scaled)))
        assert np.linalg.cond(scaled) < 1e5

    def test_the_curvature_at_zero_is_that_of_one_class(self, problem, made):
        """Catches p (1 - p) without its share, and a border for the intercept in the wrong place."""
        objective, _ = made
        ones = np.hstack([problem.X, np.ones((len(problem.X), 1))])
        share = 1 / 4 if len(problem.shape) == 1 else 1 / problem.shape[1]
        expected = share * ones.T @ ones / len(ones) + L2 * np.diag([1, 1, 1, 0])
        assert_allclose(np.asarray(objective.curvature(objective.zero)), expected, rtol=1e-12, atol=1e-13)

    def test_a_sample_of_rows_guesses_the_curvature(self, problem):
        """Catches the first rows in place of a sample, on rows in the order of their first feature."""
        order = np.argsort(problem.X[:, 0])
        objective = problem.objective(problem.X[order], problem.y[order], l2=0.0)
        sample, everything = (o.curvature(o.zero)[0, 0] for o in (objective.sample(30), objective))
        assert_allclose(sample, everything, rtol=0.2)

    def test_no_curvature_is_larger_than_the_bound(self, problem, made):
        """Catches 1/4 in place of 1/2 for many classes, and a mean in place of the largest eigenvalue."""
        objective, _ = made
        thetas = [np.zeros(problem.shape)]
        if len(problem.shape) == 2:
            thetas[0][-1, 2:] = -30.0  # two classes share all the probability: there a logit's curvature is largest
        generator = np.random.default_rng(3)
        thetas += [scale * generator.normal(size=problem.shape) for scale in np.logspace(-3, 0, 20)]
        hessians = [problem.hessian(problem.X, problem.y, theta[:-1], theta[-1], l2=L2) for theta in thetas]
        largest = max(np.linalg.eigvalsh(hessian)[-1] for hessian in hessians)
        assert largest <= objective.smoothness * (1 + 1e-12)
        assert objective.smoothness <= 1.5 * largest


class TestMargins:
    def test_they_are_those_of_the_worst_and_the_best_example(self, made, problem):
        """Catches a margin without its sign, the true class among the others, and one in the units of a column."""
        objective, direction = made
        a = problem.X @ problem.theta[:-1] + problem.theta[-1]
        if a.ndim == 1:
            margins = np.where(problem.y == 1, a, -a)
        else:
            rows = np.arange(len(a))
            others = a.copy()
            others[rows, problem.y] = -np.inf
            margins = a[rows, problem.y] - others.max(axis=1)
        parts = abs(problem.X) @ abs(problem.theta[:-1]) + abs(problem.theta[-1])
        margins = margins / (parts if parts.ndim == 1 else parts.max(axis=1))
        assert_allclose(objective.margins(direction), [margins.min(), margins.max()], rtol=1e-12)


class TestBatch:
    @pytest.mark.parametrize("name", ["numpy", "torch"])
    def test_it_is_the_objective_of_those_rows(self, problem, name):
        """Catches rows that are counted from the wrong end, and a sum in place of the mean."""
        library = libraries.load(name)
        rows = np.array([5, 0, 119, 44, 5])
        whole = problem.objective(library.make(problem.X, "float64"), library.make(problem.y), l2=L2)
        value = whole.batch(library.make(rows)).evaluate(library.make(problem.theta)).value
        expected = problem.loss(problem.X[rows], problem.y[rows], problem.theta[:-1], problem.theta[-1], l2=L2)
        assert_allclose(float(value), expected, rtol=1e-13)


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (lambda X, y: (X[:, 0], y), r"X must have shape \(N, D\).*got \(120,\)\. Use X\.reshape"),
            (
                lambda X, y: (X, y[:, None]),
                r"y must have shape \(120,\) to match X \(120, 3\); got \(120, 1\)\. Use y\.ravel",
            ),
            (lambda X, y: (X[:0], y[:0]), r"at least one example and one feature; got shape \(0, 3\)"),
            (lambda X, y: (X[:, :0], y), r"at least one example and one feature; got shape \(120, 0\)"),
            (lambda X, y: (np.where(X > 12, np.nan, X), y), r"X must hold finite numbers"),
            (lambda X, y: (np.where(X > 12, np.inf, X), y), r"X must hold finite numbers"),
            (lambda X, y: (X, np.where(y == 1, np.nan, y)), r"y must hold class labels, .*got nan"),
            (lambda X, y: (X, y + 0.5), r"whole numbers from 0"),
            (lambda X, y: (X, y - 1), r"whole numbers from 0"),
            (lambda X, y: (X, 0 * y), r"every class|both classes"),
            (lambda X, y: (X.astype(np.float16), y), r"float32 or float64: .*float16 has too few digits"),
        ],
    )
    @pytest.mark.parametrize("name", ["numpy", "torch", "dask"])
    def test_data_that_do_not_fit_are_refused_in_words(self, problem, change, words, name):
        """Catches each broadcast, each missing number and each missing class that would train something else."""
        library = libraries.load(name)
        X, y = (library.make(values) for values in change(problem.X, problem.y))
        with pytest.raises(ValueError, match=words):
            problem.objective(X, y, l2=L2)

    def test_a_missing_class_is_named(self):
        """Catches an intercept that falls for ever, with or without a penalty."""
        with pytest.raises(ValueError, match=r"every class from 0 to 2; got no example of class 1.*np\.unique"):
            multiclass_objective(np.ones((3, 1)), [0, 2, 2], l2=1.0)

    def test_a_third_class_is_refused_by_the_binary_objective(self):
        """Catches labels 0, 1, 2 read as numbers."""
        with pytest.raises(ValueError, match=r"whole numbers from 0 to 1; got 2"):
            binary_objective(np.ones((3, 1)), [0, 1, 2])

    @pytest.mark.parametrize("l2", [-1e-9, math.nan])
    def test_a_negative_penalty_is_refused(self, problem, l2):
        """Catches an objective without a bottom."""
        with pytest.raises(ValueError, match="l2 must be a number >= 0"):
            problem.objective(problem.X, problem.y, l2=l2)


def test_the_data_are_left_as_they_were(problem):
    """Catches an objective that works in place."""
    X, y, theta = problem.X.copy(), problem.y.copy(), problem.theta.copy()
    objective = problem.objective(X, y, l2=L2)
    objective.evaluate(theta), objective.hessian(theta), objective.curvature(theta)
    for after, before in zip((X, y, theta), (problem.X, problem.y, problem.theta), strict=True):
        assert_array_equal(after, before)
