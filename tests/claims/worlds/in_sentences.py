"""What the symbols of formulas in sentences stand for: in properties, summaries, the glossary and the notation page.

A place is `prop-gibbs#2`: the second relation of that block. "?" says whether a condition must hold in this world.
"""

from functools import cache
from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import expit, logit, softmax
from scipy.stats import entropy
from torch.nn import functional

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Draw, Worlds, labels, reals
from tests.claims.worlds import accuracy, regression_vs_classification, sigmoid
from tests.claims.worlds.oracles import bce, class_loss, distribution, near, nonzero, sigmoid_slope, slope

WORLDS = Worlds()
WHOLE = ("book/glossary.md", "book/notation.md")
CONDITION = "says where or for which values the statement holds; by itself it states nothing"
PAIR = "gives a pair of parameters one name"
HALF = "has no left side: the words before it are that"
NOT_EVALUATED = {
    "prop-accuracy-flat#3": PAIR,
    "prop-convex#1": PAIR,
    "prop-mse-not-convex#1": PAIR,
    "sigmoid-summary#6": HALF,
    "prop-relu-dead#1": HALF,
}
SUM_TO_ONE = "both sum to 1: where no element is larger, none is smaller"
CONDITIONS = {
    "prop-accuracy-flat#4",
    "prop-accuracy-flat#5",
    "prop-accuracy-flat#6",
    "prop-accuracy-scale#1",
    "prop-logistic-bound#3",
    "prop-bce-clamp#1",
    "prop-hidden-threshold#1",
    "prop-separable#2",
    "prop-proper#1",
    "prop-proper#3",
    "prop-proper#4",
    "prop-line-leaves#1",
    "prop-far-point#1",
    "prop-far-point#2",
    "prop-far-point#3",
    "prop-steepest-slope#1",
    "prop-abs-trap#1",
    "sigmoid-summary#1",
    "prop-enlarge#1",
    "prop-enlarge#3",
    "prop-enlarge#4",
    "prop-softmax-centred#1",
    "glossary#1",
}
# Places whose formula is also a labelled one, or has the same symbols.
WORLDS("regression-vs-classification-summary#1")(regression_vs_classification.line)
WORLDS("sigmoid-summary#2")(sigmoid.score)
WORLDS("sigmoid-summary#5", tolerance=1e-9)(sigmoid.boundary)
WORLDS("glossary#2")(sigmoid.link)
WORLDS("glossary#3", binary=("y",))(accuracy.margin)
WORLDS("glossary#4")(sigmoid.score)
WORLDS("notation#3", binary=("y",))(accuracy.margin)


@WORLDS("prop-accuracy-flat#1")
@WORLDS("prop-broadcast-blind#1")
def rows(draw: Draw) -> dict[str, Any]:
    """PyTorch's linear layer, row by row."""
    x, w, b = reals(draw, -2, 2, 3, 2), reals(draw, -2, 2, 2), draw.real(-1, 1)
    z = functional.linear(torch.tensor(x), torch.tensor(w)[None], torch.tensor([b], dtype=torch.float64))
    return {"x": x, "w": w, "b": b, "z": z[:, 0].numpy(), "i": Index(3)}


@WORLDS("notation#2")
def all_rows(draw: Draw) -> dict[str, Any]:
    """PyTorch's linear layer, of all rows."""
    found = rows(draw)
    return {"X": found["x"], "w": found["w"], "b": found["b"], "z": found["z"]}


@WORLDS("prop-accuracy-flat#2", binary=(r"\hat y",), equivalents={r"[\hat y_i > 0]": "a prediction is 0 or 1"})
def predicted(draw: Draw) -> dict[str, Any]:
    """NumPy's step function of logits on both sides of 0, near and far."""
    z = np.array([nonzero(draw, 0.01, 2) for _ in range(4)])
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


@WORLDS("prop-bce-clamp#2", size=40)
def clamped(draw: Draw) -> dict[str, Any]:
    """Whether PyTorch's BCELoss of the sigmoid is 100 with a slope of 0."""
    score = torch.tensor(float(z := draw.whole(33, 42)), dtype=torch.float64, requires_grad=True)
    loss = functional.binary_cross_entropy(torch.sigmoid(score), torch.zeros_like(score))
    loss.backward()
    return {"z": z, "?": loss.item() == 100 and score.grad.item() == 0}


@WORLDS("prop-lost-digits#1", size=40)
def lost_digits(draw: Draw) -> dict[str, Any]:
    """Whether NumPy's own exp and log leave nothing of the loss."""
    z = draw.whole(33, 42)
    return {"z": z, "?": bool(-np.log(1 / (1 + np.exp(-float(z)))) == 0)}


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
WORLDS("prop-hidden-threshold#7", size=40)(hidden(r"\pi", turns_right_of_zero, float(expit(0.5)), least=1))


@WORLDS("prop-hidden-threshold#4", size=40)
def falls_only_left(draw: Draw) -> dict[str, Any]:
    """Whether the loss falls towards minus infinity."""
    pi = 0.5 + nonzero(draw, 0.004, 0.25) * draw.whole(0, 1)
    return {r"\pi": pi, "?": falls_left(pi)}


