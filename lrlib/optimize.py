"""Walk downhill: training is a search for the parameters with the least objective."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lrlib._arrays import Array, check_shape, real


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
    if not step_size > 0 or steps < 0:
        raise ValueError(f"step_size must be > 0 and steps >= 0; got step_size={step_size}, steps={steps}.")
    path, norms = [], []
    for step in range(steps + 1):
        slope = xp.asarray(gradient(theta))
        check_shape("the gradient", slope, theta.shape, f"start {tuple(theta.shape)}")
        with np.errstate(over="ignore", invalid="ignore"):  # what NumPy would warn of, the error says in words
            norm = xp.sqrt(xp.sum(slope**2))
            following = theta - step_size * slope
        if not bool(xp.isfinite(norm)) or not bool(xp.all(xp.isfinite(theta))):
            raise FloatingPointError(
                f"gradient descent diverged: not finite at step {step} of {steps}. "
                f"Use a step_size smaller than {step_size}, or standardise the features."
            )
        path.append(theta)
        norms.append(norm)
        theta = following
    return Descent(xp.stack(path), xp.stack(norms))
