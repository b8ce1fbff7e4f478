"""Make a sign of the labels by 2 y - 1, which wraps round to 255 for an unsigned byte of 0."""


# %% q5
def log_probability(z, y):
    return log_sigmoid((2 * y - 1) * z)
