"""Counts of right and wrong decisions against tables counted by hand, scikit-learn's, and bad input."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.metrics import accuracy, confusion_table, f1, precision, recall

RATES = {"precision": precision, "recall": recall, "f1": f1}
ALL = {"accuracy": accuracy, "confusion_table": confusion_table, **RATES}
every = pytest.mark.parametrize("name", ALL)
every_rate = pytest.mark.parametrize("name", RATES)

# Three true positives, one false positive, two false negatives, four true negatives: no two counts are equal.
Y = [1, 1, 1, 0, 1, 1, 0, 0, 0, 0]
PREDICTED = [1, 1, 1, 1, 0, 0, 0, 0, 0, 0]


@st.composite
def decisions(draw, classes):
    """Draw true and predicted labels of one length, 1 to 30."""
    pairs = draw(st.lists(st.tuples(*[st.integers(0, classes - 1)] * 2), min_size=1, max_size=30))
    return np.array(pairs).T


class TestValues:
    @pytest.mark.parametrize(
        ("name", "value"), [("accuracy", 7 / 10), ("precision", 3 / 4), ("recall", 3 / 5), ("f1", 2 / 3)]
    )
    def test_a_table_counted_by_hand(self, name, value, library):
        """Catches precision and recall exchanged, errors counted for hits, and a mean of the two in place of f1."""
        got = ALL[name](library.make(Y), library.make(PREDICTED))
        assert isinstance(got, library.array_type)
        assert tuple(got.shape) == ()
        assert_allclose(library.numpy(got), value, rtol=1e-15)

    def test_rows_of_the_confusion_table_are_true_classes(self, library):
        """Catches the transposed table."""
        got = confusion_table(library.make(Y), library.make(PREDICTED))
        assert isinstance(got, library.array_type)
        assert_array_equal(library.numpy(got), [[4, 1], [2, 3]])

    def test_a_class_that_never_occurs_has_its_row_and_column(self, library):
        """Catches a table as large as the classes that happen to be there."""
        got = confusion_table(library.make([0, 2, 2]), library.make([2, 2, 0]), classes=4)
        assert_array_equal(library.numpy(got), [[0, 0, 1, 0], [0, 0, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0]])

    @every_rate
    def test_a_rate_of_nothing_is_nan(self, name, library):
        """Catches 0, a number made up for 0/0, and a warning about the division."""
        none = library.make([0, 0, 0])
        assert math.isnan(float(library.numpy(RATES[name](none, none))))

    def test_each_rate_is_nan_only_where_its_own_denominator_is_zero(self, library):
        """Catches one denominator used for all three."""
        none, some = library.make([0, 0, 0]), library.make([1, 0, 0])
        values = {
            (name, case): float(library.numpy(rate(*pair)))
            for name, rate in RATES.items()
            for case, pair in {"none called": (some, none), "none there": (none, some)}.items()
        }
        want = {
            ("precision", "none called"): math.nan,
            ("precision", "none there"): 0.0,
            ("recall", "none called"): 0.0,
            ("recall", "none there"): math.nan,
            ("f1", "none called"): 0.0,
            ("f1", "none there"): 0.0,
        }
        assert_array_equal([values[key] for key in want], list(want.values()))

    @every
    def test_no_examples_give_no_number(self, name, library):
        """Catches 0/0 with a warning: no examples have no accuracy, nan for a rate, and a table of zeros."""
        none = library.make(np.empty(0, int))
        if name == "accuracy":
            with pytest.raises(ValueError, match="at least one example"):
                accuracy(none, none)
        elif name == "confusion_table":
            assert_array_equal(library.numpy(confusion_table(none, none)), np.zeros((2, 2)))
        else:
            assert math.isnan(float(library.numpy(ALL[name](none, none))))

    def test_accuracy_counts_any_number_of_classes(self, library):
        """Catches labels cut to two classes, or rounded to float32: 2^24 + 1 is not 2^24."""
        got = accuracy(library.make([0, 3, 7, 2**24 + 1]), library.make([0, 7, 7, 2**24]))
        assert float(library.numpy(got)) == 0.5


class TestAgainstScikitLearn:
    @settings(max_examples=25)  # scikit-learn's checks take longer than its counting
    @given(decided=decisions(2))
    def test_two_classes_agree(self, decided):
        """Catches what the table counted by hand forgives."""
        metrics = pytest.importorskip("sklearn.metrics")
        y, predicted = decided
        assert_allclose(accuracy(y, predicted), metrics.accuracy_score(y, predicted), rtol=1e-15)
        for name, rate in RATES.items():
            want = getattr(metrics, f"{name}_score")(y, predicted, zero_division=np.nan)
            assert_allclose(rate(y, predicted), want, rtol=1e-15, err_msg=name)

    @settings(max_examples=25)
    @given(decided=decisions(4))
    def test_confusion_tables_agree(self, decided):
        """Catches the transposed table, on more than two classes."""
        metrics = pytest.importorskip("sklearn.metrics")
        y, predicted = decided
        want = metrics.confusion_matrix(y, predicted, labels=range(4))
        assert_array_equal(confusion_table(y, predicted, classes=4), want)


class TestInputs:
    @every
    @pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float64"])
    def test_decisions_may_have_any_type(self, name, dtype, library):
        """Catches a product of booleans, a sum that wraps at 255 and floats that hold whole numbers."""
        y, predicted = np.tile(Y, 60), np.tile(PREDICTED, 60)
        got = ALL[name](library.make(y, dtype), library.make(predicted, dtype))
        assert_array_equal(library.numpy(got), ALL[name](y, predicted))

    @every
    def test_lists_are_read(self, name):
        """Catches [1, 0] == [1, 0], which is one True for two lists."""
        assert_array_equal(ALL[name](Y, PREDICTED), ALL[name](np.array(Y), np.array(PREDICTED)))

    @every
    def test_probabilities_are_refused(self, name, eager_library):
        """Catches an accuracy of 0 % from y == p."""
        y, p = eager_library.make([1, 0]), eager_library.make([0.9, 0.2], "float64")
        with pytest.raises(ValueError, match=r"predicted must hold class labels.*got 0\.9 .*predicted = p > 0\.5"):
            ALL[name](y, p)

    @every
    @pytest.mark.parametrize(("bad", "shown"), [(-1, "-1"), (math.nan, "nan"), (0.5, "0.5")])
    def test_labels_that_are_none_are_refused(self, name, bad, shown, eager_library):
        """Catches labels -1 and 1, and missing ones."""
        with pytest.raises(ValueError, match=f"y must hold class labels.*got {shown} at position 1.*Recode"):
            ALL[name](eager_library.make([1, bad]), eager_library.make([1, 0]))

    @pytest.mark.parametrize("name", ["confusion_table", "precision", "recall", "f1"])
    def test_a_third_class_is_refused_where_there_are_two(self, name, eager_library):
        """Catches a 2 that counts as two positives."""
        with pytest.raises(ValueError, match="whole numbers from 0 to 1; got 2"):
            ALL[name](eager_library.make([0, 1, 1]), eager_library.make([0, 1, 2]))

    @every
    def test_columns_are_refused(self, name, library):
        """Catches the silent broadcast of (N,) with (N, 1) to (N, N), for either argument."""
        flat, column = library.make([0, 1, 1]), library.make([[0], [1], [1]])
        with pytest.raises(ValueError, match=r"predicted must have shape \(3,\).*ravel\(.*\)"):
            ALL[name](flat, column)
        with pytest.raises(ValueError, match=r"y must have shape \(3,\).*Use y\.ravel\(\)"):
            ALL[name](column, flat)
        with pytest.raises(ValueError, match=r"y must have shape \(3,\)"):
            ALL[name](column, column)

    @every
    def test_different_lengths_are_refused(self, name, library):
        """Catches a prediction of length one that is compared with every label."""
        with pytest.raises(ValueError, match=r"predicted must have shape \(3,\) to match y \(3,\); got \(1,\)"):
            ALL[name](library.make([0, 1, 1]), library.make([1]))
