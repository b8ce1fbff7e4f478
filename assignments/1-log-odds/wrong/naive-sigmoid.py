"""Type the formula as it is printed: exp(-z) overflows, and tiny probabilities become 0."""


# %% q3
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
