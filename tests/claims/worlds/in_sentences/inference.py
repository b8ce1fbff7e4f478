"""Formulas in sentences of the chapter on inference."""

from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import chi2

from coursebook.claims.world import Draw, Worlds, reals
from tests.claims.worlds.oracles import bce

WORLDS = Worlds()


@WORLDS("prop-inference-hauck-donner#1", size=40)
def falls(draw: Draw) -> dict[str, Any]:
    """Whether the z of the table's closed form is smaller at the last step of k."""
    n = 2 * draw.whole(8, 18)
    k = np.array([n - 2.0, n - 1.0])
    z = np.log(k / (n - k)) / np.sqrt(4 / n + 1 / k + 1 / (n - k))
    return {"n": n, "?": bool(z[1] < z[0])}


@WORLDS("prop-inference-profile#1", tolerance=1e-3)
def profile_end(draw: Draw) -> dict[str, Any]:
    """The rise at which a chi-squared variable of one degree of freedom lies beyond in 1 of 20, for SciPy's profile.

    The page prints 1.96, of which the square is 3.8416; the quantile is 3.8415.
    """
    x, y = np.arange(8.0) + reals(draw, -0.4, 0.4, 8), np.array([0.0, 0, 0, 1, 0, 1, 1, 1])
    draw.need(bool(x[4] > x[3] + 0.2))

    def least(w: float) -> float:
        middle = -w * x.mean()
        return float(minimize_scalar(lambda b: bce(x * w + b, y).sum(), bracket=(middle - 1, middle + 1)).fun)

    best = minimize_scalar(least, bracket=(0.5, 1.5))
    quantile = float(chi2.ppf(0.95, 1))
    end = brentq(lambda w: 2 * (least(w) - best.fun) - quantile, best.x, 40)
    return {"G": 2 * (least(end) - best.fun)}
