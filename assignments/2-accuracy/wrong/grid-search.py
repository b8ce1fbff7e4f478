"""Try a grid of weights instead of one weight for each step: narrow steps slip through."""


# %% q4
def best_accuracy(x, y, b):
    return max(accuracy(w * x + b, y) for w in np.linspace(-20, 20, 4001))
