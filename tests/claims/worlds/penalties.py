"""What the symbols of chapters/penalties.md stand for."""

from typing import Any

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import expit, lambertw
from scipy.stats import bernoulli, norm
from sklearn.linear_model import LogisticRegression

from coursebook.claims.evaluate import Index
from coursebook.claims.world import Array, Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import bce, binary_problem, gradient, hessian

WORLDS = Worlds()
BY_SEARCH = 1e-6  # what a search that follows gradients to 1e-9 leaves of w


def ridge(draw: Draw, size: int = 6, features: int = 2) -> tuple[Array, Array, Array, float, float]:
    """Features, labels, and the weights, intercept and lambda of scikit-learn's least penalised loss."""
    X, y = reals(draw, -2, 2, size, features), labels(draw, size)
    strength = draw.real(0.05, 1)
    C = 1 / (size * strength)
    model = LogisticRegression(C=C, tol=1e-11, max_iter=10_000, solver="newton-cholesky").fit(X, y)
    return X, y, model.coef_[0], float(model.intercept_[0]), strength


@WORLDS("eq-penalties-two", tolerance=1e-8)
def two_students(draw: Draw) -> dict[str, Any]:
    """Where SciPy's search finds the least penalised loss of one row on each side, good to 1e-9."""
    strength = draw.real(0.02, 1.5)
    slope = lambda w: strength * w - expit(-w)  # noqa: E731
    w = brentq(slope, 0, 60, xtol=1e-13)
    least = minimize(lambda t: bce(t[0], 1) + strength * t[0] ** 2 / 2, [1.0], method="BFGS").x[0]
    draw.need(abs(least - w) < 1e-3)
    return {"w": w, r"\lambda": strength, r"\sigma": expit}


@WORLDS("eq-penalties-balance", binary=("y",), tolerance=BY_SEARCH)
def balance(draw: Draw) -> dict[str, Any]:
    """scikit-learn's fit, which stops at 1e-8 or nearer."""
    X, y, w, b, strength = ridge(draw)
    return {"w": w, "X": X, "y": y, "p": expit(X @ w + b), "N": len(y), r"\lambda": strength}


@WORLDS("eq-penalties-read-off", binary=("y",), tolerance=BY_SEARCH)
def read_off(draw: Draw) -> dict[str, Any]:
    """The lambda that scikit-learn's fit was asked for, which it reaches to 1e-8 or nearer."""
    X, y, w, b, strength = ridge(draw)
    draw.need(float(np.linalg.norm(w)) > 0.05)
    return {
        r"\lambda": strength,
        "w": w,
        "X": X,
        "y": y,
        "p": expit(X @ w + b),
        "N": len(y),
        r"\lVert w \rVert": float(np.linalg.norm(w)),
    }


@WORLDS("eq-penalties-bound", size=40)
def bound(draw: Draw) -> dict[str, Any]:
    """The length of scikit-learn's weights, at times the two students'; SciPy's lambertw for kappa."""
    kappa = float(lambertw(np.exp(-1)).real)
    if draw.whole(0, 2) == 0:
        distance, u = draw.real(0.5, 3), 1 + kappa  # where u / (1 + e^u) is largest
        X, y, strength = np.array([[-distance], [distance]]), np.array([0.0, 1.0]), distance**2 * kappa / u**2
    else:
        X, y, strength = reals(draw, -2, 2, 6, 2), labels(draw, 6), 10 ** draw.real(-4, 0)
    C = 1 / (len(y) * strength)
    w = LogisticRegression(C=C, tol=1e-11, max_iter=10_000, solver="newton-cholesky").fit(X, y).coef_[0]
    return {r"\lVert w \rVert": float(np.linalg.norm(w)), r"\lambda": strength, r"\kappa": kappa}


@WORLDS("eq-penalties-lasso")
def lasso(draw: Draw) -> dict[str, Any]:
    """The penalty by NumPy's norm of order one."""
    w, loss, strength = reals(draw, -2, 2, 3), draw.real(0.1, 2), draw.real(0.1, 2)
    objective = loss + strength * np.linalg.norm(w, 1)
    return {r"J_1(\theta)": objective, r"L(\theta)": loss, r"\lambda": strength, "w": w, "j": Index(3)}


@WORLDS("eq-penalties-lambda-max", binary=("y",))
def lambda_max(draw: Draw) -> dict[str, Any]:
    """The steepest slope of SciPy's loss along a weight, by differences, at zero weights and the best intercept."""
    x, y, _, _ = binary_problem(draw, 6, 3)
    b = np.log(y.mean() / (1 - y.mean()))
    slopes = gradient(lambda w: np.mean(bce(x @ w + b, y)), np.zeros(3))
    return {
        r"\lambda_{\max}": float(abs(slopes).max()),
        "x": x,
        "y": y,
        r"\bar y": y.mean(),
        "N": 6,
        "i": Index(6),
        "j": Index(3),
    }


