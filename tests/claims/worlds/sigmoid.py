"""What the symbols of chapters/sigmoid.md stand for."""

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import norm

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds.oracles import distribution, nonzero, sigmoid_slope

WORLDS = Worlds()


@WORLDS("eq-odds")
def odds(draw: Draw) -> dict[str, Any]:
    """Cases for over cases against, counted."""
    wins, losses = draw.real(0.1, 9), draw.real(0.1, 9)
    return {"p": wins / (wins + losses), r"\operatorname{odds}": lambda p: wins / losses}


@WORLDS("eq-logit")
def log_odds(draw: Draw) -> dict[str, Any]:
    """SciPy's logit."""
    return {"p": draw.real(0.01, 0.99), r"\operatorname{logit}": logit}


@WORLDS("eq-bayes-odds")
@WORLDS("eq-evidence-adds")
def two_classes(draw: Draw) -> dict[str, Any]:
    """Shares counted in a table of two classes and two observations."""
    together = distribution(draw, 4).reshape(2, 2)  # row: class, column: what is observed
    zero, one = together
    seen = together[:, 0].sum()
    return {
        r"P(1 \mid x)": one[0] / seen,
        r"P(0 \mid x)": zero[0] / seen,
        "P(1)": one.sum(),
        "P(0)": zero.sum(),
        r"P(x \mid 1)": one[0] / one.sum(),
        r"P(x \mid 0)": zero[0] / zero.sum(),
    }


@WORLDS("eq-bell-ratio")
def bells(draw: Draw) -> dict[str, Any]:
    """SciPy's densities of two normal distributions."""
    x, s = draw.real(-3, 3), draw.real(0.5, 2)
    zero, one = draw.real(-2, 2), draw.real(-2, 2)
    ratio = norm.logpdf(x, one, s) - norm.logpdf(x, zero, s)
    return {"x": x, "s": s, r"\mu_0": zero, r"\mu_1": one, "=": ratio}


@WORLDS("eq-bell-weights")
def line_of_bells(draw: Draw) -> dict[str, Any]:
    """The log-odds of SciPy's densities at 0, and how they change from 0 to 1."""
    share, s = draw.real(0.1, 0.9), draw.real(0.5, 2)
    zero, one = draw.real(-2, 2), draw.real(-2, 2)
    at = np.array([0.0, 1.0])
    odds = share * norm.pdf(at, one, s) / ((1 - share) * norm.pdf(at, zero, s))
    b, following = np.log(odds)
    found = {"s": s, r"\mu_0": zero, r"\mu_1": one, "P(1)": share, "P(0)": 1 - share}
    return {**found, "w": following - b, "b": b}


@WORLDS("eq-bells-differ")
def unequal_bells(draw: Draw) -> dict[str, Any]:
    """SciPy's densities of two normal distributions of unequal width."""
    x, zero, one = draw.real(-3, 3), draw.real(-2, 2), draw.real(-2, 2)
    s_0, s_1 = draw.real(0.7, 2), draw.real(0.7, 2)
    found = {"x": x, r"\mu_0": zero, r"\mu_1": one, "s_0": s_0, "s_1": s_1}
    return {**found, r"P(x \mid 1)": norm.pdf(x, one, s_1), r"P(x \mid 0)": norm.pdf(x, zero, s_0)}


@WORLDS("eq-empirical-logit")
def counted(draw: Draw) -> dict[str, Any]:
    """SciPy's logit of the share, once a case is added that is half of either kind; none and all may be counted."""
    n = draw.whole(1, 20)
    k = min(n, draw.whole(0, 20))
    return {"k": k, "n": n, r"\tilde z": logit((k + 0.5) / (n + 1))}


@WORLDS("eq-logit-link")
def link(draw: Draw) -> dict[str, Any]:
    """The p of a straight line in the log-odds, by SciPy's expit."""
    x, w, b = draw.real(-3, 3), draw.real(-2, 2), draw.real(-2, 2)
    return {"x": x, "w": w, "b": b, "p": expit(x * w + b)}


@WORLDS("eq-sigmoid")
@WORLDS("eq-sigmoid-symmetry")
@WORLDS("eq-sigmoid-tanh")
def score(draw: Draw) -> dict[str, Any]:
    """SciPy's expit, at 0 too."""
    return {"z": draw.real(-4, 4) * (draw.whole(0, 3) > 0), r"\sigma": expit}


@WORLDS("eq-sigmoid-derivative")
def derivative(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's expit."""
    return {"z": draw.real(-4, 4), r"\sigma": expit, r"\sigma'": sigmoid_slope}


@WORLDS("eq-boundary", tolerance=1e-9)
def boundary(draw: Draw) -> dict[str, Any]:
    """Where a root finder meets p = 1/2; it stops within 1e-12."""
    x_1, w_1, w_2, b = draw.real(-3, 3), draw.real(-3, 3), nonzero(draw), draw.real(-3, 3)
    found = brentq(lambda x: np.tanh(w_1 * x_1 + w_2 * x + b), -50, 50, xtol=1e-12)
    return {"x_1": x_1, "w_1": w_1, "w_2": w_2, "b": b, "x_2": found}
