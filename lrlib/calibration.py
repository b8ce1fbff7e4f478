"""Whether probabilities keep their word: of those that were given 0.7, do seven in ten come true?

y: (N,) labels 0 and 1; p: (N,) probabilities of class 1, in [0, 1]; N >= 1, else ValueError. sample_weight: (N,),
finite and >= 0; a row of weight 2 counts as two rows. Bins need all probabilities at once, so Dask arrays are computed,
and the answer is NumPy's.
"""

from statistics import NormalDist
from types import ModuleType
from typing import Literal, NamedTuple

from array_api_compat import device

from lrlib._arrays import Array, as_real, check_class_labels, check_values, namespace_of
from lrlib._examples import aligned, computed, totals, with_weight
from lrlib.fit import fit_binary
from lrlib.linear import Line

Spacing = Literal["width", "count"]


class ReliabilityBins(NamedTuple):
    """What was said and what came true, bin by bin of the probability; nan where a bin is empty."""

    edge: Array  #: (B + 1,), rising from 0 to 1; a bin holds its lower edge, the last one also 1
    count: Array  #: (B,), examples, or the sum of their weights
    mean_probability: Array  #: (B,), what was said
    positive_share: Array  #: (B,), what came true
    lower: Array  #: (B,), of the Wilson interval for positive_share
    upper: Array  #: (B,)


class Interval(NamedTuple):
    """The ends of an interval."""

    lower: Array
    upper: Array


class BrierParts(NamedTuple):
    """mean (p - y)^2 = reliability - resolution + uncertainty + within_bins, all in [-1, 1]."""

    reliability: Array  #: mean squared distance of what was said from what came true, 0 at best
    resolution: Array  #: how far the bins' shares of positives lie from the share of all, the more the better
    uncertainty: Array  #: share of positives times share of negatives: the score of the constant answer
    within_bins: Array  #: what the bins hide, 0 where all probabilities of a bin are equal


class _Judged(NamedTuple):
    """The checked columns of the rows that count."""

    xp: ModuleType
    y: Array
    p: Array
    weights: Array


def reliability_bins(
    y: Array,
    p: Array,
    *,
    bins: int = 10,
    spacing: Spacing = "width",
    level: float = 0.95,
    sample_weight: Array | None = None,
) -> ReliabilityBins:
    """Return the mean probability and the share of positives of each bin, with Wilson's interval for the share.

    bins: how many. spacing: "width" (equal parts of [0, 1]) or "count" (about equally many examples; equal
    probabilities share a bin, so there may be fewer bins). level: of the interval, in (0, 1). Else ValueError.
    Returns ReliabilityBins. The interval (wilson_interval) takes the examples of a bin as draws of one chance.

    >>> found = reliability_bins([0, 0, 1, 1], [0.1, 0.3, 0.3, 0.9], bins=2)
    >>> print(found.count, found.mean_probability.round(4), found.positive_share.round(4), found.lower.round(4))
    [3. 1.] [0.2333 0.9   ] [0.3333 1.    ] [0.0615 0.2065]
    """
    judged = _judged("reliability_bins", y, p, sample_weight)
    edge = _edges(judged, bins, spacing)
    which, B = _bin_of(judged, edge), edge.shape[0] - 1
    count = totals(judged.xp, which, B, judged.weights)
    said, came = (_means(judged, which, B, values) for values in (judged.p, judged.y))
    return ReliabilityBins(edge, count, said, came, *wilson_interval(came, count, level=level))


