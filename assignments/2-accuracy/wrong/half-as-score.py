"""Compare the score with one half, as if it were a probability."""


# %% q2
def accuracy(z, y):
    return np.mean((z > 0.5) == (np.ravel(y) == 1))
