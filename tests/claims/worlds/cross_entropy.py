"""What the symbols of chapters/cross-entropy.md stand for."""

from typing import Any

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from scipy.special import expit
from scipy.stats import entropy

from coursebook.claims.evaluate import Gather, Index
from coursebook.claims.world import Array, Draw, Worlds, reals
from tests.claims.worlds.oracles import bce, binary_problem, distribution, gradient, hessian, sigmoid_slope, slope

WORLDS = Worlds()
SIZE = 5
CLASSES = 4


@WORLDS("eq-pair-mse")
def pair(draw: Draw) -> dict[str, Any]:
    """The squared distance of the pairs, by NumPy."""
    p, y = draw.real(0.05, 0.95), draw.real(0, 1)
    return {"p": p, "y": y, "=": np.linalg.norm(np.array([p, 1 - p]) - np.array([y, 1 - y])) ** 2}


@WORLDS("eq-brier-derivative")
def brier_slope(draw: Draw) -> dict[str, Any]:
    """Differences of the printed square, and of SciPy's expit."""
    z, y = draw.real(-3, 3), draw.real(0, 1)
    return {"z": z, "y": y, "p": expit(z), r"\sigma": expit, r"\sigma'": sigmoid_slope}


@WORLDS("eq-brier-curvature", tolerance=1e-7)
def brier_curvature(draw: Draw) -> dict[str, Any]:
    """Second differences of the printed square, good to 1e-9."""
    z, y = draw.real(-3, 3), draw.real(0, 1)
    return {"z": z, "y": y, "p": expit(z), r"\sigma": expit}


def probability(shares: Array) -> Any:
    """A distribution as a function of the class, counted from 1."""
    return lambda k: shares[int(k) - 1]


def two_distributions(draw: Draw) -> tuple[dict[str, Any], Array, Array]:
    """The real distribution and the forecast."""
    real, forecast = distribution(draw, CLASSES), distribution(draw, CLASSES)
    symbols = {"p_r": probability(real), r"p_\theta": probability(forecast), "K": CLASSES, "k": Index(CLASSES)}
    return symbols, real, forecast


@WORLDS("eq-entropy")
def entropy_world(draw: Draw) -> dict[str, Any]:
    """SciPy's entropy."""
    found, real, _ = two_distributions(draw)
    del found[r"p_\theta"]
    return found | {"H(p_r)": entropy(real)}


@WORLDS("eq-cross-entropy")
def cross_entropy(draw: Draw) -> dict[str, Any]:
    """SciPy's entropy and relative entropy."""
    found, real, forecast = two_distributions(draw)
    return found | {r"H(p_r, p_\theta)": entropy(real) + entropy(real, forecast)}


@WORLDS("eq-kl")
def kl(draw: Draw) -> dict[str, Any]:
    """SciPy's relative entropy."""
    found, real, forecast = two_distributions(draw)
    return found | {r"\mathrm{KL}(p_r \,\|\, p_\theta)": entropy(real, forecast)}


@WORLDS("eq-cross-entropy-identity")
def identity(draw: Draw) -> dict[str, Any]:
    """SciPy's two entropies, and the mean surprise of the forecast."""
    _, real, forecast = two_distributions(draw)
    return {
        r"H(p_r, p_\theta)": -real @ np.log(forecast),
        "H(p_r)": entropy(real),
        r"\mathrm{KL}(p_r \,\|\, p_\theta)": entropy(real, forecast),
    }


@WORLDS("eq-one-hot")
def one_hot(draw: Draw) -> dict[str, Any]:
    """A distribution that is certain of the class that was drawn."""
    forecast, y = distribution(draw, CLASSES), draw.whole(1, CLASSES)
    certain = np.eye(CLASSES)[y - 1]
    return {
        "y": y,
        r"p_\theta": probability(forecast),
        r"H(e_y, p_\theta)": -np.log(certain @ forecast),
        r"\mathrm{KL}(e_y \,\|\, p_\theta)": entropy(certain, forecast),
    }


@WORLDS("eq-binary-cross-entropy")
def binary_cross_entropy(draw: Draw) -> dict[str, Any]:
    """SciPy's log_expit; the label may be a share."""
    z, y = draw.real(-4, 4), draw.real(0, 1)
    return {"z": z, "y": y, "p": expit(z), r"\ell": bce}


@WORLDS("eq-likelihood")
def likelihood(draw: Draw) -> dict[str, Any]:
    """SciPy's log_expit; the labels may be shares."""
    z, y = reals(draw, -3, 3, SIZE), reals(draw, 0, 1, SIZE)
    return {"z": z, "y": y, "p": expit(z), r"\ell": bce, "N": SIZE, "i": Index(SIZE)}


@WORLDS("eq-bce-derivative")
def bce_slope(draw: Draw) -> dict[str, Any]:
    """Differences of SciPy's log_expit."""
    z, y = draw.real(-4, 4), draw.real(0, 1)
    return {"y": y, "p": expit(z), r"\frac{d\ell}{dz}": slope(lambda t: bce(t, y), z)}


