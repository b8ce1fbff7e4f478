"""The losses against tables worked by hand, fifty digits, PyTorch's and scikit-learn's, and against bad input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.functions import sigmoid, softmax
from lrlib.losses import binary_cross_entropy, brier, multiclass_cross_entropy, squared_error

from . import high_precision as exact

FROM_LOGITS = {"brier": brier, "binary_cross_entropy": binary_cross_entropy}
BINARY = {"squared_error": squared_error, **FROM_LOGITS}
from_logits = pytest.mark.parametrize("name", FROM_LOGITS)
binary = pytest.mark.parametrize("name", BINARY)
any_logit = st.floats(allow_nan=False, allow_infinity=False)


class TestValues:
    def test_squared_error_is_the_square_of_the_difference(self, library):
        """Catches the absolute error, half the square, and the mean of it."""
        got = squared_error(library.make([1.0, -2.0, 0.5], "float64"), library.make([3.0, 1.0, 0.5], "float64"))
        assert_array_equal(library.numpy(got), [4, 9, 0])

    def test_brier_is_the_squared_error_of_the_probability(self, library):
        """z = log 3 is p = 3/4. Catches a missing square, a missing sigmoid, and 2 for both classes."""
        z = library.make([math.log(3), math.log(3), 0.0], "float64")
        got = brier(z, library.make([1, 0, 1]))
        assert_allclose(library.numpy(got), [1 / 16, 9 / 16, 1 / 4], rtol=1e-15)

    def test_binary_cross_entropy_is_minus_log_of_the_labels_probability(self, library):
        """Catches exchanged terms, a lost minus, and bits in place of nats."""
        z = library.make([math.log(3), math.log(3), 0.0], "float64")
        got = binary_cross_entropy(z, library.make([1, 0, 1]))
        assert_allclose(library.numpy(got), [-math.log(3 / 4), -math.log(1 / 4), math.log(2)], rtol=1e-15)

    def test_a_soft_label_mixes_the_two_terms(self, library):
        """Catches a label that is rounded to a class, and a weight that is forgotten in one term."""
        got = binary_cross_entropy(library.make([math.log(3)] * 2, "float64"), library.make([0.25, 0.9], "float64"))
        want = [-0.25 * math.log(3 / 4) - 0.75 * math.log(1 / 4), -0.9 * math.log(3 / 4) - 0.1 * math.log(1 / 4)]
        assert_allclose(library.numpy(got), want, rtol=1e-15)

    def test_multiclass_cross_entropy_is_minus_log_of_the_labels_probability(self, library):
        """Catches the neighbour's class, a sum over the classes, and a lost minus."""
        a = library.make(np.log([[0.5, 0.25, 0.25], [0.1, 0.2, 0.7], [0.1, 0.2, 0.7]]) + 3.0, "float64")
        got = multiclass_cross_entropy(a, library.make([0, 1, 2]))
        assert_allclose(library.numpy(got), -np.log([0.5, 0.2, 0.7]), rtol=1e-14)

    @given(z=any_logit)
    def test_binary_cross_entropy_is_exact_for_every_logit(self, z):
        """Catches log(1 + e^z) - y z, which loses every digit of a surely right answer, and log(sigmoid(z))."""
        got = binary_cross_entropy([z, z], [0, 1])
        assert exact.ulps_off(got, [exact.softplus(z), exact.softplus(-z)], "float64").max() <= 4

    def test_a_surely_right_answer_still_costs_something(self, library):
        """Catches a loss of 0 at z = 40 and at the logits (40, 0), where it is 4.2e-18."""
        two = library.make([40.0, -40.0], "float64")
        want = [exact.softplus(-40)] * 2
        got = library.numpy(binary_cross_entropy(two, library.make([1, 0])))
        assert exact.relative_error(got, want).max() < 1e-13
        rows = library.make([[40.0, 0.0], [0.0, 40.0]], "float64")
        got = library.numpy(multiclass_cross_entropy(rows, library.make([0, 1])))
        assert exact.relative_error(got, want).max() < 1e-13

    def test_a_loss_is_never_minus_zero(self):
        """Catches -0.0, which a page would print."""
        losses = [binary_cross_entropy([900.0], [1]), multiclass_cross_entropy([[900.0, 0.0]], [0])]
        assert [math.copysign(1, float(loss[0])) for loss in losses] == [1, 1]

    @pytest.mark.parametrize(
        ("z", "y", "loss"), [(math.inf, 1, 0), (-math.inf, 0, 0), (-math.inf, 1, math.inf), (math.inf, 0, math.inf)]
    )
    def test_infinite_logits_cost_nothing_or_everything(self, z, y, loss, library):
        """Catches 0 * inf, which is nan, or a warning about one that was thrown away."""
        got = binary_cross_entropy(library.make([z], "float64"), library.make([y]))
        assert_array_equal(library.numpy(got), [loss])
        got = multiclass_cross_entropy(library.make([[0.0, z]], "float64"), library.make([y]))
        assert_array_equal(library.numpy(got), [loss])

    def test_nan_logits_give_nan_losses(self, library):
        """Catches a comparison that quietly turns a diverged model into a finite loss."""
        z, y = library.make([math.nan, math.nan], "float64"), library.make([0, 1])
        for loss in BINARY.values():
            assert np.isnan(library.numpy(loss(z, y))).all()
        a = library.make([[math.nan, 1.0], [1.0, math.nan]], "float64")
        assert np.isnan(library.numpy(multiclass_cross_entropy(a, y))).all()


