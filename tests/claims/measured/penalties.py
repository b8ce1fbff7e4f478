"""The findings of the chapter on penalties."""

import warnings
from typing import Any

import numpy as np
import statsmodels.api as sm
from scipy.special import expit
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, train_test_split

from lrlib.data import breast_cancer
from lrlib.firth import fit_firth
from lrlib.fit import SeparableError, fit_binary
from lrlib.scaling import column_scales, standardise
from tests.claims.measured.splits import cancer_split

PENALTIES = 10.0 ** np.arange(-4.5, 0.01, 0.25)


def _outcome(fit: Any) -> dict[str, Any]:
    """Return the length of the weights that a call gives, None if it raises, and the names of warnings and errors."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            length, raised = float(np.linalg.norm(fit())), set()
        except (np.linalg.LinAlgError, SeparableError) as error:
            length, raised = None, {type(error).__name__}
    return {"length": length, "said": sorted({warning.category.__name__ for warning in caught} | raised)}


def separable_libraries(seed: int) -> dict[str, Any]:
    """Fit separable training rows by calls that have no penalty, and by one that has it without being asked."""
    X, y, _, _ = cancer_split(seed)
    ones = sm.add_constant(X)
    calls = {
        "default": lambda: LogisticRegression().fit(X, y).coef_[0],
        "lbfgs": lambda: LogisticRegression(C=np.inf).fit(X, y).coef_[0],
        "cholesky": lambda: LogisticRegression(C=np.inf, solver="newton-cholesky").fit(X, y).coef_[0],
        "logit": lambda: sm.Logit(y, ones).fit(disp=0).params[1:],
        "glm": lambda: sm.GLM(y, ones, family=sm.families.Binomial()).fit().params[1:],
        "lrlib": lambda: fit_binary(X, y, progress=False).w,
    }
    return {name: _outcome(call) for name, call in calls.items()}


def held_out_losses(X, y, X_new, y_new):
    """Return the cross entropy of each new row under each penalty, (penalties, rows), scaled by the training rows."""
    scales = column_scales(X)
    X, X_new = standardise(X, scales), standardise(X_new, scales)
    model = LogisticRegression(solver="newton-cholesky", tol=1e-8, warm_start=True)
    found = []
    for penalty in PENALTIES[::-1]:
        z = model.set_params(C=1 / (len(y) * penalty)).fit(X, y).decision_function(X_new)
        found.append(np.logaddexp(0, z) - y_new * z)
    return np.array(found[::-1])


def cross_validated(X, y, seed: int):
    """Return the mean over ten folds of the held-out loss of each penalty, and its standard error."""
    folds = StratifiedKFold(10, shuffle=True, random_state=seed).split(X, y)
    means = np.array([held_out_losses(X[rows], y[rows], X[out], y[out]).mean(axis=1) for rows, out in folds])
    return means.mean(axis=0), means.std(axis=0, ddof=1) / np.sqrt(len(means))


def lowest_and_one_standard_error(mean, error) -> tuple[int, int]:
    """Return the penalty of the lowest mean, and the strongest one within a standard error of it, by position."""
    lowest = int(np.argmin(mean))
    return lowest, int(np.flatnonzero(mean <= mean[lowest] + error[lowest]).max())


def choosing_a_penalty(seed: int) -> dict[str, float]:
    """Choose by an eighth of the masses, the test rows, or by cross-validation on a half; judge on the other rows."""
    data = breast_cancer()
    rows, others = train_test_split(np.arange(569), train_size=284, stratify=data.y, random_state=seed)
    test, fresh = train_test_split(others, train_size=71, stratify=data.y[others], random_state=seed)
    X, y = data.X[rows], data.y[rows]
    on_test, on_fresh = (held_out_losses(X, y, data.X[part], data.y[part]).mean(axis=1) for part in (test, fresh))
    lowest, one = lowest_and_one_standard_error(*cross_validated(X, y, seed))
    best = int(np.argmin(on_test))
    named = {"test": best, "lowest": lowest, "one": one}
    found = {f"{name}-penalty": float(PENALTIES[j]) for name, j in named.items()}
    found |= {f"{name}-on-test": float(on_test[j]) for name, j in named.items()}
    return found | {f"{name}-on-fresh": float(on_fresh[j]) for name, j in named.items()}


def repeated_folds(seed: int) -> dict[str, float]:
    """Cross-validate the same training rows ten times, each time with other folds."""
    data = breast_cancer()
    rows, _ = train_test_split(np.arange(569), test_size=0.3, stratify=data.y, random_state=seed)
    X, y = data.X[rows], data.y[rows]
    chosen = [lowest_and_one_standard_error(*cross_validated(X, y, repeat)) for repeat in range(10)]
    lowest, one = (PENALTIES[list(positions)] for positions in zip(*chosen, strict=True))
    return {"lowest-ratio": float(lowest.max() / lowest.min()), "one-ratio": float(one.max() / one.min())}


def small_weights(seed: int) -> dict[str, float]:
    """Leave out features by the size of their weight, and fit again; the penalty is 1/N throughout."""
    X, y, X_new, y_new = cancer_split(seed)

    def judged(columns):
        fit = fit_binary(X[:, columns], y, l2=1 / len(y), method="newton", progress=False)
        z = X_new[:, columns] @ fit.w + fit.b
        return float(np.mean(np.logaddexp(0, z) - y_new * z)), float(np.mean((z > 0) == (y_new == 1))), abs(fit.w)

    everything = np.arange(30)
    loss, right, size = judged(everything)
    order = np.argsort(size)
    without = [judged(np.delete(everything, j))[0] - loss for j in everything]
    return {
        "all-loss": loss,
        "all-right": right,
        "smallest-right": judged(order[:10])[1],
        "largest-right": judged(order[20:])[1],
        "rank-correlation": float(spearmanr(size, without)[0]),
    }


def lasso_choice(seed: int) -> list[int]:
    """Return the columns that a lasso with the penalty 1/100 keeps."""
    X, y, _, _ = cancer_split(seed)
    model = LogisticRegression(
        C=100 / len(y),
        l1_ratio=1,
        solver="liblinear",
        intercept_scaling=1000,
        tol=1e-8,
        max_iter=10_000,
        random_state=0,
    )
    return np.flatnonzero(model.fit(X, y).coef_[0]).tolist()


def small_samples(seed: int) -> dict[str, float | None]:
    """Draw twenty rows with a true weight of 2 and intercept of -1, and fit by likelihood and by Firth's."""
    generator = np.random.default_rng(seed)
    x = generator.standard_normal(20)
    y = (generator.random(20) < expit(2 * x - 1)).astype(float)
    try:
        likelihood = float(fit_binary(x[:, None], y, progress=False).w[0])
    except SeparableError:
        likelihood = None
    return {"likelihood": likelihood, "firth": float(fit_firth(x[:, None], y).w[0])}
