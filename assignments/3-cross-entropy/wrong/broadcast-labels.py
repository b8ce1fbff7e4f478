"""Leave labels in a column as they come: every label meets every score."""


# %% q2
def mean_loss(X, y, w, b):
    z = X @ w + b
    s = np.where(y == 1, -z, z)
    return np.mean(np.logaddexp(0, s))


# %% q3
def gradient(X, y, w, b):
    error = probability(X @ w + b) - y
    return X.T @ error / len(X), np.mean(error)


def probability(z):
    return np.exp(-np.logaddexp(0, -z))
