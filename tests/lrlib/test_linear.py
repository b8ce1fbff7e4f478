"""Linear models against derivatives of the published objective, autograd's, and scikit-learn's optimum."""

import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.linear import (
    Gradient,
    Line,
    binary_gradient,
    binary_hessian,
    binary_loss,
    least_squares,
    logits,
    multiclass_gradient,
    multiclass_hessian,
    multiclass_loss,
)

H = 1e-5  # the step of central differences: truncation and rounding are then both below 1e-9


class Model(NamedTuple):
    """The three functions of a model, and a problem with random non-zero parameters to try them on."""

    loss: Any
    gradient: Any
    hessian: Any
    X: np.ndarray
    y: np.ndarray
    w: np.ndarray
    b: np.ndarray

    def at(self, theta):
        """Return w and b from one array of parameters in the Hessian's order: rows of [W; b] one after another."""
        cut = self.w.size
        return theta[:cut].reshape(self.w.shape), theta[cut:].reshape(self.b.shape)

    @property
    def theta(self):
        return np.concatenate([self.w.ravel(), self.b.ravel()])

    def in_library(self, library, dtype="float64"):
        """Return X, y, w, b as a library's arrays."""
        floats = [library.make(values, dtype) for values in (self.X, self.w, self.b)]
        return floats[0], library.make(self.y), *floats[1:]


def _binary():
    rng = np.random.default_rng(11)
    y = rng.integers(0, 2, size=40)
    X, w, b = rng.normal(0.5, 1.5, size=(40, 3)), rng.normal(0, 1, size=3), np.asarray(rng.normal(0.7))
    return Model(binary_loss, binary_gradient, binary_hessian, X, y, w, b)


def _multiclass():
    rng = np.random.default_rng(12)
    y = rng.integers(0, 4, size=40)
    X, W, b = rng.normal(0.5, 1.5, size=(40, 3)), rng.normal(0, 1, size=(3, 4)), rng.normal(0.7, size=4)
    return Model(multiclass_loss, multiclass_gradient, multiclass_hessian, X, y, W, b)


MODELS = {"binary": _binary(), "multiclass": _multiclass()}


@pytest.fixture(params=MODELS)
def model(request):
    """Each model in turn."""
    return MODELS[request.param]


def central_differences(function, theta):
    """Return the derivative of each entry of function(theta) by each parameter, along the last axis."""
    steps = H * np.eye(theta.size)
    return np.stack([(function(theta + step) - function(theta - step)) / (2 * H) for step in steps], axis=-1)


class TestLogits:
    def test_they_are_x_times_w_plus_b(self, library):
        """Catches a lost intercept, and w on the wrong side."""
        X = library.make([[1.0, 2.0], [3.0, -4.0]], "float64")
        one = logits(X, library.make([10.0, 1.0], "float64"), library.make(0.5, "float64"))
        assert_array_equal(library.numpy(one), [12.5, 26.5])
        many = logits(
            X, library.make([[1.0, 0.0, 2.0], [0.0, 1.0, 3.0]], "float64"), library.make([0.0, 5.0, -1.0], "float64")
        )
        assert_array_equal(library.numpy(many), [[1, 7, 7], [3, 1, -7]])

    @pytest.mark.parametrize(
        ("shapes", "words"),
        [
            (((3,), (3,), ()), r"X must have shape \(N, D\).*got \(3,\)\. Use X\.reshape"),
            (((5, 3), (2,), ()), r"w must have shape \(3,\) to match X \(5, 3\); got \(2,\)"),
            (((5, 3), (3, 1), ()), r"b must have shape \(1,\) to match w \(3, 1\); got \(\)"),
            (((5, 3), (3,), (1,)), r"b must have shape \(\) to match w \(3,\); got \(1,\)"),
            (((5, 3), (3,), (5,)), r"b must have shape \(\)"),
            (((5, 3), (3, 4), (3,)), r"b must have shape \(4,\)"),
            (((5, 3), (3, 4, 2), (4, 2)), r"w must have shape \(3, 4\)"),
            (((5, 3), (), ()), r"w must have shape \(3,\)"),
        ],
    )
    def test_shapes_that_do_not_fit_are_refused(self, shapes, words, library):
        """Catches each broadcast that would give logits of another shape."""
        with pytest.raises(ValueError, match=words):
            logits(*[library.make(np.ones(shape), "float64") for shape in shapes])


