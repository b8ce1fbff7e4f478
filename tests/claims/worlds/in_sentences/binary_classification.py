"""Formulas in sentences of the chapter on binary classification."""

from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq, minimize
from scipy.special import expit, logit
from torch.nn import functional

from coursebook.claims.world import Draw, Worlds, labels, reals
from tests.claims.worlds import regression_vs_classification
from tests.claims.worlds.oracles import bce, nonzero, slope

WORLDS = Worlds()
AT_THE_EDGE = "at the edge the least loss is at 0 itself, which rounding does not tell from either side"


@WORLDS("prop-bce-clamp#2", size=40)
def clamped(draw: Draw) -> dict[str, Any]:
    """Whether PyTorch's BCELoss of the sigmoid is 100 with a slope of 0."""
    score = torch.tensor(float(z := draw.whole(33, 42)), dtype=torch.float64, requires_grad=True)
    loss = functional.binary_cross_entropy(torch.sigmoid(score), torch.zeros_like(score))
    loss.backward()
    return {"z": z, "?": loss.item() == 100 and score.grad.item() == 0}


@WORLDS("prop-bce-clamp#3", size=40)
def clamped_in_single_precision(draw: Draw) -> dict[str, Any]:
    """Whether PyTorch's BCELoss of the sigmoid is 100 with a slope of 0, in float32."""
    score = torch.tensor(float(z := draw.whole(13, 22)), requires_grad=True)
    loss = functional.binary_cross_entropy(torch.sigmoid(score), torch.zeros_like(score))
    loss.backward()
    return {"z": z, "?": loss.item() == 100 and score.grad.item() == 0}


def doubled(z: float, pi: float) -> float:
    """The expected loss of a doubled sigmoid, by SciPy."""
    return float(pi * bce(expit(z), 1) + (1 - pi) * bce(expit(z), 0))


@WORLDS("prop-hidden-threshold#2", tolerance=1e-6)
def hidden_optimum(draw: Draw) -> dict[str, Any]:
    """Where a root finder sees the expected loss turn."""
    pi = draw.real(0.53, 0.71)
    z = brentq(lambda t: slope(lambda u: doubled(u, pi), t), -9, 9, xtol=1e-12)
    return {"z": z, r"\pi": pi, r"\sigma": expit}


def hidden(name: str, truth: Any, *centres: float, least: int = 0) -> Any:
    """A share of ones near a centre, or at it unless least is 1, and whether the loss turns as the words say."""

    def world(draw: Draw) -> dict[str, Any]:
        centre = centres[draw.whole(0, len(centres) - 1)]
        pi = centre + nonzero(draw, 0.004, 0.25) * draw.whole(least, 1)
        return {name: pi, r"\sigma": expit, "?": truth(pi)}

    return world


def falls_left(pi: float) -> bool:
    """The loss falls towards minus infinity."""
    return doubled(-9, pi) < doubled(-8, pi)


def falls_right(pi: float) -> bool:
    """The loss falls towards plus infinity."""
    return doubled(9, pi) < doubled(8, pi)


def turns_right_of_zero(pi: float) -> bool:
    """The loss still falls at 0."""
    return doubled(1e-3, pi) < doubled(-1e-3, pi)


ONE = float(expit(1))
WORLDS("prop-hidden-threshold#3", size=40)(
    hidden(r"\pi", lambda pi: not falls_left(pi) and not falls_right(pi), 0.5, ONE)
)
WORLDS("prop-hidden-threshold#5", size=40)(hidden(r"\pi", falls_right, ONE))
WORLDS("prop-hidden-threshold#7", size=40, equivalents={r"\pi \ge": AT_THE_EDGE})(
    hidden(r"\pi", turns_right_of_zero, float(expit(0.5)), least=1)
)


@WORLDS("prop-hidden-threshold#4", size=40)
def falls_only_left(draw: Draw) -> dict[str, Any]:
    """Whether the loss falls towards minus infinity."""
    pi = 0.5 + nonzero(draw, 0.004, 0.25) * draw.whole(0, 1)
    return {r"\pi": pi, "?": falls_left(pi)}


@WORLDS("prop-hidden-threshold#6", size=20, equivalents={r"z \ge": AT_THE_EDGE})
def optimum_above_zero(draw: Draw) -> dict[str, Any]:
    """Whether the loss still falls at 0, at the z of the least loss."""
    pi = float(expit(0.5)) + nonzero(draw, 0.004, 0.09)
    z = brentq(lambda t: slope(lambda u: doubled(u, pi), t), -9, 9, xtol=1e-12)
    return {"z": z, "?": turns_right_of_zero(pi)}


def least_broadcast(draw: Draw) -> tuple[float, float, float]:
    """The weight and intercept of least broadcast loss, and the share of ones; SciPy's search."""
    x, y = regression_vs_classification.spread_out(draw, 5), labels(draw, 5)
    loss = lambda t: float(np.mean(bce((x * t[0] + t[1])[:, None], y)))  # noqa: E731
    w, b = minimize(loss, [0.5, 0.5], method="BFGS", options={"gtol": 1e-9}).x
    return w, b, y.mean()


@WORLDS("prop-broadcast-blind#2", tolerance=1e-5)
def blind_weight(draw: Draw) -> dict[str, Any]:
    """SciPy's search, good to 1e-6."""
    return {"w": least_broadcast(draw)[0]}


@WORLDS("prop-broadcast-blind#3", tolerance=1e-5)
def blind_intercept(draw: Draw) -> dict[str, Any]:
    """SciPy's search, good to 1e-6."""
    _, b, mean = least_broadcast(draw)
    return {"b": b, r"\bar y": mean, r"\operatorname{logit}": logit}


@WORLDS("prop-separable#1")
def separable(draw: Draw) -> dict[str, Any]:
    """SciPy's loss of margins that are all positive, small and large."""
    return {"L": float(np.mean(bce(reals(draw, 0.1, 20, 4), 1)))}


@WORLDS("prop-bce-clamp#1", binary=("y",), equivalents={r"y \le": "a label is 0 or 1"})
def clamped_label(draw: Draw) -> dict[str, Any]:
    """Whether PyTorch's BCELoss of a score that is surely 1 is 100."""
    y = draw.whole(0, 1)
    p = torch.sigmoid(torch.tensor(40.0, dtype=torch.float64))
    return {"y": y, "?": functional.binary_cross_entropy(p, torch.tensor(float(y), dtype=torch.float64)).item() == 100}
