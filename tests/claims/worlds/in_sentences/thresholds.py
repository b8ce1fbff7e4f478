"""Formulas in sentences of the chapter on thresholds."""

from typing import Any

import numpy as np
from scipy.special import expit, logit
from sklearn.utils.class_weight import compute_class_weight

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds.oracles import near

WORLDS = Worlds()


@WORLDS("prop-thresholds-baseline#1")
def says_nothing(draw: Draw) -> dict[str, Any]:
    """Counted rates of a score that each class has equally often."""
    scores, cut = np.arange(draw.whole(2, 6)), draw.real(0, 5)
    positives, negatives = np.tile(scores, draw.whole(1, 4)), np.tile(scores, draw.whole(1, 9))
    return {"R": np.mean(positives >= cut), "F": np.mean(negatives >= cut)}


@WORLDS("prop-thresholds-prevalence#1")
def balanced_weight(draw: Draw) -> dict[str, Any]:
    """scikit-learn's own weights."""
    sizes = [draw.whole(1, 30), draw.whole(1, 30)]
    negative, positive = compute_class_weight("balanced", classes=np.array([0, 1]), y=np.repeat([0, 1], sizes))
    return {"N_0": sizes[0], "N_1": sizes[1], "r": positive / negative}


@WORLDS("prop-thresholds-prevalence#2", size=40, equivalents={r"\pi \ge": "at the edge rounding decides"})
def above_the_prevalence(draw: Draw) -> dict[str, Any]:
    """Whether the weighted share of positives is above one half."""
    n_1, n_0 = draw.whole(2, 30), draw.whole(2, 30)
    pi = expit(logit(n_1 / (n_1 + n_0)) + near(draw, 1.0))
    weighted = np.average([1, 0], weights=[pi * n_0, (1 - pi) * n_1])
    return {"N_1": n_1, "N": n_1 + n_0, r"\pi": pi, "?": bool(weighted > 1 / 2)}
