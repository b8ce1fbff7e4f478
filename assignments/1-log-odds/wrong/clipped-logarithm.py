"""Clip the probability so that no logarithm is infinite: the value is then wrong instead."""


# %% q4
def log_sigmoid(z):
    return np.log(np.clip(sigmoid(z), 1e-15, 1 - 1e-15))


# %% q5
def log_probability(z, y):
    p = np.clip(sigmoid(z), 1e-15, 1 - 1e-15)
    return y * np.log(p) + (1 - y) * np.log(1 - p)
