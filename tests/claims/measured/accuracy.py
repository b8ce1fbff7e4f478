"""The findings of the chapter on accuracy."""

import itertools

import numpy as np
from scipy import optimize
from scipy.special import expit

from lrlib.data import breast_cancer, two_gaussians
from tests.claims.measured.splits import at_best_step


def exact_search(X, y):
    """Return the most points that a line gets right, and the line (w1, w2, b), through two points or a hair away."""
    best, theta = 0, None
    for i, j in itertools.combinations(range(len(X)), 2):
        across = X[j] - X[i]
        w = np.array([-across[1], across[0]])
        right = np.delete(((X - X[i]) @ w > 0) == (y == 1), [i, j])
        for sign, count in ((1, right.sum()), (-1, (~right).sum())):
            if count + 2 > best:
                best, theta = count + 2, sign * np.append(w, -w @ X[i])
    return int(best), theta


def contest(seed: int) -> dict[str, float]:
    """Fit a line to 40 points by exact search and by cross entropy, to its minimum; try both on 2,000 new points."""
    generator = np.random.default_rng(seed)
    old, new = (two_gaussians(generator, n=n, spread=1.5) for n in (40, 2000))

    def cross_entropy(theta):
        z = old.X @ theta[:2] + theta[2]
        return np.mean(np.logaddexp(0, z) - old.y * z)

    _, exact = exact_search(old.X, old.y)
    smooth = optimize.minimize(cross_entropy, np.zeros(3), method="BFGS").x
    return {
        key: float(np.mean((new.X @ line[:2] + line[2] > 0) == (new.y == 1)))
        for key, line in (("exact", exact), ("smooth", smooth))
    }


def search_and_descent(seed: int) -> dict[str, float]:
    """Ten and 500 looks at 400 masses: random search on accuracy, and descent on cross entropy at its best step size.

    The moves of the search have no best length: twice as long, all parameters are doubled and the decisions stay.
    Its cross entropy does not, so the search is given the length that makes it least on the training rows.
    """
    data, generator = breast_cancer(), np.random.default_rng(seed)
    train, test = np.split(generator.permutation(len(data.y)), [400])
    X = np.column_stack([(data.X - data.X[train].mean(axis=0)) / data.X[train].std(axis=0), np.ones(len(data.y))])

    def right(theta, rows):
        return float(np.mean((X[rows] @ theta > 0) == (data.y[rows] == 1)))

    def entropy(theta, rows):
        z = X[rows] @ theta
        return float(np.mean(np.logaddexp(0, z) - data.y[rows] * z))

    theta, path = np.zeros(X.shape[1]), {}
    for look in range(1, 501):
        moved = theta + generator.standard_normal(theta.size)
        theta = moved if right(moved, train) >= right(theta, train) else theta
        path[look] = theta
    length = optimize.minimize_scalar(lambda t: entropy(np.exp(t) * theta, train), bounds=(-12, 3), method="bounded").x

    def descent(step_size):
        theta, after = np.zeros(X.shape[1]), {}
        for look in range(1, 501):
            theta = theta - step_size * X[train].T @ (expit(X[train] @ theta) - data.y[train]) / len(train)
            after[look] = theta
        return after

    step_size, walk = at_best_step(descent, lambda after: right(after[10], train), (0.1, 0.3, 1.0, 3.0))
    return {
        "search-10": right(path[10], train),
        "descent-10": right(walk[10], train),
        "search-test": right(path[500], test),
        "descent-test": right(walk[500], test),
        "search-entropy": entropy(np.exp(length) * path[500], test),
        "descent-entropy": entropy(walk[500], test),
        "descent-step": step_size,
    }
