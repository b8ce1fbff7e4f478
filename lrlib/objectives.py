"""What a fit makes small, as a function of one array of parameters: mean cross entropy + l2/2 * (squared weights).

theta: (D + 1,) for two classes, [w, b]; (D + 1, K) for K classes, [W; b]: the intercept comes last, unpenalised.
An objective is a sum over blocks of rows. NumPy and PyTorch add the blocks in turn, each small enough to stay in the
processor's cache, so X is read from memory once; Dask's chunks are added by whichever worker holds them.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device, is_dask_array, is_lazy_array

from lrlib._arrays import (
    Array,
    as_features,
    check_class_labels,
    check_l2,
    check_shape,
    check_values,
    first_on_diagonal,
    namespace_of,
    one_hot,
)
from lrlib.functions import log_softmax, sigmoid, softmax, softplus
from lrlib.linear import multiclass_hessian

BLOCK_BYTES = 2**22  # of X; between 2^21 and 2^23 little changes, far smaller or larger blocks are slower


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

    @property
    def zero(self) -> Array:
        """The parameters that give every class the same probability, in X's library, dtype and place."""
        if is_dask_array(self.X):
            return np.zeros(self.shape, dtype=self.X.dtype)
        return array_namespace(self.X).zeros(self.shape, dtype=self.X.dtype, device=device(self.X))

    @cached_property
    def _penalised(self) -> Array:
        """Ones for the weights and 0 for the intercept, or intercepts."""
        w, b = split(self.zero)
        xp = array_namespace(w)
        return xp.concat([xp.ones_like(w), xp.expand_dims(b, axis=0)])

    @cached_property
    def _penalty(self) -> Array:
        """The penalty's curvature: l2 on the diagonal but in the intercept's place, (D + 1, D + 1)."""
        xp, D1 = array_namespace(self.zero), self.shape[0]
        square = xp.eye(D1, dtype=self.zero.dtype, device=device(self.zero))
        return self.l2 * first_on_diagonal(xp, square, D1 - 1)

    def evaluate(self, theta: Array) -> Evaluation:
        """Return value and gradient together: they share the logits  (eq-gradient, eq-multiclass-gradient)."""
        xp, N = array_namespace(theta), self.X.shape[0]
        losses, gradients, largest = zip(*self._over_blocks(_evaluate_block, theta), strict=True)
        penalised = theta * self._penalised
        value = _total(losses) / N + self.l2 / 2 * xp.sum(penalised**2)
        return Evaluation(value, _total(gradients) / N + self.l2 * penalised, max(largest))

    def hessian(self, theta: Array) -> Array:
        """Return the second derivatives by theta read row by row, (P, P) with P its size  (eq-hessian).

        For K classes, curvature is added along the directions that add one vector to the weights of all of them:
        these change no probability, so the gradient has no part there, and Newton's step stays what it was.
        """
        if theta.ndim == 1:
            return self.curvature(theta)
        xp, (D1, K) = array_namespace(theta), self.shape
        # The Hessian of a block holds a (D + 1, D + 1) square for each of its rows.
        hessian = _total(self._over_blocks(_hessian_block, theta, rows=_rows_of(D1**2))) / self.X.shape[0]
        return hessian + self.l2 * first_on_diagonal(xp, hessian, (D1 - 1) * K) + _along_shifts(xp, hessian, K)

    def curvature(self, theta: Array) -> Array:
        """Return the mean of p (1 - p) x x^T, x with its 1 for the intercept, and l2 on the diagonal, (D + 1, D + 1).

        For two classes that is the Hessian. For K it stands for what the Hessian does to the weights of one class: the
        mean over the classes, divided by the 1 - 1/K that makes it exact at theta = 0.
        """
        D = self.X.shape[1]
        # Blocks with many times more rows than columns: a block's sum is a square of its columns.
        curvature = _total(self._over_blocks(_curvature_block, theta, rows=max(_rows_of(D), 4 * D))) / self.X.shape[0]
        return curvature + self._penalty

    def second_moments(self) -> Array:
        """Return the mean of x x^T, x with its 1 for the intercept, (D + 1, D + 1)."""
        D = self.X.shape[1]
        return _total(self._over_blocks(_moments_block, self.zero, rows=max(_rows_of(D), 4 * D))) / self.X.shape[0]

    @property
    def smoothness(self) -> float:
        """A bound on the largest eigenvalue of the Hessian, at every theta; a step of 1 / it never diverges."""
        moments = self.second_moments()
        curvature = 1 / 4 if len(self.shape) == 1 else 1 / 2  # the most that p (1 - p) and diag(p) - p p^T can be
        return curvature * float(array_namespace(moments).linalg.eigvalsh(moments)[-1]) + self.l2

    def margins(self, direction: Array) -> tuple[float, float]:
        """Return the smallest and the largest margin that a direction, of theta's shape, gives to an example.

        The margin is the logit of the true class less the largest of the others. If none is negative, walking in this
        direction never raises the loss of any example.
        """
        lowest, highest = zip(*self._over_blocks(_margins_block, direction), strict=True)
        return float(min(lowest)), float(max(highest))

    def batch(self, rows: Array) -> "Objective":
        """Return the objective of some rows, given by their positions; its value is their mean, not their sum.

        TypeError for Dask arrays: rows drawn from everywhere would have to travel.
        """
        if is_dask_array(self.X):
            raise TypeError("batches are drawn from NumPy or PyTorch arrays; got a Dask array. Use fit_binary on it.")
        xp = array_namespace(self.X)
        return replace(self, X=xp.take(self.X, rows, axis=0), y=xp.take(self.y, rows, axis=0))

    def sample(self, rows: int) -> "Objective":
        """Return the objective of about so many rows, or of all if there are fewer, evenly spaced."""
        every = max(1, self.X.shape[0] // rows)
        return replace(self, X=self.X[::every, ...], y=self.y[::every])

    def _over_blocks(self, part: Callable[..., Any], theta: Array, *, rows: int | None = None) -> Iterable[Any]:
        """Return part(X, y, theta) of every block of rows, in order."""
        if is_dask_array(self.X):
            return _on_workers(part, self.X, self.y, theta)
        blocks = _slices(self.X, self.y, rows or _rows_of(self.X.shape[1]))
        return (part(X, y, theta) for X, y in blocks)


def binary_objective(X: Array, y: Array, *, l2: float = 0.0) -> Objective:
    """Return lrlib.linear.binary_loss of this data set as a function of theta = [w, b].

    X: (N, D) of finite numbers; y: (N,) labels, 0 and 1, both present; l2 >= 0, else ValueError. Of Dask arrays the
    labels are computed, the features are not: persist what is slow to make.
    """
    xp, X, y, found = _data(X, y, l2)
    check_class_labels(array_namespace(found), "y", found, 2)
    if found.shape[0] < 2:
        raise ValueError(
            f"y must hold both classes; got only class {int(found[0])}: its intercept would grow without bound."
        )
    return Objective(X, xp.astype(y, X.dtype), float(l2), (X.shape[1] + 1,))


def multiclass_objective(X: Array, y: Array, *, l2: float = 0.0) -> Objective:
    """Return lrlib.linear.multiclass_loss of this data set as a function of theta = [W; b].

    X: (N, D) of finite numbers; y: (N,) whole numbers 0..K-1, each present, K >= 2; l2 >= 0, else ValueError.
    Dask arrays as in binary_objective.
    """
    xp, X, y, found = _data(X, y, l2)
    found = check_class_labels(array_namespace(found), "y", found, 2**31)
    K = int(found[-1]) + 1
    if found.shape[0] < K or K < 2:
        missing = next((k for k in range(max(K, 2)) if k not in {int(label) for label in found}), K)
        raise ValueError(
            f"y must hold every class from 0 to {max(K, 2) - 1}; got no example of class {missing}: its intercept "
            "would fall without bound. Recode the labels, for example y = np.unique(y, return_inverse=True)[1]."
        )
    return Objective(X, xp.astype(y, xp.int64), float(l2), (X.shape[1] + 1, K))


def _data(X: Array, y: Array, l2: float) -> tuple[ModuleType, Array, Array, Array]:
    """Return X and y, in blocks that match, and the labels found, after the checks that both objectives share."""
    check_l2(l2)
    xp, (X, y) = namespace_of(X=X, y=y)
    X = as_features(xp, X)
    check_shape("y", y, (X.shape[0],), f"X {tuple(X.shape)}")
    if 0 in X.shape:
        raise ValueError(f"X must have at least one example and one feature; got shape {tuple(X.shape)}.")
    if xp.finfo(X.dtype).bits < 32:
        raise ValueError(f"X must be float32 or float64: {X.dtype} has too few digits to fit with. Convert it.")
    if not is_lazy_array(X):
        blocks = _slices(X, y, _rows_of(X.shape[1]))
        if not all(bool(xp.isfinite(xp.sum(block))) for block, _ in blocks):  # one sum is faster than N * D questions
            check_values(xp, "X", X, xp.isfinite(X), "hold finite numbers", "Drop or fill in what is missing.")
        return xp, X, y, xp.unique_values(y)
    if not is_dask_array(X):
        raise TypeError(f"X must be a NumPy, PyTorch or Dask array; got {type(X).__name__}.")
    X = X.rechunk({1: -1})
    y = y.rechunk((X.chunks[0],))
    labels, finite = zip(*_on_workers(_look_at_block, X, y, np.zeros(0)), strict=True)
    if not all(finite):
        raise ValueError("X must hold finite numbers; got nan or inf. Drop or fill in what is missing.")
    return xp, X, y, np.unique(np.concatenate(labels))


def split(theta: Array) -> tuple[Array, Array]:
    """Return the weights and the intercept, or intercepts."""
    return theta[:-1, ...], theta[-1, ...]


# Blocks of rows


def _total(parts: Iterable[Array]) -> Array:
    return reduce(operator.add, parts)


def _rows_of(numbers: int) -> int:
    """Return how many rows of so many numbers make a block."""
    return max(1, BLOCK_BYTES // (8 * numbers))


def _slices(X: Array, y: Array, rows: int) -> Iterator[tuple[Array, Array]]:
    N = X.shape[0]
    for first in range(0, N, rows):
        block = slice(first, min(first + rows, N))
        yield X[block, ...], y[block]


def _on_workers(part: Callable[..., Any], X: Array, y: Array, theta: Array) -> Sequence[Any]:
    """Return part(X, y, theta) of every chunk of rows, computed where Dask computes; theta travels, X stays."""
    from dask.base import compute
    from dask.delayed import delayed

    blocks = zip(X.to_delayed().ravel(), y.to_delayed().ravel(), strict=True)
    results: Sequence[Any] = compute(*[delayed(part)(X, y, theta) for X, y in blocks])
    return results


def _look_at_block(X: Array, y: Array, theta: Array) -> tuple[Array, bool]:
    return np.unique(y), bool(np.isfinite(X).all())


def _evaluate_block(X: Array, y: Array, theta: Array) -> tuple[Array, Array, Array]:
    """Return the sum of the losses, the sum of their gradients, and the largest loss."""
    xp = array_namespace(X)
    w, b = split(theta)
    a = X @ w + b
    if theta.ndim == 1:
        losses, error = softplus((1.0 - 2.0 * y) * a), sigmoid(a) - y
    else:
        log_p, label = log_softmax(a), one_hot(xp, y, theta.shape[1])
        losses = xp.where(label, -log_p, 0.0)  # (N, K), 0 for all classes but the true one
        error = xp.exp(log_p) - xp.astype(label, a.dtype)
    gradient = xp.concat([xp.matrix_transpose(X) @ error, xp.sum(error, axis=0, keepdims=True)])
    return xp.sum(losses), gradient, xp.max(losses)


def _hessian_block(X: Array, y: Array, theta: Array) -> Array:
    return X.shape[0] * multiclass_hessian(X, y, *split(theta))


def _curvature_block(X: Array, y: Array, theta: Array) -> Array:
    xp = array_namespace(X)
    w, b = split(theta)
    a = X @ w + b
    p = sigmoid(a) if theta.ndim == 1 else softmax(a)
    weights = p * (1.0 - p)  # 1 - p has lost its digits where p is nearly 1, and there it does not count
    if theta.ndim == 2:
        weights = xp.sum(weights, axis=1) / (theta.shape[1] - 1)
    return _weighted_moments(xp, X, weights)


def _moments_block(X: Array, y: Array, theta: Array) -> Array:
    xp = array_namespace(X)
    return _weighted_moments(xp, X, xp.ones_like(X[:, 0]))


def _weighted_moments(xp: ModuleType, X: Array, weights: Array) -> Array:
    """Return the sum of weight * x x^T, x with its 1 for the intercept."""
    # A matrix times its own transpose takes half the time of two different ones; X is not copied for one more column.
    scaled = X * xp.sqrt(weights)[:, None]
    square, border = xp.matrix_transpose(scaled) @ scaled, (xp.matrix_transpose(X) @ weights)[:, None]
    corner = xp.reshape(xp.sum(weights), (1, 1))
    below = xp.concat([xp.matrix_transpose(border), corner], axis=1)
    return xp.concat([xp.concat([square, border], axis=1), below], axis=0)


def _margins_block(X: Array, y: Array, direction: Array) -> tuple[Array, Array]:
    xp = array_namespace(X)
    w, b = split(direction)
    a = X @ w + b
    if direction.ndim == 1:
        margins = (2.0 * y - 1.0) * a
    else:
        label = one_hot(xp, y, direction.shape[1])
        margins = xp.sum(xp.where(label, a, 0.0), axis=1) - xp.max(xp.where(label, -xp.inf, a), axis=1)
    return xp.min(margins), xp.max(margins)


def _along_shifts(xp: ModuleType, hessian: Array, K: int) -> Array:
    """Return curvature along one vector added to all classes: for each feature, the mean of its own curvatures."""
    P = hessian.shape[0]
    diagonal = xp.reshape(xp.linalg.diagonal(hessian), (P // K, K))
    own = xp.reshape(xp.ones_like(diagonal) * xp.mean(diagonal, axis=1, keepdims=True), (P,))
    feature = xp.arange(P, device=device(hessian)) // K
    return xp.where(feature[:, None] == feature[None, :], own[:, None] / K, 0.0)
