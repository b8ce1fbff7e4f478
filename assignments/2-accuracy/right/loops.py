"""Plain Python: one example at a time, and a search that sorts the jumps itself."""


# %% q2
def accuracy(z, y):
    right = 0
    for score, label in zip(np.ravel(z), np.ravel(y)):
        right += (1 if score > 0 else 0) == int(label)
    return right / len(np.ravel(z))


# %% q3
def jumps(x, b):
    return np.array(sorted({-b / value for value in np.asarray(x).tolist() if value != 0}))


# %% q4
def best_accuracy(x, y, b):
    places = list(jumps(x, b))
    candidates = [places[0] - 1, places[-1] + 1] if places else [0.0]
    for i in range(len(places) - 1):
        candidates.append(places[i] + (places[i + 1] - places[i]) / 2)
    return max(accuracy([w * value + b for value in x], y) for w in candidates)


# %% q5
def margin(z, y):
    return np.array([score if label else -score for score, label in zip(z, y)])


def hinge(m):
    return np.array([max(0.0, 1.0 - one) for one in m])


def logistic_bits(m):
    m = np.asarray(m, dtype=float)

    def bits(one):
        return (math.log1p(math.exp(-one)) if one > 0 else -one + math.log1p(math.exp(one))) / math.log(2)

    return np.array([bits(one) for one in m.ravel()]).reshape(m.shape)
