"""Count the classes in the labels instead of using the number that was given."""


# %% q4
def train(X, y, classes, step_size, steps):
    K = len(np.unique(y))
    W, b = np.zeros((X.shape[1], K)), np.zeros(K)
    for _ in range(steps):
        _, by_W, by_b = loss_and_gradient(X, y, W, b)
        W, b = W - step_size * by_W, b - step_size * by_b
    return W, b
