"""Raise the alarm above one half, whatever a failure costs."""


# %% q2
def alarms(p, fee, loss):
    return (np.asarray(p) > 0.5).astype(int)


def mean_cost(y, alarm, fee, loss):
    return np.mean(np.where(np.asarray(alarm) == 1, fee, (np.asarray(y) == 1) * loss))
