"""Fit a classifier: the parameters with the least mean cross entropy + l2/2 * (sum of squared weights).

The same functions fit NumPy, PyTorch and Dask arrays. Where there is no single answer, they say why and what to do;
they never return a silent wrong one. The search runs in coordinates of its own (lrlib/_coordinates.py), so the answer
does not depend on the units and origins of the columns; what is returned is in the caller's.
"""

import math
import warnings
from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace, device

from lrlib._arrays import Array, check_class_labels, namespace_of
from lrlib._coordinates import SMALL, standardised
from lrlib._fitting import Method, Watcher, descent_in_units, rested, searcher, settle
from lrlib._progress import progress_bar
from lrlib.diagnosis import (
    SeparableError,
    SingularHessianError,
    independent,
)
from lrlib.objectives import Objective, binary_objective, multiclass_objective, split
from lrlib.optimize import Optimization

__all__ = [
    "ConvergenceWarning",
    "Fit",
    "Method",
    "SeparableError",
    "SingularHessianError",
    "fit_binary",
    "fit_multiclass",
]

MAX_STEPS = {"lbfgs": 1000, "newton": 100, "gradient-descent": 10_000}
TOLERANCE = {32: 1e-5, 64: 1e-9}  # of the decrement, by the bits of the numbers that the search computes with
ROUNDED = {32: 1e-3, 64: 1e-7}  # a step that moves no logit by more, where rounding ends a search, is at the minimum
LOGIT_ERROR = {32: 1e-2, 64: 1e-6}  # beyond which w and b, rounded to these bits, are no answer
FEW = 10  # parameters, of which a Hessian costs little more than a gradient, however many rows there are
NEWTON_UP_TO = 100  # parameters, in one block of rows: there a Hessian costs little more than a gradient


class ConvergenceWarning(UserWarning):
    """A fit that ended before its decrement was small enough."""


class Fit(NamedTuple):
    """The fitted model X @ w + b, and how it was found."""

    w: Array  #: (D,), or (D, K)
    b: Array  #: scalar, or (K,)
    optimization: Optimization  #: its path holds [w, b], or [W; b], the intercept last, in the units of X

    @property
    def converged(self) -> bool:
        """Whether these are the best parameters, as closely as was asked for."""
        return self.optimization.converged

    @property
    def search(self) -> Optimization:
        """The former name of `optimization`."""
        return self.optimization

    def __repr__(self) -> str:
        """Return the shape, the outcome and the numbers that tell one fit from another."""
        o, shape = self.optimization, " x ".join(str(length) for length in self.w.shape)
        outcome = "converged" if o.converged else "did not converge"
        b = np.asarray(self.b.cpu() if hasattr(self.b, "cpu") else self.b)
        intercept = f"intercept {b:.4g}" if b.ndim == 0 else f"intercepts from {b.min():.4g} to {b.max():.4g}"
        return (
            f"Fit of {shape} weights ({str(self.w.dtype).rpartition('.')[2]}): {outcome} in {len(o.path) - 1} steps\n"
            f"  objective {float(o.values[-1]):.6g} nats, gradient norm {float(o.gradient_norms[-1]):.2g}\n"
            f"  largest weight {float(array_namespace(self.w).max(abs(self.w))):.4g}, {intercept}"
        )


def fit_binary(
    X: Array,
    y: Array,
    *,
    l2: float = 0.0,
    sample_weight: Array | None = None,
    start: tuple[Array, Array] | Fit | None = None,
    method: Method | None = None,
    tolerance: float | None = None,
    max_steps: int | None = None,
    progress: bool = True,
) -> Fit:
    """Return the w and b that make binary_loss(X, y, w, b, l2=l2, sample_weight=sample_weight) least.

    X: (N, D) of finite numbers, float32 or float64; y: (N,) labels 0 and 1, both present; l2 >= 0; else ValueError.
    Of Dask arrays, each chunk of rows is worked on where it lies: X.persist() keeps them there.
    sample_weight: (N,) of counts or weights >= 0; a row of weight 2 counts as two rows. start: w and b to begin at, or
    an earlier fit; by default zero.
    method: "newton" (fewest steps; the default for up to 10 parameters, or 100 and half a million numbers in X),
    "lbfgs" (least time for more of either), or "gradient-descent" (for comparison, on standardised columns).
    tolerance: the decrement to reach, by default 1e-9, in float32 1e-5: half of its square is what is still to gain, in
    nats an example, whatever the units of X. max_steps: by default 1000, 100 and 10,000.
    progress: show a bar when it takes longer than two seconds.

    SeparableError, SingularHessianError: without l2 there may be no single answer. FloatingPointError: w and b would
    overflow, or not have the digits to give probabilities. ConvergenceWarning: the tolerance was not reached; the fit
    returned is the best that was.

    >>> fit = fit_binary([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1], l2=0.1)
    >>> print(fit.w.round(4), fit.b.round(4), fit.converged)
    [0.6367] -0.9551 True
    """
    objective = binary_objective(X, y, l2=l2, sample_weight=sample_weight)
    return _fit(objective, start, method, tolerance, max_steps, progress)


