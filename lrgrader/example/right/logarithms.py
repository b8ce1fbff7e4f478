"""Another way that is right as well: it must get all points."""


# %% q1
def odds(p):
    p = np.array(p, dtype=float)
    return np.exp(np.log(p) - np.log1p(-p))
