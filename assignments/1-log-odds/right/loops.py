"""Plain Python: one number at a time, with helpers of other names."""


# %% q2
def each(function, values):
    values = np.asarray(values, dtype=float)
    return np.array([function(float(value)) for value in values.ravel()]).reshape(values.shape)


def odds(p):
    return each(lambda one: math.inf if one == 1 else one / (1 - one), p)


def log_odds(p):
    def of_one(chance):
        if chance in (0, 1):
            return -math.inf if chance == 0 else math.inf
        return math.log(chance) - math.log1p(-chance)

    return each(of_one, p)


# %% q3
def stable(score):
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    return math.exp(score) / (1 + math.exp(score))


def sigmoid(z):
    return each(stable, z)


# %% q4
def log_sigmoid(z):
    return each(lambda s: -math.log1p(math.exp(-s)) if s >= 0 else s - math.log1p(math.exp(s)), z)


# %% q5
def log_probability(z, y):
    return np.array([log_sigmoid(score if label else -score) for score, label in zip(z, y)])
