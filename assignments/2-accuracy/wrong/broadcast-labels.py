"""Leave labels in a column as they come: every label meets every decision."""


# %% q2
def accuracy(z, y):
    return np.mean((z > 0) == y)
