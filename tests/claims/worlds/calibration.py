"""What the symbols of chapters/calibration.md stand for."""

from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit
from scipy.stats import binned_statistic

from coursebook.claims.evaluate import Index, Over
from coursebook.claims.world import Array, Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import bce, distribution, nonzero

WORLDS = Worlds()


def overlapping(draw: Draw, size: int, features: int) -> tuple[Array, Array]:
    """Features and labels that no plane separates: each row is there with both labels, and three more."""
    x = np.linspace([-1.5, 1][:features], [1.5, -1][:features], size // 2) + reals(draw, -0.5, 0.5, size // 2, features)
    again = reals(draw, -2, 2, 3, features)
    return np.concatenate([x, x, again]), np.concatenate([np.ones(size // 2), np.zeros(size // 2), labels(draw, 3)])


def best(X: Array, y: Array, weights: Any = 1.0) -> Array:
    """The w and b of least cross entropy; SciPy's Newton steps, good to 1e-9."""
    rows = np.column_stack([X, np.ones(len(y))])
    loss = lambda t: float(np.sum(weights * bce(rows @ t, y)))  # noqa: E731
    slope = lambda t: rows.T @ (weights * (expit(rows @ t) - y))  # noqa: E731
    bend = lambda t: (rows.T * (weights * expit(rows @ t) * expit(-(rows @ t)))) @ rows  # noqa: E731
    return np.asarray(minimize(loss, np.zeros(rows.shape[1]), jac=slope, hess=bend, method="trust-exact", tol=1e-11).x)


@WORLDS("eq-calibration-ece")
def ece(draw: Draw) -> dict[str, Any]:
    """SciPy's binned_statistic: what each row's bin is off by, averaged over the rows."""
    edges = np.array([0, 0.25, 0.6, 1])
    p = np.concatenate([reals(draw, 0.02, 0.2, 3), reals(draw, 0.3, 0.5, 2), reals(draw, 0.7, 0.95, 4)])
    y = np.concatenate([labels(draw, 3), labels(draw, 2), labels(draw, 4)])
    count, _, which = binned_statistic(p, None, "count", edges)
    said, came = (binned_statistic(p, values, "mean", edges).statistic for values in (p, y))
    off = float(np.mean(abs(said - came)[which - 1]))
    each = {r"\bar p_b": Over(("b",), said), r"\bar y_b": Over(("b",), came), "n_b": Over(("b",), count)}
    return {r"\mathrm{ECE}": off, "N": len(p), "B": 3, "b": Index(3)} | each


def mean_distance(p: Array) -> float:
    """The expected distance of the mean of labels from that of their probabilities: all counts, by convolution."""
    counts = np.ones(1)
    for chance in p:
        counts = np.convolve(counts, [1 - chance, chance])
    return float(counts @ abs(np.arange(len(p) + 1) - p.sum())) / len(p)


@WORLDS("eq-calibration-ece-noise")
def ece_noise(draw: Draw) -> dict[str, Any]:
    """The exact mean over all outcomes, by convolution; bins with one uncertain row, at one half, attain the bound."""
    edge = draw.whole(0, 2) == 0
    halves = [np.array([0.5, 1]), np.array([0.5])]
    bins = halves if edge else [reals(draw, 0.1, 0.5, draw.whole(1, 4)), reals(draw, 0.5, 0.9, 2)]
    N = sum(map(len, bins))
    exact = sum(len(p) / N * mean_distance(p) for p in bins)
    spread = Over(("b",), [float(p @ (1 - p)) for p in bins])
    return {r"\mathbb{E}[\mathrm{ECE}]": exact, "N": N, "B": 2, "b": Index(2), "V_b": spread}


@WORLDS("eq-calibration-bent", tolerance=1e-6)
def bent(draw: Draw) -> dict[str, Any]:
    """SciPy's fit of the labels to the bent scores and to the scores."""
    X, y = overlapping(draw, 8, 1)
    a, c = nonzero(draw, 0.4, 2), draw.real(-1, 1)
    w, b = best(X, y)
    new_w, new_b = best(a * X + c, y)
    draw.need(abs(w) > 0.05)
    return {"w": w, "b": b, "w'": new_w, "b'": new_b, "a": a, "c": c}


@WORLDS("eq-calibration-brier", binary=("y",))
def brier(draw: Draw) -> dict[str, Any]:
    """NumPy's mean of squares, over rows of which several were given the same."""
    sizes, said = [4, 3, 5], np.array([draw.real(0.05, 0.3), draw.real(0.35, 0.6), draw.real(0.65, 0.95)])
    groups = [labels(draw, size) for size in sizes]
    p, y = np.repeat(said, sizes), np.concatenate(groups)
    each = {"n_g": Over(("g",), sizes), "q_g": Over(("g",), said)}
    came = {r"\bar y_g": Over(("g",), [group.mean() for group in groups]), r"\bar y": y.mean()}
    return {"p": p, "y": y, "N": len(y), "i": Index(len(y)), "G": 3, "g": Index(3)} | each | came


@WORLDS("eq-calibration-moments", binary=("y",), tolerance=1e-6)
def moments(draw: Draw) -> dict[str, Any]:
    """The probabilities of SciPy's least cross entropy."""
    X, y = overlapping(draw, 8, 2)
    p = expit(np.column_stack([X, np.ones(len(y))]) @ best(X, y))
    return {"p": p, "y": y, "x": X, "N": len(y), "i": Index(len(y)), "j": Index(2)}


@WORLDS("eq-calibration-temperature", binary=("y",), tolerance=1e-6)
def temperature(draw: Draw) -> dict[str, Any]:
    """Where a root finder sees the loss turn, by differences, as the temperature changes."""
    z, y = reals(draw, 0.3, 3, 8) * np.tile([-1, 1], 4), np.tile([0.0, 1.0], 4)
    y[:2] = [1.0, 0.0]  # two that are on the wrong side, so that no temperature is too low
    turn = lambda s: np.sum(bce(z * (s + 1e-5), y) - bce(z * (s - 1e-5), y))  # noqa: E731
    draw.need(turn(0.05) < 0 < turn(20))
    return {"z": z, "y": y, "T": 1 / brentq(turn, 0.05, 20, xtol=1e-12), "N": 8, "i": Index(8), r"\sigma": expit}


@WORLDS("eq-calibration-weighted", binary=("y",), tolerance=1e-6)
def weighted(draw: Draw) -> dict[str, Any]:
    """The probabilities of SciPy's least weighted cross entropy."""
    X, y = overlapping(draw, 8, 1)
    s = reals(draw, 0.3, 3, len(y))
    w, b = best(X, y, s)
    return {"s": s, "p": expit(X[:, 0] * w + b), "y": y, "N": len(y), "i": Index(len(y))}


@WORLDS("eq-calibration-shift")
def shift(draw: Draw) -> dict[str, Any]:
    """Cases counted in two populations, in which either class looks as it does in the other."""
    looks = [distribution(draw, 3), distribution(draw, 3)]  # of class 0 and 1: how often each of three observations
    old, new = draw.real(0.1, 0.9), draw.real(0.1, 0.9)
    chances = [share * looks[1][0] / (share * looks[1][0] + (1 - share) * looks[0][0]) for share in (old, new)]
    return {"p": chances[0], "p'": chances[1], r"\pi": old, r"\pi'": new, r"\operatorname{logit}": logit}
