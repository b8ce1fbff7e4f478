"""Shift all rows by the largest logit of the whole table: a row far below it vanishes."""


# %% q2
def log_softmax(a):
    shifted = a - a.max()
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


# %% q3
def loss_and_gradient(X, y, W, b):
    logs = log_softmax(X @ W + b)
    error = np.exp(logs) - np.eye(W.shape[1])[y]
    return -logs[np.arange(len(X)), y].mean(), X.T @ error / len(X), error.mean(axis=0)
