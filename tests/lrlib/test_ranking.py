"""Curves and areas against counts by hand, pairs counted one by one, scikit-learn's, and bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.ranking import average_precision, precision_recall_curve, roc_auc, roc_curve

ALL = [roc_curve, roc_auc, precision_recall_curve, average_precision]
every = pytest.mark.parametrize("function", ALL)

Y, SCORE = [0, 1, 0, 1, 1, 0], [0.1, 0.4, 0.4, 0.8, 0.4, -2.0]  # a tie of three


@st.composite
def ranked(draw):
    """Draw labels, scores with many ties and whole weights, 1 to 25 of each."""
    rows = draw(
        st.lists(st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(0, 3)), min_size=1, max_size=25).filter(
            lambda rows: any(weight for _, _, weight in rows)
        )
    )
    return tuple(np.array(column) for column in zip(*rows, strict=True))


def numbers(answer):
    return np.concatenate([np.ravel(part) for part in answer]) if isinstance(answer, tuple) else np.ravel(answer)


class TestValues:
    def test_curves_counted_by_hand(self, library):
        """Catches rates exchanged, a tie that is taken apart, and a curve that does not begin at (0, 0)."""
        y, score = library.make(Y), library.make(SCORE, "float64")
        roc, pr = roc_curve(y, score), precision_recall_curve(y, score)
        assert_allclose(roc.false_positive_rate, [0, 0, 1 / 3, 2 / 3, 1])
        assert_allclose(roc.true_positive_rate, [0, 1 / 3, 1, 1, 1])
        assert_array_equal(roc.threshold, [math.inf, 0.8, 0.4, 0.1, -2.0])
        assert_allclose(pr.precision, [1, 3 / 4, 3 / 5, 1 / 2])
        assert_allclose(pr.recall, [1 / 3, 1, 1, 1])
        assert_allclose(average_precision(y, score), 1 / 3 + 2 / 3 * 3 / 4)

    @given(rows=ranked())
    def test_auc_is_the_share_of_pairs_won(self, rows):
        """Catches ties counted as won or as lost: the statistic of Mann and Whitney, pair by pair."""
        y, score, _ = rows
        pairs = [np.sign(s - t) / 2 + 0.5 for s in score[y == 1] for t in score[y == 0]]
        assert_allclose(roc_auc(y, score), np.mean(pairs) if pairs else math.nan, rtol=1e-13, atol=1e-15)

    @every
    @given(rows=ranked())
    @settings(max_examples=30)
    def test_a_weight_counts_rows(self, function, rows):
        """Catches weights in one of the two rates only, and a row of weight 0 that leaves a point."""
        y, score, weight = rows
        repeated = numbers(function(np.repeat(y, weight), np.repeat(score, weight)))
        assert_allclose(numbers(function(y, score, sample_weight=weight)), repeated, rtol=1e-12, atol=1e-14)

    @every
    def test_the_order_of_the_rows_changes_nothing(self, function):
        """Catches a tie that is decided by who comes first."""
        assert_array_equal(numbers(function(Y, SCORE)), numbers(function(Y[::-1], SCORE[::-1])))

    def test_scores_that_say_nothing(self, library):
        """Catches 0 or 1 for a constant score, as an order of the rows would give."""
        y, score = library.make(Y), library.make([0.3] * 6, "float64")
        assert float(roc_auc(y, score)) == 0.5
        assert float(average_precision(y, score)) == 0.5

    @pytest.mark.parametrize(("label", "recall"), [(0, math.nan), (1, 1.0)])
    def test_one_class_alone_gives_nan_where_it_would_divide_by_the_other(self, label, recall, library):
        """Catches an area of 0 or 1 made up for 0/0, and a warning."""
        y, score = library.make([label] * 3), library.make([1.0, 2.0, 3.0], "float64")
        assert math.isnan(float(roc_auc(y, score)))
        assert_array_equal(float(precision_recall_curve(y, score).recall[-1]), recall)
        assert_array_equal(float(average_precision(y, score)), recall)


class TestAgainstScikitLearn:
    @settings(max_examples=20)  # scikit-learn's checks take longer than its counting
    @given(rows=ranked())
    def test_two_classes_agree(self, rows):
        """Catches what the curves counted by hand forgive."""
        metrics = pytest.importorskip("sklearn.metrics")
        y, score, weight = (np.r_[column, [extra] * 2] for column, extra in zip(rows, (0, 2, 1), strict=True))
        y[-1] = 1  # both classes
        fpr, tpr, _ = metrics.roc_curve(y, score, sample_weight=weight, drop_intermediate=False)
        got = roc_curve(y, score, sample_weight=weight)
        assert_allclose(got.false_positive_rate, fpr, atol=1e-14)
        assert_allclose(got.true_positive_rate, tpr, atol=1e-14)
        assert_allclose(roc_auc(y, score, sample_weight=weight), metrics.roc_auc_score(y, score, sample_weight=weight))
        want = metrics.average_precision_score(y, score, sample_weight=weight)
        assert_allclose(average_precision(y, score, sample_weight=weight), want)


class TestInputs:
    def test_infinite_logits_have_an_order(self):
        """Catches a subtraction of scores: inf - inf is nan."""
        assert roc_auc([0, 0, 1, 1], [-math.inf, 0.0, math.inf, math.inf]) == 1

    def test_whole_numbers_are_not_rounded(self, eager_library):
        """Catches scores made float32: 2^24 and 2^24 + 1 would tie."""
        assert float(roc_auc(eager_library.make([0, 1]), eager_library.make([2**24, 2**24 + 1]))) == 1

    @pytest.mark.parametrize("dtype", ["bool", "uint8", "float32"])
    def test_decisions_are_scores_too(self, dtype, library):
        """Catches a difference of booleans, or one that wraps below 0: half of a tie each."""
        got = roc_auc(library.make([0, 0, 1, 1], "uint8"), library.make([0, 1, 1, 1], dtype))
        assert float(got) == 0.75

    def test_tensors_that_require_grad_are_read(self):
        """Catches a warning or an error about a graph: a rank has no gradient."""
        torch = pytest.importorskip("torch")
        assert float(roc_auc(torch.tensor(Y), torch.tensor(SCORE, requires_grad=True))) == roc_auc(Y, SCORE)

    def test_a_series_is_read_by_position(self):
        """Catches an index that reorders the rows."""
        pandas = pytest.importorskip("pandas")
        assert roc_auc(pandas.Series(Y, index=range(6, 0, -1)), pandas.Series(SCORE)) == roc_auc(Y, SCORE)

    @every
    @pytest.mark.parametrize(
        ("y", "score", "weight", "message"),
        [
            ([0, 1], [0.5, math.nan], None, r"score must be numbers that have an order; got nan at .*1"),
            ([0, 2], [0.5, 0.7], None, "y must hold class labels, whole numbers from 0 to 1; got 2 at .*1"),
            ([0, 1], [[0.5], [0.7]], None, r"score must have shape \(2,\) to match y \(2,\).*np.ravel\(score\)"),
            ([0, 1], [[0.5, 0.5], [0.3, 0.7]], None, r"score must have shape \(2,\)"),
            ([0, 1], [0.5], None, r"score must have shape \(2,\)"),
            ([], [], None, "needs at least one example"),
            ([0, 1], [0.5, 0.7], [1.0, -1.0], "sample_weight must hold finite numbers >= 0; got -1 at .*1"),
            ([0, 1], [0.5, 0.7], [0, 0], "sample_weight of zeros only"),
            ([0, 1], [0.5, 0.7], [1.0], r"sample_weight must have shape \(2,\)"),
        ],
    )
    def test_what_has_no_curve_is_refused(self, function, y, score, weight, message):
        """Catches nan sorted to one end, broadcasts, and sums over nothing."""
        with pytest.raises(ValueError, match=message):
            function(y, score, sample_weight=weight)
