"""The losses of the margin: values worked by hand, their order, their limits and bad input."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.losses import binary_cross_entropy
from lrlib.surrogates import exponential_loss, hinge_loss, logistic_loss, margin, squared_loss, zero_one_loss

LOSSES = {
    "zero_one_loss": zero_one_loss,
    "logistic_loss": logistic_loss,
    "hinge_loss": hinge_loss,
    "exponential_loss": exponential_loss,
    "squared_loss": squared_loss,
}
every_loss = pytest.mark.parametrize("name", LOSSES)
margins = st.floats(-500, 500)


class TestMargin:
    def test_it_counts_the_logit_in_favour_of_the_true_class(self, library):
        """Catches labels read as -1 and 1, y z, and a sign exchanged between the classes."""
        got = margin(library.make([3.0, 3.0, -2.0, -2.0], "float64"), library.make([1, 0, 1, 0]))
        assert_array_equal(library.numpy(got), [3, -3, -2, 2])

    @pytest.mark.parametrize("label_dtype", ["bool", "uint8", "int64", "float32"])
    def test_labels_may_have_any_type(self, label_dtype, library):
        """Catches 2y - 1 of unsigned integers, which wraps to 255."""
        got = margin(library.make([3.0, 3.0], "float32"), library.make([1, 0], label_dtype))
        assert library.dtype_name(got) == "float32"
        assert_array_equal(library.numpy(got), [3, -3])

    def test_a_column_of_labels_is_refused(self, library):
        """Catches the silent broadcast of (N,) with (N, 1) to (N, N)."""
        with pytest.raises(ValueError, match=r"y must have shape \(2,\) .*Use y\.ravel\(\)"):
            margin(library.make([3.0, 3.0], "float64"), library.make([[1], [0]]))

    @pytest.mark.parametrize("bad", [-1, 2, 0.5, math.nan])
    def test_labels_that_are_not_zero_or_one_are_refused(self, bad, eager_library):
        """Catches labels -1 and 1 and soft labels, for which a margin is not defined."""
        with pytest.raises(ValueError, match="whole numbers from 0 to 1; got"):
            margin(eager_library.make([3.0, 3.0], "float64"), eager_library.make([1, bad]))


class TestValues:
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("zero_one_loss", [1, 1, 0, 0, 0]),
            (
                "logistic_loss",
                [math.log(1 + math.exp(2)), math.log(2), *(math.log(1 + math.exp(-m)) for m in (0.5, 1, 3))],
            ),
            ("hinge_loss", [3, 1, 0.5, 0, 0]),
            ("exponential_loss", [math.exp(2), 1, math.exp(-0.5), math.exp(-1), math.exp(-3)]),
            ("squared_loss", [9, 1, 0.25, 0, 4]),
        ],
    )
    def test_a_table_worked_by_hand(self, name, values, library):
        """Catches a lost minus, a hinge without its corner, a 0-1 loss that forgives a margin of 0."""
        got = LOSSES[name](library.make([-2.0, 0.0, 0.5, 1.0, 3.0], "float64"))
        assert isinstance(got, library.array_type)
        assert_allclose(library.numpy(got), values, rtol=1e-14)

    @every_loss
    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_the_result_keeps_its_precision(self, name, dtype, library):
        """Catches a constant that widens float32."""
        assert library.dtype_name(LOSSES[name](library.make([[-2.0], [2.0]], dtype))) == dtype

    @every_loss
    def test_an_integer_margin_is_read_as_a_float(self, name, library):
        """Catches a loss cut to whole numbers."""
        got = LOSSES[name](library.make([-2, 0, 3]))
        assert library.dtype_name(got) == library.default_float
        assert_allclose(library.numpy(got), LOSSES[name]([-2.0, 0.0, 3.0]), rtol=1e-6)

    @every_loss
    def test_nan_gives_nan_and_no_margin_no_loss(self, name, library):
        """Catches a diverged model that counts as right, because nan <= 0 is false."""
        assert np.isnan(library.numpy(LOSSES[name](library.make([math.nan], "float64")))).all()
        assert tuple(LOSSES[name](library.make(np.empty((0, 2)), "float64")).shape) == (0, 2)

    @pytest.mark.parametrize(
        ("name", "limits"),
        [
            ("zero_one_loss", [1, 0]),
            ("logistic_loss", [math.inf, 0]),
            ("hinge_loss", [math.inf, 0]),
            ("exponential_loss", [math.inf, 0]),
            ("squared_loss", [math.inf, math.inf]),
        ],
    )
    def test_infinite_margins_have_their_limits(self, name, limits, library):
        """Catches inf - inf."""
        got = LOSSES[name](library.make([-math.inf, math.inf], "float64"))
        assert_array_equal(library.numpy(got), limits)


class TestLogisticLoss:
    @given(m=margins)
    def test_in_base_two_it_bounds_the_zero_one_loss(self, m):
        """Catches the natural logarithm: at m = 0 it is 0.69 where the 0-1 loss is 1."""
        assert logistic_loss(m, base=2) >= zero_one_loss(m)

    def test_in_nats_it_does_not(self):
        """Catches base 2 as the default."""
        assert logistic_loss(0.0) < zero_one_loss(0.0)

    @pytest.mark.parametrize("base", [2, 10, math.e])
    def test_the_base_divides_by_its_logarithm(self, base, library):
        """Catches a product in place of a quotient, and a base that is ignored."""
        got = logistic_loss(library.make([0.0, -1.0], "float64"), base=base)
        assert_allclose(library.numpy(got), [math.log(2, base), math.log(1 + math.e, base)], rtol=1e-14)

    @given(z=st.floats(-1e4, 1e4), y=st.integers(0, 1))
    def test_it_is_the_cross_entropy_written_in_the_margin(self, z, y):
        """Catches a margin of the wrong sign for one of the classes."""
        assert_allclose(logistic_loss(margin(z, y)), binary_cross_entropy(z, y), rtol=1e-15)

    @pytest.mark.parametrize("base", [1, 0, -2, 0.5, math.nan])
    def test_a_base_that_is_none_is_refused(self, base):
        """Catches a division by log 1 = 0, and losses that fall below 0."""
        with pytest.raises(ValueError, match="base must be greater than 1; got"):
            logistic_loss(0.0, base=base)


class TestOrder:
    @given(m=margins)
    def test_hinge_exponential_and_squared_bound_the_zero_one_loss(self, m):
        """Catches a hinge whose corner is at 0, and a lost square."""
        assert hinge_loss(m) >= zero_one_loss(m)
        assert exponential_loss(m) >= zero_one_loss(m)
        assert squared_loss(m) >= zero_one_loss(m)

    @given(m=margins, other=margins)
    def test_all_but_the_squared_loss_fall_with_the_margin(self, m, other):
        """Catches a lost minus, and a hinge that goes below 0 and up again."""
        low, high = min(m, other), max(m, other)
        for name in ("zero_one_loss", "logistic_loss", "hinge_loss", "exponential_loss"):
            assert LOSSES[name](low) >= LOSSES[name](high) >= 0


def test_autograd_gives_the_slopes_worked_by_hand():
    """Catches a slope of 0 or nan from the branch that was not taken; the 0-1 loss has none to give."""
    torch = pytest.importorskip("torch")
    slopes = {
        "logistic_loss": [-1 / (1 + math.exp(-2)), -0.5, -1 / (1 + math.exp(3))],
        "hinge_loss": [-1, -1, 0],
        "exponential_loss": [-math.exp(2), -1, -math.exp(-3)],
        "squared_loss": [-6, -2, 4],
    }
    for name, want in slopes.items():
        m = torch.tensor([-2.0, 0.0, 3.0], dtype=torch.float64, requires_grad=True)
        (got,) = torch.autograd.grad(LOSSES[name](m).sum(), m)
        assert_allclose(got.numpy(), want, rtol=1e-14)
