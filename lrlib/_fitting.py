"""The search behind a fit: which method, watched how, and brought to rest where a method only guessed to be there."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

from array_api_compat import array_namespace

from lrlib._arrays import Array
from lrlib._coordinates import SMALL, Coordinates, standardised
from lrlib._descent import Evaluated, Watch, norm
from lrlib._separation import UndecidedError
from lrlib.diagnosis import LARGEST_HESSIAN, last_move, raise_if_separated, settled
from lrlib.objectives import Objective
from lrlib.optimize import Optimization, inverse, lbfgs, newton, steepest_descent

Method = Literal["lbfgs", "newton", "gradient-descent"]
ROWS_A_FEATURE = 20  # enough to guess the curvature from, and few enough to cost little
MORE_STEPS = 20  # of Newton's method, where another only guessed to be there
LARGEST_GUESS = 2048  # features; the square of more would cost more than the steps that it saves


def settle(
    objective: Objective, original: Objective, found: Optimization, tolerance: float, max_steps: int, watch: "Watcher"
) -> tuple[Optimization, str]:
    """Return the search, brought to the tolerance where it only guessed to be there, and a doubt that remains.

    SeparableError where there is no minimum, however short the gradient has become.
    """
    if objective.l2 > 0 or math.prod(objective.shape) > LARGEST_HESSIAN:
        return found, ""
    theta = found.path[-1, ...]
    try:
        overlap = settled(objective, theta, original, watch.coordinates)
    except UndecidedError as error:
        return found._replace(converged=False), f"{error}: a plane may separate the classes. Use l2 > 0."
    if not overlap:
        return found._replace(converged=False), (
            "the parameters do not come to rest: without a penalty the best lie farther out than the digits of X can "
            "tell. Use l2 > 0."
        )
    if found.path.shape[0] > max_steps and not found.converged:
        return found, ""
    polished = newton(objective, theta, tolerance=tolerance, max_steps=MORE_STEPS, watch=_after_the_first(watch))
    return _joined(found, polished), ""


def rested(objective: Objective, found: Optimization, enough: float, watch: "Watcher") -> Optimization:
    """Return a search that ended by its decrement or by rounding, converged if no probability would move any more.

    Near a separation the objective is so flat that a decrement which is small leaves some probabilities to be found.
    """
    if objective.l2 > 0 or math.prod(objective.shape) > LARGEST_HESSIAN:
        return found
    if last_move(objective, found.path[-1, ...]) > enough:
        further = newton(
            objective, found.path[-1, ...], tolerance=1e-300, max_steps=MORE_STEPS, watch=_after_the_first(watch)
        )
        found = _joined(found, further)
    return found._replace(converged=last_move(objective, found.path[-1, ...]) <= 10 * enough)


def _after_the_first(watch: Watch) -> Watch:
    """Return the watch, blind to the first point, which it has seen."""
    seen: list[Array] = []

    def later(theta: Array, at: Evaluated) -> None:
        if seen:
            watch(theta, at)
        seen.append(theta)

    return later


def _joined(first: Optimization, second: Optimization) -> Optimization:
    """Return one record of two searches, the second of which began where the first ended."""
    xp = array_namespace(first.path)
    pairs = zip(first[:4], second[:4], strict=True)
    path, values, norms, decrements = (xp.concat([a, b[1:, ...]]) for a, b in pairs)
    evaluations = first.evaluations + second.evaluations
    return Optimization(path, values, norms, decrements, evaluations, second.converged)


def searcher(objective: Objective, method: Method) -> Callable[..., Optimization]:
    if method == "newton":
        return partial(newton, objective)
    return partial(lbfgs, objective, precondition=_precondition(objective))


def _precondition(objective: Objective) -> Callable[[Array], Callable[[Array], Array]]:
    """Return what guesses the inverse Hessian: from some rows, or from its diagonal where squares are too large."""
    D1 = objective.shape[0]
    numbers = max(math.prod(objective.X.shape), SMALL * 8)
    if D1 <= LARGEST_GUESS and numbers >= 4 * D1**2:  # four squares are held at a time
        sample = objective.sample(ROWS_A_FEATURE * D1)
        return lambda theta: inverse(sample.curvature(theta))

    def by_diagonal(theta: Array) -> Callable[[Array], Array]:
        diagonal = objective.diagonal_of_curvature(theta)
        xp = array_namespace(diagonal)
        bends = xp.where(diagonal > 0, diagonal, 1.0)
        return lambda v: v / xp.reshape(bends, (-1, *[1] * (v.ndim - 1)))

    return by_diagonal


def descent_in_units(
    objective: Objective, coordinates: Coordinates, start: Array, tolerance: float, max_steps: int, watch: "Watcher"
) -> Optimization:
    """Return the record of a gradient descent on columns of mean 0 and about unit spread, in the given coordinates."""
    inner, other = standardised(objective, always=True)
    here, there = _between(coordinates, other), _between(other, coordinates)
    first = watch.objective
    watch.objective, watch.coordinates = inner, other
    found = steepest_descent(
        inner,
        here(start[None, ...])[0, ...],
        step_size=1 / inner.smoothness,
        precondition=_precondition(inner),
        tolerance=tolerance,
        max_steps=max_steps,
        watch=watch,
    )
    watch.objective, watch.coordinates = first, coordinates
    return found._replace(path=there(found.path))


def _between(first: Coordinates, second: Coordinates) -> Callable[[Array], Array]:
    return lambda path: second.inward(first.outward(path, path))


class Watcher:
    """Looks at every point: keeps the gradient's norm in the caller's units, and ends a search for no answer."""

    def __init__(self, objective: Objective, coordinates: Coordinates, bar: Any) -> None:
        self.objective, self.coordinates, self.bar = objective, coordinates, bar
        self.norms: list[float] = []

    def __call__(self, theta: Array, at: Any) -> None:
        self.norms.append(norm(self.coordinates.gradient(at.gradient)))
        if not math.isfinite(at.value) or not math.isfinite(norm(at.gradient)):
            raise FloatingPointError("the gradient is too large for its number type. Standardise the columns of X.")
        if self.objective.l2 == 0 and at.largest_loss < math.log(2):
            raise_if_separated(self.objective, theta, self.coordinates)
        self.bar.set_postfix_str(f"objective {float(at.value):.6g}", refresh=False)
        self.bar.update()
