"""Formulas in sentences of the chapter on the sigmoid on a computer."""

from functools import cache
from typing import Any

import numpy as np
from scipy.special import expit, logit

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds.oracles import near, nonzero, sigmoid_slope

WORLDS = Worlds()
EDGE = "no float64 number is at the edge itself, so nothing tells the two apart"


@cache
def half_precision() -> Any:
    """The limits of float16."""
    return np.finfo(np.float16)


def rounded(z: float) -> float:
    """SciPy's sigmoid, rounded to float16."""
    return float(np.float16(expit(z)))


def edge(truth: Any, low: float, high: float) -> float:
    """Where the rounded sigmoid begins or ceases to be as the words say, by halving the interval."""
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if truth(rounded(middle)) == truth(rounded(low)) else (low, middle)
    return low


def limits(symbol: str, value: Any, low: float, high: float, truth: Any) -> Any:
    """A score near the edge, on either side, and whether its rounded sigmoid is as the words say."""

    def world(draw: Draw) -> dict[str, Any]:
        # Just below the smallest normal number all digits may survive by luck, within half a step: not so near.
        z = edge(truth, low, high) + (nonzero(draw, 0.01, 1) if symbol == "t" else near(draw, 1))
        return {"z": z, symbol: value, r"\operatorname{logit}": logit, "?": truth(rounded(z))}

    return world


SMALLEST = float(half_precision().smallest_subnormal)
NORMAL = float(half_precision().smallest_normal)
EPSILON = float(half_precision().eps)
WORLDS("prop-sigmoid-range#1", size=40, equivalents={r"z \le": EDGE})(limits("s", SMALLEST, -30, 0, lambda p: p == 0))
WORLDS("prop-sigmoid-range#2", size=40, equivalents={r"z \ge": EDGE})(
    limits(r"\varepsilon", EPSILON, 0, 30, lambda p: p == 1)
)
WORLDS("prop-sigmoid-range#3", size=40, equivalents={r"z >": EDGE})(limits("t", NORMAL, -30, 0, lambda p: p >= NORMAL))


@WORLDS("prop-abs-trap#2")
def slope_at_zero(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's expit."""
    return {r"\sigma'": sigmoid_slope}
