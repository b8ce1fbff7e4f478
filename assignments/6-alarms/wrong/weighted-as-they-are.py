"""Read p of a weighted model, or of another share, as the probability that it is not."""

# %% q1
limit = fee / loss_one
p_plant = p_one


# %% q3
def unweighted(p, weight):
    return p


def at_share(p, before, now):
    return p