def fit_multiclass(
    X: Array,
    y: Array,
    *,
    classes: int | None = None,
    l2: float = 0.0,
    sample_weight: Array | None = None,
    start: tuple[Array, Array] | Fit | None = None,
    method: Method | None = None,
    tolerance: float | None = None,
    max_steps: int | None = None,
    progress: bool = True,
) -> Fit:
    """Return the W and b that make multiclass_loss(X, y, W, b, l2=l2) least, of all that do the ones that sum to zero.

    y: (N,) whole numbers 0..K-1, each present, K >= 2, else ValueError. All else as for fit_binary. Adding one vector
    to the weights of all classes, or one number to all intercepts, changes no probability (prop-softmax-redundant):
    of all equally good answers this is the one whose weights, and whose intercepts, sum to zero over the classes.
    classes: K, where some classes may have no example (at least two must have). The objective falls as the intercept of
    such a class does: it is returned as the limit, -inf, with weights of 0; its probability is 0, and the others sum to
    zero among themselves.
    """
    y, present = (y, None) if classes is None else _present_classes(y, classes, sample_weight)
    objective = multiclass_objective(X, y, l2=l2, sample_weight=sample_weight)
    if present is None:
        return _fit(objective, start, method, tolerance, max_steps, progress)
    if start is not None:
        start = start[0][:, present], start[1][present]
    fit = _fit(objective, start, method, tolerance, max_steps, progress)
    return _with_absent_classes(fit, present, classes or 0)


def _fit(
    objective: Objective,
    start: tuple[Array, Array] | Fit | None,
    method: Method | None,
    tolerance: float | None,
    max_steps: int | None,
    progress: bool,
) -> Fit:
    parameters = math.prod(objective.shape)
    small = parameters <= FEW or (parameters <= NEWTON_UP_TO and math.prod(objective.X.shape) <= SMALL)
    method = method or ("newton" if small else "lbfgs")
    if method not in MAX_STEPS:
        raise ValueError(f"method must be one of {', '.join(MAX_STEPS)}; got {method!r}.")
    max_steps = MAX_STEPS[method] if max_steps is None else max_steps
    like, given = objective.zero, _start(objective, start)
    # What NumPy would warn of, the errors say in words.
    with progress_bar(unit=" steps", show=progress) as bar, np.errstate(all="ignore"):
        inner, coordinates = standardised(objective)
        zero = inner.zero
        xp, bits = array_namespace(zero), array_namespace(zero).finfo(zero.dtype).bits
        original = inner
        if objective.l2 == 0:
            inner, coordinates = independent(inner, coordinates, float(xp.finfo(like.dtype).eps))
        begin = zero if given is None else coordinates.inward(xp.astype(given, zero.dtype)[None, ...])[0, ...]
        watch = Watcher(inner, coordinates, bar)
        aim = TOLERANCE[bits] if tolerance is None else tolerance
        if method == "gradient-descent":
            found = descent_in_units(objective, coordinates, begin, aim, max_steps, watch)
        else:
            found = searcher(inner, method)(begin, tolerance=aim, max_steps=max_steps, watch=watch)
        found, doubt = settle(inner, original, found, aim, max_steps, watch)
        if tolerance is None and not doubt and found.path.shape[0] <= max_steps:
            found = rested(inner, found, ROUNDED[bits], watch)
        path = coordinates.outward(found.path, like)
        _require_digits(objective, path[-1, ...], copied=original is not objective)
    lists = found.values, xp.asarray(watch.norms, device=device(zero)), found.decrements
    values, norms, decrements = (xp.astype(array, like.dtype) for array in lists)
    optimization = Optimization(path, values, norms, decrements, found.evaluations, found.converged)
    if not found.converged:
        why = doubt or _why_not_converged(found, aim, max_steps)
        warnings.warn(ConvergenceWarning(why), stacklevel=3)
    return Fit(*split(path[-1, ...]), optimization)


