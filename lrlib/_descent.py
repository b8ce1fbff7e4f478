"""What the searches of lrlib.optimize share: the walk downhill, its record, and L-BFGS's guess of the Hessian."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple, Protocol

from array_api_compat import array_namespace

from lrlib._arrays import Array

SUFFICIENT_DECREASE = 1e-4  # of what the slope promises: the usual constant of Armijo's rule
ROUNDING = 16  # units in the last place by which a value may be off
SHORTENINGS = 30
IDLE_STEPS = 25  # after so many without a lower value or a smaller decrement, only rounding moves
LENGTHEN_AFTER = 15  # steps; an ordinary Newton search has ended by then
LENGTHENINGS = 20

Product = Callable[[Array], Array]  # v -> (a guess of the inverse Hessian) v
Watch = Callable[[Array, "Evaluated"], None]


class Evaluated(Protocol):
    """An objective at one theta."""

    @property
    def value(self) -> Array: ...  # scalar
    @property
    def gradient(self) -> Array: ...  # theta's shape


class Differentiable(Protocol):
    """What the searches make small."""

    def evaluate(self, theta: Array, /) -> Evaluated: ...


class TwiceDifferentiable(Differentiable, Protocol):
    """What Newton's method makes small."""

    def hessian(self, theta: Array, /) -> Array: ...  # (P, P), theta read row by row


class InBatches(Differentiable, Protocol):
    """What stochastic gradient descent makes small: a mean over examples."""

    @property
    def X(self) -> Array: ...  # (N, D)
    def batch(self, rows: Array, /) -> Differentiable: ...


class Optimization(NamedTuple):
    """The path of a search for a minimum and its record of convergence. The last point is the answer."""

    path: Array  #: (steps + 1, ...) parameters, the start first
    values: Array  #: (steps + 1,) of the objective
    gradient_norms: Array  #: (steps + 1,), Euclidean
    decrements: Array  #: (steps + 1,): half of its square is what the search expects still to gain
    evaluations: int  #: of value and gradient: passes over the data
    converged: bool  #: the last decrement is at most the tolerance


class Model(Protocol):
    """What a search believes of the objective near a point."""

    def decrement(self, theta: Array, at: Evaluated, /) -> float:
        """Return sqrt(g^T B g), g the gradient and B the guess of the inverse Hessian."""

    def step(self, theta: Array, at: Evaluated, /) -> Array:
        """Return -B g, of theta's shape."""


class Record:
    """The path so far."""

    def __init__(self) -> None:
        self.path: list[Array] = []
        self.values: list[float] = []
        self.norms: list[float] = []
        self.decrements: list[float] = []
        self.evaluations = 0

    def add(self, theta: Array, at: Evaluated, decrement: float, evaluations: int = 1) -> None:
        """Take in the next point, which took so many evaluations to find."""
        self.path.append(theta)
        self.values.append(float(at.value))
        self.norms.append(norm(at.gradient))
        self.decrements.append(decrement)
        self.evaluations += evaluations

    def is_idle(self) -> bool:
        """Have the last steps neither lowered the value by more than rounding can, nor the decrement?"""
        if len(self.values) <= IDLE_STEPS:
            return False
        before = self.values[-1 - IDLE_STEPS]
        falls = self.values[-1] < before - rounding(self.path[0], before)
        return not falls and min(self.decrements[-IDLE_STEPS:]) >= min(self.decrements[:-IDLE_STEPS])

    def result(self, *, converged: bool) -> Optimization:
        """Return the record as arrays."""
        xp, like = array_namespace(self.path[0]), self.path[0]
        lists = (self.values, self.norms, self.decrements)
        values, norms, decrements = (xp.asarray(n, dtype=like.dtype, device=like.device) for n in lists)
        return Optimization(xp.stack(self.path), values, norms, decrements, self.evaluations, converged)


def descend(
    objective: Differentiable,
    start: Array,
    model: Model,
    *,
    tolerance: float,
    max_steps: int,
    watch: Watch | None = None,
    lengthen: bool = False,
) -> Optimization:
    """Take the model's steps until its decrement is at most the tolerance, or nothing falls any more.

    lengthen: after a number of steps, let full steps be multiplied where the slope still leads down steeply.
    """
    if not tolerance > 0 or max_steps < 0:
        raise ValueError(f"tolerance must be > 0 and max_steps >= 0; got tolerance={tolerance}, max_steps={max_steps}.")
    record, theta, at = Record(), start, objective.evaluate(start)
    record.add(theta, at, model.decrement(theta, at))
    for steps in range(max_steps + 1):
        if watch:
            watch(theta, at)
        if record.decrements[-1] <= tolerance or steps == max_steps or record.is_idle():
            break
        step = model.step(theta, at)
        found = walk(objective, theta, at, step)
        if not found:
            break
        if lengthen and steps >= LENGTHEN_AFTER:
            found = lengthened(objective, theta, at, step, found)
        theta, at, evaluations = found
        record.add(theta, at, model.decrement(theta, at), evaluations)
    return record.result(converged=record.decrements[-1] <= tolerance)


