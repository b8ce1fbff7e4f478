"""Plain Python, machine by machine; costs and limits in other words."""


# %% q2
def alarms(p, fee, loss):
    losses = loss if np.ndim(loss) else [loss] * len(p)
    return [chance * own > fee for chance, own in zip(p, losses)]


def mean_cost(y, alarm, fee, loss):
    losses = loss if np.ndim(loss) else [loss] * len(y)
    return sum(fee if raised else int(label) * own for label, raised, own in zip(y, alarm, losses)) / len(y)


# %% q4
def reliability(y, p, bins):
    inside = [[i for i, chance in enumerate(p) if min(int(chance * bins), bins - 1) == k] for k in range(bins)]
    return [
        [sum(p[i] for i in rows) / len(rows), sum(y[i] for i in rows) / len(rows), len(rows)]
        if rows
        else [math.nan, math.nan, 0]
        for rows in inside
    ]


def calibration_line(y, z):
    line = LogisticRegression(C=1e12, solver="newton-cholesky").fit(np.reshape(z, (-1, 1)), y)
    return float(line.coef_[0, 0]), float(line.intercept_[0])


def ranked(y, candidates):
    losses = [-sum(math.log(c if label else 1 - c) for label, c in zip(y, row)) for row in candidates]
    return sorted(range(len(losses)), key=losses.__getitem__)


# %% q5
def recalibrated(z_train, y_train, z_held, y_held, z_new):
    slope, intercept = calibration_line(y_held, z_held)
    return [1 / (1 + math.exp(-slope * score - intercept)) for score in z_new]


def charged(p_held, y_held, p_test, y_test, fee, loss):
    def price(threshold):
        return mean_cost(y_held, [chance >= threshold for chance in p_held], fee, loss), -threshold

    chosen = min(p_held, key=price)
    return mean_cost(y_test, [chance >= chosen for chance in p_test], fee, loss)


p_before = [1 / (1 + math.exp(-score)) for score in z[test]]
p_after = recalibrated(z[train], y[train], z[held], y[held], z[test])
cost_before, cost_after = (mean_cost(y[test], alarms(p, fee, loss[test]), fee, loss[test]) for p in (p_before, p_after))
