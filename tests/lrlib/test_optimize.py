"""Gradient descent against paths known in closed form, and its words when it fails."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.optimize import Descent, gradient_descent

CURVATURES = np.array([1.0, 4.0])


def bowl(theta):
    """Return the gradient of the sum of squares, in any library."""
    return 2 * theta


class TestPath:
    def test_it_is_the_one_known_in_closed_form(self, library):
        """Each step multiplies by 1 - 2 step_size. Catches a plus, a step taken twice, and a lost factor."""
        path = gradient_descent(bowl, library.make([1.0, -3.0], "float64"), step_size=0.1, steps=20)
        assert isinstance(path, Descent)
        factors = 0.8 ** np.arange(21)
        assert_allclose(library.numpy(path.parameters), factors[:, None] * [1.0, -3.0], rtol=1e-13)
        assert_allclose(library.numpy(path.gradient_norms), 2 * math.sqrt(10) * factors, rtol=1e-13)

    def test_the_start_comes_first_and_the_last_step_last(self):
        """Catches a path that is one point short at either end, and norms of the neighbouring point."""
        path = gradient_descent(bowl, [8.0], step_size=0.25, steps=2)
        assert_array_equal(path.parameters, [[8], [4], [2]])
        assert_array_equal(path.gradient_norms, [16, 8, 4])

    def test_no_steps_leave_the_start(self):
        """Catches a first step that is always taken."""
        path = gradient_descent(bowl, [8.0, 6.0], step_size=0.25, steps=0)
        assert_array_equal(path.parameters, [[8, 6]])
        assert_array_equal(path.gradient_norms, [20])

    @pytest.mark.parametrize("shape", [(), (3,), (2, 3)])
    def test_parameters_may_have_any_shape(self, shape, library):
        """Catches a norm or a stack along one axis only."""
        path = gradient_descent(bowl, library.make(np.ones(shape), "float64"), step_size=0.25, steps=3)
        assert tuple(path.parameters.shape) == (4, *shape)
        assert tuple(path.gradient_norms.shape) == (4,)

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_the_path_keeps_library_and_precision(self, dtype, library):
        """Catches a step size that widens float32."""
        path = gradient_descent(bowl, library.make([1.0, 2.0], dtype), step_size=0.25, steps=3)
        for array in path:
            assert isinstance(array, library.array_type)
            assert library.dtype_name(array) == dtype

    def test_whole_numbers_are_read_as_floats(self):
        """Catches a path in integers, on which small steps vanish."""
        assert_array_equal(gradient_descent(bowl, [8], step_size=0.0625, steps=1).parameters, [[8.0], [7.0]])

    def test_the_start_is_left_as_it_was(self):
        """Catches theta -= ..., which walks the caller's array and every point of the path with it."""
        start = np.array([8.0])
        path = gradient_descent(bowl, start, step_size=0.25, steps=3)
        assert_array_equal(start, [8.0])
        assert len(set(path.parameters[:, 0].tolist())) == 4

    def test_a_quadratic_falls_at_every_step_below_the_critical_size(self):
        """Catches a step that is not along the gradient: the steepest curvature 4 allows steps below 2 / 4."""
        path = gradient_descent(lambda theta: CURVATURES * theta, [1.0, 1.0], step_size=0.49, steps=50)
        values = (path.parameters**2 @ CURVATURES) / 2
        assert np.all(np.diff(values) < 0)


class TestErrors:
    def test_a_step_that_is_too_long_is_told_in_words(self, eager_library):
        """Catches inf and nan that go on for thousands of steps, and NumPy's warning in place of words."""
        with pytest.raises(
            FloatingPointError, match=r"diverged: not finite at step \d+ of 5000.*step_size smaller than 1\.5"
        ):
            gradient_descent(bowl, eager_library.make([1.0], "float64"), step_size=1.5, steps=5000)

    @pytest.mark.parametrize("bad", [math.nan, math.inf])
    def test_a_gradient_that_is_not_finite_is_told_at_its_step(self, bad, eager_library):
        """Catches a check of the parameters alone, which sees it one step later."""

        def breaks(theta):
            return theta * bad if float(theta[0]) < 0.3 else 2 * theta

        with pytest.raises(FloatingPointError, match="not finite at step 2 of 9"):
            gradient_descent(breaks, eager_library.make([1.0], "float64"), step_size=0.25, steps=9)

    def test_a_start_that_is_not_finite_is_told_at_once(self):
        """Catches a gradient that happens to be finite there."""
        with pytest.raises(FloatingPointError, match="not finite at step 0"):
            gradient_descent(lambda theta: np.ones_like(theta), [math.inf], step_size=0.1, steps=3)

    @pytest.mark.parametrize("step_size", [0, -0.1, math.nan])
    def test_a_step_that_goes_nowhere_or_uphill_is_refused(self, step_size):
        """Catches a sign exchanged by the caller."""
        with pytest.raises(ValueError, match="step_size must be > 0"):
            gradient_descent(bowl, [1.0], step_size=step_size, steps=3)

    def test_a_negative_number_of_steps_is_refused(self):
        """Catches an empty path, whose error would come from stack()."""
        with pytest.raises(ValueError, match="steps >= 0"):
            gradient_descent(bowl, [1.0], step_size=0.1, steps=-1)

    def test_a_gradient_of_another_shape_is_refused(self, eager_library):
        """Catches a silent broadcast of the parameters to (N, N)."""
        with pytest.raises(
            ValueError, match=r"the gradient must have shape \(2,\) to match start \(2,\); got \(2, 1\)"
        ):
            gradient_descent(lambda t: t[:, None], eager_library.make([1.0, 2.0], "float64"), step_size=0.1, steps=1)
