"""Plain Python for the rows and classes, with helpers of other names."""


# %% q2
def log_row(row):
    top = max(row)
    total = math.log(sum(math.exp(value - top) for value in row))
    return [value - top - total for value in row]


def log_softmax(a):
    return np.array([log_row([float(value) for value in row]) for row in a])


# %% q3
def loss_and_gradient(X, y, W, b):
    N, (D, K) = len(X), W.shape
    logs = log_softmax(X @ W + b)
    loss, by_W, by_b = 0.0, np.zeros((D, K)), np.zeros(K)
    for row, label in zip(logs, y):
        loss -= row[int(label)] / N
    for k in range(K):
        error = [math.exp(row[k]) - (k == label) for row, label in zip(logs, y)]
        by_W[:, k] = error @ X / N
        by_b[k] = sum(error) / N
    return loss, by_W, by_b


# %% q6
def confusions(y, predicted, classes):
    return [[sum((t == i) and (c == j) for t, c in zip(y, predicted)) for j in range(classes)] for i in range(classes)]


def surest_mistakes(P, y, n):
    mistakes = [(float(max(row)), i) for i, (row, true) in enumerate(zip(P, y)) if np.argmax(row) != true]
    return [i for _, i in sorted(mistakes, reverse=True)[:n]]


weights = W, b = train(images[learn], digits.target[learn], 10, 1.0, steps)
P = np.exp(log_softmax(images[test] @ W + b))
test_share = sum(int(row.argmax() == true) for row, true in zip(P, digits.target[test])) / len(test)
