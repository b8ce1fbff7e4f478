"""Take logarithms to base 10, and rely on the input being an array."""


# %% q2
def odds(p):
    return p / (1 - p)


def log_odds(p):
    return np.log10(odds(p))
