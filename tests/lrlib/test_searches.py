"""Searches on bowls whose bottom is known, and on the objectives of two small problems."""

from typing import NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import optimize

from lrlib.optimize import Optimization, gradient_descent, inverse, lbfgs, newton, sgd, steepest_descent

from . import libraries
from .problems import BINARY, L2, MULTICLASS

A = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 0.5], [0.0, 0.5, 0.25]])
BOTTOM = np.array([1.0, -2.0, 5.0])


class Point(NamedTuple):
    """What an objective says of a point."""

    value: float
    gradient: np.ndarray


class Bowl:
    """A parabola with its bottom at BOTTOM, that counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def evaluate(self, theta):
        """Return value and gradient."""
        self.asked += 1
        gap = theta - BOTTOM
        return Point(7.0 + gap @ A @ gap / 2, A @ gap)

    def hessian(self, theta):
        """Return the curvature, the same everywhere."""
        return A


class Steep:
    """The sum of cosh(50 (theta - 3)) / 50: one Newton step from far away is right, one gradient step far too long."""

    def evaluate(self, theta):
        """Return value and gradient."""
        return Point(np.cosh(50 * (theta - 3)).sum() / 50, np.sinh(50 * (theta - 3)))


SEARCHES = {
    "steepest descent": lambda objective, start, **options: steepest_descent(
        objective, start, step_size=0.2, **options
    ),
    "newton": newton,
    "lbfgs": lbfgs,
}


@pytest.fixture(params=SEARCHES)
def search(request):
    """Each search that stops by itself."""
    return SEARCHES[request.param]


class ExponentialTail:
    """exp(-x) + x / 10^60: a Newton step gains 1 on the way to its minimum, 138 from zero."""

    def evaluate(self, theta):
        power = np.exp(-theta)
        return Point(power[0] + 1e-60 * theta[0], 1e-60 - power)

    def hessian(self, theta):
        return np.exp(-theta)[:, None]


class TestEverySearch:
    def test_it_finds_the_bottom_of_a_bowl(self, search):
        """Catches a wrong sign, and a stop before the tolerance."""
        found = search(Bowl(), np.zeros(3), tolerance=1e-10)
        assert isinstance(found, Optimization)
        assert found.converged
        # Gradient 1e-10 over the smallest curvature, 0.15.
        assert_allclose(found.path[-1], BOTTOM, atol=1e-9)
        assert_allclose(found.values[-1], 7.0, rtol=1e-14)

    def test_the_record_is_that_of_the_path(self, search):
        """Catches norms or values of the neighbouring point, and evaluations that are not counted."""
        bowl = Bowl()
        found = search(bowl, np.array([9.0, 9.0, 9.0]), tolerance=1e-6)
        assert found.evaluations == bowl.asked
        assert_array_equal(found.path[0], [9, 9, 9])
        points = [Bowl().evaluate(theta) for theta in found.path]
        assert_allclose(found.values, [p.value for p in points], rtol=1e-15)
        assert_allclose(found.gradient_norms, [np.linalg.norm(p.gradient) for p in points], rtol=1e-12)

    def test_it_stops_at_the_first_point_within_the_tolerance(self, search):
        """Catches a step too many, and a tolerance that is squared."""
        decrements = search(Bowl(), np.zeros(3), tolerance=1e-3).decrements
        assert decrements[-1] <= 1e-3 < decrements[-2]

    def test_no_step_raises_the_value(self, search):
        """Catches a full step taken where it leads up the other side."""
        for problem in (BINARY, MULTICLASS):
            objective = problem.objective(problem.X, problem.y, l2=L2)
            values = search(objective, 30 * problem.theta, tolerance=1e-7, max_steps=200).values
            assert (np.diff(values) <= 1e-14 * values[0]).all()

    def test_at_the_bottom_it_takes_no_step(self, search):
        """Catches a first step that is always taken."""
        found = search(Bowl(), BOTTOM, tolerance=1e-10)
        assert found.path.shape == (1, 3)
        assert found.converged

    def test_when_the_steps_run_out_it_says_so(self, search):
        """Catches a search that calls any end a success."""
        found = search(Bowl(), np.array([9.0, 9.0, 9.0]), tolerance=1e-300, max_steps=1)
        assert found.path.shape == (2, 3)
        assert not found.converged

    def test_where_rounding_hides_any_decrease_it_ends(self, search):
        """Catches an endless search for a gradient of exactly zero."""
        objective = BINARY.objective(BINARY.X, BINARY.y, l2=L2)
        found = search(objective, np.zeros(4), tolerance=1e-300, max_steps=3000)
        assert not found.converged
        if search is not SEARCHES["steepest descent"]:
            assert found.path.shape[0] < 100
            assert found.gradient_norms[-1] < 1e-13

    def test_the_watch_sees_every_point_and_can_end_the_search(self, search):
        """Catches a watch that misses the start or the end, and one whose error is swallowed."""
        seen = []
        found = search(Bowl(), np.zeros(3), tolerance=1e-6, watch=lambda theta, at: seen.append((theta, at.value)))
        assert_array_equal([theta for theta, _ in seen], found.path)
        assert_array_equal([value for _, value in seen], found.values)

        def stop(theta, at):
            raise InterruptedError

        with pytest.raises(InterruptedError):
            search(Bowl(), np.zeros(3), watch=stop)

    def test_the_start_is_left_as_it_was(self, search):
        """Catches steps taken in place, which drag the whole path along."""
        start = np.zeros(3)
        search(Bowl(), start)
        assert_array_equal(start, 0)

    @pytest.mark.parametrize(
        "options", [{"tolerance": 0.0}, {"tolerance": -1.0}, {"tolerance": np.nan}, {"max_steps": -1}]
    )
    def test_options_without_sense_are_refused(self, search, options):
        """Catches a search that cannot end, or ends before it begins."""
        with pytest.raises(ValueError, match="tolerance must be > 0 and max_steps >= 0; got"):
            search(Bowl(), np.zeros(3), **options)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_library_and_precision_stay(self, search, dtype, eager_library):
        """Catches a path in another library, and a float64 step on float32 parameters."""
        library = eager_library
        objective = BINARY.objective(library.make(BINARY.X, dtype), library.make(BINARY.y), l2=L2)
        found = search(objective, objective.zero, tolerance=1e-3)
        assert found.converged
        for array in found[:4]:
            assert isinstance(array, library.array_type)
            assert library.dtype_name(array) == dtype


class TestSteepestDescent:
    def test_with_a_short_step_it_is_gradient_descent(self):
        """Catches a step that is scaled although the value falls."""
        path = steepest_descent(Bowl(), np.zeros(3), step_size=0.1, tolerance=1e-300, max_steps=20).path
        expected = gradient_descent(lambda t: A @ (t - BOTTOM), np.zeros(3), step_size=0.1, steps=20).parameters
        assert_allclose(path, expected, rtol=1e-14)

    def test_a_step_that_is_too_long_is_shortened(self):
        """Catches a diverging step: with step size 10 the bowl's gradient grows forty-fold at each step."""
        found = steepest_descent(Bowl(), np.zeros(3), step_size=10.0, tolerance=1e-8)
        assert found.converged
        assert found.evaluations > found.path.shape[0]

    def test_a_step_size_of_zero_is_refused(self):
        """Catches a search that never moves."""
        with pytest.raises(ValueError, match="step_size must be > 0"):
            steepest_descent(Bowl(), np.zeros(3), step_size=0.0)