@WORLDS("prop-hidden-threshold#6", size=20)
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


@WORLDS("prop-gibbs#1")
def gibbs(draw: Draw) -> dict[str, Any]:
    """SciPy's relative entropy, of equal distributions too."""
    real = distribution(draw, 3)
    forecast = real if draw.whole(0, 2) == 0 else distribution(draw, 3)
    return {r"\mathrm{KL}(p_r \,\|\, p_\theta)": entropy(real, forecast)}


@WORLDS("prop-gibbs#2", equivalents={r"p_\theta \ge p_r": SUM_TO_ONE, r"p_\theta \le p_r": SUM_TO_ONE})
def gibbs_equal(draw: Draw) -> dict[str, Any]:
    """Whether SciPy's relative entropy is 0."""
    real = distribution(draw, 3)
    forecast = real if draw.whole(0, 2) == 0 else distribution(draw, 3)
    return {"p_r": real, r"p_\theta": forecast, "?": bool(entropy(real, forecast) < 1e-14)}


@WORLDS("prop-proper#2", tolerance=1e-5)
def proper(draw: Draw) -> dict[str, Any]:
    """SciPy's search for the forecast of least expected log loss, good to 1e-7."""
    pi = draw.real(0.1, 0.9)
    expected = lambda q: -pi * np.log(q) - (1 - pi) * np.log(1 - q)  # noqa: E731
    return {
        r"\pi": pi,
        "q": minimize_scalar(expected, bounds=(0.01, 0.99), method="bounded", options={"xatol": 1e-9}).x,
    }


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
    w, b = nonzero(draw), draw.real(-1, 1)
    ends = sorted([np.roots([w, b])[0], np.roots([w, b - 1])[0]])
    x = ends[draw.whole(0, 1)] + near(draw, 0.5)
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


@WORLDS("prop-sigmoid-inverse#1")
def there_and_back(draw: Draw) -> dict[str, Any]:
    """SciPy's expit and logit."""
    return {"p": draw.real(0.02, 0.98), r"\sigma": expit, r"\operatorname{logit}": logit}


@WORLDS("prop-sigmoid-inverse#2")
def back_and_there(draw: Draw) -> dict[str, Any]:
    """SciPy's expit and logit."""
    return {"z": draw.real(-4, 4), r"\sigma": expit, r"\operatorname{logit}": logit}


@WORLDS("prop-odds-ratio#1")
def odds_of_a_line(draw: Draw) -> dict[str, Any]:
    """SciPy's expit of a line, and its logit."""
    found = sigmoid.link(draw)
    return {"x": found["x"], "w": found["w"], "b": found["b"], "p(x)": found["p"], r"\operatorname{logit}": logit}


@WORLDS("prop-steepest-slope#2")
def curve(draw: Draw) -> dict[str, Any]:
    """SciPy's logistic curve, by its hyperbolic tangent."""
    x, w, b = draw.real(-3, 3), draw.real(-2, 2), draw.real(-2, 2)
    return {"x": x, "w": w, "b": b, "p(x)": 0.5 + 0.5 * np.tanh((x * w + b) / 2), r"\sigma": expit}


def steepest(draw: Draw) -> dict[str, Any]:
    """Where the slope of the curve is largest, by a root finder on the slope of the slope."""
    w, b = nonzero(draw), draw.real(-1, 1)
    bend = lambda t: slope(lambda u: expit(u * w + b) * expit(-u * w - b), t)  # noqa: E731
    x = brentq(bend, -b / w - 0.7, -b / w + 0.9, xtol=1e-13)
    return {"x": x, "w": w, "b": b}


WORLDS("prop-steepest-slope#3", tolerance=1e-8)(steepest)
WORLDS("sigmoid-summary#4", tolerance=1e-8)(steepest)


@WORLDS("prop-steepest-slope#4", tolerance=1e-8)
def steepest_probability(draw: Draw) -> dict[str, Any]:
    """SciPy's expit at the steepest point."""
    found = steepest(draw)
    return {"p": expit(found["x"] * found["w"] + found["b"])}


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
WORLDS("prop-sigmoid-range#1", size=40)(limits("s", SMALLEST, -30, 0, lambda p: p == 0))
WORLDS("prop-sigmoid-range#2", size=40)(limits(r"\varepsilon", EPSILON, 0, 30, lambda p: p == 1))
WORLDS("prop-sigmoid-range#3", size=40)(limits("t", NORMAL, -30, 0, lambda p: p >= NORMAL))


@WORLDS("prop-abs-trap#2")
def slope_at_zero(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's expit."""
    return {r"\sigma'": sigmoid_slope}


@WORLDS("sigmoid-summary#3")
def slope_of_a_value(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's expit, and its value."""
    z = draw.real(-4, 4)
    return {r"\sigma'": float(slope(expit, z)), r"\sigma": float(expit(z))}


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


@WORLDS("notation#1")
def probability(draw: Draw) -> dict[str, Any]:
    """SciPy's logistic curve, by its hyperbolic tangent."""
    z = draw.real(-4, 4)
    return {"z": z, "p": 0.5 + 0.5 * np.tanh(z / 2), r"\sigma": expit}
