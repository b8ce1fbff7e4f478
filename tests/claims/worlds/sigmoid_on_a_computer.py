"""What the symbols of chapters/sigmoid-on-a-computer.md stand for."""

from typing import Any

import numpy as np
from scipy.special import expit, log_expit

from coursebook.claims.world import Draw, Worlds
from tests.claims.worlds.oracles import sigmoid_slope

WORLDS = Worlds()


@WORLDS("eq-sigmoid-stable")
def score(draw: Draw) -> dict[str, Any]:
    """SciPy's expit, at 0 too, where one branch ends."""
    return {"z": draw.real(-4, 4) * (draw.whole(0, 3) > 0), r"\sigma": expit}


@WORLDS("eq-cancellation")
def cancellation(draw: Draw) -> dict[str, Any]:
    """The gap below 1 of a type of a few binary digits, over SciPy's expit."""
    return {r"\varepsilon": 2.0 ** -draw.whole(3, 9), "z": draw.real(-3, 8), r"\sigma": expit}


@WORLDS("eq-softplus")
def softplus(draw: Draw) -> dict[str, Any]:
    """NumPy's logaddexp."""
    z = draw.real(-4, 4)
    return {"z": z, "=": np.logaddexp(0, z)}


@WORLDS("eq-log-sigmoid")
def log_sigmoid(draw: Draw) -> dict[str, Any]:
    """SciPy's log_expit."""
    z = draw.real(-4, 4)
    return {"z": z, r"\sigma": expit, "=": log_expit(z)}


@WORLDS("eq-sigmoid-condition")
def condition(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's expit."""
    return {"z": draw.real(-4, 4), r"\sigma": expit, r"\sigma'": sigmoid_slope}