class TestInputs:
    @binary
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_the_result_keeps_library_shape_and_precision(self, name, dtype, library):
        """Catches a float64 label that widens a float32 logit, and a loss that was reduced already."""
        z = library.make([[0.5, -1.0, 2.0], [0.1, 0.2, 0.3]], dtype)
        y = library.make([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]], dtype)
        got = BINARY[name](z, y)
        assert isinstance(got, library.array_type)
        assert (tuple(got.shape), library.dtype_name(got)) == ((2, 3), dtype)

    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_the_multiclass_result_keeps_library_and_precision(self, dtype, library):
        """Catches a loss that was reduced already, and one in the labels' dtype."""
        got = multiclass_cross_entropy(library.make([[0.5, -1.0], [2.0, 0.1]], dtype), library.make([0, 1]))
        assert isinstance(got, library.array_type)
        assert (tuple(got.shape), library.dtype_name(got)) == ((2,), dtype)

    @from_logits
    @pytest.mark.parametrize("label_dtype", ["bool", "int64", "uint8", "float32", "float64"])
    def test_labels_may_have_any_type(self, name, label_dtype, library):
        """Catches 1 - y of booleans, which NumPy refuses, and of unsigned integers, which wraps."""
        z = library.make([0.5, -1.0], "float64")
        got = library.numpy(FROM_LOGITS[name](z, library.make([0, 1], label_dtype)))
        assert_allclose(got, FROM_LOGITS[name]([0.5, -1.0], [0.0, 1.0]), rtol=1e-14)

    @pytest.mark.parametrize("label_dtype", ["bool", "int64", "uint8", "float32"])
    def test_class_labels_may_have_any_type(self, label_dtype, library):
        """Catches an index that must be an int64."""
        a = library.make([[0.5, -1.0, 0.0], [2.0, 0.1, 0.0]], "float64")
        got = library.numpy(multiclass_cross_entropy(a, library.make([1, 0], label_dtype)))
        want = multiclass_cross_entropy([[0.5, -1.0, 0.0], [2.0, 0.1, 0.0]], [1, 0])
        assert_allclose(got, want, rtol=1e-14)

    @binary
    def test_numbers_and_lists_are_read_as_numpy(self, name):
        """Catches code that asks a list for its shape."""
        assert_array_equal(BINARY[name]([0.0], [1]), np.reshape(BINARY[name](0.0, 1), 1))

    @binary
    def test_no_examples_give_no_losses(self, name, library):
        """Catches a check that needs at least one label."""
        empty = library.make(np.empty((0,)), "float64")
        assert tuple(BINARY[name](empty, empty).shape) == (0,)

    def test_no_examples_give_no_multiclass_losses(self, library):
        """Catches a check that needs at least one row."""
        got = multiclass_cross_entropy(library.make(np.empty((0, 3)), "float64"), library.make(np.empty(0, int)))
        assert tuple(got.shape) == (0,)

    @binary
    def test_labels_in_a_column_are_refused(self, name, library):
        """Catches the silent broadcast of (N,) with (N, 1) to (N, N), which gives 1.237 for a loss of 0.426."""
        z, y = library.make([0.5, -1.0, 2.0], "float64"), library.make([[0.0], [1.0], [1.0]], "float64")
        with pytest.raises(
            ValueError, match=r"y must have shape \(3,\) to match .*\(3,\); got \(3, 1\)\. Use y\.ravel\(\)"
        ):
            BINARY[name](z, y)

    @binary
    @pytest.mark.parametrize("shape", [(), (1,), (2,), (1, 3)])
    def test_labels_of_another_shape_are_refused(self, name, shape, library):
        """Catches every other broadcast."""
        with pytest.raises(ValueError, match=r"y must have shape \(3,\) to match"):
            BINARY[name](library.make([0.5, -1.0, 2.0], "float64"), library.make(np.ones(shape), "float64"))

    @pytest.mark.parametrize("shape", [(2, 1), (3,), (2, 3), ()])
    def test_class_labels_of_another_shape_are_refused(self, shape, library):
        """Catches one-hot labels, a column of labels and a label too many."""
        with pytest.raises(ValueError, match=r"y must have shape \(2,\) to match a \(2, 3\)"):
            multiclass_cross_entropy(library.make(np.eye(3)[:2] * 3, "float64"), library.make(np.zeros(shape, int)))

    @pytest.mark.parametrize("shape", [(), (3,), (2, 3, 1)])
    def test_class_logits_that_are_no_rows_are_refused(self, shape, library):
        """Catches a single row passed for a batch."""
        with pytest.raises(ValueError, match=r"a must have shape \(N, K\)"):
            multiclass_cross_entropy(library.make(np.ones(shape), "float64"), library.make([0]))

    @from_logits
    @pytest.mark.parametrize(("bad", "shown"), [(2.0, "2"), (-1.0, "-1"), (math.nan, "nan"), (1.0001, "1.0001")])
    def test_labels_outside_zero_and_one_are_refused(self, name, bad, shown, eager_library):
        """Catches labels -1 and 1, labels 1 and 2, and missing ones; the words say which came, and where."""
        z, y = eager_library.make([0.5, -1.0], "float64"), eager_library.make([1.0, bad], "float64")
        with pytest.raises(ValueError, match=rf"y must hold labels 0 and 1 .*got {shown} at position 1.*Recode"):
            FROM_LOGITS[name](z, y)

    @pytest.mark.parametrize(("bad", "shown"), [(3, "3"), (-1, "-1"), (0.5, "0.5"), (math.nan, "nan")])
    def test_labels_outside_the_classes_are_refused(self, bad, shown, eager_library):
        """Catches classes counted from 1, a -1 that indexes the last class, and a half that is cut to a class."""
        a, y = eager_library.make(np.eye(3)[:2] * 3, "float64"), eager_library.make([0, bad])
        with pytest.raises(ValueError, match=rf"y must hold class labels, whole numbers from 0 to 2; got {shown} at"):
            multiclass_cross_entropy(a, y)

    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    def test_probabilities_in_place_of_logits_are_refused(self, dtype, eager_library):
        """Catches a softmax applied twice, whose loss looks plausible and never falls far."""
        p = softmax(eager_library.make([[0.5, 3.0, -1.0], [2.0, 0.1, 0.0]], dtype))
        with pytest.raises(ValueError, match=r"a must hold logits; got probabilities.*Pass what went into the softmax"):
            multiclass_cross_entropy(p, eager_library.make([1, 0]))

    def test_logits_that_only_look_like_probabilities_pass(self):
        """Catches a check that refuses rows in [0, 1], rows that sum to one, or a single such row among others."""
        for a in ([[0.1, 0.2], [0.3, 0.4]], [[1.5, -0.5], [2.0, -1.0]], [[0.25, 0.75], [0.25, 0.5]]):
            assert multiclass_cross_entropy(a, [0, 1]).shape == (2,)

    def test_two_libraries_at_once_are_refused_by_name(self):
        """Catches a NumPy label that drags a PyTorch loss out of its graph."""
        torch = pytest.importorskip("torch")
        with pytest.raises(TypeError, match="z is torch, y is numpy"):
            binary_cross_entropy(torch.zeros(2), np.zeros(2))

    def test_dask_labels_are_not_computed(self):
        """Catches a check of values that would read a large array twice."""
        dask, dask_array = pytest.importorskip("dask"), pytest.importorskip("dask.array")

        def load():
            raise AssertionError("computed")

        def lazy(*shape):
            return dask_array.from_delayed(dask.delayed(load)(), shape=shape, dtype=np.float64)

        for loss in BINARY.values():
            assert loss(lazy(4), lazy(4)).shape == (4,)
        assert multiclass_cross_entropy(lazy(4, 3), lazy(4)).shape == (4,)


