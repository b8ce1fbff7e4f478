"""Draw the two parts independently: rows stand in both."""


# %% q3
def split(y, seed):
    rng = np.random.default_rng(seed)
    n = len(y)
    return rng.choice(n, n - n // 3), rng.choice(n, n // 3)
