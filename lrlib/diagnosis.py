"""Data that have no best fit without a penalty: columns made of others, and classes that a plane separates.

Quick looks come first. Each ends in a proof or says that it does not know; then an exact method decides: the rank by a
QR decomposition of the standardised columns, separation by a linear program (Albert and Anderson 1984, Konis 2007).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace, device, is_dask_array

from lrlib import _blocks
from lrlib._arrays import Array
from lrlib._blocks import over_blocks
from lrlib._coordinates import Coordinates, mixed, units_of
from lrlib._descent import walk
from lrlib._separation import separating_direction
from lrlib.objectives import Objective, split
from lrlib.optimize import inverse

CLEARLY_INDEPENDENT = {32: 1e-2, 64: 1e-6}  # least eigenvalue of the correlations, beyond what rounding can make
NAMED = 5  # columns, in an error
LARGEST_HESSIAN = 2000  # parameters; with more, a plane that has examples on it is not looked for
SETTLING_STEPS = 30  # of Newton's method, in which an overlap of the classes shows
PROOF = 0.5  # a Newton step that moves no logit by 1 proves that the classes overlap; half leaves room for rounding
WELL_POSED = 1e-8  # least eigenvalue of the scaled Hessian whose solution can be trusted


class SeparableError(ValueError):
    """No parameters are best: w and b here separate the classes, and every multiple of them is better still."""

    def __init__(self, message: str, w: Array, b: Array) -> None:
        super().__init__(message)
        self.w, self.b = w, b

    def __reduce__(self) -> tuple[type, tuple[str, Array, Array]]:
        """Say how to make it again, in another process."""
        return type(self), (str(self), self.w, self.b)


class SingularHessianError(ValueError):
    """Many parameters are best: some columns of X are made of the others."""


# Dependent columns


def independent(objective: Objective, coordinates: Coordinates, eps: float) -> tuple[Objective, Coordinates]:
    """Return the objective, in coordinates that part nearly dependent columns; SingularHessianError for dependent ones.

    eps: the rounding unit of the caller's numbers.
    """
    if _clearly_independent(objective.second_moments()):
        return objective, coordinates
    columns = _columns(objective, coordinates, eps)
    here, D = array_namespace(columns.centred), columns.length.shape[0]
    _, values, directions = here.linalg.svd(columns.centred / columns.length, full_matrices=True)
    constant = columns.never_changes
    parts = here.astype(constant, values.dtype) if bool(here.any(constant)) else directions[-1, :]
    rounding = 16 * float(here.sum(abs(parts) * columns.noise)) + 256 * D * float(here.finfo(parts.dtype).eps)
    if objective.X.shape[0] <= D or not float(values[-1]) > rounding:
        raise _dependent(parts, columns)
    # X = QR has orthogonal columns in Q = X R^-1.
    return mixed(objective, coordinates, here.linalg.inv(columns.centred / objective.X.shape[0] ** 0.5))


def _clearly_independent(moments: Array) -> bool:
    """Are the correlations of the columns far from singular? False where that cannot be told."""
    xp = array_namespace(moments)
    mean = moments[-1, :-1] / moments[-1, -1]
    covariance = moments[:-1, :-1] / moments[-1, -1] - mean[:, None] * mean[None, :]
    variance = xp.linalg.diagonal(covariance)
    if not bool(xp.all(xp.isfinite(variance))) or not bool(xp.all(variance > 1e-6 * (mean**2))):
        return False
    deviation = xp.sqrt(variance)
    correlation = covariance / deviation[:, None] / deviation[None, :]
    return bool(xp.linalg.eigvalsh(correlation)[0] > CLEARLY_INDEPENDENT[xp.finfo(moments.dtype).bits])


class _Columns(NamedTuple):
    centred: Array  # (min(N - 1, D), D), the R of the columns less their means
    length: Array  # (D,), of each of these; 1 for a column that never changes
    never_changes: Array  # (D,) booleans
    noise: Array  # (D,), how much of its length rounding may have made
    mean: Array  # (D,), of the caller's columns, in units of `length`


def _columns(objective: Objective, coordinates: Coordinates, eps: float) -> _Columns:
    X, root_n = objective.X, objective.X.shape[0] ** 0.5
    unit = units_of(objective, X, 0.0 * coordinates.centre)
    xp = array_namespace(unit)
    place = xp.stack([0.0 * unit, unit])
    R, *others = over_blocks(_blocks.triangle, X, objective.y, None, place, rows=max(4 * X.shape[1], 1024))
    for other in others:
        R = xp.linalg.qr(xp.concat([R, other]))[1]
    centred = R[1:, 1:]
    length = xp.sqrt(xp.sum(centred**2, axis=0))
    constant = length == 0
    length = xp.where(constant, 1.0, length)
    origin = coordinates.centre / coordinates.unit / unit  # of these coordinates
    noise = eps * (xp.sqrt(xp.sum(R[:, 1:] ** 2, axis=0)) + root_n * abs(origin)) / length
    return _Columns(centred * unit, length * unit, constant, noise, (origin + R[0, 1:] / R[0, 0]) / length)


def _dependent(parts: Array, columns: _Columns) -> SingularHessianError:
    xp = array_namespace(parts)
    involved = [j for j in range(parts.shape[0]) if abs(parts[j]) > 0.1 * xp.max(abs(parts))]
    names = [f"column {j}" for j in involved[:NAMED]]
    if len(involved) > NAMED:
        names.append(f"and {len(involved) - NAMED} more")
    # The columns add up to a constant; unless that is zero, the intercept takes part.
    constant = xp.stack([parts[j] * columns.mean[j] for j in involved])
    if len(involved) <= NAMED and abs(xp.sum(constant)) > 1e-6 * xp.sum(abs(constant)):
        names.append("the intercept")
    return SingularHessianError(
        f"linearly dependent: {', '.join(names)} (columns of X are counted from 0). Many parameters are equally good, "
        "and the Hessian is singular. Drop a column, or use l2 > 0."
    )


# Classes that a plane separates


def raise_if_separated(objective: Objective, theta: Array, coordinates: Coordinates) -> None:
    """Raise SeparableError if theta gives every example a positive margin, beyond what rounding can make."""
    if objective.margins(theta)[0] > _rounding(objective):
        raise _separable(
            coordinates.outward(theta[None, ...], theta)[0, ...], "every example lies on its own side of it"
        )


def settled(objective: Objective, theta: Array, original: Objective, coordinates: Coordinates) -> bool:
    """Do Newton's steps from here come to rest, as they do if the classes overlap? Else a plane is a SeparableError.

    Where the step at theta moves no logit by 1, the classes overlap: the losses' slopes, changed by it, are weights > 0
    with which the examples cancel, and that no separating plane allows (Stiemke's lemma). Without that proof a linear
    program decides, on the objective in coordinates that mix no columns: what lies on a plane would not stay there.
    """
    asked = False
    for _ in range(SETTLING_STEPS):
        at = objective.evaluate(theta)
        step, trusted = _newton_step(objective, theta, at.gradient)
        small = objective.largest_move(step) < PROOF
        if not asked and not (small and trusted and objective is original):
            _raise_if_a_plane_separates(original, coordinates._replace(mixing=None))
            asked = True
        if small:
            return True
        found = walk(objective, theta, at, step)
        if not found:
            return False
        theta = found[0]
    return False


def last_move(objective: Objective, theta: Array) -> float:
    """Return by how much Newton's step from here moves a logit at most, of a logit beyond ±1 relative to it."""
    step, _ = _newton_step(objective, theta, objective.evaluate(theta).gradient)
    return objective.relative_move(theta, step)


def _newton_step(objective: Objective, theta: Array, gradient: Array) -> tuple[Array, bool]:
    """Return Newton's step, and whether the Hessian determines it."""
    xp, hessian = array_namespace(theta), objective.hessian(theta)
    diagonal = xp.linalg.diagonal(hessian)
    scale = xp.sqrt(xp.where(diagonal > 0, diagonal, 1.0))
    scaled = hessian / scale[:, None] / scale[None, :]
    finite = bool(xp.all(xp.isfinite(scaled)))
    trusted = finite and bool(xp.linalg.eigvalsh(scaled)[0] > WELL_POSED)
    step = -inverse(hessian)(xp.reshape(gradient, (-1,)))
    return xp.reshape(step, theta.shape), trusted


def _raise_if_a_plane_separates(objective: Objective, coordinates: Coordinates) -> None:
    X, y = objective.X, objective.y
    if is_dask_array(X):
        X, y = X.compute(), y.compute()
    X, y = (np.asarray(x.cpu() if hasattr(x, "cpu") else x) for x in (X, y))
    direction = separating_direction(X.astype(np.float64), y.astype(np.int64), objective.shape)
    if direction is not None:
        like = objective.zero
        theta = array_namespace(like).asarray(direction, dtype=like.dtype, device=device(like))
        plane = coordinates.outward(theta[None, ...], theta)[0, ...]
        raise _separable(plane, "no example lies on the wrong side of it, though some lie on it")


def _rounding(objective: Objective) -> float:
    zero = objective.zero
    return 4 * objective.shape[0] * float(array_namespace(zero).finfo(zero.dtype).eps)


def _separable(theta: Array, how: str) -> SeparableError:
    return SeparableError(
        f"a plane separates the classes: {how}. The objective falls for ever as the weights grow, and no parameters "
        "are best. Use l2 > 0, for example l2 = 1 / len(y); w and b of this error hold the plane.",
        *split(theta),
    )
