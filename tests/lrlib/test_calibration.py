"""Reliability by bins, Wilson's interval, Murphy's parts and Cox's line against sums by hand and statsmodels."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.calibration import brier_parts, calibration_line, reliability_bins, wilson_interval

Y = [0, 1, 0, 1, 1, 0, 1]
P = [0.0, 0.3, 0.3, 0.7, 0.75, 0.75, 1.0]


@st.composite
def forecasts(draw):
    """Draw labels, probabilities with ties and whole weights, 1 to 25 of each."""
    row = st.tuples(st.integers(0, 1), st.integers(0, 10), st.integers(0, 3))
    rows = draw(st.lists(row, min_size=1, max_size=25).filter(lambda rows: any(weight for _, _, weight in rows)))
    y, p, weight = (np.array(column) for column in zip(*rows, strict=True))
    return y, p / 10, weight


class TestBins:
    def test_bins_counted_by_hand(self, library):
        """Catches a probability of 1 that is lost, 0.3 counted below 0.3, and an empty bin that is left out."""
        bins = reliability_bins(library.make(Y), library.make(P, "float64"), bins=10)
        assert_array_equal(bins.count, [1, 0, 0, 2, 0, 0, 0, 3, 0, 1])
        assert_allclose(bins.mean_probability, [0, *[math.nan] * 2, 0.3, *[math.nan] * 3, 2.2 / 3, math.nan, 1])
        assert_allclose(bins.positive_share, [0, *[math.nan] * 2, 1 / 2, *[math.nan] * 3, 2 / 3, math.nan, 1])

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_an_edge_belongs_to_the_bin_that_it_begins(self, dtype, eager_library):
        """Catches float32's 0.7, which is a little below 0.7, in the bin before."""
        tenths = eager_library.make([k / 10 for k in range(10)], dtype)
        assert_array_equal(reliability_bins(eager_library.make([1] * 10), tenths).count, [1] * 10)

    def test_bins_of_equal_count(self):
        """Catches bins of equal width, and edges between the wrong neighbours."""
        bins = reliability_bins(Y, np.arange(1, 8) / 100, bins=3, spacing="count")
        assert_allclose(bins.edge, [0, 0.03, 0.05, 1])
        assert_array_equal(bins.count, [2, 2, 3])

    def test_equal_probabilities_share_a_bin(self):
        """Catches a tie that is cut by the order of the rows: five bins are asked for, two can be had."""
        y, p = np.array([0, 1, 1, 0, 1, 1]), np.array([0.2] * 4 + [0.9] * 2)
        bins = reliability_bins(y, p, bins=5, spacing="count")
        assert_array_equal(bins.count, [4, 2])
        assert_allclose(bins.positive_share, [0.5, 1])
        assert_array_equal(reliability_bins(Y, [0.4] * 7, spacing="count").count, [7])

    @pytest.mark.parametrize("spacing", ["width", "count"])
    @given(rows=forecasts(), bins=st.integers(1, 6))
    @settings(max_examples=30)
    def test_a_weight_counts_rows(self, spacing, rows, bins):
        """Catches weights left out of the edges, the means or the interval."""
        y, p, weight = rows
        weighted = reliability_bins(y, p, bins=bins, spacing=spacing, sample_weight=weight)
        repeated = reliability_bins(np.repeat(y, weight), np.repeat(p, weight), bins=bins, spacing=spacing)
        for got, expected in zip(weighted, repeated, strict=True):
            assert_allclose(got, expected, rtol=1e-12)


class TestWilson:
    @pytest.mark.parametrize("level", [0.8, 0.95])
    def test_it_is_the_one_of_statsmodels(self, level):
        """Catches the interval of Wald, and a one-sided level."""
        proportion = pytest.importorskip("statsmodels.stats.proportion")
        hits, n = np.array([0, 1, 3, 7, 7]), np.array([4, 50, 10, 8, 7])
        expected = proportion.proportion_confint(hits, n, alpha=1 - level, method="wilson")
        assert_allclose(wilson_interval(hits / n, n, level=level), expected, atol=1e-14)

    def test_its_ends_are_exact_where_all_draws_agree(self, library):
        """Catches -1e-17 for a lower end, and 1 + 1e-16 for an upper one."""
        lower, upper = wilson_interval(library.make([0.0, 1.0], "float64"), library.make([3.0, 3.0], "float64"))
        assert library.numpy(lower)[0] == 0
        assert library.numpy(upper)[1] == 1

    @pytest.mark.parametrize("level", [0, 1, 95, math.nan])
    def test_a_level_that_is_none_is_refused(self, level):
        """Catches 95 for 0.95."""
        with pytest.raises(ValueError, match=r"level must lie between 0 and 1"):
            wilson_interval(0.5, 4.0, level=level)


