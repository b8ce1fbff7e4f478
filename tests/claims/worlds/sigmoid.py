"""What the symbols of chapters/sigmoid.md stand for."""

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds.oracles import nonzero, sigmoid_slope

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
