"""The findings of the chapter on binary classification."""

import numpy as np
from scipy import optimize
from scipy.special import expit

from lrlib.data import breast_cancer
from lrlib.fit import fit_binary
from tests.claims.measured.splits import at_best_step, cancer_split

HIDDEN_THRESHOLD = expit(0.5)


def hidden_threshold(seed: int) -> dict[str, int]:
    """Decide by eighths of the texture, each group with a logit of its own, trained to the end with both losses.

    The minimum of each is known in closed form: sigma(z) is the group's share, or sigma(sigma(z)) is.
    """
    texture = breast_cancer().feature_names.index("mean texture")
    X, y, X_new, y_new = cancer_split(seed, [texture])
    edges = np.quantile(X[:, 0], np.arange(1, 8) / 8)
    group, new_group = np.digitize(X[:, 0], edges), np.digitize(X_new[:, 0], edges)
    shares = np.bincount(group, y, minlength=8) / np.bincount(group, minlength=8)
    once, twice = shares > 0.5, shares > HIDDEN_THRESHOLD
    return {
        "groups": int(np.sum(once != twice)),
        "once": int(np.sum(once[new_group] & (y_new == 1))),
        "twice": int(np.sum(twice[new_group] & (y_new == 1))),
        "cancers": int(y_new.sum()),
    }


def held_out_curve(seed: int) -> dict[str, float]:
    """Train in batches of 32 for 60 epochs; compare the rows after the tenth and the last epoch.

    Counted of the held-out rows: those whose loss fell, those whose logit is further from 0, and those of the five that
    lost most that are decided wrongly. Of the training rows: the mistakes that are left.
    """
    X, y, X_new, y_new = cancer_split(seed)
    generator, w, b = np.random.default_rng(seed), np.zeros(X.shape[1]), 0.0
    losses, logits = {}, {}
    for epoch in range(1, 61):
        for batch in np.array_split(generator.permutation(len(y)), 13):
            error = (expit(X[batch] @ w + b) - y[batch]) / len(batch)
            w, b = w - 0.5 * X[batch].T @ error, b - 0.5 * error.sum()
        if epoch in (10, 60):
            z = logits[epoch] = X_new @ w + b
            losses[epoch] = np.logaddexp(0, z) - y_new * z
    change = losses[60] - losses[10]
    most = np.argsort(change)[-5:]
    return {
        "before": float(losses[10].mean()),
        "after": float(losses[60].mean()),
        "better": int(np.sum(change < 0)),
        "rows": len(change),
        "rest": float(np.mean(np.delete(change, np.argmax(change)))),
        "surer": int(np.sum(abs(logits[60]) > abs(logits[10]))),
        "wrong-of-five": int(np.sum((logits[60][most] > 0) != (y_new[most] == 1))),
        "training-mistakes": int(np.sum((X @ w + b > 0) != (y == 1))),
    }


def steps_to_target(seed: int) -> dict[str, float]:
    """Count the steps to a squared error of 0.02 from zero, each loss at its own best step size."""
    X, y, _, _ = cancer_split(seed)

    def steps(key, step_size):
        w, b = np.zeros(X.shape[1]), 0.0
        for step in range(300):
            p = expit(X @ w + b)
            if np.mean((p - y) ** 2) < 0.02:
                return step
            error = (p - y) / len(y) * (2 * p * (1 - p) if key == "mse" else 1.0)
            w, b = w - step_size * X.T @ error, b - step_size * error.sum()
        return 300

    best = {}
    for key in ("mse", "ce"):
        sizes = (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0)
        step_size, taken = at_best_step(lambda size, key=key: steps(key, size), lambda taken: -taken, sizes)
        best |= {key: taken, f"{key}-same": steps(key, 0.5), f"{key}-step": step_size}
    return best


def separated(X, y) -> bool:
    """Tell whether a plane has all rows on their sides: a linear program."""
    signs = 2 * y - 1
    A = -signs[:, None] * np.column_stack([X, np.ones(len(y))])
    found = optimize.linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(y)), bounds=(None, None))
    return bool(found.status == 0)


def shuffled_labels(seed: int) -> dict[str, bool]:
    """Tell whether a plane separates the training rows of a split, with their labels and with these shuffled."""
    X, y, _, _ = cancer_split(seed)
    return {
        "true": separated(X, y),
        "shuffled": separated(X, np.random.default_rng(seed).permutation(y)),
    }


