"""What the symbols of chapters/inference.md stand for."""

from typing import Any

import numpy as np
from scipy.optimize import root
from scipy.special import expit
from scipy.stats import binom, norm

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Array, Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import bce, binary_problem, gradient, hessian, nonzero

WORLDS = Worlds()


def table(draw: Draw) -> tuple[dict[str, Any], Array]:
    """Four counts, n_xy, and the parameters w and b that fit them, found by SciPy from the gradient."""
    counts = np.array([[draw.whole(1, 40) for _ in range(2)] for _ in range(2)], dtype=float)

    def slopes(theta: Array) -> Array:
        p = expit(theta[1] + theta[0] * np.arange(2))
        error = counts.sum(axis=1) * p - counts[:, 1]
        return np.array([error[1], error.sum()])

    found = root(slopes, np.zeros(2), tol=1e-13)
    names = {f"n_{{{x}{y}}}": counts[x, y] for x in (0, 1) for y in (0, 1)}
    return names, found.x


@WORLDS("eq-inference-odds-ratio", tolerance=1e-8)
def odds_ratio(draw: Draw) -> dict[str, Any]:
    """The weight at which SciPy finds the slope of the likelihood to be 0, good to 1e-10."""
    names, theta = table(draw)
    return names | {"w": theta[0]}


@WORLDS("eq-inference-table-error", tolerance=1e-6)
def table_error(draw: Draw) -> dict[str, Any]:
    """The inverse of the second differences of the summed loss at SciPy's fit, good to 1e-7."""
    names, theta = table(draw)
    x, y = np.array([0.0, 0, 1, 1]), np.array([0.0, 1, 0, 1])
    counts = np.array([names[f"n_{{{int(a)}{int(b)}}}"] for a, b in zip(x, y, strict=True)])
    curvature = hessian(lambda t: float(counts @ bce(t[0] * x + t[1], y)), theta)
    return names | {r"\mathrm{se}": np.sqrt(np.linalg.inv(curvature)[0, 0])}


@WORLDS("eq-inference-case-control")
def case_control(draw: Draw) -> dict[str, Any]:
    """The shares of the two classes among the chosen, by Bayes from the shares that are chosen."""
    x, w, b = draw.real(-3, 3), draw.real(-2, 2), draw.real(-2, 2)
    chosen = reals(draw, 0.01, 1, 2)
    joint = np.array([expit(-(x * w + b)), expit(x * w + b)]) * chosen
    P = joint / joint.sum()
    return {
        "x": x,
        "w": w,
        "b": b,
        "s_0": chosen[0],
        "s_1": chosen[1],
        r"P(0 \mid x)": P[0],
        r"P(1 \mid x)": P[1],
    }


@WORLDS("eq-inference-covariance", tolerance=1e-6)
def covariance(draw: Draw) -> dict[str, Any]:
    """The inverse of the second differences of the summed loss, good to 1e-7."""
    X, y, w, b = binary_problem(draw)
    curvature = hessian(lambda t: float(np.sum(bce(X @ t[:-1] + t[-1], y))), np.append(w, b))
    draw.need(bool(np.linalg.cond(curvature) < 1e3))
    p = expit(X @ w + b)
    rows = np.column_stack([X, np.ones(len(y))])
    return {r"\tilde X": rows, "S": np.diag(p * (1 - p)), "V": np.linalg.inv(curvature)}


@WORLDS("eq-inference-wald")
def wald(draw: Draw) -> dict[str, Any]:
    """The spread and the quantile of a normal distribution with SciPy's covariances."""
    root_of = reals(draw, -1, 1, 3, 3) + 2 * np.eye(3)
    V, w = root_of @ root_of.T, reals(draw, -2, 2, 3)
    spread = np.array([norm(scale=np.linalg.norm(row)).std() for row in root_of])
    z = norm.ppf(norm.cdf(w, scale=spread))
    return {"V": V, r"\hat w": w, r"\mathrm{se}": spread, "z": z, "j": Index(3)}


@WORLDS("eq-inference-unit")
def unit(draw: Draw) -> dict[str, Any]:
    """Odds from SciPy's expit at both places."""
    x, w, b = draw.real(-2, 2), draw.real(-1.5, 1.5), draw.real(-1, 1)
    return {
        "x": x,
        "c": nonzero(draw, 0.3, 2),
        "w": w,
        r"\operatorname{odds}": lambda t: expit(t * w + b) / expit(-(t * w + b)),
    }


@WORLDS("eq-inference-likelihood-ratio")
def likelihood_ratio(draw: Draw) -> dict[str, Any]:
    """The product of the probabilities of all labels, of one set of parameters over that of another, by NumPy."""
    X, y, w, b = binary_problem(draw)
    other = reals(draw, -1, 1, 2)

    def product(theta: Any) -> float:
        p = expit(X @ theta[0] + theta[1])
        return float(np.prod(np.where(y == 1, p, 1 - p)))

    best, null = (w, b), (np.array([0.0, other[0]]), other[1])
    return {
        "N": len(y),
        r"L(\hat\theta)": np.mean(bce(X @ best[0] + best[1], y)),
        r"L(\hat\theta_0)": np.mean(bce(X @ null[0] + null[1], y)),
        "G": -2 * np.log(product(null) / product(best)),
    }


def groups(draw: Draw, size: int = 4) -> tuple[Array, Array, Array]:
    """How many rows each group has, how many of them were of class 1, and the model's probability."""
    n = np.array([float(draw.whole(5, 30)) for _ in range(size)])
    k = np.array([float(draw.whole(1, int(rows) - 1)) for rows in n])
    return n, k, reals(draw, 0.1, 0.9, size)


