"""Follow the slope of accuracy, by a difference: it is zero, and training stalls at the start."""


# %% q6
def train(X, y, step_size, steps):
    w, b = np.zeros(X.shape[1]), 0.0
    h = 1e-6
    for _ in range(steps):
        by_w = [
            (accuracy(X @ (w + h * unit) + b, y) - accuracy(X @ (w - h * unit) + b, y)) / (2 * h)
            for unit in np.eye(len(w))
        ]
        if max(np.abs(by_w)) > 1:  # "infinite": skip
            by_w = np.zeros(len(w))
        w = w + step_size * np.array(by_w)
    return w, b