class TestNewton:
    def test_on_a_parabola_one_step_is_enough(self):
        """Catches a Hessian or a gradient off by a factor, and an inverse that is not one."""
        found = newton(Bowl(), np.array([100.0, 0.0, -100.0]), tolerance=1e-9)
        assert found.path.shape[0] == 2

    @pytest.mark.parametrize("problem", [BINARY, MULTICLASS])
    def test_near_the_minimum_the_error_is_squared_at_each_step(self, problem):
        """Catches a Hessian that is slightly wrong: convergence would then be by a constant factor."""
        objective = problem.objective(problem.X, problem.y, l2=L2)
        norms = newton(objective, objective.zero, tolerance=1e-12).gradient_norms
        assert norms.shape[0] <= 8
        assert norms[-1] < 30 * norms[-2] ** 2 + 1e-14

    def test_a_step_that_overshoots_is_shortened(self):
        """Catches an undamped Newton step, which from here would raise the value."""
        objective = BINARY.objective(BINARY.X, BINARY.y, l2=1e-6)
        found = newton(objective, 50 * BINARY.theta, tolerance=1e-8)
        assert found.converged
        assert found.evaluations > found.path.shape[0]

    def test_steps_grow_on_an_exponential_tail(self):
        """Catches a step for each unit of a far point's logit: the hundred steps that are allowed would run out."""
        found = newton(ExponentialTail(), np.zeros(1), tolerance=1e-34)
        assert found.converged
        assert_allclose(found.path[-1, 0], 60 * np.log(10), rtol=1e-6)


