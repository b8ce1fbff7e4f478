"""Formulas in sentences of the chapter on cross entropy."""

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import entropy

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds.oracles import distribution, near

WORLDS = Worlds()
SUM_TO_ONE = "both sum to 1: where no element is larger, none is smaller"


@WORLDS("prop-lost-digits#1", size=40)
def lost_digits(draw: Draw) -> dict[str, Any]:
    """Whether NumPy's own exp and log leave nothing of the loss."""
    z = draw.whole(33, 42)
    return {"z": z, "?": bool(-np.log(1 / (1 + np.exp(-float(z)))) == 0)}


@WORLDS("prop-gibbs#1")
def gibbs(draw: Draw) -> dict[str, Any]:
    """SciPy's relative entropy, of equal distributions too."""
    real = distribution(draw, 3)
    forecast = real if draw.whole(0, 2) == 0 else distribution(draw, 3)
    return {r"\mathrm{KL}(p_r \,\|\, p_\theta)": entropy(real, forecast)}


@WORLDS("prop-gibbs#2", equivalents={r"p_\theta \ge p_r": SUM_TO_ONE, r"p_\theta \le p_r": SUM_TO_ONE})
def gibbs_equal(draw: Draw) -> dict[str, Any]:
    """Whether SciPy's relative entropy is 0."""
    real = distribution(draw, 3)
    forecast = real if draw.whole(0, 2) == 0 else distribution(draw, 3)
    return {"p_r": real, r"p_\theta": forecast, "?": bool(entropy(real, forecast) < 1e-14)}


@WORLDS("prop-proper#2", tolerance=1e-5)
def proper(draw: Draw) -> dict[str, Any]:
    """SciPy's search for the forecast of least expected log loss, good to 1e-7."""
    pi = draw.real(0.1, 0.9)
    expected = lambda q: -pi * np.log(q) - (1 - pi) * np.log(1 - q)  # noqa: E731
    return {
        r"\pi": pi,
        "q": minimize_scalar(expected, bounds=(0.01, 0.99), method="bounded", options={"xatol": 1e-9}).x,
    }


@WORLDS("prop-proper#3", size=40)
@WORLDS("prop-proper#4", size=40)
def accuracy_of_announcement(draw: Draw) -> dict[str, Any]:
    """Whether the decision for an announcement, 1/2 among them, is right as often as class 1 comes."""
    pi, q = 0.7, 0.5 + near(draw, 0.5) * draw.whole(0, 1)
    decided = np.argmax([1 - q, q])  # 0 in a tie, as the page's rule says
    return {"q": q, "?": bool([1 - pi, pi][decided] == pi)}
