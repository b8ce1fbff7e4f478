"""Searches for the least value of an objective: where lrlib.optimize walks as told, these know when they are there.

An objective evaluates value and gradient together, as those of lrlib.objectives do; none of the searches knows what is
being trained. No step of steepest_descent, newton and lbfgs raises the value, and they stop where the gradient is short
enough. sgd looks at a few examples at a time, and its steps may lead up.
"""

from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import Any, NamedTuple, Protocol

import numpy as np
from array_api_compat import array_namespace

from lrlib._arrays import Array

ENOUGH = 1e-4  # of the decrease that the slope promises: the usual constant of Armijo's rule
ROUNDING = 16  # units in the last place by which a value may be off
SHORTENINGS = 30
IDLE_STEPS = 25  # after so many without a lower value or a shorter gradient, only rounding moves


class _Evaluation(Protocol):
    """An objective at one theta."""

    @property
    def value(self) -> Array: ...  # scalar
    @property
    def gradient(self) -> Array: ...  # theta's shape


class _Objective(Protocol):
    """What the searches make small."""

    def evaluate(self, theta: Array, /) -> _Evaluation: ...


class Search(NamedTuple):
    """The path of a search for a minimum and its record of convergence. The last point is the answer."""

    path: Array  #: (steps + 1, ...) parameters, the start first
    values: Array  #: (steps + 1,) of the objective
    gradient_norms: Array  #: (steps + 1,), Euclidean
    evaluations: int  #: of value and gradient: passes over the data
    converged: bool  #: the last gradient norm is at most the tolerance


Watch = Callable[[Array, Any], None]


def sgd(
    objective: Any,
    start: Array,
    generator: np.random.Generator,
    *,
    batch_size: int,
    step_size: float,
    epochs: int,
) -> Search:
    """Step against the gradient of one batch after the other, in an order drawn anew for every epoch  (eq-sgd).

    objective: one with batch(rows), such as lrlib.objectives makes of NumPy or PyTorch arrays. batch_size: rows in a
    batch, 1..N, the last one of an epoch may be smaller; step_size > 0; epochs >= 0, else ValueError. The path holds
    the parameters after each epoch. The same generator state gives the same path. It ends near the minimum, not at it:
    converged is always false. FloatingPointError when an epoch ends higher than the start: the steps were too long.
    """
    N = objective.X.shape[0]
    _check_step(step_size, epochs)
    if not 1 <= batch_size <= N:
        raise ValueError(f"batch_size must be a whole number from 1 to {N}, the number of examples; got {batch_size}.")
    record, theta, xp = _Record(), start, array_namespace(start)
    record.add(theta, objective.evaluate(theta))
    for epoch in range(1, epochs + 1):
        order = generator.permutation(N)
        for first in range(0, N, batch_size):
            rows = xp.asarray(order[first : first + batch_size], device=start.device)
            theta = theta - step_size * objective.batch(rows).evaluate(theta).gradient
        record.add(theta, objective.evaluate(theta))
        if not record.values[-1] <= record.values[0]:
            raise FloatingPointError(
                f"sgd diverged: after epoch {epoch} of {epochs} the objective is {record.values[-1]:.3g}, "
                f"above the {record.values[0]:.3g} of the start. Use a step_size smaller than {step_size}, or "
                "standardise the features."
            )
    return record.search(converged=False)


def steepest_descent(
    objective: _Objective,
    start: Array,
    *,
    step_size: float,
    tolerance: float = 1e-8,
    max_steps: int = 10_000,
    watch: Watch | None = None,
) -> Search:
    """Step by -step_size * gradient, less where that would raise the value, until the gradient norm <= tolerance.

    watch(theta, evaluation) is called at every point of the path; what it raises ends the search.
    """
    _check_step(step_size, 0)
    return _search(objective, start, lambda theta, at: -step_size * at.gradient, tolerance, max_steps, watch)


def newton(
    objective: Any, start: Array, *, tolerance: float = 1e-8, max_steps: int = 100, watch: Watch | None = None
) -> Search:
    """Step to the minimum of the parabola that has the objective's value, gradient and Hessian here  (eq-newton).

    objective: one with hessian(theta), (P, P) for theta read row by row. A step that would raise the value is
    shortened. Along directions without any curvature, relative to the parameters' own, no step is taken.
    tolerance, max_steps, watch: as for steepest_descent.
    """
    xp = array_namespace(start)

    def direction(theta: Array, at: _Evaluation) -> Array:
        solve = inverse(objective.hessian(theta))
        return xp.reshape(solve(-xp.reshape(at.gradient, (-1,))), theta.shape)

    return _search(objective, start, direction, tolerance, max_steps, watch)


