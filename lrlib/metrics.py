"""What a classifier is tested by: counts of right and wrong decisions. True labels first.

y, predicted: hard labels of shape (N,), bool or whole numbers. Decide first: a probability is not a decision, and is
refused. Where a rate is 0/0 it is nan, not a number made up.
"""

import math
from types import ModuleType

from lrlib._arrays import Array, check_class_labels, check_shape, namespace_of, one_hot


def accuracy(y: Array, predicted: Array) -> Array:
    """Return the share of predictions that equal the label, in [0, 1]  (eq-accuracy).

    y, predicted: (N,) with N >= 1, whole numbers >= 0 (any number of classes), else ValueError. Returns a scalar.

    >>> print(accuracy([1, 1, 0, 0, 1], [1, 0, 0, 0, 0]))
    0.6
    """
    xp, y, predicted = _labels(y, predicted, classes=2**31)
    if y.shape[0] == 0:
        raise ValueError("accuracy needs at least one example; got none.")
    return xp.mean(xp.astype(y == predicted, xp.float64))


def confusion_table(y: Array, predicted: Array, *, classes: int = 2) -> Array:
    """Return how often class i was predicted as class j: row i is the true class, column j the predicted one.

    y, predicted: (N,), whole numbers 0..classes-1, else ValueError. Returns (classes, classes) integers, sum N.

    >>> confusion_table([0, 0, 1, 1, 1], [0, 1, 1, 1, 0])
    array([[1, 1],
           [1, 2]])
    """
    xp, y, predicted = _labels(y, predicted, classes=classes)
    true_rows = xp.astype(one_hot(xp, y, classes), xp.float64)
    predicted_columns = xp.astype(one_hot(xp, predicted, classes), xp.float64)
    # Whole numbers below 2^53 are exact in float64, and matrix products of integers do not exist on a GPU.
    return xp.astype(xp.matrix_transpose(true_rows) @ predicted_columns, xp.int64)


def precision(y: Array, predicted: Array) -> Array:
    """Return TP / (TP + FP): of those called positive, the share that is  (eq-precision).

    y, predicted: (N,), labels 0 and 1, else ValueError. Returns a scalar in [0, 1]; nan if nothing was called positive.
    """
    xp, y, predicted = _labels(y, predicted, classes=2)
    return _rate(xp, xp.sum(y * predicted), xp.sum(predicted))


def recall(y: Array, predicted: Array) -> Array:
    """Return TP / (TP + FN): of the positives, the share that was found  (eq-recall).

    y, predicted: (N,), labels 0 and 1, else ValueError. Returns a scalar in [0, 1]; nan if there are no positives.
    """
    xp, y, predicted = _labels(y, predicted, classes=2)
    return _rate(xp, xp.sum(y * predicted), xp.sum(y))


def f1(y: Array, predicted: Array) -> Array:
    """Return 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall  (eq-f1).

    y, predicted: (N,), labels 0 and 1, else ValueError. Returns a scalar in [0, 1]; nan without any positive.
    """
    xp, y, predicted = _labels(y, predicted, classes=2)
    return _rate(xp, 2 * xp.sum(y * predicted), xp.sum(y) + xp.sum(predicted))


def _rate(xp: ModuleType, count: Array, total: Array) -> Array:
    count, total = xp.astype(count, xp.float64), xp.astype(total, xp.float64)
    return xp.where(total > 0, count / xp.where(total > 0, total, 1.0), xp.nan)


def _labels(y: Array, predicted: Array, *, classes: int) -> tuple[ModuleType, Array, Array]:
    xp, (y, predicted) = namespace_of(y=y, predicted=predicted)
    check_shape("y", y, y.shape if y.ndim == 1 else (math.prod(y.shape),), "one label per example")
    check_shape("predicted", predicted, y.shape, f"y {tuple(y.shape)}")
    return (
        xp,
        check_class_labels(xp, "y", y, classes),
        check_class_labels(xp, "predicted", predicted, classes),
    )
