"""Walk downhill: training is a search for the parameters with the least objective.

gradient_descent walks as told and needs only a gradient. The others take an objective that evaluates value and gradient
together, as those of lrlib.objectives do; none knows what is being trained. No step of steepest_descent, newton and
lbfgs raises the value. They stop once the decrement sqrt(g^T B g) is at most the tolerance, g the gradient and B their
guess of the inverse Hessian: half of its square is what is still to be gained, whatever the units of the parameters
(Boyd and Vandenberghe 2004, section 9.5). sgd looks at a few examples at a time, and its steps may lead up.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from array_api_compat import array_namespace

from lrlib._arrays import Array, check_shape, real
from lrlib._descent import (
    Differentiable,
    Evaluated,
    InBatches,
    InverseHessian,
    Optimization,
    Product,
    Record,
    TwiceDifferentiable,
    Watch,
    descend,
    dot,
    inverse,
    norm,
)

__all__ = ["Descent", "Optimization", "gradient_descent", "inverse", "lbfgs", "newton", "sgd", "steepest_descent"]


class Descent(NamedTuple):
    """The path of a descent: where it stood before each step and after the last, and how steep it was there."""

    parameters: Array  #: (steps + 1, ...), the start first
    gradient_norms: Array  #: (steps + 1,), Euclidean


def gradient_descent(gradient: Callable[[Array], Array], start: Array, *, step_size: float, steps: int) -> Descent:
    """Repeat theta <- theta - step_size * gradient(theta), `steps` times  (eq-gradient-descent).

    gradient: maps parameters to an array of their shape. start: real array of any shape. step_size > 0, steps >= 0,
    else ValueError. FloatingPointError as soon as parameters or gradient are no longer finite: the step was too long.

    >>> path = gradient_descent(lambda theta: 2 * theta, [1.0], step_size=0.25, steps=2)
    >>> path.parameters[:, 0]
    array([1.  , 0.5 , 0.25])
    """
    xp, theta = real("start", start)
    _check_step(step_size, steps)
    path, norms = [], []
    for step in range(steps + 1):
        slope = xp.asarray(gradient(theta))
        check_shape("the gradient", slope, theta.shape, f"start {tuple(theta.shape)}")
        with np.errstate(over="ignore", invalid="ignore"):  # what NumPy would warn of, the error says in words
            length = xp.sqrt(xp.sum(slope**2))
            following = theta - step_size * slope
        if not bool(xp.isfinite(length)) or not bool(xp.all(xp.isfinite(theta))):
            raise FloatingPointError(
                f"gradient descent diverged: not finite at step {step} of {steps}. "
                f"Use a step_size smaller than {step_size}, or standardise the features."
            )
        path.append(theta)
        norms.append(length)
        theta = following
    return Descent(xp.stack(path), xp.stack(norms))


def sgd(
    objective: InBatches,
    start: Array,
    generator: np.random.Generator,
    *,
    batch_size: int,
    step_size: float,
    epochs: int,
) -> Optimization:
    """Step against the gradient of one batch after the other, in an order drawn anew for every epoch  (eq-sgd).

    objective: one with batch(rows), such as lrlib.objectives makes of NumPy or PyTorch arrays. batch_size: rows in a
    batch, 1..N, the last one of an epoch may be smaller; step_size > 0; epochs >= 0, else ValueError. The path holds
    the parameters after each epoch. The same generator state gives the same path. It ends near the minimum, not at it:
    converged is always false, and decrements are nan. FloatingPointError when an epoch ends higher than the start: the
    steps were too long.
    """
    N = objective.X.shape[0]
    _check_step(step_size, epochs)
    if not 1 <= batch_size <= N:
        raise ValueError(f"batch_size must be a whole number from 1 to {N}, the number of examples; got {batch_size}.")
    record, theta, xp = Record(), start, array_namespace(start)
    record.add(theta, objective.evaluate(theta), np.nan)
    for epoch in range(1, epochs + 1):
        order = generator.permutation(N)
        for first in range(0, N, batch_size):
            rows = xp.asarray(order[first : first + batch_size], device=start.device)
            theta = theta - step_size * objective.batch(rows).evaluate(theta).gradient
        record.add(theta, objective.evaluate(theta), np.nan)
        if not record.values[-1] <= record.values[0]:
            raise FloatingPointError(
                f"sgd diverged: after epoch {epoch} of {epochs} the objective is {record.values[-1]:.3g}, "
                f"above the {record.values[0]:.3g} of the start. Use a step_size smaller than {step_size}, or "
                "standardise the features."
            )
    return record.result(converged=False)


def steepest_descent(
    objective: Differentiable,
    start: Array,
    *,
    step_size: float,
    precondition: Callable[[Array], Product] | None = None,
    tolerance: float = 1e-8,
    max_steps: int = 10_000,
    watch: Watch | None = None,
) -> Optimization:
    """Step by -step_size * gradient, less where that would raise the value, until the decrement <= tolerance.

    The steps do not use curvature, so the decrement takes a guess of the inverse Hessian of its own: precondition as
    for lbfgs, by default step_size times the identity. watch(theta, evaluation) is called at every point of the
    path; what it raises ends the search.
    """
    _check_step(step_size, 0)
    model = _Gradient(step_size, precondition)
    return descend(objective, start, model, tolerance=tolerance, max_steps=max_steps, watch=watch)


class _Gradient:
    def __init__(self, step_size: float, precondition: Callable[[Array], Product] | None) -> None:
        self.step_size, self.precondition = step_size, precondition
        self.guess: Product = lambda v: step_size * v
        self.points, self.due = 0, 0

    def decrement(self, theta: Array, at: Evaluated) -> float:
        if self.precondition and self.points == self.due:
            self.guess = self.precondition(theta)
            self.due = 2 * self.due + 10
        self.points += 1
        return _root(dot(at.gradient, self.guess(at.gradient)))

    def step(self, theta: Array, at: Evaluated) -> Array:
        return -self.step_size * at.gradient


def newton(
    objective: TwiceDifferentiable,
    start: Array,
    *,
    tolerance: float = 1e-8,
    max_steps: int = 100,
    watch: Watch | None = None,
) -> Optimization:
    """Step to the minimum of the parabola that has the objective's value, gradient and Hessian here  (eq-newton).

    A step that would raise the value is shortened. Along directions without any curvature, relative to the parameters'
    own, no step is taken. The decrement is that of the last Hessian computed, which at the end is one step old.
    tolerance, max_steps, watch: as for steepest_descent.
    """
    model = _Newton(objective)
    return descend(objective, start, model, tolerance=tolerance, max_steps=max_steps, watch=watch, lengthen=True)


class _Newton:
    def __init__(self, objective: TwiceDifferentiable) -> None:
        self.objective, self.solve, self.at = objective, None, None

    solve: Product | None
    at: Array | None

    def decrement(self, theta: Array, at: Evaluated) -> float:
        if self.solve is None:
            self._look(theta)
        return _root(-dot(at.gradient, self._step(at)))

    def step(self, theta: Array, at: Evaluated) -> Array:
        if self.at is not theta:
            self._look(theta)
        return self._step(at)

    def _look(self, theta: Array) -> None:
        self.solve, self.at = inverse(self.objective.hessian(theta)), theta

    def _step(self, at: Evaluated) -> Array:
        assert self.solve is not None
        xp, gradient = array_namespace(at.gradient), at.gradient
        return xp.reshape(self.solve(-xp.reshape(gradient, (-1,))), gradient.shape)


def lbfgs(
    objective: Differentiable,
    start: Array,
    *,
    precondition: Callable[[Array], Product] | None = None,
    memory: int = 10,
    tolerance: float = 1e-8,
    max_steps: int = 1000,
    watch: Watch | None = None,
) -> Optimization:
    """Newton's step with the inverse Hessian guessed from the last `memory` steps (Liu and Nocedal 1989).

    precondition(theta) returns a function that multiplies by a first guess of the inverse Hessian at theta, by default
    by 1. It is asked at the start, when the memory is full, and then after twice as many steps each time.
    tolerance, max_steps, watch: as for steepest_descent.
    """
    if memory < 1:
        raise ValueError(f"memory must be a whole number >= 1; got {memory}.")
    model = _Lbfgs(memory, precondition)
    return descend(objective, start, model, tolerance=tolerance, max_steps=max_steps, watch=watch)


class _Lbfgs:
    def __init__(self, memory: int, precondition: Callable[[Array], Product] | None) -> None:
        self.guess, self.memory, self.precondition, self.due = InverseHessian(memory), memory, precondition, 0
        self.next: Array = None

    def decrement(self, theta: Array, at: Evaluated) -> float:
        if self.precondition and self.guess.points == self.due:
            self.guess.first = self.precondition(theta)
            self.due = 2 * self.due + self.memory
        self.guess.learn(theta, at.gradient)
        self.next = -self.guess.times(at.gradient)
        return _root(-dot(at.gradient, self.next))

    def step(self, theta: Array, at: Evaluated) -> Array:
        # Without any guess the first step has no sensible length: let it be at most 1.
        return self.next if self.precondition or self.guess.pairs else self.next / max(1.0, norm(self.next))


def _root(square: float) -> float:
    """Return the square root of what rounding may have made negative; nan stays."""
    return 0.0 if square < 0 else square**0.5


def _check_step(step_size: float, steps: int) -> None:
    if not step_size > 0 or steps < 0:
        raise ValueError(f"step_size must be > 0 and steps >= 0; got step_size={step_size}, steps={steps}.")
