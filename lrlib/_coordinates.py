"""Coordinates in which a fit is well posed, whatever units and origins the caller's columns have.

A column x becomes (x - centre) / unit. The centre is a median: what lies near it keeps all its digits even where one
far point pulls the mean away. The unit is a power of two, so that dividing rounds nothing. Small data are copied so, in
float64; of large data a copy is made only where their columns need it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from array_api_compat import array_namespace, device, is_dask_array

from lrlib import _blocks
from lrlib._arrays import Array
from lrlib._blocks import over_blocks, total
from lrlib.objectives import Objective

SMALL = _blocks.BLOCK_BYTES // 8  # numbers in X: one block, that a copy costs nothing beside
SAMPLE_ROWS = 200  # enough to place the centre
FAR = {32: 4.0, 64: 100.0}  # times its spread that a column may lie from zero before it needs a copy
EXTREME = {32: 1e12, 64: 1e100}  # a unit beyond it, or below its inverse, needs a copy


class Coordinates(NamedTuple):
    """The caller's x is centre + unit * (x here), after a mixing of the columns if there is one."""

    centre: Array  #: (D,)
    unit: Array  #: (D,)
    mixing: Array | None = None  #: (D, D): x here = ((x - centre) / unit) @ mixing

    def inward(self, path: Array) -> Array:
        """Return points of a path of the caller's, (T, D + 1, ...), in these coordinates."""
        xp = array_namespace(path)
        w, b = path[:, :-1, ...], path[:, -1:, ...]
        columns = (1, -1, *[1] * (w.ndim - 2))
        shift = xp.sum(xp.reshape(self.centre, columns) * w, axis=1, keepdims=True)
        w = xp.reshape(self.unit, columns) * w
        if self.mixing is not None:
            w = xp.reshape(xp.linalg.inv(self.mixing) @ xp.reshape(w, (*w.shape[:2], -1)), w.shape)
        return xp.concat([w, b + shift], axis=1)

    def outward(self, path: Array, like: Array) -> Array:
        """Return points of a path, (T, D + 1, ...), in the caller's coordinates, in the dtype of `like`."""
        xp = array_namespace(path)
        w, b = path[:, :-1, ...], path[:, -1:, ...]
        columns = (1, -1, *[1] * (w.ndim - 2))
        if self.mixing is not None:
            w = xp.reshape(self.mixing @ xp.reshape(w, (*w.shape[:2], -1)), w.shape)
        # b is chosen for the weights as they are rounded: the logits near the centre stay right.
        w = xp.astype(w / xp.reshape(self.unit, columns), like.dtype)
        shift = xp.sum(xp.reshape(self.centre, columns) * xp.astype(w, path.dtype), axis=1, keepdims=True)
        return xp.concat([w, xp.astype(b - shift, like.dtype)], axis=1)

    def gradient(self, gradient: Array) -> Array:
        """Return a gradient of these coordinates in the caller's."""
        xp = array_namespace(gradient)
        g, last = gradient[:-1, ...], gradient[-1:, ...]
        g = g if self.mixing is None else xp.linalg.solve(xp.matrix_transpose(self.mixing), g)
        return xp.concat([_rows(self.unit, g) * g + _rows(self.centre, g) * last, last])


def standardised(objective: Objective, *, always: bool = False) -> tuple[Objective, Coordinates]:
    """Return the objective in coordinates of its own, and these.

    always: for a method whose steps depend on the coordinates; the centre is then the mean.
    """
    X = objective.X
    xp, sample = array_namespace(X), _sample(X)
    here = array_namespace(sample)
    centre = here.sort(sample, axis=0)[sample.shape[0] // 2, :]
    N, D = X.shape
    if not (always or N * D <= SMALL) and _is_tame(sample, centre):
        return objective, Coordinates(here.zeros_like(centre), here.ones_like(centre))
    wide = _widest(sample) if N * D <= SMALL else centre.dtype
    centre = here.astype(centre, wide)
    gaps = (X if X.dtype == wide else xp.astype(X, wide)) - centre  # the copy
    if always:
        mean = _mean(objective, gaps)
        gaps, centre = gaps - mean, centre + mean
    unit = units_of(objective, gaps, 0.0 * centre)
    if objective.l2 > 0:  # the penalty too has curvature, and must not overflow in these units
        unit = here.maximum(unit, here.asarray(_power_of_two(objective.l2**0.5), dtype=wide, device=device(unit)))
    y = objective.y if len(objective.shape) == 2 else xp.astype(objective.y, wide)
    weights = None if objective.weights is None else xp.astype(objective.weights, wide)
    gaps /= unit
    inner = replace(objective, X=gaps, y=y, weights=weights, units=unit)
    return inner, Coordinates(centre, unit)


def units_of(objective: Objective, X: Array, centre: Array) -> Array:
    """Return the power of two nearest to each column's root mean square distance from its centre; 0 where all are 0."""
    here = array_namespace(centre)
    y, weights = objective.y, None
    extent = _largest(over_blocks(_blocks.extent, X, y, weights, centre))
    some = here.where(extent > 0, extent, 1.0)
    squares = total(over_blocks(_blocks.spread, X, y, weights, here.stack([centre, some]))) / X.shape[0]
    return here.where(extent > 0, _nearest_power(here, some * here.sqrt(squares)), 1.0)


def mixed(objective: Objective, coordinates: Coordinates, mixing: Array) -> tuple[Objective, Coordinates]:
    """Return the objective, of no penalty, and its coordinates after another change of them."""
    return replace(objective, X=objective.X @ mixing, units=None), coordinates._replace(mixing=mixing)


def _mean(objective: Objective, gaps: Array) -> Array:
    xp = array_namespace(gaps)
    if objective.weights is None:
        mean = xp.mean(gaps, axis=0)
    else:
        mean = xp.sum(objective.weights[:, None] * gaps, axis=0) / objective.mass
    return mean.compute() if is_dask_array(mean) else mean


def _sample(X: Array) -> Array:
    """Return some rows, evenly spaced, in memory."""
    rows = X[:: max(1, X.shape[0] // SAMPLE_ROWS), ...]
    return rows.compute() if is_dask_array(rows) else rows


def _is_tame(sample: Array, centre: Array) -> bool:
    """Do the columns of large data lie near zero, in usual units, as far as a sample shows?"""
    xp, bits = array_namespace(sample), array_namespace(sample).finfo(sample.dtype).bits
    spread = xp.sqrt(xp.mean((sample - centre) ** 2, axis=0))
    empty = xp.all(sample == 0, axis=0)
    usual = (spread < EXTREME[bits]) & (spread > 1 / EXTREME[bits]) & (abs(centre) <= FAR[bits] * spread)
    return bool(xp.all(usual | empty))


def _widest(like: Array) -> Any:
    """Return float64, or the dtype as it is where the device has no float64."""
    xp = array_namespace(like)
    try:
        return xp.astype(like[:1, ...], xp.float64).dtype
    except (TypeError, RuntimeError):  # as on Apple's GPUs
        return like.dtype


def _nearest_power(xp: ModuleType, values: Array) -> Array:
    return xp.pow(xp.full_like(values, 2.0), xp.round(xp.log2(values)))


def _power_of_two(value: float) -> float:
    return float(2.0 ** np.round(np.log2(value)))


def _largest(parts: Iterable[Array]) -> Array:
    found = list(parts)
    return array_namespace(found[0]).max(array_namespace(found[0]).stack(found), axis=0)


def _rows(values: Array, like: Array) -> Array:
    """Return one value for each row of `like`, ready to multiply."""
    return array_namespace(values).reshape(values, (-1, *[1] * (like.ndim - 1)))
