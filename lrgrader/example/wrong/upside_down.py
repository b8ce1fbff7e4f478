"""The odds of the opposite: even odds are right all the same."""


# %% q1
def odds(p):
    p = np.asarray(p, dtype=float)
    return (1 - p) / p