class TestObjective:
    def test_it_is_the_mean_loss_plus_half_the_squared_weights(self, model):
        """Catches a sum for the mean, l2 without its half, |w| for w^2. Each term is computed here from scratch."""
        a = model.X @ model.w + model.b
        if a.ndim == 1:
            a = np.stack([np.zeros_like(a), a], axis=-1)
        losses = np.log(np.exp(a).sum(axis=1)) - a[np.arange(len(a)), model.y]
        want = sum(losses) / len(losses) + 0.3 / 2 * sum(model.w.ravel() ** 2)
        assert_allclose(model.loss(model.X, model.y, model.w, model.b, l2=0.3), want, rtol=1e-13)

    def test_without_l2_there_is_no_penalty(self, model):
        """Catches a penalty that is on by default."""
        arguments = (model.X, model.y, model.w, model.b)
        assert model.loss(*arguments) == model.loss(*arguments, l2=0.0)
        assert model.loss(*arguments, l2=0.5) > model.loss(*arguments)

    def test_the_intercept_is_not_penalised(self, model):
        """Catches a penalised intercept in loss, gradient or Hessian: there l2 must change nothing."""
        arguments = (model.X, model.y, model.w, model.b + 9)
        difference = model.loss(*arguments, l2=2.0) - model.loss(*arguments)
        assert_allclose(difference, np.sum(model.w**2), rtol=1e-12)
        assert_array_equal(model.gradient(*arguments, l2=2.0).b, model.gradient(*arguments).b)
        difference = model.hessian(*arguments, l2=2.0) - model.hessian(*arguments)
        assert_allclose(difference, np.diag([2.0] * model.w.size + [0.0] * model.b.size), atol=1e-15)


class TestDerivatives:
    def test_the_gradient_is_the_slope_of_the_objective(self, model):
        """Catches each wrong sign, lost factor and lost term, at random parameters with l2 > 0."""
        got = model.gradient(model.X, model.y, model.w, model.b, l2=0.3)
        want = central_differences(lambda t: model.loss(model.X, model.y, *model.at(t), l2=0.3), model.theta)
        assert isinstance(got, Gradient)
        assert (got.w.shape, got.b.shape) == (model.w.shape, model.b.shape)
        assert_allclose(np.concatenate([got.w.ravel(), got.b.ravel()]), want, rtol=1e-7, atol=1e-9)

    def test_the_hessian_is_the_slope_of_the_gradient(self, model):
        """Catches a missing l2, a wrong order of the parameters, and p^2 for p (1 - p)."""

        def gradient(theta):
            g = model.gradient(model.X, model.y, *model.at(theta), l2=0.3)
            return np.concatenate([g.w.ravel(), g.b.ravel()])

        got = model.hessian(model.X, model.y, model.w, model.b, l2=0.3)
        assert got.shape == (model.theta.size,) * 2
        assert_allclose(got, central_differences(gradient, model.theta), rtol=1e-7, atol=1e-9)

    def test_both_agree_with_autograd_of_the_objective(self, model):
        """Catches what finite differences are too coarse to see."""
        torch = pytest.importorskip("torch")
        X, y, theta = (torch.asarray(values) for values in (model.X, model.y, model.theta))

        def loss(theta):
            return model.loss(X, y, *model.at(theta), l2=0.3)

        gradient = model.gradient(X, y, *model.at(theta), l2=0.3)
        want = torch.autograd.functional.jacobian(loss, theta)
        assert_allclose(torch.cat([gradient.w.ravel(), gradient.b.ravel()]), want, rtol=1e-12, atol=1e-15)
        hessian = model.hessian(X, y, *model.at(theta), l2=0.3)
        assert_allclose(hessian, torch.autograd.functional.hessian(loss, theta), rtol=1e-12, atol=1e-15)

    def test_the_objective_is_convex(self, model):
        """Catches a Hessian that is not symmetric or has a negative eigenvalue."""
        hessian = model.hessian(model.X, model.y, model.w, model.b)
        assert_allclose(hessian, hessian.T, atol=1e-16)
        assert np.linalg.eigvalsh(hessian).min() > -1e-15

    def test_a_sure_model_keeps_a_finite_gradient(self, model):
        """Catches exp(1000), and p (1 - p) computed as p - p^2."""
        gradient = model.gradient(model.X, model.y, 1000 * model.w, model.b, l2=0.1)
        assert np.isfinite(gradient.w).all()
        assert np.isfinite(gradient.b).all()
        assert np.isfinite(model.hessian(model.X, model.y, 1000 * model.w, model.b)).all()


