"""Formulas on the sheet "Which one when" and in the answers below it."""

from typing import Any

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Draw, Worlds, labels, reals
from tests.claims.worlds import cross_entropy, regression_vs_classification, sigmoid, softmax
from tests.claims.worlds.in_sentences.look_up import probability
from tests.claims.worlds.oracles import bce, hessian, slope

WORLDS = Worlds()
SIZE = 6
WORLDS("which-one-when#1")(regression_vs_classification.line)
WORLDS("which-one-when#2")(probability)
WORLDS("which-one-when#3")(sigmoid.link)
WORLDS("which-one-when#6")(cross_entropy.bce_slope)
WORLDS("which-one-when#7")(softmax.probabilities)


@WORLDS("which-one-when#4", binary=("y", r"\hat y"))
def share_of_right_answers(draw: Draw) -> dict[str, Any]:
    """The share counted."""
    y, decided = labels(draw, SIZE), labels(draw, SIZE)
    right = np.count_nonzero(y == decided)
    return {"y": y, r"\hat y": decided, "N": SIZE, "i": Index(SIZE), r"\mathrm{acc}": right / SIZE}


@WORLDS("which-one-when#5")
def loss_of_one(draw: Draw) -> dict[str, Any]:
    """SciPy's log_expit; the label may be a share."""
    z, y = draw.real(-4, 4), draw.real(0, 1)
    return {"y": y, "p": expit(z), r"\ell": bce(z, y)}


@WORLDS("which-one-when#8")
def penalised(draw: Draw) -> dict[str, Any]:
    """The penalty by NumPy's norm."""
    w, loss, lam = reals(draw, -2, 2, 3), draw.real(0.1, 2), draw.real(0.1, 2)
    return {"J": loss + 0.5 * lam * np.linalg.norm(w) ** 2, "L": loss, r"\lambda": lam, "w": w, "j": Index(3)}


@WORLDS("which-one-when#9", size=60, equivalents={r"p \ge": "where both cost the same, either may be decided"})
def worth_an_alarm(draw: Draw) -> dict[str, Any]:
    """The cheaper of the two mean costs, near the place where they are equal and far from it."""
    found = regression_vs_classification.cost_threshold(draw)
    (cheaper,) = (value for name, value in found.items() if name.startswith(r"\text"))
    return {name: value for name, value in found.items() if not name.startswith(r"\text")} | {"?": cheaper.holds}


@WORLDS("which-one-when#10", binary=("y",), tolerance=1e-6)
def kept_on_average(draw: Draw) -> dict[str, Any]:
    """The probabilities at the least mean loss that SciPy's search finds, good to 1e-7."""
    x, y = np.linspace(-2, 2, SIZE) + reals(draw, -0.3, 0.3, SIZE), np.array([0.0, 1, 0, 1, 0, 1])
    w, b = minimize(lambda t: float(np.mean(bce(x * t[0] + t[1], y))), np.zeros(2), tol=1e-12).x
    return {"p": expit(x * w + b), "y": y, "i": Index(SIZE)}


@WORLDS("which-one-when#11")
def standard_errors(draw: Draw) -> dict[str, Any]:
    """NumPy's standard deviations of estimates that scatter with this covariance."""
    estimates = reals(draw, -2, 2, 3, SIZE)
    spread = np.cov(estimates)
    return {r"\mathrm{se}": estimates.std(axis=1, ddof=1), "V": spread, "j": Index(3)}


@WORLDS("which-one-when#12", tolerance=1e-6)
def spread_of_estimates(draw: Draw) -> dict[str, Any]:
    """The inverse of the curvature of SciPy's summed loss, by differences good to 1e-8."""
    x, y, theta = np.linspace(-2, 2, SIZE) + reals(draw, -0.3, 0.3, SIZE), labels(draw, SIZE), reals(draw, -1, 1, 2)
    X = np.column_stack([x, np.ones(SIZE)])
    p = expit(X @ theta)
    curvature = hessian(lambda t: float(np.sum(bce(X @ t, y))), theta)
    return {"V": np.linalg.inv(curvature), r"\tilde X": X, "S": np.diag(p * (1 - p))}


@WORLDS("which-one-when#13")
def odds_of_one_unit_more(draw: Draw) -> dict[str, Any]:
    """SciPy's expit of a line, and its share against the rest."""
    x, w, b = draw.real(-2, 2), draw.real(-2, 2), draw.real(-1, 1)

    def odds(at: float) -> float:
        return float(expit(w * at + b) / expit(-w * at - b))

    return {"x": x, "w": w, r"\operatorname{odds}": odds}


@WORLDS("which-one-when#14")
def mean_slope(draw: Draw) -> dict[str, Any]:
    """The mean of the slopes of SciPy's expit as a feature of all rows grows, by differences."""
    X, w = reals(draw, -2, 2, SIZE, 2), reals(draw, -1.5, 1.5, 2)
    moved = lambda j: slope(lambda t: float(np.mean(expit((X + t * np.eye(2)[j]) @ w))), 0.0)  # noqa: E731
    effects = np.array([moved(0), moved(1)])
    return {"p": expit(X @ w), "w": w, "N": SIZE, "i": Index(SIZE), "j": Index(2), r"\mathrm{AME}": effects}
