"""Take the logarithm of a sigmoid, though a good one: -inf on the left, 0 on the right."""


# %% q4
def log_sigmoid(z):
    return np.log(sigmoid(z))
