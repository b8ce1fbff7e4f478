"""The findings of the chapter on inference: samples of models whose truth is known, and halves of the breast masses.

Fits are Newton's steps for many samples at once: a thousand fits of the library, one after the other, take a second.
"""

import numpy as np
from scipy.special import expit

from lrlib.data import breast_cancer
from lrlib.fit import fit_binary
from lrlib.inference import wald

SAMPLES = 200  # for each seed and size
HOURS = np.arange(1.0, 9.0)  # as the eight students, who come in groups of eight
TRUE_WEIGHT, TRUE_BOUNDARY = 1.0, 4.5
ROWS = (16, 24, 40, 80, 160)
RESAMPLES = 400
CHI2 = 3.841458820694124  # of one degree of freedom, exceeded by one in twenty
REACH = CHI2**0.5

FEATURES = ("mean radius", "mean texture", "mean smoothness", "mean symmetry", "mean fractal dimension")

EVENTS = (3, 5, 10, 20, 50)  # for each of the four features
WEIGHTS = 4
SETTINGS = {"weak": (0.3, 0.5), "strong": (1.2, 0.5), "rare": (0.3, 0.1)}  # each weight, and the share of ones


def fit_counts(n, k):
    """Return w, b and w's standard error for counts k of n at the eight hours, (S, 8) each; nan where separable.

    The steps are Newton's on centred hours, none longer than 1 an hour: of a smooth bowl that is enough.
    """
    x = HOURS - HOURS.mean()
    zeros, ones = n - k > 0, k > 0
    high = lambda there: np.where(there, HOURS, -np.inf).max(axis=1)  # noqa: E731
    low = lambda there: np.where(there, HOURS, np.inf).min(axis=1)  # noqa: E731
    fine = (high(zeros) > low(ones)) & (high(ones) > low(zeros))
    n, k, w, b = n[fine], k[fine], np.zeros(fine.sum()), np.zeros(fine.sum())
    for _ in range(100):
        p = expit(w[:, None] * x + b[:, None])
        v = n * p * (1 - p)
        g, g0 = (k - n * p) @ x, (k - n * p).sum(axis=1)
        h, h1, h0 = v @ x**2, v @ x, v.sum(axis=1)
        determinant = h * h0 - h1**2
        step, step0 = (h0 * g - h1 * g0) / determinant, (h * g0 - h1 * g) / determinant
        w, b = w + np.clip(step, -1, 1), b + np.clip(step0, -1, 1)
        if max(abs(step).max(initial=0), abs(step0).max(initial=0)) < 1e-9:
            break
    else:
        raise RuntimeError("a fit did not arrive")
    found = np.full((3, len(fine)), np.nan)
    found[:, fine] = w, b - w * HOURS.mean(), np.sqrt(h0 / determinant)
    return found


def best_at_truth(n, k):
    """Return the greatest log-likelihood of an intercept when the weight is held at the truth, for each sample."""
    fixed = TRUE_WEIGHT * (HOURS - HOURS.mean())
    b = np.zeros(len(k))
    for _ in range(60):
        p = expit(fixed + b[:, None])
        v = (n * p * (1 - p)).sum(axis=1)
        b = b + np.clip((k - n * p).sum(axis=1) / v, -1, 1)
    z = fixed + b[:, None]
    return (k * z - n * np.logaddexp(0, z)).sum(axis=1)


def above_constant(n, k, w, b):
    """Return the likelihood-ratio statistic of the weight, of the fits w and b to each sample."""
    z = w[:, None] * HOURS + b[:, None]
    N, K = n.sum(axis=1), k.sum(axis=1)
    constant = K * np.log(K / N) + (N - K) * np.log(1 - K / N)
    return 2 * ((k * z - n * np.logaddexp(0, z)).sum(axis=1) - constant)


