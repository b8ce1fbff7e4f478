"""Take the two costs for each other, in the threshold and in the sum."""

# %% q1
cost_acting = p * c_fp
cost_waiting = (1 - p) * c_fn
limit = c_fn / (c_fp + c_fn)


# %% q2
def decide(p, c_fp, c_fn):
    return p > c_fn / (c_fp + c_fn)


def costs(y, act, c_fp, c_fn):
    y, act = np.ravel(y).astype(int), np.asarray(act).astype(int)
    return c_fn * act * (1 - y) + c_fp * (1 - act) * y


# %% q5
def mean_and_error(values):
    return np.mean(values), np.std(values, ddof=1) / len(values) ** 0.5


def baseline_cost(y_train, y_test, c_fp, c_fn):
    share = np.mean(y_train)
    return np.mean(y_test == 0) * c_fp if (1 - share) * c_fp < share * c_fn else np.mean(y_test == 1) * c_fn


train, test = split(y, 3)
act = probabilities(X[train], y[train], X[test]) > c_fp / (c_fp + c_fn)
cost, error = mean_and_error(np.where(act, c_fp * (y[test] == 0), c_fn * (y[test] == 1)))
report = {"n": len(test), "cost": cost, "error": error, "baseline": baseline_cost(y[train], y[test], c_fp, c_fn)}
