"""Formulas in sentences of the chapter on softmax."""

from typing import Any

import numpy as np
from scipy.special import softmax

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Draw, Worlds, reals
from tests.claims.worlds.oracles import class_loss, distribution

WORLDS = Worlds()
SUM_TO_ONE = "both sum to 1: where no element is larger, none is smaller"


@WORLDS("prop-enlarge#2")
def quotients(draw: Draw) -> dict[str, Any]:
    """SciPy's softmax."""
    a = reals(draw, -3, 3, 3)
    return {"a": a, "p": softmax(a), "i": Index(3), "j": Index(3)}


@WORLDS("prop-double-softmax-floor#1", binary=("e",), equivalents={r"p \ge": SUM_TO_ONE, r"p \le": SUM_TO_ONE})
def floor(draw: Draw) -> dict[str, Any]:
    """Whether SciPy's doubled loss is as low as that of a one-hot p."""
    y = draw.whole(1, 3)
    p = np.eye(3)[draw.whole(0, 2)] if draw.whole(0, 1) else distribution(draw, 3)
    lowest = class_loss(np.array([1.0, 0, 0]), 1)
    return {"p": p, "e": np.eye(3), "y": y, "?": bool(np.isclose(class_loss(p, y), lowest))}


def enlarged(name: str, place: int, truth: Any) -> Any:
    """Two scores on one side of 1, one of them often at 1, and whether SciPy's softmax favours the larger as said."""

    def world(draw: Draw) -> dict[str, Any]:
        gap, edge = draw.real(0.1, 0.5), draw.whole(0, 1) * draw.real(0.001, 0.3)
        a = np.array([1 + edge + gap, 1 + edge]) if draw.whole(0, 1) else np.array([1 - edge, 1 - edge - gap])
        p = softmax(a)
        return {name: a[place], "?": bool(truth(p[0] / p[1], a[0] / a[1]))}

    return world


WORLDS("prop-enlarge#3", size=40)(enlarged("a_j", 1, np.greater))
WORLDS("prop-enlarge#4", size=40)(enlarged("a_i", 0, np.less))
