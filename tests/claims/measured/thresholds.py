"""The findings of the chapter on thresholds, on the drivers in car crashes."""

from typing import Any

import numpy as np
from scipy.special import expit, logit
from sklearn.model_selection import train_test_split

from lrlib.data import crashes
from lrlib.fit import fit_binary
from lrlib.ranking import average_precision, roc_auc

MISS = 20  # false alarms


def crash_split(seed: int):
    """Return X, standardised on the training rows, y, and the rows for training, for choosing and for the report.

    Half, a quarter and a quarter, as in the chapter.
    """
    data = crashes()
    train, rest = train_test_split(np.arange(len(data.y)), test_size=0.5, stratify=data.y, random_state=seed)
    choose, report = train_test_split(rest, test_size=0.5, stratify=data.y[rest], random_state=seed)
    X = (data.X - data.X[train].mean(axis=0)) / data.X[train].std(axis=0)
    return X, data.y, train, choose, report


def cost(y, alarm) -> float:
    """Return the cost of 1,000 cases: a false alarm 1, a miss MISS."""
    return 1000 * float(np.mean(np.where(y == 1, MISS * ~alarm, alarm)))


def cheapest(y, z) -> tuple[float, float]:
    """Return the least cost of 1,000 cases, and the logit above which to call for it: halfway between two scores."""
    order = np.argsort(z, kind="stable")
    score, label = z[order], y[order]
    # Calling from place k on: the positives before k are missed, the negatives from k on are called.
    misses = np.append(0, np.cumsum(label))
    false_alarms = np.append(np.cumsum((1 - label)[::-1])[::-1], 0)
    edges = np.concatenate([[score[0] - 1], (score[1:] + score[:-1]) / 2, [score[-1] + 1]])
    costs = np.where(np.append(True, np.append(np.diff(score) > 0, True)), MISS * misses + false_alarms, np.inf)
    best = int(np.argmin(costs))
    return 1000 * float(costs[best]) / len(y), float(edges[best])


def resampling(seed: int) -> dict[str, float]:
    """Fit as the rows are, weighted to half and half, and on rows drawn to half and half; each without a penalty.

    Costs are of 1,000 rows of the report, at the threshold that the costs name, after the intercept is corrected; and
    at one half without that.
    """
    X, y, train, _, report = crash_split(seed)
    generator = np.random.default_rng(seed)
    lived, died = train[y[train] == 0], train[y[train] == 1]
    r = len(lived) / len(died)
    fits = {
        "plain": (train, None, 1.0),
        "weights": (train, np.where(y[train] == 1, r, 1.0), r),
        "fewer": (np.append(generator.choice(lived, len(died), replace=False), died), None, r),
        "more": (np.append(lived, generator.choice(died, len(lived))), None, r),
    }
    found: dict[str, float] = {
        "share": float(y[report].mean()),
        "rows": len(report),
        "deaths": int(y[report].sum()),
        "never": cost(y[report], np.zeros(len(report), dtype=bool)),
    }
    for name, (rows, weight, times) in fits.items():
        fit = fit_binary(X[rows], y[rows], sample_weight=weight)
        z = X[report] @ fit.w + fit.b
        alarm = z - np.log(times) > logit(1 / (1 + MISS))
        found |= {
            f"{name}-auc": float(roc_auc(y[report], z)),
            f"{name}-ap": float(average_precision(y[report], z)),
            f"{name}-believed": float(expit(z).mean()),
            f"{name}-corrected": float(expit(z - np.log(times)).mean()),
            f"{name}-cost": cost(y[report], alarm),
            f"{name}-half": cost(y[report], z > 0),
        }
        if name == "plain":
            found |= {
                "right": int(np.sum((z > 0) == (y[report] == 1))),
                "found-half": int(np.sum((z > 0) & (y[report] == 1))),
                "found": int(np.sum(alarm & (y[report] == 1))),
                "alarms": int(np.sum(alarm)),
            }
    return found


def chosen_threshold(seed: int) -> dict[str, Any]:
    """Choose the cheapest threshold on the rows for choosing, all of them and a tenth; report it on the others."""
    X, y, train, choose, report = crash_split(seed)
    fit = fit_binary(X[train], y[train])
    z = X @ fit.w + fit.b
    few, _ = train_test_split(choose, train_size=0.1, stratify=y[choose], random_state=seed)
    promised, edge = cheapest(y[choose], z[choose])
    _, edge_of_few = cheapest(y[few], z[few])
    return {
        "threshold": float(expit(edge)),
        "promised": promised,
        "cost": cost(y[report], z[report] > edge),
        "few-threshold": float(expit(edge_of_few)),
        "few-cost": cost(y[report], z[report] > edge_of_few),
        "few-deaths": int(y[few].sum()),
        "by-costs": cost(y[report], z[report] > logit(1 / (1 + MISS))),
    }