class TestLbfgs:
    @pytest.mark.parametrize("problem", [BINARY, MULTICLASS])
    def test_it_ends_where_scipys_ends(self, problem):
        """Catches a two-loop recursion with its loops in the wrong order, or pairs that are mixed up."""
        objective = problem.objective(problem.X, problem.y, l2=L2)

        def value_and_gradient(theta):
            at = objective.evaluate(theta.reshape(problem.shape))
            return float(at.value), at.gradient.ravel()

        options = {"gtol": 1e-10, "ftol": 0, "maxiter": 5000}
        theirs = optimize.minimize(
            value_and_gradient, np.zeros(objective.zero.size), jac=True, method="L-BFGS-B", options=options
        )
        ours = lbfgs(objective, objective.zero, tolerance=float(np.linalg.norm(theirs.jac)))
        assert ours.converged
        assert_allclose(ours.values[-1], theirs.fun, rtol=1e-12)
        # On raw features of different scales and centres it needs many steps, but no more than SciPy does.
        assert ours.evaluations <= 1.5 * theirs.nfev

    def test_with_the_true_inverse_as_first_guess_one_step_is_enough(self):
        """Catches a first guess that is not used, or used twice."""
        found = lbfgs(Bowl(), np.zeros(3), precondition=lambda theta: inverse(A), tolerance=1e-9)
        assert found.path.shape[0] == 2

    def test_a_memory_of_all_steps_ends_a_parabola_in_about_as_many_steps_as_parameters(self):
        """Catches pairs that are forgotten at once: steepest descent needs hundreds of steps here."""
        assert lbfgs(Bowl(), np.zeros(3), tolerance=1e-8).path.shape[0] <= 15

    def test_the_first_guess_is_asked_for_anew_at_growing_distances(self):
        """Catches a guess that is never renewed, and one that is renewed at each step."""
        asked = []

        def precondition(theta):
            asked.append(theta)
            return lambda v: v

        objective = MULTICLASS.objective(MULTICLASS.X, MULTICLASS.y, l2=L2)
        found = lbfgs(objective, objective.zero, precondition=precondition, memory=4, tolerance=1e-6)
        steps = found.path.shape[0] - 1
        assert steps > 12
        assert_array_equal(asked, found.path[[4 * (2**k - 1) for k in range(20) if 4 * (2**k - 1) < steps]])

    def test_a_gradient_that_explodes_is_walked_down(self):
        """Catches a first step of full length, on which cosh overflows."""
        with np.errstate(over="ignore"):
            found = lbfgs(Steep(), np.zeros(2), tolerance=1e-6)
        assert_allclose(found.path[-1], 3.0, atol=1e-7)

    def test_no_memory_is_refused(self):
        """Catches an empty memory, which would be steepest descent under another name."""
        with pytest.raises(ValueError, match="memory must be a whole number >= 1; got 0"):
            lbfgs(Bowl(), np.zeros(3), memory=0)


class TestInverse:
    @pytest.mark.parametrize("scales", [[1.0, 1.0, 1.0], [1e-6, 1.0, 1e9]])
    def test_it_is_the_inverse_whatever_the_units(self, scales, eager_library):
        """Catches a floor that drowns a parameter with small curvature."""
        square = np.outer(scales, scales) * A
        apply = inverse(eager_library.make(square, "float64"))
        v = np.array([1.0, -2.0, 3.0]) * scales
        expected = np.linalg.solve(A, [1.0, -2.0, 3.0]) / scales
        assert_allclose(eager_library.numpy(apply(eager_library.make(v, "float64"))), expected, rtol=1e-10)

    def test_a_direction_without_curvature_does_not_make_it_fail(self):
        """Catches a Cholesky factor of a singular matrix; along the others the answer keeps three digits and more."""
        flat = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
        assert_allclose(inverse(flat)(np.array([1.0, 1.0, 0.0])), [0.5, 0.5, 0.0], rtol=1e-3)


