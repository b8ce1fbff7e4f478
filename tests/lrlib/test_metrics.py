"""Counts of right and wrong decisions against tables counted by hand, scikit-learn's, and bad input."""

import math
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from lrlib.metrics import accuracy, confusion_table, f1, macro_f1, precision, recall

RATES = {"precision": precision, "recall": recall, "f1": f1}
ALL = {"accuracy": accuracy, "confusion_table": confusion_table, "macro_f1": macro_f1, **RATES}
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

    def test_macro_f1_counts_classes_alike(self, library):
        """Catches a mean by examples, one over a class that is nowhere, and rows taken for columns."""
        y, predicted = library.make([0, 0, 0, 0, 1, 2]), library.make([0, 0, 1, 2, 1, 0])
        got = macro_f1(y, predicted, classes=4)
        assert isinstance(got, library.array_type)
        assert_allclose(library.numpy(got), (4 / 7 + 2 / 3 + 0) / 3, rtol=1e-15)

    @every
    @pytest.mark.parametrize("dtype", ["int64", "float32"])
    def test_a_weight_counts_rows(self, name, dtype, library):
        """Catches weights in one of two sums, and whole weights read as labels."""
        weight = np.array([2, 0, 1, 3, 1, 0, 1, 2, 2, 1])
        got = ALL[name](library.make(Y), library.make(PREDICTED), sample_weight=library.make(weight, dtype))
        expected = ALL[name](np.repeat(Y, weight), np.repeat(PREDICTED, weight))
        assert_allclose(library.numpy(got), expected, rtol=1e-15)

    def test_a_table_of_many_classes_needs_the_memory_of_its_cells(self):
        """Catches one-hot labels: 20,000 rows of 1,000 classes took 325 MB; the table itself has 8 MB."""
        y = np.random.default_rng(0).integers(0, 1000, 20_000)
        tracemalloc.start()
        table = confusion_table(y, y[::-1], classes=1000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert table.sum() == 20_000
        assert peak <= 16e6

    @every
    @pytest.mark.parametrize("weight", [None, [1, 2, 3, 1, 0]])
    def test_a_device_without_float64_has_metrics_too(self, name, weight):
        """Catches float64 where there is none, as on the GPUs of laptops."""
        strict = pytest.importorskip("array_api_strict")
        device = strict.Device("no_float64")
        y, predicted = (strict.asarray(labels, device=device) for labels in ([0, 1, 1, 0, 1], [0, 1, 0, 0, 1]))
        weights = None if weight is None else strict.asarray(weight, device=device)
        got = ALL[name](y, predicted, sample_weight=weights)
        assert got.device == device
        expected = ALL[name]([0, 1, 1, 0, 1], [0, 1, 0, 0, 1], sample_weight=weight)
        assert_allclose(np.asarray(strict.asarray(got, device=strict.Device("CPU_DEVICE"))), expected, rtol=1e-6)

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
    def test_macro_f1_agrees(self, decided):
        """Catches absent classes that count as 0."""
        metrics = pytest.importorskip("sklearn.metrics")
        want = metrics.f1_score(*decided, average="macro")
        assert_allclose(macro_f1(*decided, classes=4), want, rtol=1e-14)

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

    @pytest.mark.parametrize("name", ["confusion_table", "macro_f1", "precision", "recall", "f1"])
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
        with pytest.raises(ValueError, match=r"y must have shape \(3,\).*ravel\(.*\)"):
            ALL[name](column, flat)
        with pytest.raises(ValueError, match=r"y must have shape \(3,\)"):
            ALL[name](column, column)

    @every
    def test_different_lengths_are_refused(self, name, library):
        """Catches a prediction of length one that is compared with every label."""
        with pytest.raises(ValueError, match=r"predicted must have shape \(3,\) to match y \(3,\); got \(1,\)"):
            ALL[name](library.make([0, 1, 1]), library.make([1]))

    def test_identifiers_may_be_labels(self, eager_library):
        """Catches a limit of 2^31 for labels that are only compared."""
        y = eager_library.make([2**40, 7, 2**61])
        assert float(accuracy(y, eager_library.make([2**40, 8, 2**61]))) == 2 / 3

    @every
    def test_the_advice_helps_with_what_was_passed(self, name):
        """Catches .ravel() advised for a list or a table of pandas, which have none, and for one column per class."""
        column = [[0], [1], [1]]
        with pytest.raises(ValueError, match=r"got \(3, 1\)\. Use np\.ravel\(y\)\.$"):
            ALL[name](column, [0, 1, 1])
        with pytest.raises(ValueError, match=r"Use np\.ravel\(predicted\)\.$"):
            ALL[name]([0, 1, 1], pytest.importorskip("pandas").DataFrame({"p": [0, 1, 1]}))
        with pytest.raises(ValueError, match=r"must have shape \(3,\).*argmax along axis 1\.$"):
            ALL[name]([0, 1, 1], np.eye(3, dtype=int))
        with pytest.raises(ValueError, match=r"got \(\)\. Use np\.ravel\(y\)\.$"):
            ALL[name](1, 1)

    @every
    @pytest.mark.parametrize(
        ("weight", "message"),
        [
            ([1.0, -1.0, 0.0], "sample_weight must hold finite numbers >= 0; got -1 at .*1"),
            ([1.0, 1.0, math.nan], "sample_weight must hold finite numbers >= 0; got nan at .*2"),
            ([1.0], r"sample_weight must have shape \(3,\) to match y \(3,\); got \(1,\)"),
        ],
    )
    def test_weights_that_are_none_are_refused(self, name, weight, message):
        """Catches a share above 1, nan, and one weight for all."""
        with pytest.raises(ValueError, match=message):
            ALL[name]([0, 1, 1], [0, 1, 0], sample_weight=weight)

    @pytest.mark.parametrize("classes", [0, 2.5, -3])
    def test_a_number_of_classes_that_is_none_is_refused(self, classes):
        """Catches a message about labels from 0 to -1."""
        with pytest.raises(ValueError, match="classes must be a whole number >= 1"):
            confusion_table([0], [0], classes=classes)

    def test_an_accuracy_of_weights_of_zero_is_refused(self):
        """Catches 0/0, as for no examples."""
        with pytest.raises(ValueError, match="zeros only"):
            accuracy([0, 1], [0, 1], sample_weight=[0, 0])
