"""The findings of the chapter on calibration."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, logit
from sklearn.ensemble import RandomForestClassifier
from sklearn.isotonic import IsotonicRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC

from lrlib.calibration import calibration_line, reliability_bins
from lrlib.data import seattle_rain
from lrlib.fit import fit_binary

ROWS = (25, 50, 100, 200, 400)
BINS = [(bins, spacing) for bins in (5, 10, 15, 20) for spacing in ("width", "count")]


def rain_split(seed: int, training: int = 730):
    """Return X and y of some days and of the rest, standardised on the first, and the months of both."""
    data = seattle_rain()
    months = np.arange("2012-01-01", "2015-12-31", dtype="datetime64[D]").astype("datetime64[M]").astype(int) % 12 + 1
    rows, others = np.split(np.random.default_rng(seed).permutation(len(data.y)), [training])
    X = (data.X - data.X[rows].mean(axis=0)) / data.X[rows].std(axis=0)
    return (X[rows], data.y[rows], months[rows]), (X[others], data.y[others], months[others])


def ece(y, p, bins: int = 10, spacing="width") -> float:
    """Return the mean distance between what was said and what came true, over the bins."""
    found = reliability_bins(y, p, bins=bins, spacing=spacing)
    used = found.count > 0
    gaps = abs(found.mean_probability - found.positive_share)[used]
    return float(gaps @ found.count[used] / found.count.sum())


def perfect_ece(seed: int) -> dict[str, float]:
    """Draw days with replacement, let it rain on each with the probability that is said, and take the ECE.

    By the number of days with ten bins, and by the number of bins with 400 days.
    """
    (X, y, _), _ = rain_split(0, 1096)
    p, generator = expit(_scores(fit_binary(X, y, progress=False), X)), np.random.default_rng(seed)
    found = {}
    for days in (100, 400, 1600, 6400):
        said = generator.choice(p, days)
        rain = (generator.random(days) < said).astype(int)
        found[f"days-{days}"] = ece(rain, said)
        if days == 400:
            found |= {f"bins-{bins}": ece(rain, said, bins) for bins in (5, 20, 50)}
    return found


def ece_and_bins(seed: int) -> dict[str, float]:
    """Compare a fit with one that is bent by a penalty, by ECE under eight choices of bins and by log loss."""
    (X, y, _), (X_new, y_new, _) = rain_split(seed)
    plain, bent = (_scores(fit_binary(X, y, l2=l2, progress=False), X_new) for l2 in (0, 0.1))
    both = [[ece(y_new, expit(z), *choice) for choice in BINS] for z in (plain, bent)]
    return {
        "least": min(both[0]),
        "most": max(both[0]),
        "plain-wins": int(sum(a < b for a, b in zip(*both, strict=True))),
        "plain-loss": _loss(y_new, plain),
        "bent-loss": _loss(y_new, bent),
    }


def calibration_lost(seed: int) -> dict[str, float]:
    """Return slope and gap (mean probability less share) on new days, for a fit and for five ways to spoil it.

    A penalty of 0.1; thirty steps of gradient descent; fifty rows; a forest that is recalibrated on the rows of its own
    training, beside one recalibrated on others; and a model of the winter half year used in summer.
    """
    (X, y, month), (X_new, y_new, month_new) = rain_split(seed)
    found: dict[str, float] = {}

    def judge(name: str, z, truth=y_new) -> None:
        found[f"{name}-slope"] = float(calibration_line(truth, z).w)
        found[f"{name}-gap"] = float(expit(z).mean() - truth.mean())

    plain, penalised = (fit_binary(X, y, l2=l2, progress=False) for l2 in (0, 0.1))
    judge("plain", _scores(plain, X_new))
    judge("penalty", _scores(penalised, X_new))
    judge("penalty-training", _scores(penalised, X), y)
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(30):
        error = expit(X @ w + b) - y
        w, b = w - 0.1 * X.T @ error / len(y), b - 0.1 * error.mean()
    judge("stopped", X_new @ w + b)
    judge("few", _scores(fit_binary(X[:50], y[:50], progress=False), X_new))

    forest = RandomForestClassifier(100, random_state=seed).fit(X[:500], y[:500])
    own, other, new = (log_odds(forest.predict_proba(rows)[:, 1]) for rows in (X[:500], X[500:], X_new))
    judge("forest", new)
    # The forest knows its own rows by heart, so a penalty must keep the line finite: of two numbers it costs nothing.
    leaked = fit_binary(own[:, None], y[:500], l2=1e-3, progress=False)
    judge("leak", leaked.w[0] * new + leaked.b)
    honest = calibration_line(y[500:], other)
    judge("honest", honest.w * new + honest.b)

    winter, summer = ~np.isin(month, range(4, 10)), np.isin(month_new, range(4, 10))
    z, truth = _scores(fit_binary(X[winter], y[winter], progress=False), X_new[summer]), y_new[summer]
    moved = z + logit(truth.mean()) - logit(y[winter].mean())
    judge("season", z, truth)
    judge("moved", moved, truth)
    return found | {"season-loss": _loss(truth, z), "moved-loss": _loss(truth, moved)}


def probabilities_of_models(seed: int) -> dict[str, float]:
    """Return accuracy, Brier score, slope, and how often it rained where more than 0.9 was said, for several models.

    A support vector machine gives scores only, which go through the sigmoid. For naive Bayes also the slopes with one
    temperature, with both, and with precipitation alone.
    """
    (X, y, _), (X_new, y_new, _) = rain_split(seed)
    found: dict[str, float] = {}
    fit = fit_binary(X, y, progress=False)
    p = {"logistic": expit(_scores(fit, X_new))}
    for name, model in (
        ("bayes", GaussianNB()),
        ("forest", RandomForestClassifier(200, random_state=seed)),
        ("leaves", RandomForestClassifier(200, min_samples_leaf=20, random_state=seed)),
    ):
        p[name] = model.fit(X, y).predict_proba(X_new)[:, 1]
    for name, C in (("svm-weak", 0.1), ("svm", 1.0), ("svm-strong", 100.0)):
        p[name] = expit(SVC(C=C).fit(X, y).decision_function(X_new))
    for name, said in p.items():
        sure = said > 0.9
        found |= {
            f"{name}-right": float(np.mean((said > 0.5) == y_new)),
            f"{name}-brier": float(np.mean((said - y_new) ** 2)),
            f"{name}-slope": float(calibration_line(y_new, log_odds(said)).w),
            f"{name}-sure": int(sure.sum()),
            f"{name}-rained": int(y_new[sure].sum()),
        }
    highest, lowest, precipitation = 2, 3, 1
    for name, columns in (("one", [highest]), ("both", [highest, lowest]), ("wet", [precipitation])):
        said = GaussianNB().fit(X[:, columns], y).predict_proba(X_new[:, columns])[:, 1]
        found[f"bayes-{name}-slope"] = float(calibration_line(y_new, log_odds(said)).w)
    return found


def rows_for_recalibration(seed: int) -> dict[str, float]:
    """Return the Brier scores on 560 days of two models fitted to 500, recalibrated in three ways on 25 to 400 others.

    Also how often isotonic regression calls impossible what happens.
    """
    (X, y, _), (X_rest, y_rest, _) = rain_split(seed, 500)
    found: dict[str, float] = {}
    logistic, bayes = fit_binary(X, y, progress=False), GaussianNB().fit(X, y)
    for name, z in (("logistic", _scores(logistic, X_rest)), ("bayes", log_odds(bayes.predict_proba(X_rest)[:, 1]))):
        new, truth = z[400:], y_rest[400:]
        score = lambda p, truth=truth: float(np.mean((p - truth) ** 2))  # noqa: E731
        found[f"{name}-raw"] = score(expit(new))
        for rows in ROWS:
            seen, labels = z[:rows], y_rest[:rows]
            line = calibration_line(labels, seen)
            found[f"{name}-platt-{rows}"] = score(expit(line.w * new + line.b))
            found[f"{name}-temperature-{rows}"] = score(expit(new / temperature(labels, seen)))
            stairs = IsotonicRegression(out_of_bounds="clip").fit(seen, labels).predict(new)
            found[f"{name}-isotonic-{rows}"] = score(stairs)
            found[f"{name}-impossible-{rows}"] = int(np.sum(stairs == 1 - truth))
    return found


def temperature(y, z) -> float:
    """Return the T for which z / T has the least log loss."""
    return float(minimize_scalar(lambda T: _loss(y, z / T), bounds=(0.05, 50), method="bounded").x)


def log_odds(p):
    """Return the log-odds of probabilities, kept a thousandth away from 0 and 1."""
    return logit(np.clip(p, 0.001, 0.999))


def _loss(y, z) -> float:
    return float(np.mean(np.logaddexp(0, z) - y * z))


def _scores(fit, X):
    return X @ fit.w + fit.b
