"""Cut the rows where they stand, without drawing: in a sorted file the test part holds one class only."""


# %% q3
def split(y, seed):
    rows = np.arange(len(y))
    return rows[len(y) // 3 :], rows[: len(y) // 3]
