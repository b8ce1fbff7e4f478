"""Fit the calibration line with scikit-learn's default penalty, and to probabilities where scores are wanted."""


# %% q4
def reliability(y, p, bins):
    which = np.minimum((np.asarray(p) * bins).astype(int), bins - 1)
    rows = [np.flatnonzero(which == k) for k in range(bins)]
    return np.array([[p[r].mean(), y[r].mean(), len(r)] if len(r) else [math.nan, math.nan, 0] for r in rows])


def calibration_line(y, z):
    line = LogisticRegression().fit(np.reshape(z, (-1, 1)), y)
    return line.coef_[0, 0], line.intercept_[0]


def ranked(y, candidates):
    return np.argsort(np.mean((candidates - y) ** 2, axis=1))


# %% q5
def recalibrated(z_train, y_train, z_held, y_held, z_new):
    p = 1 / (1 + np.exp(-np.concatenate([z_held, z_new])))
    slope, intercept = calibration_line(y_held, p[: len(z_held)])
    return 1 / (1 + np.exp(-(slope * p[len(z_held) :] + intercept)))


def charged(p_held, y_held, p_test, y_test, fee, loss):
    tried = np.unique(p_held)[::-1]
    costs = [mean_cost(y_held, p_held >= threshold, fee, loss) for threshold in tried]
    return mean_cost(y_test, p_test >= tried[np.argmin(costs)], fee, loss)


p_after = recalibrated(z[train], y[train], z[held], y[held], z[test])
cost_before = mean_cost(y[test], alarms(1 / (1 + np.exp(-z[test])), fee, loss[test]), fee, loss[test])
cost_after = mean_cost(y[test], alarms(p_after, fee, loss[test]), fee, loss[test])
