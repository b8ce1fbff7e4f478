"""Recalibrate on the rows that the model has learned from, where it looks better than it is."""


# %% q5
def recalibrated(z_train, y_train, z_held, y_held, z_new):
    slope, intercept = calibration_line(y_train, z_train)
    return 1 / (1 + np.exp(-(slope * np.asarray(z_new) + intercept)))


def charged(p_held, y_held, p_test, y_test, fee, loss):
    tried = np.unique(p_held)[::-1]
    costs = [mean_cost(y_held, p_held >= threshold, fee, loss) for threshold in tried]
    return mean_cost(y_test, p_test >= tried[np.argmin(costs)], fee, loss)


p_after = recalibrated(z[held], y[held], z[held], y[held], z[test])
cost_before = mean_cost(y[test], alarms(1 / (1 + np.exp(-z[test])), fee, loss[test]), fee, loss[test])
cost_after = mean_cost(y[test], alarms(p_after, fee, loss[test]), fee, loss[test])
