"""Linear models and what training them makes small: the objective, its gradient and its Hessian.

X: (N, D) features; w: (D,) weights, b: intercept, a scalar. For K classes W: (D, K), b: (K,). Objectives are
mean loss + l2/2 * (sum of squared weights), the intercept never penalised, so scikit-learn's C is 1 / (N * l2).
Shapes that do not fit, labels outside the classes and a negative l2 are a ValueError.
"""

from types import ModuleType
from typing import NamedTuple

from array_api_compat import array_namespace

from lrlib._arrays import (
    Array,
    as_features,
    as_real,
    check_class_labels,
    check_l2,
    check_shape,
    check_values,
    check_weights,
    first_on_diagonal,
    namespace_of,
    one_hot,
    with_ones,
)
from lrlib.functions import log_softmax, softmax
from lrlib.losses import binary_cross_entropy, multiclass_cross_entropy
from lrlib.pointwise import (
    binary_curvature_at,
    binary_loss_and_slope,
    multiclass_curvature_at,
    multiclass_loss_and_slope,
)


class Line(NamedTuple):
    """The parameters of X @ w + b."""

    w: Array  #: (D,)
    b: Array  #: scalar


class Gradient(NamedTuple):
    """The derivative of an objective with respect to w and b, in their shapes."""

    w: Array  #: (D,), or (D, K)
    b: Array  #: scalar, or (K,)


def logits(X: Array, w: Array, b: Array) -> Array:
    """Return X @ w + b  (eq-line).

    X: (N, D); w: (D,) and b a scalar, or W: (D, K) and b: (K,). Returns (N,), or (N, K).

    >>> logits([[1.0, 2.0]], [3.0, 4.0], -1.0)
    array([10.])
    """
    xp, (X, w, b) = namespace_of(X=X, w=w, b=b)
    X, w, b = as_features(xp, X), as_real(xp, w, "w"), as_real(xp, b, "b")
    check_shape("w", w, (X.shape[1], *w.shape[1:2]), f"X {tuple(X.shape)}")
    check_shape("b", b, w.shape[1:], f"w {tuple(w.shape)}")
    return X @ w + b


def least_squares(X: Array, y: Array) -> Line:
    """Return the w and b that make sum((X @ w + b - y)^2) least  (eq-least-squares).

    X: (N, D) of independent columns, y: (N,), both finite, else ValueError.
    Returns Line(w: (D,), b: scalar).

    >>> line = least_squares([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> print(round(float(line.w[0]), 6), round(float(line.b), 6))
    2.0 1.0
    """
    xp, X, y = _features_and_targets(X, y)
    # On centred columns the intercept drops out.
    centre, mean = xp.mean(X, axis=0), xp.mean(y)
    # X = QR loses half as many digits as the normal equations.
    Q, R = xp.linalg.qr(X - centre)
    _require_independent_columns(xp, X, R)
    w = xp.linalg.solve(R, xp.matrix_transpose(Q) @ (y - mean))
    return Line(w, mean - centre @ w)


def _features_and_targets(X: Array, y: Array) -> tuple[ModuleType, Array, Array]:
    """Return X and y as floats, after requiring that they fit and are finite."""
    xp, (X, y) = namespace_of(X=X, y=y)
    X, y = as_features(xp, X), as_real(xp, y, "y")
    check_shape("y", y, (X.shape[0],), f"X {tuple(X.shape)}")
    for name, values in (("X", X), ("y", y)):
        check_values(xp, name, values, xp.isfinite(values), "hold finite numbers", "Drop or fill in what is missing.")
    return xp, X, y


def _require_independent_columns(xp: ModuleType, X: Array, R: Array) -> None:
    """Require that no column of X is made of the others and the intercept, given the R of X's centred columns."""
    # What the columns before it and the intercept leave of a column, against its length: the units cancel.
    left, length = abs(xp.linalg.diagonal(R)), xp.sqrt(xp.sum(X**2, axis=0))
    if X.shape[0] <= X.shape[1] or not bool(xp.all(left > 100 * xp.finfo(X.dtype).eps * length)):
        raise ValueError(
            f"the {X.shape[1]} columns of X and the intercept are linearly dependent on {X.shape[0]} examples: "
            "no single line is best. Drop a column, or add examples."
        )


def binary_loss(
    X: Array, y: Array, w: Array, b: Array, *, l2: float = 0.0, sample_weight: Array | None = None
) -> Array:
    """Return mean binary cross entropy + l2/2 * sum(w^2), in nats.

    X: (N, D); y: (N,) labels 0 and 1; w: (D,); b: scalar; l2 >= 0; sample_weight: (N,), none negative, by default all
    1: the mean is then a weighted one, and a weight of 2 counts a row twice. Returns a scalar.
    """
    z = _logits(X, w, b, axes=1)
    xp, (z, y, w) = namespace_of(z=z, y=y, w=w)
    return _mean(binary_cross_entropy(z, y), sample_weight) + _penalty(xp, w, l2)


def binary_gradient(
    X: Array, y: Array, w: Array, b: Array, *, l2: float = 0.0, sample_weight: Array | None = None
) -> Gradient:
    """Return X^T (p - y) / N + l2 w, and mean(p - y)  (eq-gradient).

    Arguments as for binary_loss. Returns Gradient(w: (D,), b: scalar).
    """
    z = _logits(X, w, b, axes=1)
    xp, (X, z, y, w) = namespace_of(X=X, z=z, y=y, w=w)
    check_shape("y", y, z.shape, f"X {tuple(X.shape)}")
    labels = xp.astype(check_class_labels(xp, "y", y, 2), z.dtype)
    error = binary_loss_and_slope(z, labels).slope * _shares(z, sample_weight)
    return Gradient(xp.matrix_transpose(as_features(xp, X)) @ error + check_l2(l2) * w, xp.sum(error))


