"""Standardised columns, and weights back in the units of the data."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.fit import fit_binary
from lrlib.linear import logits
from lrlib.scaling import Scales, column_scales, in_original_units, standardise

from .problems import BINARY, MULTICLASS

# Three different numbers: their standard deviation is not a round share of their range.
COLUMN = np.array([-1.0, 0.0, 4.0])


class TestValues:
    def test_standardised_columns_have_mean_zero_and_spread_one(self, library):
        """Catches a variance in place of its root, and one value for all columns."""
        X = library.make(BINARY.X, "float64")
        Z = library.numpy(standardise(X, column_scales(X)))
        assert_allclose(Z.mean(axis=0), 0, atol=1e-13)
        assert_allclose(Z.std(axis=0), 1, rtol=1e-13)

    @pytest.mark.parametrize("value", [0.0, 0.1, -7e200, 1.5e308, 2024.0])
    def test_a_constant_column_is_zero_and_keeps_its_unit(self, value, library):
        """Catches 0/0, and the rounding error of a mean that is blown up to a feature."""
        X = library.make(np.full((13, 1), value), "float64")
        scales = column_scales(X)
        assert_array_equal(library.numpy(scales.unit), [1.0])
        assert_array_equal(library.numpy(standardise(X, scales)), np.zeros((13, 1)))

    @settings(max_examples=40)
    @given(scale=st.floats(-300, 300), shift=st.floats(-1e3, 1e3))
    def test_no_unit_and_no_origin_changes_the_standardised_column(self, scale, shift):
        """Catches squares that overflow at 1e155 or vanish at 1e-170, and a mean that has lost its digits."""
        X = ((COLUMN + shift) * 10.0**scale)[:, None]
        expected = (COLUMN - 1) / np.sqrt(14 / 3)
        # A shift of 1,000 takes three of the sixteen digits.
        assert_allclose(standardise(X, column_scales(X))[:, 0], expected, atol=1e-11)

    def test_years_in_single_precision_keep_their_digits(self, eager_library):
        """Catches a mean that float32 has rounded away from the middle of the years."""
        years = eager_library.make(np.arange(2005, 2025)[:, None], "float32")
        scales = column_scales(years)
        assert float(scales.centre[0]) == 2014.5
        assert_allclose(float(scales.unit[0]), np.sqrt((20**2 - 1) / 12), rtol=1e-6)

    @pytest.mark.parametrize("problem", [BINARY, MULTICLASS], ids=["binary", "multiclass"])
    def test_weights_in_original_units_give_the_same_logits(self, problem, library):
        """Catches units multiplied, and an intercept that forgot the centres."""
        X = library.make(problem.X, "float64")
        inner = tuple(library.make(part, "float64") for part in (problem.theta[:-1], problem.theta[-1]))
        scales = column_scales(X)
        got = library.numpy(logits(X, *in_original_units(inner, scales)))
        assert_allclose(got, library.numpy(logits(standardise(X, scales), *inner)), atol=1e-12)

    def test_a_constant_column_gets_no_weight_from_a_penalised_fit(self):
        """Catches a weight that moves the intercept of new rows, of which the training rows say nothing."""
        X = np.c_[BINARY.X, np.full(len(BINARY.X), 0.1)]
        scales = column_scales(X)
        w, b = in_original_units(fit_binary(standardise(X, scales), BINARY.y, l2=0.1), scales)
        without = column_scales(BINARY.X)
        expected = in_original_units(fit_binary(standardise(BINARY.X, without), BINARY.y, l2=0.1), without)
        assert w[3] == 0
        assert_allclose([*w[:3], b], [*expected.w, expected.b], rtol=1e-9)


class TestInputs:
    @pytest.mark.parametrize(
        ("X", "message"),
        [
            ([[1.0], [np.nan]], "X must hold finite numbers"),
            (np.zeros((0, 2)), "needs at least one example"),
            ([1.0, 2.0], r"reshape\(-1, 1\)"),
            ([[-1.7e308], [1.7e308], [1.7e308]], "the spread of each column must be a finite number"),
        ],
    )
    def test_columns_without_a_scale_are_refused(self, X, message):
        """Catches nan for a scale, which makes every logit nan."""
        with np.errstate(over="ignore", invalid="ignore"), pytest.raises(ValueError, match=message):
            column_scales(X)

    def test_scales_of_other_columns_are_refused(self):
        """Catches one scale broadcast over all columns."""
        with pytest.raises(ValueError, match=r"centre must have shape \(3,\)"):
            standardise(BINARY.X, Scales(np.zeros(1), np.ones(1)))
        with pytest.raises(ValueError, match=r"w must have shape \(1,\)"):
            in_original_units(([1.0, 2.0], 0.0), Scales(np.zeros(1), np.ones(1)))
