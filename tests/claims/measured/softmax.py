"""The findings of the chapter on softmax."""

from collections.abc import Sequence

import numpy as np
from scipy.special import log_softmax, softmax

from lrlib.fit import fit_multiclass
from tests.claims.measured.splits import at_best_step, digit_split

STEPS = 1000


def _softmax(a):
    """Softmax over the first axis: a column for each digit is many times as fast as a row."""
    e = np.exp(a - a.max(axis=0))
    return e / e.sum(axis=0)


def _descend(X, y, step_size: float, last: str = "", start=None):
    """Return W and b after 1,000 steps on the cross entropy of the logits, of their softmax or of their ReLU."""
    X, hot, rate = np.ascontiguousarray(X.T), np.eye(10)[:, y], step_size / len(y)
    W, b = np.zeros((10, 64)) if start is None else start.T.copy(), np.zeros((10, 1))
    for _ in range(STEPS):
        a = W @ X + b
        if last == "relu":
            error = (_softmax(np.maximum(a, 0)) - hot) * (a > 0)
        elif last == "softmax":
            p = _softmax(a)
            error = _softmax(p) - hot
            error = p * (error - np.sum(p * error, axis=0))
        else:
            error = _softmax(a) - hot
        W, b = W - rate * error @ X.T, b - rate * error.sum(axis=1, keepdims=True)
    return W.T, b[:, 0]


def doubled_softmax(
    seed: int, once: Sequence[float] = (1.0, 3.0, 10.0), twice: Sequence[float] = (3.0, 10.0, 30.0)
) -> dict[str, float]:
    """Train on digits with one softmax and with two, 1,000 steps at several step sizes; keep each side's best.

    The best reads most of the new digits: a choice that flatters each side alike. (The training loss would not do:
    it falls further with every larger step.) One size for a side is measured as it is.
    """
    X, y, X_new, y_new = digit_split(seed)
    best: dict[str, float] = {}
    for key, last, sizes in (("once", "", once), ("twice", "softmax", twice)):

        def run(step_size, last=last):
            W, b = _descend(X, y, step_size, last)
            a = X @ W + b
            a = softmax(a, axis=1) if last else a
            loss = -np.mean(log_softmax(a, axis=1)[np.arange(len(y)), y])
            return float(loss), float(np.mean(np.argmax(X_new @ W + b, axis=1) == y_new))

        one = (sizes[0], run(sizes[0])) if len(sizes) == 1 else None
        step_size, (loss, right) = one or at_best_step(run, lambda found: (found[1], -found[0]), sizes)
        best |= {f"{key}-loss": loss, f"{key}-right": right, f"{key}-step": step_size}
    return best


def relu_on_logits(seed: int, sizes: Sequence[float] = (0.3, 1.0, 3.0)) -> dict[str, float]:
    """Train through a ReLU on the logits from a random start, 1,000 steps at the size that reads most new digits.

    Counted: the share that is read, the classes that are 0 on every training digit, and the training digits whose own
    class is cut to 0. One size is measured as it is.
    """
    X, y, X_new, y_new = digit_split(seed)
    start = np.random.default_rng(seed).uniform(-1 / 8, 1 / 8, size=(64, 10))

    def run(step_size):
        W, b = _descend(X, y, step_size, "relu", start)
        cut = X @ W + b <= 0
        called = np.argmax(np.maximum(X_new @ W + b, 0), axis=1)
        return float(np.mean(called == y_new)), int(cut.all(axis=0).sum()), int(cut[np.arange(len(y)), y].sum())

    one = (sizes[0], run(sizes[0])) if len(sizes) == 1 else None
    step_size, (right, dead, own) = one or at_best_step(run, lambda found: found[0], sizes)
    return {"right": right, "dead": dead, "own": own, "step": step_size}


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