@WORLDS("eq-inference-residual")
def residual(draw: Draw) -> dict[str, Any]:
    """SciPy's binomial mean and standard deviation."""
    n, k, p = groups(draw)
    return {"n": n, "k": k, "p": p, "r": (k - binom.mean(n, p)) / binom.std(n, p), "g": Index(len(n))}


@WORLDS("eq-inference-deviance", tolerance=1e-9)
def deviance(draw: Draw) -> dict[str, Any]:
    """SciPy's binomial log-likelihoods, of the groups' own shares and of the model's probabilities."""
    n, k, p = groups(draw)
    lacking = binom.logpmf(k, n, k / n) - binom.logpmf(k, n, p)
    return {"n": n, "k": k, "p": p, r"\mathrm{dev}": 2 * lacking.sum(), "g": Index(len(n))}


def fitted(draw: Draw) -> tuple[Array, Array, Array]:
    """Rows of overlapping classes, their labels, and the probabilities of greatest likelihood, by SciPy."""
    x = np.array([-2.0, -1, 0, 1, 2, 3]) + reals(draw, -0.4, 0.4, 6)
    y = labels(draw, 6)
    draw.need(bool(x[y == 0].max() > x[y == 1].min() + 0.5 and x[y == 1].max() > x[y == 0].min() + 0.5))
    rows = np.column_stack([x, np.ones(6)])
    found = root(lambda t: rows.T @ (expit(rows @ t) - y), np.zeros(2), tol=1e-13)
    draw.need(bool(found.success and abs(found.fun).max() < 1e-10))
    return x, y, expit(rows @ found.x)


@WORLDS("eq-inference-single-deviance", tolerance=1e-8)
def single_deviance(draw: Draw) -> dict[str, Any]:
    """Minus twice SciPy's log-likelihood of the labels at the fit that SciPy finds, good to 1e-9."""
    _, y, p = fitted(draw)
    return {"p": p, r"\mathrm{dev}": -2 * binom.logpmf(y, 1, p).sum(), "N": len(y), "i": Index(len(y))}


@WORLDS("eq-inference-r2", tolerance=1e-8)
def pseudo_r2(draw: Draw) -> dict[str, Any]:
    """The share of the best constant's summed log-likelihood that the fit saves, by SciPy."""
    _, y, p = fitted(draw)
    model, constant = binom.logpmf(y, 1, p).sum(), binom.logpmf(y, 1, y.mean()).sum()
    return {
        "R": np.sqrt((constant - model) / constant),
        r"L(\hat\theta)": -model / len(y),
        r"L(\hat\theta_0)": -constant / len(y),
    }


@WORLDS("eq-inference-pooled", equivalents={"< 10": "49/9 is less than 10, too"})
def pooled(draw: Draw) -> dict[str, Any]:
    """The odds ratio of both kinds together, from the counts of a hundred people of each kind and treatment."""
    del draw
    with_it, without = 50 + 90, 10 + 50  # of 200 each
    return {"=": (with_it / (200 - with_it)) / (without / (200 - without))}


@WORLDS("eq-inference-risk-ratio")
def risk_ratio(draw: Draw) -> dict[str, Any]:
    """Two probabilities, and the ratio of their odds."""
    p = reals(draw, 0.05, 0.95, 2)
    odds = p / (1 - p)
    return {"p_0": p[0], "p_1": p[1], r"\mathrm{OR}": odds[1] / odds[0]}


@WORLDS("eq-inference-ame")
def marginal_effect(draw: Draw) -> dict[str, Any]:
    """Differences of the mean probability as all rows are moved in one feature."""
    X, _, w, b = binary_problem(draw)
    means = gradient(lambda step: np.mean(expit((X + step) @ w + b)), np.zeros(2))
    return {"p": expit(X @ w + b), "w": w, "N": len(X), "i": Index(len(X)), "j": Index(2), r"\mathrm{AME}": means}


@WORLDS("eq-inference-risk-difference")
def risk_difference(draw: Draw) -> dict[str, Any]:
    """The mean probabilities over two copies of the rows, by NumPy."""
    X, _, w, b = binary_problem(draw)
    found = []
    for j in range(2):
        on, off = X.copy(), X.copy()
        on[:, j], off[:, j] = 1, 0
        found.append(expit(on @ w + b).mean() - expit(off @ w + b).mean())
    j = draw.whole(1, 2)
    off = X.copy()
    off[:, j - 1] = 0
    return {
        "s": off @ w + b,
        "w_j": w[j - 1],
        "N": len(X),
        "i": Index(len(X)),
        r"\sigma": expit,
        r"\mathrm{RD}_j": found[j - 1],
    }


@WORLDS("eq-inference-delta", tolerance=1e-8)
def delta(draw: Draw) -> dict[str, Any]:
    """The length of the gradient seen through a root of the covariance; the gradient by differences, good to 1e-11."""
    X, _, w, b = binary_problem(draw)
    root_of = reals(draw, -1, 1, 3, 3) + 2 * np.eye(3)
    towards = gradient(lambda t: np.mean(expit(X @ t[:-1] + t[-1])), np.append(w, b))
    return {r"\nabla g": towards, "V": root_of @ root_of.T, r"\mathrm{se}(g)": np.linalg.norm(towards @ root_of)}


@WORLDS("eq-inference-rows")
def rows(draw: Draw) -> dict[str, Any]:
    """The rows at which 1.96 binomial standard deviations of a share, by SciPy, are the distance asked for."""
    pi, delta = draw.real(0.05, 0.95), draw.real(0.02, 0.2)
    return {r"\pi": pi, r"\delta": delta, "N": (1.96 * binom.std(1, pi) / delta) ** 2}