def lbfgs(
    objective: _Objective,
    start: Array,
    *,
    precondition: Callable[[Array], Callable[[Array], Array]] | None = None,
    memory: int = 10,
    tolerance: float = 1e-8,
    max_steps: int = 1000,
    watch: Watch | None = None,
) -> Search:
    """Newton's step with the inverse Hessian guessed from the last `memory` steps (Liu and Nocedal 1989).

    precondition(theta) returns a function that multiplies by a first guess of the inverse Hessian at theta, by default
    by 1. It is asked at the start, when the memory is full, and then after twice as many steps each time.
    tolerance, max_steps, watch: as for steepest_descent.
    """
    if memory < 1:
        raise ValueError(f"memory must be a whole number >= 1; got {memory}.")
    guess, due = _InverseHessian(memory), 0

    def direction(theta: Array, at: _Evaluation) -> Array:
        nonlocal due
        if precondition and guess.points == due:
            guess.first = precondition(theta)
            due = 2 * due + memory
        guess.learn(theta, at.gradient)
        step = -guess.times(at.gradient)
        # Without any guess the first step has no sensible length: let it be at most 1.
        return step if precondition or guess.pairs else step / max(1.0, _dot(step, step) ** 0.5)

    return _search(objective, start, direction, tolerance, max_steps, watch)


def inverse(square: Array) -> Callable[[Array], Array]:
    """Return the function v -> square^-1 v, for a symmetric matrix (P, P) without negative eigenvalues.

    The units of the parameters cancel: the matrix is scaled to ones on its diagonal. Directions in which that has
    practically no length count as having a little.
    """
    xp = array_namespace(square)
    diagonal = xp.linalg.diagonal(square)
    scale = xp.sqrt(xp.where(diagonal > 0, diagonal, 1.0))
    scaled = square / (scale[:, None] * scale[None, :])
    one = xp.eye(square.shape[0], dtype=square.dtype, device=square.device)
    floor = 100 * square.shape[0] * xp.finfo(square.dtype).eps
    # With the factor L of LL^T = A, A^-1 v = L^-T (L^-1 v) is a descent direction whatever the rounding of L^-1.
    factor = xp.linalg.inv(_cholesky(xp, scaled, floor * one)) / scale
    return lambda v: xp.matrix_transpose(factor) @ (factor @ v)


def _cholesky(xp: ModuleType, square: Array, floor: Array) -> Array:
    """Return the Cholesky factor of square + floor; where rounding has left negative eigenvalues, of a higher floor."""
    for raised in (1.0, 1e3, 1e6):
        try:
            return xp.linalg.cholesky(square + raised * floor)
        except (ValueError, RuntimeError) as error:  # NumPy's LinAlgError, PyTorch's
            last = error
    raise FloatingPointError("the Hessian is lost to rounding. Standardise the features, or use l2 > 0.") from last


class _InverseHessian:
    """What the last steps, and the changes of the gradient along them, tell of the inverse Hessian."""

    def __init__(self, memory: int) -> None:
        self.first: Callable[[Array], Array] = lambda v: v
        self.pairs: deque[tuple[Array, Array, float]] = deque(maxlen=memory)  # of flat arrays
        self.last: tuple[Array, Array] | None = None
        self.points = 0

    def learn(self, theta: Array, gradient: Array) -> None:
        """Take in a point of the path."""
        here = _flat(theta), _flat(gradient)
        if self.last:
            step, change = here[0] - self.last[0], here[1] - self.last[1]
            curvature = float(step @ change)
            limits = array_namespace(theta).finfo(theta.dtype)
            # As it is for every strictly convex objective, unless it has been rounded away.
            if curvature * float(limits.eps) > float(limits.smallest_normal):
                self.pairs.append((step, change, curvature))
        self.last = here
        self.points += 1

    def times(self, gradient: Array) -> Array:
        """Return the guess times the gradient, by the two-loop recursion."""
        shape, gradient = gradient.shape, _flat(gradient)
        coefficients, scale = [], 1.0
        if self.pairs:
            _, change, curvature = self.pairs[-1]
            length = float(change @ self._first(change, shape))
            scale = curvature / length if length > 0 else 1.0  # it may have been rounded away
        for step, change, curvature in reversed(self.pairs):
            coefficients.append(float(step @ gradient) / curvature)
            gradient = gradient - coefficients[-1] * change
        direction = scale * self._first(gradient, shape)
        for step, change, curvature in self.pairs:
            direction = direction + (coefficients.pop() - float(change @ direction) / curvature) * step
        return array_namespace(direction).reshape(direction, shape)

    def _first(self, flat: Array, shape: tuple[int, ...]) -> Array:
        return _flat(self.first(array_namespace(flat).reshape(flat, shape)))


