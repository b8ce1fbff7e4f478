"""Plain Python: sums over the examples, one at a time."""


# %% q2
def softplus(s):
    return s + math.log1p(math.exp(-s)) if s > 0 else math.log1p(math.exp(s))


def mean_loss(X, y, w, b):
    total = 0.0
    for x, label in zip(X, np.ravel(y)):
        score = sum(a * c for a, c in zip(x, w)) + b
        total += softplus(-score if label else score)
    return total / len(X)


# %% q3
def chance(score):
    return 1 / (1 + math.exp(-score)) if score > 0 else math.exp(score) / (1 + math.exp(score))


def gradient(X, y, w, b):
    by_w, by_b = np.zeros(len(w)), 0.0
    for x, label in zip(X, np.ravel(y)):
        error = chance(float(x @ w + b)) - float(label)
        by_w += error * x / len(X)
        by_b += error / len(X)
    return by_w, by_b


# %% q4
def hessian(X, w, b):
    total = np.zeros((len(w) + 1, len(w) + 1))
    for x in X:
        p, longer = chance(float(x @ w + b)), np.append(x, 1)
        total += p * (1 - p) * np.outer(longer, longer)
    return total / len(X)


# %% q5
def numerical_gradient(X, y, w, b, h):
    theta = np.append(w, b)
    slopes = []
    for j in range(len(theta)):
        up, down = theta.copy(), theta.copy()
        up[j] += h
        down[j] -= h
        slopes.append((mean_loss(X, y, up[:-1], up[-1]) - mean_loss(X, y, down[:-1], down[-1])) / (2 * h))
    return np.array(slopes[:-1]), slopes[-1]
