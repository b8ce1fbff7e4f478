"""Firth's fit for small data: finite even where a plane separates the classes, and less biased than maximum likelihood.

Sources: D. Firth, Biometrika 80 (1993), 27-38; G. Heinze and M. Schemper, Statistics in Medicine 21 (2002), 2409-2419.
"""

import math
import warnings
from typing import NamedTuple

from array_api_compat import array_namespace, is_dask_array

from lrlib._arrays import Array, as_features, check_class_labels, check_shape, check_values, namespace_of, with_ones
from lrlib._examples import check_some, widest_float
from lrlib.diagnosis import SingularHessianError
from lrlib.fit import ConvergenceWarning
from lrlib.functions import sigmoid
from lrlib.linear import Line
from lrlib.losses import binary_cross_entropy
from lrlib.pointwise import binary_curvature_at
from lrlib.scaling import column_scales, in_original_units, standardise

TOLERANCE = 1e-9  # what a logit may still move by
LONGEST = 5.0  # the most that one step may move a logit


class _Point(NamedTuple):
    """The penalised log-likelihood at one theta, and the step from there."""

    value: float
    step: Array  # (D + 1,)


def fit_firth(X: Array, y: Array, *, max_steps: int = 1000) -> Line:
    """Return the w and b with the greatest log-likelihood + log(det I) / 2, I the information  (eq-penalties-firth).

    X: (N, D) of finite numbers, y: (N,) labels 0 and 1, of NumPy or PyTorch, else ValueError. One class may be absent,
    and a plane may separate them: w and b are finite all the same. They do not depend on the units of the columns.
    Returns Line(w: (D,), b: scalar), in the dtype of X. For small data: each step needs all rows at once.

    SingularHessianError: columns of X are linearly dependent. ConvergenceWarning: max_steps were not enough.

    >>> line = fit_firth([[0.0], [0.0], [1.0], [1.0]], [0, 0, 1, 1])
    >>> print(line.w.round(4), line.b.round(4))  # log(5 / (1/5)), log((1/2) / (5/2))
    [3.2189] -1.6094
    """
    xp, (X, y) = namespace_of(X=X, y=y)
    if is_dask_array(X):
        raise TypeError("fit_firth is for small data, not for Dask arrays. Use X.compute() and y.compute().")
    X = as_features(xp, X.detach() if hasattr(X, "detach") else X)
    X = check_values(xp, "X", X, xp.isfinite(X), "hold finite numbers", "Drop or fill in what is missing.")
    check_some(X.shape[0], "fit_firth")
    check_shape("y", y, (X.shape[0],), f"X {tuple(X.shape)}")
    wide = widest_float(xp, X)
    y = xp.astype(check_class_labels(xp, "y", y, 2), wide)
    scales = column_scales(xp.astype(X, wide))
    Z = with_ones(xp, standardise(xp.astype(X, wide), scales))
    _require_independent_columns(Z)
    theta = xp.zeros_like(Z[0, :])
    here = _at(Z, y, theta)
    for _ in range(max_steps):
        longest = float(xp.max(abs(Z @ here.step)))
        step = here.step * min(1.0, LONGEST / max(longest, TOLERANCE))
        # A step of Newton's method may overshoot; half of it, or a half of that, climbs.
        while (there := _at(Z, y, theta + step)).value < here.value - 1e-12 * (1 + abs(here.value)):
            step = step / 2
        theta, here = theta + step, there
        if longest <= TOLERANCE:
            break
    else:
        why = f"the {max_steps} steps ran out, and a logit still moved by {longest:.2g}. Raise max_steps."
        warnings.warn(ConvergenceWarning(why), stacklevel=2)
    line = in_original_units((theta[:-1], theta[-1]), scales)
    return Line(xp.astype(line.w, X.dtype), xp.astype(line.b, X.dtype))


def _at(Z: Array, y: Array, theta: Array) -> _Point:
    """Return the value, and the step of Newton's method to where Firth's score is 0  (eq-penalties-firth-score)."""
    xp, z = array_namespace(Z), Z @ theta
    curvature = binary_curvature_at(z)
    Q, R = xp.linalg.qr(Z * xp.sqrt(curvature)[:, None])  # I = R^T R
    leverage = xp.sum(Q**2, axis=1)
    p = sigmoid(z)
    score = y - p + leverage * (0.5 - p)
    # With the leverages held, the score falls by curvature * (1 + leverage) as a logit rises.
    root = xp.sqrt(curvature * (1 + leverage))
    rotation, triangle = xp.linalg.qr(Z * root[:, None])
    step = xp.linalg.solve(triangle, xp.matrix_transpose(rotation) @ (score / root))
    half_log_det = float(xp.sum(xp.log(abs(xp.linalg.diagonal(R)))))
    return _Point(half_log_det - float(xp.sum(binary_cross_entropy(z, y))), step)


def _require_independent_columns(Z: Array) -> None:
    """Require that no column of Z, all of about one length, is made of the others."""
    xp = array_namespace(Z)
    left = abs(xp.linalg.diagonal(xp.linalg.qr(Z)[1])) if Z.shape[0] >= Z.shape[1] else xp.zeros_like(Z[0, :])
    if not float(xp.min(left)) > 100 * float(xp.finfo(Z.dtype).eps) * math.sqrt(Z.shape[0]):
        raise SingularHessianError(
            f"the {Z.shape[1] - 1} columns of X and the intercept are linearly dependent on {Z.shape[0]} examples: "
            "many w and b are equally good. Drop a column, or add examples."
        )
