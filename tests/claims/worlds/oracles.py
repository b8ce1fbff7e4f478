"""Independent computations that several chapters' worlds share: SciPy's functions and differences of fourth order."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, log_softmax

from coursebook.claims.world import Array, Draw, labels, reals


def slope(f: Callable[[float], Any], x: float, h: float = 1e-3) -> Any:
    """The derivative; of values of size 1 it errs by about 1e-12."""
    return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h)


def gradient(f: Callable[[Array], Any], x: Array, h: float = 1e-3) -> Array:
    """The derivatives with respect to each element of x, along the first axes."""
    found = np.array([slope(lambda t, e=e: f(x + t * e.reshape(x.shape)), 0.0, h) for e in np.eye(x.size)])
    return found.reshape(x.shape + found.shape[1:])


def hessian(f: Callable[[Array], float], x: Array) -> Array:
    """The second derivatives, differences of differences: they err by about 1e-9."""
    return gradient(lambda u: gradient(f, u, 5e-3).ravel(), x, 5e-3).reshape(x.size, x.size)


def bce(z: Any, y: Any) -> Any:
    """The binary cross entropy by SciPy's logarithm of the sigmoid, for soft labels too."""
    return -(y * log_expit(z) + (1 - y) * log_expit(-z))


def class_loss(a: Any, y: Any) -> float:
    """The multiclass cross entropy of class y, counted from 1, by SciPy's log_softmax."""
    return -float(log_softmax(a)[int(y) - 1])


def sigmoid_slope(z: float) -> float:
    """The derivative of SciPy's expit."""
    return float(slope(expit, z))


def nonzero(draw: Draw, low: float = 0.3, high: float = 3.0) -> float:
    """A number to divide by, of either sign."""
    return draw.real(low, high) * (2 * draw.whole(0, 1) - 1)


def binary_problem(draw: Draw, size: int = 5, features: int = 2) -> tuple[Array, Array, Array, float]:
    """Features, labels, weights and an intercept."""
    return (
        reals(draw, -2, 2, size, features),
        labels(draw, size),
        reals(draw, -1.5, 1.5, features),
        draw.real(-1, 1),
    )


def distribution(draw: Draw, size: int) -> Array:
    """Probabilities of size classes, none of them tiny."""
    shares = reals(draw, 0.1, 1, size)
    return np.asarray(shares / shares.sum())


def near(draw: Draw, largest: float = 0.1) -> float:
    """How far from an edge to try, on either side: from a millionth of largest up to it."""
    return nonzero(draw, 0.5, 1) * largest / 10 ** draw.whole(0, 6)
