"""Changes the array that it was given."""

# %% q2
def share(x):
    x /= x.sum()
    return x


rate = @rate@
