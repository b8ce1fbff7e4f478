"""What several findings share: splits of the book's data, and the search for a side's own best step size."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from lrlib.data import breast_cancer, digits


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


def at_best_step(run: Callable[[float], Any], worth: Callable[[Any], Any], sizes: Sequence[float]):
    """Return the step size whose run is worth most, and that run; a best one at an end of the range extends the range.

    worth is compared, so it may be a tuple; among equals the smallest step counts. RuntimeError if ten more sizes do
    not bring the best one inside.
    """
    runs = {size: run(size) for size in sizes}
    for _ in range(10):
        ordered = sorted(runs)
        best = max(ordered, key=lambda size: worth(runs[size]))
        if ordered[0] < best < ordered[-1]:
            return best, runs[best]
        size = best / 3 if best == ordered[0] else best * 3
        runs[size] = run(size)
    raise RuntimeError(f"no best step size inside {min(runs):g} to {max(runs):g}")
