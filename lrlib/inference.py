"""How sure one may be of fitted weights: standard errors, tests and intervals from the likelihood around its maximum.

For fits without a penalty only: the parameters must be those of greatest likelihood on these very rows. That is
checked, whatever found them; if they are not, it is a ValueError that says so.

Parameters are in the order of the Hessians of lrlib.linear: the weights, then the intercept. P = D + 1 for two classes.
For K classes only differences have a meaning (prop-softmax-redundant), so every class is compared with a reference, and
P = (D + 1) (K - 1): the log-odds of class k against the reference, the class fastest, the reference left out.
All are computed in the widest floats that there are; of Dask arrays only (P, P) numbers are brought together.
"""

import math
from typing import Any, NamedTuple

from array_api_compat import array_namespace, device

from lrlib._arrays import Array
from lrlib._examples import computed, parameters_of, reach_of
from lrlib._likelihood import Maximum, losses, maximum
from lrlib.fit import fit_binary, fit_multiclass
from lrlib.linear import Line, binary_gradient, binary_hessian, binary_loss


class Wald(NamedTuple):
    """One number a parameter, (D + 1,) or (D + 1, K - 1), the intercept last."""

    estimate: Array  #: log-odds for one unit of the feature
    standard_error: Array  #: > 0, in the same units
    z: Array  #: estimate / standard_error
    p_value: Array  #: two-sided, for the hypothesis that the parameter is 0, in [0, 1]
    lower: Array  #: of the interval
    upper: Array


class Profile(NamedTuple):
    """One number a parameter, (D + 1,), the intercept last."""

    estimate: Array  #: log-odds for one unit of the feature
    lower: Array  #: of the interval, which need not have the estimate in its middle
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
    reach = reach_of(level)
    found = maximum(X, y, model, reference)
    xp = array_namespace(found.square)
    estimate = found.estimate[:, 0] if found.inner.w.ndim == 1 else found.estimate
    error = xp.reshape(xp.sqrt(xp.linalg.diagonal(found.square)) * found.scale, estimate.shape)
    z = estimate / error
    tails = [math.erfc(abs(float(value)) / math.sqrt(2)) for value in xp.reshape(z, (-1,))]
    p_value = xp.reshape(xp.asarray(tails, dtype=z.dtype, device=device(z)), z.shape)
    return Wald(estimate, error, z, p_value, estimate - reach * error, estimate + reach * error)


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


def profile_likelihood(X: Array, y: Array, model: Any, *, level: float = 0.95) -> Profile:
    """Return for each parameter the values that a likelihood-ratio test at 1 - level does not reject.

    A value is held, the other parameters are fitted again, and 2 (log L - log L_held) may reach the quantile of a
    chi-squared distribution (prop-inference-profile). X, y, model, errors: as for covariance, of two classes only.
    level: in (0, 1), else ValueError. Returns Profile of shape (D + 1,), after some tens of Newton steps for each.

    Source: Venzon and Moolgavkar, Applied Statistics 37 (1988), 87-94.

    >>> from lrlib.fit import fit_binary
    >>> X, y = [[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]], [0, 0, 1, 0, 1, 1, 1]
    >>> found = profile_likelihood(X, y, fit_binary(X, y))
    >>> print(found.lower.round(4), found.upper.round(4))
    [-1.321  -3.7613] [5.6878 1.6521]
    """
    reach = reach_of(level)
    found = maximum(X, y, model, reference=0)
    if found.inner.w.ndim > 1:
        raise ValueError("profile_likelihood is for two classes; got w of shape (D, K). Use wald.")
    centre, unit = found.scales
    xp = array_namespace(unit)
    D = unit.shape[0]
    # How the parameters in the units of X are made of the standardised ones: w / unit, and b - (centre / unit) . w.
    rows = xp.eye(D + 1, dtype=unit.dtype, device=device(unit))
    directions = [rows[j, :] / unit[j] for j in range(D)]
    directions += [xp.concat([-centre / unit, xp.ones_like(unit[:1])])]
    ends = [[_profile_end(found, a, side * reach) for side in (-1, 1)] for a in directions]
    lower, upper = (xp.asarray(side, dtype=unit.dtype, device=device(unit)) for side in zip(*ends, strict=True))
    estimate = found.estimate[:, 0]
    return Profile(estimate, estimate + lower, estimate + upper)


def _profile_end(found: Maximum, a: Array, reach: float) -> float:
    """Return how far from its best value a . theta is, on the side of reach's sign, where the statistic is reach^2."""
    from scipy.optimize import brentq

    Z, y = computed(found.Z), computed(found.y)
    xp, N = array_namespace(Z), Z.shape[0]
    best = xp.concat([computed(found.inner.w), computed(found.inner.b)[None]])
    least = float(binary_loss(Z, y, best[:-1], best[-1]))
    along = xp.linalg.solve(binary_hessian(Z, y, best[:-1], best[-1]) * N, a[:, None])[:, 0]
    error = math.sqrt(float(a @ along))  # the standard error: a step of it along the ridge is along / error

    def excess(errors: float) -> float:
        theta = _best_beside(Z, y, a, best + along * (errors / error))
        statistic: float = 2 * N * (float(binary_loss(Z, y, theta[:-1], theta[-1])) - least)
        return statistic - reach**2

    far = reach
    while excess(far) < 0:  # twice as far raises the statistic, a convex function, to twice as much at least
        far *= 2
    return float(brentq(excess, 0.0, far, xtol=1e-9)) * error


def _best_beside(Z: Array, y: Array, a: Array, theta: Array) -> Array:
    """Return the parameters of least loss among those with the same a . theta, by Newton's steps within that plane."""
    xp, N = array_namespace(Z), Z.shape[0]

    def loss(theta: Array) -> float:
        return float(binary_loss(Z, y, theta[:-1], theta[-1]))

    for _ in range(100):
        g, g0 = binary_gradient(Z, y, theta[:-1], theta[-1])
        gradient = xp.concat([g, g0[None]])
        hessian = binary_hessian(Z, y, theta[:-1], theta[-1])
        solved = xp.linalg.solve(hessian, xp.stack([gradient, a], axis=1))
        step = solved[:, 0] - solved[:, 1] * ((a @ solved[:, 0]) / (a @ solved[:, 1]))
        gain = float(gradient @ step)
        if N * gain < 1e-10:  # twice what the statistic could still fall
            break
        length = 1.0
        while loss(theta - length * step) > loss(theta) - length * gain / 4:
            length /= 2
        theta = theta - length * step
    return theta