def binary_hessian(
    X: Array, y: Array, w: Array, b: Array, *, l2: float = 0.0, sample_weight: Array | None = None
) -> Array:
    """Return [X 1]^T S [X 1] / N + l2 on the diagonal of w, with S = diag(p (1 - p))  (eq-hessian).

    Arguments as for binary_loss (y does not enter: the labels are linear in the loss). Returns (D+1, D+1), order w, b.
    """
    z = _logits(X, w, b, axes=1)
    xp, (X, z) = namespace_of(X=X, z=z)
    curvature = binary_curvature_at(z) * _shares(z, sample_weight)
    # Half of the root on each side: the product of a matrix with its own transpose takes half the time.
    rows = with_ones(xp, as_features(xp, X)) * xp.sqrt(curvature)[:, None]
    hessian = xp.matrix_transpose(rows) @ rows
    return hessian + check_l2(l2) * first_on_diagonal(xp, hessian, X.shape[1])


def multiclass_loss(
    X: Array, y: Array, W: Array, b: Array, *, l2: float = 0.0, sample_weight: Array | None = None
) -> Array:
    """Return mean multiclass cross entropy + l2/2 * sum(W^2), in nats.

    X: (N, D); y: (N,) whole numbers 0..K-1; W: (D, K); b: (K,); l2, sample_weight as for binary_loss. Returns a scalar.
    """
    a = _logits(X, W, b, axes=2)
    xp, (a, y, W) = namespace_of(a=a, y=y, W=W)
    return _mean(multiclass_cross_entropy(a, y), sample_weight) + _penalty(xp, W, l2)


def multiclass_gradient(
    X: Array, y: Array, W: Array, b: Array, *, l2: float = 0.0, sample_weight: Array | None = None
) -> Gradient:
    """Return X^T (P - Y) / N + l2 W, and the column means of P - Y, Y one-hot labels  (eq-multiclass-gradient).

    Arguments as for multiclass_loss. Returns Gradient(w: (D, K), b: (K,)).
    """
    a = _logits(X, W, b, axes=2)
    xp, (X, a, y, W) = namespace_of(X=X, a=a, y=y, W=W)
    check_shape("y", y, (a.shape[0],), f"X {tuple(X.shape)}")
    label = one_hot(xp, check_class_labels(xp, "y", y, a.shape[1]), a.shape[1])
    error = multiclass_loss_and_slope(log_softmax(a), label).slope * _shares(a, sample_weight)[:, None]
    return Gradient(xp.matrix_transpose(as_features(xp, X)) @ error + check_l2(l2) * W, xp.sum(error, axis=0))


def multiclass_hessian(
    X: Array, y: Array, W: Array, b: Array, *, l2: float = 0.0, sample_weight: Array | None = None
) -> Array:
    """Return the second derivatives by [W; b] read row by row, class index fastest  (eq-multiclass-hessian).

    Each example adds (x x^T) kron (diag(p) - p p^T). Arguments as for multiclass_loss; y does not enter.
    Returns ((D+1) K, (D+1) K). Needs memory for N ((D+1)^2 + K^2) numbers.
    """
    a = _logits(X, W, b, axes=2)
    xp, (X, a) = namespace_of(X=X, a=a)
    rows = with_ones(xp, as_features(xp, X))
    (N, D1), K = rows.shape, a.shape[1]
    curvature = multiclass_curvature_at(softmax(a)) * _shares(a, sample_weight)[:, None, None]
    squares = xp.reshape(rows[:, :, None] * rows[:, None, :], (N, D1 * D1))
    blocks = xp.reshape(xp.matrix_transpose(squares) @ xp.reshape(curvature, (N, K * K)), (D1, D1, K, K))
    hessian = xp.reshape(xp.permute_dims(blocks, (0, 2, 1, 3)), (D1 * K, D1 * K))
    return hessian + check_l2(l2) * first_on_diagonal(xp, hessian, X.shape[1] * K)


def _logits(X: Array, w: Array, b: Array, *, axes: int) -> Array:
    """Return logits(X, w, b), after requiring an example and a w of one axis (two classes) or of two (K classes)."""
    _, (w,) = namespace_of(w=w)
    if w.ndim != axes:
        expected = "w must have shape (D,)" if axes == 1 else "W must have shape (D, K)"
        other = "multiclass" if axes == 1 else "binary"
        raise ValueError(f"{expected}; got {tuple(w.shape)}. The {other} functions may be the ones you want.")
    z = logits(X, w, b)
    if z.shape[0] == 0:
        raise ValueError("X must have at least one example: a mean over none is no number; got none.")
    return z


def _shares(z: Array, sample_weight: Array | None) -> Array:
    """Return each example's share of the mean, (N,): 1/N, or its weight over the sum of the weights."""
    if sample_weight is None:
        xp = array_namespace(z)
        return xp.ones_like(z[(slice(None), *[0] * (z.ndim - 1))]) / z.shape[0]
    xp, (z, weights) = namespace_of(z=z, sample_weight=sample_weight)
    weights = check_weights(xp, weights, z)
    return weights / xp.sum(weights)


def _mean(losses: Array, sample_weight: Array | None) -> Array:
    xp = array_namespace(losses)
    return xp.mean(losses) if sample_weight is None else xp.sum(_shares(losses, sample_weight) * losses)


def _penalty(xp: ModuleType, w: Array, l2: float) -> Array:
    return check_l2(l2) / 2 * xp.sum(w**2)