def _start(objective: Objective, start: tuple[Array, Array] | Fit | None) -> Array | None:
    """Return [w, b] to begin at, after the checks of shape and numbers; of many classes, with a sum of zero."""
    if start is None:
        return None
    w, b = start[:2]
    like = objective.zero
    xp, (like, w, b) = namespace_of(zero=like, w=w, b=b)
    shape = objective.shape
    if tuple(w.shape) != (shape[0] - 1, *shape[1:]) or tuple(b.shape) != shape[1:]:
        raise ValueError(
            f"start must hold w of shape {(shape[0] - 1, *shape[1:])} and b of shape {shape[1:]}; "
            f"got {tuple(w.shape)} and {tuple(b.shape)}."
        )
    theta = xp.astype(xp.concat([w, b[None, ...]]), like.dtype)
    theta = theta.detach() if hasattr(theta, "detach") else theta
    if not bool(xp.all(xp.isfinite(theta))):
        raise ValueError("start must hold finite numbers; got nan or inf. Begin at zero, which is the default.")
    return theta if theta.ndim == 1 else theta - xp.mean(theta, axis=1, keepdims=True)


def _require_digits(objective: Objective, theta: Array, *, copied: bool) -> None:
    """Require that the logits of undecided examples keep some digits where w and b are added up."""
    xp = array_namespace(theta)
    limits = xp.finfo(theta.dtype)
    if not bool(xp.all(xp.isfinite(theta))):
        raise FloatingPointError(
            f"the weights are too large for {theta.dtype}: the columns of X are too small. Multiply them by a constant."
        )
    # Data that needed no copy are near zero, as far as their digits go.
    error = float(limits.eps) * objective.largest_sum(theta) if copied else 0.0
    if error > LOGIT_ERROR[limits.bits]:
        raise FloatingPointError(
            f"rounding moves the logits X @ w + b by {error:.1g}: the columns of X are far from zero, or nearly "
            "dependent, for their digits. Subtract a constant from each, for example X - X.mean(axis=0), use float64, "
            "or drop a column."
        )


def _present_classes(y: Array, classes: int, sample_weight: Array | None) -> tuple[Array, list[int]]:
    """Return y recoded to the classes that have an example of some weight, and these."""
    if classes < 2:
        raise ValueError(f"classes must be >= 2; got {classes}.")
    arrays = {"y": y} if sample_weight is None else {"y": y, "sample_weight": sample_weight}
    xp, (y, *weights) = namespace_of(**arrays)
    y = check_class_labels(xp, "y", y, classes)
    counted = weights[0] != 0 if weights else y >= 0
    present = [k for k in range(classes) if bool(xp.any((y == k) & counted))]
    if len(present) < 2:
        raise ValueError(f"y must hold at least two of the {classes} classes; got {len(present)}.")
    return xp.sum(xp.where(y[:, None] > xp.asarray(present, device=device(y)), 1, 0), axis=1), present


def _with_absent_classes(fit: Fit, present: list[int], classes: int) -> Fit:
    """Return the fit with columns for the classes that have no example: weights of 0, and an intercept of -inf."""
    xp, path = array_namespace(fit.w), fit.optimization.path
    absent = xp.zeros_like(path[:, :, :1])
    absent = xp.concat([absent[:, :-1, :], absent[:, -1:, :] - xp.inf], axis=1)
    columns = [path[:, :, present.index(k) :][:, :, :1] if k in present else absent for k in range(classes)]
    path = xp.concat(columns, axis=2)
    return Fit(*split(path[-1, ...]), fit.optimization._replace(path=path))


def _why_not_converged(found: Optimization, tolerance: float, max_steps: int) -> str:
    steps, decrement = found.path.shape[0] - 1, float(found.decrements[-1])
    if decrement <= tolerance:
        return (
            "rounding hides where some logits end: the classes are so nearly separable that the best weights lie far "
            "out. Use l2 > 0."
        )
    cause, way_out = "rounding hides any further decrease", "Raise tolerance, or use float64"
    if steps >= max_steps:
        cause, way_out = f"the {steps} steps ran out", "Raise max_steps, or use another method"
    return f"{cause} at a decrement of {decrement:.2g}, above the tolerance. {way_out}."
