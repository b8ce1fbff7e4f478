"""How well scores put the positives before the negatives, at every threshold at once. True labels first.

y: (N,) labels 0 and 1; score: (N,) numbers of any scale, logits or probabilities, the higher the more positive; nan is
refused. sample_weight: (N,), finite and >= 0; a row of weight 2 counts as two rows. Equal scores are called together:
no order of the rows changes an answer. An order needs all scores at once, so Dask arrays are computed, and the answer
is NumPy's. Where there are no positives or no negatives, what would divide by their number is nan.
"""

from types import ModuleType
from typing import NamedTuple

from array_api_compat import array_namespace, device

from lrlib._arrays import Array, as_real, check_class_labels, check_values
from lrlib._examples import aligned, computed, with_weight


class RocCurve(NamedTuple):
    """The two rates for each threshold, from the highest on: call positive where score >= threshold."""

    false_positive_rate: Array  #: (T + 1,), rising from 0 to 1
    true_positive_rate: Array  #: (T + 1,), rising from 0 to 1: the recall
    threshold: Array  #: (T + 1,), inf (nothing is called) and the T different scores, falling


class PrecisionRecall(NamedTuple):
    """The two rates for each threshold, from the highest on: call positive where score >= threshold."""

    precision: Array  #: (T,), in [0, 1]
    recall: Array  #: (T,), rising to 1
    threshold: Array  #: (T,), the different scores, falling


class _Called(NamedTuple):
    """What is called positive at each different score, from the highest on."""

    xp: ModuleType
    hits: Array  # (T,)
    false_alarms: Array  # (T,)
    threshold: Array  # (T,)


def roc_curve(y: Array, score: Array, *, sample_weight: Array | None = None) -> RocCurve:
    """Return the rates of false and of true positives at every threshold that makes a difference.

    y, score: (N,), N >= 1, else ValueError. Returns RocCurve of T + 1 points for T different scores.

    >>> curve = roc_curve([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
    >>> print(curve.false_positive_rate, curve.true_positive_rate, curve.threshold)
    [0.  0.  0.5 1. ] [0.  0.5 1.  1. ] [inf 0.8 0.4 0.1]
    """
    called = _called("roc_curve", y, score, sample_weight)
    xp, like = called.xp, called.hits
    nothing = xp.zeros((1,), dtype=like.dtype, device=device(like))
    return RocCurve(
        xp.concat([nothing, _shares(called.false_alarms)]),
        xp.concat([nothing, _shares(called.hits)]),
        xp.concat([nothing + xp.inf, called.threshold]),
    )


def roc_auc(y: Array, score: Array, *, sample_weight: Array | None = None) -> Array:
    """Return the chance that a positive scores higher than a negative, both drawn at random; a tie counts one half.

    It is the area under the ROC curve, and the statistic of Mann and Whitney over the number of pairs. y, score: (N,),
    N >= 1, else ValueError. Returns a scalar in [0, 1]; nan if all labels are equal.

    Source: Hanley and McNeil, Radiology 143 (1982), 29-36.

    >>> print(roc_auc([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]))
    0.875
    """
    called = _called("roc_auc", y, score, sample_weight)
    xp, hits = called.xp, called.hits
    # Each negative meets the positives above it, and half of those of its own score.
    before = xp.concat([xp.zeros_like(hits[:1]), hits[:-1]])
    won = xp.sum(_steps(called.false_alarms) * (before + hits) / 2)
    pairs = hits[-1] * called.false_alarms[-1]
    return xp.where(pairs > 0, won / xp.where(pairs > 0, pairs, 1.0), xp.nan)


def precision_recall_curve(y: Array, score: Array, *, sample_weight: Array | None = None) -> PrecisionRecall:
    """Return precision and recall at every threshold that makes a difference.

    y, score: (N,), N >= 1, else ValueError. Returns PrecisionRecall of T points for T different scores. Between two
    points precision does not follow a straight line: draw steps.

    >>> curve = precision_recall_curve([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
    >>> print(curve.precision.round(4), curve.recall, curve.threshold)
    [1.     0.6667 0.5   ] [0.5 1.  1. ] [0.8 0.4 0.1]
    """
    called = _called("precision_recall_curve", y, score, sample_weight)
    precision = called.hits / (called.hits + called.false_alarms)
    return PrecisionRecall(precision, _shares(called.hits), called.threshold)


def average_precision(y: Array, score: Array, *, sample_weight: Array | None = None) -> Array:
    """Return the mean of the precisions at which the positives are found: the sum of precision times gain in recall.

    y, score: (N,), N >= 1, else ValueError. Returns a scalar in [0, 1]; nan without positives. Scores that say nothing
    get the share of positives. Trapezoids under the curve would promise more than any threshold gives.

    >>> print(round(float(average_precision([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])), 4))
    0.8333
    """
    curve = precision_recall_curve(y, score, sample_weight=sample_weight)
    xp = array_namespace(curve.recall)
    return xp.sum(_steps(curve.recall) * curve.precision)


def _called(what: str, y: Array, score: Array, sample_weight: Array | None) -> _Called:
    """Return the sums of positives and of negatives down to each different score."""
    xp, y, score, weights = _ranked(what, y, score, sample_weight)
    order = xp.argsort(score, descending=True, stable=True)
    y, score, weights = (xp.take(x, order, axis=0) for x in (y, score, weights))
    ends = xp.concat([score[1:] != score[:-1], xp.ones((1,), dtype=xp.bool, device=device(score))])
    hits = xp.cumulative_sum(weights * xp.astype(y, weights.dtype))[ends]
    false_alarms = xp.cumulative_sum(weights * xp.astype(1 - y, weights.dtype))[ends]
    return _Called(xp, hits, false_alarms, xp.astype(score[ends], weights.dtype))


def _ranked(what: str, y: Array, score: Array, sample_weight: Array | None) -> tuple[ModuleType, Array, Array, Array]:
    """Return the namespace and the checked columns of the rows that count: labels, scores and weights."""
    y, score, sample_weight = (None if x is None else computed(x) for x in (y, score, sample_weight))
    xp, (y, score, weights) = aligned(y=y, score=score, sample_weight=sample_weight)
    if score.dtype == xp.bool:
        score = xp.astype(score, xp.int64)
    if not xp.isdtype(score.dtype, "integral"):  # these stay as they are: in float32 neighbours above 2^24 would tie
        score = as_real(xp, score, "score")
    advice = "Drop or fill in what is missing."
    check_values(xp, "score", score, score == score, "be numbers that have an order", advice)
    labels = check_class_labels(xp, "y", y, 2)
    return xp, *with_weight(xp, what, labels, score, sample_weight=weights)


def _steps(rising: Array) -> Array:
    """Return by how much each entry is above the one before; the first, above 0."""
    xp = array_namespace(rising)
    return rising - xp.concat([xp.zeros_like(rising[:1]), rising[:-1]])


def _shares(count: Array) -> Array:
    """Return the counts over the last of them; nan if that is 0."""
    xp, total = array_namespace(count), count[-1]
    return xp.where(total > 0, count / xp.where(total > 0, total, 1.0), xp.nan)