class TestAgainstScikitLearn:
    @pytest.mark.parametrize("l2", [0.01, 1.0])
    def test_its_optimum_is_the_zero_of_our_gradient(self, model, l2):
        """C = 1 / (N l2). Catches a penalised intercept and a loss that is scaled by another number."""
        linear_model = pytest.importorskip("sklearn.linear_model")
        theirs = linear_model.LogisticRegression(C=1 / (len(model.y) * l2), tol=1e-10, max_iter=10_000)
        theirs.fit(model.X, model.y)
        w, b = theirs.coef_.T.reshape(model.w.shape), theirs.intercept_.reshape(model.b.shape)
        gradient = model.gradient(model.X, model.y, w, b, l2=l2)
        assert max(np.abs(gradient.w).max(), np.abs(gradient.b).max()) < 1e-6

    def test_newtons_method_on_our_derivatives_reaches_its_optimum(self):
        """Catches a gradient and a Hessian that agree with each other but not with logistic regression."""
        linear_model = pytest.importorskip("sklearn.linear_model")
        model, l2 = MODELS["binary"], 0.1
        theta = np.zeros(4)
        for _ in range(10):
            gradient = model.gradient(model.X, model.y, *model.at(theta), l2=l2)
            slope = np.append(gradient.w, gradient.b)
            theta = theta - np.linalg.solve(model.hessian(model.X, model.y, *model.at(theta), l2=l2), slope)
        theirs = linear_model.LogisticRegression(C=1 / (len(model.y) * l2), tol=1e-10, max_iter=10_000)
        theirs.fit(model.X, model.y)
        assert_allclose(theta, [*theirs.coef_[0], *theirs.intercept_], rtol=1e-5)


class TestLibraries:
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_one_definition_serves_all(self, model, dtype, library):
        """Catches a function that the standard does not have, and a constant that widens float32."""
        arguments, close = model.in_library(library, dtype), {"rtol": 1e-12 if dtype == "float64" else 3e-5}
        plain = (model.X, model.y, model.w, model.b)
        gradient, want = model.gradient(*arguments, l2=0.3), model.gradient(*plain, l2=0.3)
        pairs = [
            (model.loss(*arguments, l2=0.3), model.loss(*plain, l2=0.3)),
            (gradient.w, want.w),
            (gradient.b, want.b),
            (model.hessian(*arguments, l2=0.3), model.hessian(*plain, l2=0.3)),
        ]
        for got, numpys in pairs:
            assert isinstance(got, library.array_type)
            assert library.dtype_name(got) == dtype
            assert_allclose(library.numpy(got), numpys, **close, atol=1e-6 if dtype == "float32" else 1e-14)

    def test_lists_and_whole_numbers_are_read(self):
        """Catches integer features that cut the gradient, and a list that is asked for its shape."""
        X, y, w, b = [[1, 2], [3, -4], [0, 1]], [0, 1, 1], [1, -1], 2
        floats = (np.array(X, float), np.array(y), np.array(w, float), np.array(2.0))
        assert_array_equal(binary_loss(X, y, w, b, l2=1), binary_loss(*floats, l2=1))
        assert_array_equal(binary_gradient(X, y, w, b, l2=1).w, binary_gradient(*floats, l2=1).w)
        assert_array_equal(binary_hessian(X, y, w, b, l2=1), binary_hessian(*floats, l2=1))


class TestInputs:
    def test_a_column_of_labels_is_refused(self, model, library):
        """Catches the silent broadcast that gives 1.237 for a loss of 0.426."""
        X, y, w, b = model.in_library(library)
        for function in (model.loss, model.gradient):
            with pytest.raises(ValueError, match=r"y must have shape \(40,\).*got \(40, 1\)\. Use y\.ravel\(\)"):
                function(X, y[:, None], w, b)

    @pytest.mark.parametrize("bad", [-1, 7, math.nan])
    def test_labels_outside_the_classes_are_refused(self, model, bad, eager_library):
        """Catches labels -1 and 1, and classes counted from 1."""
        X, _, w, b = model.in_library(eager_library)
        y = eager_library.make([*model.y[:-1], bad])
        for function in (model.loss, model.gradient):
            with pytest.raises(ValueError, match=r"y must hold .*; got .* at position 39"):
                function(X, y, w, b)

    @pytest.mark.parametrize("l2", [-0.1, math.nan])
    def test_a_negative_penalty_is_refused(self, model, l2):
        """Catches weights that are rewarded for being large, in each of the three."""
        for function in (model.loss, model.gradient, model.hessian):
            with pytest.raises(ValueError, match="l2 must be a number >= 0"):
                function(model.X, model.y, model.w, model.b, l2=l2)

    def test_parameters_of_the_other_model_are_refused(self, model):
        """Catches (D, K) weights given to the binary model, and (D,) to the multiclass one."""
        other = MODELS["multiclass" if model.w.ndim == 1 else "binary"]
        want = r"w must have shape \(D,\)" if model.w.ndim == 1 else r"W must have shape \(D, K\)"
        for function in (model.loss, model.gradient, model.hessian):
            with pytest.raises(ValueError, match=want):
                function(model.X, model.y, other.w, other.b)

    def test_no_examples_have_no_mean(self, model):
        """Catches nan with a warning about a mean of nothing."""
        for function in (model.loss, model.gradient, model.hessian):
            with pytest.raises(ValueError, match="at least one example"):
                function(model.X[:0], model.y[:0], model.w, model.b)


