"""Sums over blocks of rows, and what a block adds to an objective.

NumPy and PyTorch add the blocks in turn, each small enough to stay in the processor's cache, so X is read from memory
once; Dask's chunks are added by whichever worker holds them. A part gets a block of X, of y and of the sample weights
(None where all are 1), and theta.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import reduce
from types import ModuleType
from typing import Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace, is_dask_array

from lrlib._arrays import Array, one_hot
from lrlib.functions import log_softmax, softmax
from lrlib.linear import multiclass_hessian
from lrlib.pointwise import (
    binary_curvature_at,
    binary_loss_and_slope,
    multiclass_loss_and_slope,
)

BLOCK_BYTES = 2**22  # of X; between 2^21 and 2^23 little changes, far smaller or larger blocks are slower

DECIDED = 40.0  # a logit that float64 tells from none by its probability of 0 or 1

Part: TypeAlias = Callable[[Array, Array, Array | None, Array], Any]


def over_blocks(
    part: Part, X: Array, y: Array, weights: Array | None, theta: Array, *, rows: int | None = None
) -> Iterable[Any]:
    """Return part(X, y, weights, theta) of every block of rows, in order."""
    if is_dask_array(X):
        return on_workers(part, X, y, weights, theta)
    blocks = slices(X.shape[0], rows or rows_of(X.shape[1]))
    return (part(X[b, ...], y[b], None if weights is None else weights[b], theta) for b in blocks)


def total(parts: Iterable[Array]) -> Array:
    """Return the sum."""
    return reduce(operator.add, parts)


def rows_of(numbers: int) -> int:
    """Return how many rows of so many numbers make a block."""
    return max(1, BLOCK_BYTES // (8 * max(1, numbers)))


def slices(N: int, rows: int) -> Iterator[slice]:
    """Return the blocks of N rows."""
    return (slice(first, min(first + rows, N)) for first in range(0, N, rows))


def on_workers(part: Part, X: Array, y: Array, weights: Array | None, theta: Array) -> Sequence[Any]:
    """Return the part of every chunk of rows, computed where Dask computes; theta travels, X stays."""
    from dask.base import compute
    from dask.delayed import delayed

    # A chunk without rows adds nothing, and has no largest loss.
    full = [number for number, rows in enumerate(X.chunks[0]) if rows]
    columns = [list(array.to_delayed().ravel()) for array in (X, y, weights) if array is not None]
    call = delayed(part)
    tasks = [call(*[c[n] for c in columns], *[None] * (3 - len(columns)), theta) for n in full]
    results: Sequence[Any] = compute(*tasks)
    return results


def look(X: Array, y: Array, weights: Array | None, theta: Array) -> tuple[Array, bool]:
    """Return the labels found, and whether the block is finite."""
    return np.unique(y), bool(np.isfinite(X).all())


def evaluation(X: Array, y: Array, weights: Array | None, theta: Array) -> tuple[Array, Array, Array]:
    """Return the sum of the losses, the sum of their gradients, and the largest loss."""
    xp = array_namespace(X)
    z = X @ theta[:-1, ...] + theta[-1, ...]
    if theta.ndim == 1:
        losses, slopes = binary_loss_and_slope(z, y)
    else:
        log_p, label = log_softmax(z), one_hot(xp, y, theta.shape[1])
        losses, slopes = multiclass_loss_and_slope(log_p, label)
    largest = xp.max(losses)
    if weights is not None:
        losses = weights * losses
        slopes = slopes * (weights if theta.ndim == 1 else weights[:, None])
    gradient = xp.concat([xp.matrix_transpose(X) @ slopes, xp.sum(slopes, axis=0, keepdims=True)])
    return xp.sum(losses), gradient, largest


def hessian_of_many(X: Array, y: Array, weights: Array | None, theta: Array) -> Array:
    """Return the sum of the Hessians of the examples, for K classes."""
    share = X.shape[0] if weights is None else array_namespace(X).sum(weights)
    return share * multiclass_hessian(X, y, theta[:-1, ...], theta[-1, ...], sample_weight=weights)


def curvature(X: Array, y: Array, weights: Array | None, theta: Array) -> Array:
    """Return the sum of p (1 - p) x x^T; for K classes of its mean over them, divided by 1 - 1/K."""
    xp = array_namespace(X)
    return _weighted_moments(xp, X, _bends(X, weights, theta))


def _bends(X: Array, weights: Array | None, theta: Array) -> Array:
    """Return p (1 - p) of each example; for K classes its mean over them, divided by 1 - 1/K."""
    xp = array_namespace(X)
    z = X @ theta[:-1, ...] + theta[-1, ...]
    if theta.ndim == 1:
        bends = binary_curvature_at(z)
    else:
        p = softmax(z)
        # 1 - p has lost its digits where p is nearly 1, and there it does not count
        bends = xp.sum(p * (1.0 - p), axis=1) / (theta.shape[1] - 1)
    return bends if weights is None else weights * bends


def diagonal_of_curvature(X: Array, y: Array, weights: Array | None, theta: Array) -> Array:
    """Return the diagonal of `curvature`."""
    xp = array_namespace(X)
    bends = _bends(X, weights, theta)
    return xp.concat([xp.matrix_transpose(X**2) @ bends, xp.reshape(xp.sum(bends), (1,))])


def moments(X: Array, y: Array, weights: Array | None, theta: Array) -> Array:
    """Return the sum of x x^T."""
    xp = array_namespace(X)
    return _weighted_moments(xp, X, xp.ones_like(X[:, 0]) if weights is None else weights)


def _weighted_moments(xp: ModuleType, X: Array, weights: Array) -> Array:
    """Return the sum of weight * x x^T, x with its 1 for the intercept."""
    # A matrix times its own transpose takes half the time of two different ones; X is not copied for one more column.
    scaled = X * xp.sqrt(weights)[:, None]
    square, border = xp.matrix_transpose(scaled) @ scaled, (xp.matrix_transpose(X) @ weights)[:, None]
    corner = xp.reshape(xp.sum(weights), (1, 1))
    below = xp.concat([xp.matrix_transpose(border), corner], axis=1)
    return xp.concat([xp.concat([square, border], axis=1), below], axis=0)


def margins(X: Array, y: Array, weights: Array | None, direction: Array) -> tuple[Array, Array]:
    """Return the smallest and the largest margin, each in units of what is added up to make it."""
    xp = array_namespace(X)
    w, b = direction[:-1, ...], direction[-1, ...]
    z, parts = X @ w + b, abs(X) @ abs(w) + abs(b)
    if direction.ndim == 1:
        found, size = (2.0 * y - 1.0) * z, parts
    else:
        label = one_hot(xp, y, direction.shape[1])
        found = xp.sum(xp.where(label, z, 0.0), axis=1) - xp.max(xp.where(label, -xp.inf, z), axis=1)
        size = xp.max(parts, axis=1)
    found = found / xp.where(size > 0, size, 1.0)
    return xp.min(found), xp.max(found)


def moves(X: Array, y: Array, weights: Array | None, step: Array) -> Array:
    """Return by how much a step moves a logit at most; for K classes, one against another."""
    xp = array_namespace(X)
    z = X @ step[:-1, ...] + step[-1, ...]
    return xp.max(abs(z) if step.ndim == 1 else xp.max(z, axis=1) - xp.min(z, axis=1))


def sums(X: Array, y: Array, weights: Array | None, theta: Array) -> Array:
    """Return the largest sum of absolute values that makes a logit, of examples with a loss above 1e-9 either way."""
    xp = array_namespace(X)
    w, b = theta[:-1, ...], theta[-1, ...]
    z, parts = X @ w + b, abs(X) @ abs(w) + abs(b)
    if theta.ndim == 2:
        z, parts = xp.max(z, axis=1) - xp.min(z, axis=1), xp.max(parts, axis=1)
    return xp.max(xp.where(abs(z) < DECIDED, parts, 0.0))


def relative_moves(X: Array, y: Array, weights: Array | None, both: Array) -> Array:
    """Return by how much a step moves a logit at most, of a large logit relative to it; both: theta and the step."""
    xp = array_namespace(X)
    z, move = (abs(X @ theta[:-1, ...] + theta[-1, ...]) for theta in (both[0, ...], both[1, ...]))
    if both.ndim == 3:
        z, move = xp.max(z, axis=1), xp.max(move, axis=1)
    return xp.max(move / xp.where(z > 1, z, 1.0))


def extent(X: Array, y: Array, weights: Array | None, centre: Array) -> Array:
    """Return the largest distance from the centre, for each column."""
    return array_namespace(X).max(abs(X - centre), axis=0)


def spread(X: Array, y: Array, weights: Array | None, place: Array) -> Array:
    """Return the sum of ((x - centre) / unit)^2 for each column; place: (2, D), centre and unit."""
    return array_namespace(X).sum(((X - place[0, :]) / place[1, :]) ** 2, axis=0)


def triangle(X: Array, y: Array, weights: Array | None, place: Array) -> Array:
    """Return the R of QR = [1, (x - centre) / unit]; place: (2, D), centre and unit."""
    xp = array_namespace(X)
    rows = (X - place[0, :]) / place[1, :]
    return xp.linalg.qr(xp.concat([xp.ones_like(rows[:, :1]), rows], axis=1))[1]