class TestBrierParts:
    def test_parts_counted_by_hand(self, library):
        """Catches reliability and resolution exchanged, or weighted by bins in place of examples."""
        y, p = library.make([0, 1, 1, 1, 0]), library.make([0.5, 0.5, 0.9, 0.9, 0.9], "float64")
        parts = brier_parts(y, p)
        assert_allclose(parts[:3], [0.6 * (0.9 - 2 / 3) ** 2, 0.4 * 0.1**2 + 0.6 * (2 / 3 - 0.6) ** 2, 0.24])
        assert_allclose(parts.within_bins, 0, atol=1e-16)

    @pytest.mark.parametrize("options", [{}, {"bins": 3}, {"bins": 4, "spacing": "count"}])
    @given(rows=forecasts())
    @settings(max_examples=30)
    def test_the_parts_add_up_to_the_score(self, options, rows):
        """Catches parts that are exact only where all probabilities of a bin are equal."""
        y, p, weight = rows
        parts = brier_parts(y, p, sample_weight=weight, **options)
        score = np.average((p - y) ** 2, weights=weight)
        total = parts.reliability - parts.resolution + parts.uncertainty + parts.within_bins
        assert_allclose(total, score, atol=1e-14)
        assert options or abs(parts.within_bins) < 1e-15


class TestLine:
    def test_it_finds_the_distortion(self, rng):
        """Catches slope and intercept exchanged: logits made twice too large and moved have w = 1/2."""
        z = rng.normal(size=200)
        y = (z + rng.logistic(size=200) > 0).astype(int)
        (w, b), (w2, b2) = calibration_line(y, z), calibration_line(y, 2 * z + 1)
        assert_allclose([w2, b2], [w / 2, b - w / 2], rtol=1e-6)

    def test_it_is_the_one_of_statsmodels(self, rng):
        """Catches a penalty."""
        models = pytest.importorskip("statsmodels.api")
        z = rng.normal(size=150)
        y = (z + rng.logistic(size=150) > 0).astype(int)
        expected = models.Logit(y, models.add_constant(z)).fit(disp=0).params
        assert_allclose(calibration_line(y, z)[::-1], expected, rtol=1e-6)

    def test_a_weight_counts_rows(self, rng):
        """Catches weights that are taken and not used, by rows repeated as often as they weigh."""
        z, weight = rng.normal(size=150), rng.integers(0, 4, size=150)
        y = (z + rng.logistic(size=150) > 0).astype(int)
        weighted = calibration_line(y, z, sample_weight=weight)
        assert_allclose(weighted, calibration_line(np.repeat(y, weight), np.repeat(z, weight)), rtol=1e-6)
        assert abs(weighted.w - calibration_line(y, z).w) > 0.01

    def test_a_probability_of_one_has_no_logit(self):
        """Catches an error about an X that the caller never passed."""
        with pytest.raises(ValueError, match="z must hold finite logits; got inf"):
            calibration_line([0, 1, 0, 1], [0.0, math.inf, 1.0, 2.0])


class TestInputs:
    @pytest.mark.parametrize("function", [reliability_bins, brier_parts])
    @pytest.mark.parametrize(
        ("y", "p", "options", "message"),
        [
            ([0, 1], [0.5, 1.5], {}, r"p must hold probabilities, in \[0, 1\]; got 1.5 at .*1.*sigmoid"),
            ([0, 1], [0.5, math.nan], {}, "p must hold probabilities.*got nan"),
            ([0, 3], [0.5, 0.5], {}, "y must hold class labels"),
            ([], [], {}, "at least one example"),
            ([0, 1], [0.5, 0.5], {"sample_weight": [0, 0]}, "zeros only"),
            ([0, 1], [0.5, 0.5], {"bins": 0}, "bins must be a whole number >= 1; got 0"),
            ([0, 1], [0.5, 0.5], {"bins": 3, "spacing": "quantile"}, 'spacing must be "width" or "count"'),
        ],
    )
    def test_what_cannot_be_binned_is_refused(self, function, y, p, options, message):
        """Catches logits taken for probabilities, and nan in no bin."""
        with pytest.raises(ValueError, match=message):
            function(y, p, **options)

    def test_lists_and_series_are_read(self):
        """Catches what works on NumPy arrays only."""
        series = pytest.importorskip("pandas").Series
        for make in (list, series):
            assert_allclose(brier_parts(make(Y), make(P), bins=4), brier_parts(np.array(Y), np.array(P), bins=4))
