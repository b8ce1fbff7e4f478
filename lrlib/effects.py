"""What a fit says in differences of probability: average marginal effects, and risks compared over the same rows.

For two classes, and for fits without a penalty: the parameters must be those of greatest likelihood on these very rows,
as in lrlib.inference, whose errors these functions raise. Standard errors are those of the delta method: the rows count
as given, and only the parameters as uncertain. An effect here is one of the model. Whether it is one of the world is a
question about how the rows came about, which no function can answer.
"""

from types import ModuleType
from typing import Any, NamedTuple

from array_api_compat import array_namespace

from lrlib._arrays import Array, as_features, check_shape, namespace_of, with_ones
from lrlib._examples import computed, parameters_of, reach_of
from lrlib.functions import logit, sigmoid
from lrlib.inference import covariance
from lrlib.linear import logits


class Effect(NamedTuple):
    """A number, or one a feature, with what the sampling of the labels leaves open."""

    estimate: Array
    standard_error: Array  #: > 0, in the same units
    lower: Array  #: of the interval
    upper: Array


class Risks(NamedTuple):
    """Mean probabilities of class 1 over the same rows in two versions."""

    before: Effect  #: the first version, in [0, 1]; its interval is made for the log-odds, and stays inside
    after: Effect  #: the second version, likewise
    difference: Effect  #: after - before, in [-1, 1]
    ratio: Effect  #: after / before; its interval is made for the logarithm, and both ends are positive


def average_marginal_effects(X: Array, y: Array, model: Any, *, level: float = 0.95) -> Effect:
    """Return mean(p (1 - p)) w_j: by how much p rises with feature j, per unit, on average  (eq-inference-ame).

    X: (N, D), y: (N,) labels 0 and 1: the rows that were fitted. model: the fit, or its (w, b). level: of the
    intervals, in (0, 1), else ValueError. Returns Effect of (D,) numbers, per unit of the feature. For a feature of
    zeros and ones compare_risks says what the step from 0 to 1 does; a slope does not.

    >>> from lrlib.fit import fit_binary
    >>> X, y = [[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]], [0, 0, 1, 0, 1, 1, 1]
    >>> found = average_marginal_effects(X, y, fit_binary(X, y))
    >>> print(found.estimate.round(4), found.standard_error.round(4))
    [0.3626] [0.2164]
    """
    reach = reach_of(level)
    xp, X, w, b, square = _fitted(X, y, model)
    p = sigmoid(logits(X, w, b))
    slope = p * (1 - p)
    mean_slope = xp.mean(slope)
    # The derivative of w_j mean(p (1 - p)) by w_k: its own factor, and what w_k does to every p (1 - p).
    bend = xp.mean((slope * (1 - 2 * p))[:, None] * with_ones(xp, X), axis=0)
    D = w.shape[0]
    jacobian = w[:, None] * bend[None, :] + mean_slope * xp.eye(D + 1, dtype=w.dtype)[:D, :]
    return _with_interval(xp, w * mean_slope, jacobian, square, reach)


def compare_risks(X: Array, y: Array, model: Any, before: Array, after: Array, *, level: float = 0.95) -> Risks:
    """Return the mean p over rows as they are in `before` and in `after`, their difference and ratio.

    X, y, model, level: as for average_marginal_effects. before, after: (M, D), else ValueError: usually X itself with
    one feature set to one value in all rows, then to another (eq-inference-risk-difference). Features made of others,
    such as squares, dummies and products, must be changed with them. Returns Risks.

    >>> import numpy as np
    >>> from lrlib.fit import fit_binary
    >>> X, y = [[0.0], [0.0], [0.0], [1.0], [1.0], [1.0], [1.0]], [0, 0, 1, 0, 1, 1, 1]
    >>> risks = compare_risks(X, y, fit_binary(X, y), np.zeros((7, 1)), np.ones((7, 1)))
    >>> print(risks.difference.estimate.round(4), risks.ratio.estimate.round(4))
    0.4167 2.25
    """
    reach = reach_of(level)
    xp, X, w, b, square = _fitted(X, y, model)
    risks, slopes = [], []
    for name, rows in (("before", before), ("after", after)):
        _, (_, rows) = namespace_of(X=X, rows=computed(rows))
        rows = xp.astype(as_features(xp, rows), w.dtype)
        check_shape(name, rows, (rows.shape[0], w.shape[0]), f"X {tuple(X.shape)}")
        p = sigmoid(logits(rows, w, b))
        risks.append(xp.mean(p))
        slopes.append(xp.mean((p * (1 - p))[:, None] * with_ones(xp, rows), axis=0))
    ends = [_risk(xp, risk, slope, square, reach) for risk, slope in zip(risks, slopes, strict=True)]
    difference = _with_interval(xp, risks[1] - risks[0], slopes[1] - slopes[0], square, reach)
    ratio = risks[1] / risks[0]
    in_log = _with_interval(xp, xp.log(ratio), slopes[1] / risks[1] - slopes[0] / risks[0], square, reach)
    in_ratio = Effect(ratio, ratio * in_log.standard_error, xp.exp(in_log.lower), xp.exp(in_log.upper))
    return Risks(ends[0], ends[1], difference, in_ratio)


def _fitted(X: Array, y: Array, model: Any) -> tuple[ModuleType, Array, Array, Array, Array]:
    """Return X, w, b and the covariance matrix of (w, b), of two classes, in the floats of the matrix."""
    square = covariance(X, y, model)
    _, (X,) = namespace_of(X=X)
    X = computed(X)
    xp = array_namespace(X)
    w, b = (computed(part) for part in parameters_of(xp, X, model))
    if w.ndim > 1:
        raise ValueError("Effects are for two classes; got w of shape (D, K).")
    return xp, *(xp.astype(part, square.dtype) for part in (as_features(xp, X), w, b)), square


def _risk(xp: ModuleType, risk: Array, slope: Array, square: Array, reach: float) -> Effect:
    """Return the risk with its standard error, and the interval of its log-odds brought back by the sigmoid."""
    turn = risk * (1 - risk)
    inner = _with_interval(xp, logit(risk), slope / turn, square, reach)
    return Effect(risk, turn * inner.standard_error, sigmoid(inner.lower), sigmoid(inner.upper))


def _with_interval(xp: ModuleType, estimate: Array, jacobian: Array, square: Array, reach: float) -> Effect:
    """Return the delta method's standard error, the root of the diagonal of J C J^T  (eq-inference-delta)."""
    error = xp.sqrt(xp.sum((jacobian @ square) * jacobian, axis=-1))
    return Effect(estimate, error, estimate - reach * error, estimate + reach * error)
