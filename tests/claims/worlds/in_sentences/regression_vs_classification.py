"""Formulas in sentences of the chapter on regression and classification."""

from typing import Any

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.stats import entropy

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Draw, Worlds, labels, reals
from tests.claims.worlds import regression_vs_classification
from tests.claims.worlds.oracles import near, nonzero

WORLDS = Worlds()
# Places whose formula is also a labelled one, or has the same symbols.
WORLDS("regression-vs-classification-summary#1")(regression_vs_classification.line)


def errors(draw: Draw) -> dict[str, Any]:
    """The misses of NumPy's fitted line."""
    x = regression_vs_classification.spread_out(draw)
    y = reals(draw, -3, 3, len(x))
    w, b = regression_vs_classification.fitted(x, y)
    return {"x": x, "y": y, "w": w, "b": b, "e": np.polyval([w, b], x) - y, "i": Index(len(x))}


WORLDS("prop-balanced-errors#1")(errors)


@WORLDS("prop-balanced-errors#2")
def sum_of_errors(draw: Draw) -> dict[str, Any]:
    """The misses of NumPy's fitted line."""
    found = errors(draw)
    return {name: found[name] for name in "ei"}


@WORLDS("prop-balanced-errors#3")
def weighted_sum_of_errors(draw: Draw) -> dict[str, Any]:
    """The misses of NumPy's fitted line."""
    found = errors(draw)
    return {name: found[name] for name in "eix"}


@WORLDS("prop-line-leaves#2", size=60)
def inside(draw: Draw) -> dict[str, Any]:
    """Whether x lies between NumPy's roots of the line and of the line less one."""
    w, b = (2 * draw.whole(0, 1) - 1) * 2.0 ** draw.whole(-1, 1), draw.whole(-4, 4) / 4  # exact ends
    ends = sorted([np.roots([w, b])[0], np.roots([w, b - 1])[0]])
    x = ends[draw.whole(0, 1)] + near(draw, 0.5) * min(1, draw.whole(0, 3))
    return {"x": x, "w": w, "b": b, "?": bool(ends[0] <= x <= ends[1])}


def crossing(level: float) -> Any:
    """Where NumPy's root of the line less a level is."""

    def world(draw: Draw) -> dict[str, Any]:
        w, b = nonzero(draw), draw.real(-2, 2)
        return {"w": w, "b": b, "x": np.roots([w, b - level])[0]}

    return world


WORLDS("prop-line-leaves#3")(crossing(0))
WORLDS("prop-line-leaves#4")(crossing(1))


@WORLDS("prop-best-constant#1", tolerance=1e-6)
def best_constant(draw: Draw) -> dict[str, Any]:
    """SciPy's search for the constant of least error, good to 1e-8."""
    y = labels(draw, 7)
    return {"c": minimize_scalar(lambda c: float(np.sum((y - c) ** 2))).x, r"\bar y": y.mean()}


@WORLDS("prop-distance-divergence#1")
def squared_distance(draw: Draw) -> dict[str, Any]:
    """The squared length of the difference of the two pairs, by NumPy."""
    p = draw.real(0.05, 0.95)
    return {"p": p, "=": float(np.linalg.norm(np.subtract([1 - p, p], [0, 1])) ** 2)}


@WORLDS("prop-distance-divergence#2")
def divergence(draw: Draw) -> dict[str, Any]:
    """SciPy's relative entropy."""
    p = draw.real(0.05, 0.95)
    return {"p": p, r"\mathrm{KL}(p_r \,\Vert\, p_\theta)": entropy([1, 0], [p, 1 - p])}


@WORLDS("prop-half-equal-costs#1")
def equal_costs(draw: Draw) -> dict[str, Any]:
    """Whether both decisions cost the same at p = 1/2."""
    c_fp, c_fn = regression_vs_classification.costs(draw)
    c_fn = c_fp if draw.whole(0, 1) else c_fn
    same = bool(np.isclose(np.average([0, c_fp]), np.average([c_fn, 0])))
    return {r"c_\mathrm{FP}": c_fp, r"c_\mathrm{FN}": c_fn, "?": same}


@WORLDS("prop-line-leaves#1", size=30)
def leaves(draw: Draw) -> dict[str, Any]:
    """Whether NumPy's line through a point between 0 and 1 is outside of that range far away."""
    w = draw.whole(-2, 2)
    far = np.polyval([w, draw.real(0.1, 0.9)], np.array([-1e3, 1e3]))
    return {"w": w, "?": bool(np.any((far < 0) | (far > 1)))}
