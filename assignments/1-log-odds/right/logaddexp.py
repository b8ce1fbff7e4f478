"""NumPy's own sum of exponentials, in one line each, and the sigmoid as the exponential of its logarithm."""

# %% q1
start = odds_for / odds_against
p_before, p_after = (1 / (1 + 1 / o) for o in (start, start * ratio))
crossing = np.float64(-b) / w2


# %% q4
def log_sigmoid(z):
    return -np.logaddexp(0, -np.asarray(z, dtype=float))


# %% q3
def sigmoid(z):
    return np.exp(-np.logaddexp(0, -np.asarray(z, dtype=float)))


# %% q5
def log_probability(z, y):
    return -np.logaddexp(0, np.where(y, -z, z))
