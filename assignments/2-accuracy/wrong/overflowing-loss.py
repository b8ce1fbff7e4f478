"""Type the formula as it is printed, and make a sign of unsigned bytes."""


# %% q5
def margin(z, y):
    return (2 * y - 1) * z


def hinge(m):
    return np.maximum(0, 1 - m)


def logistic_bits(m):
    return np.log2(1 + np.exp(-m))