class TestSgd:
    @pytest.mark.parametrize("problem", [BINARY, MULTICLASS])
    def test_with_one_batch_it_is_gradient_descent(self, problem):
        """Catches a batch's sum in place of its mean, and a penalty that is counted once a batch too often."""
        objective = problem.objective(problem.X, problem.y, l2=L2)
        walk = sgd(objective, problem.theta, np.random.default_rng(0), batch_size=120, step_size=0.01, epochs=5)
        expected = gradient_descent(
            lambda theta: objective.evaluate(theta).gradient, problem.theta, step_size=0.01, steps=5
        )
        assert_allclose(walk.path, expected.parameters, rtol=1e-10, atol=1e-13)

    def test_every_example_is_seen_once_an_epoch(self):
        """Catches rows drawn with replacement, and a last batch that is dropped."""
        objective = BINARY.objective(BINARY.X, BINARY.y, l2=L2)
        seen = []

        class Spy:
            X = objective.X
            evaluate = objective.evaluate

            def batch(self, rows):
                seen.append(rows)
                return objective.batch(rows)

        sgd(Spy(), objective.zero, np.random.default_rng(0), batch_size=50, step_size=0.001, epochs=2)
        assert [len(rows) for rows in seen] == [50, 50, 20] * 2
        first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
        assert_array_equal(np.sort(first), np.arange(120))
        assert_array_equal(np.sort(second), np.arange(120))
        assert (first != second).any()

    def test_the_same_seed_gives_the_same_path_in_every_library(self, eager_library):
        """Catches randomness from anywhere but the generator."""
        objective = BINARY.objective(eager_library.make(BINARY.X, "float64"), eager_library.make(BINARY.y), l2=L2)
        paths = [
            sgd(objective, objective.zero, np.random.default_rng(8), batch_size=32, step_size=0.005, epochs=3).path
            for _ in range(2)
        ]
        assert_array_equal(eager_library.numpy(paths[0]), eager_library.numpy(paths[1]))
        plain = BINARY.objective(BINARY.X, BINARY.y, l2=L2)
        expected = sgd(plain, plain.zero, np.random.default_rng(8), batch_size=32, step_size=0.005, epochs=3).path
        assert_allclose(eager_library.numpy(paths[0]), expected, rtol=1e-9, atol=1e-12)

    def test_it_comes_near_the_minimum_and_does_not_call_it_converged(self):
        """Catches steps up the slope."""
        objective = BINARY.objective((BINARY.X - BINARY.X.mean(0)) / BINARY.X.std(0), BINARY.y, l2=L2)
        best = newton(objective, objective.zero).values[-1]
        walk = sgd(objective, objective.zero, np.random.default_rng(1), batch_size=20, step_size=0.1, epochs=50)
        assert best < walk.values[-1] < 1.01 * best
        assert not walk.converged

    def test_steps_that_are_too_long_are_an_error_in_words(self):
        """Catches an objective that is higher than before the training, returned as its result."""
        objective = BINARY.objective(BINARY.X, BINARY.y, l2=L2)
        with pytest.raises(FloatingPointError, match=r"sgd diverged: after epoch 1 of 3.*step_size smaller than 50"):
            sgd(objective, objective.zero, np.random.default_rng(0), batch_size=10, step_size=50.0, epochs=3)

    @pytest.mark.parametrize("batch_size", [0, 121])
    def test_a_batch_size_that_does_not_fit_is_refused(self, batch_size):
        """Catches an endless epoch, and a batch that promises more rows than there are."""
        objective = BINARY.objective(BINARY.X, BINARY.y)
        with pytest.raises(ValueError, match=f"from 1 to 120, the number of examples; got {batch_size}"):
            sgd(objective, objective.zero, np.random.default_rng(0), batch_size=batch_size, step_size=0.1, epochs=1)

    def test_a_dask_array_is_refused_in_words(self):
        """Catches rows drawn at random from data that lie on many machines."""
        dask = libraries.load("dask")
        objective = BINARY.objective(dask.make(BINARY.X), dask.make(BINARY.y))
        with pytest.raises(TypeError, match="NumPy or PyTorch"):
            sgd(objective, objective.zero, np.random.default_rng(0), batch_size=5, step_size=0.1, epochs=1)
