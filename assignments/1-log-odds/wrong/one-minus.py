"""Compute the probability of the label 0 as 1 - sigmoid(z): it cancels to 0, and its logarithm is -inf."""


# %% q5
def log_probability(z, y):
    return np.where(y == 1, log_sigmoid(z), np.log(1 - sigmoid(z)))
