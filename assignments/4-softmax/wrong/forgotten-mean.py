"""Leave the gradient as a sum over the examples, beside a mean loss."""


# %% q3
def loss_and_gradient(X, y, W, b):
    logs = log_softmax(X @ W + b)
    error = np.exp(logs) - np.eye(W.shape[1])[y]
    return -logs[np.arange(len(X)), y].mean(), X.T @ error, error.sum(axis=0)


# %% q4
def train(X, y, classes, step_size, steps):
    W, b = np.zeros((X.shape[1], classes)), np.zeros(classes)
    for _ in range(steps):
        _, by_W, by_b = loss_and_gradient(X, y, W, b)
        W, b = W - step_size * by_W / len(X), b - step_size * by_b / len(X)
    return W, b