def wilson_interval(share: Array, count: Array, *, level: float = 0.95) -> Interval:
    """Return Wilson's interval for a chance, of which a share of `count` draws came true.

    share: in [0, 1]; count: > 0, of the same shape; level in (0, 1), else ValueError. Returns Interval of that shape,
    within [0, 1], and nan where the share is.

    Source: Wilson, Journal of the American Statistical Association 22 (1927), 209-212.

    >>> lower, upper = wilson_interval(0.5, 10.0)
    >>> print(lower.round(4), upper.round(4))
    0.2366 0.7634
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, for example 0.95; got {level}.")
    xp, (share, n) = namespace_of(share=share, count=count)
    share, n = as_real(xp, share, "share"), as_real(xp, n, "count")
    check_values(xp, "share", share, ~((share < 0) | (share > 1)), "lie in [0, 1]", "Divide by the count.")
    check_values(xp, "count", n, ~(n < 0), "be >= 0", "Count the draws.")
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2

    def lower(s: Array) -> Array:
        # The smaller root of the quadratic as a quotient: the difference would leave rounding errors at a share of 0.
        return n * s**2 / (n * s + z2 / 2 + xp.sqrt(z2 * (z2 / 4 + n * s * (1 - s))))

    return Interval(lower(share), 1 - lower(1 - share))


def brier_parts(
    y: Array, p: Array, *, bins: int | None = None, spacing: Spacing = "width", sample_weight: Array | None = None
) -> BrierParts:
    """Return Murphy's parts of the mean Brier score: reliability - resolution + uncertainty + within_bins.

    bins: None puts equal probabilities together, and within_bins is 0; a number, and spacing, as for reliability_bins.
    The sum is the score exactly, also with bins: within_bins is what they hide. Without bins each of N different
    probabilities is judged by one outcome, so reliability looks bad and resolution good: use bins then.

    Sources: Murphy, Journal of Applied Meteorology 12 (1973), 595-600; for within_bins, Stephenson, Coelho and
    Jolliffe, Weather and Forecasting 23 (2008), 752-757.

    >>> parts = brier_parts([0, 1, 1, 1], [0.5, 0.5, 0.9, 0.9])
    >>> print([round(float(part), 4) for part in parts])
    [0.005, 0.0625, 0.1875, 0.0]
    """
    judged = _judged("brier_parts", y, p, sample_weight)
    xp, y, p, weights = judged
    if bins is None:
        values, which = xp.unique_inverse(p)
        G = values.shape[0]
    else:
        edge = _edges(judged, bins, spacing)
        which, G = _bin_of(judged, edge), edge.shape[0] - 1
    said, came = (xp.take(_means(judged, which, G, values), which, axis=0) for values in (p, y))
    shares = weights / xp.sum(weights)
    base = xp.sum(shares * y)
    hidden = (p - said) * ((p - said) - 2 * (y - came))
    return BrierParts(
        xp.sum(shares * (said - came) ** 2),
        xp.sum(shares * (came - base) ** 2),
        base * (1 - base),
        xp.sum(shares * hidden),
    )


def calibration_line(y: Array, z: Array, *, sample_weight: Array | None = None) -> Line:
    """Return the w and b with which w z + b, fitted to the labels without a penalty, is the log-odds of class 1.

    y: (N,) labels 0 and 1, z: (N,) the model's logits, finite, else ValueError. Returns Line(w: scalar, b: scalar):
    w = 1 and b = 0 if the model keeps its word on these data; w < 1 if it is too sure of itself, as overfitting makes
    it; b then says how far its probabilities are too low (b > 0) or too high. Errors otherwise as for fit_binary.

    Source: Cox, Biometrika 45 (1958), 562-565.
    """
    xp, (z, y) = aligned(z=z, y=y)
    z = as_real(xp, z, "z")
    check_values(xp, "z", z, xp.isfinite(z), "hold finite logits", "A probability of 0 or 1 has no logit.")
    w, b = fit_binary(z[:, None], y, sample_weight=sample_weight, progress=False)[:2]
    return Line(w[0], b)


def _judged(what: str, y: Array, p: Array, sample_weight: Array | None) -> _Judged:
    y, p, sample_weight = (None if x is None else computed(x) for x in (y, p, sample_weight))
    xp, (y, p, weights) = aligned(y=y, p=p, sample_weight=sample_weight)
    p = as_real(xp, p, "p")
    advice = "Use sigmoid(z) if these are logits."
    check_values(xp, "p", p, (p >= 0) & (p <= 1), "hold probabilities, in [0, 1]", advice)
    y, p, weights = with_weight(xp, what, check_class_labels(xp, "y", y, 2), p, sample_weight=weights)
    return _Judged(xp, xp.astype(y, weights.dtype), p, weights)


def _edges(judged: _Judged, bins: int, spacing: Spacing) -> Array:
    """Return the edges of the bins, from 0 to 1."""
    xp, p = judged.xp, judged.p
    if not (bins >= 1 and int(bins) == bins):
        raise ValueError(f"bins must be a whole number >= 1; got {bins}.")
    if spacing not in ("width", "count"):
        raise ValueError(f'spacing must be "width" or "count"; got {spacing!r}.')
    # In the dtype of p: the float32 nearest to 0.7 then lies in the bin that begins at 0.7.
    parts = xp.arange(bins + 1, dtype=p.dtype, device=device(p)) / bins
    if spacing == "width":
        return parts
    order = xp.argsort(p)
    ordered, reached = xp.take(p, order), xp.cumulative_sum(xp.take(judged.weights, order))
    wanted = xp.astype(parts[1:-1], reached.dtype) * reached[-1]
    inner = xp.take(ordered, xp.searchsorted(reached, wanted, side="right"))
    inner = xp.unique_values(inner[inner > ordered[0]])  # else the first bin would be empty
    return xp.concat([parts[:1], inner, parts[-1:]])


def _bin_of(judged: _Judged, edge: Array) -> Array:
    """Return the number of each example's bin."""
    return judged.xp.searchsorted(edge[1:-1], judged.p, side="right")


def _means(judged: _Judged, which: Array, size: int, values: Array) -> Array:
    """Return the mean of the values in each bin, nan where there is none."""
    xp, _, _, weights = judged
    count = totals(xp, which, size, weights)
    total = totals(xp, which, size, weights * xp.astype(values, weights.dtype))
    return xp.where(count > 0, total / xp.where(count > 0, count, 1.0), xp.nan)
