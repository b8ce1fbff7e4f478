"""Formulas in sentences of the chapter on accuracy."""

from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq
from scipy.special import expit
from torch.nn import functional

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Draw, Worlds, reals
from tests.claims.worlds.accuracy import on_either_side
from tests.claims.worlds.oracles import nonzero

WORLDS = Worlds()


@WORLDS("prop-accuracy-flat#1")
@WORLDS("prop-broadcast-blind#1")
def rows(draw: Draw) -> dict[str, Any]:
    """PyTorch's linear layer, row by row."""
    x, w, b = reals(draw, -2, 2, 3, 2), reals(draw, -2, 2, 2), draw.real(-1, 1)
    z = functional.linear(torch.tensor(x), torch.tensor(w)[None], torch.tensor([b], dtype=torch.float64))
    return {"x": x, "w": w, "b": b, "z": z[:, 0].numpy(), "i": Index(3)}


@WORLDS("prop-accuracy-flat#2", binary=(r"\hat y",), equivalents={r"[\hat y_i > 0]": "a prediction is 0 or 1"})
def predicted(draw: Draw) -> dict[str, Any]:
    """NumPy's step function of logits on both sides of 0, near and far."""
    z = np.array([on_either_side(draw) for _ in range(4)])
    return {"z": z, r"\hat y": np.heaviside(z, 0), "i": Index(4)}


@WORLDS("prop-logistic-bound#1")
def base_two(draw: Draw) -> dict[str, Any]:
    """NumPy's logarithm to base 2, at margins that include 0, where the bound is attained."""
    m = draw.whole(-4, 4) / 4
    return {"m": m, r"\log_2": np.log2, "=": np.logaddexp2(0, -m / np.log(2))}


@WORLDS("prop-logistic-bound#2", size=30)
def attained_at_zero(draw: Draw) -> dict[str, Any]:
    """Whether the loss to base 2 and the 0–1 loss agree."""
    m = draw.whole(-8, 8) / 4
    return {"m": m, "?": bool(np.isclose(np.logaddexp2(0, -m / np.log(2)), float(m <= 0)))}


@WORLDS("prop-logistic-bound#4", equivalents={"< 2": "true as well, and weaker; that the step is 1 is another formula"})
def loss_at_zero(draw: Draw) -> dict[str, Any]:
    """NumPy's logistic loss of a margin of 0."""
    return {"=": np.logaddexp(0, 0)}


@WORLDS("prop-accuracy-scale#1", size=30)
def signs_kept(draw: Draw) -> dict[str, Any]:
    """Whether NumPy's sign of a logit is that of its multiple, for factors of either sign and 0."""
    c, z = draw.whole(-3, 3) / 2, nonzero(draw)
    return {"c": c, "?": bool(np.sign(c * z) == np.sign(z))}


@WORLDS("prop-accuracy-surrogate-probability#2")
def least_exponential_loss(draw: Draw) -> dict[str, Any]:
    """The score at which SciPy finds the slope of the expected exponential loss to be zero."""
    p = draw.real(0.05, 0.95)
    f = brentq(lambda f: (1 - p) * np.exp(f) - p * np.exp(-f), -5, 5, xtol=1e-14)
    return {"p": p, "f": f, r"\sigma": expit}


@WORLDS("prop-accuracy-surrogate-probability#3")
def least_squared_loss(draw: Draw) -> dict[str, Any]:
    """NumPy's weighted mean of the labels 1 and -1, which has the least expected squared loss."""
    p = draw.real(0.05, 0.95)
    return {"p": p, "f": np.average([1.0, -1.0], weights=[p, 1 - p])}
