"""What the symbols of chapters/thresholds.md stand for."""

from typing import Any

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.metrics import average_precision_score, precision_score, roc_auc_score
from sklearn.utils.class_weight import compute_class_weight

from coursebook.claims.evaluate import Condition, Index, Over
from coursebook.claims.world import Array, Draw, Worlds, labels, reals
from tests.claims.worlds.oracles import bce, near, slope

WORLDS = Worlds()


@WORLDS("eq-thresholds-worth")
def worth(draw: Draw) -> dict[str, Any]:
    """The mean over both outcomes, weighted by NumPy."""
    p, gain, needless = reals(draw, 0.05, 0.95, 3), reals(draw, 1, 9, 3), reals(draw, 0.5, 5, 3)
    found = [np.average([g, -a], weights=[q, 1 - q]) for q, g, a in zip(p, gain, needless, strict=True)]
    return {"i": Index(3), "p": p, "g": gain, "a": needless, "v": np.array(found)}


@WORLDS("eq-thresholds-own", size=60, equivalents={r"\ge \frac": "where both cost the same, either may be decided"})
def own(draw: Draw) -> dict[str, Any]:
    """The cheaper of alarm and silence, from four costs of the case, near the place where they are equal and far."""
    hit, silence, false_alarm = draw.real(0, 2), draw.real(0, 1), draw.real(1.5, 4)
    miss = draw.real(3, 9)
    gain, needless = miss - hit, false_alarm - silence
    p = needless / (needless + gain) + near(draw)
    alarm, none = (np.average(pair, weights=[p, 1 - p]) for pair in ([hit, false_alarm], [miss, silence]))
    when = r"\text{raise the alarm when } \quad"
    case = {"i": Index(1), "p": np.array([p]), "a": np.array([needless]), "g": np.array([gain])}
    return case | {when: Condition(bool(alarm < none))}


def ranked(draw: Draw) -> tuple[Array, Array]:
    """Labels of seven cases, and scores of four values, so that some are tied."""
    return labels(draw, 7), np.array([float(draw.whole(0, 3)) for _ in range(7)])


@WORLDS("eq-thresholds-auc", size=40)
def auc(draw: Draw) -> dict[str, Any]:
    """scikit-learn's roc_auc_score, the area of trapezoids."""
    y, score = ranked(draw)
    s, t = score[y == 1], score[y == 0]
    sizes = {"N_1": len(s), "N_0": len(t), "i": Index(len(s)), "j": Index(len(t))}
    return sizes | {"s": s, "t": t, r"\mathrm{AUC}": roc_auc_score(y, score)}


@WORLDS("eq-thresholds-precision")
def precision(draw: Draw) -> dict[str, Any]:
    """scikit-learn's precision_score of cases that have this prevalence and these rates."""
    tp, fn, fp, tn = (draw.whole(1, 9) for _ in range(4))
    y, called = np.repeat([1, 1, 0, 0], [tp, fn, fp, tn]), np.repeat([1, 0, 1, 0], [tp, fn, fp, tn])
    rates = {r"\rho": y.mean(), "R": called[y == 1].mean(), "F": called[y == 0].mean()}
    return rates | {r"\text{precision}": precision_score(y, called)}


def curve(y: Array, score: Array) -> tuple[Array, Array]:
    """Recall and precision at each different score, the highest first, counted."""
    called = [score >= threshold for threshold in np.unique(score)[::-1]]
    return np.array([c[y == 1].mean() for c in called]), np.array([y[c].mean() for c in called])


@WORLDS(
    "eq-thresholds-ap", size=40, equivalents={r"(R_k - R_{k-1})\, \mathrm{AP}": "the steps of the recall add up to 1"}
)
def ap(draw: Draw) -> dict[str, Any]:
    """scikit-learn's average_precision_score."""
    y, score = ranked(draw)
    R, P = curve(y, score)
    # R_0 is a value of its own, so both rates are given for each k of the sum.
    steps = {"R_k": Over(("k",), R), "R_{k-1}": Over(("k",), np.append(0, R[:-1])), "P_k": Over(("k",), P)}
    return steps | {"K": len(R), "k": Index(len(R)), r"\mathrm{AP}": average_precision_score(y, score)}


@WORLDS("eq-thresholds-cost")
def cost(draw: Draw) -> dict[str, Any]:
    """The mean of the costs of cases that have this prevalence and these rates."""
    tp, fn, fp, tn = (draw.whole(1, 9) for _ in range(4))
    c_fn, c_fp = draw.real(1, 9), draw.real(0.5, 3)
    y, called = np.repeat([1, 1, 0, 0], [tp, fn, fp, tn]), np.repeat([1, 0, 1, 0], [tp, fn, fp, tn])
    of_case = np.select([(y == 1) & (called == 0), (y == 0) & (called == 1)], [c_fn, c_fp], 0.0)
    rates = {r"\rho": y.mean(), "R": called[y == 1].mean(), "F": called[y == 0].mean()}
    return rates | {r"c_\mathrm{FN}": c_fn, r"c_\mathrm{FP}": c_fp, "C": of_case.mean()}


@WORLDS("eq-thresholds-slope")
def same_cost(draw: Draw) -> dict[str, Any]:
    """How far the recall must rise, by a root finder, so that more false alarms cost nothing."""
    share, c_fn, c_fp = draw.real(0.2, 0.9), draw.real(1, 9), draw.real(0.2, 2)

    def dearer(rise: float, alarms: float = 0.01) -> float:
        # Of a million cases: more false alarms, fewer misses.
        return float(np.dot([1e6 * (1 - share) * alarms, -1e6 * share * rise], [c_fp, c_fn]))

    rise = brentq(dearer, -1, 9, xtol=1e-15)
    return {r"\rho": share, r"c_\mathrm{FN}": c_fn, r"c_\mathrm{FP}": c_fp, "m": rise / 0.01}


@WORLDS("eq-thresholds-balanced")
def balanced(draw: Draw) -> dict[str, Any]:
    """scikit-learn's own weights."""
    y = np.repeat([0, 1], sizes := [draw.whole(1, 30), draw.whole(1, 30)])
    negative, positive = compute_class_weight("balanced", classes=np.array([0, 1]), y=y)
    return {"N_0": sizes[0], "N_1": sizes[1], "r": positive / negative}


@WORLDS("eq-thresholds-kept")
def kept(draw: Draw) -> dict[str, Any]:
    """The share among the rows of a table that are left, each counted as often as it is expected to be there."""
    y = labels(draw, 9)
    k_1, k_0 = draw.real(0.1, 1), draw.real(0.1, 1)
    left = np.average(y, weights=np.where(y == 1, k_1, k_0))
    return {r"\pi": y.mean(), "k_1": k_1, "k_0": k_0, r"\pi'": left}


@WORLDS("eq-thresholds-correction")
def correction(draw: Draw) -> dict[str, Any]:
    """The logit at which a root finder sees the weighted loss turn."""
    pi, r = draw.real(0.1, 0.9), draw.real(0.2, 9)

    def weighted(z: float) -> float:
        return float(pi * r * bce(z, 1) + (1 - pi) * bce(z, 0))

    z = brentq(lambda t: slope(weighted, t), -9, 9, xtol=1e-13)
    return {"z": z, "r": r, r"\sigma": expit, r"\pi": pi}
