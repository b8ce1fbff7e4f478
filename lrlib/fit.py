"""Fit a classifier: the parameters with the least mean cross entropy + l2/2 * (sum of squared weights).

The same functions fit NumPy, PyTorch and Dask arrays. Where there is no single answer, they say why and what to do;
they never return a silent wrong one.
"""

import math
import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np
from array_api_compat import array_namespace

from lrlib._arrays import Array
from lrlib._progress import progress_bar
from lrlib.objectives import BLOCK_BYTES, Evaluation, Objective, binary_objective, multiclass_objective, split
from lrlib.search import Search, inverse, lbfgs, newton, steepest_descent

Method = Literal["lbfgs", "newton", "gradient-descent"]
MAX_STEPS = {"lbfgs": 1000, "newton": 100, "gradient-descent": 10_000}
NEWTON_UP_TO = 100  # parameters, in one block of rows: there a Hessian costs little more than a gradient
ROWS_A_FEATURE = 20  # enough to guess the curvature from, and few enough to cost little
MORE_STEPS = 30  # of Newton's method, by which a separation shows
FLAT = 1e-6  # of the features' least curvature: an objective that is flatter in some direction has no minimum there
SETTLED = 1e-5  # a step that moves no logit by more than this is at a minimum
NAMED = 5  # columns, in an error
LARGEST_GUESS = 2048  # features; the square of more would cost more than the steps that it saves
LARGEST_HESSIAN = 2000  # parameters; with more, a plane that has examples on it is not looked for


class Fit(NamedTuple):
    """The fitted model X @ w + b, and how it was found."""

    w: Array  #: (D,), or (D, K)
    b: Array  #: scalar, or (K,)
    search: Search  #: its path holds [w, b], or [W; b], the intercept last


class ConvergenceWarning(UserWarning):
    """A fit that ended before its gradient was short enough."""


class SeparableError(ValueError):
    """No parameters are best: w and b here separate the classes, and every multiple of them is better still."""

    def __init__(self, message: str, w: Array, b: Array) -> None:
        super().__init__(message)
        self.w, self.b = w, b


class SingularHessianError(ValueError):
    """Many parameters are best: some columns of X are made of the others."""


def fit_binary(
    X: Array,
    y: Array,
    *,
    l2: float = 0.0,
    method: Method | None = None,
    tolerance: float | None = None,
    max_steps: int | None = None,
    progress: bool = True,
) -> Fit:
    """Return the w and b that make binary_loss(X, y, w, b, l2=l2) least.

    X: (N, D) of finite numbers, float32 or float64; y: (N,) labels 0 and 1, both present; l2 >= 0; else ValueError.
    Of Dask arrays, each chunk of rows is worked on where it lies: X.persist() keeps them there.
    method: "newton" (fewest steps; the default for up to 100 parameters and half a million numbers in X), "lbfgs"
    (least time for more of either), or "gradient-descent" (for comparison).
    tolerance: the gradient norm to reach, by default 1e-8, in float32 1e-5. max_steps: by default 1000, 100 and 10,000.
    progress: show a bar when it takes longer than two seconds.

    SeparableError, SingularHessianError: without l2 there may be no single answer. ConvergenceWarning: the tolerance
    was not reached; the fit returned is the best that was.

    >>> fit = fit_binary([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1], l2=0.1)
    >>> print(fit.w.round(4), fit.b.round(4), fit.search.converged)
    [0.6367] -0.9551 True
    """
    return _fit(binary_objective(X, y, l2=l2), method, tolerance, max_steps, progress)


def fit_multiclass(
    X: Array,
    y: Array,
    *,
    l2: float = 0.0,
    method: Method | None = None,
    tolerance: float | None = None,
    max_steps: int | None = None,
    progress: bool = True,
) -> Fit:
    """Return the W and b that make multiclass_loss(X, y, W, b, l2=l2) least, of all that do the ones that sum to zero.

    y: (N,) whole numbers 0..K-1, each present, K >= 2, else ValueError. All else as for fit_binary. Adding one vector
    to the weights of all classes, or one number to all intercepts, changes no probability (prop-softmax-redundant):
    of all equally good answers this is the one whose weights, and whose intercepts, sum to zero over the classes.
    """
    return _fit(multiclass_objective(X, y, l2=l2), method, tolerance, max_steps, progress)


def _fit(
    objective: Objective, method: Method | None, tolerance: float | None, max_steps: int | None, progress: bool
) -> Fit:
    small = math.prod(objective.shape) <= NEWTON_UP_TO and math.prod(objective.X.shape) <= BLOCK_BYTES // 8
    method = method or ("newton" if small else "lbfgs")
    if method not in MAX_STEPS:
        raise ValueError(f"method must be one of {', '.join(MAX_STEPS)}; got {method!r}.")
    start, single = objective.zero, "32" in str(objective.X.dtype)
    if objective.l2 == 0:
        moments = objective.second_moments()
        least_curvature = _require_independent_columns(moments)
    max_steps = MAX_STEPS[method] if max_steps is None else max_steps
    # What NumPy would warn of, the errors say in words.
    quiet = np.errstate(over="ignore", invalid="ignore")
    with progress_bar(unit=" steps", show=progress) as bar, quiet:
        search = _searcher(objective, method)(
            start,
            tolerance=(1e-5 if single else 1e-8) if tolerance is None else tolerance,
            max_steps=max_steps,
            watch=_watcher(objective, bar),
        )
        theta = search.path[-1, ...]
        determined = objective.l2 > 0 or _is_determined(objective, theta, moments, least_curvature)
    if not (search.converged and determined):
        warnings.warn(ConvergenceWarning(_why_not_converged(search, max_steps)), stacklevel=3)
        search = search._replace(converged=False)
    return Fit(*split(theta), search)


