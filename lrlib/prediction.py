"""From a fit to probabilities, and from probabilities to decisions.

model: what fit_binary, fit_multiclass or least_squares returned, or a pair (w, b) of your own: w (D,) and b a scalar
for two classes, W (D, K) and b (K,) for K. Only its first two entries are used.
"""

from typing import Any

from lrlib._arrays import Array, as_features, check_values, namespace_of
from lrlib._examples import parameters_of
from lrlib.functions import sigmoid, softmax
from lrlib.linear import logits


def predict_proba(X: Array, model: Any) -> Array:
    """Return the probability of class 1, sigmoid(X @ w + b), or of each of K classes, softmax(X @ W + b).

    X: (N, D) of finite numbers, in the units of the fit, else ValueError. Returns (N,), or (N, K) with rows of sum 1.

    >>> print(predict_proba([[0.0], [2.0]], ([1.0], -1.0)).round(4))
    [0.2689 0.7311]
    """
    z = _logits(X, model)
    return sigmoid(z) if z.ndim == 1 else softmax(z)


def predict(X: Array, model: Any, *, threshold: float | None = None) -> Array:
    """Return a decision per example: is p > threshold, for two classes, or the most probable of K.

    X: as for predict_proba. threshold: in [0, 1], by default 1/2, for two classes only, else ValueError; where a miss
    costs r false alarms it is 1 / (1 + r) (eq-cost-threshold). Of equally probable classes the first is taken.
    Returns (N,) integers, class labels.

    >>> print(predict([[0.0], [2.0]], ([1.0], -1.0), threshold=0.1))
    [1 1]
    """
    z = _logits(X, model)
    xp, _ = namespace_of(z=z)
    if z.ndim == 2:
        if threshold is not None:
            raise ValueError(
                "threshold is for two classes; got one for several. Compare predict_proba(...)[:, k] with it."
            )
        return xp.argmax(z, axis=1)
    threshold = 0.5 if threshold is None else threshold
    if not 0 <= threshold <= 1:
        raise ValueError(f"threshold must be a probability in [0, 1]; got {threshold}. Use sigmoid(z) for a logit z.")
    return xp.astype(sigmoid(z) > threshold, xp.int64)


def _logits(X: Array, model: Any) -> Array:
    """Return the scores of finite rows."""
    xp, (X,) = namespace_of(X=X)
    X = as_features(xp, X)
    advice = "Fill in or drop what is missing, as before the fit."
    X = check_values(xp, "X", X, xp.isfinite(X), "hold finite numbers", advice)
    return logits(X, *parameters_of(xp, X, model))
