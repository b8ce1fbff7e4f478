"""Take the difference to one side only: its error falls with h, not with its square."""


# %% q5
def numerical_gradient(X, y, w, b, h):
    here = mean_loss(X, y, w, b)
    by_w = [(mean_loss(X, y, w + h * unit, b) - here) / h for unit in np.eye(len(w))]
    return np.array(by_w), (mean_loss(X, y, w, b + h) - here) / h