def _searcher(objective: Objective, method: Method) -> Callable[..., Search]:
    if method == "newton":
        return partial(newton, objective)
    if method == "gradient-descent":
        return partial(_gradient_descent, objective)
    D1 = objective.shape[0]
    numbers = max(math.prod(objective.X.shape), BLOCK_BYTES)
    if D1 > LARGEST_GUESS or numbers < 4 * D1**2:  # four squares are held at a time
        return partial(lbfgs, objective)
    sample = objective.sample(ROWS_A_FEATURE * D1)
    return partial(lbfgs, objective, precondition=lambda theta: inverse(sample.curvature(theta)))


def _gradient_descent(objective: Objective, start: Array, *, watch: Any, **options: Any) -> Search:
    watch(start, objective.evaluate(start))  # before its curvature is asked for, which may not be finite either
    return steepest_descent(objective, start, step_size=1 / objective.smoothness, watch=watch, **options)


def _watcher(objective: Objective, bar: Any) -> Callable[[Array, Evaluation], None]:
    """Return what looks at every point of a search: it raises where there cannot be an answer."""

    xp = array_namespace(objective.zero)

    def watch(theta: Array, at: Evaluation) -> None:
        if not math.isfinite(at.value) or not math.isfinite(xp.sum(at.gradient**2)):
            raise FloatingPointError("the gradient is too large for its number type. Standardise the columns of X.")
        if objective.l2 == 0 and at.largest_loss < math.log(2):
            raise _separable(theta, "every example lies on its own side of it")
        bar.set_postfix_str(f"objective {float(at.value):.6g}", refresh=False)
        bar.update()

    return watch


def _separable(theta: Array, how: str) -> SeparableError:
    return SeparableError(
        f"a plane separates the classes: {how}. The objective falls for ever as the weights grow, and no parameters "
        "are best. Use l2 > 0, for example l2 = 1 / len(y); w and b of this error hold the plane.",
        *split(theta),
    )


def _require_independent_columns(moments: Array) -> float:
    """Return the least curvature of the features; SingularHessianError where a column is made of the others."""
    curvatures, directions = _curvatures(moments, _lengths(moments))
    xp, D1 = array_namespace(moments), moments.shape[0]
    if curvatures[0] > 100 * D1 * xp.finfo(moments.dtype).eps:
        return float(curvatures[0])
    parts = abs(directions[:, 0])
    involved = [j for j in range(D1) if parts[j] > 0.1 * xp.max(parts)]
    names = [f"column {j}" if j < D1 - 1 else "the intercept" for j in involved[:NAMED]]
    if len(involved) > NAMED:
        names.append(f"and {len(involved) - NAMED} more")
    raise SingularHessianError(
        f"linearly dependent: {', '.join(names)} (columns of X are counted from 0). Many parameters are equally good, "
        "and the Hessian is singular. Drop a column, or use l2 > 0."
    )


def _lengths(moments: Array) -> Array:
    """Return the root mean square of each column: the units of its weight. A column of zeros has 1."""
    xp = array_namespace(moments)
    diagonal = xp.linalg.diagonal(moments)
    return xp.sqrt(xp.where(diagonal > 0, diagonal, 1.0))


def _curvatures(square: Array, lengths: Array) -> tuple[Array, Array]:
    """Return eigenvalues, the least first, and eigenvectors of a square of the parameters, their units taken out."""
    eigenvalues, eigenvectors = array_namespace(square).linalg.eigh(square / (lengths[:, None] * lengths[None, :]))
    return eigenvalues, eigenvectors


def _is_determined(objective: Objective, theta: Array, moments: Array, least_curvature: float) -> bool:
    """Do Newton's steps from here come to rest? SeparableError where they prove that they never will.

    If a plane separates the classes but for examples on it, the gradient grows short although no minimum is near, and
    the steps go on for ever. Most often they turn into a direction that is wrong for no example: that is the proof,
    and a fit that has its minimum has no such direction. Where they are lost to rounding, the objective is far flatter
    in some direction than the features are: only probabilities of 0 and 1 can have made it so.
    """
    if math.prod(objective.shape) > LARGEST_HESSIAN:
        return True
    for _ in range(MORE_STEPS):
        path = newton(objective, theta, tolerance=1e-300, max_steps=1).path
        if path.shape[0] == 1:
            break  # only rounding moves
        theta, direction = path[-1, ...], path[-1, ...] - path[-2, ...]
        # There and back: a search that has gone out too far comes back by the same road.
        for way in (direction, -direction):
            low, high = objective.margins(way)
            if high > SETTLED and low >= -1e-6 * high:
                raise _separable(way, "no example lies on the wrong side of it, though some lie on it")
        if max(-low, high) < SETTLED:
            break
    else:
        return False
    xp, lengths = array_namespace(theta), _lengths(moments)
    every = xp.reshape(xp.ones_like(theta) * xp.reshape(lengths, (-1, *[1] * (theta.ndim - 1))), (-1,))
    return float(_curvatures(objective.hessian(theta), every)[0][0]) > FLAT * least_curvature


def _why_not_converged(search: Search, max_steps: int) -> str:
    steps, norm = search.path.shape[0] - 1, float(search.gradient_norms[-1])
    cause, way_out = "rounding hides any further decrease", "Standardise the features, use float64, or raise tolerance"
    if search.converged:
        return (
            f"the gradient norm is {norm:.2g}, but the parameters do not come to rest: without a penalty they may have "
            "no best value, or none that the digits of X can tell. Use l2 > 0, or standardise the features."
        )
    if steps == max_steps:
        cause, way_out = (
            f"the {steps} steps ran out",
            "Raise max_steps, use another method, or standardise the features",
        )
    return f"{cause} at a gradient norm of {norm:.2g}, above the tolerance. {way_out}."
