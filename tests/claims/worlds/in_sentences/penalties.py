"""Formulas in sentences of the chapter on penalties."""

from typing import Any

import numpy as np
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Array, Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import bce, binary_problem, gradient
from tests.claims.worlds.penalties import BY_SEARCH, ridge

WORLDS = Worlds()


@WORLDS("prop-penalties-zero#1", binary=("y",))
def pull(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's loss, downhill."""
    X, y, w, b = binary_problem(draw)
    slopes = gradient(lambda v: np.mean(bce(X @ v + b, y)), w)
    known = {"N": len(y), "i": Index(len(y)), "j": Index(len(w)), "y": y, "p": expit(X @ w + b), "x": X}
    return known | {"g": -slopes}


def lasso(draw: Draw) -> tuple[Array, Array, float]:
    """The weights of scikit-learn's lasso of three features, the pulls on them by differences, and its lambda."""
    X, y, strength = reals(draw, -2, 2, 8, 3), labels(draw, 8), draw.real(0.02, 0.2)
    model = LogisticRegression(
        C=1 / (8 * strength), l1_ratio=1, solver="saga", tol=1e-12, max_iter=100_000, random_state=0
    )
    w, b = model.fit(X, y).coef_[0], model.intercept_[0]
    draw.need(bool(np.any(w != 0)))  # where all are 0, saga stops before the intercept has arrived
    return w, -gradient(lambda v: np.mean(bce(X @ v + b, y)), w), strength


@WORLDS(
    "prop-penalties-zero#3",
    tolerance=BY_SEARCH,
    equivalents={r"\operatorname{sign}( g": "the pull on a weight has its sign: that is what is said"},
)
def pull_on_a_weight(draw: Draw) -> dict[str, Any]:
    """scikit-learn's lasso, and differences of SciPy's loss there, of the weights that are not 0."""
    w, g, strength = lasso(draw)
    kept = w != 0
    return {
        "g": g[kept],
        r"\lambda": strength,
        "w": w[kept],
        "j": Index(int(kept.sum())),
        r"\operatorname{sign}": np.sign,
    }


@WORLDS("prop-penalties-zero#5", tolerance=BY_SEARCH, attained=1e-5)
def pull_on_any_weight(draw: Draw) -> dict[str, Any]:
    """scikit-learn's lasso, and differences of SciPy's loss there."""
    w, g, strength = lasso(draw)
    return {"g": g, r"\lambda": strength, "j": Index(len(w))}


@WORLDS("penalties-summary#1", tolerance=BY_SEARCH)
def strength_of_scikit_learn(draw: Draw) -> dict[str, Any]:
    """The pull on the weights of scikit-learn's fit per unit of weight."""
    X, y, w, b, strength = ridge(draw)
    draw.need(float(np.linalg.norm(w)) > 0.05)
    pulls = X.T @ (y - expit(X @ w + b)) / len(y)
    return {"C": 1 / (len(y) * strength), "N": len(y), r"\lambda": float(pulls @ w / (w @ w))}
