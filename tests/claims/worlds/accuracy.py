"""What the symbols of chapters/accuracy.md stand for."""

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import binomtest, hmean, norm

from coursebook.claims.evaluate import Index, Over
from coursebook.claims.world import Array, Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import bce, nonzero

WORLDS = Worlds()
SIZE = 6


def on_either_side(draw: Draw) -> float:
    """A logit of either sign, near and far, or the edge between the two decisions."""
    return nonzero(draw, 0.01, 2) * min(1, draw.whole(0, 4))


@WORLDS(
    "eq-accuracy",
    binary=("y", r"\hat y"),
    equivalents={
        r"\mathbf 1[\hat y_i > 0.5]": "a prediction is 0 or 1, so it is above one half exactly when it is 1",
    },
)
def accuracy(draw: Draw) -> dict[str, Any]:
    """Predictions by the sign of the logit, 0 among them, and the share of the right ones counted."""
    z, y = np.array([on_either_side(draw) for _ in range(SIZE)]), labels(draw, SIZE)
    right = np.count_nonzero((z > 0) == (y == 1))
    predicted = np.heaviside(z, 0)
    return {
        "y": y,
        "p": expit(z),
        r"\hat y": predicted,
        "N": SIZE,
        "i": Index(SIZE),
        r"\operatorname{acc}(\theta)": right / SIZE,
    }


@WORLDS("eq-accuracy-jumps")
def jumps(draw: Draw) -> dict[str, Any]:
    """The weight at which a root finder sees the logit of each example change its sign."""
    x, b = reals(draw, 0.5, 4, SIZE), draw.real(-2, 2)
    changes = np.array([brentq(lambda w, x_i=x_i: w * x_i + b, -99, 99, xtol=1e-13) for x_i in x])
    return {"x": x, "b": b, "i": Index(SIZE), r"w^\ast_i": Over(("i",), changes)}


def share_right(w: float, b: float, x: Array, y: Array) -> float:
    """The share of labels that the sign of the logit gets right."""
    return float(np.mean((w * x + b > 0) == (y == 1)))


@WORLDS("eq-accuracy-quotient")
def quotient(draw: Draw) -> dict[str, Any]:
    """Eight examples, of which one becomes right within the step h; counted before and after."""
    b, h = -1.2, draw.real(0.001, 0.02)
    x = np.arange(1.0, 9.0)
    y = np.array([float(draw.whole(0, 1)) for _ in x])
    turning = draw.whole(0, 7)
    y[turning] = 1
    w = -b / x[turning] - h * draw.real(0.1, 0.9)
    before, after = share_right(w, b, x, y), share_right(w + h, b, x, y)
    return {"h": h, r"\operatorname{acc}(w + h)": after, r"\operatorname{acc}(w)": before}


def counted(draw: Draw) -> dict[str, Any]:
    """Counts of the confusion matrix, and precision and recall as shares among the examples themselves."""
    tp, fp, fn = draw.whole(2, 9), draw.whole(2, 9), draw.whole(2, 9)
    truth = np.repeat([1, 0, 1], [tp, fp, fn])
    predicted = np.repeat([1, 1, 0], [tp, fp, fn])
    return {
        r"\mathrm{TP}": tp,
        r"\mathrm{FP}": fp,
        r"\mathrm{FN}": fn,
        r"\text{precision}": truth[predicted == 1].mean(),
        r"\text{recall}": predicted[truth == 1].mean(),
    }


@WORLDS("eq-precision")
def precision(draw: Draw) -> dict[str, Any]:
    """The share of ones among the examples predicted to be."""
    found = counted(draw)
    return {name: found[name] for name in (r"\mathrm{TP}", r"\mathrm{FP}", r"\text{precision}")}


@WORLDS("eq-recall")
def recall(draw: Draw) -> dict[str, Any]:
    """The share predicted to be ones among the ones."""
    found = counted(draw)
    return {name: found[name] for name in (r"\mathrm{TP}", r"\mathrm{FN}", r"\text{recall}")}


@WORLDS("eq-f1")
def f1(draw: Draw) -> dict[str, Any]:
    """SciPy's harmonic mean."""
    found = counted(draw)
    return found | {"F_1": hmean([found[r"\text{precision}"], found[r"\text{recall}"]])}


@WORLDS("eq-margin", binary=("y",))
def margin(draw: Draw) -> dict[str, Any]:
    """The logit, with its sign turned for class 0."""
    z, y = draw.real(-3, 3), draw.whole(0, 1)
    return {"z": z, "y": y, "m": z if y else -z}


def margin_losses(name: str, loss: Any) -> Any:
    """The world of one loss of the margin."""

    def world(draw: Draw) -> dict[str, Any]:
        return {"m": draw.whole(-6, 6) / 4, name: loss}

    return world


WORLDS("eq-zero-one")(margin_losses(r"\ell_{0\text{–}1}", lambda m: float(np.sign(m) < 1)))
WORLDS("eq-logistic-loss")(margin_losses(r"\ell_{\mathrm{log}}", lambda m: np.logaddexp(0, -m)))
WORLDS("eq-hinge")(margin_losses(r"\ell_{\text{hinge}}", lambda m: np.clip(1 - m, 0, None)))
WORLDS("eq-exponential-loss")(margin_losses(r"\ell_{\exp}", lambda m: 1 / np.exp(m)))
WORLDS("eq-squared-margin-loss")(margin_losses(r"\ell_{\text{sq}}", lambda m: np.polyval([1, -2, 1], m)))


@WORLDS("eq-logistic-log-probability")
def log_probability(draw: Draw) -> dict[str, Any]:
    """The probability of the true class, by SciPy's expit."""
    m = draw.real(-4, 4)
    return {"m": m, r"p_\theta(y \mid x)": expit(m)}


@WORLDS("eq-wilson")
def wilson(draw: Draw) -> dict[str, Any]:
    """The middle and half the length of SciPy's Wilson interval at 95 %, none and all right included."""
    n = draw.whole(1, 60)
    k = draw.whole(0, n)
    low, high = binomtest(k, n).proportion_ci(0.95, method="wilson")
    return {"k": k, "N": n, "q": norm.ppf(0.975), "c": (low + high) / 2, "d": (high - low) / 2}


@WORLDS("eq-error-bound")
def error_bound(draw: Draw) -> dict[str, Any]:
    """Some models, and the one that attains the bound: logits of 0, which are predicted 0, and labels 1."""
    undecided = draw.whole(0, 2) == 0
    z = np.zeros(SIZE) if undecided else reals(draw, -3, 3, SIZE)
    y = np.ones(SIZE) if undecided else labels(draw, SIZE)
    right = float(np.mean((z > 0) == (y == 1)))
    return {r"\operatorname{acc}(\theta)": right, r"L(\theta)": float(np.mean(bce(z, y)))}