class _Record:
    """The path so far."""

    def __init__(self) -> None:
        self.path: list[Array] = []
        self.values: list[float] = []
        self.norms: list[float] = []
        self.evaluations = 0

    def add(self, theta: Array, at: _Evaluation, evaluations: int = 1) -> None:
        """Take in the next point, which took so many evaluations to find."""
        self.path.append(theta)
        self.values.append(float(at.value))
        self.norms.append(_dot(at.gradient, at.gradient) ** 0.5)
        self.evaluations += evaluations

    def is_idle(self) -> bool:
        """Have the last steps neither lowered the value by more than rounding can, nor shortened the gradient?"""
        if len(self.values) <= IDLE_STEPS:
            return False
        before = self.values[-1 - IDLE_STEPS]
        falls = self.values[-1] < before - _rounding(self.path[0], before)
        return not falls and min(self.norms[-IDLE_STEPS:]) >= min(self.norms[:-IDLE_STEPS])

    def search(self, *, converged: bool) -> Search:
        """Return the record as arrays."""
        xp, like = array_namespace(self.path[0]), self.path[0]
        values, norms = (xp.asarray(n, dtype=like.dtype, device=like.device) for n in (self.values, self.norms))
        return Search(xp.stack(self.path), values, norms, self.evaluations, converged)


def _search(
    objective: _Objective,
    start: Array,
    direction: Callable[[Array, _Evaluation], Array],
    tolerance: float,
    max_steps: int,
    watch: Watch | None,
) -> Search:
    """Walk along one direction after the other until the gradient is short, or nothing falls any more."""
    if not tolerance > 0 or max_steps < 0:
        raise ValueError(f"tolerance must be > 0 and max_steps >= 0; got tolerance={tolerance}, max_steps={max_steps}.")
    record, theta, at = _Record(), start, objective.evaluate(start)
    record.add(theta, at)
    for _ in range(max_steps + 1):
        if watch:
            watch(theta, at)
        if record.norms[-1] <= tolerance or len(record.path) > max_steps or record.is_idle():
            break
        found = _walk(objective, theta, at, direction(theta, at))
        if not found:
            break
        theta, at, evaluations = found
        record.add(theta, at, evaluations)
    return record.search(converged=record.norms[-1] <= tolerance)


def _walk(objective: _Objective, theta: Array, at: _Evaluation, step: Array) -> tuple[Array, _Evaluation, int] | None:
    """Return theta + length * step, its evaluation, and how many that took, for the first length that lowers the value.

    Lengths: 1, then where the parabola through what is known has its minimum. None where no length helps.
    """
    value, slope, length = float(at.value), _dot(at.gradient, step), 1.0
    for evaluations in range(1, SHORTENINGS + 1):
        there = theta + length * step
        new = objective.evaluate(there)
        rise = float(new.value) - value
        # So near the minimum that rounding hides the decrease, the slope tells as much: still down, or nearly level.
        if slope < 0 and (
            rise <= ENOUGH * length * slope
            or (rise <= _rounding(theta, value) and _dot(new.gradient, step) <= 0.9 * abs(slope))
        ):
            return there, new, evaluations
        bend = rise - slope * length
        length *= min(0.5, max(0.1, -slope * length / (2 * bend))) if bend > 0 else 0.5
    return None


def _rounding(theta: Array, value: float) -> float:
    """Return how much of a value rounding may make up."""
    return ROUNDING * float(array_namespace(theta).finfo(theta.dtype).eps) * abs(value)


def _dot(a: Array, b: Array) -> float:
    return float(_flat(a) @ _flat(b))


def _flat(a: Array) -> Array:
    return a if a.ndim == 1 else array_namespace(a).reshape(a, (-1,))


def _check_step(step_size: float, steps: int) -> None:
    if not step_size > 0 or steps < 0:
        raise ValueError(f"step_size must be > 0 and steps >= 0; got step_size={step_size}, steps={steps}.")
