"""What a fit makes small, as a function of one array of parameters: mean cross entropy + l2/2 * (squared weights).

theta: (D + 1,) for two classes, [w, b]; (D + 1, K) for K classes, [W; b]: the intercept comes last, unpenalised.
An objective is a sum over blocks of rows (lrlib/_blocks.py), of the losses in lrlib.pointwise.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device, is_dask_array, is_lazy_array

from lrlib import _blocks
from lrlib._arrays import (
    Array,
    as_features,
    check_class_labels,
    check_known_rows,
    check_l2,
    check_shape,
    check_values,
    check_weights,
    namespace_of,
)
from lrlib._blocks import Part, over_blocks, rows_of, slices, total

ALL_ZERO = "sample_weight must hold a weight > 0; got zeros only."


class Evaluation(NamedTuple):
    """An objective at one theta."""

    value: Array  #: scalar, in nats
    gradient: Array  #: theta's shape
    largest_loss: Array  #: scalar: of one example. Below log 2, every example has more than half of the probability


@dataclass(frozen=True, eq=False)
class Objective:
    """The objective of one data set; binary_objective and multiclass_objective check the data and make it."""

    X: Array  #: (N, D)
    y: Array  #: (N,) labels 0 and 1 in X's dtype, or whole numbers 0..K-1
    l2: float
    shape: tuple[int, ...]  # theta's
    weights: Array | None = None  #: (N,) of the examples, or None where all are 1
    units: Array | None = None  #: (D,), or None for 1: the penalty is on weights / units

    @property
    def zero(self) -> Array:
        """The parameters that give every class the same probability, in X's library, dtype and place."""
        if is_dask_array(self.X):
            return np.zeros(self.shape, dtype=self.X.dtype)
        return array_namespace(self.X).zeros(self.shape, dtype=self.X.dtype, device=device(self.X))

    @cached_property
    def mass(self) -> float:
        """The sum of the sample weights: N where all are 1."""
        return float(self.X.shape[0] if self.weights is None else array_namespace(self.weights).sum(self.weights))

    @cached_property
    def penalties(self) -> Array:
        """The penalty's curvature along the weights of each feature, and 0 for the intercept: (D + 1,)."""
        xp, zero = array_namespace(self.zero), self.zero
        ones = xp.ones((zero.shape[0] - 1,), dtype=zero.dtype, device=device(zero))
        units = ones if self.units is None else self.units
        root = self.l2**0.5 / units  # l2 / units^2 may overflow on the way
        return xp.concat([root**2, xp.zeros_like(root[:1])])

    def evaluate(self, theta: Array) -> Evaluation:
        """Return value and gradient together: they share the logits  (eq-gradient, eq-multiclass-gradient)."""
        xp = array_namespace(theta)
        losses, gradients, largest = zip(*self._over_blocks(_blocks.evaluation, theta), strict=True)
        penalised = xp.reshape(self.penalties, (-1, *[1] * (theta.ndim - 1))) * theta
        value = total(losses) / self.mass + xp.sum(penalised * theta) / 2
        return Evaluation(value, total(gradients) / self.mass + penalised, max(largest))

    def hessian(self, theta: Array) -> Array:
        """Return the second derivatives by theta read row by row, (P, P) with P its size  (eq-hessian).

        For K classes, curvature is added along the directions that add one vector to the weights of all of them:
        these change no probability, so the gradient has no part there, and Newton's step stays what it was.
        """
        if theta.ndim == 1:
            return self.curvature(theta)
        xp, (D1, K) = array_namespace(theta), self.shape
        # The Hessian of a block holds a (D + 1, D + 1) square for each of its rows.
        hessian = total(self._over_blocks(_blocks.hessian_of_many, theta, rows=rows_of(D1**2))) / self.mass
        every = xp.reshape(self.penalties[:, None] * xp.ones_like(theta), (-1,))
        return hessian + _diagonal(xp, every) + _along_shifts(xp, hessian, K)

    def curvature(self, theta: Array) -> Array:
        """Return the mean of p (1 - p) x x^T, x with its 1 for the intercept, and l2 on the diagonal, (D + 1, D + 1).

        For two classes that is the Hessian. For K it stands for what the Hessian does to the weights of one class: the
        mean over the classes, divided by the 1 - 1/K that makes it exact at theta = 0.
        """
        curvature = total(self._over_blocks(_blocks.curvature, theta, rows=self._rows_for_squares)) / self.mass
        return curvature + _diagonal(array_namespace(curvature), self.penalties)

    def diagonal_of_curvature(self, theta: Array) -> Array:
        """Return the diagonal of curvature(theta), (D + 1,), for when the square would be too large."""
        return total(self._over_blocks(_blocks.diagonal_of_curvature, theta)) / self.mass + self.penalties

    def second_moments(self) -> Array:
        """Return the mean of x x^T, x with its 1 for the intercept, (D + 1, D + 1)."""
        return total(self._over_blocks(_blocks.moments, self.zero, rows=self._rows_for_squares)) / self.mass

    @property
    def smoothness(self) -> float:
        """A bound on the largest eigenvalue of the Hessian, at every theta; a step of 1 / it never diverges."""
        moments = self.second_moments()
        curvature = 1 / 4 if len(self.shape) == 1 else 1 / 2  # the most that p (1 - p) and diag(p) - p p^T can be
        xp = array_namespace(moments)
        return curvature * float(xp.linalg.eigvalsh(moments)[-1]) + float(xp.max(self.penalties))

    @property
    def _rows_for_squares(self) -> int:
        """Blocks with many times more rows than columns: a block's sum is a square of its columns."""
        return max(rows_of(self.X.shape[1]), 4 * int(self.X.shape[1]))

    def margins(self, direction: Array) -> tuple[float, float]:
        """Return the smallest and the largest margin that a direction, of theta's shape, gives to an example.

        The margin is the logit of the true class less the largest of the others, divided by the sum of the absolute
        values that make a logit: rounding moves it by a few eps. If none is negative, walking in this direction never
        raises the loss of any example.
        """
        lowest, highest = zip(*self._over_blocks(_blocks.margins, direction), strict=True)
        return float(min(lowest)), float(max(highest))

    def largest_move(self, step: Array) -> float:
        """Return by how much a step, of theta's shape, moves a logit at most; for K classes, one against another."""
        return float(max(self._over_blocks(_blocks.moves, step)))

    def relative_move(self, theta: Array, step: Array) -> float:
        """Return by how much a step moves a logit at most, of a logit beyond ±1 relative to it."""
        both = array_namespace(theta).stack([theta, step])
        return float(max(self._over_blocks(_blocks.relative_moves, both)))

    def largest_sum(self, theta: Array) -> float:
        """Return the largest sum of absolute values that makes a logit of an example whose class is in doubt."""
        return float(max(self._over_blocks(_blocks.sums, theta)))

    def batch(self, rows: Array) -> "Objective":
        """Return the objective of some rows, given by their positions; its value is their mean, not their sum.

        TypeError for Dask arrays: rows drawn from everywhere would have to travel.
        """
        if is_dask_array(self.X):
            raise TypeError("batches are drawn from NumPy or PyTorch arrays; got a Dask array. Use fit_binary on it.")
        xp = array_namespace(self.X)
        weights = None if self.weights is None else xp.take(self.weights, rows, axis=0)
        return replace(self, X=xp.take(self.X, rows, axis=0), y=xp.take(self.y, rows, axis=0), weights=weights)

    def sample(self, rows: int) -> "Objective":
        """Return the objective of about so many rows, or of all if there are fewer, evenly spaced."""
        every = max(1, self.X.shape[0] // rows)
        weights = None if self.weights is None else self.weights[::every]
        return replace(self, X=self.X[::every, ...], y=self.y[::every], weights=weights)

    def _over_blocks(self, part: Part, theta: Array, *, rows: int | None = None) -> Iterable[Any]:
        return over_blocks(part, self.X, self.y, self.weights, theta, rows=rows)


def binary_objective(X: Array, y: Array, *, l2: float = 0.0, sample_weight: Array | None = None) -> Objective:
    """Return lrlib.linear.binary_loss of this data set as a function of theta = [w, b].

    X: (N, D) of finite numbers; y: (N,) labels, 0 and 1, both present; l2 >= 0; sample_weight: (N,) of finite numbers
    >= 0, else ValueError. An example of weight 0 is left out. Of Dask arrays the labels are computed, the features are
    not: persist what is slow to make.
    """
    xp, X, y, weights, found = _data(X, y, l2, sample_weight, classes=2)
    if found.shape[0] < 2:
        raise ValueError(
            f"y must hold both classes; got only class {int(found[0])}: its intercept would grow without bound."
        )
    return Objective(X, xp.astype(y, X.dtype), float(l2), (X.shape[1] + 1,), weights)


def multiclass_objective(X: Array, y: Array, *, l2: float = 0.0, sample_weight: Array | None = None) -> Objective:
    """Return lrlib.linear.multiclass_loss of this data set as a function of theta = [W; b].

    X: (N, D) of finite numbers; y: (N,) whole numbers 0..K-1, each present, K >= 2; l2 >= 0, else ValueError.
    sample_weight and Dask arrays as in binary_objective.
    """
    xp, X, y, weights, found = _data(X, y, l2, sample_weight, classes=2**31)
    K = int(found[-1]) + 1
    if found.shape[0] < K or K < 2:
        missing = next((k for k in range(max(K, 2)) if k not in {int(label) for label in found}), K)
        raise ValueError(
            f"y must hold every class from 0 to {max(K, 2) - 1}; got no example of class {missing}: its intercept "
            "would fall without bound. Recode the labels, for example y = np.unique(y, return_inverse=True)[1]; or "
            "let fit_multiclass know that classes may be absent, by classes=."
        )
    return Objective(X, xp.astype(y, xp.int64), float(l2), (X.shape[1] + 1, K), weights)


def split(theta: Array) -> tuple[Array, Array]:
    """Return the weights and the intercept, or intercepts."""
    return theta[:-1, ...], theta[-1, ...]


def _data(
    X: Array, y: Array, l2: float, sample_weight: Array | None, classes: int
) -> tuple[ModuleType, Array, Array, Array | None, Array]:
    """Return X, y and the weights, in blocks that match, and the labels found, after the checks of all of them."""
    check_l2(l2)
    given = {"X": X, "y": y} | ({} if sample_weight is None else {"sample_weight": sample_weight})
    xp, (X, y, *rest) = namespace_of(**given)
    X, y, rest = as_features(xp, _detached(X)), _detached(y), [_detached(values) for values in rest]
    check_known_rows(X=X, y=y)
    check_shape("y", y, (X.shape[0],), f"X {tuple(X.shape)}")
    if 0 in X.shape:
        raise ValueError(f"X must have at least one example and one feature; got shape {tuple(X.shape)}.")
    if xp.finfo(X.dtype).bits < 32:
        raise ValueError(f"X must be float32 or float64: {X.dtype} has too few digits to fit with. Convert it.")
    weights = check_weights(xp, rest[0], X) if rest else None
    if is_dask_array(X):
        return _dask_data(xp, X, y, weights, classes)
    if is_lazy_array(X):
        raise TypeError(f"X must be a NumPy, PyTorch or Dask array; got {type(X).__name__}.")
    # One sum is faster than N * D questions.
    if not all(bool(xp.isfinite(xp.sum(X[block, ...]))) for block in slices(X.shape[0], rows_of(X.shape[1]))):
        check_values(xp, "X", X, xp.isfinite(X), "hold finite numbers", "Drop or fill in what is missing.")
    y = check_class_labels(xp, "y", y, classes)
    if weights is not None:
        X, y, weights = _counted(xp, X, y, weights)
    return xp, X, y, weights, xp.unique_values(y)


def _detached(x: Array) -> Array:
    """Return a tensor without its gradient: a fit does not carry one."""
    return x.detach() if hasattr(x, "detach") else x


def _counted(xp: ModuleType, X: Array, y: Array, weights: Array) -> tuple[Array, Array, Array]:
    """Return the examples whose weight is not 0, their weights scaled to a largest of 1."""
    counted = weights > 0
    if not bool(xp.any(counted)):
        raise ValueError(ALL_ZERO)
    if not bool(xp.all(counted)):
        rows = xp.nonzero(counted)[0]
        X, y, weights = xp.take(X, rows, axis=0), xp.take(y, rows, axis=0), xp.take(weights, rows, axis=0)
    return X, y, weights / xp.max(weights)


def _dask_data(
    xp: ModuleType, X: Array, y: Array, weights: Array | None, classes: int
) -> tuple[ModuleType, Array, Array, Array | None, Array]:
    """Do for Dask arrays what _data does for others: their labels and weights are computed, X is only looked at."""
    X = X.rechunk({1: -1})
    y = y.rechunk((X.chunks[0],))
    labels, finite = zip(*_blocks.on_workers(_blocks.look, X, y, None, np.zeros(0)), strict=True)
    if not all(finite):
        raise ValueError("X must hold finite numbers; got nan or inf. Drop or fill in what is missing.")
    found = np.unique(np.concatenate(labels))
    if not np.all((found >= 0) & (found <= classes - 1) & (found == np.floor(found))):
        check_class_labels(np, "y", np.asarray(y.compute()), classes)  # it names the position
    if weights is not None:
        values = np.asarray(weights.compute())
        if not values.any():
            raise ValueError(ALL_ZERO)
        kept = np.flatnonzero(values)
        if kept.size < values.size:
            X, values = X[kept], values[kept]
            y = y[kept].rechunk((X.chunks[0],))
            found = np.unique(np.asarray(y.compute()))
        weights = xp.asarray(values / values.max()).rechunk((X.chunks[0],))
    return xp, X, y, weights, found


def _diagonal(xp: ModuleType, values: Array) -> Array:
    """Return the square with these values on its diagonal and 0 elsewhere."""
    return xp.eye(values.shape[0], dtype=values.dtype, device=device(values)) * values


def _along_shifts(xp: ModuleType, hessian: Array, K: int) -> Array:
    """Return curvature along one vector added to all classes: for each feature, the mean of its own curvatures."""
    P = hessian.shape[0]
    diagonal = xp.reshape(xp.linalg.diagonal(hessian), (P // K, K))
    own = xp.reshape(xp.ones_like(diagonal) * xp.mean(diagonal, axis=1, keepdims=True), (P,))
    feature = xp.arange(P, device=device(hessian)) // K
    return xp.where(feature[:, None] == feature[None, :], own[:, None] / K, 0.0)
