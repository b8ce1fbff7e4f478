"""Report the share on the rows that the model has learned from, and list the least sure mistakes first."""


# %% q6
def confusions(y, predicted, classes):
    table = np.zeros((classes, classes), dtype=int)
    for true, called in zip(y, predicted):
        table[true, called] += 1
    return table


def surest_mistakes(P, y, n):
    wrong = np.flatnonzero(P.argmax(axis=1) != y)
    return wrong[np.argsort(P[wrong].max(axis=1))][:n]


W, b = train(images[learn], digits.target[learn], 10, 1.0, steps)
P = np.exp(log_softmax(images[test] @ W + b))
test_share = np.mean((images[learn] @ W + b).argmax(axis=1) == digits.target[learn])
