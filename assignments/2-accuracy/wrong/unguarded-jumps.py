"""Divide by every x, the zeros too, and keep equal places twice."""


# %% q3
def jumps(x, b):
    return np.sort(-b / x)


# %% q4
def best_accuracy(x, y, b):
    places = np.unique([-b / value for value in x if value != 0])
    tries = [0.0, *(places[1:] + places[:-1]) / 2]
    if len(places):
        tries += [places[0] - 1, places[-1] + 1]
    return max(accuracy(w * np.asarray(x) + b, y) for w in tries)