@WORLDS("eq-penalties-units", tolerance=BY_SEARCH)
def units(draw: Draw) -> dict[str, Any]:
    """The lambda at which a root finder sees scikit-learn's fit in other units give the same scores."""
    X, y, w, _, strength = ridge(draw, features=1)
    factor = draw.real(0.4, 3)
    draw.need(abs(w[0]) > 0.1 and abs(factor - 1) > 0.05)

    def difference(other: float) -> float:
        C = 1 / (len(y) * other)
        model = LogisticRegression(C=C, tol=1e-12, max_iter=10_000, solver="newton-cholesky").fit(factor * X, y)
        return float(model.coef_[0, 0] * factor - w[0])

    found = brentq(difference, strength * 0.05, strength * 20, xtol=1e-11)
    return {r"\lambda'": found, r"\lambda": strength, "c": factor}


@WORLDS("eq-penalties-prior", binary=("y",))
def prior(draw: Draw) -> dict[str, Any]:
    """The logarithms of SciPy's Bernoulli and normal densities, less those at weights of 0."""
    X, y, w, b = binary_problem(draw)
    p, tau, N = expit(X @ w + b), draw.real(0.4, 3), len(y)
    posterior = bernoulli.logpmf(y, p).sum() + (norm.logpdf(w, 0, tau) - norm.logpdf(0, 0, tau)).sum()
    known = {"p": p, "y": y, "w": w, r"\tau": tau, "N": N, "i": Index(N), "j": Index(len(w))}
    return known | {"=": -float(posterior), r"L(\theta)": float(np.mean(bce(X @ w + b, y)))}


@WORLDS("eq-penalties-tau", tolerance=1e-5)
def tau(draw: Draw) -> dict[str, Any]:
    """The pull on the weight per unit of weight where SciPy finds the posterior of its densities greatest, to 1e-6."""
    x, y, tau = np.linspace(-2, 2, 6) + reals(draw, -0.3, 0.3, 6), labels(draw, 6), draw.real(0.4, 3)

    def negative(t: Array) -> float:
        return float(np.sum(bce(x * t[0] + t[1], y)) - norm.logpdf(t[0], 0, tau))

    w, b = minimize(negative, [0.1, 0], method="BFGS", jac=lambda t: gradient(negative, t), options={"gtol": 1e-10}).x
    draw.need(abs(w) > 0.1)
    pull = float(np.mean(x * (y - expit(x * w + b))))
    return {r"\lambda": pull / w, "N": 6, r"\tau": tau}


def penalised_likelihood(X: Array, y: Array, theta: Array) -> float:
    """The log-likelihood and half the logarithm of its curvature's determinant, by differences of SciPy's loss."""
    total = lambda t: float(np.sum(bce(X @ t, y)))  # noqa: E731
    return -total(theta) + float(np.log(np.linalg.det(hessian(total, theta)))) / 2


@WORLDS("eq-penalties-firth", tolerance=1e-6)
def firth(draw: Draw) -> dict[str, Any]:
    """The determinant of the Hessian of SciPy's loss by differences, good to 1e-8."""
    x, y = np.linspace(-2, 2, 6) + reals(draw, -0.3, 0.3, 6), labels(draw, 6)
    X, theta = np.column_stack([x, np.ones(6)]), reals(draw, -1, 1, 2)
    p = expit(X @ theta)
    return {
        r"\ell^*(\theta)": penalised_likelihood(X, y, theta),
        "N": 6,
        r"L(\theta)": float(np.mean(bce(X @ theta, y))),
        r"\det": np.linalg.det,
        r"\tilde X": X,
        "S": np.diag(p * (1 - p)),
    }


@WORLDS("eq-penalties-firth-score", binary=("y",), tolerance=1e-5)
def firth_score(draw: Draw) -> dict[str, Any]:
    """The point at which SciPy finds the penalised likelihood greatest, good to 1e-6; NumPy's leverages there."""
    x, y = np.linspace(-2, 2, 6) + reals(draw, -0.3, 0.3, 6), labels(draw, 6)
    X = np.column_stack([x, np.ones(6)])

    def negative(theta: Array) -> float:
        z = X @ theta
        curvature = expit(z) * expit(-z)
        return float(np.sum(bce(z, y))) - float(np.linalg.slogdet(X.T * curvature @ X)[1]) / 2

    best = minimize(negative, np.zeros(2), method="BFGS", jac=lambda t: gradient(negative, t), options={"gtol": 1e-9}).x
    p = expit(X @ best)
    rows = X * np.sqrt(p * (1 - p))[:, None]
    leverage = np.diag(rows @ np.linalg.pinv(rows))
    return {"y": y, "p": p, "h": leverage, r"\tilde x": X, "i": Index(6)}


@WORLDS("eq-penalties-firth-constant", tolerance=1e-6)
def firth_constant(draw: Draw) -> dict[str, Any]:
    """Where SciPy's search finds the penalised likelihood of a constant greatest, none and all included."""
    n = draw.whole(1, 9)
    k = draw.whole(0, n)

    def slope(z: float) -> float:
        value = lambda t: k * bce(t, 1) + (n - k) * bce(t, 0) - np.log(n * expit(t) * expit(-t)) / 2  # noqa: E731
        return float(gradient(lambda t: value(t[0]), np.array([z]))[0])

    return {"p": float(expit(brentq(slope, -8, 8, xtol=1e-12))), "k": k, "n": n}
