"""Repair only the left end: e^z / (1 + e^z) is inf / inf for a large score."""


# %% q3
def sigmoid(z):
    e = np.exp(z)
    return e / (1 + e)