class TestAgainstOthers:
    def test_binary_losses_agree_with_pytorchs(self, rng):
        """Catches a formula that is precise, of something else."""
        torch = pytest.importorskip("torch")
        z, y = torch.tensor(rng.normal(0, 5, size=200)), torch.tensor(rng.uniform(0, 1, size=200))
        F = torch.nn.functional
        want = F.binary_cross_entropy_with_logits(z, y, reduction="none")
        assert_allclose(binary_cross_entropy(z, y), want, rtol=1e-12)
        assert_allclose(brier(z, y), F.mse_loss(torch.sigmoid(z), y, reduction="none"), rtol=1e-12)

    def test_the_multiclass_loss_agrees_with_pytorchs(self, rng):
        """Catches a formula that is precise, of something else."""
        torch = pytest.importorskip("torch")
        a, y = torch.tensor(rng.normal(0, 5, size=(200, 6))), torch.tensor(rng.integers(0, 6, size=200))
        want = torch.nn.functional.cross_entropy(a, y, reduction="none")
        assert_allclose(multiclass_cross_entropy(a, y), want, rtol=1e-12)

    def test_their_means_are_scikit_learns_log_loss_and_brier_score(self, rng):
        """Catches a formula that is precise, of something else."""
        metrics = pytest.importorskip("sklearn.metrics")
        z, y = rng.normal(0, 3, size=200), rng.integers(0, 2, size=200)
        assert_allclose(binary_cross_entropy(z, y).mean(), metrics.log_loss(y, sigmoid(z)), rtol=1e-12)
        assert_allclose(brier(z, y).mean(), metrics.brier_score_loss(y, sigmoid(z)), rtol=1e-12)

    def test_two_classes_cost_what_the_difference_of_their_logits_costs(self, rng):
        """Catches exchanged classes in either loss."""
        a, y = rng.normal(0, 9, size=(100, 2)), rng.integers(0, 2, size=100)
        assert_allclose(multiclass_cross_entropy(a, y), binary_cross_entropy(a[:, 1] - a[:, 0], y), rtol=1e-12)


