"""What a classifier is tested by: counts of right and wrong decisions. True labels first.

y, predicted: hard labels of shape (N,), bool or whole numbers. Decide first: a probability is not a decision, and is
refused. Where a rate is 0/0 it is nan, not a number made up. sample_weight: (N,), finite and >= 0, by default all 1; a
row of weight 2 counts as two rows.
"""

from types import ModuleType
from typing import NamedTuple

from array_api_compat import is_lazy_array

from lrlib._arrays import Array, check_class_labels
from lrlib._examples import aligned, check_some, totals, weights_of, widest_float

ANY_CLASS = 2**62  # labels that are only compared may be as large as a 64-bit integer


class _Counted(NamedTuple):
    """Checked labels, and the weights if there are any."""

    xp: ModuleType
    y: Array
    predicted: Array
    weights: Array | None

    def total(self, count: Array) -> Array:
        """Return how often something is so: the sum of booleans, or of labels 0 and 1, by weight."""
        if self.weights is None:
            return self.xp.sum(self.xp.astype(count, self.xp.int64))
        return self.xp.sum(self.xp.astype(count, self.weights.dtype) * self.weights)


def accuracy(y: Array, predicted: Array, *, sample_weight: Array | None = None) -> Array:
    """Return the share of predictions that equal the label, in [0, 1]  (eq-accuracy).

    y, predicted: (N,) with N >= 1, whole numbers >= 0 (any number of classes), else ValueError. Returns a scalar.

    >>> print(accuracy([1, 1, 0, 0, 1], [1, 0, 0, 0, 0]))
    0.6
    """
    counted = _labels(y, predicted, sample_weight, classes=ANY_CLASS)
    check_some(counted.y.shape[0], "accuracy")
    every = counted.total(counted.y >= 0)
    if not is_lazy_array(every) and float(every) == 0:
        raise ValueError("accuracy needs an example that counts; got sample_weight of zeros only.")
    return _rate(counted.xp, counted.total(counted.y == counted.predicted), every)


def confusion_table(y: Array, predicted: Array, *, classes: int = 2, sample_weight: Array | None = None) -> Array:
    """Return how often class i was predicted as class j: row i is the true class, column j the predicted one.

    y, predicted: (N,), whole numbers 0..classes-1, else ValueError. Returns (classes, classes) integers, sum N; with
    weights floats, whose sum is that of the weights.

    >>> confusion_table([0, 0, 1, 1, 1], [0, 1, 1, 1, 0])
    array([[1, 1],
           [1, 2]])
    """
    if not (classes >= 1 and int(classes) == classes):
        raise ValueError(f"classes must be a whole number >= 1; got {classes}.")
    xp, y, predicted, weights = _labels(y, predicted, sample_weight, classes=classes)
    # One number names the cell, so that memory is needed for the rows and for the table, not for their product.
    cells = totals(xp, y * classes + predicted, int(classes) ** 2, weights)
    return xp.reshape(cells, (classes, classes))


def precision(y: Array, predicted: Array, *, sample_weight: Array | None = None) -> Array:
    """Return TP / (TP + FP): of those called positive, the share that is  (eq-precision).

    y, predicted: (N,), labels 0 and 1, else ValueError. Returns a scalar in [0, 1]; nan if nothing was called positive.
    """
    counted = _labels(y, predicted, sample_weight, classes=2)
    hits = counted.total(counted.y * counted.predicted)
    return _rate(counted.xp, hits, counted.total(counted.predicted))


def recall(y: Array, predicted: Array, *, sample_weight: Array | None = None) -> Array:
    """Return TP / (TP + FN): of the positives, the share that was found  (eq-recall).

    y, predicted: (N,), labels 0 and 1, else ValueError. Returns a scalar in [0, 1]; nan if there are no positives.
    """
    counted = _labels(y, predicted, sample_weight, classes=2)
    hits = counted.total(counted.y * counted.predicted)
    return _rate(counted.xp, hits, counted.total(counted.y))


def f1(y: Array, predicted: Array, *, sample_weight: Array | None = None) -> Array:
    """Return 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall  (eq-f1).

    y, predicted: (N,), labels 0 and 1, else ValueError. Returns a scalar in [0, 1]; nan without any positive.
    """
    counted = _labels(y, predicted, sample_weight, classes=2)
    hits = counted.total(counted.y * counted.predicted)
    return _rate(counted.xp, 2 * hits, counted.total(counted.y) + counted.total(counted.predicted))


def macro_f1(y: Array, predicted: Array, *, classes: int = 2, sample_weight: Array | None = None) -> Array:
    """Return the mean of the classes' F1, each class in turn the positive one: a rare class counts as a common one.

    y, predicted: (N,), whole numbers 0..classes-1, else ValueError. A class that is neither there nor predicted has no
    F1 and is left out of the mean. Returns a scalar in [0, 1]; nan if no class is left.

    >>> print(round(float(macro_f1([0, 0, 0, 1, 2], [0, 0, 1, 1, 1], classes=3)), 4))
    0.4333
    """
    table = confusion_table(y, predicted, classes=classes, sample_weight=sample_weight)
    xp, _ = aligned(table=table[0, :])
    hits, there, called = xp.linalg.diagonal(table), xp.sum(table, axis=1), xp.sum(table, axis=0)
    occurs = there + called > 0
    scores = xp.where(occurs, _rate(xp, 2 * hits, there + called), 0.0)
    return _rate(xp, xp.sum(scores), xp.sum(xp.astype(occurs, scores.dtype)))


def _rate(xp: ModuleType, count: Array, total: Array) -> Array:
    """Return count / total in the widest floats of the device, nan where the total is 0."""
    dtype = widest_float(xp, total)
    count, total = xp.astype(count, dtype), xp.astype(total, dtype)
    return xp.where(total > 0, count / xp.where(total > 0, total, 1.0), xp.nan)


def _labels(y: Array, predicted: Array, sample_weight: Array | None, *, classes: int) -> _Counted:
    xp, (y, predicted, weights) = aligned(y=y, predicted=predicted, sample_weight=sample_weight)
    return _Counted(
        xp,
        check_class_labels(xp, "y", y, classes),
        check_class_labels(xp, "predicted", predicted, classes),
        None if weights is None else weights_of(xp, weights),
    )
