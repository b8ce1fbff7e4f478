"""Compare the score with one half, as if it were a probability."""


# %% q2
def accuracy(z, y):
    return np.mean((z > 0.5) == (np.ravel(y) == 1))


# %% q4
def best_accuracy(x, y, b):
    places = jumps(x, b)
    tries = [0.0, *(places[1:] + places[:-1]) / 2]
    if len(places):
        tries += [places[0] - 1, places[-1] + 1]
    return max(np.mean((w * x + b > 0) == (y == 1)) for w in tries)
