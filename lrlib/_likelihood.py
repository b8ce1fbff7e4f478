"""The point of greatest likelihood: whether a model is there, and how the likelihood curves around it.

All is worked out in standardised columns, where no unit and no distant origin costs digits, and moved back at the end.
"""

import math
from types import ModuleType
from typing import Any, NamedTuple

from array_api_compat import array_namespace, device

from lrlib._arrays import Array, as_features, check_class_labels, check_shape, check_values, namespace_of
from lrlib._examples import computed, parameters_of, widest_float
from lrlib.linear import Line, binary_gradient, binary_hessian, logits, multiclass_gradient, multiclass_hessian
from lrlib.losses import binary_cross_entropy, multiclass_cross_entropy
from lrlib.scaling import Scales, column_scales, standardise

# The most by which Newton's next step may move a logit of size 1: then standard errors have as many digits or more.
AT_REST = {"float32": 1e-3, "float64": 1e-5}  # by the dtype of w, which is rounded to it


class Maximum(NamedTuple):
    """A point of greatest likelihood; the last four are NumPy's where X is of Dask."""

    Z: Array  # (N, D), standardised
    y: Array  # (N,), 64-bit integers
    inner: Line  # w and b on Z
    estimate: Array  # (D + 1, M) contrasts in the units of X, M = 1 or K - 1
    square: Array  # (P, P), their covariance of the parameters over `scale`
    scale: Array  # (P,)
    scales: Scales  # of the columns of X


def maximum(X: Array, y: Array, model: Any, reference: int) -> Maximum:
    """Return the point, after requiring that the likelihood is greatest there and curved in every direction."""
    xp, (X, y) = namespace_of(X=X, y=y)
    X, w, b, limit = _in_widest_floats(xp, X, model)
    y = check_class_labels(xp, "y", y, 2 if w.ndim == 1 else w.shape[1])
    check_shape("y", y, (X.shape[0],), f"X {tuple(X.shape)}")
    others = _others(w, reference)
    scales = column_scales(X)
    Z = standardise(X, scales)
    inner = Line(w * (scales.unit if w.ndim == 1 else scales.unit[:, None]), b + scales.centre @ w)
    _require_no_plane(xp, losses(Z, y, inner))
    hessian, gradient = _derivatives(Z, y, inner, others)
    inverse = _inverse(hessian, len(others))
    _require_rest(Z, inner, reference, others, -inverse @ gradient, limit)
    scales = Scales(*(computed(x) for x in scales))
    centre, unit = scales
    theta = computed(xp.concat([w, b[None, ...]]))
    square = _with_moved_origin(inverse / Z.shape[0], centre / unit)
    contrasts = _contrasts(theta, reference, others)
    scale = _namespace(unit).concat([1 / unit, _namespace(unit).ones_like(unit[:1])])[:, None]
    return Maximum(Z, y, inner, contrasts, square, _namespace(unit).reshape(scale + 0 * contrasts, (-1,)), scales)


def losses(Z: Array, y: Array, inner: Line) -> Array:
    """Return each example's cross entropy, in nats."""
    z = logits(Z, *inner)
    return binary_cross_entropy(z, y) if z.ndim == 1 else multiclass_cross_entropy(z, y)


def _namespace(x: Array) -> ModuleType:
    xp: ModuleType = array_namespace(x)
    return xp


def _in_widest_floats(xp: ModuleType, X: Array, model: Any) -> tuple[Array, Array, Array, float]:
    """Return X, w and b without a gradient, and how far from rest w may be."""
    X = as_features(xp, X)
    if any(math.isnan(length) for length in X.shape):
        raise ValueError("X must have a known number of rows. Use X.compute_chunk_sizes() first, and y likewise.")
    w, b = parameters_of(xp, X, model)
    limit = AT_REST.get(str(w.dtype).rpartition(".")[2], AT_REST["float64"])
    X, w, b = (xp.astype(x.detach() if hasattr(x, "detach") else x, widest_float(xp, X)) for x in (X, w, b))
    for name, values in (("w", w), ("b", b)):
        advice = "A class without examples has no standard errors: leave it out."
        check_values(xp, name, values, xp.isfinite(values), "hold finite numbers", advice)
    logits(xp.zeros_like(X[:1, :]), w, b)  # checks their shapes
    return X, w, b, limit


