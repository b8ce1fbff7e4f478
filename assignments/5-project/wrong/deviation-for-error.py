"""Give the standard deviation of the costs for the error of their mean, and choose the baseline on the test part."""


# %% q5
def mean_and_error(values):
    return np.mean(values), np.std(values)


def baseline_cost(y_train, y_test, c_fp, c_fn):
    return min(c_fp * np.mean(y_test == 0), c_fn * np.mean(y_test == 1))


train, test = split(y, 1)
act = decide(probabilities(X[train], y[train], X[test]), c_fp, c_fn)
cost, error = mean_and_error(costs(y[test], act, c_fp, c_fn))
report = {"n": len(test), "cost": cost, "error": error, "baseline": baseline_cost(y[train], y[test], c_fp, c_fn)}
