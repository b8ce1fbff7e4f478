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