def _others(w: Array, reference: int) -> list[int]:
    """Return the classes that are compared with the reference; two classes have one logit, of class 1 against 0."""
    K = 1 if w.ndim == 1 else w.shape[1]
    if reference not in range(K):
        which = "0 for two classes" if K == 1 else f"a class, from 0 to {K - 1}"
        raise ValueError(f"reference must be {which}; got {reference}.")
    return [0] if w.ndim == 1 else [k for k in range(K) if k != reference]


def _contrasts(numbers: Array, reference: int, others: list[int]) -> Array:
    """Return numbers of one logit as a column, those of K as differences from the reference's."""
    if numbers.ndim == 1:
        return numbers[:, None]
    return _namespace(numbers).stack([numbers[:, k] - numbers[:, reference] for k in others], axis=1)


def _require_no_plane(xp: ModuleType, losses: Array) -> None:
    if float(xp.max(losses)) < math.log(2):
        raise ValueError(
            "a plane separates the classes: every example lies on its own side of it. The likelihood has no maximum, "
            "and there are no standard errors. Use more examples or fewer columns."
        )


def _derivatives(Z: Array, y: Array, inner: Line, others: list[int]) -> tuple[Array, Array]:
    """Return the Hessian (P, P) and the gradient (P,) of the mean loss by the contrasts."""
    if inner.w.ndim == 1:
        hessian, (g, g0) = binary_hessian(Z, y, *inner), binary_gradient(Z, y, *inner)
    else:
        hessian, (g, g0) = multiclass_hessian(Z, y, *inner), multiclass_gradient(Z, y, *inner)
    hessian, g, g0 = computed(hessian), computed(g), computed(g0)
    xp, K = _namespace(g), 1 if g.ndim == 1 else g.shape[1]
    # With the reference's parameters held at 0, the others are the contrasts.
    free = xp.asarray([j * K + k for j in range(g.shape[0] + 1) for k in others], device=device(g))
    gradient = xp.reshape(xp.concat([g, g0[None, ...]]), (-1,))
    return xp.take(xp.take(hessian, free, axis=0), free, axis=1), xp.take(gradient, free, axis=0)


def _inverse(hessian: Array, M: int) -> Array:
    """Return the inverse; ValueError that names constant columns, or says that some are dependent."""
    xp, P = _namespace(hessian), hessian.shape[0]
    diagonal = xp.linalg.diagonal(hessian)
    constant = sorted({p // M for p in range(P) if not float(diagonal[p]) > 0})
    if constant:
        where = f"columns {constant} of X" if constant[0] < P // M - 1 else "the rows"
        raise ValueError(
            f"{where} tell nothing: they are constant, as the intercept is, or make every probability 0 or 1. No "
            "standard errors. Drop what is constant or separates the classes."
        )
    length = xp.sqrt(diagonal)
    curvatures, directions = xp.linalg.eigh(hessian / length[:, None] / length[None, :])
    if not float(curvatures[0]) > 100 * P * float(xp.finfo(hessian.dtype).eps):
        raise ValueError(
            "the information matrix is singular: columns of X are linearly dependent, or nearly every probability is 0 "
            "or 1. No standard errors. Drop a column."
        )
    roots = directions / xp.sqrt(curvatures)[None, :] / length[:, None]
    return roots @ xp.matrix_transpose(roots)


def _require_rest(Z: Array, inner: Line, reference: int, others: list[int], step: Array, limit: float) -> None:
    """Require that Newton's next step hardly moves a logit. Where no maximum is near, it moves some by about 1."""
    xp = _namespace(Z)
    step = xp.reshape(xp.asarray(step), (Z.shape[1] + 1, len(others)))
    moved = abs(Z @ step[:-1, :] + step[-1:, :])
    worst = float(xp.max(moved / (1 + abs(_contrasts(logits(Z, *inner), reference, others)))))
    if not worst <= limit:
        raise ValueError(
            "w and b must be those of greatest likelihood; Newton's next step would still move a logit by "
            f"{worst:.2g} of its size. Fit these very rows, with l2=0, until it converges; if it cannot, classes are "
            "separable, and there are no standard errors."
        )


def _with_moved_origin(square: Array, ratio: Array) -> Array:
    """Return the covariance of [w; b - ratio . w], for each class alike, given that of [w; b]."""
    xp, D1 = _namespace(square), ratio.shape[0] + 1
    one = xp.eye(D1, dtype=square.dtype, device=device(square))
    shift = one + one[:, -1:] * xp.concat([-ratio, xp.zeros_like(ratio[:1])])[None, :]

    def on_rows(square: Array) -> Array:
        return xp.reshape(shift @ xp.reshape(square, (D1, -1)), square.shape)

    return on_rows(xp.matrix_transpose(on_rows(square)))
