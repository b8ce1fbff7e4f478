"""The findings of the chapter on cross entropy."""

import numpy as np
from scipy import optimize
from scipy.special import expit

from lrlib.data import breast_cancer
from tests.claims.measured.splits import cancer_split

TRUE = np.array([2.0, -1.0, 0.5])
BAD_START, STEPS = (-6.0, -6.0, 0.0), 500
SIZES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)


def squared_error_variance(seed: int) -> list[list[float]]:
    """Draw 200 rows of a model that is true and return (w1, w2, b) by cross entropy and by squared error."""
    generator = np.random.default_rng(seed)
    X = np.column_stack([generator.normal(size=(200, 2)), np.ones(200)])
    y = (generator.random(200) < expit(X @ TRUE)).astype(float)

    def cross_entropy(theta):
        z = X @ theta
        return np.mean(np.logaddexp(0, z) - y * z), X.T @ (expit(z) - y) / len(y)

    def squared(theta):
        p = expit(X @ theta)
        return np.mean((p - y) ** 2), X.T @ (2 * (p - y) * p * (1 - p)) / len(y)

    options = {"gtol": 1e-9}
    return [
        optimize.minimize(f, TRUE, jac=True, method="BFGS", options=options).x.tolist()
        for f in (cross_entropy, squared)
    ]


def bad_start(seed: int) -> dict[str, float]:
    """Count steps on two features, from zero and from a start that is surely wrong, each loss at its best step size.

    The target is a squared error 5 % above the least. The sizes include those that leap over the flat part; 500 steps
    are the most, and stand for a side that does not arrive at any size.
    """
    names = breast_cancer().feature_names
    X, y, _, _ = cancer_split(seed, [names.index("mean radius"), names.index("mean texture")])
    X = np.column_stack([X, np.ones(len(y))])

    def error(theta):
        return float(np.mean((expit(X @ theta) - y) ** 2))

    target = 1.05 * optimize.minimize(error, np.zeros(3)).fun

    def steps(key, start, step_size):
        theta = np.array(start)
        for step in range(STEPS):
            if error(theta) < target:
                return step
            p = expit(X @ theta)
            factor = 2 * p * (1 - p) if key == "mse" else 1.0
            theta = theta - step_size * X.T @ ((p - y) * factor) / len(y)
        return STEPS

    found = {}
    for place, start in (("zero", (0.0, 0.0, 0.0)), ("bad", BAD_START)):
        for key in ("ce", "mse"):
            taken = {size: steps(key, start, size) for size in SIZES}
            best = min(SIZES, key=lambda size, taken=taken: taken[size])
            found |= {f"{place}-{key}": taken[best], f"{place}-{key}-step": best}
    return found
