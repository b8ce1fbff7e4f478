"""Fold the two labels into log(1 + e^z) - y z: no overflow, but sure answers cancel to 0."""


# %% q2
def mean_loss(X, y, w, b):
    z = X @ w + b
    return np.mean(np.logaddexp(0, z) - np.ravel(y) * z)