class TestLeastSquares:
    def test_points_on_a_line_give_that_line(self, library):
        """Catches a lost intercept and exchanged arguments."""
        X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 5.0], [3.0, 3.0]])
        features = library.make(X, "float64")
        if library.name == "dask":
            features = features.rechunk({1: -1})  # Dask's QR wants whole rows in a chunk, and says so
        line = least_squares(features, library.make(X @ [2.0, -1.0] + 5, "float64"))
        assert isinstance(line, Line)
        assert (tuple(line.w.shape), tuple(line.b.shape)) == ((2,), ())
        assert_allclose([*library.numpy(line.w), library.numpy(line.b)], [2, -1, 5], rtol=1e-12)

    def test_no_other_line_is_better(self, rng):
        """Catches an optimum of something else: the residuals are orthogonal to every column and to the ones."""
        X, y = rng.normal(3, 2, size=(50, 4)), rng.normal(size=50)
        line = least_squares(X, y)
        residuals = y - (X @ line.w + line.b)
        assert_allclose(np.c_[X, np.ones(50)].T @ residuals, np.zeros(5), atol=1e-11)

    def test_it_agrees_with_scikit_learn(self, rng):
        """Catches what the two tests above forgive."""
        linear_model = pytest.importorskip("sklearn.linear_model")
        X, y = rng.normal(100, 2, size=(50, 3)), rng.normal(size=50)
        line, theirs = least_squares(X, y), linear_model.LinearRegression().fit(X, y)
        assert_allclose([*line.w, line.b], [*theirs.coef_, theirs.intercept_], rtol=1e-9)

    def test_columns_may_have_very_different_units(self, rng):
        """Catches a test of independence that compares a column in metres with one in light years."""
        X, y = rng.normal(size=(50, 3)), rng.normal(size=50)
        units = np.array([1e-12, 1.0, 1e12])
        assert_allclose(least_squares(X * units, y).w * units, least_squares(X, y).w, rtol=1e-10)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    @pytest.mark.parametrize("kind", ["copied", "constant", "sum", "zero"])
    def test_dependent_columns_are_refused(self, kind, dtype, eager_library, rng):
        """Catches weights of 1e16 from a column that says nothing new."""
        X = rng.normal(size=(50, 3))
        X[:, 2] = {"copied": X[:, 0], "constant": 0.1, "sum": X[:, 0] - 3 * X[:, 1], "zero": 0.0}[kind]
        with pytest.raises(ValueError, match="linearly dependent on 50 examples"):
            least_squares(eager_library.make(X, dtype), eager_library.make(X[:, 0], dtype))

    def test_too_few_examples_are_refused(self, eager_library):
        """Catches one of infinitely many lines through two points."""
        with pytest.raises(ValueError, match="linearly dependent on 2 examples"):
            least_squares(
                eager_library.make([[1.0, 2.0], [3.0, 5.0]], "float64"), eager_library.make([1.0, 2.0], "float64")
            )

    @pytest.mark.parametrize(("name", "bad"), [("X", math.nan), ("y", math.inf)])
    def test_missing_values_are_refused(self, name, bad, eager_library):
        """Catches a line of nan, or the words about dependent columns where a value is missing."""
        values = {"X": [[0.0], [1.0], [5.0]], "y": [0.0, 1.0, 2.0]}
        values[name] = np.full_like(values[name], bad)
        with pytest.raises(ValueError, match=f"{name} must hold finite numbers; got {bad}"):
            least_squares(*[eager_library.make(v, "float64") for v in values.values()])

    def test_shapes_that_do_not_fit_are_refused(self, library):
        """Catches a column of labels, and features without their second axis."""
        X, y = library.make([[0.0], [1.0], [5.0]], "float64"), library.make([0.0, 1.0, 2.0], "float64")
        with pytest.raises(ValueError, match=r"y must have shape \(3,\) .*Use y\.ravel\(\)"):
            least_squares(X, y[:, None])
        with pytest.raises(ValueError, match=r"X must have shape \(N, D\).*Use X\.reshape\(-1, 1\)"):
            least_squares(y, y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_python_number_joins_the_library_and_the_precision_of_the_arrays_beside_it(dtype):
    """Catches logits(X, w, 0.0) refused for PyTorch, or float32 data made float64 by a plain number."""
    torch = pytest.importorskip("torch")
    X, w = torch.ones((3, 2), dtype=getattr(torch, dtype)), torch.ones(2, dtype=getattr(torch, dtype))
    z = logits(X, w, 0.5)
    assert z.dtype == getattr(torch, dtype)
    assert z.tolist() == [2.5, 2.5, 2.5]
    assert logits(np.ones((3, 2), dtype=dtype), np.ones(2, dtype=dtype), 0.5).dtype == np.dtype(dtype)