Found = tuple[Array, Evaluated, int]


def walk(objective: Differentiable, theta: Array, at: Evaluated, step: Array) -> Found | None:
    """Return theta + length * step, its evaluation, and how many that took, for the first length that lowers the value.

    Lengths: 1, then where the parabola through what is known has its minimum. None where no length helps.
    """
    value, slope, length = float(at.value), dot(at.gradient, step), 1.0
    for evaluations in range(1, SHORTENINGS + 1):
        there = theta + length * step
        new = objective.evaluate(there)
        rise = float(new.value) - value
        # So near the minimum that rounding hides the decrease, the slope tells as much: still down, or nearly level.
        if slope < 0 and (
            rise <= SUFFICIENT_DECREASE * length * slope
            or (rise <= rounding(theta, value) and dot(new.gradient, step) <= 0.9 * abs(slope))
        ):
            return there, new, evaluations
        bend = rise - slope * length
        length *= min(0.5, max(0.1, -slope * length / (2 * bend))) if bend > 0 else 0.5
    return None


def lengthened(objective: Differentiable, theta: Array, at: Evaluated, step: Array, found: Found) -> Found:
    """Return a point up to 2^20 times as far along a full step while the slope there still leads down steeply.

    Far out on an exponential tail a Newton step gains 1, whatever the distance to the minimum.
    """
    there, new, evaluations = found
    slope, length = dot(at.gradient, step), 1.0
    for _ in range(LENGTHENINGS):
        if not dot(new.gradient, step) < 0.25 * slope or (evaluations > 1 and length == 1.0):
            break
        length *= 2
        farther = theta + length * step
        ahead = objective.evaluate(farther)
        evaluations += 1
        if not (float(ahead.value) <= float(new.value) and dot(ahead.gradient, step) <= 0):
            break
        there, new = farther, ahead
    return there, new, evaluations


class InverseHessian:
    """What the last steps, and the changes of the gradient along them, tell of the inverse Hessian."""

    def __init__(self, memory: int) -> None:
        self.first: Product = lambda v: v
        self.pairs: deque[tuple[Array, Array, float]] = deque(maxlen=memory)  # of flat arrays
        self.last: tuple[Array, Array] | None = None
        self.points = 0

    def learn(self, theta: Array, gradient: Array) -> None:
        """Take in a point of the path."""
        here = flat(theta), flat(gradient)
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
        shape, gradient = gradient.shape, flat(gradient)
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

    def _first(self, v: Array, shape: tuple[int, ...]) -> Array:
        return flat(self.first(array_namespace(v).reshape(v, shape)))


def rounding(theta: Array, value: float) -> float:
    """Return how much of a value rounding may make up."""
    return ROUNDING * float(array_namespace(theta).finfo(theta.dtype).eps) * abs(value)


def dot(a: Array, b: Array) -> float:
    """Return the sum of the products of the entries."""
    return float(flat(a) @ flat(b))


def norm(a: Array) -> float:
    """Return the Euclidean norm; its squares neither overflow nor underflow."""
    xp = array_namespace(a)
    largest = float(xp.max(abs(a)))
    return largest if not 0 < largest < float("inf") else largest * dot(a / largest, a / largest) ** 0.5


def flat(a: Array) -> Array:
    """Return the entries row by row."""
    return a if a.ndim == 1 else array_namespace(a).reshape(a, (-1,))


def inverse(square: Array) -> Product:
    """Return the function v -> square^-1 v, for a symmetric matrix (P, P) without negative eigenvalues.

    The units of the parameters cancel: the matrix is scaled to ones on its diagonal. Directions in which that has
    practically no length count as having a little.
    """
    xp = array_namespace(square)
    diagonal = xp.linalg.diagonal(square)
    scale = xp.sqrt(xp.where(diagonal > 0, diagonal, 1.0))
    scaled = square / scale[:, None] / scale[None, :]
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
