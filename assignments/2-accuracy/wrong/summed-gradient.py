"""Sum the slopes over the examples where the mean was asked for: the steps are N times too long."""


# %% q6
def train(X, y, step_size, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    for _ in range(steps):
        error = np.exp(-np.logaddexp(0, -(X @ w + b))) - y
        w, b = w - step_size * X.T @ error, b - step_size * error.sum()
    return w, b
