"""Measure the book's slow findings, one number or a few for each split or seed, into lrlib/findings.json.

    python -m tests.claims.measured [name ...]      by default all of them (make findings); some minutes

Each function measures one finding on one split or seed. The tests measure a few of them again.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy import optimize
from scipy.special import expit, log_softmax, softmax
from sklearn.model_selection import train_test_split

from lrlib.data import breast_cancer, digits
from lrlib.fit import fit_multiclass

ROOT = Path(__file__).resolve().parents[2]

STORED = ROOT / "lrlib" / "findings.json"
HIDDEN_THRESHOLD = expit(0.5)


def cancer_split(seed: int, columns: Sequence[int] | None = None):
    """Return X and y for training and X and y held out, standardised on the training rows as in the chapter."""
    data = breast_cancer()
    X = data.X if columns is None else data.X[:, columns]
    rows, others = train_test_split(np.arange(len(data.y)), test_size=0.3, stratify=data.y, random_state=seed)
    X = (X - X[rows].mean(axis=0)) / X[rows].std(axis=0)
    return X[rows], data.y[rows], X[others], data.y[others]


def digit_split(seed: int):
    """Return X and y of 1,200 training digits and of the rest."""
    data = digits()
    rows, others = np.split(np.random.default_rng(seed).permutation(len(data.y)), [1200])
    X, y = data.X / 16, data.y.astype(int)
    return X[rows], y[rows], X[others], y[others]


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
    """Train in batches of 32 for 60 epochs; compare the held-out rows after the tenth and the last epoch."""
    X, y, X_new, y_new = cancer_split(seed)
    generator, w, b = np.random.default_rng(seed), np.zeros(X.shape[1]), 0.0
    losses = {}
    for epoch in range(1, 61):
        for batch in np.array_split(generator.permutation(len(y)), 13):
            error = (expit(X[batch] @ w + b) - y[batch]) / len(batch)
            w, b = w - 0.5 * X[batch].T @ error, b - 0.5 * error.sum()
        if epoch in (10, 60):
            z = X_new @ w + b
            losses[epoch] = np.logaddexp(0, z) - y_new * z
    change = losses[60] - losses[10]
    return {
        "before": float(losses[10].mean()),
        "after": float(losses[60].mean()),
        "better": int(np.sum(change < 0)),
        "rows": len(change),
        "rest": float(np.mean(np.delete(change, np.argmax(change)))),
    }


def steps_to_target(seed: int) -> dict[str, float]:
    """Count the steps to a squared error of 0.02 from zero, each loss at its own best step size."""
    X, y, _, _ = cancer_split(seed)
    best = {}
    for key in ("mse", "ce"):
        counts = {}
        for step_size in (0.5, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 12.0):
            w, b = np.zeros(X.shape[1]), 0.0
            for step in range(300):
                p = expit(X @ w + b)
                if np.mean((p - y) ** 2) < 0.02:
                    counts[step_size] = step
                    break
                error = (p - y) / len(y) * (2 * p * (1 - p) if key == "mse" else 1.0)
                w, b = w - step_size * X.T @ error, b - step_size * error.sum()
        best[key] = min(counts.values())
        best[f"{key}-same"] = counts.get(0.5, 300)
    return best


def shuffled_labels(seed: int) -> bool:
    """Tell whether a plane separates the training rows after their labels were shuffled: a linear program."""
    X, y, _, _ = cancer_split(0)
    signs = 2 * np.random.default_rng(seed).permutation(y) - 1
    A = -signs[:, None] * np.column_stack([X, np.ones(len(y))])
    found = optimize.linprog(np.zeros(A.shape[1]), A_ub=A, b_ub=-np.ones(len(y)), bounds=(None, None))
    return bool(found.status == 0)


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


TRUE = np.array([2.0, -1.0, 0.5])


def doubled_softmax(
    seed: int, once: Sequence[float] = (1.0, 3.0, 10.0, 30.0), twice: Sequence[float] = (3.0, 10.0, 30.0)
) -> dict[str, float]:
    """Train on digits with one softmax and with two, 1,000 steps at several step sizes; keep each side's best.

    The best reads most of the new digits: a choice that flatters each side alike. (The training loss would not do:
    it falls further with every larger step.)
    """
    X, y, X_new, y_new = digit_split(seed)
    hot = np.eye(10)[y]
    best = {}
    for key, sizes in (("once", once), ("twice", twice)):
        runs = []
        for step_size in sizes:
            W, b = np.zeros((64, 10)), np.zeros(10)
            for _ in range(1000):
                p = softmax(X @ W + b, axis=1)
                error = p - hot
                if key == "twice":
                    error = softmax(p, axis=1) - hot
                    error = p * (error - np.sum(p * error, axis=1, keepdims=True))
                W, b = W - step_size * X.T @ error / len(y), b - step_size * error.mean(axis=0)
            a = X @ W + b
            a = softmax(a, axis=1) if key == "twice" else a
            loss = -np.mean(log_softmax(a, axis=1)[np.arange(len(y)), y])
            called = np.argmax(X_new @ W + b, axis=1)
            runs.append((loss, float(np.mean(called == y_new)), step_size))
        loss, right, step_size = max(runs, key=lambda run: (run[1], -run[0]))
        best |= {f"{key}-loss": float(loss), f"{key}-right": right, f"{key}-step": step_size}
    return best


def penalty_and_modesty(seed: int) -> dict[str, list[float]]:
    """Fit digits with two penalties: accuracy, mean probability of the answer and cross entropy on the rest."""
    X, y, X_new, y_new = digit_split(seed)
    found = {}
    for key, l2 in (("chapter", 1e-3), ("tenth", 1e-4)):
        fit = fit_multiclass(X, y, l2=l2)
        a = X_new @ fit.w + fit.b
        p = softmax(a, axis=1)
        entropy = -np.mean(log_softmax(a, axis=1)[np.arange(len(y_new)), y_new])
        found[key] = [float(np.mean(p.argmax(axis=1) == y_new)), float(p.max(axis=1).mean()), float(entropy)]
    return found


FINDINGS: dict[str, tuple[Callable[[int], object], int]] = {
    "hidden-threshold": (hidden_threshold, 24),
    "held-out-curve": (held_out_curve, 24),
    "steps-to-target": (steps_to_target, 24),
    "shuffled-labels": (shuffled_labels, 24),
    "squared-error-variance": (squared_error_variance, 400),
    "doubled-softmax": (doubled_softmax, 24),
    "penalty-and-modesty": (penalty_and_modesty, 24),
}


def rounded(value):
    """Round all numbers to six digits, so that the file is the same on every machine."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def main(names: list[str]) -> None:
    """Measure the findings of these names and store them beside the others."""
    stored = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    for name in names or FINDINGS:
        measure, runs = FINDINGS[name]
        stored[name] = [rounded(measure(seed)) for seed in range(runs)]
        lines = (f" {json.dumps(key)}: {json.dumps(value)}" for key, value in sorted(stored.items()))
        STORED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
        print(f"{name}: {runs} runs", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
