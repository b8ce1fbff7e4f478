"""Formulas in sentences of the chapter on the sigmoid."""

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds import sigmoid
from tests.claims.worlds.oracles import nonzero, slope

WORLDS = Worlds()
WORLDS("sigmoid-summary#2")(sigmoid.score)
WORLDS("sigmoid-summary#5", tolerance=1e-9)(sigmoid.boundary)


@WORLDS("prop-sigmoid-inverse#1")
def there_and_back(draw: Draw) -> dict[str, Any]:
    """SciPy's expit and logit."""
    return {"p": draw.real(0.02, 0.98), r"\sigma": expit, r"\operatorname{logit}": logit}


@WORLDS("prop-sigmoid-inverse#2")
def back_and_there(draw: Draw) -> dict[str, Any]:
    """SciPy's expit and logit."""
    return {"z": draw.real(-4, 4), r"\sigma": expit, r"\operatorname{logit}": logit}


@WORLDS("prop-odds-ratio#1")
def odds_of_a_line(draw: Draw) -> dict[str, Any]:
    """SciPy's expit of a line, and its logit."""
    found = sigmoid.link(draw)
    return {"x": found["x"], "w": found["w"], "b": found["b"], "p(x)": found["p"], r"\operatorname{logit}": logit}


@WORLDS("prop-steepest-slope#2")
def curve(draw: Draw) -> dict[str, Any]:
    """SciPy's logistic curve, by its hyperbolic tangent."""
    x, w, b = draw.real(-3, 3), draw.real(-2, 2), draw.real(-2, 2)
    return {"x": x, "w": w, "b": b, "p(x)": 0.5 + 0.5 * np.tanh((x * w + b) / 2), r"\sigma": expit}


def steepest(draw: Draw) -> dict[str, Any]:
    """Where the slope of the curve is largest, by a root finder on the slope of the slope."""
    w, b = nonzero(draw), draw.real(-1, 1)
    bend = lambda t: slope(lambda u: expit(u * w + b) * expit(-u * w - b), t)  # noqa: E731
    x = brentq(bend, -b / w - 0.7, -b / w + 0.9, xtol=1e-13)
    return {"x": x, "w": w, "b": b}


WORLDS("prop-steepest-slope#3", tolerance=1e-8)(steepest)
WORLDS("sigmoid-summary#4", tolerance=1e-8)(steepest)


@WORLDS("prop-steepest-slope#4", tolerance=1e-8)
def steepest_probability(draw: Draw) -> dict[str, Any]:
    """SciPy's expit at the steepest point."""
    found = steepest(draw)
    return {"p": expit(found["x"] * found["w"] + found["b"])}


@WORLDS("sigmoid-summary#3")
def slope_of_a_value(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's expit, and its value."""
    z = draw.real(-4, 4)
    return {r"\sigma'": float(slope(expit, z)), r"\sigma": float(expit(z))}
