"""How sure one may be of fitted weights: standard errors, tests and intervals from the curvature at the maximum.

For fits without a penalty only: the parameters must be those of greatest likelihood on these very rows. That is
checked, whatever found them; if they are not, it is a ValueError that says so.

Parameters are in the order of the Hessians of lrlib.linear: the weights, then the intercept. P = D + 1 for two classes.
For K classes only differences have a meaning (prop-softmax-redundant), so every class is compared with a reference, and
P = (D + 1) (K - 1): the log-odds of class k against the reference, the class fastest, the reference left out.
All are computed in the widest floats that there are; of Dask arrays only (P, P) numbers are brought together.
"""

import math
from statistics import NormalDist
from typing import Any, NamedTuple

from array_api_compat import array_namespace, device

from lrlib._arrays import Array
from lrlib._examples import parameters_of
from lrlib._likelihood import Maximum, losses, maximum
from lrlib.fit import fit_binary, fit_multiclass
from lrlib.linear import Line


class Wald(NamedTuple):
    """One number a parameter, (D + 1,) or (D + 1, K - 1), the intercept last."""

    estimate: Array  #: log-odds for one unit of the feature
    standard_error: Array  #: > 0, in the same units
    z: Array  #: estimate / standard_error
    p_value: Array  #: two-sided, for the hypothesis that the parameter is 0, in [0, 1]
    lower: Array  #: of the interval
    upper: Array


class LikelihoodRatio(NamedTuple):
    """A test of the hypothesis that the columns left out have weights of 0."""

    statistic: float  #: twice the difference of the log-likelihoods, >= 0
    degrees_of_freedom: int  #: how many parameters were left out
    p_value: float  #: the share of a chi-squared distribution beyond the statistic, in [0, 1]


def covariance(X: Array, y: Array, model: Any, *, reference: int = 0) -> Array:
    """Return the inverse of N times the Hessian: the estimated covariance matrix of the parameters  (eq-hessian).

    X: (N, D), y: (N,): the rows that were fitted. model: a fit without a penalty, or its (w, b). reference: of K
    classes, the one that all others are compared with. Returns (P, P), P as above.

    ValueError: the parameters are not at the greatest likelihood (a penalty, a fit that did not converge, other rows,
    separable classes), or columns are linearly dependent.
    """
    found = maximum(X, y, model, reference)
    return found.square * found.scale[:, None] * found.scale[None, :]


def wald(X: Array, y: Array, model: Any, *, level: float = 0.95, reference: int = 0) -> Wald:
    """Return each parameter's estimate, standard error, z, p value and interval, as if estimates were normal.

    X, y, model, reference, errors: as for covariance. level: of the intervals, in (0, 1), else ValueError.
    Returns Wald of shape (D + 1,), or (D + 1, K - 1). With few examples, or a large weight, the likelihood-ratio test
    is the better one: there the standard error grows faster than the weight, and z shrinks.

    >>> from lrlib.fit import fit_binary
    >>> X, y = [[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]], [0, 0, 1, 0, 1, 1, 1]
    >>> found = wald(X, y, fit_binary(X, y))
    >>> print(found.estimate.round(4), found.standard_error.round(4), found.p_value.round(4))
    [ 1.7918 -0.6931] [1.6833 1.2247] [0.2871 0.5714]
    """
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, for example 0.95; got {level}.")
    found = maximum(X, y, model, reference)
    xp = array_namespace(found.square)
    estimate = found.estimate[:, 0] if found.inner.w.ndim == 1 else found.estimate
    error = xp.reshape(xp.sqrt(xp.linalg.diagonal(found.square)) * found.scale, estimate.shape)
    z = estimate / error
    tails = [math.erfc(abs(float(value)) / math.sqrt(2)) for value in xp.reshape(z, (-1,))]
    p_value = xp.reshape(xp.asarray(tails, dtype=z.dtype, device=device(z)), z.shape)
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return Wald(estimate, error, z, p_value, estimate - reach, estimate + reach)


def likelihood_ratio_test(X: Array, y: Array, model: Any, *, without: list[int] | None = None) -> LikelihoodRatio:
    """Return the test of a fit against the best one on the same rows without some columns: 2 (log L - log L_without).

    X, y, model, errors: as for covariance. without: the columns to leave out, counted from 0, by default all of them,
    so that the intercept is left. The smaller model is fitted here, by fit_binary or fit_multiclass, which may warn.

    Source: Wilks, Annals of Mathematical Statistics 9 (1938), 60-62.

    >>> from lrlib.fit import fit_binary
    >>> X, y = [[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]], [0, 0, 1, 0, 1, 1, 1]
    >>> test = likelihood_ratio_test(X, y, fit_binary(X, y))
    >>> print(round(test.statistic, 4), test.degrees_of_freedom, round(test.p_value, 4))
    1.2429 1 0.2649
    """
    from scipy.special import chdtrc

    found = maximum(X, y, model, reference=0)
    D, M = found.Z.shape[1], found.estimate.shape[1]
    left_out = list(range(D)) if without is None else [int(column) for column in without]
    if not left_out or len(set(left_out)) < len(left_out) or not all(0 <= column < D for column in left_out):
        raise ValueError(f"without must name different columns of X, from 0 to {D - 1}; got {without}.")
    larger = float(array_namespace(found.Z).sum(losses(found.Z, found.y, found.inner)))
    # Both sums of losses round, so a difference of 0 may come out a little below.
    statistic = max(0.0, 2 * (_least_loss(found, [j for j in range(D) if j not in left_out]) - larger))
    return LikelihoodRatio(statistic, len(left_out) * M, float(chdtrc(len(left_out) * M, statistic)))


def _least_loss(found: Maximum, kept: list[int]) -> float:
    """Return the least sum of losses that the kept columns and the intercept can have."""
    xp, binary = array_namespace(found.Z), found.inner.w.ndim == 1
    if not kept:
        N, K = found.y.shape[0], 2 if binary else found.inner.w.shape[1]
        counts = [float(xp.sum(xp.astype(found.y == k, xp.int64))) for k in range(K)]
        return -sum(n * math.log(n / N) for n in counts)
    Z = xp.stack([found.Z[:, j] for j in kept], axis=1)
    smaller = (fit_binary if binary else fit_multiclass)(Z, found.y, progress=False)
    return float(xp.sum(losses(Z, found.y, Line(*parameters_of(xp, Z, smaller)))))