class TestGradients:
    @pytest.fixture(autouse=True)
    def torch(self):
        return pytest.importorskip("torch")

    def slope(self, torch, loss, z, y):
        z = torch.tensor(z, dtype=torch.float64, requires_grad=True)
        (slope,) = torch.autograd.grad(loss(z, torch.tensor(y)).sum(), z)
        return slope.numpy()

    @pytest.mark.parametrize("y", [0.0, 0.3, 1.0])
    def test_the_slope_of_cross_entropy_is_p_minus_y(self, torch, y):
        """At 0 too, where training starts, and far out, where a clipped loss has slope 0."""
        z = np.array([0.0, -0.0, 1.0, -6.0, 40.0, -800.0, 1e4, -1e300])
        want = [float(exact.sigmoid(v) - exact.mp.mpf(y)) for v in z]
        # atol: for a soft label the two terms' slopes, each rounded, are subtracted.
        got = self.slope(torch, binary_cross_entropy, z, np.full(z.shape, y))
        assert_allclose(got, want, rtol=1e-14, atol=1e-16)

    def test_the_slope_of_brier_vanishes_when_surely_wrong(self, torch):
        """2 (p - y) p (1 - p). Catches a lost factor."""
        z = np.array([0.0, -6.0, 2.0])
        p = 1 / (1 + np.exp(-z))
        got = self.slope(torch, brier, z, np.ones(3))
        assert_allclose(got, 2 * (p - 1) * p * (1 - p), rtol=1e-13)

    def test_the_slope_of_the_multiclass_loss_is_p_minus_one_hot(self, torch):
        """In ties too, where a maximum would split its gradient."""
        a = np.array([[0.0, 0.0, 0.0], [5.0, 5.0, -5.0], [1.0, 2.0, 3.0], [800.0, 0.0, -800.0]])
        y = np.array([0, 2, 1, 0])
        want = [[float(share) for share in exact.softmax(row)] for row in a] - np.eye(3)[y]
        assert_allclose(self.slope(torch, multiclass_cross_entropy, a, y), want, rtol=1e-13, atol=1e-16)

    def test_a_refused_logit_that_carries_a_gradient_is_refused_in_words(self, torch):
        """Catches PyTorch's warning about reading such a number in place of the error."""
        y = torch.tensor([2.0], requires_grad=True)
        with pytest.raises(ValueError, match="got 2 at position 0"):
            brier(torch.zeros(1, requires_grad=True), y)