@WORLDS("eq-gradient-descent")
def gradient_descent(draw: Draw) -> dict[str, Any]:
    """The least point of the slope's line and a parabola around the old point, which NumPy solves for."""
    old, g, eta = reals(draw, -2, 2, 3), reals(draw, -2, 2, 3), draw.real(0.05, 0.9)
    new = np.linalg.solve(np.eye(3) / eta, old / eta - g)
    return {r"\theta_{t+1}": new, r"\theta_t": old, r"\nabla L(\theta_t)": g, r"\eta": eta}


@WORLDS("eq-plateau", tolerance=1e-8)
def plateau(draw: Draw) -> dict[str, Any]:
    """SciPy's integral of the time that each step downhill takes, from -s to 0."""
    s = draw.real(0.5, 6)
    cross = quad(lambda u: 1 / expit(u), 0, s, epsabs=1e-12)[0]
    square = quad(lambda u: 1 / (2 * expit(u) * sigmoid(u)), 0, s, epsabs=1e-12)[0]
    return {"s": s, r"T_{\text{cross}}": cross, r"T_{\text{square}}": square}


def sigmoid(u: float) -> float:
    """The slope of SciPy's expit, exactly."""
    return float(expit(u) * expit(-u))


@WORLDS("eq-gradient")
def mean_gradient(draw: Draw) -> dict[str, Any]:
    """Differences of the mean loss."""
    X, _, w, b = binary_problem(draw)
    y = reals(draw, 0, 1, len(X))
    slopes = gradient(lambda t: np.mean(bce(X @ t[:-1] + t[-1], y)), np.append(w, b))
    known = {"X": X, "y": y, "p": expit(X @ w + b), "N": len(y), "i": Index(len(y))}
    return known | {r"\nabla_w L": slopes[:-1], r"\frac{\partial L}{\partial b}": slopes[-1]}


@WORLDS("eq-hessian", tolerance=1e-7)
def mean_hessian(draw: Draw) -> dict[str, Any]:
    """Differences of differences of the mean loss, good to 1e-9."""
    X, y, w, b = binary_problem(draw)
    p = expit(X @ w + b)
    return {
        r"\tilde X": np.column_stack([X, np.ones(len(y))]),
        "p": p,
        "S": np.diag([sigmoid(z) for z in X @ w + b]),
        r"\operatorname{diag}": Gather("i", np.diag),
        "i": Index(len(y)),
        "N": len(y),
        r"\nabla^2 L": hessian(lambda t: float(np.mean(bce(X @ t[:-1] + t[-1], y))), np.append(w, b)),
    }


@WORLDS("eq-expected-brier")
def expected_brier(draw: Draw) -> dict[str, Any]:
    """The mean over both outcomes, weighted by NumPy."""
    pi, q = draw.real(0.05, 0.95), draw.real(0.05, 0.95)
    return {r"\pi": pi, "q": q, "=": np.average(np.square([1 - q, q]), weights=[pi, 1 - pi])}


@WORLDS("eq-smoothed-optimum")
def smoothed_optimum(draw: Draw) -> dict[str, Any]:
    """The shares of labels of which a part is drawn anew from all classes alike."""
    truth, alpha = distribution(draw, CLASSES), draw.real(0.05, 0.5)
    drawn_anew = np.full((CLASSES, CLASSES), alpha / CLASSES) + np.diag(np.full(CLASSES, 1 - alpha))
    return {r"\pi": truth, r"\alpha": alpha, "q": truth @ drawn_anew, "K": CLASSES, "k": Index(CLASSES)}


def focal(v: Any, power: float) -> Any:
    """The focal loss of a probability of what happened."""
    return -((1 - v) ** power) * np.log(v)


def best_focal(truth: float, power: float) -> float:
    """Where the expected focal loss is flat, by its differences; good to 1e-10."""
    expected = lambda q: truth * focal(q, power) + (1 - truth) * focal(1 - q, power)  # noqa: E731
    return float(brentq(lambda q: slope(expected, q), 0.02, 0.98, xtol=1e-14))


@WORLDS("eq-focal-truth", tolerance=1e-8)
def focal_truth(draw: Draw) -> dict[str, Any]:
    """The flat place of the expected focal loss, and the slope of the loss itself, by differences good to 1e-9."""
    truth, power, v = draw.real(0.2, 0.8), draw.real(0.5, 3), draw.real(0.2, 0.8)
    known = {r"\pi": truth, "q": best_focal(truth, power), r"\gamma": power, "v": v}
    return known | {r"\varphi": lambda t: -t * slope(lambda u: focal(u, power), t)}


@WORLDS(
    "eq-conditional-mean",
    equivalents={
        r"- 0 \cdot": "nothing times 0 is subtracted",
        r"0 \cdot p(y = 1 \mid x)": "nothing times 0 is added",
        r"0 \cdot \mathbb{E}[y \mid x]": "nothing times 0 is added",
        r"p(y = 1 \mid x) = 1": "the last line says that this is the mean",
        r"1 \cdot \mathbb{E}[y \mid x]": "the last line says that this is the mean",
        r"= \mathbb{E}[y \mid x]": "the mean is the mean",
    },
)
def conditional_mean(draw: Draw) -> dict[str, Any]:
    """The mean of the labels 0 and 1, weighted by NumPy."""
    p = draw.real(0.05, 0.95)
    mean = np.average([0, 1], weights=[1 - p, p])
    return {r"\mathbb{E}[y \mid x]": mean, r"p(y = 1 \mid x)": p, r"p(y = 0 \mid x)": 1 - p}
