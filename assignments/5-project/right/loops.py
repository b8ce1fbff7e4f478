"""Plain Python, and a split of each class by hand."""


# %% q2
def decide(p, c_fp, c_fn):
    return [bool(chance * (c_fp + c_fn) > c_fp) for chance in p]


def costs(y, act, c_fp, c_fn):
    paid = []
    for label, done in zip(np.ravel(y).tolist(), act):
        if done and not label:
            paid.append(c_fp)
        elif label and not done:
            paid.append(c_fn)
        else:
            paid.append(0)
    return np.array(paid)


# %% q3
def split(y, seed):
    rng = np.random.default_rng(seed)
    aside = []
    for label in (0, 1):
        rows = rng.permutation(np.flatnonzero(np.asarray(y) == label))
        aside.extend(rows[: round(len(rows) / 3)].tolist())
    return [i for i in range(len(y)) if i not in set(aside)], sorted(aside)


# %% q5
def mean_and_error(values):
    n = len(values)
    mean = sum(values) / n
    return mean, math.sqrt(sum((v - mean) ** 2 for v in values) / (n - 1) / n)


def baseline_cost(y_train, y_test, c_fp, c_fn):
    both = {act: sum(costs(y_train, [act] * len(y_train), c_fp, c_fn)) for act in (0, 1)}
    best = min(both, key=both.get)
    return sum(costs(y_test, [best] * len(y_test), c_fp, c_fn)) / len(y_test)


train, test = split(y, 7)
paid = costs(y[test], decide(probabilities(X[train], y[train], X[test]), c_fp, c_fn), c_fp, c_fn)
report = dict(
    zip(("cost", "error"), mean_and_error(paid)), n=len(test), baseline=baseline_cost(y[train], y[test], c_fp, c_fn)
)
