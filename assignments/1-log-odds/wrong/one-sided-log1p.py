"""Use log1p, which saves the right end, and forget that exp(-z) overflows on the left."""


# %% q4
def log_sigmoid(z):
    return -np.log1p(np.exp(-np.asarray(z)))