def leaks(seed: int) -> dict[str, float]:
    """Measure what two leaks add to the held-out accuracy, each model fitted to its minimum with the penalty 1/N.

    Means and deviations of all rows, on the breast masses; the ten features that differ most over all rows, on noise.
    """
    data = breast_cancer()
    X, y, X_new, y_new = cancer_split(seed)
    rows = len(y)
    everything = np.concatenate([X, X_new])
    leaked = (everything - everything.mean(axis=0)) / everything.std(axis=0)
    found = {
        "scaled-honest": _right(X, y, X_new, y_new),
        "scaled-leak": _right(leaked[:rows], y, leaked[rows:], y_new),
        "rows": len(data.y),
    }
    generator, y = np.random.default_rng(seed), np.repeat([0.0, 1.0], 50)
    noise = generator.standard_normal((100, 2000))
    train = np.sort(np.concatenate([generator.permutation(50)[:25], 50 + generator.permutation(50)[:25]]))
    test = np.setdiff1d(np.arange(100), train)
    for key, seen in (("honest", train), ("leak", np.arange(100))):
        gap = noise[seen][y[seen] == 1].mean(axis=0) - noise[seen][y[seen] == 0].mean(axis=0)
        chosen = noise[:, np.argsort(abs(gap) / noise[seen].std(axis=0))[-10:]]
        found[f"noise-{key}"] = _right(chosen[train], y[train], chosen[test], y[test])
    return found


def _right(X, y, X_new, y_new) -> float:
    fit = fit_binary(X, y, l2=1 / len(y), progress=False)
    return float(np.mean((X_new @ fit.w + fit.b > 0) == (y_new == 1)))


def scores_over_splits(seed: int) -> dict[str, float]:
    """Count what a model at its minimum finds among the held-out rows of one split, with the penalty 1/N."""
    X, y, X_new, y_new = cancer_split(seed)
    called = _fitted(X, y, 1 / len(y), X_new) > 0
    return {
        "found": int(np.sum(called & (y_new == 1))),
        "cancers": int(y_new.sum()),
        "alarms": int(called.sum()),
        "right": int(np.sum(called == (y_new == 1))),
        "rows": len(y_new),
    }


def positive_weight(seed: int) -> dict[str, float]:
    """Let a miss cost nine false alarms in two ways: the threshold 1/10, and losses of malignant rows times nine.

    Both models are at their minimum. fit_binary divides by the sum of the weights where PyTorch's mean divides by N, so
    the penalty is divided by the same factor.
    """
    X, y, X_new, y_new = cancer_split(seed)
    penalty, weights = 1 / len(y), np.where(y == 1, 9.0, 1.0)
    plain = _fitted(X, y, penalty, X_new)
    fit = fit_binary(X, y, l2=penalty / weights.mean(), sample_weight=weights, progress=False)
    weighted = X_new @ fit.w + fit.b

    def cost(called) -> int:
        return int(np.sum(called & (y_new == 0)) + 9 * np.sum(~called & (y_new == 1)))

    return {
        "half": cost(plain > 0),
        "threshold": cost(plain > -np.log(9)),
        "weight": cost(weighted > 0),
        "differ": int(np.sum((plain > -np.log(9)) != (weighted > 0))),
        "share": float(y_new.mean()),
        "believed": float(expit(plain).mean()),
        "believed-weighted": float(expit(weighted).mean()),
    }


def weight_decay(seed: int) -> dict[str, float]:
    """Fit to the minimum with the penalty 1/N, and with one that is ten thousand times weaker."""
    X, y, X_new, y_new = cancer_split(seed)
    found = {}
    for key, strength in (("strong", 1.0), ("weak", 1e-4)):
        fit = fit_binary(X, y, l2=strength / len(y), progress=False)
        z = X_new @ fit.w + fit.b
        found[f"{key}-length"] = float(np.linalg.norm(fit.w))
        found[f"{key}-training"] = float(np.mean(np.logaddexp(0, X @ fit.w + fit.b) - y * (X @ fit.w + fit.b)))
        found[f"{key}-loss"] = float(np.mean(np.logaddexp(0, z) - y_new * z))
        found[f"{key}-right"] = int(np.sum((z > 0) == (y_new == 1)))
    return found


