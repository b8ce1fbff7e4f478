"""Logarithms of odds for the corrections, and the line by Newton's method."""

# %% q1
limit = 1 - (loss_one - fee) / loss_one
p_plant = 1 / (1 + (1 - p_one) / p_one * (1 - share) / share)


# %% q3
def moved(p, change):
    p = np.asarray(p, dtype=float)
    with np.errstate(divide="ignore"):
        return 1 / (1 + np.exp(-(np.log(p) - np.log1p(-p) + change)))


def unweighted(p, weight):
    return moved(p, -math.log(weight))


def at_share(p, before, now):
    return moved(p, math.log(now / (1 - now)) - math.log(before / (1 - before)))


# %% q4
def reliability(y, p, bins):
    which = np.digitize(p, np.arange(1, bins) / bins)
    count = np.bincount(which, minlength=bins)
    with np.errstate(invalid="ignore"):
        columns = [np.bincount(which, values, bins) / count for values in (p, y)]
    return np.column_stack([*columns, count])


def calibration_line(y, z):
    A, theta = np.column_stack([z, np.ones(len(z))]), np.zeros(2)
    for _ in range(25):
        p = 1 / (1 + np.exp(-A @ theta))
        theta = theta - np.linalg.solve(A.T @ (A * (p * (1 - p))[:, None]), A.T @ (p - y))
    return theta


def ranked(y, candidates):
    return np.argsort(np.mean((candidates - y) ** 2, axis=1))