def interval_coverage(seed: int) -> dict[str, dict[str, int]]:
    """Count, of 200 samples of each size, the separable ones, and the intervals of 95 % that hold the true weight.

    Wald's; the likelihood-ratio interval, which is the profile's; and the percentiles of 400 samples drawn from the
    rows with replacement, where a separable one counts as a weight without end. Then how often either test finds the
    weight, and, of 200 samples without one, how often it finds what is not there.
    """
    generator = np.random.default_rng(seed)
    truth = expit(TRUE_WEIGHT * (HOURS - TRUE_BOUNDARY))
    found = {}
    for rows in ROWS:
        n = np.full((SAMPLES, 8), rows // 8)
        k = generator.binomial(n, truth)
        fine = np.isfinite(fit_counts(n, k)[0])
        n, k = n[fine], k[fine]
        w, b, error = fit_counts(n, k)
        z = w[:, None] * HOURS + b[:, None]
        statistic = 2 * ((k * z - n * np.logaddexp(0, z)).sum(axis=1) - best_at_truth(n, k))
        cells = generator.multinomial(rows, np.concatenate([k, n - k], axis=1)[:, None, :] / rows, (len(k), RESAMPLES))
        cells = cells.reshape(-1, 16)
        again = fit_counts(cells[:, :8] + cells[:, 8:], cells[:, :8])[0].reshape(-1, RESAMPLES)
        again = np.sort(np.where(np.isfinite(again), again, np.inf), axis=1)
        lower, upper = again[:, round(0.025 * RESAMPLES) - 1], again[:, round(0.975 * RESAMPLES)]
        found[str(rows)] = {
            "separable": int(np.sum(~fine)),
            "wald": int(np.sum(abs(w - TRUE_WEIGHT) <= REACH * error)),
            "profile": int(np.sum(statistic <= CHI2)),
            "bootstrap": int(np.sum((lower <= TRUE_WEIGHT) & (upper >= TRUE_WEIGHT))),
            "wald-finds": int(np.sum(abs(w) > REACH * error)),
            "profile-finds": int(np.sum(above_constant(n, k, w, b) > CHI2)),
        }
        n = np.full((SAMPLES, 8), rows // 8)
        k = generator.binomial(n, 0.5)
        fine = np.isfinite(fit_counts(n, k)[0])
        n, k = n[fine], k[fine]
        w, b, error = fit_counts(n, k)
        found[str(rows)] |= {
            "null-separable": int(np.sum(~fine)),
            "wald-false": int(np.sum(abs(w) > REACH * error)),
            "profile-false": int(np.sum(above_constant(n, k, w, b) > CHI2)),
        }
    return found


def one_split(seed: int) -> dict[str, list[list[float]]]:
    """Halve the breast masses at random; of each half return the weights and p values of mean symmetry and radius."""
    masses = breast_cancer()
    X = masses.X[:, [masses.feature_names.index(name) for name in FEATURES]]
    order = np.random.default_rng(seed).permutation(len(masses.y))
    found: dict[str, list[list[float]]] = {"symmetry": [], "radius": []}
    for rows in np.array_split(order, 2):
        result = wald(X[rows], masses.y[rows], fit_binary(X[rows], masses.y[rows], progress=False))
        for name in found:
            j = FEATURES.index(f"mean {name}")
            found[name].append([float(result.estimate[j]), float(result.p_value[j])])
    return found


def events_per_variable(seed: int) -> dict[str, dict[str, list[float]]]:
    """Fit 50 samples of each setting and number of events: separable or not, exaggeration, and coverage of Wald's.

    Four independent normal features of equal weight. The number of rows is such that ones are expected EVENTS times
    for each feature. Of the samples that are not separable: the mean of the four weights over the truth, summed over
    samples, and how many of the four intervals hold the truth.
    """
    generator = np.random.default_rng(seed)
    found: dict[str, dict[str, list[float]]] = {}
    for name, (weight, share) in SETTINGS.items():
        intercept = intercept_for(weight, share)
        found[name] = {}
        for events in EVENTS:
            rows = round(events * WEIGHTS / share)
            X = generator.normal(size=(50, rows, WEIGHTS))
            y = (generator.random((50, rows)) < expit(weight * X.sum(axis=2) + intercept)).astype(float)
            w, error = fit_many(X, y)
            fine = np.isfinite(w[:, 0])
            held = abs(w - weight) <= REACH * error
            found[name][str(events)] = [
                int(np.sum(~fine)),
                float(np.sum(w[fine].mean(axis=1) / weight)),
                int(held[fine].sum()),
            ]
    return found


def intercept_for(weight: float, share: float) -> float:
    """Return the intercept that gives this share of ones, by bisection over a fine grid of the normal logit."""
    nodes, masses = np.polynomial.hermite_e.hermegauss(80)
    spread = weight * WEIGHTS**0.5
    low, high = -20.0, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = (masses * expit(spread * nodes + middle)).sum() / masses.sum()
        low, high = (middle, high) if mean < share else (low, middle)
    return (low + high) / 2


def fit_many(X, y):
    """Return weights and standard errors, (S, D) each, of S samples; nan where a plane separates or nearly does.

    40 full steps of Newton; a fit that has no maximum is known by its largest logit, which grows by about 1 each step.
    """
    S, N, D = X.shape
    rows = np.concatenate([X, np.ones((S, N, 1))], axis=2)
    theta = np.zeros((S, D + 1))
    for _ in range(40):
        z = np.einsum("snd,sd->sn", rows, theta)
        p = expit(np.clip(z, -30, 30))
        hessian = np.einsum("snd,sn,sne->sde", rows, p * (1 - p) + 1e-12, rows)
        step = np.linalg.solve(hessian, np.einsum("snd,sn->sd", rows, y - p)[:, :, None])[:, :, 0]
        length = np.minimum(1, 5 / np.maximum(abs(step).max(axis=1), 1e-12))
        theta = theta + length[:, None] * step
    fine = (abs(step).max(axis=1) < 1e-8) & (abs(z).max(axis=1) < 25)
    hidden = np.where(fine, 1.0, np.nan)[:, None]
    error = np.sqrt(np.linalg.inv(hessian)[:, range(D), range(D)])
    return theta[:, :D] * hidden, error * hidden
