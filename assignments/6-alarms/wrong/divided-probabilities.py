"""Divide probabilities by the weight, and multiply them by the shares, where the odds should be."""

# %% q1
limit = fee / loss_one
p_plant = p_one * share / 0.5


# %% q3
def unweighted(p, weight):
    return np.asarray(p) / weight


def at_share(p, before, now):
    return np.asarray(p) * now / before
