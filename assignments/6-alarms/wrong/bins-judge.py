"""Judge forecasts by the expected calibration error in ten bins: who says the share to everybody wins."""


# %% q4
def reliability(y, p, bins):
    which = np.ceil(np.asarray(p) * bins).astype(int) - 1
    rows = [np.flatnonzero(which == k) for k in range(bins)]
    return np.array([[p[r].mean(), y[r].mean(), len(r)] if len(r) else [math.nan, math.nan, 0] for r in rows])


def calibration_line(y, z):
    line = LogisticRegression(C=np.inf, tol=1e-8).fit(np.reshape(z, (-1, 1)), y)
    return line.coef_[0, 0], line.intercept_[0]


def ranked(y, candidates):
    gaps = []
    for p in candidates:
        said, came, count = reliability(y, p, 10).T
        gaps.append(np.nansum(np.abs(said - came) * count) / len(y))
    return np.argsort(gaps)