def optimisers(seed: int) -> dict[str, float]:
    """Count the steps until the penalised loss is within 1e-3, and within 1e-6, of its minimum.

    All start from zero and see all rows in each step; each method has its own best step size for each of the two goals.
    Adam has the penalty in its gradient, so that all go down the same function. Newton's method and L-BFGS choose their
    steps themselves.
    """
    X, y, _, _ = cancer_split(seed)
    rows = np.column_stack([X, np.ones(len(y))])
    shrink = np.append(np.full(X.shape[1], 1 / len(y)), 0.0)

    def objective(theta) -> float:
        z = rows @ theta
        return float(np.mean(np.logaddexp(0, z) - y * z) + shrink @ theta**2 / 2)

    fits = {
        name: fit_binary(X, y, l2=1 / len(y), method=name, tolerance=1e-7, progress=False)
        for name in ("newton", "lbfgs")
    }
    least = objective(np.append(fits["newton"].w, fits["newton"].b))

    def steps(method: str, goal: float, size: float, most: int = 3000) -> int:
        theta, memory, squares = np.zeros(31), np.zeros(31), np.zeros(31)
        for step in range(most):
            z = rows @ theta
            if np.mean(np.logaddexp(0, z) - y * z) + shrink @ theta**2 / 2 < goal:
                return step
            slope = rows.T @ (expit(z) - y) / len(y) + shrink * theta
            if method == "adam":
                memory, squares = 0.9 * memory + 0.1 * slope, 0.999 * squares + 0.001 * slope**2
                first, second = memory / (1 - 0.9 ** (step + 1)), squares / (1 - 0.999 ** (step + 1))
                theta = theta - size * first / (np.sqrt(second) + 1e-8)
            else:
                memory = (0.9 if method == "momentum" else 0.0) * memory + slope
                theta = theta - size * memory
        return most

    found: dict[str, float] = {}
    for name, gap in (("near", 1e-3), ("there", 1e-6)):
        goal = least + gap
        for method, sizes in (
            ("descent", (2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 24.0)),
            ("momentum", (0.3, 0.6, 1.0, 1.6, 2.4, 3.2, 5.0)),
            ("adam", (0.03, 0.06, 0.1, 0.2, 0.3, 0.5)),
        ):
            size, taken = at_best_step(lambda s, m=method, g=goal: steps(m, g, s), lambda taken: -taken, sizes)
            found |= {f"{method}-{name}": taken, f"{method}-{name}-step": size}
        for method, fit in fits.items():
            path = np.array([objective(place) for place in fit.optimization.path])
            found[f"{method}-{name}"] = int(np.argmax(path < goal))
    return found


def other_features(seed: int) -> dict[str, float]:
    """Count the features whose weight changes sign between a model of that feature alone and the model of all thirty.

    For one of them, the mean radius, the odds ratio per interquartile range, alone and among the others.
    """
    X, y, _, _ = cancer_split(seed)
    alone = np.array([fit_binary(X[:, [j]], y, l2=1 / len(y), progress=False).w[0] for j in range(X.shape[1])])
    together = fit_binary(X, y, l2=1 / len(y), progress=False).w
    ranges = np.quantile(X, 0.75, axis=0) - np.quantile(X, 0.25, axis=0)
    radius = breast_cancer().feature_names.index("mean radius")
    perimeter = breast_cancer().feature_names.index("mean perimeter")
    return {
        "flipped": int(np.sum(np.sign(alone) != np.sign(together))),
        "alone": float(np.exp(alone * ranges)[radius]),
        "together": float(np.exp(together * ranges)[radius]),
        "correlation": float(np.corrcoef(X[:, radius], X[:, perimeter])[0, 1]),
        "texture": float(np.exp(together * ranges)[breast_cancer().feature_names.index("worst texture")]),
        "texture-alone": float(np.exp(alone * ranges)[breast_cancer().feature_names.index("worst texture")]),
    }


def least_squares_cut(seed: int) -> dict[str, float]:
    """Decide by the least squares line at one half, and by its direction with a cut fitted to the training rows."""
    X, y, X_new, y_new = cancer_split(seed)
    rows = np.column_stack([X, np.ones(len(y))])
    theta = np.linalg.lstsq(rows, y, rcond=None)[0]
    score, score_new = X @ theta[:-1], X_new @ theta[:-1]
    line = fit_binary(score[:, None], y, progress=False)
    half, cut = 0.5 - theta[-1], -line.b / line.w[0]
    z = _fitted(X, y, 1 / len(y), X_new)
    return {
        "half-missed": int(np.sum((score_new <= half) & (y_new == 1))),
        "half-wrong": int(np.sum((score_new > half) != (y_new == 1))),
        "cut-missed": int(np.sum((score_new <= cut) & (y_new == 1))),
        "cut-wrong": int(np.sum((score_new > cut) != (y_new == 1))),
        "logistic-wrong": int(np.sum((z > 0) != (y_new == 1))),
    }


def _fitted(X, y, penalty, X_new):
    fit = fit_binary(X, y, l2=penalty, progress=False)
    return X_new @ fit.w + fit.b
